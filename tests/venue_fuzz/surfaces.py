"""Sends messages to a running venue over raw sockets and says how each was answered: a short text such as "400 -1102" or "closed"."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import socket
import struct
import time
from typing import Any
from urllib.parse import quote, urlsplit

from tests.mock_exchange.venue_client import Client, Process
from tests.venue_fuzz.messages import Message, bent

DEADLINE_S = 20.0
QUIET_S = 0.15
"""A frame that deserves no answer gets none; after this long without one the next message may go."""

DOCUMENTED = frozenset(
    {0, 1, 2, 3, -1000, -1001, -1002, -1003, -1006, -1007, -1008, -1013, -1014, -1015, -1016, -1020, -1021, -1022, -1034, -1099}
    | {
        *range(-1108, -1099),
        -1111,
        -1112,
        *range(-1122, -1113),
        -1125,
        -1127,
        -1128,
        -1130,
        -1131,
        -1134,
        -1135,
        -1139,
        -1145,
        -1151,
        -1152,
        -1153,
    }
    | {
        *range(-1174, -1153),
        *range(-1199, -1185),
        -1220,
        *range(-1225, -1221),
        -2010,
        -2011,
        -2013,
        -2014,
        -2015,
        -2016,
        -2018,
        -2021,
        -2022,
        -2026,
        -2035,
        -2036,
        -2038,
    }
    | {-2039, -2042, -2043, -4056}
)
"""The codes of binance-spot 1.7 (ranges where it names a family) and the stream codes of 1.9; the codes of OPO lists (-1222 to
-1225); and -2018, which the venue gives for an unknown order list though its documentation leaves it out (binance-spot-api-docs, pull
request 43)."""


class Undocumented(AssertionError):
    """An answer that no client could have been prepared for."""


class HttpSurface:
    """REST and admin: one new connection a message, for mutations may break the framing."""

    def __init__(self, client: Client, base: str) -> None:
        self._client = client
        parts = urlsplit(base)
        self._address = (str(parts.hostname), int(parts.port or 0))

    def rest(self, message: Message) -> str:
        method, _, path = message.name.partition(" ")
        text = "&".join(f"{quote(str(name), safe='')}={quote(str(value), safe='')}" for name, value in message.params.items())
        if message.signature != "none":
            text = "&".join(filter(None, [text, f"timestamp={time.time_ns() // 1_000_000}"]))
            signature = self._client.sign(text) if message.signature == "good" else "0" * 64
            text += f"&signature={signature}"
        body = text if message.in_body and method != "GET" else ""
        head = f"{method} {path}{'' if body or not text else '?' + text} HTTP/1.1\r\nHost: x\r\nX-MBX-APIKEY: {self._client.key}\r\n"
        return self._exchange(message, f"{head}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}".encode())

    def admin(self, message: Message) -> str:
        method, _, path = message.name.partition(" ")
        body = json.dumps(message.params["body"]).encode()
        token = self._client.process.ready["admin_token"]
        head = f"{method} /admin/{path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Length: {len(body)}\r\n"
        return self._exchange(message, f"{head}Connection: close\r\n\r\n".encode() + body)

    def _exchange(self, message: Message, request: bytes) -> str:
        with socket.create_connection(self._address, timeout=DEADLINE_S) as connection:
            with contextlib.suppress(ConnectionError):
                connection.sendall(bent(request, message.mutations))
                if message.mutations:  # it may promise more bytes than it has
                    connection.shutdown(socket.SHUT_WR)
            answer = bytearray()
            with contextlib.suppress(ConnectionError):
                while data := connection.recv(65_536):
                    answer += data
        return _http_outcome(bytes(answer), message)


def _http_outcome(answer: bytes, message: Message) -> str:
    if not answer:
        if not message.mutations:
            raise Undocumented("a whole request was not answered")
        return "closed"
    head, _, body = answer.partition(b"\r\n\r\n")
    status = int(head.split(b" ", 2)[1])
    if status >= 500:
        raise Undocumented(f"status {status}: {answer[:300]!r}")
    if status == 400 and b"application/json" not in head:
        return "400 not HTTP"
    if message.name.startswith("HEAD"):
        return str(status)
    content = json.loads(body.split(b"HTTP/1.1 ")[0]) if message.mutations and b"HTTP/1.1 " in body else json.loads(body)
    if message.surface == "admin":
        if status != 200 and "error" not in content:
            raise Undocumented(f"an admin refusal without a text: {content}")
        return str(status)
    return _coded(status, content)


def _coded(status: int, content: Any) -> str:
    if status == 200:
        return "200"
    if status >= 500:
        raise Undocumented(f"status {status}: {content}")
    if not isinstance(content, dict) or content.get("code") not in DOCUMENTED or not content.get("msg"):
        raise Undocumented(f"status {status} with {content}")
    return f"{status} {content['code']}"


class FrameSurface:
    """WebSocket API or market streams: frames on one connection, opened again where the venue closed it."""

    def __init__(self, client: Client, url: str, kind: str) -> None:
        self._client = client
        self._url = urlsplit(url)
        self._kind = kind
        self._socket: socket.socket | None = None
        self._buffer = b""

    def send(self, message: Message) -> str:
        text = json.dumps(self._content(message), ensure_ascii=False).encode("utf-8", "surrogatepass")
        try:
            connection = self._connected()
            connection.sendall(_masked(bent(text, message.mutations)))
            return self._outcome()
        except ConnectionError:
            self.close()
            return "closed"
        finally:
            if self._kind == "stream":  # five messages a second are all that one connection may send
                self.close()

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
        self._socket, self._buffer = None, b""

    def _content(self, message: Message) -> Any:
        if self._kind == "stream":
            return message.params
        params = dict(message.params)
        if message.signature != "none":
            params = self._client.signed_ws(**params)
            if message.signature == "bad":
                params["signature"] = "0" * 64
        return {"id": 1, "method": message.name, "params": params}

    def _connected(self) -> socket.socket:
        if self._socket is None:
            self._socket = socket.create_connection((str(self._url.hostname), int(self._url.port or 0)), timeout=DEADLINE_S)
            key = base64.b64encode(os.urandom(16)).decode()
            path = self._url.path or "/ws"
            self._socket.sendall(
                f"GET {path} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
            )
            while b"\r\n\r\n" not in self._buffer:
                self._receive()
            head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
            if b" 101 " not in head.split(b"\r\n")[0]:
                raise Undocumented(f"no upgrade: {head[:200]!r}")
        return self._socket

    def _outcome(self) -> str:
        """The first answer (events are passed over), "closed", or "silent"."""
        assert self._socket is not None
        self._socket.settimeout(QUIET_S)
        try:
            while True:
                opcode, payload = self._frame()
                if opcode == 8:
                    self.close()
                    return "closed"
                if opcode == 1 and (outcome := self._told(_decoded(payload))):
                    return outcome
        except TimeoutError:
            return "silent"
        finally:
            if self._socket is not None:
                self._socket.settimeout(DEADLINE_S)

    def _told(self, content: Any) -> str:
        if self._kind == "stream":
            if isinstance(content, dict) and "code" in content:
                return _coded(400, content)
            return "200" if isinstance(content, dict) and "result" in content else ""
        if "status" not in content:
            return ""
        status = content["status"]
        return _coded(status, content.get("error"))

    def _frame(self) -> tuple[int, bytes]:
        while True:
            frame = _unframed(self._buffer)
            if frame is not None:
                opcode, payload, self._buffer = frame
                return opcode, payload
            self._receive()

    def _receive(self) -> None:
        assert self._socket is not None
        data = self._socket.recv(65_536)
        if not data:
            raise ConnectionResetError
        self._buffer += data


def _decoded(payload: bytes) -> Any:
    try:
        return json.loads(payload)
    except ValueError:
        raise Undocumented(f"a frame that is no JSON: {payload[:300]!r}") from None


def _masked(payload: bytes) -> bytes:
    mask = b"\x11\x22\x33\x44"
    size = len(payload)
    head = bytes((0x81, 0x80 | size)) if size < 126 else bytes((0x81, 0x80 | 126)) + struct.pack(">H", size)
    return head + mask + bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))


def _unframed(data: bytes) -> tuple[int, bytes, bytes] | None:
    """(opcode, payload, rest) of the first whole server frame."""
    if len(data) < 2:
        return None
    size, start = data[1] & 0x7F, 2
    if size == 126:
        size, start = int.from_bytes(data[2:4], "big"), 4
    elif size == 127:
        size, start = int.from_bytes(data[2:10], "big"), 10
    if len(data) < start or len(data) < start + size:
        return None
    return data[0] & 0x0F, data[start : start + size], data[start + size :]


class Surfaces:
    """All ways into one venue."""

    def __init__(self, process: Process, client: Client) -> None:
        self._http = HttpSurface(client, process.ready["rest_url"])
        self._admin = HttpSurface(client, process.ready["admin_url"])
        self._ws_api = FrameSurface(client, process.ready["ws_api_url"], "ws-api")
        self._stream = FrameSurface(client, process.ready["stream_url"] + "/ws", "stream")

    def send(self, message: Message) -> str:
        match message.surface:
            case "rest":
                return self._http.rest(message)
            case "admin":
                return self._admin.admin(message)
            case "ws-api":
                return self._ws_api.send(message)
            case _:
                return self._stream.send(message)

    def close(self) -> None:
        self._ws_api.close()
        self._stream.close()

"""The port at which clients knock: where connections are accepted, refused while the venue is down, or spoiled by a fault."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from aiohttp import web

from ..endpoints.announcement import DIRECT
from ..faults.actions import Action, Delay, Down, HalfOpen, Reset, Status
from ..faults.matching import Subject
from ..faults.texts import text_of
from .connection import address_of, local_of, peer_of
from .fault_passage import cut, wait_for_end
from .fault_rest import NoMore
from .faults import Faults

_BACKLOG = 512
_encode = msgspec.json.Encoder().encode
Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


class Server(web.Server):
    """Asks the faults about every TCP connection that is accepted."""

    def __init__(self, handler: Handler, faults: Faults | None) -> None:
        super().__init__(handler, access_log=None)
        self._faults = faults

    def connection_made(self, handler: Any, transport: asyncio.Transport) -> None:
        super().connection_made(handler, transport)
        if self._faults is None or not self._faults.is_waiting_at("connect"):
            return
        address = str(transport.get_extra_info("address", DIRECT))
        subject = Subject(api="tcp", address=address, local=_end(transport, "sockname"), peer=_end(transport, "peername"))
        for _, action in self._faults.fire("connect", subject):
            _spoil(transport, action, self._faults)

    def cut_all(self) -> None:
        """Reset every connection."""
        for handler in self.connections:
            cut(handler.transport)


class Door:
    """A listening socket and its server. `shut` refuses connections, `reopen` accepts them at the same port again."""

    def __init__(self, runner: web.ServerRunner, server: Server, listening: socket.socket, tls: ssl.SSLContext | None = None) -> None:
        self.server = server
        self._runner = runner
        self._listening = listening
        self._tls = tls
        self._others: list[Callable[[bool], None]] = []
        self._site: web.SockSite | None = None
        self._away: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        self._site = web.SockSite(self._runner, self._listening, ssl_context=self._tls)
        await self._site.start()

    def also_refuses(self, refuse: Callable[[bool], None]) -> None:
        """Other ways in, told when the venue goes down (True) and when it is back (False)."""
        self._others.append(refuse)

    def go_down(self, action: Down, faults: Faults) -> None:
        """Refuse connections for a while, or until the venue is healed; while that lasts another such action changes nothing."""
        if self._away:
            return
        task = asyncio.get_running_loop().create_task(self._stay_down(action, faults))
        self._away.add(task)
        task.add_done_callback(self._away.discard)

    async def _stay_down(self, action: Down, faults: Faults) -> None:
        address = self._listening.getsockname()
        assert self._site is not None
        await self._site.stop()
        self._listening.close()
        for refuse in self._others:
            refuse(True)
        self._listening = bound(address)  # keeps the port without listening: connections are refused
        if action.cut:
            self.server.cut_all()
        await faults.let_pass(action.ms)
        self._listening.listen(_BACKLOG)
        await self.open()
        for refuse in self._others:
            refuse(False)


def bound(address: tuple[str, int]) -> socket.socket:
    """A socket that holds an address. Raises OSError."""
    holding = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    holding.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        holding.bind(address)
    except OSError:
        holding.close()
        raise
    holding.setblocking(False)
    return holding


async def handshake(faults: Faults, request: web.BaseRequest, api: str) -> web.StreamResponse | None:
    """What faults answer to a WebSocket handshake; None: go on."""
    subject = Subject(
        api=api,
        address=address_of(request),
        local=local_of(request),
        peer=peer_of(request),
        method=request.method,
        path=request.raw_path.partition("?")[0],
    )
    answer: web.StreamResponse | None = None
    for _, action in faults.fire("connect", subject):
        match action:
            case Delay():
                await faults.pause(action.ms)
            case Status():
                answer = _refusal(action)
            case _:
                if request.transport is not None:
                    _spoil(request.transport, action, faults)
                    await wait_for_end(faults, request.transport)
                return NoMore(keeps=False)
    return answer


def _refusal(action: Status) -> web.Response:
    body = action.body if action.body is not None else _encode({"code": action.code, "msg": text_of(action)}).decode()
    response = web.Response(status=action.status, text=body, content_type=action.content_type or "application/json")
    if action.retry_after_s is not None:
        response.headers["Retry-After"] = str(action.retry_after_s)
    response.headers.update(action.headers)
    return response


def _spoil(transport: asyncio.Transport, action: Action, faults: Faults) -> None:
    match action:
        case Reset():
            cut(transport)
        case HalfOpen():
            transport.pause_reading()
            faults.bury(lambda: cut(transport))
        case Delay():
            transport.pause_reading()
            asyncio.get_running_loop().call_later(action.ms / 1000, _read_again, transport)
        case _:
            raise AssertionError(f"{action} does not happen to a connection")


def _read_again(transport: asyncio.Transport) -> None:
    if not transport.is_closing():
        transport.resume_reading()


def _end(transport: asyncio.Transport, name: str) -> str:
    host, port = transport.get_extra_info(name)[:2]
    return f"{host}:{port}"

"""A real exchange process and clients that speak its protocol from outside: requests and websocket-client."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import itertools
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, ClassVar
from urllib.parse import urlencode

import requests
import websocket

ROOT = Path(__file__).resolve().parents[2]
LIMITS = ROOT / "profiles" / "venue_limits.toml"
DEADLINE_S = 20


class Process:
    """`python -m libraries.mock_exchange` with its ready line."""

    started: ClassVar[list[subprocess.Popen[str]]] = []

    def __init__(self, *arguments: object, instance: str = "token", strict: bool = False, log: IO[bytes] | None = None) -> None:
        """`strict`: with the documented limits instead of those of test worlds. `log`: where its log goes; else it is kept for `kill`."""
        limits = [] if strict or "--limits" in arguments else ["--limits", str(LIMITS)]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "libraries.mock_exchange", *map(str, arguments), *limits],
            cwd=ROOT,
            env=os.environ | {"MOCK_EXCHANGE_INSTANCE": instance},
            stdout=subprocess.PIPE,
            stderr=log or subprocess.PIPE,
            text=True,
        )
        self.started.append(self.process)
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError(f"the exchange did not start: {self.process.communicate()[1]}")
        self.ready: dict[str, Any] = json.loads(line)

    def admin(self, method: str, path: str, body: Any = None, token: str | None = None) -> requests.Response:
        return requests.request(
            method,
            f"{self.ready['admin_url']}/admin/{path}",
            headers={"Authorization": f"Bearer {token or self.ready['admin_token']}"},
            data=body if isinstance(body, (bytes, str)) else None if body is None else json.dumps(body),
            timeout=DEADLINE_S,
        )

    def account(self, **balances: str) -> Client:
        name = f"account-{next(_names)}"
        answer = self.admin("POST", "accounts", {"name": name, "balances": balances}).json()
        return Client(self, name, answer["api_key"], answer["api_secret"])

    def book(self, symbol: str, bids: list[tuple[str, str]] = (), asks: list[tuple[str, str]] = ()) -> dict[str, Any]:  # type: ignore[assignment]
        answer = self.admin("PUT", f"book/{symbol}", {"bids": list(bids), "asks": list(asks)})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def terminate(self) -> int:
        self.process.terminate()
        self.process.communicate(timeout=DEADLINE_S)
        return self.process.returncode

    @classmethod
    def end_all(cls) -> None:
        """Kill what a failed test left running."""
        for process in cls.started:
            if process.poll() is None:
                process.kill()
                process.communicate(timeout=DEADLINE_S)
        cls.started.clear()

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate(timeout=DEADLINE_S)


_names = itertools.count(1)


class Client:
    """One account's signed requests."""

    def __init__(self, process: Process, name: str, key: str, secret: str) -> None:
        self.process = process
        self.name = name
        self.key = key
        self.secret = secret

    def sign(self, payload: str) -> str:
        return hmac.new(self.secret.encode(), payload.encode(), hashlib.sha256).hexdigest()

    def rest(self, method: str, path: str, **params: Any) -> requests.Response:
        params.setdefault("timestamp", time.time_ns() // 1_000_000)
        query = urlencode({name: value for name, value in params.items() if value is not None})
        return self.raw(method, path, f"{query}&signature={self.sign(query)}")

    def raw(self, method: str, path: str, query: str, body: str = "", **headers: str) -> requests.Response:
        url = f"{self.process.ready['rest_url']}/api/v3/{path}?{query}"
        return requests.request(method, url, data=body, headers={"X-MBX-APIKEY": self.key} | headers, timeout=DEADLINE_S)

    def order(self, **params: Any) -> requests.Response:
        return self.rest("POST", "order", **params)

    def limit(self, side: str, quantity: str, price: str, **params: Any) -> requests.Response:
        defaults = {"symbol": "BTCUSDT", "type": "LIMIT", "timeInForce": "GTC"}
        return self.order(**(defaults | {"side": side, "quantity": quantity, "price": price} | params))

    def signed_ws(self, **params: Any) -> dict[str, Any]:
        params = {"apiKey": self.key, "timestamp": time.time_ns() // 1_000_000} | params
        payload = "&".join(f"{name}={_literal(params[name])}" for name in sorted(params))
        return params | {"signature": self.sign(payload)}

    @contextlib.contextmanager
    def ws(self) -> Iterator[WsClient]:
        with contextlib.closing(websocket.create_connection(self.process.ready["ws_api_url"], timeout=DEADLINE_S)) as connection:
            yield WsClient(self, connection)


def _literal(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


class WsClient:
    """A WebSocket API connection; events that arrive before an answer are kept in `events`."""

    def __init__(self, client: Client, connection: websocket.WebSocket) -> None:
        self.client = client
        self.connection = connection
        self.events: list[dict[str, Any]] = []
        self.frames: list[dict[str, Any]] = []
        self._ids = itertools.count(1)

    def ask(self, method: str, params: dict[str, Any] | None = None, identity: Any = None) -> dict[str, Any]:
        identity = next(self._ids) if identity is None else identity
        self.connection.send(json.dumps({"id": identity, "method": method, "params": params or {}}))
        return self.answer()

    def signed(self, method: str, **params: Any) -> dict[str, Any]:
        return self.ask(method, self.client.signed_ws(**params))

    def answer(self) -> dict[str, Any]:
        while True:
            frame = json.loads(self.connection.recv())
            self.frames.append(frame)
            if "status" in frame:
                return frame
            self.events.append(frame)

    def subscribe(self) -> dict[str, Any]:
        return self.signed("userDataStream.subscribe.signature")

"""Drives one public client for the suites: a process inside the client's own environment, JSON lines over a loopback socket.

Knows nothing of any client and needs only the standard library. First line in: the token. Then one request a line:

    {"do": "open", "settings": {...}}                                  a client with these addresses and keys replaces the last one
    {"do": "call", "method": "...", "arguments": [...], "named": {}}   {"value": ...} or {"refused": {"error": class, "message": text}}
    {"do": "watch", "name": "...", "method": ..., ...}                 from now on, everything that the watch brings is kept
    {"do": "seen", "name": "..."}                                      {"value": [...]}: what it brought, oldest first
    {"do": "close"}

A request that no client could understand is answered with {"wrong": text}.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import json
import os
import sys
import typing
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol

INSTANCE_VARIABLE = "CLIENT_INSTANCE"
KEPT = 5_000
"""Values of one watch that are kept; the oldest go first."""
_LONGEST_LINE = 64 * 1024 * 1024


class Client(Protocol):
    """A public client as the driver needs it. Errors of the client itself are answers, not failures."""

    def method(self, name: str) -> Callable[..., Any]:
        """The client's own public method of that name. Raises AttributeError: it has none."""

    def shape(self, method: Callable[..., Any], arguments: list[Any], named: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
        """The arguments as a user of this client would write them."""

    def plain(self, value: object) -> object:
        """An answer as JSON can hold it."""

    async def close(self) -> None: ...


@typing.runtime_checkable
class StreamingClient(Client, Protocol):
    """A public client that has streams."""

    def watch(self, method: Callable[..., Any], arguments: list[Any], named: dict[str, Any]) -> AsyncIterator[object]:
        """Whatever the method brings, until it is cancelled."""


Opener = Callable[[dict[str, Any]], Awaitable[Client]]


class Driver:
    """One connection's requests, one at a time; watches run beside them."""

    def __init__(self, opener: Opener) -> None:
        self._opener = opener
        self._client: Client | None = None
        self._watches: dict[str, asyncio.Task[None]] = {}
        self._seen: dict[str, deque[object]] = {}

    async def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        do = request.get("do")
        if do == "open":
            await self.close()
            self._client = await self._opener(request["settings"])
            return {"value": None}
        if do == "close":
            await self.close()
            return {"value": None}
        if do == "seen":
            return self._what_was_seen(request["name"])
        if do not in ("call", "watch"):
            return {"wrong": f"unknown request {do!r}; known: open, call, watch, seen, close"}
        return await self._ask(request)

    async def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        if self._client is None:
            return {"wrong": "no client is open"}
        try:
            method = self._client.method(request["method"])
            arguments, named = self._client.shape(method, list(request["arguments"]), dict(request["named"]))
        except (AttributeError, TypeError, ValueError) as wrong:
            return {"wrong": f"{request['method']}: {wrong}"}
        if request["do"] == "watch":
            if not isinstance(self._client, StreamingClient):
                return {"wrong": f"{request['method']}: this client has no streams; start one that has, such as ccxt.pro"}
            return self._start(request["name"], self._client.watch(method, arguments, named), self._client.plain)
        try:
            answer = method(*arguments, **named)
            if inspect.isawaitable(answer):
                answer = await answer
            return {"value": self._client.plain(answer)}
        except Exception as error:  # noqa: BLE001 - whatever a client raises, of classes of its own, is its answer; the suite judges
            return refusal(error)

    def _start(self, name: str, brought: AsyncIterator[object], plain: Callable[[object], object]) -> dict[str, Any]:
        if name in self._watches:
            return {"wrong": f"{name!r} is watched already; watch under another name"}
        self._seen[name] = deque(maxlen=KEPT)
        self._watches[name] = asyncio.create_task(self._keep(name, brought, plain))
        return {"value": None}

    async def _keep(self, name: str, brought: AsyncIterator[object], plain: Callable[[object], object]) -> None:
        seen = self._seen[name]
        try:
            async for value in brought:
                seen.append(plain(value))
        except Exception as error:  # noqa: BLE001 - whatever a client raises, of classes of its own, is what was seen; the suite judges
            seen.append(refusal(error))

    def _what_was_seen(self, name: str) -> dict[str, Any]:
        if name not in self._seen:
            return {"wrong": f"nothing is watched under the name {name!r}; watched: {', '.join(sorted(self._seen)) or 'nothing'}"}
        return {"value": list(self._seen[name])}

    async def close(self) -> None:
        client, self._client = self._client, None
        for task in self._watches.values():
            task.cancel()
        await asyncio.gather(*self._watches.values(), return_exceptions=True)
        self._watches.clear()
        self._seen.clear()
        if client is not None:
            await client.close()


def refusal(error: Exception) -> dict[str, Any]:
    """What a client raised, as an answer."""
    return {"refused": {"error": type(error).__name__, "message": str(error)}}


def typed(method: Callable[..., Any], arguments: Sequence[Any], named: Mapping[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    """Text turned into numbers where the method's own annotations ask for numbers, as a user of the client would pass them."""
    parameters = inspect.signature(method).parameters
    names = list(parameters)
    shaped = [converted(parameters[names[at]].annotation, value) if at < len(names) else value for at, value in enumerate(arguments)]
    return shaped, {name: converted(parameters[name].annotation, value) if name in parameters else value for name, value in named.items()}


def converted(annotation: object, value: object) -> object:
    """`value` as `annotation` wants it: a number if it takes numbers; else unchanged."""
    if not isinstance(value, str):
        return value
    if value == "None":
        return None
    kinds = {kind for kind in (annotation, *typing.get_args(annotation)) if isinstance(kind, type)}
    if float in kinds:
        return float(value)
    return int(value) if int in kinds and bool not in kinds else value


async def _converse(driver: Driver, token: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    if (await reader.readline()).decode().strip() == token:
        while line := await reader.readline():
            try:
                answer = await driver.answer(json.loads(line))
            except Exception as error:  # noqa: BLE001 - opening and closing run the client's own code too; told to the suite, which fails
                answer = {"wrong": f"{type(error).__name__}: {error}"}
            writer.write(json.dumps(answer, default=str).encode() + b"\n")
            await writer.drain()
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()


async def _serve(opener: Opener) -> None:
    token = os.environ[INSTANCE_VARIABLE]
    driver = Driver(opener)
    over = asyncio.Event()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await _converse(driver, token, reader, writer)
        finally:
            over.set()

    server = await asyncio.start_server(connected, "127.0.0.1", 0, limit=_LONGEST_LINE)
    ready = {"instance": token, "pid": os.getpid(), "port": server.sockets[0].getsockname()[1]}
    print(json.dumps(ready), flush=True)
    await over.wait()
    await driver.close()
    server.close()


def serve(opener: Opener) -> None:
    """Serve one connection to its end, then exit."""
    asyncio.run(_serve(opener))
    sys.exit(0)

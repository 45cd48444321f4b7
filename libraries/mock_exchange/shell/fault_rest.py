"""Faults on the way of a REST request and its answer."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from aiohttp import web

from ..core.errors import VenueError
from ..faults.actions import Action, Delay, Drop, HalfOpen, Replace, Reset, Status
from ..faults.mangling import packed
from ..faults.matching import ArmedRule, Subject
from ..faults.texts import text_of
from .connection import address_of, local_of, peer_of
from .fault_passage import Passage, Unanswered, cut, spoiled, wait_for_end, write_out
from .faults import Faults
from .http_answer import answer_head
from .operations import operation_of
from .params import rest_params

_JSON = "application/json;charset=UTF-8"
_TYPE = "Content-Type"
_encode = msgspec.json.Encoder().encode


class NoMore(web.StreamResponse):
    """An answer whose bytes have left already, or never will: nothing is written for it."""

    def __init__(self, *, keeps: bool) -> None:
        super().__init__()
        self._keeps = keeps

    @property
    def keep_alive(self) -> bool | None:
        return self._keeps

    async def prepare(self, request: web.BaseRequest) -> None:
        """Nothing is left to prepare."""

    async def write_eof(self, data: bytes = b"") -> None:
        """Nothing is left to write."""


class RestPassage(Passage):
    """One REST request. `answer` of `serve` calls `at`, `through` and `reply` on its way."""

    def __init__(self, faults: Faults, request: web.BaseRequest, account: str) -> None:
        path = request.raw_path.partition("?")[0].rstrip("/")
        subject = Subject(
            api="rest",
            address=address_of(request),
            local=local_of(request),
            peer=peer_of(request),
            method=request.method,
            path=path,
            operation=operation_of(request.method, path),
            account=account,
        )
        super().__init__(faults, subject)
        self._request = request
        self._lingers = False

    async def serve(self, answer: Callable[[], Awaitable[web.StreamResponse]]) -> web.StreamResponse:
        """The answer, as faults leave it."""
        try:
            return await answer()
        except Unanswered:
            if self._lingers and self._request.transport is not None:
                await wait_for_end(self.faults, self._request.transport)
            return NoMore(keeps=False)

    def ask(self, query: str, body: str) -> None:
        """The request is read; parameters that cannot be are none."""
        with contextlib.suppress(VenueError):
            self.read(rest_params(query, body))

    async def reply(self, response: web.Response) -> web.StreamResponse:
        """The answer after the points behind it. Raises Unanswered."""
        if self.injected is not None:
            _inject(response, self.injected)
            self.injected = None
        for armed, action in self.faults.fire("before_reply", self.subject):
            await self._change(response, armed, action)
        writing = [action for _, action in self.faults.fire("mid_body", self.subject)]
        if not writing:
            return response
        return await self._write(response, writing)

    async def _change(self, response: web.Response, armed: ArmedRule, action: Action) -> None:
        match action:
            case Delay() | Reset() | HalfOpen() | Drop():
                await self._act(action)
            case Status():
                response.body = _encode({"code": action.code, "msg": text_of(action)})
                response.headers[_TYPE] = _JSON
                _inject(response, action)
                response.set_status(action.status)
            case _:
                response.body = spoiled(_body(response), armed, action)
                if isinstance(action, Replace):
                    _dress(response, action)

    async def _write(self, response: web.Response, actions: list[Action]) -> web.StreamResponse:
        transport = self._request.transport
        if transport is None or transport.is_closing():
            raise Unanswered
        ending = await write_out(_raw(response), actions, transport.write, self.faults)
        if isinstance(ending, Reset):
            self.reset()
        elif isinstance(ending, HalfOpen):
            self.silence()
            raise Unanswered
        return NoMore(keeps=ending is None)

    def reset(self) -> None:
        cut(self._request.transport)

    def silence(self) -> None:
        transport = self._request.transport
        if transport is not None and not transport.is_closing():
            transport.pause_reading()
        self._lingers = True

    def swallow(self) -> None:
        self._lingers = True


def _inject(response: web.Response, status: Status) -> None:
    """What a status says beyond its code and text."""
    if status.body is not None:
        response.body = status.body.encode()
        response.headers[_TYPE] = "text/html" if status.body.lstrip().startswith("<") else "text/plain"
    if status.content_type is not None:
        response.headers[_TYPE] = status.content_type
    if status.retry_after_s is not None:
        response.headers["Retry-After"] = str(status.retry_after_s)
    response.headers.update(status.headers)


def _dress(response: web.Response, replace: Replace) -> None:
    """How another body travels."""
    response.body, headers = packed(_body(response), replace)
    response.headers.update(headers)
    if replace.content_type is not None:
        response.headers[_TYPE] = replace.content_type


def _body(response: web.Response) -> bytes:
    body: Any = response.body
    return bytes(body) if body is not None else b""


def _raw(response: web.Response) -> bytes:
    """The whole HTTP answer as it goes over the wire."""
    body = _body(response)
    headers = {name: value for name, value in response.headers.items() if name != "Content-Length"}
    return answer_head(response.status, headers, len(body)) + body

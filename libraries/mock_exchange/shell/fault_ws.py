"""Faults on the way of a WebSocket API request and its answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from ..core.clock import Clock
from ..faults.actions import Action, Delay, Drop, Duplicate, HalfOpen, Reorder, Reset, Status, SwapId, Truncate
from ..faults.matching import ArmedRule, Subject
from ..faults.texts import text_of
from . import frames
from .connection import ApiConnection
from .fault_lanes import Lane
from .fault_passage import Passage, spoiled, write_out
from .faults import Faults

_encode = msgspec.json.Encoder().encode


class WsPassage(Passage):
    """One request on a WebSocket API connection; later requests on it go on meanwhile, as at the venue."""

    def __init__(self, faults: Faults, connection: ApiConnection, lane: Lane, clock: Clock) -> None:
        super().__init__(
            faults,
            Subject(
                api="ws-api",
                address=connection.venue_address,
                local=connection.local,
                connection=connection.id,
                peer=connection.peer,
                path="/ws-api/v3",
            ),
        )
        self._connection = connection
        self._lane = lane
        self._clock = clock
        self._whole = b""

    async def enter(self, method: str, params: Mapping[str, str], account: str) -> None:
        """The request is read; nothing of it is checked yet."""
        self.read(params)
        self.subject.method = self.subject.operation = method
        self.subject.account = account
        await self.at("before_parse")

    async def reply(self, payload: bytes) -> None:
        """Send the answer as the faults behind it leave it. Raises Unanswered."""
        self._whole = payload
        if self.injected is not None:
            payload = self._injected(self.injected)
            self.injected = None
        order: list[Action] = []
        for armed, action in self.faults.fire("before_reply", self.subject):
            payload = await self._change(payload, armed, action, order)
        writing = [action for _, action in self.faults.fire("mid_body", self.subject)]
        if writing:
            await self._write(payload, writing)
        else:
            self._lane.leave(payload, order)

    async def _change(self, payload: bytes, armed: ArmedRule, action: Action, order: list[Action]) -> bytes:
        match action:
            case Delay() | Reset() | HalfOpen() | Drop():
                await self._act(action)
            case Duplicate() | Reorder() | SwapId():
                order.append(action)
            case Status():
                return self._injected(action)
            case _:
                return spoiled(payload, armed, action)
        return payload

    def _injected(self, status: Status) -> bytes:
        """The venue's own answer with that status and error, under the id of the request, whatever other actions made of it before."""
        if status.body is not None:
            return status.body.encode()
        answer: dict[str, Any] = msgspec.json.decode(self._whole)
        answer.pop("result", None)
        error: dict[str, Any] = {"code": status.code, "msg": text_of(status)}
        if status.retry_after_s is not None:
            now_ms = self._clock.now_ms()
            error["data"] = {"serverTime": now_ms, "retryAfter": now_ms + status.retry_after_s * 1000}
        limits = answer.pop("rateLimits", None)
        answer |= {"status": status.status, "error": error} | ({} if limits is None else {"rateLimits": limits})
        return _encode(answer)

    async def _write(self, payload: bytes, actions: list[Action]) -> None:
        ending = await write_out(frames.frame(payload), actions, self._connection.write_raw, self.faults)
        if isinstance(ending, HalfOpen):
            self.silence()
        elif isinstance(ending, Reset):
            self.reset()
        elif isinstance(ending, Truncate):
            self._connection.end()

    def reset(self) -> None:
        self._connection.abort()

    def silence(self) -> None:
        self._connection.silence()
        self.faults.bury(self._connection.abort)

    def swallow(self) -> None:
        """Nothing: the connection goes on."""

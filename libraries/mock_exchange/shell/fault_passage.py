"""One request on its way past the points at which faults wait; what REST and WebSocket API have in common."""

from __future__ import annotations

import asyncio
import socket
import struct
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from ..core.errors import VenueError
from ..faults.actions import Action, Corrupt, Delay, Drop, Edit, HalfOpen, Hide, Replace, Reset, Slow, Status, Truncate
from ..faults.mangling import corrupted, edited, replaced, truncated
from ..faults.matching import ArmedRule, Subject
from ..faults.rules import Point
from ..faults.texts import text_of
from .faults import Faults
from .hidden_orders import order_ids_of, plain

_RESET = struct.pack("ii", 1, 0)
_QUERIES = frozenset(
    {"order.status", "openOrders.status", "allOrders", "myTrades", "openOrderLists.status", "allOrderLists", "orderList.status"}
)
_LOOK_S = 0.1


class HeldBack(Exception):
    """A request is as good as the core asks for, and a fault waits before it: it is asked again when the fault is over."""


class Unanswered(Exception):
    """No answer leaves for this request, by a fault."""


class InjectedError(VenueError):
    """The answer that a fault gives instead of the venue's."""


class Passage(ABC):
    """Points are passed in order; `subject` is filled as more of the request is known."""

    def __init__(self, faults: Faults, subject: Subject) -> None:
        self.faults = faults
        self.subject = subject
        self.injected: Status | None = None
        self._validated = False
        self._answer: Any = None

    def read(self, params: Mapping[str, str]) -> None:
        """What the request says of itself, before anything of it is checked."""
        subject = self.subject
        subject.symbol = params.get("symbol", "")
        subject.side = params.get("side", "")
        subject.type = params.get("type", "")
        subject.client_order_id = params.get("newClientOrderId") or params.get("origClientOrderId", "")
        order_id = params.get("orderId", "")
        subject.order_id = int(order_id) if order_id.isascii() and order_id.isdigit() else 0

    async def at(self, point: Point) -> None:
        """Let the rules of a point act.

        Raises:
            InjectedError: the answer is an injected one. Unanswered: there will be none.
        """
        self.injected = None
        for _, action in self.faults.fire(point, self.subject):
            await self._act(action)
        if self.injected is not None:
            raise InjectedError(self.injected.code or 0, text_of(self.injected), self.injected.status)

    async def through(self, perform: Callable[[], Any], *, holds: bool) -> Any:
        """Do what the request asks, with the points around it. `holds`: it stops by itself when it is validated (`hold`)."""
        if not holds:
            await self.at("after_validate")
        try:
            answer = perform()
        except HeldBack:
            await self.at("after_validate")
            self._validated = True
            answer = perform()
        if self.faults.hidden and self.subject.operation in _QUERIES:
            answer = self.faults.hidden.without(answer)
        if self.faults.is_waiting_at("after_match", "before_reply", "mid_body"):
            await self._matched(answer)
        return answer

    def hold(self) -> None:
        """Called where everything is checked and nothing is done. Raises HeldBack: a fault waits here."""
        if not self._validated and self.faults.is_waiting_at("after_validate"):
            raise HeldBack

    async def _matched(self, answer: Any) -> None:
        self._answer = plain(answer)
        if isinstance(self._answer, dict):
            ids = order_ids_of(self._answer)
            self.subject.order_id = ids[0] if ids else self.subject.order_id
            name = self._answer.get("origClientOrderId") or self._answer.get("clientOrderId")
            self.subject.client_order_id = str(name) if name else self.subject.client_order_id
        await self.at("after_match")

    async def _act(self, action: Action) -> None:
        match action:
            case Delay():
                await self.faults.pause(action.ms)
            case Status():
                self.injected = action
            case Hide():
                self.faults.hidden.hide(order_ids_of(self._answer), action.ms)
            case Reset():
                self.reset()
                raise Unanswered
            case HalfOpen():
                self.silence()
                raise Unanswered
            case Drop():
                self.swallow()
                raise Unanswered
            case _:
                raise AssertionError(f"{action} does not happen to a request")

    @abstractmethod
    def reset(self) -> None:
        """Cut the connection (RST)."""

    @abstractmethod
    def silence(self) -> None:
        """From now on the connection is dead, but up."""

    @abstractmethod
    def swallow(self) -> None:
        """This request gets no answer; its connection stays."""


def spoiled(body: bytes, armed: ArmedRule, action: Action) -> bytes:
    """A body or message after an action that changes it."""
    match action:
        case Corrupt():
            return corrupted(body, action, armed.random)
        case Truncate():
            return truncated(body, action)
        case Replace():
            return replaced(action)
        case Edit():
            return edited(body, action)
        case _:
            raise AssertionError(f"{action} changes no bytes")


class Written(Protocol):
    def __call__(self, data: bytes, /) -> object: ...


async def write_out(data: bytes, actions: list[Action], write: Written, faults: Faults) -> Action | None:
    """Write an answer's bytes as the actions of `mid_body` say; what is to happen behind the last byte that left.

    Every action sees the whole answer: the earliest end counts, the slowest pace, and each pause at its place.
    """
    end, ending = len(data), None
    pace: Slow | None = None
    pauses: dict[int, int] = {}
    for action in actions:
        match action:
            case Slow():
                pace = action
            case Delay():
                at = min(action.after_bytes, len(data))
                pauses[at] = pauses.get(at, 0) + action.ms
            case Reset() | HalfOpen() | Truncate():
                stop = _stop_of(action, len(data))
                if stop <= end:
                    end, ending = stop, action
            case _:
                raise AssertionError(f"{action} does not happen in the middle of an answer")
    await _write_paced(data[:end], pace, pauses, write, faults)
    return ending


def _stop_of(action: Reset | HalfOpen | Truncate, size: int) -> int:
    if isinstance(action, Truncate):
        return size // 2 if action.keep is None else min(action.keep, size)
    return min(action.after_bytes, size)


async def _write_paced(data: bytes, pace: Slow | None, pauses: dict[int, int], write: Written, faults: Faults) -> None:
    position = 0
    portion = pace.bytes if pace is not None else len(data)
    while position < len(data):
        if position in pauses:
            await faults.pause(pauses.pop(position))
        until = min([position + portion, len(data), *(at for at in pauses if at > position)])
        write(data[position:until])
        position = until
        if pace is not None and position < len(data):
            await faults.pause(pace.every_ms)
    if position in pauses:
        await faults.pause(pauses[position])


def cut(transport: asyncio.Transport | None) -> None:
    """Reset a TCP connection."""
    if transport is None or transport.is_closing():
        return
    raw = transport.get_extra_info("socket")
    if raw is not None:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    transport.abort()


async def wait_for_end(faults: Faults, transport: asyncio.Transport) -> None:
    """Until the client went, or the venue is healed (what still stands is cut then).

    A transport does not tell its owner's guests when it closes, hence the look now and then.
    """
    faults.unanswered += 1
    healed = asyncio.ensure_future(faults.until_healed())
    try:
        while not healed.done() and not transport.is_closing():
            await asyncio.wait([healed], timeout=_LOOK_S)
    finally:
        healed.cancel()
        faults.unanswered -= 1
        cut(transport)

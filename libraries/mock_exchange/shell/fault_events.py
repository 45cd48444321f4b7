"""Faults on messages that the venue sends unasked: market streams and user data events."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Protocol
from weakref import WeakKeyDictionary

import msgspec

from ..core.venue_events import AccountEvent
from ..faults.actions import Action, Close, Delay, Drop, Duplicate, Frame, HalfOpen, Reorder, Reset
from ..faults.matching import Subject
from . import frames
from .fault_lanes import Lane
from .fault_passage import spoiled
from .faults import Faults

_FORMS: dict[str, Callable[[bytes], bytes]] = {
    "binary": frames.binary,
    "invalid_utf8": frames.invalid_utf8,
    "fragments": frames.fragments,
}


class Line(Protocol):
    """A WebSocket connection, of the streams or of the WebSocket API."""

    id: str
    peer: str
    local: str
    venue_address: str

    def send(self, message: bytes, /) -> None: ...

    def abort(self) -> None: ...

    def silence(self) -> None: ...

    async def goodbye(self, code: int, reason: str) -> None: ...


class EventTap:
    """Stands between the venue and its listeners while a rule waits for an event, or a message is held back."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._events: WeakKeyDictionary[Any, Lane] = WeakKeyDictionary()
        self._answers: WeakKeyDictionary[Any, Lane] = WeakKeyDictionary()
        self._closing: set[asyncio.Task[None]] = set()
        self._muted = ""
        self.owner_of: Callable[[str], str] = lambda _: ""
        """Whose listenKey a stream name is; "" = none."""
        self.needed = False
        """Whether events pass here at all; what the venue's hot path looks at."""
        faults.changed.append(self._look)
        faults.healing.append(self._let_go)

    def mute(self, account: str) -> None:
        """Tell nothing to that account's streams from now on; "" = nobody is muted."""
        self._muted = account
        self._faults.tell()

    def _look(self) -> None:
        self.needed = bool(self._muted) or self._faults.pending > 0 or self._faults.is_waiting_at("event")

    def answers_of(self, connection: Line) -> Lane:
        """The lane of a connection's answers; its events have one of their own: either may overtake the other."""
        return self._lane(self._answers, connection)

    def market(self, stream: str, message: bytes, line: Any) -> None:
        """A market stream message on its way to one subscriber."""
        if self._muted and self.owner_of(stream) == self._muted:
            return
        document: Any = msgspec.json.decode(message)
        if isinstance(document, dict) and document.keys() == {"stream", "data"}:
            document = document["data"]
        row = document if isinstance(document, dict) else {}
        subject = Subject(
            api="stream",
            address=line.venue_address,
            local=line.local,
            connection=line.id,
            peer=line.peer,
            stream=stream,
            account=self.owner_of(stream),
            event=row.get("e") or stream.partition("@")[2].partition("@")[0],
            symbol=row.get("s") or (stream.partition("@")[0].upper() if "@" in stream else ""),
        )
        _report(subject, row)
        self._pass(subject, message, line)

    def user(self, event: AccountEvent, message: bytes, line: Line) -> None:
        """A user data event on its way to one connection of its account."""
        if event.account == self._muted:
            return
        payload = event.payload
        subject = Subject(
            api="ws-api",
            address=line.venue_address,
            local=line.local,
            connection=line.id,
            peer=line.peer,
            event=_text(payload.get("e")),
            account=event.account,
            symbol=_text(payload.get("s")),
        )
        _report(subject, payload)
        self._pass(subject, message, line)

    def _pass(self, subject: Subject, message: bytes, line: Line) -> None:
        order: list[Action] = []
        form: Callable[[bytes], bytes] = bytes
        for armed, action in self._faults.fire("event", subject, in_command=True):
            match action:
                case Drop():
                    return
                case Delay() | Duplicate() | Reorder():
                    order.append(action)
                case Reset():
                    line.abort()
                    return
                case HalfOpen():
                    line.silence()
                    self._faults.bury(line.abort)
                    return
                case Close():
                    self._close(line, action)
                    return
                case Frame():
                    form = _FORMS[action.form]
                case _:
                    message = spoiled(message, armed, action)
        self._lane(self._events, line).leave(form(message), order, subject.stream)

    def _close(self, line: Line, action: Close) -> None:
        task = asyncio.get_running_loop().create_task(line.goodbye(action.code, action.reason))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    def _lane(self, lanes: WeakKeyDictionary[Any, Lane], line: Line) -> Lane:
        lane = lanes.get(line)
        if lane is None:
            lane = lanes[line] = Lane(self._faults, line.send)
        return lane

    def _let_go(self) -> None:
        for lane in [*self._events.values(), *self._answers.values()]:
            lane.let_go()


def _report(subject: Subject, payload: Mapping[str, object]) -> None:
    """What an executionReport says of its order; on a cancel `C` is the order's own client id."""
    if subject.event == "executionReport":
        subject.execution, subject.side, subject.type = (_text(payload.get(key)) for key in ("x", "S", "o"))
        subject.client_order_id = _text(payload.get("C") or payload.get("c"))
        subject.order_id = int(str(payload.get("i", 0)))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""

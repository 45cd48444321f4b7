"""I24: after an acknowledged halt nothing new that opens risk reaches the venue: kill switch, halt, pause, shutdown, and every other
block of entries that is on record.

A halt counts from when it was durable (no answer leaves before), or from the answer that a test got. What closes (exits, stops, the
unwinding of trades, the orders of an emergency close) and what cancels goes on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from libraries.auditor.examination import Examination
from libraries.auditor.invariants.day import OVERRIDABLE
from libraries.auditor.moments import NS_PER_MS, apart
from libraries.auditor.witnesses.journal import Event
from libraries.auditor.witnesses.ledger import VenueRequest
from libraries.auditor.world import World

OPENING = frozenset({"ENTRY", "LEG"})
IN_FLIGHT_NS = 100_000_000
"""How much later than the acknowledgement an order may still arrive that had left before."""
PATIENCE_NS = 2_000_000_000
"""How long a loaded machine may take from the engine's record of a sending to the venue's of its receipt."""
_HOLDING_UP = frozenset({"fault armed", "venue frozen", "disconnected", "venue killed", "address killed", "address frozen"})
"""What a test did to the way to the venue: then a request may be read at any time after it left."""
_STATES = {"HALTED": "state HALTED", "STOPPING": "shutdown"}
_ASKED_BY = {"pause": "PAUSE", "halt": "HALT", "kill": "KILL_SWITCH", "emergency-close": "EMERGENCY_CLOSE"}
"""Action of the history -> name of the block that it asks for."""
_NEVER = 1 << 62


@dataclass
class Block:
    """A time in which nothing may be opened, by the sequence of the facts: `until` = the fact that ended it. `until_ms`: on the engine's
    wall clock it ends by itself then, 0 = it does not. `acked_ns`: when it was acknowledged, None = nobody knows."""

    name: str
    began: Event
    acked_ns: int | None
    until_ms: int = 0
    until: Event | None = None

    @property
    def ends(self) -> int:
        return self.until.seq if self.until is not None else _NEVER


@dataclass(frozen=True)
class Opening:
    """An order request that the venue received and that would open something, with its intent and the record of its sending."""

    request: VenueRequest
    intent: Event
    sent: Event | None
    where: str

    @property
    def decided_ms(self) -> int:
        return int(self.intent.inner("order").get("created_ms") or self.intent.wall_ms)


def nothing_new(world: World) -> Examination:
    """I24: no order that opens something (ENTRY, LEG) and was intended before a block ended reached the venue later than 100 ms after the
    block was acknowledged, and none that was intended during it reached the venue at all. An order whose sending was recorded in time may
    be read up to 2 s later, and at any time where a test held the way to the venue up. Objects: blocks.
    """
    found = Examination()
    blocks = _Blocks(world).found
    found.look(len(blocks))
    overrides = [(int(event.data["at_ms"]), int(event.data["until_ms"])) for event in world.journal.by_kind["OverrideBegan"]]
    held_up = any(record.action in _HOLDING_UP for record in world.history.records) if world.history else False
    for opening in _openings(world) if blocks else ():
        for block in blocks:
            if opening.intent.seq < block.ends and not _lifted(block, opening, overrides):
                _judge(found, block, opening, held_up)
    return found


def _openings(world: World) -> Iterator[Opening]:
    for name, venue in world.venues.items():
        for request in venue.whole.requests:
            intents = world.journal.intents.get(str(request.client_order_id), [])
            if request.action == "place" and request.via != "admin" and intents and intents[0].inner("order").get("purpose") in OPENING:
                changes = world.journal.changes.get(str(request.client_order_id), [])
                sent = next((event for event in changes if event.data.get("source") == "send"), None)
                left = sent if sent is not None and sent.data.get("after") == "SUBMITTED" else None
                yield Opening(request, intents[0], left, f"ledger {name} line {request.line}; {intents[0].where}")


def _lifted(block: Block, opening: Opening, overrides: list[tuple[int, int]]) -> bool:
    """Whether the block was over by the clock, or overridden (R35), when the order was decided."""
    if block.until_ms and opening.decided_ms >= block.until_ms:
        return True
    return block.name in OVERRIDABLE and any(began <= opening.decided_ms < ended for began, ended in overrides)


def _judge(found: Examination, block: Block, opening: Opening, held_up: bool) -> None:
    request, sent = opening.request, opening.sent
    what = f"order {request.client_order_id} that opens risk, after {block.name}"
    where = f"{opening.where}; {block.began.where}"
    if opening.intent.seq > block.began.seq:
        received = f"received {apart(request.received_ns, block.began.mono_ns)} it began"
        found.fail(what, "none is intended and sent before it ends", received, where)
        return
    if block.acked_ns is None:
        return
    latest = block.acked_ns + IN_FLIGHT_NS
    if request.received_ns <= latest or (block.until is not None and request.received_ns >= block.until.mono_ns):
        return
    if sent is not None and sent.mono_ns <= latest and (held_up or request.received_ns - sent.mono_ns <= PATIENCE_NS):
        return
    received = f"received {apart(request.received_ns, block.acked_ns)} that"
    found.fail(what, f"received when the block was acknowledged, or within {IN_FLIGHT_NS // NS_PER_MS} ms in flight", received, where)


class _Blocks:
    """All blocks of a journal, in the order in which they began."""

    def __init__(self, world: World) -> None:
        self.found: list[Block] = []
        self._world = world
        self._open: dict[str, Block] = {}
        steps = {
            "HaltBegan": self._halt_began,
            "HaltEnded": lambda event: self._end(str(event.data["halt"]), event),
            "OperatorActed": self._operator_acted,
            "EngineStateChanged": self._state_changed,
            "EngineStarted": self._state_changed,
        }
        for event in world.journal.events:
            if event.kind in steps:
                steps[event.kind](event)

    def _halt_began(self, event: Event) -> None:
        self._begin(str(event.inner("halt").get("kind")), event, int(event.inner("halt").get("until_ms") or 0))

    def _operator_acted(self, event: Event) -> None:
        action = str(event.data.get("action"))
        if action in ("PAUSE", "HALT", "RESUME"):
            for other in {"PAUSE", "HALT"} - {action}:
                self._end(other, event)
            if action != "RESUME":
                self._begin(action, event)

    def _state_changed(self, event: Event) -> None:
        for name in _STATES.values():
            self._end(name, event)
        after = str(event.data.get("after"))
        if after in _STATES:
            self._begin(_STATES[after], event)

    def _begin(self, name: str, event: Event, until_ms: int = 0) -> None:
        known = self._open.get(name)
        if known is not None:
            known.until_ms = max(until_ms, known.until_ms) if until_ms and known.until_ms else 0
            return
        self._open[name] = Block(name, event, _acknowledged(self._world, name, event), until_ms)
        self.found.append(self._open[name])

    def _end(self, name: str, event: Event) -> None:
        ended = self._open.pop(name, None)
        if ended is not None:
            ended.until = event


def _acknowledged(world: World, name: str, event: Event) -> int | None:
    """When whoever asked for it could know: it was durable, or a test had its answer."""
    answers = [
        (invocation.asked.mono_ns, invocation.ended.mono_ns)
        for invocation in (world.history.invocations if world.history else ())
        if invocation.asked is not None and invocation.ended is not None and invocation.outcome == "ok"
        if _ASKED_BY.get(invocation.action) == name
    ]
    known = [world.journal.committed_ns(event.seq), *(answered for asked, answered in answers if asked <= event.mono_ns <= answered)]
    return min((at_ns for at_ns in known if at_ns is not None), default=None)

"""I11: the order state machine as a table, and the continuity of every other state in the journal."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from libraries.auditor.amounts import ZERO, amount
from libraries.auditor.examination import Examination
from libraries.auditor.invariants import multi_leg, strategies
from libraries.auditor.witnesses.journal import Event
from libraries.auditor.witnesses.rows import TERMINAL
from libraries.auditor.world import World

_AFTER_SEND = frozenset({"OPEN", "PARTIALLY_FILLED", "FILLED", "CANCELLED", "REJECTED", "EXPIRED", "FAILED"})
LEGAL: dict[str, frozenset[str]] = {
    # A restart may find in PENDING what was sent before the crash, so everything can follow it.
    "PENDING": _AFTER_SEND | {"SUBMITTED", "NOT_SENT"},
    "SUBMITTED": _AFTER_SEND,
    "OPEN": frozenset({"PARTIALLY_FILLED", "FILLED", "CANCELLED", "EXPIRED"}),
    "PARTIALLY_FILLED": frozenset({"FILLED", "CANCELLED", "EXPIRED"}),
    **{state: frozenset() for state in TERMINAL},
}
"""State -> states that may follow it. Staying in a state is always legal."""

PENDING_ACTIONS = frozenset({"NONE", "HOLD", "NEW", "CANCEL", "REPLACE"})
KNOWLEDGE = frozenset({"KNOWN", "UNKNOWN"})
NOTHING_EXECUTED = frozenset({"PENDING", "SUBMITTED", "OPEN", "REJECTED", "FAILED", "NOT_SENT"})


@dataclass
class _Track:
    """An order as the facts so far leave it."""

    state: str
    quantity: Decimal
    executed: Decimal = ZERO
    cum_quote: Decimal = ZERO


def legal_transitions(world: World) -> Examination:
    """I11: each order begins in PENDING, each OrderChanged leaves the state that the facts so far say and takes a legal step;
    terminal states absorb; executed and cum_quote never go back and fit the state. Engine, strategy and multi-leg states
    are continuous: `before` is the last `after`; strategies and parents of slices take the steps of their tables. Objects: state facts.
    """
    found = Examination()
    tracks: dict[str, _Track] = {}
    states: dict[tuple[str, str], str] = {}
    for event in world.journal.events:
        if event.kind == "OrderIntended":
            found.look()
            _intended(found, event, tracks)
        elif event.kind == "OrderChanged":
            found.look()
            _changed(found, event, tracks)
        elif event.kind == "EngineStarted":
            states.pop(("engine", ""), None)
        elif event.kind == "ParentChanged":
            found.look()
            strategies.transition(found, event)
        elif event.kind in CONTINUOUS:
            found.look()
            _continuous(found, event, states)
            if event.kind == "StrategyChanged":
                strategies.transition(found, event)
            elif event.kind == "MultiLegChanged":
                multi_leg.transition(found, event)
    return found


def _intended(found: Examination, event: Event, tracks: dict[str, _Track]) -> None:
    order = event.inner("order")
    found.equal("state of an intent", "PENDING", order.get("state"), event.where)
    found.require(order.get("pending") in {"NEW", "HOLD"}, "pending action of an intent", "NEW or HOLD", order.get("pending"), event.where)
    found.equal("executed of an intent", ZERO, amount(order.get("executed")), event.where)
    tracks[str(order.get("client_order_id"))] = _Track(str(order.get("state")), amount(order.get("quantity")))


def _changed(found: Examination, event: Event, tracks: dict[str, _Track]) -> None:
    data, where = event.data, event.where
    track = tracks.get(str(data["client_order_id"]))
    if track is None:
        found.fail("change of an order", "an OrderIntended before it", "none", where)
        return
    before, after = str(data["before"]), str(data["after"])
    found.equal("state before the change", track.state, before, where)
    legal = after == track.state or after in LEGAL.get(track.state, frozenset())
    found.require(legal, "transition", f"legal from {track.state}", f"{track.state} -> {after}", where)
    found.require(data["pending"] in PENDING_ACTIONS, "pending action", ", ".join(sorted(PENDING_ACTIONS)), data["pending"], where)
    found.require(data["knowledge"] in KNOWLEDGE, "knowledge", ", ".join(sorted(KNOWLEDGE)), data["knowledge"], where)
    executed, cum_quote = amount(data["executed"]), amount(data["cum_quote"])
    found.require(executed >= track.executed, "executed", f"at least {track.executed}: it never goes back", executed, where)
    found.require(cum_quote >= track.cum_quote, "cum_quote", f"at least {track.cum_quote}: it never goes back", cum_quote, where)
    _fits(found, after, executed, track.quantity, where)
    track.state, track.executed, track.cum_quote = after, executed, cum_quote


def _fits(found: Examination, state: str, executed: Decimal, quantity: Decimal, where: str) -> None:
    """Whether a state can have executed so much."""
    if state == "FILLED":
        found.equal("executed of a FILLED order", quantity, executed, where)
    elif state == "PARTIALLY_FILLED":
        found.require(0 < executed < quantity, f"executed of a {state} order", f"between 0 and {quantity}", executed, where)
    elif state in NOTHING_EXECUTED:
        found.equal(f"executed of a {state} order", ZERO, executed, where)


CONTINUOUS = {"EngineStateChanged": "", "StrategyChanged": "strategy", "MultiLegChanged": "multi_leg_id"}
"""Kind of fact -> the payload key that names its subject ("" = the engine itself)."""


def _continuous(found: Examination, event: Event, states: dict[tuple[str, str], str]) -> None:
    """`before` is what the last fact about the same subject said. The first may come from anywhere."""
    name = CONTINUOUS[event.kind]
    key = ("engine", "") if not name else (name, str(event.data[name]))
    if key in states:
        found.equal("state before the change", states[key], event.data["before"], event.where)
    states[key] = str(event.data["after"])

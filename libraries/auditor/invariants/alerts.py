"""I37: nobody has to find out for himself. What must be told is raised with the fact that asks for it, leaves in order, and comes.

Alerts are facts: `AlertRaised` in the batch of what caused it, `AlertDelivered` once a sink has it. The sinks themselves are the other
witness: what the facts say that a sink has is there, as it was raised, and nothing is there that was not raised.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from libraries.auditor.examination import Examination
from libraries.auditor.witnesses.journal import Event
from libraries.auditor.witnesses.sinks import Came
from libraries.auditor.world import QUIESCED, World

AT_ONCE: Final = ("GENESIS-3501", "GENESIS-3701", "GENESIS-3703", "GENESIS-6902")
"""That the database is late, lost or without a standby, and that the engine halts by itself: these overtake what waits for it."""
INTERNAL: Final = "GENESIS-6902"
WITHIN_NS: Final = 1_000_000_000
"""A fact and its alert are of one decision, or of one look."""
_ALARMING: Final = ("CRITICAL", "FAILED")


@dataclass(frozen=True)
class Demand:
    """An alert that a fact asks for: this is a part of its text."""

    event: Event
    text: str


def _error(data: dict[str, Any]) -> str:
    return "" if data["code"] == INTERNAL else f"{data['code']}: {data['detail']}"[:2_000]


def _limits(data: dict[str, Any]) -> str:
    return "" if data["first"] else "limits changed"


_TOLD_BEFORE: Final = frozenset({"NO_STANDBY"})
"""Halts that the engine tells of at once: an alert of the fact would wait for the commit, which waits for a standby."""

_ASKED: Final[dict[str, Callable[[dict[str, Any]], str]]] = {
    "ErrorRecorded": _error,
    "HaltBegan": lambda data: "" if data["halt"]["kind"] in _TOLD_BEFORE else f"{data['halt'].get('code', '')}: ",
    "HaltEnded": lambda data: f"{data['halt']}: entries are no longer blocked",
    "LimitsChanged": _limits,
    "TierAssigned": lambda data: f"tier {data['before']} -> {data['after']}" if data["before"] else "",
    "TiltAnomaly": lambda data: f"{data['indicator']} is ",
    "SlippageExceeded": lambda data: f"R11: order {data['client_order_id']}",
    "CancelAllLate": lambda _: "are not cancelled yet",
    "DayLossReached": lambda data: f"{data['rung']} is at ",
    "OverrideBegan": lambda _: "the halts of the day's loss are overridden",
    "OverrideEnded": lambda _: "the override is over",
    "StrategyErred": lambda data: f": {data['strategy']}: ",
    "StopExecuted": lambda data: f"the stop of {data['symbol']} at ",
}
"""Fact -> what its alert says, "" = it asks for none."""


class Conditions:
    """What of the outside is on record; a new process begins without."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def forget(self) -> None:
        self._known.clear()

    def asks(self, name: str, state: str) -> str:
        """What the alert of this change says, "" = it asks for none."""
        before = self._known.get(name, "")
        self._known[name] = state
        if "/circuit/" in name:
            return "" if state == "CLOSED" and not before else f"{name} is {state}"  # so a process begins, and nobody is woken for it
        if name.endswith("/address"):
            return f"{state} is used instead of {before}" if before else ""
        if name.endswith("/reserve"):
            return self._of_reserve(before, state)
        return self._of_health(name.removeprefix("health/"), before, state) if name.startswith("health/") else ""

    @staticmethod
    def _of_reserve(before: str, state: str) -> str:
        if state.startswith("ACTIVE"):
            return "entries go to "
        return "entries go there again" if before else ""

    @staticmethod
    def _of_health(component: str, before: str, state: str) -> str:
        if state in _ALARMING:
            return f"{component} is {state}"
        return f"{component} is OK again" if before in _ALARMING and state == "OK" else ""


def told(world: World) -> Examination:
    """I37: whatever asks for an alert has one of the same decision; alerts are delivered in the order in which they were raised and none is
    passed over, each once by the facts (but those that leave at once); in a quiesced engine none waits; what a sink is said to have is
    there, and what is there was raised so. Objects: alerts, and facts that ask for one.
    """
    found = Examination()
    events = world.journal.events
    _raised(found, events)
    _delivered(found, world, [event for event in events if event.kind in ("AlertRaised", "AlertDelivered")])
    _came(found, world)
    return found


def _raised(found: Examination, events: list[Event]) -> None:
    conditions, open_demands = Conditions(), list[Demand]()
    for event in events:
        if event.kind == "EngineStarted":
            conditions.forget()
        if event.kind == "AlertRaised":
            _answer(open_demands, event)
            continue
        text = asked_by(conditions, event.kind, event.data)
        if text:
            found.look()
            open_demands.append(Demand(event, text))
    for demand in open_demands:
        found.fail(f"alert of {demand.event.kind}", f"one that says {demand.text!r}, of the same decision", "none", demand.event.where)


def asked_by(conditions: Conditions, kind: str, data: dict[str, Any]) -> str:
    """What the alert that this fact asks for says, "" = it asks for none."""
    if kind == "ConditionChanged":
        return conditions.asks(str(data["name"]), str(data["state"]))
    ask = _ASKED.get(kind)
    return ask(data) if ask is not None else ""


def _answer(demands: list[Demand], alert: Event) -> None:
    text = str(alert.data["text"])
    for demand in demands:
        event = demand.event
        if event.epoch == alert.epoch and demand.text in text and alert.mono_ns - event.mono_ns <= WITHIN_NS:
            demands.remove(demand)
            return


def _delivered(found: Examination, world: World, events: list[Event]) -> None:
    waiting: dict[str, Event] = {}
    known: set[str] = set()
    for event in events:
        alert_id = str(event.data["alert_id"])
        if event.kind == "AlertRaised":
            found.look()
            found.require(alert_id not in known, f"id of alert {alert_id}", "one of its own", "used before", event.where)
            known.add(alert_id)
            waiting[alert_id] = event
        elif alert_id in waiting:
            _in_order(found, waiting, event, waiting.pop(alert_id))
        else:
            found.fail(
                f"delivery of alert {alert_id}",
                "of one that was raised, once",
                "again" if alert_id in known else "never raised",
                event.where,
            )
    for alert_id, event in waiting.items():
        if event.seq <= _rested_at(world):
            found.fail(f"delivery of alert {alert_id}", "a sink that has it", f"none: {event.data['text']}", event.where)


def _rested_at(world: World) -> int:
    """The last fact before which nothing waited: where the engine said to the tests that it is at rest; of one that does not run, none."""
    if world.engine != QUIESCED:
        return 0
    told = [anchor.seq for anchor in world.history.anchors()] if world.history is not None else []
    return max(told, default=world.journal.events[-1].seq if world.journal.events else 0)


def _in_order(found: Examination, waiting: dict[str, Event], event: Event, alert: Event) -> None:
    """Nothing that was raised before waits still."""
    if alert.data["code"] not in AT_ONCE:
        passed = [name for name, one in waiting.items() if one.seq < alert.seq and one.data["code"] not in AT_ONCE]
        found.require(not passed, f"alerts before {alert.data['alert_id']}", "delivered before it", f"still waiting: {passed}", event.where)


def _came(found: Examination, world: World) -> None:
    raised = {str(event.data["alert_id"]): event for event in world.journal.by_kind["AlertRaised"]}
    for came in (came for sink in world.sinks.values() for came in sink):
        if not _later(world, came):
            _as_raised(found, came, raised.get(came.alert_id))
    for event in world.journal.by_kind["AlertDelivered"]:
        alert_id, sink = str(event.data["alert_id"]), str(event.data["sink"])
        if sink in world.sinks:
            there = any(came.alert_id == alert_id for came in world.sinks[sink])
            found.require(there, f"alert {alert_id} at {sink}", "there, as the engine says", "it never came", event.where)


def _later(world: World, came: Came) -> bool:
    """Whether it was raised after this look at a database that lives on."""
    head = world.journal.head
    return world.engine == QUIESCED and head is not None and int(came.body.get("raised_ms", 0)) >= head.wall_ms


def _as_raised(found: Examination, came: Came, event: Event | None) -> None:
    found.look()
    if event is None:
        at_once = came.body.get("code") in AT_ONCE  # the database may never have taken its fact
        found.require(at_once, f"alert {came.alert_id} at a sink", "an AlertRaised of that id", "none", came.where)
        return
    names = (("severity", "severity"), ("code", "code"), ("text", "text"), ("raised_ms", "at_ms"))
    differing = [name for name, of_fact in names if came.body.get(name) != event.data[of_fact]]
    found.require(not differing, f"alert {came.alert_id} at a sink", "as it was raised", f"another {', '.join(differing)}", came.where)

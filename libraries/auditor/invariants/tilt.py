"""A part of I20: what the tilt detector decided is explained by what it recorded (R20, R21)."""

from __future__ import annotations

from libraries.auditor.amounts import amount
from libraries.auditor.examination import Examination
from libraries.auditor.witnesses.journal import Event
from libraries.auditor.world import World

LOCKED = 3


def tilt_explained(found: Examination, world: World) -> None:
    """An anomaly lies beyond what was allowed; a level follows from the anomalies before it; nothing that the operator entered
    during a lockout was accepted. Objects: anomalies and changes of level."""
    anomalies: list[int] = []
    level, locked_until = 0, 0
    ordered = {event.correlation_id for event in world.journal.by_kind["OrderIntended"]}
    ordered |= {event.correlation_id for event in world.journal.by_kind["ParentChanged"]}
    for event in world.journal.events:
        if event.kind == "TiltAnomaly":
            found.look()
            _beyond(found, event)
            anomalies.append(event.data["at_ms"])
        elif event.kind == "TiltChanged":
            found.look()
            _level_explained(found, event, anomalies, level, locked_until)
            level, locked_until = event.data["after"], event.data["locked_until_ms"]
        elif event.kind == "SignalReceived" and level == LOCKED:
            _not_accepted(found, event, ordered, locked_until)


def _beyond(found: Examination, event: Event) -> None:
    apart, allowed = abs(amount(event.data["value"]) - amount(event.data["median"])), amount(event.data["allowed"])
    found.require(apart > allowed, "distance of an anomaly from the median", f"more than {allowed}", apart, event.where)


def _level_explained(found: Examination, event: Event, anomalies: list[int], level: int, locked_until: int) -> None:
    data = event.data
    found.equal("tilt level before", level, data["before"], event.where)
    since = data["at_ms"] - data["window_ms"]
    number = 0 if level == LOCKED else sum(1 for at_ms in anomalies if at_ms > since and at_ms >= locked_until)
    found.equal("anomalies of the tilt level", number, data["anomalies"], event.where)
    found.equal("tilt level", sum(1 for needed in data["thresholds"] if number >= needed), data["after"], event.where)
    if level == LOCKED:
        found.require(data["at_ms"] >= locked_until, "end of a lockout", f"at least {locked_until}", data["at_ms"], event.where)


def _not_accepted(found: Examination, event: Event, ordered: set[str], locked_until: int) -> None:
    signal = event.inner("signal")
    if signal.get("source") == "external" and signal.get("purpose") == "ENTRY" and signal.get("received_ms", 0) < locked_until:
        accepted = event.correlation_id in ordered
        found.require(not accepted, "entry by hand during a lockout", "a denial", "an order", event.where)

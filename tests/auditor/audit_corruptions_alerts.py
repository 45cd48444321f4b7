"""Corruptions of alerts (I37): not raised, not delivered, out of order, twice, lost by a sink, invented by one."""

from __future__ import annotations

from tests.auditor.audit_corruptions import corrupts, told_world
from tests.auditor.audit_kit import VENUE
from tests.auditor.audit_scenario import Scenario


def with_alerts() -> Scenario:
    """Two alerts that facts ask for, and one of the health of a component and its way back."""
    world = told_world()
    world.fact("ErrorRecorded", code="GENESIS-1703", detail="a foreign order")
    for state in ("DEGRADED", "CRITICAL", "OK"):
        world.fact("ConditionChanged", f"health/{VENUE}/key", name=f"health/{VENUE}/key", state=state, detail="")
    world.commit()
    return world


def without(world: Scenario, *kinds: str, nth: int = 0) -> None:
    """The nth alert has no facts of these kinds."""
    alert_id = world.event("AlertRaised", nth)["payload"]["alert_id"]
    world.events = [e for e in world.events if e["kind"] not in kinds or e["payload"].get("alert_id") != alert_id]
    world.took = [line for line in world.took if line["alert_id"] != alert_id]
    world.renumber()


@corrupts("I37", says="alert of ErrorRecorded: expected one that says 'GENESIS-1703: a foreign order'", of=with_alerts)
def an_error_that_nobody_is_told(world: Scenario) -> None:
    without(world, "AlertRaised", "AlertDelivered")


@corrupts("I37", says=f"one that says '{VENUE}/key is OK again'", of=with_alerts)
def the_return_of_a_component_that_nobody_is_told(world: Scenario) -> None:
    without(world, "AlertRaised", "AlertDelivered", nth=2)


@corrupts("I37", says="expected a sink that has it, got none: GENESIS-1703", of=with_alerts)
def an_alert_that_no_sink_has(world: Scenario) -> None:
    without(world, "AlertDelivered")


@corrupts("I37", says="expected delivered before it, got still waiting", of=with_alerts, engine="dead")
def an_alert_that_is_passed_over(world: Scenario) -> None:
    without(world, "AlertDelivered")


@corrupts("I37", says="expected of one that was raised, once, got again", of=with_alerts)
def a_delivery_that_is_recorded_twice(world: Scenario) -> None:
    delivered = world.event("AlertDelivered")
    world.fact("AlertDelivered", delivered["correlation_id"], **delivered["payload"])
    world.commit()


@corrupts("I37", says="expected one of its own, got used before", of=with_alerts)
def two_alerts_under_one_id(world: Scenario) -> None:
    first, second = (world.event("AlertRaised", nth)["payload"] for nth in (0, 1))
    delivered = world.event("AlertDelivered", 1)
    world.took[1]["alert_id"] = second["alert_id"] = delivered["payload"]["alert_id"] = first["alert_id"]


@corrupts("I37", says="expected there, as the engine says, got it never came", of=with_alerts)
def an_alert_that_its_sink_never_had(world: Scenario) -> None:
    world.took.pop(0)


@corrupts("I37", says="expected as it was raised, got another text", of=with_alerts)
def an_alert_that_came_with_other_words(world: Scenario) -> None:
    world.took[0]["text"] = "all is well"


@corrupts("I37", says="expected an AlertRaised of that id, got none", of=with_alerts)
def an_alert_that_left_before_its_fact(world: Scenario) -> None:
    world.took.append({**world.took[0], "alert_id": "f" * 32, "raised_ms": world.took[0]["raised_ms"]})

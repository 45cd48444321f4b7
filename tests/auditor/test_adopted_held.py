"""Orders that a restored journal took in: later than the venue had them, named by a reading, and the last of their instance (I15, I16)."""

from __future__ import annotations

from pathlib import Path

from tests.auditor.audit_kit import ACCOUNT, VENUE
from tests.auditor.audit_scenario import Scenario, begun, consistent_world, read

NAME = "gabcdef-60"
TERMS = {"quantity": "0.1", "price": "100"}
REQUEST = {"symbol": "BTCUSDT", "side": "BUY", "order_type": "LIMIT", "time_in_force": None, **TERMS}


def adopted(world: Scenario, *, named: bool = True) -> Scenario:
    """The next process takes in an order that the journal did not know."""
    begun(world, "recovered")
    world.intend(60, **TERMS, correlation_id=f"adopted-{NAME}", reserved="0")
    world.change(60, "REJECTED", pending="NONE", source="reconcile")
    differences = [f"order {NAME} (BUY BTCUSDT, REJECTED) is ours and was not in the journal"] if named else []
    world.fact("Reconciled", venue=VENUE, result="repaired", differences=differences)
    read(world)
    return world


def sent_before() -> Scenario:
    world = consistent_world()
    world.request(ACCOUNT, NAME, outcome="rejected", **REQUEST)
    return world


def test_an_order_that_the_venue_had_before_may_be_adopted(tmp_path: Path) -> None:
    outcome = adopted(sent_before()).write(tmp_path).audit()
    assert outcome.violated == set(), {name: outcome.sentences(name) for name in outcome.violated}


def test_an_order_that_the_venue_had_later_is_not_adopted_but_sent_unwritten(tmp_path: Path) -> None:
    world = adopted(consistent_world())
    request = world.request(ACCOUNT, NAME, outcome="rejected", **REQUEST)
    assert request["received_ns"] > world.event("OrderIntended", -1)["mono_ns"]
    outcome = world.write(tmp_path).audit()
    assert "I16" in outcome.violated
    assert "after the venue had it" in outcome.sentences("I16")


def test_after_an_adoption_the_old_instance_mints_no_more(tmp_path: Path) -> None:
    world = adopted(sent_before())
    world.signal(61, **TERMS)
    world.intend(61, **TERMS, reserved="0")
    world.request(ACCOUNT, "gabcdef-61", outcome="rejected", **REQUEST)
    world.change(61, "REJECTED", pending="NONE")
    outcome = world.write(tmp_path).audit()
    assert outcome.violated == {"I16"}
    assert "minted after the adoption" in outcome.sentences("I16")


def test_an_adoption_that_no_reading_names_is_unexplained(tmp_path: Path) -> None:
    outcome = adopted(sent_before(), named=False).write(tmp_path).audit()
    assert "I20" in outcome.violated

"""What I24 allows: what had left in time, what closes, and what comes after the end of a halt."""

from __future__ import annotations

from pathlib import Path

from tests.auditor.audit_corruptions_emergencies import ended, halt
from tests.auditor.audit_corruptions_halts import arrives, intended, paused, paused_once, resumed
from tests.auditor.audit_kit import Outcome
from tests.auditor.audit_scenario import Scenario


def audited(world: Scenario, tmp_path: Path) -> Outcome:
    outcome = world.write(tmp_path).audit()
    assert outcome.violated == set(), {name: outcome.sentences(name) for name in outcome.violated}
    return outcome


def test_a_halt_is_an_object(tmp_path: Path) -> None:
    assert audited(paused_once(), tmp_path).objects("I24") == 1


def test_an_order_that_was_in_flight_for_less_than_the_bound(tmp_path: Path) -> None:
    world = paused_once()
    intended(world)
    paused(world)
    arrives(world, after_ms=99)
    audited(world, tmp_path)


def test_an_order_that_had_left_in_time_and_was_read_late(tmp_path: Path) -> None:
    world = paused_once()
    intended(world)
    world.change(60, "SUBMITTED", source="send")
    paused(world)
    arrives(world, after_ms=1_500)
    audited(world, tmp_path)


def test_an_order_that_a_fault_held_up(tmp_path: Path) -> None:
    world = paused_once()
    assert world.history is not None
    world.history.append({"op": "info", "id": "h90", "action": "venue frozen", "mono_ns": world.tick()})
    intended(world)
    world.change(60, "SUBMITTED", source="send")
    paused(world)
    arrives(world, after_ms=60_000)
    audited(world, tmp_path)


def test_an_exit_during_a_halt(tmp_path: Path) -> None:
    world = paused_once()
    paused(world)
    intended(world, purpose="EXIT")
    arrives(world, after_ms=1)
    audited(world, tmp_path)


def test_an_order_after_the_end(tmp_path: Path) -> None:
    world = paused_once()
    paused(world)
    resumed(world)
    intended(world)
    arrives(world, after_ms=1)
    audited(world, tmp_path)


def test_an_order_after_the_time_of_a_block_is_over(tmp_path: Path) -> None:
    """Its end is recorded a moment later. The order's own time is 160 ms."""
    world = paused_once()
    halt(world, until_ms=160)
    world.commit()
    intended(world)
    ended(world, at_ms=160)
    arrives(world, after_ms=1)
    audited(world, tmp_path)


def test_an_order_during_an_override(tmp_path: Path) -> None:
    world = paused_once()
    halt(world, "DAILY_LOSS", until_ms=0)
    world.fact("OverrideBegan", "R35", number=1, until_ms=1_000, at_ms=1)
    world.commit()
    intended(world)
    arrives(world, after_ms=1)
    audited(world, tmp_path)

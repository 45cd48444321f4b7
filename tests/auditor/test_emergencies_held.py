"""What blocks entries by its rules, and an emergency close that does what it says, are no violation (R23, R34)."""

from __future__ import annotations

from pathlib import Path

from tests.auditor.audit_corruptions_emergencies import attempt, close_began, close_ended, ended, entered, halt
from tests.auditor.audit_scenario import consistent_world, with_history


def test_a_block_by_time_and_one_until_it_is_released(tmp_path: Path) -> None:
    world = with_history(consistent_world())
    halt(world, until_ms=199)
    entered(world)  # at exactly its end
    ended(world)
    halt(world, "KILL_SWITCH", 0)
    ended(world, "KILL_SWITCH", 1)
    outcome = world.write(tmp_path).audit()
    assert outcome.violated == set(), {name: outcome.said(name) for name in outcome.violated}


def test_an_emergency_close_after_another(tmp_path: Path) -> None:
    world = with_history(consistent_world())
    for run_id in ("one", "two"):
        close_began(world, run_id)
        attempt(world, run_id)
        attempt(world, run_id, reference="99.5", price="97.51")  # the collar to the cent: its part of the book is no finite number
        attempt(world, run_id, side="BUY", position="-1", quantity="1.00101", price="102")
        close_ended(world, run_id)
    outcome = world.write(tmp_path).audit()
    assert outcome.violated == set(), {name: outcome.said(name) for name in outcome.violated}

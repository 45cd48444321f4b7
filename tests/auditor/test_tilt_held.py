"""What the tilt detector does by its rules is no violation."""

from __future__ import annotations

from pathlib import Path

from tests.auditor.audit_corruptions_tilt import change, entry, lockout
from tests.auditor.audit_scenario import consistent_world, with_history


def test_a_lockout_that_runs_out_and_an_entry_after_it(tmp_path: Path) -> None:
    world = with_history(consistent_world())
    lockout(world)
    change(world, 3, 0, 0, 301_006, size_factor="0.25", locked_until_ms=301_006)
    entry(world, 301_007)
    outcome = world.write(tmp_path).audit()
    assert outcome.violated == set(), {name: outcome.said(name) for name in outcome.violated}


def test_an_entry_at_the_end_of_a_lockout(tmp_path: Path) -> None:
    world = with_history(consistent_world())
    lockout(world)
    entry(world, 301_006)
    assert world.write(tmp_path).audit().violated == set()

"""A day's loss, an override and a tier by their rules are no violation (R3, R22, R35)."""

from __future__ import annotations

from pathlib import Path

from tests.auditor.audit_corruptions_day import DAY_MS, began, override, reached, tier
from tests.auditor.audit_corruptions_emergencies import entered, halt
from tests.auditor.audit_scenario import consistent_world, with_history


def test_a_day_of_losses_and_an_entry_during_an_override(tmp_path: Path) -> None:
    world = with_history(consistent_world())
    began(world)
    reached(world)
    reached(world, "LIMIT")
    halt(world, "DAILY_LOSS", 2 * DAY_MS)
    override(world, 1)
    entered(world)
    override(world, 2)
    began(world, 2, 2 * DAY_MS)
    override(world, 1)
    outcome = world.write(tmp_path).audit()
    assert outcome.violated == set(), {name: outcome.said(name) for name in outcome.violated}


def test_a_tier_that_moves_at_the_end_of_its_grace(tmp_path: Path) -> None:
    world = with_history(consistent_world())
    tier(world, "", "SNIPER")
    tier(world, "SNIPER", "HUNTER", at_ms=1, grace_until_ms=100)
    tier(world, "HUNTER", "SNIPER", at_ms=100, grace_until_ms=200)
    outcome = world.write(tmp_path).audit()
    assert outcome.violated == set(), {name: outcome.said(name) for name in outcome.violated}

"""Corruptions of the day's loss, its rungs, overrides and tiers (R3, R22, R35)."""

from __future__ import annotations

from typing import Any

from tests.auditor.audit_corruptions import corrupts
from tests.auditor.audit_corruptions_emergencies import entered, halt
from tests.auditor.audit_scenario import Scenario

DAY_MS = 86_400_000
VALUE, LOSS, LIMIT = "8.935949", "0.34935", "0.3"
"""0.34935 BTC are open, the middle of the venue's book was 101, 100.5 and 100: trading has made -26.348401 USDT and 0.34935 BTC."""


def began(world: Scenario, day: int = 1, at_ms: int = DAY_MS, value: str = VALUE) -> None:
    world.fact("DayBegan", f"day-{day}", day=day, value=value, equity="5000", at_ms=at_ms)


def reached(world: Scenario, rung: str = "WARN", loss: str = LOSS, limit: str = LIMIT) -> None:
    world.fact("DayLossReached", "day-1", rung=rung, loss=loss, limit=limit, part="0", held={}, at_ms=DAY_MS)


def override(world: Scenario, number: int = 1, lasts_ms: int = 300_000) -> None:
    world.fact("OverrideBegan", "R35", number=number, until_ms=1 + lasts_ms, at_ms=1)


def tier(world: Scenario, before: str, after: str, **times: Any) -> None:
    world.fact("TierAssigned", "tier", before=before, after=after, equity="1", **times)


@corrupts("I20")
def a_day_that_begins_twice(world: Scenario) -> None:
    began(world)
    began(world)


@corrupts("I20")
def a_day_that_is_not_that_of_its_time(world: Scenario) -> None:
    began(world, day=2, at_ms=DAY_MS)


@corrupts("I20")
def a_rung_before_its_limit(world: Scenario) -> None:
    began(world)
    reached(world, limit="0.34936")


@corrupts("I20")
def a_rung_that_is_reached_twice(world: Scenario) -> None:
    began(world)
    reached(world)
    reached(world)


@corrupts("I20")
def a_daily_loss_that_blocks_nothing(world: Scenario) -> None:
    began(world)
    reached(world, "LIMIT")


@corrupts("I20")
def an_override_that_lasts_too_long(world: Scenario) -> None:
    override(world, lasts_ms=300_001)


@corrupts("I20")
def a_third_override_of_a_day(world: Scenario) -> None:
    for number in (1, 2, 3):
        override(world, number)


@corrupts("I20")
def an_override_that_is_not_counted(world: Scenario) -> None:
    override(world, 1)
    override(world, 1)


@corrupts("I20")
def an_entry_after_an_override(world: Scenario) -> None:
    halt(world, "DAILY_LOSS", 900)
    override(world, lasts_ms=50)
    entered(world)


@corrupts("I20")
def an_override_of_the_kill_switch(world: Scenario) -> None:
    halt(world, "KILL_SWITCH", 0)
    override(world)
    entered(world)


@corrupts("I20")
def a_tier_that_moves_two_steps(world: Scenario) -> None:
    tier(world, "", "SNIPER")
    tier(world, "SNIPER", "STRATEGIST", at_ms=1, grace_until_ms=2)


@corrupts("I20")
def a_tier_that_moves_within_its_grace(world: Scenario) -> None:
    tier(world, "", "SNIPER")
    tier(world, "SNIPER", "HUNTER", at_ms=1, grace_until_ms=100)
    tier(world, "HUNTER", "SNIPER", at_ms=99, grace_until_ms=200)


@corrupts("I20", says="value of trading as the day began, counted again: expected 8.586599, 8.761274, 8.935949, got 9")
def a_day_that_begins_with_another_value_than_the_books_give(world: Scenario) -> None:
    began(world, value="9")


@corrupts("I20", says="loss of the day at WARN, counted again from the fills")
def a_loss_that_the_fills_do_not_give(world: Scenario) -> None:
    began(world)
    reached(world, loss="0.35")


@corrupts("I20", says="limit of LIMIT, by the configuration: expected 0.2, got 0.3")
def a_limit_that_is_not_the_tiers(world: Scenario) -> None:
    configured(world, "0.2")
    began(world)
    reached(world, "LIMIT")
    halt(world, "DAILY_LOSS", 2 * DAY_MS)


@corrupts("I20", says="limit of DELEVERAGE_2, by the configuration: expected 0.3, got 0.31")
def a_rung_that_is_not_that_part_of_the_equity(world: Scenario) -> None:
    configured(world, "0.2")
    began(world)
    reached(world, "DELEVERAGE_2", limit="0.31")


def configured(world: Scenario, daily_loss: str) -> None:
    """What a tier may lose on a day, and the ladder of the equity of 5000."""
    keys = {"risk.tiers.HUNTER.daily_loss": daily_loss, "day.warn_at": "0.8", "day.deleverage_at": "0.00005, 0.00006, 0.00007, 0.00008"}
    world.fact("LimitsChanged", "epoch-1", first=True, changes=[{"key": key, "before": "", "after": keys[key]} for key in keys])
    tier(world, "", "HUNTER")

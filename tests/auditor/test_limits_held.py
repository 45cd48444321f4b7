"""Limits to the last one that is allowed are no violation (I23): exposure (R5), a circuit breaker that keeps and probes (R24)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.auditor.audit_corruptions_limits import (
    accepted,
    circuit,
    exposure_limit,
    intended,
    limited,
    probe,
    received,
    refused,
    sent,
    with_a_loss,
)
from tests.auditor.audit_scenario import Scenario, consistent_world, with_history


def held(world: Scenario, tmp_path: Path) -> None:
    outcome = world.write(tmp_path).audit()
    assert outcome.violated == set(), {name: outcome.said(name) for name in outcome.violated}


@pytest.mark.parametrize(("part", "named"), [("0.055", False), ("0.054", True)])
def test_the_exposure_of_an_entry_is_told_by_the_book_beside_its_signal(tmp_path: Path, part: str, named: bool) -> None:
    """The first entry: 0.6 BTC at 100, the middle of 99 and 101, is 60 USDT of 1000 USDT and 1 BTC, 0.05454 of 1100."""
    world = with_history(consistent_world())
    exposure_limit(world, part)
    outcome = world.write(tmp_path).audit()
    assert outcome.violated == {"I23"}
    assert ("exposure with entry gabcdef-1" in outcome.said("I23")) is named


@pytest.mark.parametrize(("part", "violated"), [("0.0995", set()), ("0.0994", {"I23"})])
def test_what_is_open_adds_up(tmp_path: Path, part: str, violated: set[str]) -> None:
    """The third entry: 0.3 at 98, beside 0.15 that rest at 100 and 0.64935 held at 100, is 109.335 of 934.3 USDT and 1.64935 BTC."""
    world = with_history(consistent_world())
    exposure_limit(world, part)
    outcome = world.write(tmp_path).audit()
    assert outcome.violated == violated, outcome.report
    assert not violated or "exposure with entry gabcdef-3" in outcome.said("I23")


@pytest.mark.parametrize(("apart_ns", "seen"), [(0, True), (1, False)])
def test_only_a_signal_that_was_decided_at_once_has_the_book_beside_it(tmp_path: Path, apart_ns: int, seen: bool) -> None:
    """What was decided later was decided on another book: facts of another decision are in between."""
    world = with_history(consistent_world())
    exposure_limit(world, "0.0994")
    intent = world.event("OrderIntended", 2)
    between = world.fact("TiltMeasured", "tilt", action="ENTRY", values={}, cancelled=[], at_ms=0)
    world.events.remove(between)
    place = world.events.index(intent)
    world.events.insert(place, {**between, "wall_ms": intent["wall_ms"], "mono_ns": intent["mono_ns"] - apart_ns})
    last = [commit for commit in world.commits if commit["last_seq"] >= intent["seq"]]
    for event in world.events[place + 1 :]:
        event["seq"] += 1
    world.events[place]["seq"] = place + 1
    for commit in last:
        commit["last_seq"] += 1
    outcome = world.write(tmp_path).audit()
    assert ("exposure with entry gabcdef-3" in outcome.said("I23")) is seen
    assert outcome.violated <= {"I23"}, outcome.report


def test_an_exit_that_was_kept_leaves_with_the_probe(tmp_path: Path) -> None:
    """It was intended while the breaker was open; the venue may receive it before the engine has read that it is half-open."""
    world = with_history(consistent_world())
    circuit(world, "OPEN")
    intended(world, 40)
    received(world, 40)
    circuit(world, "HALF_OPEN")
    sent(world, 40)
    refused(world, 40)
    probe(world, 41)
    circuit(world, "CLOSED")
    for number in (42, 43, 44):
        probe(world, number)
    held(world, tmp_path)


def test_what_was_sent_before_may_arrive_while_it_is_open(tmp_path: Path) -> None:
    world = with_history(consistent_world())
    intended(world, 40)
    sent(world, 40)
    circuit(world, "OPEN")
    received(world, 40)
    refused(world, 40)
    held(world, tmp_path)


def test_a_probe_that_the_venues_limits_refused_is_none(tmp_path: Path) -> None:
    world = with_history(consistent_world())
    circuit(world, "HALF_OPEN")
    for number, reason in ((40, "-1015 too many"), (41, "-2010"), (42, "-2010")):
        probe(world, number, reason)
    circuit(world, "CLOSED")
    held(world, tmp_path)


@pytest.mark.parametrize(("successes", "violated"), [("3", set()), ("2", {"I23"})])
def test_more_probes_are_allowed_where_the_configuration_says_so(tmp_path: Path, successes: str, violated: set[str]) -> None:
    world = with_history(consistent_world())
    world.fact("LimitsChanged", "epoch-1", changes=[{"key": "breaker.successes", "before": "", "after": successes}], first=False)
    circuit(world, "HALF_OPEN")
    for number in (40, 41, 42):
        probe(world, number)
    circuit(world, "CLOSED")
    assert world.write(tmp_path).audit().violated == violated


def test_the_breaker_of_another_venue_says_nothing(tmp_path: Path) -> None:
    world = with_history(consistent_world())
    circuit(world, "OPEN", venue="kraken")
    probe(world, 40)
    held(world, tmp_path)


def test_an_entry_before_the_days_loss_has_reached_its_limit(tmp_path: Path) -> None:
    world = with_history(consistent_world())
    with_a_loss(world, **{"risk.tiers.HUNTER.daily_loss": "0.34936", "day.no_entries_at": "0.12"})
    accepted(world)
    held(world, tmp_path)


def test_an_entry_while_the_halt_of_the_days_loss_is_overridden(tmp_path: Path) -> None:
    world = with_history(consistent_world())
    with_a_loss(world, **{"risk.tiers.HUNTER.daily_loss": "0.1"})
    world.fact("OverrideBegan", "R35", number=1, until_ms=1_000, at_ms=1)
    accepted(world)
    held(world, tmp_path)


def test_another_entry_of_a_symbol_that_is_open_opens_no_position_more(tmp_path: Path) -> None:
    world = with_history(consistent_world())
    limited(world, **{"risk.tiers.SNIPER.open_positions": "1"})
    world.fact("TierAssigned", "tier", before="", after="SNIPER", equity="1")
    accepted(world)
    held(world, tmp_path)

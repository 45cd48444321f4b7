"""The campaign's schedule: the same seed gives the same one, every point that a session comes to is in it."""

from __future__ import annotations

import re
from typing import Any

import pytest

from genesis.hooks import POINTS
from libraries.campaign.figures import count
from libraries.campaign.plan import ELSEWHERE, LEASED, STARRED, SYMBOLS, WHEN, Phrase, digest, schedule, session
from libraries.campaign.rounds import Outcome
from libraries.world.exchange import REPOSITORY

ENOUGH = 100


def test_the_same_seed_gives_the_same_schedule() -> None:
    assert digest(schedule(ENOUGH, 7, POINTS)) == digest(schedule(ENOUGH, 7, POINTS))
    assert digest(schedule(ENOUGH, 7, POINTS)) != digest(schedule(ENOUGH, 8, POINTS))


def test_every_point_is_killed_at_once_and_the_starred_ones_are_frozen_and_failed_too() -> None:
    rounds = schedule(ENOUGH, 3, POINTS)
    assert {one.point for one in rounds if one.mode == "kill" and one.point} == set(POINTS) - set(ELSEWHERE)
    assert {one.point for one in rounds if one.mode == "stop"} == {*STARRED, *LEASED}
    assert {one.point for one in rounds if one.mode == "raise"} == set(STARRED)


def test_the_rest_are_kills_at_random_moments() -> None:
    rounds = schedule(200, 3, POINTS)
    assert len(rounds) == 200
    random = [one for one in rounds if not one.point]
    assert len(random) > ENOUGH / 2
    assert len({(one.at_step, one.pause_s) for one in random}) > len(random) / 2
    assert any(one.again_s for one in random)


def test_the_plan_knows_the_points_of_the_engine_and_no_other() -> None:
    assert {*ELSEWHERE, *STARRED, *WHEN} <= set(POINTS)


def test_what_is_reached_elsewhere_is_reached_there() -> None:
    for point, where in ELSEWHERE.items():
        text = (REPOSITORY / where.split(": ")[1]).read_text(encoding="utf-8")
        assert re.search(rf"{point}\b", text), f"{where} does not come to {point}"


def test_every_other_point_has_a_test_of_its_own_in_the_suite() -> None:
    suite = (REPOSITORY / "suites" / "recovery" / "crash_points.robot").read_text(encoding="utf-8")
    assert sorted(re.findall(r"^    (CP-\S+)$", suite, re.MULTILINE)) == sorted(set(POINTS) - set(ELSEWHERE) - set(LEASED))


def test_the_documentation_names_every_point() -> None:
    text = (REPOSITORY / "docs" / "crash-points.md").read_text(encoding="utf-8")
    assert [f"| {name} | {leaves} |" for name, leaves in POINTS.items() if f"| {name} | {leaves} |" not in text] == []


@pytest.mark.parametrize("seed", range(20))
def test_a_session_has_every_phrase_and_begins_with_a_position_in_each_symbol(seed: int) -> None:
    steps = session(seed)
    assert {step.phrase for step in steps} == set(Phrase)
    assert [(step.phrase, step.symbol) for step in steps[:2]] == [(Phrase.BUYS, symbol) for symbol in SYMBOLS]


def outcome(*, points: set[str], failures: list[str] | None = None) -> Outcome:
    violated: dict[str, Any] = {name: {"objects": 3, "violations": []} for name in ("I14", "I15", "I08")}
    violated["I14"]["violations"] = [{"what": "an acknowledged order"}] if failures else []
    return Outcome(1, "1: kill", kills=1, points=points, recovery_s=[0.5, 1.5], invariants=violated, failures=failures or [])


def test_a_planned_point_at_which_nothing_happened_fails_the_campaign() -> None:
    plan = [one for one in schedule(ENOUGH, 1, POINTS) if one.point in ("CP-O4", "CP-O6") and one.nth == 1 and one.mode == "kill"]
    figures = count([outcome(points={"CP-O4"})] * len(plan), plan, ["CP-O4", "CP-O6", "CP-M2"], 1)
    assert figures.failures == ["nothing happened at crash point CP-O6"]
    assert figures.rows["crash points hit / defined"].startswith("1 / 3")


def test_zeros_that_no_audit_has_looked_for_fail_the_campaign() -> None:
    blind = Outcome(1, "1: kill", points={"CP-O4"}, invariants={"I14": {"objects": 3, "violations": []}})
    assert count([blind], schedule(1, 1, ["CP-O4"]), ["CP-O4"], 1).failures == [
        "phantom says nothing: I15 examined no object in 1 rounds",
        "duplicate orders at the venue says nothing: I08 examined no object in 1 rounds",
    ]


def test_what_an_auditor_finds_is_counted_and_fails_the_campaign() -> None:
    figures = count([outcome(points={"CP-O4"}, failures=["I14 violated"])], schedule(1, 1, ["CP-O4"]), ["CP-O4"], 1)
    assert figures.rows["lost"] == 1
    assert figures.rows["kills survived"] == "0 of 1"
    assert figures.failures == ["round 1: kill: I14 violated"]

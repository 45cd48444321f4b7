"""A consistent world: held, with objects for every invariant."""

from __future__ import annotations

from pathlib import Path

from libraries.auditor.registry import INVARIANTS
from tests.auditor.audit_scenario import consistent_world, with_history


def test_everything_holds_and_everything_is_exercised(tmp_path: Path) -> None:
    outcome = with_history(consistent_world()).write(tmp_path).audit()
    assert outcome.violated == set(), outcome.report
    assert (outcome.code, outcome.report["verdict"]) == (0, "held")
    assert {name: outcome.status(name) for name in INVARIANTS} == dict.fromkeys(INVARIANTS, "held")


def test_the_number_of_objects_is_what_there_is(tmp_path: Path) -> None:
    world = with_history(consistent_world())
    outcome = world.write(tmp_path).audit()
    counted = {name: outcome.objects(name) for name in ("I02", "I08", "I09", "I12", "I13", "I16", "I18")}
    assert counted == {"I02": 3, "I08": 9, "I09": 7, "I12": 9, "I13": 8, "I16": 9, "I18": 4}
    assert outcome.objects("I14") == 9
    assert outcome.objects("I15") == 9
    assert outcome.objects("I19") == len(world.events) + 1

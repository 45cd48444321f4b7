"""A consistent world: held, with objects for every invariant."""

from __future__ import annotations

from pathlib import Path

from libraries.auditor.registry import INVARIANTS
from tests.auditor.audit_scenario import consistent_world, with_history
from tests.auditor.test_audit_violated import CASES


def test_everything_holds_and_everything_is_exercised(tmp_path: Path) -> None:
    exercised: set[str] = set()
    for number, case in enumerate({case.of: case for case in CASES}.values()):
        folder = tmp_path / str(number)
        folder.mkdir()
        outcome = case.of().write(folder).audit(engine=case.engine)
        assert outcome.violated == set(), outcome.report
        assert (outcome.code, outcome.report["verdict"]) == (0, "held")
        exercised |= {name for name in INVARIANTS if outcome.status(name) == "held"}
    assert exercised == set(INVARIANTS)


def test_the_number_of_objects_is_what_there_is(tmp_path: Path) -> None:
    world = with_history(consistent_world())
    outcome = world.write(tmp_path).audit()
    counted = {name: outcome.objects(name) for name in ("I02", "I08", "I09", "I12", "I13", "I16", "I18")}
    assert counted == {"I02": 3, "I08": 9, "I09": 7, "I12": 9, "I13": 8, "I16": 9, "I18": 4}
    assert outcome.objects("I14") == 9
    assert outcome.objects("I15") == 9
    assert outcome.objects("I19") == len(world.events) + 1

"""Each invariant catches its corruption, and names it. The expected set is exact: no corruption may hide, none may spread."""

from __future__ import annotations

from pathlib import Path

import pytest

from libraries.auditor.registry import INVARIANTS
from tests.auditor import (
    audit_corruptions_day,
    audit_corruptions_emergencies,
    audit_corruptions_limits,
    audit_corruptions_money,
    audit_corruptions_orders,
    audit_corruptions_strategies,
    audit_corruptions_tilt,
    audit_corruptions_trail,
)
from tests.auditor.audit_corruptions import CASES, Corruption
from tests.auditor.audit_scenario import consistent_world, with_history

SOURCES = (
    audit_corruptions_day,
    audit_corruptions_emergencies,
    audit_corruptions_limits,
    audit_corruptions_money,
    audit_corruptions_orders,
    audit_corruptions_strategies,
    audit_corruptions_tilt,
    audit_corruptions_trail,
)  # importing them fills CASES


@pytest.mark.parametrize(("violated", "corruption"), [pytest.param(case[0], case[2], id=case[1]) for case in CASES])
def test_the_corruption_is_caught(tmp_path: Path, violated: str, corruption: Corruption) -> None:
    world = with_history(consistent_world())
    corruption(world)
    outcome = world.write(tmp_path).audit()
    assert outcome.violated == set(violated.split()), {name: outcome.said(name) for name in outcome.violated}
    assert outcome.code == 1
    first = outcome.report["invariants"][violated.split(maxsplit=1)[0]]
    assert all(set(violation) == {"what", "expected", "got", "where"} for violation in first["violations"])


def test_every_invariant_has_a_corruption() -> None:
    covered = {case[0].split(maxsplit=1)[0] for case in CASES}
    tampered = {"I19"}  # test_audit_tampering.py
    assert covered | tampered == set(INVARIANTS)
    assert {case[2].__module__ for case in CASES} == {source.__name__ for source in SOURCES}

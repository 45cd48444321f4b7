"""Each invariant catches its corruption, and names it. The expected set is exact: no corruption may hide, none may spread."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from libraries.auditor.registry import INVARIANTS
from tests.auditor import (
    audit_corruptions_alerts,
    audit_corruptions_campaigns,
    audit_corruptions_day,
    audit_corruptions_elsewhere,
    audit_corruptions_emergencies,
    audit_corruptions_forged,
    audit_corruptions_halts,
    audit_corruptions_limits,
    audit_corruptions_money,
    audit_corruptions_orders,
    audit_corruptions_processes,
    audit_corruptions_recovery,
    audit_corruptions_stops,
    audit_corruptions_strategies,
    audit_corruptions_tilt,
    audit_corruptions_trail,
    audit_corruptions_twins,
)
from tests.auditor.audit_corruptions import CASES, Case
from tests.auditor.corruption_count import PROPERTY

SOURCES = (
    audit_corruptions_alerts,
    audit_corruptions_campaigns,
    audit_corruptions_day,
    audit_corruptions_elsewhere,
    audit_corruptions_emergencies,
    audit_corruptions_forged,
    audit_corruptions_halts,
    audit_corruptions_limits,
    audit_corruptions_money,
    audit_corruptions_orders,
    audit_corruptions_processes,
    audit_corruptions_recovery,
    audit_corruptions_stops,
    audit_corruptions_strategies,
    audit_corruptions_tilt,
    audit_corruptions_trail,
    audit_corruptions_twins,
)  # importing them fills CASES
NEVER_ALONE = {"I03"}
"""Its sums are of rows that the fold (I21) gives too: whoever changes one breaks both."""


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in CASES])
def test_the_corruption_is_caught(tmp_path: Path, case: Case, record_property: Callable[[str, object], None]) -> None:
    record_property(PROPERTY, [case.about])
    world = case.of()
    case.corruption(world)
    outcome = world.write(tmp_path).audit(engine=case.engine)
    assert outcome.violated == set(case.violated.split()), {name: outcome.said(name) for name in outcome.violated}
    assert outcome.code == 1
    assert case.says in outcome.sentences(case.about)
    first = outcome.report["invariants"][case.about]
    assert all(set(violation) == {"what", "expected", "got", "where"} for violation in first["violations"])


def test_every_invariant_has_a_corruption_that_it_catches_first_and_one_that_only_it_catches() -> None:
    assert {case.about for case in CASES} == set(INVARIANTS)
    alone = {case.about for case in CASES if case.violated == case.about}
    assert set(INVARIANTS) - alone == NEVER_ALONE
    assert {case.corruption.__module__ for case in CASES} == {source.__name__ for source in SOURCES}

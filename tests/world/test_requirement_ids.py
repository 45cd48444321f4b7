"""Tags that look like requirement ids must exist; a test below suites/ must have one."""

from __future__ import annotations

from pathlib import Path

import pytest

from libraries.evidence.requirements import catalogue, objection, requirement_ids

SUITE = Path("/x/suites/flow/a.robot")


def test_the_catalogue_is_complete() -> None:
    ids = set(catalogue())
    numbered = {"P": 5, "IP": 6, "L": 11, "S": 10, "R": 36, "X": 40, "AC": 10}
    for family, last in numbered.items():
        assert {f"{family}{n}" for n in range(1, last + 1)} <= ids
    assert {f"I{n:02}" for n in range(1, 38)} <= ids
    assert {f"AC{area}.{n}" for area in range(1, 11) for n in range(1, 5)} <= ids
    assert len([identifier for identifier in ids if identifier.startswith("CP-")]) == 47
    assert all(isinstance(text, str) and text for text in catalogue().values())


@pytest.mark.parametrize("tag", ["AC1.9", "AC11", "R37", "I38", "I1", "X41", "P6", "CP-Z9", "ac1.2", "IP7", "L12", "S11"])
def test_unknown_ids_are_refused(tag: str) -> None:
    assert "unknown requirement id" in (objection(["AC1.1", tag], SUITE) or "")


def test_a_test_below_suites_needs_an_id() -> None:
    assert "no requirement id" in (objection(["flow", "slow"], SUITE) or "")
    assert objection(["flow"], Path("/x/elsewhere/a.robot")) is None
    assert objection(["keyword-errors"], SUITE) is None
    assert objection(["AC1.2", "R6", "I19", "CP-O4", "flow"], SUITE) is None


def test_ids_come_in_the_catalogues_order() -> None:
    assert requirement_ids(["R6", "flow", "I02", "AC1.2", "AC1.1", "Smoke", "post-only"]) == ["AC1.1", "AC1.2", "R6", "I02"]

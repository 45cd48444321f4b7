"""Every entry of every catalogue fits the code and names tests that there are: quick, so that it is looked at in every run."""

from __future__ import annotations

import pytest
from robot.api import TestSuite as Suite

from libraries.evidence.requirements import WITHOUT, requirement_ids
from mutations.catalogue import ROOT, Mutation, areas, load

ENTRIES = [(area, mutation) for area in areas() for mutation in load(area)]
NAMES = [f"{area}-{mutation.patch}" for area, mutation in ENTRIES]
LEAST = 80
"""So many patches are put before the Robot tests."""
LEAST_OF_AN_AREA = 4
TESTS = {
    suite: {test.name: set(test.tags) for test in Suite.from_file_system(ROOT / suite).all_tests}
    for suite in sorted({test.suite for _, mutation in ENTRIES for test in mutation.robot_tests})
}


@pytest.mark.parametrize("mutation", [mutation for _, mutation in ENTRIES], ids=NAMES)
def test_an_entry_fits_the_code(mutation: Mutation) -> None:
    if mutation.engine:
        assert (ROOT / mutation.engine / "genesis" / "__main__.py").is_file()
        assert mutation.file == mutation.find == mutation.replace == ""
    else:
        assert mutation.applied(ROOT) != (ROOT / mutation.file).read_text("utf-8")
    assert mutation.tests or mutation.suites
    for selection in mutation.tests:
        assert (ROOT / selection.partition("::")[0]).exists(), selection
    for test in mutation.robot_tests:
        tags = TESTS[test.suite].get(test.test)
        assert tags is not None, test
        assert requirement_ids(tags) or WITHOUT in tags, test


def test_a_patch_has_a_name_of_its_own() -> None:
    names = [mutation.patch for _, mutation in ENTRIES if mutation.suites]
    assert len(names) == len(set(names))
    assert len(names) >= LEAST


def test_every_rule_is_broken_before_the_robot_tests() -> None:
    broken = {rule for _, mutation in ENTRIES if mutation.suites for rule in mutation.rules}
    assert [rule for rule in (f"R{number}" for number in range(1, 37)) if rule not in broken] == []


@pytest.mark.parametrize("area", [f"AC{number}" for number in range(1, 11)])
def test_every_acceptance_area_has_patches(area: str) -> None:
    asked = [mutation.patch for _, mutation in ENTRIES if any(area in TESTS[test.suite][test.test] for test in mutation.robot_tests)]
    assert len(asked) >= LEAST_OF_AN_AREA


def test_every_scenario_of_the_venue_has_a_patch() -> None:
    asked = {tag for _, mutation in ENTRIES for test in mutation.robot_tests for tag in TESTS[test.suite][test.test]}
    assert [scenario for scenario in (f"X{number}" for number in range(1, 41)) if scenario not in asked] == []

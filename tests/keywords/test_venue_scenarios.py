"""Each trading scenario X1 to X13 is a named test of `suites/venue` that carries its tag."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from robot.api import TestSuite

VENUE = Path(__file__).resolve().parents[2] / "suites" / "venue"


def all_tests(suite: TestSuite) -> Iterator[tuple[str, frozenset[str]]]:
    yield from ((test.name, frozenset(test.tags)) for test in suite.tests)
    for each in suite.suites:
        yield from all_tests(each)


@cache
def venue_tests() -> tuple[tuple[str, frozenset[str]], ...]:
    return tuple(all_tests(TestSuite.from_file_system(VENUE)))


@pytest.mark.parametrize("scenario", [f"X{number}" for number in range(1, 14)])
def test_a_scenario_has_a_test_of_its_name_and_tag(scenario: str) -> None:
    assert [name for name, tags in venue_tests() if name.startswith(f"{scenario} ") and scenario in tags]


def test_a_test_named_after_a_scenario_carries_its_tag() -> None:
    named = [(name, tags) for name, tags in venue_tests() if name[0] == "X" and name[1:].split(" ")[0].isdigit()]
    assert [name for name, tags in named if name.split(" ")[0] not in tags] == []

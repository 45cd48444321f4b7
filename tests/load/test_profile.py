"""The profile of load runs raises numbers; a key that switches something off, or lowers one, is found."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from libraries.load import profile
from libraries.mock_exchange.shell.limits import Limits


def test_the_committed_profile_raises_numbers_and_nothing_else() -> None:
    changes = profile.changes()
    assert changes
    assert [change for change in changes if not change.only_raises] == []


def test_the_venues_defaults_are_those_of_the_venue() -> None:
    assert all(getattr(Limits(), name) == value for name, value in profile.VENUE_DEFAULTS.items())


@pytest.mark.parametrize(
    "section",
    [
        "[engine.protection]\nrest_at_venue = false",
        "[engine.risk]\ntrades_a_day = 99",
        "[engine.risk]\nno_such_rule = 5",
        '[engine.alerts]\nfile = "/dev/null"',
        "[engine.runtime]\nsignals_a_minute = 20",
    ],
)
def test_a_profile_that_does_anything_else_is_found(tmp_path: Path, section: str) -> None:
    file = tmp_path / "bad.toml"
    file.write_text(f"{section}\n[venue]\norders_10s = 1000\n", "utf-8")
    assert [change.only_raises for change in profile.changes(file)] == [False, True]


def test_the_venues_limits_are_a_file_of_their_own(tmp_path: Path) -> None:
    written = tomllib.loads(profile.venue_limits(tmp_path / "limits.toml").read_text("utf-8"))
    assert written["orders_10s"] > 100

"""The `[tilt]` table: defaults are the domain's, and each bad value is refused with its key and the reason."""

from __future__ import annotations

from typing import Any

import pytest

from genesis.core.settings import TiltSettings
from genesis.core.strict import Table
from genesis.tilt_config import tilt


def test_nothing_said_is_the_default() -> None:
    errors: list[str] = []
    assert tilt(Table({}, "tilt", errors)) == TiltSettings()
    assert errors == []


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"iqr_factor": "0"}, "tilt.iqr_factor: expected a decimal text above 0"),
        ({"iqr_factor": 1.5}, "tilt.iqr_factor: expected a decimal text"),
        ({"baseline_values": 3}, "tilt.baseline_values: expected an integer from 4 to 200"),
        ({"half_size": "1.1"}, "tilt.half_size: expected a decimal text above 0 to 1"),
        ({"half_size_at": 7}, "tilt.lockout_at: expected at least half_size_at (7), got 6"),
        ({"second_lockout_ms": 1}, "tilt.second_lockout_ms: expected at least first_lockout_ms (300000), got 1"),
        ({"lockout_most_ms": 1}, "tilt.third_lockout_ms: expected at most lockout_most_ms (1), got 86400000"),
        ({"lockout_repeat": "0.9"}, "tilt.lockout_repeat: expected a decimal text from 1"),
        ({"reentry_first": "0.6"}, "tilt.reentry_second: expected at least reentry_first (0.6), got 0.5"),
        ({"valley_third_sensitivity": "0.5"}, "tilt.valley_third_sensitivity: expected a decimal text from 1"),
        ({"widow_ms": 1}, "tilt.widow_ms: expected a known key, got this one; did you mean 'window_ms'?"),
    ],
)
def test_a_bad_value_is_named(said: dict[str, Any], expected: str) -> None:
    errors: list[str] = []
    tilt(Table(said, "tilt", errors))
    assert len(errors) == 1
    assert errors[0].startswith(expected)

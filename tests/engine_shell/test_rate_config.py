"""The `[rate]` table: nothing said is the default, and each bad value is refused with its key and the reason."""

from __future__ import annotations

from typing import Any

import pytest

from genesis.core.settings import RateSettings
from genesis.core.strict import Table
from genesis.rate_config import rate


def test_nothing_said_is_the_default() -> None:
    errors: list[str] = []
    assert rate(Table({}, "rate", errors)) == RateSettings()
    assert errors == []


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"weight_1m": 0}, "rate.weight_1m: expected an integer from 1"),
        ({"orders_10s": "100"}, "rate.orders_10s: expected an integer"),
        ({"weight_reserve": "0.46"}, "rate.weight_reserve: expected a decimal text from 0 to 0.45"),
        ({"order_reserve": 0.2}, "rate.order_reserve: expected a decimal text"),
        ({"ban_ms": 0}, "rate.ban_ms: expected an integer from 1"),
        ({"rules_retry_ms": 60_001}, "rate.rules_retry_ms: expected at most rules_every_ms (60000), got 60001"),
        ({"weight": 1}, "rate.weight: expected a known key, got this one"),
    ],
)
def test_a_bad_value_is_named(said: dict[str, Any], expected: str) -> None:
    errors: list[str] = []
    rate(Table(said, "rate", errors))
    assert len(errors) == 1
    assert errors[0].startswith(expected)

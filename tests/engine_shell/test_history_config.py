"""The `[history]` table: nothing said is the default, and each bad value is refused with its key and the reason."""

from __future__ import annotations

from typing import Any

import pytest

from genesis.core.settings import HistorySettings
from genesis.core.strict import Table
from genesis.history_config import history


def test_nothing_said_is_the_default() -> None:
    errors: list[str] = []
    assert history(Table({}, "history", errors)) == HistorySettings()
    assert errors == []


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"remembered": 1}, "history.remembered: expected an integer from 2"),
        ({"remembered": "many"}, "history.remembered: expected an integer"),
        ({"forgotten": 1}, "history.forgotten: expected a known key, got this one"),
    ],
)
def test_a_bad_value_is_named(said: dict[str, Any], expected: str) -> None:
    errors: list[str] = []
    history(Table(said, "history", errors))
    assert len(errors) == 1
    assert errors[0].startswith(expected)

"""The keyword of the database's answers: a slow engine, a wrong answer and an engine without orders are told."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from robot.api import SkipExecution

from libraries.common.errors import WrongArgument
from libraries.load import machine
from libraries.load_keywords import queries
from libraries.load_keywords.queries import QueryKeywords
from libraries.load_keywords.types import Percentile

TEN = timedelta(milliseconds=10)
QUIET = machine.Speed(factor=1.0, stalled=0.0, load=0.1)
BUSY = machine.Speed(factor=4.0, stalled=0.3, load=4.0)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Callable[..., QueryKeywords]:
    """The keyword, on an engine that answers like this, on a machine that is worth that."""

    def made(answer: Callable[[str], Any], speed: machine.Speed = QUIET, orders: tuple[str, ...] = ("a", "b")) -> QueryKeywords:
        control = SimpleNamespace(orders=lambda: [{"client_order_id": name} for name in orders], order=answer)
        monkeypatch.setattr(QueryKeywords, "engine", lambda *_: SimpleNamespace(control=control))
        monkeypatch.setattr(QueryKeywords, "measured", lambda _, name, *values, **more: told.append((name, *values, more["required"])))
        monkeypatch.setattr(queries, "ASKED", 5)
        monkeypatch.setattr(machine.Hiccups, "speed", lambda *_: speed)
        return QueryKeywords()

    told: list[Any] = []
    made.told = told  # type: ignore[attr-defined]
    return made


def _row(name: str) -> dict[str, str]:
    return {"client_order_id": name}


def _slow(name: str) -> dict[str, str]:
    time.sleep(0.02)
    return _row(name)


def test_a_quick_engine_keeps_within_and_the_figure_is_recorded(asked: Any) -> None:
    took = asked(_row).database_answers_keep_within(Percentile.P99, TEN)
    assert 0 < took < 10
    ((name, unit, value, required),) = asked.told
    assert (name, unit, value, required) == ("database query, p99", "ms", took, 10.0)


def test_a_slow_engine_is_red_at_once_on_a_quiet_machine_and_not_decided_after_three_tries_on_a_busy_one(asked: Any) -> None:
    for speed, tries, raises in ((QUIET, 1, AssertionError), (BUSY, 3, SkipExecution)):
        with pytest.raises(raises, match=r"database query, p99 should be at most 10 ms, it was \d+") as raised:
            asked(_slow, speed).database_answers_keep_within(Percentile.P99, TEN)
        assert str(raised.value).count("  try ") == tries


def test_another_order_than_the_one_asked_for_is_red(asked: Any) -> None:
    for answer in (lambda _: None, lambda _: _row("c")):
        with pytest.raises(AssertionError, match="was asked for order a, it answered"):
            asked(answer).database_answers_keep_within(Percentile.P99, TEN)


def test_an_engine_without_orders_cannot_be_asked(asked: Any) -> None:
    with pytest.raises(WrongArgument, match="no orders to ask for"):
        asked(_row, orders=()).database_answers_keep_within(Percentile.P99, TEN)

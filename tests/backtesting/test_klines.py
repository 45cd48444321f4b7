"""Klines of the simulated venue: what is closed by now, and nothing of the future."""

from __future__ import annotations

from genesis.backtesting.klines import Klines
from genesis.core.commands import FetchBars
from tests.backtesting.kit import MINUTE_MS, START_MS, bar, level, tape
from tests.builders import SYMBOL, VENUE


def asked(klines: Klines, first: int, until: int, at_ms: int) -> list[int]:
    """Which minutes are answered."""
    command = FetchBars(
        venue=VENUE, symbol=SYMBOL, interval_ms=MINUTE_MS, from_ms=START_MS + first * MINUTE_MS, until_ms=START_MS + until * MINUTE_MS
    )
    answer = klines.answer(command, at_ms)
    assert answer.until_ms == command.until_ms
    return [(one.open_ms - START_MS) // MINUTE_MS for one in answer.bars]


def test_a_bar_is_told_once_it_is_over_and_not_before() -> None:
    klines = Klines([(VENUE, SYMBOL, MINUTE_MS)])
    for traded in tape(level(0, 100), level(1, 101), level(2, 102)):
        klines.take(traded)
    assert asked(klines, 0, 3, START_MS + 3 * MINUTE_MS - 1) == [0, 1]
    assert asked(klines, 0, 3, START_MS + 3 * MINUTE_MS) == [0, 1, 2]


def test_only_what_was_asked_for_is_told() -> None:
    klines = Klines([(VENUE, SYMBOL, MINUTE_MS)])
    for traded in tape(*(level(number, 100) for number in range(5))):
        klines.take(traded)
    assert asked(klines, 1, 3, START_MS + 9 * MINUTE_MS) == [1, 2]
    assert Klines([]).answer(FetchBars(venue=VENUE, symbol="X", interval_ms=1, from_ms=0, until_ms=9), 9).bars == ()


def test_an_hour_is_made_of_its_minutes() -> None:
    klines = Klines([(VENUE, SYMBOL, 60 * MINUTE_MS)])
    for traded in tape(bar(0, 100, 105, 99, 101), bar(30, 101, 102, 90, 95), bar(59, 95, 96, 94, 96)):
        klines.take(traded)
    command = FetchBars(venue=VENUE, symbol=SYMBOL, interval_ms=60 * MINUTE_MS, from_ms=0, until_ms=START_MS + 60 * MINUTE_MS)
    (hour,) = klines.answer(command, START_MS + 60 * MINUTE_MS).bars
    assert (hour.open, hour.high, hour.low, hour.close, hour.volume, hour.trades) == (100, 105, 90, 96, 120, 12)

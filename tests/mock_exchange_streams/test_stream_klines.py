"""Candles against an independent computation, and the borders of every interval."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libraries.mock_exchange.core.intervals import INTERVALS, next_open_time, open_time
from libraries.mock_exchange.core.klines import Candle, Klines
from libraries.mock_exchange.core.public_answers import kline_row
from libraries.mock_exchange.core.venue_events import PublicTrade

E8 = 10**8


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def trade(number: int, price: int, quantity: int, time_ms: int, maker: bool = False) -> PublicTrade:
    return PublicTrade("BTCUSDT", number, price * E8, quantity * E8, price * quantity * E8, maker, time_ms)


@pytest.mark.parametrize(
    ("interval", "moment", "opened", "closes"),
    [
        ("1s", "2024-02-29T12:34:56.789", "2024-02-29T12:34:56", "2024-02-29T12:34:57"),
        ("1m", "2024-02-29T12:34:56", "2024-02-29T12:34:00", "2024-02-29T12:35:00"),
        ("3m", "2024-02-29T12:34:56", "2024-02-29T12:33:00", "2024-02-29T12:36:00"),
        ("15m", "2024-02-29T12:34:56", "2024-02-29T12:30:00", "2024-02-29T12:45:00"),
        ("4h", "2024-02-29T12:34:56", "2024-02-29T12:00:00", "2024-02-29T16:00:00"),
        ("8h", "2024-02-29T12:34:56", "2024-02-29T08:00:00", "2024-02-29T16:00:00"),
        ("1d", "2024-02-29T12:34:56", "2024-02-29T00:00:00", "2024-03-01T00:00:00"),
        ("3d", "2017-08-17T04:00:00", "2017-08-16T00:00:00", "2017-08-19T00:00:00"),
        ("1w", "2024-02-29T12:34:56", "2024-02-26T00:00:00", "2024-03-04T00:00:00"),
        ("1w", "2024-02-26T00:00:00", "2024-02-26T00:00:00", "2024-03-04T00:00:00"),
        ("1M", "2024-02-29T12:34:56", "2024-02-01T00:00:00", "2024-03-01T00:00:00"),
        ("1M", "2024-12-31T23:59:59.999", "2024-12-01T00:00:00", "2025-01-01T00:00:00"),
    ],
)
def test_borders(interval: str, moment: str, opened: str, closes: str) -> None:
    assert open_time(interval, at(moment)) == at(opened)
    assert next_open_time(interval, at(opened)) == at(closes)


def test_all_intervals_of_the_venue_are_there() -> None:
    assert INTERVALS == ("1s", "1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d", "3d", "1w", "1M")


_trades = st.lists(st.tuples(st.integers(0, 400), st.integers(1, 9), st.integers(1, 4), st.booleans()), min_size=1, max_size=25)


@settings(max_examples=60, deadline=None)
@given(_trades, st.sampled_from(["1s", "1m", "3m", "5m", "1h"]), st.integers(0, 100))
def test_candles_equal_a_plain_computation_over_all_trades(raw: list[Any], interval: str, idle_s: int) -> None:
    start = at("2024-02-29T12:33:20")
    seconds = sorted(each[0] for each in raw)
    trades = [
        trade(n, price, quantity, start + s * 1000, maker)
        for n, (s, (_, price, quantity, maker)) in enumerate(zip(seconds, raw, strict=True), 1)
    ]
    store = Klines()
    for each in trades:
        store.add(each)
    now = trades[-1].time_ms + idle_s * 1000
    candles = list(store.candles(interval, 0, now))
    assert candles[0].open_ms <= trades[0].time_ms <= candles[0].close_ms
    assert candles[-1].open_ms <= now <= candles[-1].close_ms
    close = 0
    for before, candle in zip([None, *candles], candles, strict=False):
        assert before is None or candle.open_ms == before.close_ms + 1
        inside = [each for each in trades if candle.open_ms <= each.time_ms <= candle.close_ms]
        if not inside:
            assert candle == Candle(candle.open_ms, candle.close_ms, close, close, close, close)
            continue
        close = inside[-1].price
        taker = [each for each in inside if not each.buyer_is_maker]
        expected = Candle(
            candle.open_ms,
            candle.close_ms,
            inside[0].price,
            max(each.price for each in inside),
            min(each.price for each in inside),
            close,
            sum(each.quantity for each in inside),
            sum(each.quote_quantity for each in inside),
            len(inside),
            sum(each.quantity for each in taker),
            sum(each.quote_quantity for each in taker),
            inside[0].trade_id,
            inside[-1].trade_id,
        )
        assert candle == expected


def test_a_row_has_twelve_elements() -> None:
    candle = Candle(60_000, 119_999, E8, 3 * E8, E8 // 2, 2 * E8, 5 * E8, 7 * E8, 4, E8, 2 * E8)
    assert kline_row(candle) == [
        60_000,
        "1.00000000",
        "3.00000000",
        "0.50000000",
        "2.00000000",
        "5.00000000",
        119_999,
        "7.00000000",
        4,
        "1.00000000",
        "2.00000000",
        "0",
    ]


def test_no_candle_before_the_first_trade() -> None:
    store = Klines()
    assert list(store.candles("1m", 0, at("2024-01-01T00:00:00"))) == []
    assert store.current("1m", at("2024-01-01T00:00:00")) is None


def test_latest_counts_back_from_the_end() -> None:
    store = Klines()
    start = at("2024-01-01T00:00:00")
    for minute in range(6):
        store.add(trade(minute + 1, 10 + minute, 1, start + minute * 60_000))
    now = start + 5 * 60_000
    assert [candle.close // E8 for candle in store.latest("1m", 2, now, now)] == [14, 15]
    assert [candle.close // E8 for candle in store.latest("1m", 2, start + 2 * 60_000, now)] == [11, 12]
    assert [candle.close // E8 for candle in store.latest("1m", 500, now, now)] == [10, 11, 12, 13, 14, 15]


def test_the_store_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("libraries.mock_exchange.core.klines.KEEP_SECONDS", 10)
    store = Klines()
    start = at("2024-01-01T00:00:00")
    for second in range(100):
        store.add(trade(second + 1, 10, 1, start + second * 1000))
    candles = list(store.candles("1s", 0, start + 99_000))
    assert 10 <= len(candles) <= 20
    assert candles[-1].last_trade_id == 100


def test_a_clock_that_was_set_back_reopens_no_older_candle() -> None:
    store = Klines()
    start = at("2024-01-01T00:01:00")
    store.add(trade(1, 10, 1, start))
    store.add(trade(2, 11, 1, start - 60_000))
    [candle] = store.candles("1m", 0, start)
    assert (candle.trades, candle.close) == (2, 11 * E8)

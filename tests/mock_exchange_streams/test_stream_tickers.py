"""Tickers, average and reference prices: exact payloads, at the documented moments, equal to a plain computation over all trades."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libraries.mock_exchange.core.trade_history import TradeHistory
from libraries.mock_exchange.core.venue_events import PublicTrade
from libraries.mock_exchange.core.window_statistics import percent_text, rolling, trading_day
from tests.mock_exchange_streams.kit_streams import START_MS, World, spec, units

E8 = 10**8
MINUTE = 60_000
DAY = 86_400_000


def prepared() -> World:
    """Two trades: 2 at 100, 1 at 103."""
    world = World()
    world.book({"99": "1"}, {"100": "2", "103": "5"})
    world.crowd("BUY", "3")
    return world


def test_mini_ticker_payload() -> None:
    world = prepared()
    reader = world.read("btcusdt@miniTicker")
    world.timers.pass_ms(1_000)
    [event] = reader.take()
    assert list(event) == list("eEscohlvq")
    assert {**event, "E": 0} == {
        **{"e": "24hrMiniTicker", "E": 0, "s": "BTCUSDT", "c": "103.00000000", "o": "100.00000000", "h": "103.00000000"},
        **{"l": "100.00000000", "v": "3.00000000", "q": "303.00000000"},
    }


def test_ticker_payload() -> None:
    world = prepared()
    reader = world.read("btcusdt@ticker")
    world.timers.pass_ms(1_000)
    [event] = reader.take()
    assert list(event) == list("eEspPwxcQbBaAohlvqOCFLn")
    assert event["C"] == world.clock.ms
    assert event["O"] % MINUTE == 0
    assert DAY <= event["C"] - event["O"] < DAY + MINUTE
    assert {**event, "E": 0, "O": 0, "C": 0} == {
        **{"e": "24hrTicker", "E": 0, "s": "BTCUSDT", "p": "3.00000000", "P": "3.000", "w": "101.00000000", "x": "0.00000000"},
        **{"c": "103.00000000", "Q": "1.00000000", "b": "99.00000000", "B": "1.00000000", "a": "103.00000000", "A": "4.00000000"},
        **{"o": "100.00000000", "h": "103.00000000", "l": "100.00000000", "v": "3.00000000", "q": "303.00000000"},
        **{"O": 0, "C": 0, "F": 1, "L": 2, "n": 2},
    }


@pytest.mark.parametrize(("window", "length"), [("1h", 3_600_000), ("4h", 14_400_000), ("1d", DAY)])
def test_window_ticker_payload(window: str, length: int) -> None:
    world = prepared()
    reader = world.read(f"btcusdt@ticker_{window}")
    world.timers.pass_ms(1_000)
    [event] = reader.take()
    assert list(event) == list("eEspPohlcwvqOCFLn")
    assert (event["e"], event["w"], event["n"]) == (f"{window}Ticker", "101.00000000", 2)
    assert length <= event["C"] - event["O"] < length + MINUTE


@pytest.mark.parametrize("name", ["btcusdt@miniTicker", "btcusdt@ticker", "btcusdt@ticker_1h", "btcusdt@avgPrice", "!miniTicker@arr"])
def test_a_ticker_speaks_at_most_once_a_second_and_only_of_changes(name: str) -> None:
    world = prepared()
    reader = world.read(name)
    world.timers.pass_ms(1_000)
    assert len(reader.take()) == 1, "its state first"
    world.timers.pass_ms(3_000)
    assert reader.take() == []
    for _ in range(5):
        world.crowd("BUY", "0.1")
    assert reader.take() == []
    world.timers.pass_ms(1_000)
    assert len(reader.take()) == 1


def test_only_the_24_hour_ticker_speaks_when_the_best_prices_change() -> None:
    world = prepared()
    reader = world.read("btcusdt@ticker", "btcusdt@miniTicker", "btcusdt@ticker_1d")
    world.timers.pass_ms(1_000)
    reader.take()
    world.book({"98": "1"}, {"103": "4"})
    world.timers.pass_ms(1_000)
    assert [(event["e"], event["b"]) for event in reader.take()] == [("24hrTicker", "98.00000000")]


def test_a_trade_that_leaves_the_window_is_a_change() -> None:
    world = prepared()
    reader = world.read("btcusdt@ticker_1h")
    world.timers.pass_ms(1_000)
    reader.take()
    world.timers.pass_ms(3_661_000)
    events = reader.take()
    assert [(event["n"], event["v"], event["o"], event["c"], event["F"]) for event in events] == [
        (0, "0.00000000", "103.00000000", "103.00000000", -1)
    ]


@pytest.mark.parametrize("family", ["miniTicker", "ticker_1h", "ticker_4h", "ticker_1d"])
def test_arrays_hold_the_symbols_that_changed(family: str) -> None:
    world = World(spec(), spec("ETHUSDT", base="ETH"), spec("BNBUSDT", base="BNB"))
    reader, single = world.read(f"!{family}@arr"), world.read(f"ethusdt@{family}")
    for symbol in ("BTCUSDT", "ETHUSDT"):
        world.book({}, {"100": "5"}, symbol)
        world.crowd("BUY", "1", symbol=symbol)
    world.timers.pass_ms(1_000)
    [rows] = reader.take()
    assert [row["s"] for row in rows] == ["BTCUSDT", "ETHUSDT"], "what never traded is not shown"
    assert single.take() == [rows[1]]
    world.crowd("BUY", "1", symbol="ETHUSDT")
    world.timers.pass_ms(1_000)
    assert [[row["s"] for row in rows] for rows in reader.take()] == [["ETHUSDT"]]
    world.timers.pass_ms(2_000)
    assert reader.take() == []


def test_average_price_payload() -> None:
    world = prepared()
    traded = world.clock.ms
    reader = world.read("btcusdt@avgPrice")
    world.timers.pass_ms(1_000)
    [event] = reader.take()
    assert list(event) == list("eEsiwT")
    assert (event["e"], event["i"], event["w"], event["T"]) == ("avgPrice", "5m", "101.00000000", traded)
    world.timers.pass_ms(301_000)
    assert [each["w"] for each in reader.take()] == ["103.00000000"], "after five minutes without a trade: the last price"


def test_reference_price_is_said_every_second_where_there_is_one() -> None:
    world = World(spec(reference_price=units("10")), spec("ETHUSDT"))
    reader, silent = world.read("btcusdt@referencePrice"), world.read("ethusdt@referencePrice")
    world.timers.pass_ms(2_000)
    events = reader.take()
    assert len(events) == 2
    assert list(events[0]) == ["e", "s", "r", "t"], "no E"
    assert (events[0]["e"], events[0]["s"], events[0]["r"]) == ("referencePrice", "BTCUSDT", "10.00000000")
    assert silent.take() == []


def test_tickers_stop_when_nobody_reads() -> None:
    world = prepared()
    names = ("btcusdt@ticker", "!miniTicker@arr", "btcusdt@avgPrice", "btcusdt@referencePrice", "btcusdt@depth5", "btcusdt@bookTicker")
    reader = world.read(*names)
    world.timers.pass_ms(1_000)
    for name in names:
        world.hub.unsubscribe(name, reader)
    world.timers.pass_ms(1_000)
    assert world.hub.is_idle
    assert world.timers.armed == 0


@pytest.mark.parametrize(
    ("change", "base", "text"),
    [
        (0, 0, "0.000"),
        (1, 3, "33.333"),
        (2, 3, "66.667"),
        (-2, 3, "-66.667"),
        (-1, 10**9, "0.000"),
        (5, 1, "500.000"),
        (-1, 200_000, "-0.001"),
    ],
)
def test_percent(change: int, base: int, text: str) -> None:
    assert percent_text(change, base) == text


_steps = st.lists(st.tuples(st.integers(0, 200_000), st.integers(1, 9), st.integers(1, 4), st.booleans()), min_size=1, max_size=40)


@settings(max_examples=80, deadline=None)
@given(_steps, st.integers(0, 400_000), st.sampled_from([MINUTE, 2 * MINUTE, 10 * MINUTE]))
def test_statistics_equal_a_plain_computation_over_all_trades(steps: list[Any], idle: int, length: int) -> None:
    history = TradeHistory()
    trades: list[PublicTrade] = []
    now = START_MS
    for number, (pause, price, quantity, maker) in enumerate(steps, 1):
        now += pause
        trades.append(PublicTrade("BTCUSDT", number, price * E8, quantity * E8, price * quantity * E8, maker, now, number))
        history.append(trades[-1])
        check(rolling(history, length, now), trades)  # what is remembered of a window must not outlive it
        check(trading_day(history, 0, now), trades)
    now += idle
    statistics = rolling(history, length, now)
    assert statistics.open_ms == (now - length) // MINUTE * MINUTE
    check(statistics, trades)
    check(trading_day(history, 0, now), trades)


def check(statistics: Any, trades: list[PublicTrade]) -> None:
    inside = [each for each in trades if statistics.open_ms <= each.time_ms <= statistics.close_ms]
    before = [each.price for each in trades if each.time_ms < statistics.open_ms]
    prices = [each.price for each in inside] or [before[-1] if before else 0]
    assert (statistics.open, statistics.high, statistics.low, statistics.last) == (prices[0], max(prices), min(prices), prices[-1])
    assert statistics.previous_close == (before[-1] if before else 0)
    assert statistics.volume == sum(each.quantity for each in inside)
    assert statistics.quote_volume == sum(each.quote_quantity for each in inside)
    assert statistics.trades == len(inside)
    ids = [each.trade_id for each in inside] or [-1]
    assert (statistics.first_trade_id, statistics.last_trade_id) == (ids[0], ids[-1])
    assert statistics.last_quantity == trades[-1].quantity
    if inside:
        percent = Decimal(prices[-1] - prices[0]) * 100 / Decimal(prices[0])
        assert abs(Decimal(statistics.change_percent) - percent) <= Decimal("0.0005")
        exact = Decimal(statistics.quote_volume) / Decimal(statistics.volume)
        assert abs(Decimal(statistics.weighted_average) / E8 - exact) < Decimal("0.00000001")

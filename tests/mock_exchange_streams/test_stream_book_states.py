"""Partial depth and bookTicker are the book, whatever happens; time units change times and nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libraries.mock_exchange.core.amounts import text8
from tests.mock_exchange_streams.kit_streams import START_MS, World
from tests.mock_exchange_streams.test_stream_depth import _books, _orders, _waits, run


def levels(side: list[tuple[int, int]]) -> list[list[str]]:
    return [[text8(price), text8(quantity)] for price, quantity in side]


def test_partial_depth_payload_and_pace() -> None:
    world = World()
    world.book({str(90 - n): "1" for n in range(7)}, {str(100 + n): "2" for n in range(3)})
    fast, slow = world.read("btcusdt@depth5@100ms"), world.read("btcusdt@depth5", "btcusdt@depth5@1000ms")
    world.timers.pass_ms(100)
    [event] = fast.take()
    assert list(event) == ["lastUpdateId", "bids", "asks"], "no event type, no time, no symbol"
    update_id, bids, asks = world.venue.depth("BTCUSDT", 5)
    assert event == {"lastUpdateId": update_id, "bids": levels(bids), "asks": levels(asks)}
    assert (len(event["bids"]), len(event["asks"])) == (5, 3)
    world.timers.pass_ms(900)
    assert slow.take() == [event, event], "one for each of its two names"
    world.timers.pass_ms(5_000)
    assert fast.take() + slow.take() == [], "an unchanged book is not repeated"
    world.book({"90": "3"}, {})
    world.timers.pass_ms(1_000)
    assert [each["bids"] for each in fast.take()] == [[["90.00000000", "3.00000000"]]]
    assert len(slow.take()) == 2


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(_books, _orders, _waits), max_size=14), st.sampled_from([5, 10, 20]))
def test_partial_depth_and_book_ticker_equal_the_book(actions: list[Any], size: int) -> None:
    world = World()
    partial, ticker = world.read(f"btcusdt@depth{size}@100ms"), world.read("btcusdt@bookTicker")
    best: dict[str, Any] = {"b": "0.00000000", "B": "0.00000000", "a": "0.00000000", "A": "0.00000000"}
    for action in actions:
        run(world, action)
        best = (ticker.take() or [best])[-1]
        bid, ask = world.venue.best("BTCUSDT")
        shown = [text8(amount) for pair in (bid, ask) for amount in (pair or (0, 0))]
        assert [best["b"], best["B"], best["a"], best["A"]] == shown
    world.hub.flush()
    update_id, bids, asks = world.venue.depth("BTCUSDT", size)
    assert partial.take()[-1] == {"lastUpdateId": update_id, "bids": levels(bids), "asks": levels(asks)}


def test_a_reader_of_microseconds_gets_the_same_message_with_other_times() -> None:
    world = World()
    names = ("btcusdt@trade", "btcusdt@aggTrade", "btcusdt@depth@100ms", "btcusdt@kline_1m", "btcusdt@ticker", "btcusdt@avgPrice")
    milli, micro = world.read(*names), world.read(*names, time_unit="MICROSECOND")
    world.book({"99": "1"}, {"101": "5"})
    world.crowd("BUY", "1")
    world.timers.pass_ms(2_000)
    pairs = list(zip(milli.take(), micro.take(), strict=True))
    assert {first["e"] for first, _ in pairs} == {"trade", "aggTrade", "depthUpdate", "kline", "24hrTicker", "avgPrice"}
    for first, second in pairs:
        assert scaled(first) == second


def scaled(event: dict[str, Any]) -> dict[str, Any]:
    """The event with its times in microseconds; the end of a candle is the last microsecond of its millisecond."""
    times = {name: value * 1000 for name, value in event.items() if name in "ETOC" and isinstance(value, int)}
    if "k" in event:
        candle = event["k"]
        times["k"] = {**candle, "t": candle["t"] * 1000, "T": candle["T"] * 1000 + 999}
    return event | times


def test_each_unit_is_encoded_once_and_wrapped_once() -> None:
    world = World()
    kinds: list[dict[str, Any]] = [
        {"combined": combined, "time_unit": unit} for combined in (False, True) for unit in ("MILLISECOND", "MICROSECOND")
    ]
    readers = [[world.read("btcusdt@trade", **kind) for _ in range(2)] for kind in kinds]
    world.book({}, {"101": "5"})
    world.crowd("BUY", "1")
    for first, second in readers:
        assert first.raw[0] is second.raw[0]
    assert len({pair[0].raw[0] for pair in readers}) == 4
    assert json.loads(readers[1][0].raw[0])["T"] == START_MS * 1000


@pytest.mark.parametrize(("hour", "opens"), [(15, "1d"), (17, "1d")])
def test_klines_of_the_zone_eight_hours_ahead_begin_at_its_midnight(hour: int, opens: str) -> None:
    """START_MS is 22:13:20 UTC: the day of +08:00 began at 16:00 UTC."""
    world = World()
    world.clock.ms = START_MS - START_MS % 86_400_000 + hour * 3_600_000
    utc, zone = world.read(f"btcusdt@kline_{opens}"), world.read(f"btcusdt@kline_{opens}@+08:00")
    world.book({}, {"101": "5"})
    world.crowd("BUY", "1")
    world.timers.pass_ms(2_000)
    midnight = START_MS - START_MS % 86_400_000
    assert utc.take()[-1]["k"]["t"] == midnight
    assert zone.take()[-1]["k"]["t"] == midnight + (16 if hour > 16 else -8) * 3_600_000

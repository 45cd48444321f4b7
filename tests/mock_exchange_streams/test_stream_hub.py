"""What subscribers get: payloads with the documented keys, once encoded, wrapped where asked, at the documented moments."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest

from tests.mock_exchange_streams.kit_streams import START_MS, Reader, World, spec, units


def test_trade_payload() -> None:
    world = World()
    reader = world.read("btcusdt@trade")
    world.book({}, {"101": "2"})
    world.clock.ms += 7
    world.crowd("BUY", "0.5")
    [event] = reader.take()
    expected = {
        "e": "trade",
        "E": START_MS + 7,
        "s": "BTCUSDT",
        "t": 1,
        "p": "101.00000000",
        "q": "0.50000000",
        "T": START_MS + 7,
        "m": False,
        "M": True,
    }
    assert event == expected
    assert list(event) == list(expected)


def test_book_ticker_comes_with_every_new_best_and_only_then() -> None:
    world = World()
    reader = world.read("btcusdt@bookTicker")
    world.book({"99": "1", "98": "1"}, {"101": "1"})
    world.timers.settle()
    world.book({"99": "1", "98": "3"}, {"101": "1"})
    world.timers.settle()
    world.crowd("SELL", "0.4")
    world.timers.settle()
    tickers = reader.take()
    assert tickers == [
        {"u": 4, "s": "BTCUSDT", "b": "99.00000000", "B": "1.00000000", "a": "101.00000000", "A": "1.00000000"},
        {"u": 6, "s": "BTCUSDT", "b": "99.00000000", "B": "0.60000000", "a": "101.00000000", "A": "1.00000000"},
    ]
    assert list(tickers[0]) == ["u", "s", "b", "B", "a", "A"], "no event type, no event time"


def test_book_ticker_never_shows_a_book_in_the_middle_of_a_command() -> None:
    world = World()
    reader = world.read("btcusdt@bookTicker")
    world.book({"99": "1"}, {"100": "1"})
    world.timers.settle()
    world.book({"104": "1"}, {"105": "1"})
    world.timers.settle()
    assert [(ticker["b"], ticker["a"]) for ticker in reader.take()] == [("99.00000000", "100.00000000"), ("104.00000000", "105.00000000")]


def test_book_ticker_of_an_empty_side_is_zero_and_a_late_reader_hears_only_changes() -> None:
    world = World()
    world.book({"99": "1"}, {"101": "1"})
    world.timers.settle()
    reader = world.read("btcusdt@bookTicker")
    world.book({"99": "1"}, {"101": "1", "102": "1"})
    world.timers.settle()
    assert reader.take() == []
    world.book({"99": "1"}, {})
    world.timers.settle()
    assert [(ticker["b"], ticker["a"], ticker["A"]) for ticker in reader.take()] == [("99.00000000", "0.00000000", "0.00000000")]


def test_agg_trades_gather_the_fills_of_one_taker_order_at_one_price() -> None:
    world = World()
    reader = world.read("btcusdt@aggTrade")
    for quantity in ("1", "2"):
        world.crowd("SELL", quantity, "101")
    world.crowd("SELL", "5", "102")
    world.clock.ms += 3
    world.crowd("BUY", "4")
    world.timers.settle()
    aggregates = reader.take()
    assert [(each["a"], each["p"], each["q"], each["f"], each["l"]) for each in aggregates] == [
        (1, "101.00000000", "3.00000000", 1, 2),
        (2, "102.00000000", "1.00000000", 3, 3),
    ]
    assert list(aggregates[0]) == ["e", "E", "s", "a", "p", "q", "f", "l", "T", "m", "M"]
    assert (aggregates[0]["T"], aggregates[0]["m"]) == (START_MS + 3, False)


def test_two_taker_orders_at_one_price_are_two_agg_trades_even_without_a_pause_between() -> None:
    world = World()
    reader = world.read("btcusdt@aggTrade")
    world.book({}, {"101": "5"})
    world.crowd("BUY", "1")
    world.crowd("BUY", "1")
    world.timers.settle()
    assert [(each["a"], each["q"]) for each in reader.take()] == [(1, "1.00000000"), (2, "1.00000000")]


def test_flush_does_not_wait_for_the_end_of_a_command() -> None:
    world = World()
    reader = world.read("btcusdt@aggTrade", "btcusdt@bookTicker")
    world.book({}, {"101": "5"})
    world.crowd("BUY", "1")
    world.hub.flush()
    assert [each.get("e") for each in reader.take()] == ["aggTrade", None]
    world.timers.settle()
    assert reader.take() == []


def test_agg_trade_numbers_go_on_while_nobody_listens() -> None:
    world = World()
    world.book({}, {"101": "5"})
    world.crowd("BUY", "1")
    world.timers.settle()
    reader = world.read("btcusdt@aggTrade")
    world.crowd("BUY", "1")
    world.timers.settle()
    assert [each["a"] for each in reader.take()] == [2]


def test_combined_readers_get_the_same_bytes_in_a_wrapper() -> None:
    world = World()
    raw, wrapped, other = (
        world.read("btcusdt@trade"),
        world.read("btcusdt@trade", combined=True),
        world.read("btcusdt@trade", combined=True),
    )
    world.book({}, {"101": "5"})
    world.crowd("BUY", "1")
    assert wrapped.raw == [b'{"stream":"btcusdt@trade","data":' + raw.raw[0] + b"}"]
    assert wrapped.raw[0] is other.raw[0], "wrapped once for all"


def test_a_reader_that_leaves_during_a_flush_takes_its_other_windows_along() -> None:
    world = World()

    class Leaver(Reader):
        def send(self, message: bytes) -> None:
            super().send(message)
            for name in names:
                world.hub.unsubscribe(name, self)

    names = ("btcusdt@depth@100ms", "btcusdt@depth")
    leaver = Leaver()
    for name in names:
        world.hub.subscribe(name, leaver)
    world.book({"99": "1"}, {})
    world.hub.flush()
    assert len(leaver.raw) == 1
    assert world.hub.is_idle
    assert world.timers.armed == 0


def test_one_encoding_serves_all_raw_readers() -> None:
    world = World()
    first, second = world.read("btcusdt@trade"), world.read("btcusdt@trade")
    world.book({}, {"101": "5"})
    world.crowd("BUY", "1")
    assert first.raw[0] is second.raw[0]


def test_event_time_never_runs_backwards() -> None:
    world = World()
    reader = world.read("btcusdt@trade", "btcusdt@depth@100ms")
    world.book({}, {"101": "5"})
    world.crowd("BUY", "1")
    world.clock.ms -= 60_000
    world.crowd("BUY", "1")
    world.hub.flush()
    times = [event["E"] for event in reader.take()]
    assert times == sorted(times)
    assert len(times) == 3


def test_symbols_do_not_mix() -> None:
    world = World(spec(), spec("ETHUSDT", base="ETH"))
    reader = world.read("ethusdt@trade", "ethusdt@depth@100ms", "ethusdt@bookTicker", "ethusdt@aggTrade", "ethusdt@kline_1s")
    world.book({"99": "1"}, {"101": "5"})
    world.crowd("BUY", "1")
    world.timers.pass_ms(3000)
    assert reader.take() == []


@pytest.mark.parametrize(
    "name",
    [
        "dogeusdt@depth@100ms",
        "btcusdt@depth7",
        "!ticker@arr",
        "btcusdt@referencePrice",
        "btcusdt@blockTrade",
        "btcusdt@depth@250ms",
        "BTCUSDT@trade",
        "nonsense",
        "btcusdt@kline_7m",
    ],
)
def test_unknown_streams_are_accepted_and_silent(name: str) -> None:
    world = World()
    reader = world.read(name)
    world.book({"99": "1"}, {"101": "5"})
    world.crowd("BUY", "1")
    world.timers.pass_ms(3000)
    assert reader.take() == []
    world.hub.unsubscribe(name, reader)


def test_kline_speaks_every_two_seconds_while_it_changes_and_once_when_it_closes() -> None:
    world = World()
    world.clock.ms = world.timers._elapsed = START_MS - START_MS % 60_000  # the test begins at the start of a minute
    reader = world.read("btcusdt@kline_1m")
    world.book({}, {"101": "1", "103": "5"})
    world.crowd("BUY", "2")
    world.timers.pass_ms(1_999)
    assert reader.take() == []
    world.timers.pass_ms(1)
    [event] = reader.take()
    assert list(event) == ["e", "E", "s", "k"]
    assert list(event["k"]) == list("tTsifLochlvnxqVQB")
    k = event["k"]
    assert (k["o"], k["h"], k["l"], k["c"]) == ("101.00000000", "103.00000000", "101.00000000", "103.00000000")
    assert (k["v"], k["n"], k["q"], k["V"], k["Q"]) == ("2.00000000", 2, "204.00000000", "2.00000000", "204.00000000")
    assert (k["f"], k["L"], k["x"], k["B"], k["i"]) == (1, 2, False, "0", "1m")
    assert k["T"] - k["t"] == 59_999
    world.timers.pass_ms(57_999)
    assert reader.take() == [], "an unchanged candle is not repeated"
    world.timers.pass_ms(1)
    closed, opened = reader.take()
    assert (closed["k"]["x"], closed["k"]["t"], closed["k"]["n"]) == (True, k["t"], 2)
    assert (opened["k"]["x"], opened["k"]["t"], opened["k"]["n"], opened["k"]["o"]) == (False, k["t"] + 60_000, 0, "103.00000000")
    world.timers.pass_ms(60_000)
    assert [event["k"]["x"] for event in reader.take()] == [True, False], "an empty candle closes too"


def test_one_second_klines_speak_every_second() -> None:
    world = World()
    reader = world.read("btcusdt@kline_1s")
    world.book({}, {"101": "5"})
    world.crowd("BUY", "1")
    world.timers.pass_ms(3_000)
    assert [(event["k"]["x"], event["k"]["n"]) for event in reader.take()] == [
        (True, 1),
        (False, 0),
        (True, 0),
        (False, 0),
        (True, 0),
        (False, 0),
    ]


def test_klines_follow_a_jump_of_the_venues_clock_with_every_candle_closed() -> None:
    world = World()
    reader = world.read("btcusdt@kline_1m")
    world.book({}, {"101": "5"})
    world.crowd("BUY", "1")
    world.clock.ms += 300_000
    world.timers.pass_ms(2_000)
    candles = [event["k"] for event in reader.take()]
    assert [k["x"] for k in candles] == [True] * 5 + [False]
    assert [later["t"] - earlier["t"] for earlier, later in pairwise(candles)] == [60_000] * 5


def test_nothing_is_armed_when_nobody_reads() -> None:
    world = World()
    names = ("btcusdt@kline_1s", "btcusdt@depth@100ms", "btcusdt@trade")
    reader = world.read(*names)
    world.book({}, {"101": "5"})
    for name in names:
        world.hub.unsubscribe(name, reader)
    world.timers.pass_ms(1_000)
    assert world.timers.armed == 0
    world.hub.close()


def test_published_recordings_stay_byte_for_byte() -> None:
    world = World()
    raw, wrapped = world.read("nknusdt@depth@100ms"), world.read("nknusdt@depth@100ms", combined=True)
    data = b'{"e": "depthUpdate",  "p": "1.50" }'
    world.hub.publish("nknusdt@depth@100ms", data)
    assert raw.raw == [data]
    assert wrapped.raw == [b'{"stream":"nknusdt@depth@100ms","data":' + data + b"}"]
    assert json.loads(wrapped.raw[0])["data"]["p"] == "1.50"


def test_a_reader_that_leaves_during_a_message_does_not_disturb_the_others() -> None:
    world = World()

    class Leaver(Reader):
        def send(self, message: bytes) -> None:
            super().send(message)
            world.hub.unsubscribe("btcusdt@trade", self)

    leaver = Leaver()
    world.hub.subscribe("btcusdt@trade", leaver)
    stayer = world.read("btcusdt@trade")
    world.book({}, {"101": "5"})
    world.crowd("BUY", "1")
    world.crowd("BUY", "1")
    assert (len(leaver.raw), len(stayer.raw)) == (1, 2)
    assert units("1") == 10**8

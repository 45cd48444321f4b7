"""Closed bars out of public trades."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from genesis.analytics.bars import MOST_FLAT, BarBuilder
from genesis.core.models import Bar
from tests.builders import SYMBOL, VENUE, d
from tests.engine_pure.bar_kit import bar

SECOND = 1_000

trades = st.lists(
    st.tuples(st.integers(0, 20_000), st.decimals("0.01", 1000, places=2), st.decimals("0.001", 10, places=3)), min_size=1, max_size=60
)


def builder(interval_ms: int = SECOND, **options: object) -> BarBuilder:
    return BarBuilder(VENUE, SYMBOL, interval_ms, **options)  # type: ignore[arg-type]


def test_a_bar_closes_with_the_first_trade_after_it() -> None:
    bars = builder()
    assert bars.on_trade(d("10"), d("1"), 5_100) == []
    assert bars.on_trade(d("12"), d("2"), 5_400) == []
    assert bars.on_trade(d("9"), d("0.5"), 5_999) == []
    (closed,) = bars.on_trade(d("11"), d("1"), 6_000)
    assert closed == Bar(
        venue=VENUE, symbol=SYMBOL, open_ms=5_000, close_ms=5_999, open=d(10), high=d(12), low=d(9), close=d(9), volume=d("3.5"), trades=3
    )


def test_a_bar_closes_by_time_when_nobody_trades() -> None:
    bars = builder()
    bars.on_trade(d("10"), d("1"), 5_100)
    assert bars.on_time(5_999) == []
    assert [closed.open_ms for closed in bars.on_time(6_000)] == [5_000]
    assert bars.on_time(6_500) == []


def test_silence_is_flat_bars() -> None:
    bars = builder()
    bars.on_trade(d("10"), d("1"), 5_100)
    closed = bars.on_trade(d("11"), d("1"), 8_100)
    assert [one.open_ms for one in closed] == [5_000, 6_000, 7_000]
    assert [(one.open, one.high, one.low, one.close, one.volume, one.trades) for one in closed[1:]] == [(10, 10, 10, 10, 0, 0)] * 2


def test_a_late_trade_is_counted_and_reopens_nothing() -> None:
    bars = builder()
    bars.on_trade(d("10"), d("1"), 5_100)
    before = bars.on_time(7_000)
    assert bars.on_trade(d("99"), d("1"), 5_500) == []
    assert bars.on_trade(d("99"), d("1"), 6_999) == []
    assert bars.late == 2
    after = bars.on_trade(d("11"), d("1"), 9_000)
    assert [one.close for one in [*before, *after]] == [10, 10, 10, 10]


def test_there_is_no_bar_before_the_first_trade() -> None:
    bars = builder()
    assert bars.on_time(50_000) == []
    assert bars.on_trade(d("10"), d("1"), 50_100) == []
    assert [one.open_ms for one in bars.on_time(51_000)] == [50_000]


def test_an_interval_of_which_only_a_part_was_seen_is_no_bar() -> None:
    bars = builder(from_ms=5_001)
    assert bars.on_trade(d("10"), d("1"), 5_500) == []
    assert bars.on_trade(d("11"), d("1"), 6_100) == []
    assert [(one.open_ms, one.open) for one in bars.on_time(7_000)] == [(6_000, 11)]


def test_it_goes_on_after_a_bar_that_was_fetched() -> None:
    last = bar(0, "50")
    bars = builder(60_000, last=last)
    assert bars.on_trade(d("99"), d("1"), last.close_ms) == []
    closed = bars.on_trade(d("51"), d("1"), last.close_ms + 1 + 60_000)
    assert [(one.open_ms, one.close, one.trades) for one in closed] == [(last.close_ms + 1, 50, 0)]
    assert bars.late == 1


def test_a_very_long_silence_gives_no_more_flat_bars_than_anybody_remembers() -> None:
    bars = builder()
    bars.on_trade(d("10"), d("1"), 0)
    closed = bars.on_time(10_000_000_000)
    assert len(closed) == MOST_FLAT + 1
    assert closed[0].open_ms == 0
    assert closed[-1].close_ms == 9_999_999_999


@settings(deadline=None)
@given(trades=trades, interval=st.sampled_from([20, 250, 1_000, 7_000]))
def test_bars_are_the_trades_of_their_intervals_without_a_hole(trades: list[tuple[int, Decimal, Decimal]], interval: int) -> None:
    """Against the same arithmetic over all trades at once."""
    trades = sorted(trades, key=lambda trade: trade[0])
    bars = builder(interval)
    closed = [one for at, price, quantity in trades for one in bars.on_trade(price, quantity, at)]
    closed += bars.on_time(trades[-1][0] + interval)
    assert all(after.open_ms == before.close_ms + 1 for before, after in pairwise(closed))
    for one in closed:
        mine = [trade for trade in trades if one.open_ms <= trade[0] <= one.close_ms]
        assert one.trades == len(mine)
        assert one.volume == sum(quantity for _, _, quantity in mine)
        if mine:
            found = [price for _, price, _ in mine]
            assert (one.open, one.high, one.low, one.close) == (found[0], max(found), min(found), found[-1])
    assert sum(one.trades for one in closed) == len(trades)


@settings(deadline=None)
@given(trades=trades, times=st.lists(st.integers(0, 25_000), max_size=20))
def test_however_time_and_trades_mix_bars_come_once_and_in_order(trades: list[tuple[int, Decimal, Decimal]], times: list[int]) -> None:
    bars, closed, counted = builder(), [], 0
    for index, (at, price, quantity) in enumerate(trades):
        if index < len(times):
            closed += bars.on_time(times[index])
        late = bars.late
        closed += bars.on_trade(price, quantity, at)
        counted += bars.late == late
    closed += bars.on_time(100_000)
    assert [one.open_ms for one in closed] == sorted({one.open_ms for one in closed})
    assert sum(one.trades for one in closed) == counted
    assert counted + bars.late == len(trades)

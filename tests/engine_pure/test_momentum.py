"""Momentum (R17)."""

from __future__ import annotations

from typing import Any

import pytest

from genesis.core.models import Bar, MarketState, Purpose, Side
from genesis.core.strategy_settings import MomentumSettings
from genesis.strategies.base import Wish
from genesis.strategies.sniper.momentum import Momentum
from tests.builders import SYMBOL, d
from tests.engine_pure import oracle
from tests.engine_pure.bar_kit import Desk, bar, last_wishes, mandate, walk

UP, DOWN = 1, -1


def momentum(**changes: Any) -> Momentum:
    return Momentum(mandate(), MomentumSettings(**changes))


def tape(way: int = UP, *, drift: str = "0.05", closes: tuple[str, ...] = ("105", "105.5", "106"), volume: str = "1.5") -> list[Bar]:
    """97 quiet bars that drift one way, the last of them at 100 with an extreme of 100.1, then the bars with `closes` (mirrored
    at 100 for the way down)."""
    bars = []
    for index in range(97):
        price = d(100) + way * d(drift) * (index - 96)
        bars.append(bar(index, price, high=price + d("0.1"), low=price - d("0.1")))
    for index, close in enumerate(closes, 97):
        bars.append(bar(index, d(100) + way * (d(close) - 100), volume=volume))
    return bars


def at(way: int, beyond: str) -> str:
    """The close that lies `beyond` away from the level: 2 % above 100.1, or below 99.9 (as `tape` mirrors it)."""
    level = d("100.1") * d("1.02") if way == UP else 200 - d("99.9") * d("0.98")
    return str(level + d(beyond))


def wish(bars: list[Bar], desk: Desk | None = None, **changes: Any) -> Wish | None:
    wishes = last_wishes(momentum(**changes), bars, desk or Desk(MarketState.TRENDING))
    assert len(wishes) <= 1
    return wishes[0] if wishes else None


@pytest.mark.parametrize(("way", "side"), [(UP, Side.BUY), (DOWN, Side.SELL)])
def test_a_confirmed_breakout_in_a_trend_is_entered(way: int, side: Side) -> None:
    found = wish(tape(way))
    assert found is not None
    assert (found.symbol, found.side, found.purpose, found.quantity) == (SYMBOL, side, Purpose.ENTRY, None)
    assert d("0.6") <= found.confidence <= 1
    assert set(found.inputs) == {"bar", "close", "adx", "plus_di", "minus_di", "level", "volume", "usual_volume"}


@pytest.mark.parametrize("way", [UP, DOWN])
@pytest.mark.parametrize(("beyond", "enters"), [("0", True), ("-0.01", False)])
def test_the_breakout_is_two_per_cent_beyond_the_extreme_of_twenty_bars(way: int, beyond: str, enters: bool) -> None:
    assert (wish(tape(way, closes=(at(way, beyond),) * 3)) is not None) is enters


@pytest.mark.parametrize(("ago", "enters"), [(20, False), (21, True)])
def test_twenty_bars_before_those_that_confirm_count(ago: int, enters: bool) -> None:
    bars = tape()
    index = 97 - ago
    bars[index] = bar(index, bars[index].close, high="110")
    assert (wish(bars) is not None) is enters


@pytest.mark.parametrize("missing", [0, 1, 2])
def test_three_candles_confirm_it(missing: int) -> None:
    closes = ["105", "105.5", "106"]
    closes[missing] = "102"
    assert wish(tape(closes=tuple(closes))) is None
    assert wish(tape(closes=("105", "106"))) is None


@pytest.mark.parametrize(("volume", "enters"), [("1.5", True), ("1.49", False)])
def test_it_needs_one_and_a_half_times_the_usual_volume(volume: str, enters: bool) -> None:
    assert (wish(tape(volume=volume)) is not None) is enters


@pytest.mark.parametrize(("above", "enters"), [("25", True), ("100", False)])
def test_adx_must_be_above_its_limit(above: str, enters: bool) -> None:
    """A market that only rises has an ADX of 100."""
    assert (wish(tape(), adx_above=d(above)) is not None) is enters


def test_di_must_point_the_same_way() -> None:
    """A breakout upwards while most of the movement that counts was a fall."""
    fall = [bar(index, 300 - 10 * index) for index in range(20)]
    quiet = [bar(index, "110" if index % 2 else "109.9") for index in range(20, 40)]
    bars = fall + quiet + [bar(index, "113", volume=3) for index in range(40, 43)]
    assert oracle.trend(bars)[0] > 25
    assert wish(bars) is None


@pytest.mark.parametrize("state", [None, *MarketState])
def test_it_enters_only_where_there_is_a_trend(state: MarketState | None) -> None:
    assert (wish(tape(), Desk(state)) is not None) is (state in (MarketState.TRENDING, MarketState.VOLATILE))


def test_it_enters_once() -> None:
    assert wish(tape(), Desk(MarketState.TRENDING).hold(SYMBOL, 1)) is None


@pytest.mark.parametrize(("way", "side"), [(UP, Side.SELL), (DOWN, Side.BUY)])
def test_it_leaves_beyond_the_extreme_of_ten_bars_in_any_market(way: int, side: Side) -> None:
    desk = Desk(MarketState.DEAD).hold(SYMBOL, way)
    bars = tape(way, closes=())
    edge = bars[-10].low if way == UP else bars[-10].high
    stays, leaves = bar(97, edge, volume=1), bar(97, edge - way * d("0.01"), volume=1)
    assert wish([*bars, stays], desk) is None
    found = wish([*bars, leaves], desk)
    assert found is not None
    assert (found.side, found.purpose, found.quantity) == (side, Purpose.EXIT, None)


def test_it_leaves_when_di_points_the_other_way() -> None:
    found = wish(tape(DOWN, closes=()), Desk(MarketState.TRENDING).hold(SYMBOL, 1), exit_bars=50)
    assert found is not None
    assert found.reason == "DI points the other way"


@pytest.mark.parametrize("seed", range(4))
def test_it_wishes_what_the_rule_says_of_all_bars_at_once(seed: int) -> None:
    settings = MomentumSettings(lookback_bars=10, breakout=d("0.002"), volume_ratio=d("1"), smoothing_bars=60)
    bars, strategy, desk, wished = walk(seed, 300), Momentum(mandate(), settings), Desk(MarketState.TRENDING), 0
    for count, one in enumerate(bars, 1):
        held, wishes = desk.held(one.venue, one.symbol), strategy.on_bar(one, desk)
        if held:
            assert bool(wishes) is oracle.momentum_leaves(bars[:count], settings, long=held > 0), count
        else:
            side = oracle.momentum(bars[:count], settings)
            assert [found.side for found in wishes] == ([side] if side else []), count
        desk.obey(wishes, [one])
        wished += len(wishes)
    assert wished > 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"smoothing_bars": 55}, "parameters.smoothing_bars: expected at least 4 x adx_period (56), got 55"),
        ({"breakout": d(1)}, "parameters.breakout: expected less than 1, got 1"),
        ({"confidence_from": d("1.1")}, "parameters.confidence_from: expected at most 1, got 1.1"),
    ],
)
def test_parameters_that_do_not_fit_are_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError) as refused:
        momentum(**changes)
    assert str(refused.value) == words

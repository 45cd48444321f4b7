"""Pairs trading (R19)."""

from __future__ import annotations

from typing import Any

import pytest

from genesis.core.models import Bar, MarketState, Purpose, Side
from genesis.core.strategy_settings import PairsSettings
from genesis.strategies.base import Wish
from genesis.strategies.hunter.pairs_trading import PairsTrading
from tests.builders import VENUE, d
from tests.engine_pure import oracle
from tests.engine_pure.bar_kit import Desk, bar, cents, couple, last_wishes, mandate

FIRST, SECOND = "ETHUSDT", "BTCUSDT"
WIDE = 1
LENGTH = 140


def pairs(**changes: Any) -> PairsTrading:
    return PairsTrading(mandate(FIRST, SECOND), PairsSettings(**changes))


def together(first: list[Bar], second: list[Bar]) -> list[Bar]:
    return [one for both in zip(first, second, strict=True) for one in both]


def tape(z: float, seed: int = WIDE, **shape: float) -> list[Bar]:
    """Bars of two symbols that go together; the last bar of the first is moved to where the spread is `z` deviations wide."""
    first, second = couple(seed, LENGTH, **shape)
    while first and oracle.pair(first, second)[0] > z:
        first[-1] = _moved(first[-1], "-0.01")
    while oracle.pair(first, second)[0] < z:
        first[-1] = _moved(first[-1], "0.01")
    return together(first, second)


def _moved(one: Bar, by: str) -> Bar:
    return bar(LENGTH - 1, one.close + d(by), symbol=one.symbol)


def wishes(bars: list[Bar], desk: Desk | None = None, **changes: Any) -> list[Wish]:
    return last_wishes(pairs(**changes), bars, desk or Desk(MarketState.RANGING))


@pytest.mark.parametrize(("z", "sides"), [(2.1, [Side.SELL, Side.BUY]), (-2.1, [Side.BUY, Side.SELL])])
def test_a_wide_spread_is_sold_and_a_narrow_one_bought(z: float, sides: list[Side]) -> None:
    bars = tape(z)
    found = wishes(bars)
    assert [(one.symbol, one.side, one.purpose) for one in found] == [(FIRST, sides[0], Purpose.ENTRY), (SECOND, sides[1], Purpose.ENTRY)]
    assert found[0].pair == found[1].pair
    assert found[0].pair
    assert all(d("0.6") <= one.confidence <= 1 for one in found)


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(("least", "most", "enters"), [(1.95, 2, False), (2, 2.05, True), (2.9, 3, True), (3, 3.05, False)])
def test_it_enters_from_two_deviations_and_not_at_three(sign: int, least: float, most: float, enters: bool) -> None:
    bars = tape(sign * (least + 0.0001 if sign > 0 else most - 0.0001))
    z = sign * oracle.pair(bars[::2], bars[1::2])[0]
    assert least <= z < most
    assert bool(wishes(bars)) is enters


def test_the_hedge_ratio_is_that_of_least_squares() -> None:
    bars = tape(2.1, noise=0.05)
    found = wishes(bars)
    slope = oracle.pair(bars[::2], bars[1::2])[1]
    assert found[0].weight == 1
    assert float(found[1].weight) == pytest.approx(slope)
    assert slope == pytest.approx(1.5, abs=0.1)


def test_a_hundred_closes_count() -> None:
    bars = tape(2.1)
    jumped = [bar(0, "5000", symbol=FIRST), bar(0, "70000", symbol=SECOND)]
    assert wishes([*jumped, *bars[2:]]) == wishes(bars)
    assert wishes(bars, window_bars=139) != wishes(bars)
    assert wishes(bars[-198:]) == []


def test_the_two_must_go_together() -> None:
    """Noise of the spread lowers the correlation; 0.8 is the least."""
    for noise in (0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0):
        bars = tape(2.1, noise=noise)
        assert bool(wishes(bars)) == (oracle.pair(bars[::2], bars[1::2])[2] >= 0.8), noise
    bars = tape(2.1)
    correlation = d(f"{oracle.pair(bars[::2], bars[1::2])[2]:.6f}")
    assert wishes(bars, least_correlation=correlation - d("0.00001"))
    assert not wishes(bars, least_correlation=correlation + d("0.00001"))


@pytest.mark.parametrize("state", [None, *MarketState])
def test_it_enters_only_in_markets_that_it_trades_in(state: MarketState | None) -> None:
    assert bool(wishes(tape(2.1), Desk(state))) is (state in (MarketState.RANGING, MarketState.TRENDING))


def test_it_enters_once() -> None:
    assert wishes(tape(2.1), Desk(MarketState.RANGING).hold(FIRST, -1).hold(SECOND, 1)) == []


@pytest.mark.parametrize(("first", "second", "sign"), [(-1, 1, 1), (1, -1, -1)])
@pytest.mark.parametrize(
    ("z", "leaves"),
    [(0.45, True), (0.52, False), (-2.5, True), (2.98, False), (3.01, True)],
    ids=["back", "not yet", "over", "wide", "broken"],
)
def test_it_leaves_both_legs_when_the_spread_came_back_or_broke(first: int, second: int, sign: int, z: float, leaves: bool) -> None:
    """In any market."""
    found = wishes(tape(sign * z), Desk(MarketState.PANIC).hold(FIRST, first).hold(SECOND, second))
    expected = [(FIRST, Side.SELL if first > 0 else Side.BUY), (SECOND, Side.SELL if second > 0 else Side.BUY)] if leaves else []
    assert [(one.symbol, one.side) for one in found] == expected
    assert all((one.purpose, one.quantity) == (Purpose.EXIT, None) for one in found)
    assert len({one.pair for one in found}) == bool(leaves)


def test_one_leg_alone_leaves_alone() -> None:
    found = wishes(tape(0.1), Desk(MarketState.RANGING).hold(SECOND, 1))
    assert [(one.symbol, one.side, one.purpose) for one in found] == [(SECOND, Side.SELL, Purpose.EXIT)]


def test_a_spread_that_broke_is_not_entered_again_before_it_came_back() -> None:
    first, second = couple(WIDE, 120)
    strategy, desk = pairs(), Desk(MarketState.RANGING)
    last_wishes(strategy, together(first, second), desk)
    entered = {}
    for number, z in enumerate([3.2, 2.5, 0.3, 2.5]):
        index, close = 120 + number, second[-1].close
        second.append(bar(index, close, symbol=SECOND))
        first.append(bar(index, _price_at(z, first, second), symbol=FIRST))
        assert oracle.pair(first, second)[0] == pytest.approx(z, abs=0.1)
        entered[number] = bool(last_wishes(strategy, [first[-1], second[-1]], desk))
    assert entered == {0: False, 1: False, 2: False, 3: True}


def _price_at(z: float, first: list[Bar], second: list[Bar]) -> Any:
    """The next close of the first leg at which the spread is `z` wide; found by halving."""
    low, high = 0.0, 1_000.0
    for _ in range(60):
        middle = (low + high) / 2
        found = oracle.pair([*first, bar(len(first), f"{middle:.8f}", symbol=FIRST)], second)[0]
        low, high = (middle, high) if found < z else (low, middle)
    return cents(middle)


def test_it_waits_for_the_bar_of_the_other_leg() -> None:
    bars = tape(2.1)
    strategy, desk = pairs(), Desk(MarketState.RANGING)
    assert last_wishes(strategy, bars[:-1], desk) == []
    assert len(strategy.on_bar(bars[-1], desk)) == 2


def test_couples_do_not_touch_each_other() -> None:
    strategy = PairsTrading(mandate(FIRST, SECOND, "LTCUSDT", "BNBUSDT"), PairsSettings())
    found = last_wishes(strategy, tape(2.1), Desk(MarketState.RANGING))
    assert [one.symbol for one in found] == [FIRST, SECOND]
    assert strategy.on_bar(bar(LENGTH, 5, symbol="LTCUSDT"), Desk(MarketState.RANGING)) == []


@pytest.mark.parametrize(
    ("symbols", "changes", "words"),
    [
        ((FIRST,), {}, "symbols: expected pairs of symbols, each once, got ETHUSDT"),
        ((FIRST, FIRST), {}, "symbols: expected pairs of symbols, each once, got ETHUSDT, ETHUSDT"),
        ((FIRST, SECOND), {"exit_z": d(2)}, "parameters.exit_z: expected less than enter_z (2), got 2"),
        ((FIRST, SECOND), {"stop_z": d("1.5")}, "parameters.enter_z: expected less than stop_z (1.5), got 2"),
        ((FIRST, SECOND), {"window_bars": 2}, "parameters.window_bars: expected more than 2, got 2"),
    ],
)
def test_parameters_that_do_not_fit_are_refused(symbols: tuple[str, ...], changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError) as refused:
        PairsTrading(mandate(*symbols), PairsSettings(**changes))
    assert str(refused.value) == words


def test_it_names_its_legs_in_their_order() -> None:
    assert pairs().symbols == ((VENUE, FIRST), (VENUE, SECOND))

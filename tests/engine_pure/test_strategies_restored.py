"""What every strategy on bars must keep: the same bars give the same wishes, and its last `warm_up` bars are all it remembers."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genesis.core.models import Bar, MarketState, Purpose
from genesis.core.strategy_settings import MeanReversionSettings, MomentumSettings, PairsSettings
from genesis.strategies.base import BarStrategy, Wish
from genesis.strategies.hunter.mean_reversion import MeanReversion
from genesis.strategies.hunter.pairs_trading import PairsTrading
from genesis.strategies.sniper.momentum import Momentum
from tests.builders import d
from tests.engine_pure.bar_kit import Desk, couple, mandate, walk

MAKERS: dict[str, Callable[[], BarStrategy]] = {
    "momentum": lambda: Momentum(
        mandate(), MomentumSettings(breakout=d("0.001"), volume_ratio=d("0.8"), lookback_bars=8, adx_above=d(15), smoothing_bars=60)
    ),
    "mean reversion": lambda: MeanReversion(mandate(), MeanReversionSettings(rsi_low=d(40), rsi_high=d(60), smoothing_bars=40)),
    "pairs trading": lambda: PairsTrading(
        mandate("ETHUSDT", "BTCUSDT"), PairsSettings(window_bars=30, enter_z=d("1.2"), stop_z=d("2.2"), least_correlation=d("0.5"))
    ),
}


def tape(name: str, seed: int, length: int = 200) -> list[list[Bar]]:
    """Bars that end together, one list for each time."""
    if name == "pairs trading":
        return [list(both) for both in zip(*couple(seed, length), strict=True)]
    return [[one] for one in walk(seed, length)]


def run(strategy: BarStrategy, bars: list[list[Bar]], desk: Desk) -> list[list[Wish]]:
    """The wishes at each time; each is filled at once."""
    wished = []
    for together in bars:
        wished.append([wish for one in together for wish in strategy.on_bar(one, desk)])
        desk.obey(wished[-1], together)
    return wished


@pytest.mark.parametrize("name", MAKERS)
def test_the_tapes_are_worth_testing_on(name: str) -> None:
    wishes = [wish for seed in range(4) for wished in run(MAKERS[name](), tape(name, seed), Desk(MarketState.RANGING)) for wish in wished]
    if name == "momentum":
        wishes += [wish for wished in run(MAKERS[name](), tape(name, 1), Desk(MarketState.TRENDING)) for wish in wished]
    assert {wish.purpose for wish in wishes} == {Purpose.ENTRY, Purpose.EXIT}


@settings(deadline=None, max_examples=25)
@given(name=st.sampled_from(sorted(MAKERS)), seed=st.integers(0, 1_000), state=st.sampled_from([MarketState.RANGING, MarketState.TRENDING]))
def test_the_same_bars_give_the_same_wishes(name: str, seed: int, state: MarketState) -> None:
    bars = tape(name, seed)
    assert run(MAKERS[name](), bars, Desk(state)) == run(MAKERS[name](), bars, Desk(state))


@settings(deadline=None, max_examples=60)
@given(
    name=st.sampled_from(sorted(MAKERS)),
    seed=st.integers(0, 1_000),
    state=st.sampled_from([MarketState.RANGING, MarketState.TRENDING]),
    cut=st.integers(60, 199),
)
def test_a_restored_strategy_goes_on_as_if_nothing_had_happened(name: str, seed: int, state: MarketState, cut: int) -> None:
    """Made anew from its last `warm_up` bars, with what it holds: every later wish is that of the uninterrupted run."""
    bars, desk = tape(name, seed), Desk(state)
    strategy, restored = MAKERS[name](), MAKERS[name]()
    run(strategy, bars[:cut], desk)
    for together in bars[max(0, cut - restored.warm_up) : cut]:
        for one in together:
            restored.on_bar(one, desk)
    twin = Desk(state)
    twin.quantities, twin.prices = dict(desk.quantities), dict(desk.prices)
    assert run(restored, bars[cut:], twin) == run(strategy, bars[cut:], desk)

"""Mean reversion (R18)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from genesis.core.models import Bar, MarketState, Purpose, Side
from genesis.core.strategy_settings import MeanReversionSettings
from genesis.strategies.base import Wish
from genesis.strategies.hunter.mean_reversion import MeanReversion
from tests.builders import SYMBOL, d
from tests.engine_pure import oracle
from tests.engine_pure.bar_kit import Desk, bar, last_wishes, mandate, walk

UP, DOWN = 1, -1


def mean_reversion(**changes: Any) -> MeanReversion:
    return MeanReversion(mandate(), MeanReversionSettings(**changes))


def swing(last: str, way: int = DOWN, length: int = 60) -> list[Bar]:
    """Bars that swing between 99.8 and 100.2, then one at `last` (mirrored at 100 for the way up)."""
    bars = [bar(index, "100.2" if index % 2 else "99.8") for index in range(length)]
    return [*bars, bar(length, last if way == DOWN else 200 - d(last))]


def slide(last: str, way: int = DOWN) -> list[Bar]:
    """Bars that fall step by step and then jump to `last`: the RSI is at an end of its scale whatever the last bar does."""
    return [bar(index, 100 + way * d(index) / 100) for index in range(60)] + [bar(60, last if way == DOWN else 200 - d(last))]


def wish(bars: list[Bar], desk: Desk | None = None, **changes: Any) -> Wish | None:
    wishes = last_wishes(mean_reversion(**changes), bars, desk or Desk(MarketState.RANGING))
    assert len(wishes) <= 1
    return wishes[0] if wishes else None


@pytest.mark.parametrize(("way", "side"), [(DOWN, Side.BUY), (UP, Side.SELL)])
def test_what_left_its_band_is_expected_back(way: int, side: Side) -> None:
    bars = swing("95", way)
    found = wish(bars)
    assert found is not None
    assert (found.symbol, found.side, found.purpose, found.quantity) == (SYMBOL, side, Purpose.ENTRY, None)
    assert d("0.6") <= found.confidence <= 1
    assert d(found.inputs["lower_band"]) < d(found.inputs["middle_band"]) < d(found.inputs["upper_band"])


@pytest.mark.parametrize("way", [DOWN, UP])
def test_the_stop_lies_two_atr_away(way: int) -> None:
    bars = swing("95", way)
    found = wish(bars)
    assert found is not None
    assert float(found.stop_fraction or 0) == pytest.approx(2 * oracle.atr(bars) / float(bars[-1].close), abs=1e-8)


@pytest.mark.parametrize("way", [DOWN, UP])
@pytest.mark.parametrize(("width", "enters"), [("2", True), ("4.3", True), ("4.4", False)])
def test_it_must_be_outside_the_band(way: int, width: str, enters: bool) -> None:
    """One bar far outside of twenty lies sqrt(19) = 4.36 deviations from their mean at the very most."""
    assert (wish(swing("50", way), band_width=d(width)) is not None) is enters


@pytest.mark.parametrize("way", [DOWN, UP])
def test_two_deviations_are_the_band(way: int) -> None:
    """A last bar between 1.9 and 2 deviations is inside, a bit further out it is not; RSI does not matter in a slide."""
    inside, outside = (next(bars for bars in _ever_further(way) if abs(_deviations(bars)) >= least) for least in (1.9, 2.0))
    assert 1.9 <= abs(_deviations(inside)) < 2 <= abs(_deviations(outside))
    assert wish(inside) is None
    assert wish(outside) is not None


def _ever_further(way: int) -> list[list[Bar]]:
    return [slide(str(d("99.41") - d(step) / 1000), way) for step in range(400)]


def _deviations(bars: list[Bar]) -> float:
    closes = oracle.column(bars[-20:], "close")
    return (closes[-1] - closes.mean()) / closes.std()


@pytest.mark.parametrize(("way", "limit"), [(DOWN, "rsi_low"), (UP, "rsi_high")])
def test_rsi_must_agree(way: int, limit: str) -> None:
    bars = swing("96", way)
    rsi = d(f"{oracle.rsi(bars):.6f}")
    assert (rsi <= 30) if way == DOWN else (rsi >= 70)
    assert wish(bars, **{limit: rsi - way * d("0.001")}) is not None
    assert wish(bars, **{limit: rsi + way * d("0.001")}) is None
    calm = swing("98.6", way)
    assert abs(_deviations(calm)) > 2
    assert 30 < oracle.rsi(calm) < 70
    assert wish(calm) is None


@pytest.mark.parametrize("state", [None, *MarketState])
def test_it_enters_only_in_a_ranging_market(state: MarketState | None) -> None:
    assert (wish(swing("95"), Desk(state)) is not None) is (state is MarketState.RANGING)


def test_it_enters_once() -> None:
    assert wish(swing("95"), Desk(MarketState.RANGING).hold(SYMBOL, 1, 95)) is None


@pytest.mark.parametrize("quantity", [1, -1])
@pytest.mark.parametrize(("beyond", "leaves"), [("0.01", True), ("-0.01", False)])
def test_it_leaves_at_the_middle_band(quantity: int, beyond: str, leaves: bool) -> None:
    """A close at the mean of the nineteen bars before is the middle band of twenty."""
    middle = sum((one.close for one in swing("100")[-20:-1]), Decimal(0)) / 19
    bars = [*swing("100")[:-1], bar(60, middle + quantity * d(beyond))]
    found = wish(bars, Desk(MarketState.TRENDING).hold(SYMBOL, quantity, middle))
    assert (found is not None) is leaves
    if found is not None:
        assert (found.side, found.purpose, found.quantity) == (Side.SELL if quantity > 0 else Side.BUY, Purpose.EXIT, None)


@pytest.mark.parametrize(
    ("quantity", "close", "entry", "leaves"),
    [(1, "98.94", "97", True), (1, "98.94", "97.01", False), (-1, "101.92", "104", True), (-1, "101.92", "103.99", False)],
)
def test_it_leaves_with_a_gain_of_two_per_cent(quantity: int, close: str, entry: str, leaves: bool) -> None:
    """The close has not reached the middle band yet."""
    bars = [*swing("100")[:-1], bar(60, close)]
    assert (wish(bars, Desk(MarketState.RANGING).hold(SYMBOL, quantity, entry)) is not None) is leaves


def test_a_market_that_does_not_move_is_left_alone() -> None:
    assert wish([bar(index, "100") for index in range(120)]) is None


@pytest.mark.parametrize("seed", range(4))
def test_it_wishes_what_the_rule_says_of_all_bars_at_once(seed: int) -> None:
    bars, strategy, desk, wished = walk(seed, 400, pull=0.02), mean_reversion(), Desk(MarketState.RANGING), 0
    for count, one in enumerate(bars, 1):
        (found, *_) = [*strategy.on_bar(one, desk), None]
        side = oracle.mean_reversion(bars[:count]) if count >= 20 else None
        assert (found.side if found is not None else None) is side, count
        wished += found is not None
    assert wished > 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"smoothing_bars": 29}, "parameters.smoothing_bars: expected at least 30, twice both periods, got 29"),
        ({"rsi_low": d(80)}, "parameters.rsi_low: expected less than rsi_high (70), got 80"),
        ({"rsi_high": d(101)}, "parameters.rsi_high: expected at most 100, got 101"),
    ],
)
def test_parameters_that_do_not_fit_are_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError) as refused:
        mean_reversion(**changes)
    assert str(refused.value) == words

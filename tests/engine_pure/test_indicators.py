"""Indicators against what was published, against TA-Lib, and against the same formulas over the whole window at once (numpy)."""

from __future__ import annotations

from decimal import Decimal

import numpy
import pytest
import talib
from hypothesis import given, settings
from hypothesis import strategies as st

from genesis.analytics.returns import Returns, correlation
from genesis.analytics.smoothed import Adx, Atr, Rsi, index_of
from genesis.analytics.windows import Regression, Window, units
from genesis.core.models import Bar
from tests.engine_pure import oracle
from tests.engine_pure.bar_kit import bar, walk

# The worked example of Wilder's RSI that ChartSchool publishes (cs-rsi.xls): closes of QQQQ, and the RSI to two places.
QQQQ = """44.3389 44.0902 44.1497 43.6124 44.3278 44.8264 45.0955 45.4245 45.8433 46.0826 45.8931 46.0328 45.6140 46.2820 46.2820 46.0028
46.0328 46.4116 46.2222 45.6439 46.2122 46.2521 45.7137 46.4515 45.7835 45.3548 44.0288 44.1783 44.2181 44.5672 43.4205 42.6628 43.1314"""
QQQQ_RSI = "70.53 66.32 66.55 69.41 66.36 57.97 62.93 63.26 56.06 62.38 54.71 50.42 39.99 41.46 41.87 45.46 37.30 33.08 37.77"

prices = st.decimals(min_value="0.01", max_value="99999", places=2)
LONG = 600  # so many bars that no average remembers how it began


def columns(bars: list[Bar]) -> tuple[numpy.ndarray, numpy.ndarray, numpy.ndarray]:
    return tuple(numpy.array([float(getattr(bar, name)) for bar in bars]) for name in ("high", "low", "close"))


def test_rsi_is_that_of_the_published_example() -> None:
    rsi, found = Rsi(14, 100), []
    for index, close in enumerate(QQQQ.split()):
        rsi.add(index, float(close))
        found.append(rsi.value)
    assert found[:14] == [None] * 14
    assert [f"{value:.2f}" for value in found[14:]] == QQQQ_RSI.split()


def fed(bars: list[Bar], memory: int) -> tuple[Rsi, Atr, Adx]:
    rsi, atr, adx = Rsi(14, memory), Atr(14, memory), Adx(14, memory)
    for one in bars:
        index, high, low, close = index_of(one), float(one.high), float(one.low), float(one.close)
        rsi.add(index, close)
        atr.add(index, high, low, close)
        adx.add(index, high, low, close)
    return rsi, atr, adx


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("memory", "near"), [(2 * LONG, 1e-9), (200, 3e-2)])
def test_averages_are_those_of_talib(seed: int, memory: int, near: float) -> None:
    """Those that remember everything to the last digits; those that remember 200 bars nearly."""
    bars = walk(seed, LONG)
    high, low, close = columns(bars)
    rsi, atr, adx = fed(bars, memory)
    assert rsi.value == pytest.approx(talib.RSI(close, 14)[-1], rel=near)
    assert atr.value == pytest.approx(talib.ATR(high, low, close, 14)[-1], rel=near)
    assert adx.value == pytest.approx(talib.ADX(high, low, close, 14)[-1], rel=near)
    assert adx.plus == pytest.approx(talib.PLUS_DI(high, low, close, 14)[-1], rel=near)
    assert adx.minus == pytest.approx(talib.MINUS_DI(high, low, close, 14)[-1], rel=near)


@pytest.mark.parametrize(("bars", "known"), [(28, True), (27, False)])
def test_adx_needs_twice_its_period(bars: int, known: bool) -> None:
    _, atr, adx = fed(walk(1, bars), 100)
    assert (adx.value is not None) is known
    assert None not in (atr.value, adx.plus, adx.minus)


@pytest.mark.parametrize("memory", [56, 75, 200])
@pytest.mark.parametrize("length", [60, 131, 300])
def test_averages_are_those_of_the_whole_list_at_once(memory: int, length: int) -> None:
    bars = walk(memory + length, length)
    rsi, atr, adx = fed(bars, memory)
    assert rsi.value == pytest.approx(oracle.rsi(bars, memory))
    assert atr.value == pytest.approx(oracle.atr(bars, memory))
    assert (adx.value, adx.plus, adx.minus) == pytest.approx(oracle.trend(bars, 14, memory))


@pytest.mark.parametrize("seed", range(3))
def test_wilder_averages_follow_his_formulas(seed: int) -> None:
    """TR, +DM, -DM, sums of the first 14, each later one x 13/14 + the new one: the book's own arithmetic, in columns."""
    bars = walk(seed, 60)
    high, low, close = columns(bars)
    up, down = high[1:] - high[:-1], low[:-1] - low[1:]
    ranges = numpy.max([high[1:] - low[1:], abs(high[1:] - close[:-1]), abs(low[1:] - close[:-1])], axis=0)
    plus, minus = numpy.where((up > down) & (up > 0), up, 0), numpy.where((down > up) & (down > 0), down, 0)
    sums = []
    for series in (ranges, plus, minus):
        sums.append([series[:14].sum()])
        for value in series[14:]:
            sums[-1].append(sums[-1][-1] * 13 / 14 + value)
    di_plus, di_minus = 100 * numpy.array(sums[1]) / sums[0], 100 * numpy.array(sums[2]) / sums[0]
    strengths = 100 * abs(di_plus - di_minus) / (di_plus + di_minus)
    adx = strengths[:14].mean()
    for value in strengths[14:]:
        adx = (adx * 13 + value) / 14
    _, atr, measured = fed(bars, 200)
    assert (measured.value, measured.plus, measured.minus) == pytest.approx((adx, di_plus[-1], di_minus[-1]))
    assert atr.value == pytest.approx(sums[0][-1] / 14)


def test_a_market_that_does_not_move_has_no_side() -> None:
    rsi, atr, adx = fed([bar(index, "5") for index in range(50)], 100)
    assert (rsi.value, atr.value, adx.value, adx.plus, adx.minus) == (50, 0, 0, 0, 0)


@settings(deadline=None)
@given(values=st.lists(prices, min_size=1, max_size=60), size=st.integers(1, 30))
def test_windows_are_what_numpy_makes_of_their_last_values(values: list[Decimal], size: int) -> None:
    window = Window(size)
    for count, value in enumerate(values, 1):
        window.add(units(value))
        if count < size:
            assert (window.mean, window.deviation, window.bands(2)) == (None, None, None)
            continue
        last = numpy.array([float(one) for one in values[count - size : count]])
        assert window.mean == pytest.approx(last.mean())
        assert window.deviation == pytest.approx(last.std(), abs=1e-7 * last.max())
        bands = window.bands(2)
        assert bands is not None
        assert bands == pytest.approx((last.mean() - 2 * last.std(), last.mean(), last.mean() + 2 * last.std()), abs=1e-6 * last.max())


def test_bollinger_bands_are_those_of_talib() -> None:
    closes = [bar.close for bar in walk(3, 200)]
    window = Window(20)
    for close in closes:
        window.add(units(close))
    upper, middle, lower = talib.BBANDS(numpy.array([float(close) for close in closes]), 20, 2.0, 2.0)
    assert window.bands(2) == pytest.approx((lower[-1], middle[-1], upper[-1]))


@settings(deadline=None)
@given(pairs=st.lists(st.tuples(prices, prices), min_size=3, max_size=60), size=st.integers(3, 30))
def test_regressions_are_what_numpy_makes_of_their_last_pairs(pairs: list[tuple[Decimal, Decimal]], size: int) -> None:
    regression = Regression(size)
    for x, y in pairs:
        regression.add(units(x), units(y))
    if len(pairs) < size:
        assert (regression.slope, regression.correlation, regression.z) == (None, None, None)
        return
    x, y = (numpy.array([float(pair[side]) for pair in pairs[-size:]]) for side in (0, 1))
    if len(set(x)) == 1 or len(set(y)) == 1:
        assert regression.correlation is None
        return
    slope, constant = numpy.linalg.lstsq(numpy.column_stack([x, numpy.ones(size)]), y, rcond=None)[0]
    residuals = y - constant - slope * x
    assert regression.slope == pytest.approx(slope, rel=1e-5, abs=1e-9 * abs(y).max())
    assert regression.correlation == pytest.approx(numpy.corrcoef(x, y)[0, 1], abs=1e-5)
    if residuals.std() > 1e-4 * abs(y).max() and regression.z is not None:
        assert regression.z == pytest.approx(residuals[-1] / residuals.std(), abs=1e-3)


def test_a_perfect_fit_has_a_slope_and_no_deviation() -> None:
    regression = Regression(5)
    for x in range(5):
        regression.add(x, 3 * x + 7)
    assert (regression.slope, regression.correlation, regression.z) == (3.0, 1.0, None)


@settings(deadline=None)
@given(before=st.lists(prices, max_size=60), last=st.lists(prices, min_size=20, max_size=20))
def test_only_the_last_values_count_to_the_last_bit(before: list[Decimal], last: list[Decimal]) -> None:
    """What a restart relies on: fed with the same last bars, every indicator has the very same value."""
    fresh, old = _everything(last, len(before)), _everything([*before, *last], 0)
    assert fresh == old


def _everything(closes: list[Decimal], first: int) -> tuple[object, ...]:
    window, regression, rsi, atr, adx = Window(20), Regression(20), Rsi(5, 20), Atr(5, 20), Adx(5, 20)
    for index, close in enumerate(closes, first):
        price = float(close)
        window.add(units(close))
        regression.add(units(close), units(close) % 977)
        rsi.add(index, price)
        atr.add(index, price * 1.01, price * 0.99, price)
        adx.add(index, price * 1.01, price * 0.99, price)
    found = (window.mean, window.deviation, regression.slope, regression.correlation, regression.z)
    return (*found, rsi.value, atr.value, adx.value, adx.plus, adx.minus)


class TestCorrelationOfReturns:
    """R10."""

    @pytest.mark.parametrize("seed", range(5))
    def test_it_is_that_of_numpy(self, seed: int) -> None:
        first, second = walk(seed, 140), walk(seed + 100, 140)
        a, b = Returns(100), Returns(100)
        for one, other in zip(first, second, strict=True):
            a.add(one.close_ms, one.close)
            b.add(other.close_ms, other.close)
        moves = [numpy.diff(numpy.log([float(bar.close) for bar in bars[-101:]])) for bars in (first, second)]
        assert correlation(a, b) == pytest.approx(numpy.corrcoef(*moves)[0, 1])

    def test_it_looks_at_returns_and_not_at_prices(self) -> None:
        """Two markets that both rise all day, but never in the same minute."""
        a, b, up_a, up_b = Returns(10), Returns(10), 100.0, 100.0
        for index in range(11):
            up_a, up_b = up_a * (1.01 if index % 2 else 1.001), up_b * (1.001 if index % 2 else 1.01)
            a.add(index, Decimal(f"{up_a:.8f}"))
            b.add(index, Decimal(f"{up_b:.8f}"))
        assert correlation(a, b) == pytest.approx(-1, abs=1e-6)

    def test_one_that_is_a_bar_behind_is_compared_over_the_same_bars(self) -> None:
        bars = walk(7, 40)
        a, b = Returns(20), Returns(20)
        for one in bars:
            a.add(one.close_ms, one.close)
        for one in bars[:-1]:
            b.add(one.close_ms, one.close)
        assert correlation(a, b) == pytest.approx(1)
        c = Returns(20)
        for one in bars[:-2]:
            c.add(one.close_ms, one.close)
        assert correlation(a, c) is None

    def test_nothing_is_known_of_a_market_without_bars_or_without_moves(self) -> None:
        bars = walk(7, 40)
        a, flat = Returns(20), Returns(20)
        for one in bars:
            a.add(one.close_ms, one.close)
            flat.add(one.close_ms, Decimal(5))
        assert correlation(a, flat) is None
        assert correlation(a, Returns(20)) is None

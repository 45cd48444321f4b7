"""The measures against values that were computed by hand, and by what must hold for any curve."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genesis.backtesting import metrics
from genesis.core import money

money.install_context()
D = Decimal
CURVE = [D(100), D(120), D(90), D(108), D(99)]
"""Returns 0.2, -0.25, 0.2, -0.08333...; peak 120, trough 90."""
EQUITIES = st.lists(st.decimals(min_value=1, max_value=10**6, places=2), min_size=1, max_size=40)
RESULTS = st.lists(st.decimals(min_value=-(10**6), max_value=10**6, places=2), max_size=40)


def near(value: Decimal | None, expected: str) -> bool:
    assert value is not None
    return abs(value - D(expected)) < D("1e-9")


def test_drawdown_is_the_fall_from_the_peak_over_the_peak() -> None:
    assert metrics.max_drawdown(CURVE) == D("0.25")


def test_a_later_higher_peak_does_not_hide_an_earlier_fall() -> None:
    assert metrics.max_drawdown([D(100), D(50), D(200), D(150)]) == D("0.5")


def test_a_rising_curve_has_no_drawdown() -> None:
    assert metrics.max_drawdown([D(1), D(2), D(3)]) == 0


def test_sharpe_of_four_daily_returns() -> None:
    """Returns 0.01, 0.03, -0.02, 0.02: mean 0.01, deviations 0, 0.02, -0.03, 0.01, squares add to 0.0014, over 3:
    0.01 / sqrt(0.0014 / 3) x sqrt(365) = 0.01 x sqrt(782142.857142...)."""
    values = [D("0.01"), D("0.03"), D("-0.02"), D("0.02")]
    assert near(metrics.sharpe(values, D(365)), "8.843884085303567")


def test_sharpe_takes_the_risk_free_return_off_every_period() -> None:
    """The same returns, rf 0.73 a year = 0.002 a day: 0.008 x sqrt(782142.857142...)."""
    values = [D("0.01"), D("0.03"), D("-0.02"), D("0.02")]
    assert near(metrics.sharpe(values, D(365), D("0.73")), "7.075107268242854")


def test_sortino_counts_what_falls_short_only() -> None:
    """Downside squares 0.0004 over 4 periods: root 0.01; 0.01 / 0.01 x sqrt(365) = 19.1049731745."""
    values = [D("0.01"), D("0.03"), D("-0.02"), D("0.02")]
    assert near(metrics.sortino(values, D(365)), "19.104973174543")


def test_calmar_is_the_annual_return_over_the_drawdown() -> None:
    assert metrics.calmar(D("0.5"), D("0.25")) == 2
    assert metrics.calmar(D("0.5"), D(0)) is None


def test_annual_return_is_compounded() -> None:
    """1.1 in half a year is 1.21 in a whole one."""
    assert near(metrics.annual_return(D(100), D(110), metrics.YEAR_MS // 2), "0.21")


def test_less_than_a_day_is_no_annual_return() -> None:
    assert metrics.annual_return(D(100), D(110), 86_399_999) is None


def test_profit_factor_is_won_over_lost() -> None:
    assert metrics.profit_factor([D(30), D(-10), D(15), D(-5), D(0)]) == 3
    assert metrics.profit_factor([D(30)]) is None
    assert metrics.profit_factor([]) is None


def test_win_rate_counts_a_result_of_nothing_as_no_win() -> None:
    assert metrics.win_rate([D(1), D(-1), D(0), D(2)]) == D("0.5")
    assert metrics.win_rate([]) is None


def test_what_is_not_defined_is_none_and_never_infinite() -> None:
    assert metrics.sharpe([D("0.1")], D(365)) is None
    assert metrics.sharpe([D("0.1"), D("0.1")], D(365)) is None
    assert metrics.sortino([D("0.1")], D(365)) is None


@given(EQUITIES)
def test_drawdown_lies_between_nothing_and_everything(curve: list[Decimal]) -> None:
    """Against the definition, pair by pair."""
    expected = max([(peak - low) / peak for index, peak in enumerate(curve) for low in curve[index:]], default=D(0))
    assert metrics.max_drawdown(curve) == expected
    assert 0 <= expected < 1


@given(EQUITIES, st.integers(2, 1_000))
def test_measures_of_returns_do_not_know_the_currency(curve: list[Decimal], factor: int) -> None:
    scaled = [value * factor for value in curve]
    assert metrics.max_drawdown(scaled) == pytest.approx(metrics.max_drawdown(curve))
    before, after = (metrics.sharpe(metrics.returns(each), D(365)) for each in (curve, scaled))
    assert (before is None) == (after is None)
    assert before is None or after is None or abs(before - after) < D("1e-20") * max(abs(before), D(1))


@given(EQUITIES)
def test_growth_is_the_product_of_the_returns(curve: list[Decimal]) -> None:
    grown = curve[0]
    for value in metrics.returns(curve):
        grown *= 1 + value
    assert abs(grown - curve[-1]) < D("1e-30") * curve[-1]


@given(RESULTS)
def test_profit_factor_above_one_is_a_profit(results: list[Decimal]) -> None:
    factor = metrics.profit_factor(results)
    if factor is not None:
        assert (factor > 1) == (sum(results) > 0)


@given(RESULTS)
def test_win_rate_of_the_mirrored_trades_adds_up(results: list[Decimal]) -> None:
    rate, mirrored = metrics.win_rate(results), metrics.win_rate([-value for value in results])
    if rate is not None and mirrored is not None:
        assert abs(rate + mirrored + D(results.count(D(0))) / len(results) - 1) < D("1e-40")

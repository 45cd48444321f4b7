"""Spread, depth, liquidity and imbalance of a book."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genesis.analytics.book_metrics import BookMetrics, imbalance, measure
from genesis.core.money import truncate8
from tests.builders import d


def side(*levels: str) -> list[tuple[Decimal, Decimal]]:
    """Levels such as "99.5x2"."""
    return [(d(price), d(quantity)) for price, quantity in (level.split("x") for level in levels)]


BIDS, ASKS = side("99.9x1", "99.5x2", "99x4"), side("100.1x3", "100.5x1", "101x8")


def test_the_metrics_of_a_book() -> None:
    assert measure(BIDS, ASKS, within_bps=d(50), levels=2) == BookMetrics(
        spread=d("0.2"),
        spread_bps=d(20),
        bid_depth=d(3),
        ask_depth=d(4),
        bid_liquidity=d("298.9"),
        ask_liquidity=d("400.8"),
        imbalance=truncate8(d(-1) / d(7)),
    )


@pytest.mark.parametrize(("bids", "asks"), [([], ASKS), (BIDS, []), ([], [])])
def test_half_a_book_has_no_metrics(bids: list[tuple[Decimal, Decimal]], asks: list[tuple[Decimal, Decimal]]) -> None:
    assert measure(bids, asks, within_bps=d(50), levels=2) is None


def test_imbalance_is_between_only_sellers_and_only_buyers() -> None:
    assert (imbalance([], ASKS), imbalance(BIDS, []), imbalance([], []), imbalance(BIDS, BIDS)) == (-1, 1, 0, 0)


gaps = st.lists(st.tuples(st.decimals("0.01", 2, places=2), st.decimals("0.001", 50, places=3)), min_size=1, max_size=20)


@settings(deadline=None)
@given(below=gaps, above=gaps, bps=st.integers(1, 500))
def test_depth_is_the_sum_over_the_levels_in_the_band(
    below: list[tuple[Decimal, Decimal]], above: list[tuple[Decimal, Decimal]], bps: int
) -> None:
    bids, asks, low, high = [], [], d(100), d(100)
    for gap, quantity in below:
        low -= gap
        bids.append((low, quantity))
    for gap, quantity in above:
        high += gap
        asks.append((high, quantity))
    found = measure(bids, asks, within_bps=d(bps), levels=5)
    assert found is not None
    middle = (bids[0][0] + asks[0][0]) / 2
    near = [(price, quantity) for price, quantity in (*bids, *asks) if abs(price - middle) * 10_000 <= middle * bps]
    assert found.bid_depth + found.ask_depth == sum(quantity for _, quantity in near)
    assert found.bid_liquidity + found.ask_liquidity == sum(price * quantity for price, quantity in near)

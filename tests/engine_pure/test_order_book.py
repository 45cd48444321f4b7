"""The local book's documented rules, and its agreement with a naive book (R25, X29, X30)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genesis.core.order_book import Applied, BookError, Fault, OrderBook


def book() -> OrderBook:
    made = OrderBook()
    made.apply_snapshot(100, [["99.00", "1.0"], ["98.5", "2"]], [["101", "1.50"], ["102", "3"]])
    return made


def test_a_snapshot_is_the_book() -> None:
    assert book().depth_text() == ([("99", "1"), ("98.5", "2")], [("101", "1.5"), ("102", "3")])
    assert book().best() == ((Decimal(99), Decimal(1)), (Decimal(101), Decimal("1.5")))
    assert book().depth_text(1) == ([("99", "1")], [("101", "1.5")])
    assert book().update_id == 100


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (90, 99, Applied.IGNORED),
        (90, 100, Applied.IGNORED),
        (90, 101, Applied.APPLIED),
        (100, 105, Applied.APPLIED),
        (101, 101, Applied.APPLIED),
        (102, 102, Applied.GAP),
        (106, 110, Applied.GAP),
    ],
)
def test_the_ids_of_a_diff_decide(first: int, last: int, expected: Applied) -> None:
    made = book()
    assert made.apply_diff(first, last, [["99", "7"]], []) is expected
    if expected is Applied.APPLIED:
        assert made.update_id == last
        assert made.depth_text()[0][0] == ("99", "7")
    if expected is Applied.IGNORED:
        assert made.depth_text() == book().depth_text()
    if expected is Applied.GAP:
        assert not made.synchronised
        assert made.best() is None
        with pytest.raises(AssertionError, match="snapshot"):
            made.apply_diff(103, 103, [], [])


def test_quantity_zero_removes_and_unknown_removals_do_nothing() -> None:
    made = book()
    made.apply_diff(101, 101, [["99", "0.00"], ["50", "0"]], [["101.00", "0"]])
    assert made.depth_text() == ([("98.5", "2")], [("102", "3")])


def test_one_empty_side_has_no_best() -> None:
    made = book()
    made.apply_diff(101, 101, [["99", "0"], ["98.5", "0"]], [])
    assert made.best() is None
    assert made.synchronised


@pytest.mark.parametrize(
    ("bids", "asks", "why"),
    [
        ([["101", "1"]], [], "best bid < best ask"),
        ([["101.5", "1"]], [], "best bid < best ask"),
        ([["0", "1"]], [], "price > 0"),
        ([["-1", "1"]], [], "price > 0"),
        ([["1", "-1"]], [], "quantity >= 0"),
        ([["1e5", "1"]], [], "plain decimal"),
        ([["NaN", "1"]], [], "plain decimal"),
        ([["1"]], [], "level"),
        ([[1.5, 2]], [], "level"),
    ],
)
def test_impossible_levels_empty_the_book(bids: list[list[str]], asks: list[list[str]], why: str) -> None:
    made = book()
    with pytest.raises(BookError, match=why):
        made.apply_diff(101, 101, bids, asks)
    assert made.best() is None
    assert not made.synchronised
    made = book()
    with pytest.raises(BookError, match=why):
        made.apply_snapshot(1, bids, [["101", "1"]])
    assert not made.synchronised


@pytest.mark.parametrize(("first", "last"), [(6, 5), (9, 7)])
def test_ids_out_of_order_are_impossible(first: int, last: int) -> None:
    made = OrderBook()
    made.apply_snapshot(5, [], [])
    with pytest.raises(BookError, match="first update id <= last") as caught:
        made.apply_diff(first, last, [], [])
    assert caught.value.fault is Fault.WRONG_ORDER
    assert not made.synchronised


@pytest.mark.parametrize(
    ("bids", "asks"),
    [
        ([["98", "1"], ["99", "1"]], [["101", "1"]]),
        ([["99", "1"], ["99", "2"]], [["101", "1"]]),
        ([["99", "1"]], [["102", "1"], ["101", "1"]]),
        ([["99", "1"]], [["101", "1"], ["101.00", "1"]]),
    ],
)
def test_a_snapshot_lists_the_best_first_and_each_price_once(bids: list[list[str]], asks: list[list[str]]) -> None:
    made = book()
    with pytest.raises(BookError, match="best first") as caught:
        made.apply_snapshot(101, bids, asks)
    assert caught.value.fault is Fault.WRONG_ORDER
    assert not made.synchronised


LEVELS = st.lists(st.tuples(st.integers(1, 40), st.integers(0, 5)), max_size=12)


@given(LEVELS, LEVELS, st.lists(st.tuples(LEVELS, LEVELS), max_size=8))
def test_equals_a_naive_book(
    bids: list[tuple[int, int]],
    asks: list[tuple[int, int]],
    diffs: list[tuple[list[tuple[int, int]], list[tuple[int, int]]]],
) -> None:
    naive: tuple[dict[int, int], dict[int, int]] = ({}, {})
    made = OrderBook()

    def snapshot(levels: list[tuple[int, int]], shift: int) -> list[list[str]]:
        kept = [(price, quantity) for price, quantity in dict(levels).items() if quantity]
        return texts(sorted(kept, reverse=shift == 0), shift)

    def texts(levels: list[tuple[int, int]], shift: int) -> list[list[str]]:
        return [[f"{price + shift}.00", f"{quantity}.0"] for price, quantity in levels]

    for number, (more_bids, more_asks) in enumerate([(bids, asks), *diffs]):
        for side, levels, shift in ((naive[0], more_bids, 0), (naive[1], more_asks, 100)):
            side.update({price + shift: quantity for price, quantity in levels})
        if number == 0:
            made.apply_snapshot(1, snapshot(more_bids, 0), snapshot(more_asks, 100))
        else:
            assert made.apply_diff(number + 1, number + 1, texts(more_bids, 0), texts(more_asks, 100)) is Applied.APPLIED
    expected_bids = [(p, q) for p, q in sorted(naive[0].items(), reverse=True) if q]
    expected_asks = [(p, q) for p, q in sorted(naive[1].items()) if q]
    assert made.depth() == (expected_bids, expected_asks)

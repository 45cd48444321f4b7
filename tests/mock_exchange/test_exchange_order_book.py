"""The order book by itself: queues, levels, icebergs, and a cost that does not grow with the book (binance-spot 1.5, issue 3)."""

from __future__ import annotations

import random

import pytest

from libraries.mock_exchange.core.order_book import OrderBook, Resting, Side
from libraries.mock_exchange.core.price_ladder import PriceLadder


def rest(book: OrderBook[str], number: int, side: Side, price: int, quantity: int, peak: int = 0, holder: str = "") -> None:
    shown = min(peak or quantity, quantity)
    book.add(Resting(number, side, price, quantity, shown, peak, holder, f"order {number}"))


def took(book: OrderBook[str], side: Side, limit: int | None, quantity: int, avoid: str | None = None) -> list[tuple[int, int]]:
    return [(maker.order_id, taken) for maker, taken in book.take(side, limit, quantity, avoid)]


def test_the_best_price_trades_first_and_the_older_order_of_a_price() -> None:
    book: OrderBook[str] = OrderBook()
    for number, price in enumerate((102, 101, 101, 103), start=1):
        rest(book, number, "SELL", price, 5)
    assert took(book, "BUY", 102, 12) == [(2, 5), (3, 5), (1, 2)]
    assert (book.asks.top(), book.crosses("BUY", 102), book.crosses("BUY", 101)) == ([(102, 3), (103, 5)], True, False)


def test_a_limit_is_not_passed_and_none_is_no_limit() -> None:
    book: OrderBook[str] = OrderBook()
    rest(book, 1, "BUY", 99, 5)
    rest(book, 2, "BUY", 90, 5)
    assert took(book, "SELL", 95, 10) == [(1, 5)]
    assert took(book, "SELL", None, 10) == [(2, 5)]
    assert (book.bids.best, book.orders) == (None, {})


def test_a_cancelled_order_neither_trades_nor_counts() -> None:
    book: OrderBook[str] = OrderBook()
    for number in range(1, 201):
        rest(book, number, "SELL", 100, 1)
    for number in range(2, 200):
        assert book.cancel(number) is not None
    assert (book.cancel(2), book.asks.top(), len(book.asks.levels[100].queue) < 100) == (None, [(100, 2)], True)
    assert took(book, "BUY", 100, 5) == [(1, 1), (200, 1)]


def test_an_iceberg_comes_behind_the_others_with_each_part() -> None:
    book: OrderBook[str] = OrderBook()
    rest(book, 1, "SELL", 100, 5, peak=2)
    rest(book, 2, "SELL", 100, 2)
    assert (book.shown_at("SELL", 100), book.asks.levels[100].hidden) == (4, 3)
    assert took(book, "BUY", 100, 9) == [(1, 2), (2, 2), (1, 2), (1, 1)]


def test_it_stops_before_an_order_of_the_avoided_holder() -> None:
    book: OrderBook[str] = OrderBook()
    rest(book, 1, "SELL", 100, 1, holder="b")
    rest(book, 2, "SELL", 101, 1, holder="a")
    assert took(book, "BUY", 105, 5, avoid="a") == [(1, 1)]
    own = book.within_reach("BUY", 105)
    assert own is not None
    assert (own.order_id, book.within_reach("BUY", 100)) == (2, None)


def test_an_order_that_shrinks_keeps_its_place() -> None:
    book: OrderBook[str] = OrderBook()
    rest(book, 1, "SELL", 100, 9, peak=3)
    rest(book, 2, "SELL", 100, 1)
    book.shrink(1, 4)
    assert (book.shown_at("SELL", 100), book.asks.levels[100].hidden) == (4, 1)
    book.shrink(1, 2)
    assert (book.shown_at("SELL", 100), book.asks.levels[100].hidden, took(book, "BUY", 100, 1)) == (3, 0, [(1, 1)])


def test_a_ladder_of_many_prices_stays_sorted() -> None:
    dice = random.Random(5)
    ladder, known = PriceLadder(), set[int]()
    for _ in range(20_000):
        key = dice.randrange(-6_000, 6_000)
        if key in known:
            ladder.remove(key)
            known.remove(key)
        else:
            ladder.add(key)
            known.add(key)
    assert list(ladder.descending()) == sorted(known, reverse=True)
    for key in sorted(known, reverse=True):
        assert ladder.greatest() == key
        ladder.remove(key)
    assert ladder.greatest() is None


@pytest.mark.parametrize("seed", range(5))
def test_random_commands_give_what_sorted_lists_give(seed: int) -> None:
    dice = random.Random(seed)
    book: OrderBook[str] = OrderBook()
    plain: dict[Side, list[list[int]]] = {"BUY": [], "SELL": []}  # [price, number, quantity] in the order in which they came
    for number in range(1, 3_000):
        side: Side = dice.choice(("BUY", "SELL"))
        price, quantity = dice.randint(90, 110), dice.randint(1, 9)
        if dice.random() < 0.3:
            target = dice.randrange(number)
            book.cancel(target)
            for orders in plain.values():
                orders[:] = [each for each in orders if each[1] != target]
            continue
        fills = took(book, side, price, quantity)
        assert fills == _plain_take(plain["SELL" if side == "BUY" else "BUY"], side, price, quantity)
        left = quantity - sum(taken for _, taken in fills)
        if left:
            rest(book, number, side, price, left)
            plain[side].append([price, number, left])
    assert sum(quantity for _, quantity in book.bids.top()) == sum(each[2] for each in plain["BUY"])
    assert [price for price, _ in book.asks.top(3)] == sorted({each[0] for each in plain["SELL"]})[:3]


def _plain_take(orders: list[list[int]], side: Side, limit: int, quantity: int) -> list[tuple[int, int]]:
    fills: list[tuple[int, int]] = []
    for order in sorted(orders, key=lambda each: each[0] if side == "BUY" else -each[0]):
        reached = order[0] <= limit if side == "BUY" else order[0] >= limit
        if quantity and reached:
            taken = min(quantity, order[2])
            order[2] -= taken
            quantity -= taken
            fills.append((order[1], taken))
    orders[:] = [each for each in orders if each[2]]
    return fills


def test_a_command_visits_as_many_levels_in_a_large_book_as_in_a_small_one() -> None:
    """The cost is counted, not timed: how much of the ladder an added and cancelled level moves."""
    ladder = PriceLadder()
    for key in range(0, 400_000, 2):
        ladder.add(key)
    assert max(len(chunk) for chunk in ladder._chunks) <= 1_024
    assert len(ladder._starts) < 1_024

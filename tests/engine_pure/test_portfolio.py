"""Position arithmetic against hand-computed tables, and its identities (R6, R31, I03, I04)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genesis.core import money
from genesis.core.models import OrderType, Side
from genesis.core.portfolio import (
    Holding,
    balance_changes,
    book,
    buy_back_quantity,
    is_dust,
    moved,
    reservation,
    reserved_at_start,
    stop_price,
    stop_reached,
    unrealised,
)
from tests.builders import Amount, d, fill, holding, order, position, rules

BUY, SELL = Side.BUY, Side.SELL

# (name, start, [(side, quantity, price, fee, fee asset)], quantity, cost, realised): worked out by hand.
TABLE = [
    ("a buy pays its fee in base", (0, 0), [(BUY, 1, 100, "0.001", "BTC")], "0.999", "100", "0"),
    (
        "bought twice, sold whole: all of the cost leaves",
        (0, 0),
        [(BUY, 1, 100, "0.001", "BTC"), (BUY, 1, 110, "0.001", "BTC"), (SELL, "1.998", 120, "0.23976", "USDT")],
        "0",
        "0",
        "29.52024",  # 239.76 - 0.23976 - 210
    ),
    (
        "a part is sold: cost removed is truncated to 8 places",
        (0, 0),
        [(BUY, 3, 100, "0.003", "BTC"), (SELL, 1, 101, "0.101", "USDT")],
        "1.997",
        "199.89989990",  # 300 - truncate8(300 / 2.997) = 300 - 100.10010010
        "0.79889990",  # 101 - 0.101 - 100.10010010
    ),
    ("a sale below the target is a short at its net proceeds", (0, 0), [(SELL, 1, 100, "0.1", "USDT")], "-1", "99.9", "0"),
    (
        "a short bought back with the fee grossed up: 1.002 - 0.001002 = 1.000998",
        (0, 0),
        [(SELL, 1, 100, "0.1", "USDT"), (BUY, "1.002", 98, "0.001002", "BTC")],
        "0.000998",
        "0.09790191",  # 98.196 - truncate8(98.196 / 1.000998) = 98.196 - 98.09809809
        "1.80190191",  # 99.9 - 98.09809809
    ),
    ("a loss of a short", (0, 0), [(SELL, 1, 100, "0", "USDT"), (BUY, 1, 102, "0", "BTC")], "0", "0", "-2"),
    (
        "a long is sold through zero: the quote is split in proportion",
        (2, 200),
        [(SELL, 3, 110, "0.33", "USDT")],
        "-1",
        "109.89",  # 329.67 - truncate8(329.67 x 2 / 3) = 329.67 - 219.78
        "19.78",  # 219.78 - 200
    ),
    (
        "a short is bought through zero",
        (-1, 100),
        [(BUY, 3, 90, "0", "BTC")],
        "2",
        "180",  # 270 - 90
        "10",
    ),
    ("a fee in a third asset touches no position", (0, 0), [(BUY, 1, 100, "0.01", "BNB")], "1", "100", "0"),
    ("a buy whose fee is in quote costs it", (0, 0), [(BUY, 1, 100, "0.1", "USDT")], "1", "100.1", "0"),
    ("a sale whose fee is in base takes it", (1, 100), [(SELL, "0.5", 100, "0.0005", "BTC")], "0.4995", "49.95", "-0.05"),
]


@pytest.mark.parametrize(("name", "start", "fills", "quantity", "cost", "realised"), TABLE, ids=[row[0] for row in TABLE])
def test_hand_computed(
    name: str,
    start: tuple[int, int],
    fills: list[tuple[Side, Amount, Amount, Amount, str]],
    quantity: str,
    cost: str,
    realised: str,
) -> None:
    held = holding(*start)
    for number, (side, amount, price, fee, asset) in enumerate(fills, 1):
        held = book(held, *moved(fill(number, side, amount, price, fee, asset), "BTC", "USDT"))
    assert held.quantity == d(quantity)
    assert held.cost == d(cost), held
    assert held.realised == d(realised), held


AMOUNTS = st.decimals(min_value="0.00000001", max_value="100000", places=8)
MOVES = st.lists(st.tuples(st.sampled_from([BUY, SELL]), AMOUNTS, AMOUNTS), max_size=30)


@given(MOVES)
def test_nothing_is_lost_or_created(moves: list[tuple[Side, Decimal, Decimal]]) -> None:
    """Long: cost - realised = money put in. Short: realised + cost = money taken out. Cost is never below 0."""
    held, spent, quantity = Holding(), Decimal(0), Decimal(0)
    for side, base, quote in moves:
        sign = 1 if side is BUY else -1
        held = book(held, sign * base, quote)
        spent += sign * quote
        quantity += sign * base
        assert held.quantity == quantity
        assert held.cost >= 0
        assert held.cost == 0 or held.quantity != 0
        signed_cost = held.cost if held.quantity > 0 else -held.cost
        assert held.realised == signed_cost - spent
    flat = book(held, -held.quantity, Decimal(0)) if held.quantity else held
    assert (flat.quantity, flat.cost, flat.realised) == (0, 0, -spent)


@pytest.mark.parametrize(
    ("quantity", "cost", "tick", "expected"),
    [
        ("1", "100", "0.01", "98"),
        ("0.999", "100", "0.01", "98.10"),  # 98.0980980... up: towards the entry
        ("1", "100.001", "0.01", "98.01"),
        ("-1", "100", "0.01", "102"),
        ("-1", "99.9", "0.01", "101.89"),  # 101.898 down: towards the entry
        ("3", "100", "0.01", "32.67"),  # 32.666...
        ("1", "100", "0", "98"),
        ("0", "0", "0.01", None),
    ],
)
def test_stop_price(quantity: str, cost: str, tick: str, expected: str | None) -> None:
    assert stop_price(d(quantity), d(cost), d("0.02"), d(tick)) == (d(expected) if expected is not None else None)


@pytest.mark.parametrize(
    ("quantity", "stop", "bid", "ask", "trigger"),
    [
        ("1", "98", "98.01", "98.02", None),
        ("1", "98", "98", "98.01", "98"),
        ("1", "98", "97", "120", "97"),
        ("-1", "102", "101", "101.99", None),
        ("-1", "102", "101", "102", "102"),
        ("0", "98", "1", "200", None),
    ],
)
def test_stop_reached(quantity: str, stop: str, bid: str, ask: str, trigger: str | None) -> None:
    assert stop_reached(d(quantity), d(stop), d(bid), d(ask)) == (d(trigger) if trigger is not None else None)


@pytest.mark.parametrize(
    ("quantity", "price", "dust"),
    [
        ("0", "100", False),
        ("0.000009", "1000000", True),
        ("-0.000009", "1000000", True),
        ("0.05", "100", False),
        ("0.04999", "100", True),
        ("-0.04999", "100", True),
    ],
)
def test_dust(quantity: str, price: str, dust: bool) -> None:
    assert is_dust(d(quantity), d(price), rules()) is dust


@given(st.decimals(min_value="0.00001", max_value="1000", places=8), st.sampled_from(["0", "0.00075", "0.001", "0.01"]))
def test_a_buy_back_covers_the_need_and_reverses_less_than_a_step(need: Decimal, fee: str) -> None:
    step = d("0.00001")
    quantity = buy_back_quantity(need, d(fee), step)
    received = quantity - money.truncate8(quantity * d(fee))
    assert quantity % step == 0
    assert need <= received < need + step + d("0.00000001")


def test_a_buy_back_without_step_is_exact() -> None:
    assert buy_back_quantity(d("0.999"), d("0.001"), d(0)) == d(1)


def test_reservations() -> None:
    assert reserved_at_start(BUY, OrderType.LIMIT, d("0.123456789"), d("3"), d("0.01")) == d("0.37037036")
    assert reserved_at_start(BUY, OrderType.MARKET, d(1), d(100), d("0.01")) == d(101)
    assert reserved_at_start(SELL, OrderType.MARKET, d(2), d(100), d("0.01")) == d(2)
    buy = order(price=d("100"), quantity=2)
    assert reservation(buy, d("0.5")) == d(50)
    assert reservation(order(side=SELL, quantity=2), d("0.5")) == d("0.5")
    market = order(order_type=OrderType.MARKET, price=None, reserved=d(101))
    assert reservation(market, d("0.5")) == d(101)


def test_balance_changes() -> None:
    bought = fill(1, BUY, 1, 100, "0.001", "BTC")
    assert balance_changes(bought, "BTC", "USDT") == [("BTC", 1), ("USDT", -100), ("BTC", d("-0.001"))]
    sold = fill(1, SELL, 1, 100, "0.1", "BNB")
    assert balance_changes(sold, "BTC", "USDT") == [("BTC", -1), ("USDT", 100), ("BNB", d("-0.1"))]


def test_unrealised() -> None:
    assert unrealised(position("0.999", "100"), d("110")) == d("9.89")
    assert unrealised(position("-1", "99.9"), d("110")) == d("-10.1")


def test_shown_never_shows_a_loss_smaller() -> None:
    assert money.shown(d("1.239")) == d("1.23")
    assert money.shown(d("-1.231")) == d("-1.24")

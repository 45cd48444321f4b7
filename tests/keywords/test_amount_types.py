"""Amounts as arguments: exact, from text only, and an error that says what to write instead (I06)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libraries.common.amounts import plain, positive, to_asset_amount, to_money, to_price, to_quantity
from libraries.common.errors import WrongArgument


@pytest.mark.parametrize(
    ("written", "meant"),
    [("100.25", "100.25"), ("0.50", "0.5"), ("-1", "-1"), (7, "7"), (Decimal("1E-8"), "0.00000001"), ("0.12345678", "0.12345678")],
)
def test_a_plain_decimal_is_read_exactly(written: object, meant: str) -> None:
    assert plain(to_price(written)) == meant


@pytest.mark.parametrize(
    ("written", "part"),
    [
        (0.1, "got float 0.1; write 0.1 not ${0.1}"),
        (None, "got ${None}; was a variable meant that holds nothing?"),
        (True, "got ${True}"),
        ("", "got an empty text"),
        ("1,000.50", "write '1000.50': a point before the decimals"),
        ("1e-3", "write '0.001': no scientific notation"),
        ("1E5", "write '100000': no scientific notation"),
        ("+5", "write '5'"),
        (" 5", "write '5'"),
        ("NaN", "a plain decimal number is needed"),
        ("Infinity", "a plain decimal number is needed"),
        ("1.", "a plain decimal number is needed"),
        (".5", "a plain decimal number is needed"),
        ("--1", "a plain decimal number is needed"),
        ("٣", "a plain decimal number is needed"),
        ("0.123456789", "at most 8 decimal places, got 0.123456789 with 9"),
        ("1" * 41, "a text of 41 characters; the longest is 40"),
    ],
)
def test_anything_else_is_refused_in_words(written: object, part: str) -> None:
    with pytest.raises(WrongArgument) as refusal:
        to_quantity(written)
    assert "quantity must be text such as 0.5" in str(refusal.value)
    assert part in str(refusal.value)


def test_money_has_room_for_a_product_of_price_and_quantity() -> None:
    assert plain(to_money("0.1234567890123456")) == "0.1234567890123456"


@given(st.decimals(min_value=Decimal("-1E12"), max_value=Decimal("1E12"), places=8))
def test_canonical_text_comes_back_as_the_same_amount(amount: Decimal) -> None:
    assert to_money(plain(amount)) == amount
    assert "E" not in plain(amount)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_no_float_passes(value: float) -> None:
    with pytest.raises(WrongArgument, match="got float"):
        to_price(value)


@pytest.mark.parametrize("amount", ["0", "0.00", "-0.1"])
def test_an_action_needs_an_amount_above_zero(amount: str) -> None:
    with pytest.raises(WrongArgument, match="qty must be above 0, got"):
        positive(to_quantity(amount), "qty")


def test_an_asset_amount_has_both_parts() -> None:
    funds = to_asset_amount("USDT:5000.50")
    assert (funds.asset, funds.amount) == ("USDT", Decimal("5000.5"))


@pytest.mark.parametrize("written", ["5000", "usdt:5", "USDT", "USDT 5", "USDT:", "USDT:1,5", "USDT:0", "USDT:-5", None, 5])
def test_an_asset_amount_of_another_form_is_refused(written: object) -> None:
    with pytest.raises(WrongArgument):
        to_asset_amount(written)

"""The auditor's own arithmetic against numbers worked out by hand."""

from __future__ import annotations

import decimal
from decimal import Decimal

import pytest

from libraries.auditor import amounts
from libraries.auditor.average_cost import Lot, book
from libraries.auditor.witnesses.rows import FillRow


def fill(side: str, quantity: str, quote: str, fee: str, fee_asset: str) -> FillRow:
    price = Decimal(1)  # positions follow from quantities and quotes
    numbers = Decimal(quantity), Decimal(quote), Decimal(fee)
    return FillRow("binance", "BTCUSDT", 1, "g-1", side, price, *numbers, fee_asset, 0, 1)


def booked(*fills: FillRow) -> tuple[str, str, str]:
    lot = Lot()
    with decimal.localcontext(amounts.CONTEXT):
        for each in fills:
            book(lot, each, "BTC", "USDT")
        return amounts.text(lot.quantity), amounts.text(lot.cost), amounts.text(lot.realised)


def test_a_long_is_opened_reduced_and_closed() -> None:
    bought = fill("BUY", "1", "100", "0.001", "BTC")
    assert booked(bought) == ("0.999", "100", "0")
    # cost 100 x 0.333 / 0.999 = 33.33333333 (cut); 40 - 0.04 - 33.33333333
    sold = fill("SELL", "0.333", "40", "0.04", "USDT")
    assert booked(bought, sold) == ("0.666", "66.66666667", "6.62666667")
    rest = fill("SELL", "0.666", "60", "0.06", "USDT")
    assert booked(bought, sold, rest) == ("0", "0", "-0.1")  # 6.62666667 + 59.94 - 66.66666667


def test_a_short_earns_when_it_is_bought_back_for_less() -> None:
    sold = fill("SELL", "1", "100", "0.1", "USDT")
    assert booked(sold) == ("-1", "99.9", "0")
    assert booked(sold, fill("BUY", "0.5", "40", "0.0005", "BTC")) == ("-0.5005", "49.99995", "9.90005")  # 99.9 x 0.4995 - 40


def test_a_fill_that_crosses_zero_is_split_in_proportion() -> None:
    bought = fill("BUY", "0.3", "30", "0", "BTC")
    # 0.7 sold for 69.93 net: the closing part 0.3 / 0.7 of it = 29.97, the rest 39.96 opens a short of 0.4
    assert booked(bought, fill("SELL", "0.7", "70", "0.07", "USDT")) == ("-0.4", "39.96", "-0.03")
    # and back: 1 bought for 100, 0.4 of it = 40 closes, 0.6 for 60 opens
    crossed = booked(bought, fill("SELL", "0.7", "70", "0.07", "USDT"), fill("BUY", "1", "100", "0", "BTC"))
    assert crossed == ("0.6", "60", "-0.07")


def test_the_share_of_a_crossing_fill_is_cut_to_8_places() -> None:
    # 0.1 / 0.3 of 10 = 3.33333333 (cut) closes, 6.66666667 opens
    assert booked(fill("BUY", "0.1", "3", "0", "BTC"), fill("SELL", "0.3", "10", "0", "USDT")) == ("-0.2", "6.66666667", "0.33333333")


def test_a_fee_in_a_third_asset_touches_neither_quantity_nor_cost() -> None:
    assert booked(fill("BUY", "1", "100", "0.01", "BNB")) == ("1", "100", "0")


@pytest.mark.parametrize("text", ["0", "1", "-1", "0.5", "100", "1000000.00000001", "-0.00000001"])
def test_canonical(text: str) -> None:
    assert amounts.is_canonical(text)
    assert amounts.text(amounts.amount(text)) == text


@pytest.mark.parametrize(
    "text", ["", "-0", "+1", "1.0", "1.", ".5", "01", "1e8", "NaN", "Infinity", " 1", "1\n", "\u0661", "1" * 41, 1, 1.5, None, True]
)
def test_not_canonical(text: object) -> None:
    assert not amounts.is_canonical(text)


@pytest.mark.parametrize("value", ["abc", "", "NaN", "Infinity", "-Infinity", "1" * 41, True, b"1", [], {}])
def test_what_is_no_amount_equals_nothing(value: object) -> None:
    assert amounts.amount(value) != amounts.amount(value)


def test_nothing_is_rounded_silently() -> None:
    with decimal.localcontext(amounts.CONTEXT), pytest.raises(decimal.Inexact):
        Decimal(1) / Decimal(3)
    with decimal.localcontext(amounts.CONTEXT), pytest.raises(decimal.FloatOperation):
        Decimal(0.1)  # noqa: RUF032 - the mistake that the trap is for

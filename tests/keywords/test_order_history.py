"""What *The Order History Is The Venues* calls a difference."""

from __future__ import annotations

from typing import Any

import pytest

from libraries.ledger_keywords.order_history import differing_orders, differing_trades

TERMS = {"client_order_id": "g-1", "symbol": "BTCUSDT", "side": "BUY", "quantity": "1", "executed": "0.5", "cum_quote": "50"}
ORDER = {**TERMS, "state": "CANCELLED"}
SEEN = {**TERMS, "status": "CANCELED", "quantity": "1.00"}
FILL = {"symbol": "BTCUSDT", "trade_id": 7, "client_order_id": "g-1", "price": "100", "quantity": "0.5"}


def test_equal_books_differ_in_nothing() -> None:
    assert differing_orders([ORDER], [SEEN]) == []
    assert differing_trades([FILL], [FILL]) == []
    assert differing_orders([{**ORDER, "state": "NOT_SENT"}], []) == []


@pytest.mark.parametrize(
    ("ours", "theirs", "said"),
    [
        ([], [SEEN], "order g-1 is at the venue and not in the engine's table"),
        ([ORDER], [], "order g-1 is CANCELLED in the engine's table and unknown at the venue"),
        ([{**ORDER, "state": "FILLED"}], [SEEN], "order g-1: the venue says CANCELED, the engine FILLED"),
        ([{**ORDER, "executed": "0.4"}], [SEEN], "order g-1: executed: the venue says 0.5, the engine 0.4"),
    ],
)
def test_orders_that_differ_are_named(ours: list[dict[str, Any]], theirs: list[dict[str, Any]], said: str) -> None:
    assert differing_orders(ours, theirs) == [said]


@pytest.mark.parametrize(
    ("ours", "theirs", "said"),
    [
        ([], [FILL], "trade BTCUSDT 7 is in the venue's book only"),
        ([FILL], [], "trade BTCUSDT 7 is in the engine's book only"),
        ([{**FILL, "price": "101"}], [FILL], "trade BTCUSDT 7: price: the venue says 100, the engine 101"),
    ],
)
def test_trades_that_differ_are_named(ours: list[dict[str, Any]], theirs: list[dict[str, Any]], said: str) -> None:
    assert differing_trades(ours, theirs) == [said]

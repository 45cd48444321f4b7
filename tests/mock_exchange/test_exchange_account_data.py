"""Questions about an account: rates, order counts, filters, trade history by every documented combination of parameters."""

from __future__ import annotations

from typing import Any

import pytest

from tests.mock_exchange.venue_client import Client, Process

WINDOW = "More than 24 hours between startTime and endTime."
COMBINATION = "Combination of optional parameters invalid."


@pytest.fixture(scope="module")
def client(exchange: Process) -> Client:
    """Bought 1 with one order, then 2 with another that filled in two trades."""
    exchange.book("BTCUSDT", bids=[("99", "1")], asks=[("100", "1"), ("101", "1"), ("102", "1"), ("103", "5")])
    client = exchange.account(USDT="100000", BTC="1")
    client.order(symbol="BTCUSDT", side="BUY", type="MARKET", quantity="1")
    client.order(symbol="BTCUSDT", side="BUY", type="MARKET", quantity="2")
    return client


def trades(client: Client, **params: Any) -> list[str]:
    answer = client.rest("GET", "myTrades", symbol="BTCUSDT", **params)
    assert answer.status_code == 200, answer.text
    return [row["price"].rstrip("0").rstrip(".") for row in answer.json()]


def test_the_documented_combinations_of_my_trades(client: Client) -> None:
    rows = client.rest("GET", "myTrades", symbol="BTCUSDT").json()
    first, _, last = rows
    assert trades(client) == ["100", "101", "102"]
    assert trades(client, limit=1) == ["102"]
    assert trades(client, orderId=last["orderId"]) == ["101", "102"]
    assert trades(client, startTime=first["time"]) == ["100", "101", "102"]
    assert trades(client, startTime=first["time"] * 1000, limit=2) == ["100", "101"]
    assert trades(client, endTime=last["time"], limit=1) == ["102"]
    assert trades(client, startTime=last["time"] + 1) == []
    assert trades(client, fromId=last["id"]) == ["102"]
    assert trades(client, orderId=last["orderId"], fromId=last["id"]) == ["102"]
    assert trades(client, startTime=first["time"], endTime=first["time"] + 86_400_000, limit=1) == ["100"]


@pytest.mark.parametrize(
    ("path", "params", "code", "msg"),
    [
        ("myTrades", {"startTime": 1, "endTime": 86_400_002}, -1127, WINDOW),
        ("myTrades", {"fromId": 1, "endTime": 1}, -1128, COMBINATION),
        ("myTrades", {"orderId": 1, "startTime": 1}, -1128, COMBINATION),
        ("myTrades", {"limit": 0}, -1130, "Data sent for parameter 'limit' is not valid."),
        ("allOrders", {"startTime": 1, "endTime": 86_400_002}, -1127, WINDOW),
        ("account/commission", {"symbol": "NOSUCH"}, -1121, "Invalid symbol."),
        ("myFilters", {"symbol": "NOSUCH"}, -1121, "Invalid symbol."),
    ],
)
def test_questions_are_refused(client: Client, path: str, params: dict[str, Any], code: int, msg: str) -> None:
    answer = client.rest("GET", path, **({"symbol": "BTCUSDT"} | params))
    assert (answer.status_code, answer.json()) == (400, {"code": code, "msg": msg})


def test_rates_are_the_standard_ones_and_everything_else_is_zero(client: Client) -> None:
    rates = client.rest("GET", "account/commission", symbol="BTCUSDT").json()
    zero = "0.00000000"
    assert rates["standardCommission"] == {"maker": "0.00100000", "taker": "0.00100000", "buyer": zero, "seller": zero}
    assert set(rates["specialCommission"].values()) == set(rates["taxCommission"].values()) == {zero}
    assert rates["discount"]["enabledForAccount"] is False
    with client.ws() as connection:
        assert connection.signed("account.commission", symbol="BTCUSDT")["result"] == rates


def test_unfilled_orders_are_counted_and_shown(exchange: Process) -> None:
    client = exchange.account(USDT="1000")
    client.limit("BUY", "1", "50")
    counts = client.rest("GET", "rateLimit/order")
    assert [(row["rateLimitType"], row["interval"], row["intervalNum"]) for row in counts.json()] == [
        ("ORDERS", "SECOND", 10),
        ("ORDERS", "DAY", 1),
    ]
    assert counts.json()[1]["count"] == 1
    with client.ws() as connection:
        assert connection.signed("account.rateLimits.orders")["result"][1] == counts.json()[1]


def test_my_filters_are_those_of_exchange_info(exchange: Process, client: Client) -> None:
    shown = client.rest("GET", "myFilters", symbol="BTCUSDT").json()
    with client.ws() as connection:
        assert connection.signed("myFilters", symbol="BTCUSDT")["result"] == shown
        info = connection.ask("exchangeInfo", {"symbol": "BTCUSDT"})["result"]
    assert shown == {"exchangeFilters": info["exchangeFilters"], "symbolFilters": info["symbols"][0]["filters"], "assetFilters": []}

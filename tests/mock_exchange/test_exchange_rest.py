"""REST over real sockets: shapes, headers, paths, public questions."""

from __future__ import annotations

import socket

import pytest
import requests

from libraries.mock_exchange.core.symbols import ORDER_TYPES
from tests.mock_exchange.venue_client import Client, Process


@pytest.fixture(scope="module")
def client(exchange: Process) -> Client:
    exchange.book("BTCUSDT", bids=[("99", "1"), ("98", "2")], asks=[("101", "1"), ("102", "2")])
    return exchange.account(USDT="1000", BTC="2")


def get(exchange: Process, path: str, **params: str) -> requests.Response:
    return requests.get(f"{exchange.ready['rest_url']}/api/v3/{path}", params=params, timeout=10)


def test_a_full_answer_and_the_question_about_the_order(client: Client) -> None:
    placed = client.limit("BUY", "1.5", "101", newClientOrderId="full").json()
    assert list(placed) == [
        "symbol",
        "orderId",
        "orderListId",
        "clientOrderId",
        "transactTime",
        "price",
        "origQty",
        "executedQty",
        "origQuoteOrderQty",
        "cummulativeQuoteQty",
        "status",
        "timeInForce",
        "type",
        "side",
        "workingTime",
        "selfTradePreventionMode",
        "fills",
    ]
    assert (placed["status"], placed["executedQty"], placed["cummulativeQuoteQty"]) == ("PARTIALLY_FILLED", "1.00000000", "101.00000000")
    fill = placed["fills"][0]
    assert (fill["price"], fill["qty"], fill["commission"], fill["commissionAsset"]) == ("101.00000000", "1.00000000", "0.00100000", "BTC")
    queried = client.rest("GET", "order", symbol="BTCUSDT", origClientOrderId="full").json()
    assert (queried["orderId"], queried["status"], queried["stopPrice"], queried["isWorking"]) == (
        placed["orderId"],
        "PARTIALLY_FILLED",
        "0.00000000",
        True,
    )
    assert [order["orderId"] for order in client.rest("GET", "openOrders").json()] == [placed["orderId"]]
    cancelled = client.rest("DELETE", "openOrders", symbol="BTCUSDT").json()
    assert [(each["origClientOrderId"], each["status"], each["executedQty"]) for each in cancelled] == [("full", "CANCELED", "1.00000000")]
    assert client.rest("GET", "openOrders", symbol="BTCUSDT").json() == []
    trades = client.rest("GET", "myTrades", symbol="BTCUSDT", orderId=placed["orderId"]).json()
    assert [(trade["id"], trade["isBuyer"], trade["isMaker"]) for trade in trades] == [(fill["tradeId"], True, False)]


@pytest.mark.parametrize(("kind", "keys"), [("ACK", 5), ("RESULT", 16), ("FULL", 17)])
def test_the_answer_is_as_long_as_asked_for(client: Client, kind: str, keys: int) -> None:
    assert len(client.limit("BUY", "1", "50", newOrderRespType=kind).json()) == keys


def test_limit_maker_answers_with_an_acknowledgement(client: Client) -> None:
    assert len(client.limit("BUY", "1", "50", type="LIMIT_MAKER", timeInForce=None).json()) == 5


def test_an_expired_order_says_why(client: Client) -> None:
    placed = client.limit("BUY", "1", "50", timeInForce="IOC").json()
    assert placed["status"] == "EXPIRED"
    queried = client.rest("GET", "order", symbol="BTCUSDT", orderId=placed["orderId"]).json()
    assert queried["expiryReason"] == "UNFILLED_IOC_QUANTITY_EXPIRED"
    assert "expiryReason" not in client.limit("BUY", "1", "50").json()


def test_order_history_by_id_time_and_limit(exchange: Process) -> None:
    client = exchange.account(USDT="1000")
    ids = [client.limit("BUY", "1", "50").json()["orderId"] for _ in range(3)]
    first = client.rest("GET", "allOrders", symbol="BTCUSDT", limit=1).json()
    assert [order["orderId"] for order in first] == ids[2:]
    since = client.rest("GET", "allOrders", symbol="BTCUSDT", orderId=ids[1]).json()
    assert [order["orderId"] for order in since] == ids[1:]
    oldest = client.rest("GET", "allOrders", symbol="BTCUSDT", startTime=1, limit=1).json()
    assert [order["orderId"] for order in oldest] == ids[:1]


def test_weight_and_order_counts_are_reported(exchange: Process) -> None:
    client = exchange.account(USDT="1000")
    first, second = client.limit("BUY", "1", "50"), client.limit("BUY", "1", "50")
    assert int(second.headers["X-MBX-USED-WEIGHT-1M"]) > int(first.headers["X-MBX-USED-WEIGHT-1M"]) - 6000
    assert second.headers["X-MBX-ORDER-COUNT-1D"] == "2"
    assert second.headers["X-MBX-ORDER-COUNT-10S"] in ("1", "2")
    before, after = get(exchange, "ping"), get(exchange, "exchangeInfo")
    weights = [int(answer.headers["X-MBX-USED-WEIGHT-1M"]) for answer in (before, after)]
    assert weights[1] - weights[0] in (20, 20 - weights[0])
    assert "X-MBX-ORDER-COUNT-1D" not in after.headers


@pytest.mark.parametrize(("path", "status"), [("ping", 200), ("ping/", 200), ("nothing", 404), ("depth", 400)])
def test_every_reply_is_json_and_carries_the_weight(exchange: Process, path: str, status: int) -> None:
    answer = get(exchange, path)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/json;charset=UTF-8"
    assert "X-MBX-USED-WEIGHT-1M" in answer.headers
    assert isinstance(answer.json(), dict)


def test_a_wrong_method_is_405_in_json(exchange: Process) -> None:
    answer = requests.patch(f"{exchange.ready['rest_url']}/api/v3/order", timeout=10)
    assert (answer.status_code, answer.json()["code"]) == (405, -1020)


def test_depth_ticker_and_trades(exchange: Process, client: Client) -> None:
    exchange.book("ETHUSDT", bids=[("99", "1"), ("98", "2")], asks=[("101", "1"), ("102", "2")])
    depth = get(exchange, "depth", symbol="ETHUSDT", limit="1").json()
    assert (depth["bids"], depth["asks"]) == ([["99.00000000", "1.00000000"]], [["101.00000000", "1.00000000"]])
    assert depth["lastUpdateId"] == exchange.admin("GET", "book/ETHUSDT").json()["update_id"]
    client.order(symbol="ETHUSDT", side="BUY", type="MARKET", quantity="0.5")
    assert get(exchange, "ticker/price", symbol="ETHUSDT").json() == {"symbol": "ETHUSDT", "price": "101.00000000"}
    book = get(exchange, "ticker/bookTicker", symbols='["ETHUSDT"]').json()
    assert book == [
        {"symbol": "ETHUSDT", "bidPrice": "99.00000000", "bidQty": "1.00000000", "askPrice": "101.00000000", "askQty": "0.50000000"}
    ]
    assert len(get(exchange, "ticker/price").json()) == 4
    trade = get(exchange, "trades", symbol="ETHUSDT").json()[-1]
    assert (trade["price"], trade["qty"], trade["isBuyerMaker"]) == ("101.00000000", "0.50000000", False)
    candle = get(exchange, "klines", symbol="ETHUSDT", interval="1m").json()[-1]
    assert len(candle) == 12
    assert candle[4] == "101.00000000"


@pytest.mark.parametrize(
    ("path", "params", "code"),
    [
        ("depth", {"symbol": "NOSUCH"}, -1121),
        ("depth", {"symbol": "BTCUSDT", "x": "1"}, -1104),
        ("depth", {"symbol": "BTCUSDT", "limit": "0"}, -1130),
        ("klines", {"symbol": "BTCUSDT", "interval": "2m"}, -1120),
        ("exchangeInfo", {"symbols": '["BTCUSDT","BTCUSDT"]'}, -1151),
        ("exchangeInfo", {"symbols": "BTCUSDT"}, -1100),
        ("exchangeInfo", {"symbol": "BTCUSDT", "symbols": '["BTCUSDT"]'}, -1128),
        ("exchangeInfo", {"symbolStatus": "ASLEEP"}, -1122),
    ],
)
def test_public_questions_are_refused(exchange: Process, path: str, params: dict[str, str], code: int) -> None:
    answer = get(exchange, path, **params)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_exchange_info_shows_the_filters_that_are_enforced(exchange: Process) -> None:
    info = get(exchange, "exchangeInfo", symbol="BTCUSDT").json()["symbols"][0]
    filters = {each["filterType"]: each for each in info["filters"]}
    assert filters["PRICE_FILTER"]["tickSize"] == "0.01000000"
    assert filters["LOT_SIZE"]["stepSize"] == "0.00001000"
    assert filters["NOTIONAL"]["minNotional"] == "5.00000000"
    assert (info["status"], info["permissionSets"], info["orderTypes"]) == ("TRADING", [["SPOT"]], sorted(ORDER_TYPES))
    assert (info["ocoAllowed"], info["otoAllowed"], info["opoAllowed"], info["amendAllowed"], info["pegInstructionsAllowed"]) == (
        *[True] * 4,
        False,
    )


def test_an_account_lists_all_assets_or_only_those_held(exchange: Process) -> None:
    client = exchange.account(USDT="1000")
    assert [each["asset"] for each in client.rest("GET", "account").json()["balances"]] == ["BNB", "BTC", "ETH", "USDT"]
    held = client.rest("GET", "account", omitZeroBalances="true").json()
    assert held["balances"] == [{"asset": "USDT", "free": "1000.00000000", "locked": "0.00000000"}]
    assert (held["makerCommission"], held["commissionRates"]["taker"]) == (10, "0.00100000")


@pytest.mark.parametrize(
    "target", [b"/api/v3/order?symbol=\xff\xfe&timestamp=1&signature=1", b"/api/v3/depth?symbol=%ff%00&limit=\xc2\xb2"]
)
def test_bytes_that_are_no_text_are_refused_and_the_venue_goes_on(exchange: Process, target: bytes) -> None:
    host, port = exchange.ready["rest_url"].removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as raw:
        raw.sendall(b"GET " + target + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        answer = b"".join(iter(lambda: raw.recv(65536), b""))
    assert b" 400 " in answer.split(b"\r\n", 1)[0] or b" 401 " in answer.split(b"\r\n", 1)[0]
    assert get(exchange, "ping").status_code == 200

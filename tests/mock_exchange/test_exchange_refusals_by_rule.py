"""What a market file can forbid, over HTTP: order types and lists that a symbol does not take, and every filter by name; list shapes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.mock_exchange.venue_client import Client, Process

MARKET_FILE = """
[exchange]
max_num_orders = 4
max_num_algo_orders = 2
max_num_iceberg_orders = 2
max_num_order_lists = 2
max_asset = { TIGHT = "50", DOWN = "1" }

[[symbol]]
symbol = "PLAINUSDT"
base = "PLAIN"
quote = "USDT"
order_types = ["LIMIT"]
iceberg_allowed = false
trailing_stop_allowed = false
quote_order_qty_allowed = false
oco_allowed = false
oto_allowed = false
opo_allowed = false
cancel_replace_allowed = false
amend_allowed = false
stp_modes = ["NONE"]

[[symbol]]
symbol = "TIGHTUSDT"
base = "TIGHT"
quote = "USDT"
base_precision = 3
quote_precision = 2
step_size = "0.001"
min_notional = "10"
max_notional = "6000"
max_notional_on_market = true
reference_price = "100"
older_min_notional = "20"
percent_price = { up = "1.3", down = "0.7" }
percent_price_by_side = { bid_up = "1.2", bid_down = "0.8", ask_up = "1.25", ask_down = "0.75" }
market_lot = { min_qty = "1", max_qty = "30", step_size = "0" }
iceberg_parts = 2
max_position = "40"
trailing_delta = { min_above = 50, max_above = 60, min_below = 70, max_below = 80 }
max_num_orders = 3
max_num_algo_orders = 1
max_num_iceberg_orders = 1
max_num_order_lists = 1
max_num_order_amends = 1

[[symbol]]
symbol = "OTHERUSDT"
base = "OTHER"
quote = "USDT"
tick_size = "0.00000001"
min_notional = "0"
oco_allowed = false
opo_allowed = false
quote_order_qty_allowed = true

[[symbol]]
symbol = "DOWNUSDT"
base = "DOWN"
quote = "USDT"
"""
BASE = {"symbol": "TIGHTUSDT", "side": "BUY", "quantity": "1"}
LIMIT = BASE | {"type": "LIMIT", "timeInForce": "GTC", "price": "100"}
MARKET = BASE | {"type": "MARKET"}
STOP = BASE | {"type": "STOP_LOSS", "stopPrice": "110"}
PLAIN = {"symbol": "PLAINUSDT"}
UNSUPPORTED = "%s orders are not supported for this symbol."
STP = "This symbol does not allow the specified self-trade prevention mode."
ORDERS: list[tuple[dict[str, str], int, str]] = [
    (MARKET | PLAIN, -2010, UNSUPPORTED % "Market"),
    (STOP | PLAIN, -2010, UNSUPPORTED % "Stop loss"),
    (STOP | PLAIN | {"type": "TAKE_PROFIT"}, -2010, UNSUPPORTED % "Take profit"),
    (LIMIT | PLAIN | {"type": "STOP_LOSS_LIMIT", "stopPrice": "110"}, -2010, UNSUPPORTED % "Stop loss limit"),
    (LIMIT | PLAIN | {"type": "TAKE_PROFIT_LIMIT", "stopPrice": "90"}, -2010, UNSUPPORTED % "Take profit limit"),
    (BASE | PLAIN | {"type": "LIMIT_MAKER", "price": "100"}, -2010, UNSUPPORTED % "Limit maker"),
    (LIMIT | PLAIN | {"icebergQty": "0.5"}, -2010, UNSUPPORTED % "Iceberg"),
    (LIMIT | PLAIN | {"selfTradePreventionMode": "EXPIRE_MAKER"}, -1013, STP),
    (LIMIT | {"price": "130.01"}, -1013, "Filter failure: PERCENT_PRICE"),
    (LIMIT | {"price": "120.01"}, -1013, "Filter failure: PERCENT_PRICE_BY_SIDE"),
    (LIMIT | {"side": "SELL", "price": "74.99"}, -1013, "Filter failure: PERCENT_PRICE_BY_SIDE"),
    (LIMIT | {"quantity": "0.199"}, -1013, "Filter failure: MIN_NOTIONAL"),
    (LIMIT | {"side": "SELL", "quantity": "60.001"}, -1013, "Filter failure: NOTIONAL"),
    (MARKET | {"quantity": "0.5"}, -1013, "Filter failure: MARKET_LOT_SIZE"),
    (MARKET | {"quantity": "30.001"}, -1013, "Filter failure: MARKET_LOT_SIZE"),
    (LIMIT | {"icebergQty": "0.499"}, -1013, "Filter failure: ICEBERG_PARTS"),
    (STOP | {"trailingDelta": "49"}, -1013, "Filter failure: TRAILING_DELTA"),
    (STOP | {"trailingDelta": "61"}, -1013, "Filter failure: TRAILING_DELTA"),
    (STOP | {"side": "SELL", "stopPrice": "90", "trailingDelta": "81"}, -1013, "Filter failure: TRAILING_DELTA"),
    (LIMIT | {"quantity": "30.001"}, -1013, "Filter failure: MAX_POSITION"),
    (LIMIT | {"side": "SELL", "quantity": "50.001"}, -1013, "Filter failure: MAX_ASSET"),
    (LIMIT | {"symbol": "DOWNUSDT", "quantity": "1.1"}, -1013, "Filter failure: MAX_ASSET"),
    (LIMIT | {"quantity": "1.0001"}, -1111, "Parameter 'quantity' has too much precision."),
    (LIMIT | {"price": "100.001"}, -1111, "Parameter 'price' has too much precision."),
    (LIMIT | {"symbol": "OTHERUSDT", "price": "0.00099", "quantity": "0.00001"}, -2010, "Price * QTY is zero or less."),
]
OCO = {
    **{"symbol": "TIGHTUSDT", "side": "SELL", "quantity": "1"},
    **{"aboveType": "LIMIT_MAKER", "abovePrice": "110", "belowType": "STOP_LOSS", "belowStopPrice": "90"},
}
BUY_OCO = {
    **{"symbol": "TIGHTUSDT", "side": "BUY", "quantity": "1"},
    **{"aboveType": "STOP_LOSS", "aboveStopPrice": "110", "belowType": "LIMIT_MAKER", "belowPrice": "90"},
}
OTO = {
    **{"symbol": "TIGHTUSDT", "workingType": "LIMIT", "workingSide": "BUY", "workingPrice": "90", "workingQuantity": "1"},
    **{"workingTimeInForce": "GTC", "pendingType": "LIMIT_MAKER", "pendingSide": "SELL", "pendingPrice": "110", "pendingQuantity": "1"},
}
OPO = {name: value for name, value in OTO.items() if name != "pendingQuantity"}
LIMIT_STOP = {"belowType": "STOP_LOSS_LIMIT", "belowPrice": "89", "belowTimeInForce": "IOC", "belowIcebergQty": "0.5"}
LEGS = "`aboveTimeInForce`/`belowTimeInForce`"
LISTS: list[tuple[str, dict[str, str], int, str]] = [
    ("oco", OCO | PLAIN, -2010, "OCO orders are not supported for this symbol"),
    ("oto", OTO | PLAIN, -2010, "OTO orders are not supported for this symbol."),
    ("opo", OPO | {"symbol": "OTHERUSDT"}, -2010, "OPO orders are not supported for this symbol."),
    ("oco", OCO | {"belowTimeInForce": "GTC"}, -1114, "TimeInForce parameter sent when not required."),
    ("oco", OCO | {"aboveType": "LIMIT"}, -1158, "Order type not supported in OCO."),
    ("oco", OCO | LIMIT_STOP, -1160, f"Parameter 'belowIcebergQty' is not supported if {LEGS} is not GTC."),
    ("oco", BUY_OCO | {"aboveType": "LIMIT_MAKER", "belowType": "STOP_LOSS"}, -1165, "A limit order in a buy OCO must be below."),
    ("oco", OCO | {"aboveType": "STOP_LOSS", "belowType": "LIMIT_MAKER"}, -1166, "A limit order in a sell OCO must be above."),
    ("oco", OCO | {"belowType": "LIMIT_MAKER"}, -1168, "At least one OCO order must be contingent."),
    ("oco", BUY_OCO | {"belowType": "STOP_LOSS"}, -1196, "A stop loss order in a buy OCO must be above."),
    ("oco", OCO | {"aboveType": "STOP_LOSS"}, -1197, "A stop loss order in a sell OCO must be below."),
    ("oco", BUY_OCO | {"aboveType": "TAKE_PROFIT"}, -1198, "A take profit order in a buy OCO must be below."),
    ("oco", OCO | {"belowType": "TAKE_PROFIT"}, -1199, "A take profit order in a sell OCO must be above."),
    ("opo", OPO | {"workingSide": "SELL"}, -1222, "Working order in an OPO list must be a bid."),
    ("opo", OPO | {"pendingSide": "BUY"}, -1223, "Pending orders in an OPO list must be asks."),
    ("opo", OTO, -1225, "Pending orders should not include the 'pendingQuantity' tag."),
    ("oco", OCO | {"abovePrice": "80"}, -2010, "The relationship of the prices for the orders is not correct."),
    ("oco", OCO | {"belowStopPrice": "100"}, -2010, "The relationship of the prices for the orders is not correct."),
    ("oco", OCO | {"aboveClientOrderId": "same", "belowClientOrderId": "same"}, -2010, "Duplicate order sent."),
    ("oco", OCO | {"abovePrice": "125.01"}, -1013, "Filter failure: PERCENT_PRICE_BY_SIDE"),
]


@pytest.fixture(scope="module")
def venue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    market = tmp_path_factory.mktemp("rules") / "market.toml"
    market.write_text(MARKET_FILE)
    process = Process("--market", market)
    yield process
    assert process.terminate() == 0


@pytest.fixture
def client(venue: Process) -> Client:
    """Holds 10 TIGHT; the last price of TIGHTUSDT is 100, its book 99 / 101."""
    venue.book("TIGHTUSDT", bids=[], asks=[("100", "1")])
    venue.account(USDT="1000").order(**MARKET)
    venue.book("TIGHTUSDT", bids=[("99", "5")], asks=[("101", "5")])
    return venue.account(USDT="100000", TIGHT="10", PLAIN="10", OTHER="10")


@pytest.mark.parametrize(("params", "code", "msg"), ORDERS, ids=[f"{number}{case[1]}" for number, case in enumerate(ORDERS)])
def test_a_rule_of_the_symbol_refuses_an_order(client: Client, params: dict[str, str], code: int, msg: str) -> None:
    answer = client.order(**params)
    assert (answer.status_code, answer.json()) == (400, {"code": code, "msg": msg})


@pytest.mark.parametrize(("kind", "params", "code", "msg"), LISTS, ids=[f"{number}{case[2]}" for number, case in enumerate(LISTS)])
def test_a_list_is_refused(client: Client, kind: str, params: dict[str, str], code: int, msg: str) -> None:
    answer = client.rest("POST", f"orderList/{kind}", **params)
    assert (answer.status_code, answer.json()) == (400, {"code": code, "msg": msg})
    with client.ws() as connection:
        assert connection.signed(f"orderList.place.{kind}", **params)["error"] == {"code": code, "msg": msg}
    assert client.rest("GET", "openOrders").json() == []


def test_rules_for_whole_requests(client: Client) -> None:
    quote = client.order(symbol="PLAINUSDT", side="BUY", type="MARKET", quoteOrderQty="10")
    assert quote.json()["msg"] == UNSUPPORTED % "Market"
    order = client.order(**LIMIT | PLAIN).json()["orderId"]
    replaced = client.rest("POST", "order/cancelReplace", **LIMIT | PLAIN, cancelReplaceMode="STOP_ON_FAILURE", cancelOrderId=order)
    assert replaced.json() == {"code": -2010, "msg": "Order cancel-replace is not supported for this symbol."}
    amended = client.rest("PUT", "order/amend/keepPriority", **PLAIN, orderId=order, newQty="0.5")
    assert amended.json() == {"code": -2038, "msg": "Order amend is not supported for this symbol."}


def test_trailing_stops_and_quote_quantities_can_be_forbidden(tmp_path: Any) -> None:
    market = tmp_path / "market.toml"
    forbidden = "trailing_stop_allowed = false\nquote_order_qty_allowed = false\n"
    market.write_text(f'[[symbol]]\nsymbol = "TIGHTUSDT"\nbase = "TIGHT"\nquote = "USDT"\n{forbidden}')
    venue = Process("--market", market)
    client = venue.account(USDT="1000")
    assert client.order(**STOP, trailingDelta="55").json() == {"code": -2010, "msg": UNSUPPORTED % "Trailing stop"}
    quote = client.order(symbol="TIGHTUSDT", side="BUY", type="MARKET", quoteOrderQty="10").json()
    assert quote == {"code": -2010, "msg": "Quote order qty market orders are not support for this symbol."}
    assert venue.terminate() == 0


REST = {"price": "90"}
COUNTED: list[tuple[list[dict[str, str]], dict[str, str], str]] = [
    ([LIMIT | REST] * 3, LIMIT | REST, "MAX_NUM_ORDERS"),
    ([STOP], STOP, "MAX_NUM_ALGO_ORDERS"),
    ([LIMIT | REST | {"icebergQty": "0.5"}], LIMIT | REST | {"icebergQty": "0.5"}, "MAX_NUM_ICEBERG_ORDERS"),
    ([LIMIT | REST] * 3 + [LIMIT | PLAIN], LIMIT | PLAIN, "EXCHANGE_MAX_NUM_ORDERS"),
    ([STOP, STOP | {"symbol": "OTHERUSDT"}], STOP | {"symbol": "OTHERUSDT"}, "EXCHANGE_MAX_NUM_ALGO_ORDERS"),
    (
        [LIMIT | {"symbol": "OTHERUSDT", "icebergQty": "0.5"}] * 2,
        LIMIT | {"symbol": "OTHERUSDT", "icebergQty": "0.5"},
        "EXCHANGE_MAX_NUM_ICEBERG_ORDERS",
    ),
]


@pytest.mark.parametrize(("open_now", "one_more", "name"), COUNTED, ids=[case[2] for case in COUNTED])
def test_one_open_order_too_many(client: Client, open_now: list[dict[str, str]], one_more: dict[str, str], name: str) -> None:
    for order in open_now:
        answer = client.order(**order)
        assert answer.status_code == 200, answer.text
    answer = client.order(**one_more)
    assert (answer.status_code, answer.json()) == (400, {"code": -1013, "msg": f"Filter failure: {name}"})


def test_one_list_and_one_amendment_too_many(client: Client) -> None:
    other = OTO | {"symbol": "OTHERUSDT"}
    assert client.rest("POST", "orderList/oto", **OTO).status_code == 200
    assert client.rest("POST", "orderList/oto", **OTO).json()["msg"] == "Filter failure: MAX_NUM_ORDER_LISTS"
    assert client.rest("POST", "orderList/oto", **other).status_code == 200
    assert client.rest("POST", "orderList/oto", **other).json()["msg"] == "Filter failure: EXCHANGE_MAX_NUM_ORDER_LISTS"
    for symbol in ("TIGHTUSDT", "OTHERUSDT"):
        client.rest("DELETE", "openOrders", symbol=symbol)
    order = client.order(**LIMIT | REST).json()["orderId"]
    amend = {"symbol": "TIGHTUSDT", "orderId": order}
    assert client.rest("PUT", "order/amend/keepPriority", **amend, newQty="0.9").status_code == 200
    refused = client.rest("PUT", "order/amend/keepPriority", **amend, newQty="0.8").json()
    assert refused == {"code": -2038, "msg": "Filter failure: MAX_NUM_ORDER_AMENDS"}


def test_the_filters_of_an_account_show_those_of_exchange_and_assets(client: Client) -> None:
    shown = client.rest("GET", "myFilters", symbol="TIGHTUSDT").json()
    assert len(shown["exchangeFilters"]) == 4
    assert shown["assetFilters"] == [{"filterType": "MAX_ASSET", "asset": "TIGHT", "limit": "50.00000000"}]

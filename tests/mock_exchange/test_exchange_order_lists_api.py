"""Order lists over REST and WebSocket API: each kind placed, questioned, cancelled, and what its answers look like."""

from __future__ import annotations

from typing import Any

import pytest

from tests.mock_exchange.venue_client import Client, Process

HEAD = ["orderListId", "contingencyType", "listStatusType", "listOrderStatus", "listClientOrderId", "transactionTime", "symbol", "orders"]
WORKING = {"workingType": "LIMIT", "workingSide": "BUY", "workingPrice": "90", "workingQuantity": "1", "workingTimeInForce": "GTC"}
PAIR = {
    **{"pendingSide": "SELL", "pendingAboveType": "LIMIT_MAKER", "pendingAbovePrice": "110"},
    **{"pendingBelowType": "STOP_LOSS", "pendingBelowStopPrice": "80"},
}
OCO = {
    **{"side": "SELL", "quantity": "1", "aboveType": "LIMIT_MAKER", "abovePrice": "110", "aboveIcebergQty": "0.5"},
    **{"belowType": "STOP_LOSS_LIMIT", "belowStopPrice": "90", "belowPrice": "89", "belowTimeInForce": "GTC"},
}
OLDER = {"side": "SELL", "quantity": "1", "price": "110", "stopPrice": "90", "stopLimitPrice": "89", "stopLimitTimeInForce": "GTC"}
LIMIT_PENDING = {"pendingType": "LIMIT_MAKER", "pendingSide": "SELL", "pendingPrice": "120"}
KINDS: list[tuple[str, str, dict[str, str], str, list[tuple[str, str, str]]]] = [
    ("order/oco", "orderList.place", OLDER, "OCO", [("STOP_LOSS_LIMIT", "SELL", "NEW"), ("LIMIT_MAKER", "SELL", "NEW")]),
    ("orderList/oco", "orderList.place.oco", OCO, "OCO", [("STOP_LOSS_LIMIT", "SELL", "NEW"), ("LIMIT_MAKER", "SELL", "NEW")]),
    (
        "orderList/oto",
        "orderList.place.oto",
        WORKING | LIMIT_PENDING | {"pendingQuantity": "2"},
        "OTO",
        [("LIMIT", "BUY", "NEW"), ("LIMIT_MAKER", "SELL", "PENDING_NEW")],
    ),
    (
        "orderList/otoco",
        "orderList.place.otoco",
        WORKING | PAIR | {"pendingQuantity": "1"},
        "OTO",
        [("LIMIT", "BUY", "NEW"), ("STOP_LOSS", "SELL", "PENDING_NEW"), ("LIMIT_MAKER", "SELL", "PENDING_NEW")],
    ),
    (
        "orderList/opo",
        "orderList.place.opo",
        WORKING | LIMIT_PENDING,
        "OTO",
        [("LIMIT", "BUY", "NEW"), ("LIMIT_MAKER", "SELL", "PENDING_NEW")],
    ),
    (
        "orderList/opoco",
        "orderList.place.opoco",
        WORKING | PAIR,
        "OTO",
        [("LIMIT", "BUY", "NEW"), ("STOP_LOSS", "SELL", "PENDING_NEW"), ("LIMIT_MAKER", "SELL", "PENDING_NEW")],
    ),
]


@pytest.fixture
def client(exchange: Process) -> Client:
    """Last price 100, book 99 / 101, nothing else."""
    exchange.book("BTCUSDT", bids=[], asks=[("100", "1")])
    client = exchange.account(USDT="100000", BTC="20")
    client.order(symbol="BTCUSDT", side="BUY", type="MARKET", quantity="1")
    exchange.book("BTCUSDT", bids=[("99", "5")], asks=[("101", "5")])
    return client


@pytest.mark.parametrize(("path", "method", "params", "contingency", "orders"), KINDS, ids=[case[0] for case in KINDS])
def test_each_kind_is_placed_found_and_cancelled_over_both_apis(
    client: Client, path: str, method: str, params: dict[str, str], contingency: str, orders: list[tuple[str, str, str]]
) -> None:
    reply = client.rest("POST", path, symbol="BTCUSDT", listClientOrderId="the-list", **params)
    assert reply.status_code == 200, reply.text
    placed = reply.json()
    assert reply.headers["X-MBX-ORDER-COUNT-1D"] == str(len(orders))
    assert list(placed) == [*HEAD, "orderReports"]
    assert (placed["contingencyType"], placed["listStatusType"], placed["listOrderStatus"]) == (contingency, "EXEC_STARTED", "EXECUTING")
    assert [(each["type"], each["side"], each["status"]) for each in placed["orderReports"]] == orders
    assert [each["orderId"] for each in placed["orders"]] == [each["orderId"] for each in placed["orderReports"]]
    assert placed["orders"] == sorted(placed["orders"], key=lambda each: int(each["orderId"])), "listed as numbered"
    head = {name: placed[name] for name in HEAD}
    assert client.rest("GET", "orderList", orderListId=placed["orderListId"]).json() == head
    assert client.rest("GET", "orderList", origClientOrderId="the-list").json() == head
    assert client.rest("GET", "openOrderList").json() == [head]
    assert [each["orderListId"] for each in client.rest("GET", "openOrders").json()] == [placed["orderListId"]] * len(orders)
    cancelled = client.rest(
        "DELETE", "orderList", symbol="BTCUSDT", orderListId=placed["orderListId"], newClientOrderId="the-cancel"
    ).json()
    assert list(cancelled) == [*HEAD, "orderReports"]
    assert (cancelled["listStatusType"], cancelled["listOrderStatus"]) == ("ALL_DONE", "ALL_DONE")
    assert {(each["status"], each["clientOrderId"]) for each in cancelled["orderReports"]} == {("CANCELED", "the-cancel")}
    assert [each["type"] for each in cancelled["orderReports"]] == [kind for kind, _, _ in orders]
    assert client.rest("GET", "openOrderList").json() == []
    with client.ws() as ws:
        again = ws.signed(method, symbol="BTCUSDT", newOrderRespType="ACK", **params)
        assert again["status"] == 200, again
        assert [len(each) for each in again["result"]["orderReports"]] == [5] * len(orders)
        list_id = again["result"]["orderListId"]
        assert [each["orderListId"] for each in ws.signed("openOrderLists.status")["result"]] == [list_id]
        assert ws.signed("orderList.status", orderListId=list_id)["result"]["orderListId"] == list_id
        assert ws.signed("orderList.cancel", symbol="BTCUSDT", orderListId=list_id)["result"]["listOrderStatus"] == "ALL_DONE"
        assert [each["orderListId"] for each in ws.signed("allOrderLists")["result"]] == [placed["orderListId"], list_id]


def oco(client: Client, **params: Any) -> dict[str, Any]:
    reply = client.rest("POST", "orderList/oco", **({"symbol": "BTCUSDT"} | OCO | params))
    assert reply.status_code == 200, reply.text
    return reply.json()


def test_cancelling_one_order_or_all_of_a_symbol_answers_with_the_list(client: Client) -> None:
    first = oco(client)
    cancelled = client.rest("DELETE", "order", symbol="BTCUSDT", orderId=first["orders"][0]["orderId"]).json()
    assert (cancelled["orderListId"], len(cancelled["orderReports"])) == (first["orderListId"], 2)
    second = oco(client)
    single = client.limit("BUY", "1", "50").json()
    everything = client.rest("DELETE", "openOrders", symbol="BTCUSDT").json()
    assert sorted(each.get("orderId", -1) for each in everything) == [-1, single["orderId"]]
    assert [each["listOrderStatus"] for each in everything if "orderReports" in each] == ["ALL_DONE"]
    assert second["orderListId"] in {each["orderListId"] for each in everything}


def test_an_amended_order_of_a_list_tells_the_list(client: Client) -> None:
    placed = oco(client)
    order = placed["orders"][0]["orderId"]
    amended = client.rest("PUT", "order/amend/keepPriority", symbol="BTCUSDT", orderId=order, newQty="0.5").json()
    assert list(amended) == ["transactTime", "executionId", "amendedOrder", "listStatus"]
    assert list(amended["listStatus"]) == [name for name in HEAD if name not in ("listStatusType", "transactionTime")]
    assert {each["origQty"] for each in client.rest("GET", "openOrders").json()} == {"0.50000000"}


def test_lists_of_the_past_by_id_time_and_limit(client: Client) -> None:
    ids = []
    for _ in range(3):
        placed = oco(client)
        ids.append(placed["orderListId"])
        client.rest("DELETE", "orderList", symbol="BTCUSDT", orderListId=placed["orderListId"])

    def found(**params: Any) -> list[int]:
        return [each["orderListId"] for each in client.rest("GET", "allOrderList", **params).json()]

    assert found() == ids
    assert found(limit=1) == ids[2:]
    assert found(fromId=ids[1]) == ids[1:]
    assert found(startTime=1, limit=1) == ids[:1]
    assert found(endTime=1) == []
    for wrong, code in (({"fromId": 1, "startTime": 1}, -1128), ({"startTime": 1, "endTime": 86_400_002}, -1127)):
        assert client.rest("GET", "allOrderList", **wrong).json()["code"] == code


def test_an_oto_that_fills_places_its_pending_order(client: Client) -> None:
    params = WORKING | LIMIT_PENDING | {"pendingQuantity": "2", "workingPrice": "101"}
    placed = client.rest("POST", "orderList/oto", symbol="BTCUSDT", newOrderRespType="FULL", **params).json()
    reports = placed["orderReports"]
    assert [each["status"] for each in reports] == ["FILLED", "PENDING_NEW"]
    assert len(reports[0]["fills"]) == 1
    pending = client.rest("GET", "order", symbol="BTCUSDT", orderId=reports[1]["orderId"]).json()
    assert (pending["status"], pending["isWorking"]) == ("NEW", True)


def test_a_pending_order_of_an_opo_has_no_quantity_yet(client: Client) -> None:
    placed = client.rest("POST", "orderList/opo", symbol="BTCUSDT", **WORKING | LIMIT_PENDING).json()
    assert ["origQty" in each for each in placed["orderReports"]] == [True, False]

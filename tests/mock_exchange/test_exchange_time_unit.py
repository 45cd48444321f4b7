"""Microseconds where they are asked for, milliseconds elsewhere (binance-spot 1.1)."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests
import websocket

from libraries.mock_exchange.core.errors import VenueError
from libraries.mock_exchange.core.time_unit import MICROSECOND, time_unit_of
from libraries.mock_exchange.shell.time_unit import answer_in, event_in
from tests.mock_exchange.venue_client import Client, Process, WsClient

LIMIT = {"symbol": "BTCUSDT", "type": "LIMIT", "timeInForce": "GTC", "side": "BUY", "quantity": "1", "price": "50"}
WRONG_UNIT = {"code": -1194, "msg": "Invalid value for time unit; expected either MICROSECOND or MILLISECOND."}
MICROSECONDS_FROM = 10**15


@pytest.mark.parametrize(
    ("unit", "wanted"),
    [(None, False), ("MILLISECOND", False), ("millisecond", False), ("MICROSECOND", True), ("microsecond", True)],
)
def test_the_units_as_documented(unit: str | None, wanted: bool) -> None:
    assert (time_unit_of(unit) == MICROSECOND) is wanted


@pytest.mark.parametrize("unit", ["Microsecond", "SECOND", ""])
def test_other_units_are_refused(unit: str) -> None:
    with pytest.raises(VenueError, match=r"-1194 Invalid value for time unit; expected either MICROSECOND or MILLISECOND\."):
        time_unit_of(unit)


@pytest.mark.parametrize(
    ("given", "scaled"),
    [
        ({"serverTime": 5, "orderId": 5}, {"serverTime": 5_000, "orderId": 5}),
        ([{"time": 5, "updateTime": 6, "workingTime": -1}], [{"time": 5_000, "updateTime": 6_000, "workingTime": -1}]),
        ({"fills": [{"tradeId": 5}], "transactTime": 7}, {"fills": [{"tradeId": 5}], "transactTime": 7_000}),
        ([[1, "2", "3", "4", "5", "6", 7, "8", 9, "10", "11", "0"]], [[1_000, "2", "3", "4", "5", "6", 7_999, "8", 9, "10", "11", "0"]]),
        ({"openTime": 5, "closeTime": 6, "firstId": 7}, {"openTime": 5_000, "closeTime": 6_999, "firstId": 7}),
        ({"bids": [["1", "2"]], "lastUpdateId": 5}, {"bids": [["1", "2"]], "lastUpdateId": 5}),
        ({"data": {"serverTime": 5, "retryAfter": 6}}, {"data": {"serverTime": 5_000, "retryAfter": 6_000}}),
    ],
)
def test_every_time_of_an_answer_and_nothing_else(given: Any, scaled: Any) -> None:
    assert json.loads(answer_in(MICROSECOND, json.dumps(given).encode())) == scaled


@pytest.mark.parametrize(
    ("given", "scaled"),
    [
        (
            {"e": "executionReport", "E": 1, "T": 2, "O": 3, "W": 4, "t": 5, "I": 6, "C": "x"},
            {"e": "executionReport", "E": 1_000, "T": 2_000, "O": 3_000, "W": 4_000, "t": 5, "I": 6, "C": "x"},
        ),
        ({"event": {"e": "outboundAccountPosition", "E": 1, "u": 2}}, {"event": {"e": "outboundAccountPosition", "E": 1_000, "u": 2_000}}),
        ({"e": "listStatus", "E": 1, "T": 2, "O": [{"i": 3}]}, {"e": "listStatus", "E": 1_000, "T": 2_000, "O": [{"i": 3}]}),
    ],
)
def test_every_time_of_an_event_and_nothing_else(given: Any, scaled: Any) -> None:
    assert json.loads(event_in(MICROSECOND, json.dumps(given).encode())) == scaled


@pytest.fixture
def client(exchange: Process) -> Client:
    return exchange.account(USDT="1000")


def test_rest_answers_in_the_unit_of_the_header(exchange: Process, client: Client) -> None:
    url = f"{exchange.ready['rest_url']}/api/v3/time"
    assert requests.get(url, timeout=10).json()["serverTime"] < MICROSECONDS_FROM
    assert requests.get(url, headers={"X-MBX-TIME-UNIT": "MICROSECOND"}, timeout=10).json()["serverTime"] > MICROSECONDS_FROM
    answer = requests.get(url, headers={"X-MBX-TIME-UNIT": "SECOND"}, timeout=10)
    assert (answer.status_code, answer.json()) == (400, WRONG_UNIT)
    assert "X-MBX-USED-WEIGHT" in answer.headers


def test_a_wrong_unit_is_refused_before_anything_happens(exchange: Process, client: Client) -> None:
    query = f"{'&'.join(f'{name}={value}' for name, value in LIMIT.items())}&timestamp={exchange.admin('GET', 'clock').json()['server_ms']}"
    answer = client.raw("POST", "order", f"{query}&signature={client.sign(query)}", **{"X-MBX-TIME-UNIT": "SECOND"})
    assert answer.json() == WRONG_UNIT
    assert exchange.admin("GET", f"orders?account={client.name}").json() == []


def test_answers_and_events_of_a_connection_are_in_the_unit_of_its_url(exchange: Process, client: Client) -> None:
    connection = websocket.create_connection(exchange.ready["ws_api_url"] + "?timeUnit=microsecond", timeout=10)
    ws = WsClient(client, connection)
    ws.subscribe()
    placed = ws.signed("order.place", **LIMIT)["result"]
    assert placed["transactTime"] > MICROSECONDS_FROM
    assert placed["orderId"] < 10**9
    assert all(each["event"]["E"] > MICROSECONDS_FROM for each in ws.events)
    connection.close()


def test_a_url_with_a_wrong_unit_is_refused(exchange: Process) -> None:
    with pytest.raises(websocket.WebSocketBadStatusException) as refused:
        websocket.create_connection(exchange.ready["ws_api_url"] + "?timeUnit=SECOND", timeout=10)
    assert (refused.value.status_code, json.loads(refused.value.resp_body)) == (400, WRONG_UNIT)


def test_limits_may_be_hidden_by_url_and_shown_by_request(exchange: Process, client: Client) -> None:
    connection = websocket.create_connection(exchange.ready["ws_api_url"] + "?returnRateLimits=false", timeout=10)
    ws = WsClient(client, connection)
    assert "rateLimits" not in ws.ask("ping")
    assert "rateLimits" in ws.ask("ping", {"returnRateLimits": True})
    assert ws.ask("session.status")["result"]["returnRateLimits"] is False
    connection.close()

"""listenKeys: gone, as at the venue, or on, as they were (binance-spot 1.8)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import websocket

from libraries.mock_exchange.core.errors import VenueError
from libraries.mock_exchange.shell.listen_keys import VALID_MS, ListenKeys
from tests.mock_exchange.venue_client import Client, Process

LIMIT = {"symbol": "BTCUSDT", "type": "LIMIT", "timeInForce": "GTC", "side": "BUY", "quantity": "1", "price": "50"}
GONE = {"code": -1016, "msg": "This service is no longer available."}
UNKNOWN = {"code": -1125, "msg": "This listenKey does not exist."}


def ask(client: Client, method: str, query: str = "") -> requests.Response:
    return client.raw(method, "userDataStream", query)


@pytest.fixture(scope="module")
def venue() -> Iterator[Process]:
    process = Process("--lenient", "listen_key_on")
    yield process
    assert process.terminate() == 0


@pytest.fixture
def client(venue: Process) -> Client:
    return venue.account(USDT="1000")


def start(client: Client) -> str:
    return str(ask(client, "POST").json()["listenKey"])


@pytest.mark.parametrize(("method", "query"), [("POST", ""), ("PUT", "listenKey=x"), ("DELETE", "listenKey=x")])
def test_gone_is_the_answer_of_a_strict_venue(exchange: Process, method: str, query: str) -> None:
    answer = ask(exchange.account(), method, query)
    assert (answer.status_code, answer.json()) == (410, GONE)


def test_gone_on_the_websocket_api_too(exchange: Process) -> None:
    client = exchange.account()
    with client.ws() as ws:
        for method, params in (("start", {}), ("ping", {"listenKey": "x"}), ("stop", {"listenKey": "x"})):
            answer = ws.ask(f"userDataStream.{method}", {"apiKey": client.key} | params)
            assert (answer["status"], answer["error"]) == (410, GONE)


def test_a_key_needs_an_api_key_and_no_signature(client: Client) -> None:
    assert len(start(client)) == 64
    url = f"{client.process.ready['rest_url']}/api/v3/userDataStream"
    assert requests.post(url, timeout=10).json()["code"] == -2014
    assert requests.post(url, headers={"X-MBX-APIKEY": "k" * 64}, timeout=10).json()["code"] == -2015


def test_an_account_has_one_key_that_only_it_may_keep_and_close(venue: Process, client: Client) -> None:
    key = start(client)
    assert start(client) == key
    other = venue.account()
    assert ask(other, "PUT", f"listenKey={key}").json() == UNKNOWN
    assert ask(client, "PUT", f"listenKey={key}").json() == {}
    assert ask(client, "PUT").json()["code"] == -1102
    assert ask(client, "DELETE", f"listenKey={key}").json() == {}
    answer = ask(client, "DELETE", f"listenKey={key}")
    assert (answer.status_code, answer.json()) == (400, UNKNOWN)
    assert start(client) != key


def test_the_websocket_api_hands_out_the_same_key(client: Client) -> None:
    with client.ws() as ws:
        key = ws.ask("userDataStream.start", {"apiKey": client.key})["result"]["listenKey"]
        assert key == start(client)
        assert ws.ask("userDataStream.ping", {"apiKey": client.key, "listenKey": key})["result"] == {}
        assert ws.ask("userDataStream.stop", {"apiKey": client.key, "listenKey": key})["result"] == {}
        assert ws.ask("userDataStream.stop", {"apiKey": client.key, "listenKey": key})["error"] == UNKNOWN
        assert ws.ask("userDataStream.start")["error"]["code"] == -1102


def test_a_key_may_not_manage_streams_without_the_permission(client: Client) -> None:
    client.process.admin("PUT", f"accounts/{client.name}/keys", {"permissions": ["USER_DATA", "TRADE"]})
    assert ask(client, "POST").json()["code"] == -2015


def listen(process: Process, path: str) -> websocket.WebSocket:
    return websocket.create_connection(process.ready["stream_url"] + path, timeout=10)


def kinds(connection: websocket.WebSocket, number: int) -> list[Any]:
    return [json.loads(connection.recv()) for _ in range(number)]


def test_bare_events_by_path_and_wrapped_ones_in_combined_streams(client: Client) -> None:
    key = start(client)
    raw, combined, later = (
        listen(client.process, f"/ws/{key}"),
        listen(client.process, f"/stream?streams={key}"),
        listen(client.process, "/ws"),
    )
    later.send(json.dumps({"method": "SUBSCRIBE", "params": [key], "id": 1}))
    assert json.loads(later.recv()) == {"result": None, "id": 1}
    client.order(**LIMIT)
    events = kinds(raw, 2)
    assert [each["e"] for each in events] == ["executionReport", "outboundAccountPosition"]
    assert kinds(combined, 2) == [{"stream": key, "data": event} for event in events]
    assert kinds(later, 2) == events
    for connection in (raw, combined, later):
        connection.close()


def test_events_of_a_listen_key_are_in_the_unit_of_the_url(client: Client) -> None:
    key = start(client)
    connection = listen(client.process, f"/ws/{key}?timeUnit=MICROSECOND")
    client.order(**LIMIT)
    assert all(each["E"] > 10**15 for each in kinds(connection, 2))
    connection.close()


def test_a_closed_key_carries_no_more_events(client: Client) -> None:
    key = start(client)
    connection = listen(client.process, f"/ws/{key}")
    client.order(**LIMIT)
    kinds(connection, 2)
    ask(client, "DELETE", f"listenKey={key}")
    client.order(**LIMIT)
    connection.send(json.dumps({"method": "LIST_SUBSCRIPTIONS", "id": 1}))
    assert json.loads(connection.recv()) == {"result": [key], "id": 1}
    connection.close()


def test_an_expired_key_says_so_and_is_unknown() -> None:
    process = Process("--lenient", "listen_key_on")
    client = process.account(USDT="1000")
    key = start(client)
    connection = listen(process, f"/ws/{key}")
    process.admin("POST", "clock", {"advance_ms": 59 * 60_000})
    assert ask(client, "PUT", f"listenKey={key}").json() == {}
    process.admin("POST", "clock", {"advance_ms": 59 * 60_000})
    process.admin("POST", "clock", {"advance_ms": 61_000})
    event = json.loads(connection.recv())
    assert (event["e"], event["listenKey"]) == ("listenKeyExpired", key)
    assert ask(client, "PUT", f"listenKey={key}").json() == UNKNOWN
    connection.close()
    process.terminate()


def test_a_key_lives_for_an_hour_to_the_millisecond() -> None:
    said: list[bytes] = []
    keys = ListenKeys(lambda name, build: said.append(build(0, "MILLISECOND")))
    key = keys.start("a", 1_000)
    keys.expire(1_000 + VALID_MS - 1)
    keys.extend("a", key, 1_000 + VALID_MS - 1)
    keys.expire(1_000 + VALID_MS)
    assert said == []
    with pytest.raises(VenueError, match="-1125"):
        keys.extend("a", key, 1_000 + 2 * VALID_MS - 1)
    assert [json.loads(each)["e"] for each in said] == ["listenKeyExpired"]
    assert VALID_MS == 3_600_000

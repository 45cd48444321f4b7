"""Sessions and user data on the WebSocket API (binance-spot 1.8, 1.10): logon, subscriptions, revocation, the end of a connection."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
import websocket

from libraries.mock_exchange.core.errors import VenueError
from libraries.mock_exchange.shell.api import Exchange
from libraries.mock_exchange.shell.connection import ApiConnection
from libraries.mock_exchange.shell.lifetimes import SHUTDOWN_NOTICE_MS
from libraries.mock_exchange.shell.limits import Limits
from libraries.mock_exchange.shell.usage import ClientUsage
from libraries.mock_exchange.shell.user_data import MAX_ACTIVE, MAX_IDS, UserData
from tests.mock_exchange.core_kit import Core
from tests.mock_exchange.signing_kit import PairClient, pair_account
from tests.mock_exchange.venue_client import Client, Process, WsClient

LIMIT = {"symbol": "BTCUSDT", "type": "LIMIT", "timeInForce": "GTC", "side": "BUY", "quantity": "1", "price": "50"}
INVALID_KEY = {"code": -2015, "msg": "Invalid API-key, IP, or permissions for action."}
HOUR_MS = 3_600_000


@pytest.fixture
def client(exchange: Process) -> PairClient:
    return pair_account(exchange, "ED25519", USDT="1000")


def now(client: Client) -> int:
    return int(client.process.admin("GET", "clock").json()["server_ms"])


def unsigned(ws: WsClient, method: str, **params: Any) -> dict[str, Any]:
    return ws.ask(method, params | {"timestamp": now(ws.client)})


def terminated(ws: WsClient) -> list[int]:
    return [each["subscriptionId"] for each in ws.events if each["event"]["e"] == "eventStreamTerminated"]


# -- session -----------------------------------------------------------------------------------------------------------


def test_after_a_logon_requests_need_neither_key_nor_signature_but_a_time_stamp(client: PairClient) -> None:
    with client.ws() as ws:
        assert unsigned(ws, "account.status")["error"]["msg"].startswith("Mandatory parameter 'apiKey'")
        said = ws.signed("session.logon")["result"]
        assert (said["apiKey"], said["userDataStream"], said["returnRateLimits"]) == (client.key, False, True)
        assert said["connectedSince"] <= said["authorizedSince"] <= said["serverTime"]
        assert unsigned(ws, "v3/order.place", **LIMIT)["result"]["status"] == "NEW"
        assert ws.ask("order.place", LIMIT)["error"]["msg"].startswith("Mandatory parameter 'timestamp'")
        late = ws.ask("order.place", LIMIT | {"timestamp": now(client) - 5_100})
        assert late["error"] == {"code": -1021, "msg": "Timestamp for this request is outside of the recvWindow."}
        assert ws.ask("session.status")["result"]["apiKey"] == client.key


@pytest.mark.parametrize(("skew_ms", "text"), [(-5_100, "outside of the recvWindow"), (2_000, "1000ms ahead of the server's time")])
def test_the_time_stamp_of_a_question_on_a_session_is_looked_at_on_arrival(client: PairClient, skew_ms: int, text: str) -> None:
    with client.ws() as ws:
        ws.signed("session.logon")
        answer = ws.ask("account.status", {"timestamp": now(client) + skew_ms})
        assert (answer["error"]["code"], text in answer["error"]["msg"]) == (-1021, True)


def test_after_a_logout_the_key_is_forgotten_and_the_connection_goes_on(client: PairClient) -> None:
    with client.ws() as ws:
        ws.signed("session.logon")
        said = ws.ask("session.logout")["result"]
        assert (said["apiKey"], said["authorizedSince"]) == (None, None)
        assert unsigned(ws, "account.status")["error"]["code"] == -1102
        assert ws.signed("account.status")["status"] == 200
        assert ws.ask("session.logout")["status"] == 200


def test_a_signed_request_on_a_session_is_that_of_its_own_key(exchange: Process, client: PairClient) -> None:
    other = exchange.account(USDT="77")
    with client.ws() as ws:
        ws.signed("session.logon")
        answer = ws.ask("account.status", other.signed_ws(omitZeroBalances="true"))
        assert answer["result"]["balances"] == [{"asset": "USDT", "free": "77.00000000", "locked": "0.00000000"}]
        assert ws.ask("account.status", other.signed_ws() | {"signature": "0" * 64})["error"]["code"] == -1022


def test_a_second_logon_changes_the_key(exchange: Process, client: PairClient) -> None:
    other = pair_account(exchange, "ED25519", USDT="5")
    with client.ws() as ws:
        ws.signed("session.logon")
        ws.ask("userDataStream.subscribe")
        assert ws.ask("session.logon", other.signed_ws())["result"]["apiKey"] == other.key
        assert terminated(ws) == [0]
        assert unsigned(ws, "account.status", omitZeroBalances=True)["result"]["balances"][0]["free"] == "5.00000000"


@pytest.mark.parametrize(("kind", "text"), [("HMAC", "HMAC_SHA256 API key is not supported."), ("RSA", "RSA API key is not supported.")])
def test_only_ed25519_keys_log_on(exchange: Process, kind: str, text: str) -> None:
    client = exchange.account() if kind == "HMAC" else pair_account(exchange, kind)
    with client.ws() as ws:
        assert ws.signed("session.logon")["error"] == {"code": -4056, "msg": text}
        assert ws.ask("session.status")["result"]["apiKey"] is None


def test_a_wrong_signature_does_not_log_on(client: PairClient) -> None:
    with client.ws() as ws:
        assert ws.ask("session.logon", client.signed_ws() | {"signature": "AAAA"})["error"]["code"] == -1022
        assert ws.ask("session.status")["result"]["apiKey"] is None


def test_a_key_that_was_revoked_ends_the_session_with_the_next_request(client: PairClient) -> None:
    with client.ws() as ws:
        ws.signed("session.logon")
        ws.ask("userDataStream.subscribe")
        client.process.admin("PUT", f"accounts/{client.name}/keys", {"revoked": True})
        answer = unsigned(ws, "order.place", **LIMIT)
        assert (answer["id"], answer["status"], answer["error"]) == (None, 401, INVALID_KEY)
        assert terminated(ws) == [0]
        assert ws.ask("session.status")["result"]["apiKey"] is None


@pytest.mark.parametrize("change", [{"addresses": ["127.0.0.9"]}, {"permissions": ["USER_DATA"]}])
def test_a_key_that_lost_what_it_had_at_logon_ends_the_session_too(client: PairClient, change: dict[str, Any]) -> None:
    with client.ws() as ws:
        ws.signed("session.logon")
        client.process.admin("PUT", f"accounts/{client.name}/keys", change)
        assert ws.ask("ping")["id"] is None
        assert ws.ask("ping")["status"] == 200


def test_a_permission_that_the_key_never_had_is_refused_and_the_session_goes_on(exchange: Process) -> None:
    reader = pair_account(exchange, "ED25519", {"permissions": ["USER_DATA"]}, USDT="10")
    with reader.ws() as ws:
        ws.signed("session.logon")
        refused = unsigned(ws, "order.place", **LIMIT)
        assert (refused["id"], refused["error"]) == (2, INVALID_KEY)
        assert ws.ask("userDataStream.subscribe")["error"] == INVALID_KEY
        assert unsigned(ws, "account.status")["status"] == 200


def test_session_requests_read_all_their_parameters_or_refuse(client: PairClient) -> None:
    with client.ws() as ws:
        assert ws.ask("session.status", {"x": 1})["error"]["code"] == -1104
        assert ws.ask("session.status", {"returnRateLimits": False})["status"] == 200


# -- user data ---------------------------------------------------------------------------------------------------------


def test_a_subscription_by_logon_needs_the_logon(client: PairClient) -> None:
    with client.ws() as ws:
        refused = ws.ask("userDataStream.subscribe")
        assert (refused["status"], refused["error"]) == (401, {"code": -1002, "msg": "You are not authorized to execute this request."})
        ws.signed("session.logon")
        assert ws.ask("userDataStream.subscribe")["result"] == {"subscriptionId": 0}
        assert ws.ask("userDataStream.subscribe")["error"]["code"] == -2035
        assert ws.subscribe()["error"]["code"] == -2035
        assert ws.ask("session.status")["result"]["userDataStream"] is True
        unsigned(ws, "order.place", **LIMIT)
        assert [each["event"]["e"] for each in ws.events] == ["executionReport", "outboundAccountPosition"]


def test_a_logout_ends_the_logon_subscription_and_no_other(exchange: Process, client: PairClient) -> None:
    other = exchange.account(USDT="1000")
    with client.ws() as ws:
        ws.ask("userDataStream.subscribe.signature", other.signed_ws())
        ws.signed("session.logon")
        ws.ask("userDataStream.subscribe")
        assert ws.ask("session.subscriptions")["result"] == [{"subscriptionId": 0}, {"subscriptionId": 1}]
        ws.ask("session.logout")
        assert terminated(ws) == [1]
        assert ws.ask("session.subscriptions")["result"] == [{"subscriptionId": 0}]
        other.order(**LIMIT)
        ws.ask("ping")
        assert [each["subscriptionId"] for each in ws.events[1:]] == [0, 0]


def test_unsubscribing_ends_one_or_all_and_says_so_before_the_answer(exchange: Process, client: PairClient) -> None:
    other = exchange.account(USDT="1")
    with client.ws() as ws:
        ws.subscribe()
        ws.ask("userDataStream.subscribe.signature", other.signed_ws())
        assert ws.ask("userDataStream.unsubscribe", {"subscriptionId": 1})["result"] == {}
        assert terminated(ws) == [1]
        assert ws.ask("userDataStream.unsubscribe", {"subscriptionId": 1})["error"]["code"] == -2036
        assert ws.subscribe()["error"]["code"] == -2035
        assert ws.ask("userDataStream.subscribe.signature", other.signed_ws())["result"] == {"subscriptionId": 2}
        ws.ask("userDataStream.unsubscribe")
        assert terminated(ws) == [1, 0, 2]


def user_streams() -> UserData:
    core = Core()
    exchange = Exchange(core.venue, core.clock, failed=pytest.fail)  # type: ignore[arg-type]
    return UserData(exchange.clock, exchange.events)


def connection() -> ApiConnection:
    made = ApiConnection("w1", ClientUsage(Limits()), "127.0.0.1", 0)
    made.send = lambda payload: None  # type: ignore[method-assign, assignment]
    return made


def test_at_most_a_thousand_subscriptions_are_active_on_a_connection() -> None:
    user_data, held = user_streams(), connection()
    for number in range(MAX_ACTIVE):
        user_data.subscribe(held, f"account-{number}", by_logon=False)
    with pytest.raises(VenueError, match=r"-2042 Maximum subscription ID reached for this connection\."):
        user_data.subscribe(held, "one-more", by_logon=False)
    user_data.unsubscribe(held, 0)
    assert user_data.subscribe(held, "one-more", by_logon=False) == MAX_ACTIVE == 1_000


def test_at_most_65535_subscriptions_in_the_life_of_a_connection() -> None:
    user_data, held = user_streams(), connection()
    for number in range(MAX_IDS):
        assert user_data.subscribe(held, "a", by_logon=False) == number
        user_data.unsubscribe(held, number)
    with pytest.raises(VenueError, match="-2042"):
        user_data.subscribe(held, "a", by_logon=False)
    assert MAX_IDS == 65_535


# -- the end of a connection -------------------------------------------------------------------------------------------


@pytest.fixture
def own() -> Iterator[Process]:
    """A venue whose clock the test moves."""
    process = Process()
    yield process
    assert process.terminate() == 0


def test_a_connection_ends_after_24_hours_of_the_venues_clock_and_is_told_before(own: Process) -> None:
    client = own.account(USDT="1000")
    with client.ws() as ws:
        own.admin("POST", "clock", {"advance_ms": 24 * HOUR_MS - SHUTDOWN_NOTICE_MS - 60_000})
        assert (ws.ask("ping")["status"], ws.events) == (200, [])
        own.admin("POST", "clock", {"advance_ms": 90_000})
        event = json.loads(ws.connection.recv())["event"]
        assert (event["e"], event["E"] > 0) == ("serverShutdown", True)
        assert ws.ask("ping")["status"] == 200
        own.admin("POST", "clock", {"advance_ms": SHUTDOWN_NOTICE_MS})
        opcode, data = ws.connection.recv_data()
        assert (opcode, data[2:]) == (websocket.ABNF.OPCODE_CLOSE, b"the connection is 24 hours old")
    with client.ws() as ws:
        assert ws.ask("ping")["status"] == 200


def test_an_announced_shutdown_leaves_time_for_a_new_connection(own: Process) -> None:
    client = own.account(USDT="1000")
    with client.ws() as old:
        assert own.admin("POST", "connections/shutdown", {"after_ms": 1_500}).json() == {"told": 1}
        assert json.loads(old.connection.recv())["event"]["e"] == "serverShutdown"
        with client.ws() as new:
            assert (old.ask("ping")["status"], new.ask("ping")["status"]) == (200, 200)
            assert old.connection.recv_data()[0] == websocket.ABNF.OPCODE_CLOSE
            assert new.ask("ping")["status"] == 200
    assert own.admin("POST", "connections/shutdown", {"after_ms": -1}).status_code == 400


def test_a_venue_that_is_told_to_stop_says_so_on_every_connection() -> None:
    process = Process()
    client = process.account(USDT="1000")
    with client.ws() as ws:
        process.process.terminate()
        assert json.loads(ws.connection.recv())["event"]["e"] == "serverShutdown"
        assert ws.connection.recv_data()[0] == websocket.ABNF.OPCODE_CLOSE
    process.process.communicate(timeout=20)
    assert process.process.returncode == 0


@pytest.mark.parametrize("any_pong", [False, True])
def test_only_the_payload_of_a_ping_answers_it_unless_any_will_do(any_pong: bool) -> None:
    made = ApiConnection("w1", ClientUsage(Limits()), "127.0.0.1", 0, any_pong=any_pong)
    made._unanswered = {b"1": 1.0, b"2": 2.0, b"3": 3.0}
    made.answered(b"")
    assert list(made._unanswered) == ([] if any_pong else [b"1", b"2", b"3"])
    made.answered(b"2")
    assert list(made._unanswered) == ([] if any_pong else [b"3"])


@pytest.mark.parametrize("identity", ['"x\\u0041y"', "-7", "9007199254740993", "null", '""'])
def test_ids_come_back_verbatim(exchange: Process, identity: str) -> None:
    client = exchange.account()
    with client.ws() as ws:
        ws.connection.send(f'{{"id": {identity}, "method": "ping"}}')
        assert ws.connection.recv().startswith(f'{{"id":{identity},"status":200,')
        assert msgspec.json.decode(f"[{identity}]")

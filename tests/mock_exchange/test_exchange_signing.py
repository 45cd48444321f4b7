"""Signatures and recvWindow (binance-spot 1.3): the documented vectors, raw bytes, both looks at the time."""

from __future__ import annotations

import json
import time
from typing import Any

import msgspec
import pytest

from libraries.mock_exchange.core.errors import VenueError
from libraries.mock_exchange.core.order_parsing import PLACE_PARAMS
from libraries.mock_exchange.shell import trading
from libraries.mock_exchange.shell.api import Call, Exchange, run
from libraries.mock_exchange.shell.keys import hmac_key
from libraries.mock_exchange.shell.params import rest_params, rest_payload, ws_params, ws_payload
from libraries.mock_exchange.shell.security import TimeFrame, check_signature, time_frame
from tests.mock_exchange.core_kit import Core, ManualClock
from tests.mock_exchange.venue_client import Client, Process

DOCUMENTED = hmac_key(
    "a",
    "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A",
    "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j",
)
REST_PAYLOAD = "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559"
REST_SIGNATURE = "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71"
WS_SIGNATURE = "aa1b5712c094bc4e57c05a1a5c1fd8d88dcd628338ea863fec7b88e59fe2db24"
WS_REQUEST = (
    '{"symbol":"BTCUSDT","side":"SELL","type":"LIMIT","timeInForce":"GTC","quantity":"0.01000000","price":"52000.00",'
    f'"recvWindow":100,"timestamp":1645423376532,"apiKey":"{DOCUMENTED.api_key}","signature":"{WS_SIGNATURE}"}}'
)


def raw(text: str) -> dict[str, msgspec.Raw]:
    return msgspec.json.decode(text, type=dict[str, msgspec.Raw])


@pytest.mark.parametrize(
    ("query", "body"),
    [
        (f"{REST_PAYLOAD}&signature={REST_SIGNATURE}", ""),
        (f"signature={REST_SIGNATURE}&{REST_PAYLOAD}", ""),
        ("", f"{REST_PAYLOAD}&signature={REST_SIGNATURE}"),
        (REST_PAYLOAD[:30], f"{REST_PAYLOAD[30:]}&signature={REST_SIGNATURE}"),
    ],
)
def test_the_documented_rest_vector_wherever_the_parameters_stand(query: str, body: str) -> None:
    assert rest_payload(query, body).decode() == REST_PAYLOAD
    check_signature(DOCUMENTED, rest_payload(query, body), REST_SIGNATURE)
    check_signature(DOCUMENTED, rest_payload(query, body), REST_SIGNATURE.upper())


def test_the_documented_ws_vector_over_sorted_raw_literals() -> None:
    params = ws_params(raw(WS_REQUEST))
    check_signature(DOCUMENTED, ws_payload(params), params["signature"])


def test_ws_literals_are_taken_as_sent() -> None:
    params = ws_params(raw('{"z":1.0,"b":false,"a":"1.0","n":null,"e":"x\\u0041"}'))
    assert params == {"z": "1.0", "b": "false", "a": "1.0", "e": "xA"}
    assert ws_payload(params) == b"a=1.0&b=false&e=xA&z=1.0"


@pytest.mark.parametrize("literal", ["1", "1.0", "-0", "0", "1e2", "true", "false", '"-0"', "12345678901234567890123"])
def test_a_signature_is_over_the_literal_as_sent(client: Client, literal: str) -> None:
    """Both ways of reading a request: the quick one for plain literals, and the one that keeps each literal."""
    stamp = time.time_ns() // 1_000_000
    payload = f"apiKey={client.key}&omitZeroBalances={literal.strip(chr(34))}&timestamp={stamp}"
    params = f'"omitZeroBalances":{literal},"timestamp":{stamp},"apiKey":"{client.key}","signature":"{client.sign(payload)}"'
    with client.ws() as ws:
        ws.connection.send(f'{{"id":1,"method":"account.status","params":{{{params}}}}}')
        assert ws.answer().get("error", {}).get("code") in (None, -1130, -1100)


def test_the_payload_is_the_bytes_received_not_the_values_decoded() -> None:
    assert rest_payload("a=%20b&c=1+1&signature=x", "") == b"a=%20b&c=1+1"
    assert rest_params("a=%20b&c=1+1", "") == {"a": " b", "c": "1 1"}


def test_the_query_string_wins_over_the_body() -> None:
    assert rest_params("a=query", "a=body&b=2") == {"a": "query", "b": "2"}


@pytest.mark.parametrize(("query", "body"), [("a=1&a=2", ""), ("", "a=1&a=1")])
def test_a_parameter_twice_is_refused(query: str, body: str) -> None:
    with pytest.raises(VenueError, match=r"-1101 Duplicate values for a parameter detected\."):
        rest_params(query, body)


@pytest.mark.parametrize("payload", [REST_PAYLOAD + "0", REST_PAYLOAD.replace("BUY", "SELL")])
def test_a_changed_payload_is_refused(payload: str) -> None:
    with pytest.raises(VenueError, match=r"-1022 Signature for this request is not valid\."):
        check_signature(DOCUMENTED, payload.encode(), REST_SIGNATURE)


@pytest.mark.parametrize(
    ("age_ms", "window", "refused"),
    [
        (5000, None, None),
        (5001, None, "outside of the recvWindow"),
        (-999, None, None),
        (-1000, None, "1000ms ahead"),
        (100, "99.999", "outside of the recvWindow"),
        (100, "100", None),
    ],
)
def test_the_time_frame_at_its_edges(age_ms: int, window: str | None, refused: str | None) -> None:
    clock = ManualClock()
    params = {"timestamp": str(clock.ms - age_ms)} | ({"recvWindow": window} if window else {})
    frame = time_frame(params)
    if refused is None:
        frame.check(clock.now_us())
        return
    with pytest.raises(VenueError, match=f"-1021 .*{refused}"):
        frame.check(clock.now_us())


def test_a_timestamp_may_be_in_microseconds() -> None:
    assert time_frame({"timestamp": "1700000000000123"}).timestamp_us == 1_700_000_000_000_123


@pytest.mark.parametrize(("window", "code"), [("60000", None), ("60000.001", -1131), ("abc", -1102), ("1.0001", -1102)])
def test_the_window_is_bounded(window: str, code: int | None) -> None:
    if code is None:
        assert time_frame({"timestamp": "1700000000000", "recvWindow": window}).window_us == 60_000_000
        return
    with pytest.raises(VenueError) as refused:
        time_frame({"timestamp": "1700000000000", "recvWindow": window})
    assert refused.value.code == code


def test_the_window_is_looked_at_again_immediately_before_matching_and_the_refusal_is_on_record() -> None:
    core = Core()
    params = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "1", "price": "100"}
    exchange = Exchange(core.venue, core.clock, failed=pytest.fail)  # type: ignore[arg-type]
    call = Call(params, "rest", 1, account="a", frame=TimeFrame(core.clock.ms * 1000, 100_000))
    core.clock.ms += 101
    with pytest.raises(VenueError, match=r"-1021 Timestamp for this request is outside of the recvWindow\."):
        run(exchange, trading.PLACE, call)
    assert core.venue.all_orders("a") == []
    assert core.journal.lines[-1] | {"seq": 0, "t": 0, "mono": 0} == {
        "type": "request",
        "seq": 0,
        "t": 0,
        "mono": 0,
        "account": "a",
        "action": "place",
        "via": "rest",
        "client_order_id": None,
        "symbol": "BTCUSDT",
        "side": "BUY",
        "order_type": "LIMIT",
        "time_in_force": "GTC",
        "quantity": "1",
        "price": "100",
        "quote_order_qty": None,
        "outcome": "rejected",
        "code": -1021,
        "msg": "Timestamp for this request is outside of the recvWindow.",
        "received_ns": 1,
    }
    assert set(params) <= PLACE_PARAMS


@pytest.fixture(scope="module")
def client(exchange: Process) -> Client:
    return exchange.account(USDT="1000")


def _refusal(answer: Any) -> tuple[int, int, str]:
    body = answer.json()
    return answer.status_code, body["code"], body["msg"]


def test_rest_refuses_missing_malformed_and_unknown_keys(client: Client) -> None:
    query = f"timestamp={time.time_ns() // 1_000_000}"
    signed = f"{query}&signature={client.sign(query)}"
    assert _refusal(client.raw("GET", "account", signed, **{"X-MBX-APIKEY": "no key!"})) == (401, -2014, "API-key format invalid.")
    unknown = _refusal(client.raw("GET", "account", signed, **{"X-MBX-APIKEY": "k" * 64}))
    assert unknown == (401, -2015, "Invalid API-key, IP, or permissions for action.")


@pytest.mark.parametrize("name", ["timestamp", "signature"])
def test_rest_demands_timestamp_and_signature(client: Client, name: str) -> None:
    params = {"timestamp": str(time.time_ns() // 1_000_000), "signature": "0" * 64}
    del params[name]
    text = f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed."
    assert _refusal(client.raw("GET", "account", "&".join(f"{k}={v}" for k, v in params.items()))) == (400, -1102, text)


def test_rest_accepts_an_order_signed_over_query_and_body(client: Client) -> None:
    query = f"symbol=BTCUSDT&side=BUY&timestamp={time.time_ns() // 1_000_000}"
    body = "type=LIMIT&timeInForce=GTC&quantity=1&price=50"
    answer = client.raw("POST", "order", query, body + f"&signature={client.sign(query + body)}")
    assert answer.status_code == 200, answer.text
    assert _refusal(client.raw("POST", "order", query, body + f"&signature={client.sign(query + '&' + body)}"))[1] == -1022


def test_ws_accepts_numbers_and_booleans_as_sent_and_refuses_a_wrong_signature(client: Client) -> None:
    with client.ws() as ws:
        placed = ws.signed("order.place", symbol="BTCUSDT", side="BUY", type="LIMIT", timeInForce="GTC", quantity=1.0, price=50.00)
        assert placed["status"] == 200, placed
        assert ws.signed("account.status", omitZeroBalances=True)["status"] == 200
        wrong = client.signed_ws() | {"signature": "0" * 64}
        assert ws.ask("account.status", wrong)["error"] == {"code": -1022, "msg": "Signature for this request is not valid."}


def test_nothing_secret_is_shown_in_the_transcript(exchange: Process, client: Client) -> None:
    with client.ws() as ws:
        ws.signed("account.status")
    shown = exchange.admin("GET", f"requests?account={client.name}").json()
    assert shown
    assert client.key not in json.dumps(shown)
    assert all("signature" not in entry["params"] and "apiKey" not in entry["params"] for entry in shown)

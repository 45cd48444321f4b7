"""Control messages: each row is a request and the exact reply (binance-spot 1.9)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from libraries.mock_exchange.streams import control

EXPECTED = "expected one of `SUBSCRIBE`, `UNSUBSCRIBE`, `LIST_SUBSCRIPTIONS`, `SET_PROPERTY`, `GET_PROPERTY`"
LIST = ["btcusdt@trade", "btcusdt@depth"]


@pytest.mark.parametrize(
    ("request_text", "reply"),
    [
        ('{"method":"SUBSCRIBE","params":["ethusdt@trade"],"id":1}', {"result": None, "id": 1}),
        ('{"method":"SUBSCRIBE","params":["no such stream"],"id":"abc9"}', {"result": None, "id": "abc9"}),
        ('{"method":"UNSUBSCRIBE","params":["btcusdt@trade"],"id":-5}', {"result": None, "id": -5}),
        (
            '{"method":"LIST_SUBSCRIPTIONS","id":"2f8beb1e-e6bd-4b5f-9f4a-61e0a56b73c6"}',
            {"result": LIST, "id": "2f8beb1e-e6bd-4b5f-9f4a-61e0a56b73c6"},
        ),
        ('{"method":"UNSUBSCRIBE","params":["never@read"],"id":null}', {"result": None, "id": None}),
        ('{"method":"LIST_SUBSCRIPTIONS","id":3}', {"result": LIST, "id": 3}),
        ('{"method":"LIST_SUBSCRIPTIONS"}', {"result": LIST, "id": None}),
        ('{"method":"LIST_SUBSCRIPTIONS","params":[],"id":3}', {"result": LIST, "id": 3}),
        ('{"method":"GET_PROPERTY","params":["combined"],"id":2}', {"result": False, "id": 2}),
        ('{"method":"SET_PROPERTY","params":["combined",true],"id":9223372036854775807}', {"result": None, "id": 9223372036854775807}),
        ('{"method":"GET_PROPERTY","params":["speed"],"id":4}', {"code": 0, "msg": "Unknown property", "id": 4}),
        ('{"method":"SET_PROPERTY","params":["speed",true],"id":4}', {"code": 0, "msg": "Unknown property", "id": 4}),
        ('{"method":"SET_PROPERTY","params":["combined","yes"],"id":4}', {"code": 1, "msg": "Invalid value type: expected Boolean"}),
        ('{"method":"SET_PROPERTY","params":["combined"],"id":4}', {"code": 1, "msg": "Invalid value type: expected Boolean"}),
        ('{"method":"SET_PROPERTY","params":["combined",1],"id":4}', {"code": 1, "msg": "Invalid value type: expected Boolean"}),
        ('{"method":"GET_PROPERTY","params":[7],"id":4}', {"code": 2, "msg": "Invalid request: property name must be a string"}),
        ('{"method":"GET_PROPERTY","id":4}', {"code": 2, "msg": "Invalid request: property name must be a string"}),
        ('{"method":"GET_PROPERTY","params":["combined",1],"id":4}', {"code": 2, "msg": "Invalid request: too many parameters"}),
        ('{"method":"LIST_SUBSCRIPTIONS","params":["x"],"id":4}', {"code": 2, "msg": "Invalid request: too many parameters"}),
        ('{"method":"LIST_SUBSCRIPTIONS","id":4,"x":1}', {"code": 2, "msg": "Invalid request: too many parameters"}),
        (
            '{"method":"SUBSCRIBE","params":["a@trade"],"id":1.5}',
            {"code": 2, "msg": "Invalid request: request ID must be an unsigned integer"},
        ),
        (
            '{"method":"SUBSCRIBE","params":["a@trade"],"id":true}',
            {"code": 2, "msg": "Invalid request: request ID must be an unsigned integer"},
        ),
        (
            '{"method":"SUBSCRIBE","params":["a@trade"],"id":"a b"}',
            {"code": 2, "msg": "Invalid request: request ID must be an unsigned integer"},
        ),
        (
            '{"method":"SUBSCRIBE","params":["a@trade"],"id":9223372036854775808}',
            {"code": 2, "msg": "Invalid request: request ID must be an unsigned integer"},
        ),
        (
            '{"method":"SUBSCRIBE","params":["a@trade"],"id":"' + "x" * 37 + '"}',
            {"code": 2, "msg": "Invalid request: request ID must be an unsigned integer"},
        ),
        ('{"method":"SUBSCRIBE","id":1}', {"code": 2, "msg": "Invalid request: missing field `params`"}),
        ('{"method":"SUBSCRIBE","params":[1],"id":1}', {"code": 2, "msg": "Invalid request: stream name must be a string"}),
        ('{"method":"SUBSCRIBE","params":"a@trade","id":1}', {"code": 2, "msg": "Invalid request: params must be an array"}),
        ('{"params":["a@trade"],"id":1}', {"code": 2, "msg": "Invalid request: missing field `method` at line 1 column 29"}),
        (
            '{"method":"subscribe","id":1}',
            {"code": 2, "msg": f"Invalid request: unknown variant `subscribe`, {EXPECTED} at line 1 column 21"},
        ),
        ('{\n"method" : "PING"}', {"code": 2, "msg": f"Invalid request: unknown variant `PING`, {EXPECTED} at line 2 column 17"}),
        ("not json", {"code": 3, "msg": "Invalid JSON: expected value at line 1 column 1"}),
        ('{"method":}', {"code": 3, "msg": "Invalid JSON: expected value at line 1 column 11"}),
        ("", {"code": 3, "msg": "Invalid JSON: expected value at line 1 column 1"}),
        ("[1]", {"code": 2, "msg": "Invalid request: missing field `method` at line 1 column 3"}),
    ],
)
def test_reply(request_text: str, reply: dict[str, Any]) -> None:
    session = control.Session(list(LIST), combined=False)
    outcome = control.answer(session, request_text)
    assert json.loads(outcome.reply) == reply
    assert outcome.code == reply.get("code")
    if "code" in reply:
        assert (list(session.streams), session.combined, outcome.added, outcome.removed) == (LIST, False, [], [])


def test_subscribing_adds_each_stream_once_in_order() -> None:
    session = control.Session(["a@trade"], combined=True)
    outcome = control.answer(session, '{"method":"SUBSCRIBE","params":["b@trade","a@trade","b@trade","c@trade"],"id":1}')
    assert list(session.streams) == ["a@trade", "b@trade", "c@trade"]
    assert outcome.added == ["b@trade", "c@trade"]


def test_unsubscribing_removes() -> None:
    session = control.Session(["a@trade", "b@trade"], combined=True)
    outcome = control.answer(session, '{"method":"UNSUBSCRIBE","params":["a@trade","x@trade"],"id":1}')
    assert (list(session.streams), outcome.removed) == (["b@trade"], ["a@trade"])


def test_set_property_toggles_the_wrapper() -> None:
    session = control.Session([], combined=True)
    control.answer(session, '{"method":"SET_PROPERTY","params":["combined",false],"id":1}')
    assert session.combined is False


def test_at_most_1024_streams() -> None:
    session = control.Session([f"s{number}@trade" for number in range(1024)], combined=True)
    assert json.loads(control.answer(session, '{"method":"SUBSCRIBE","params":["s1@trade"],"id":1}').reply) == {"result": None, "id": 1}
    outcome = control.answer(session, '{"method":"SUBSCRIBE","params":["one@more"],"id":1}')
    assert outcome.code == 2
    assert b"at most 1024" in outcome.reply
    assert len(session.streams) == 1024


def test_deep_nesting_is_a_json_error_and_no_crash() -> None:
    assert control.answer(control.Session([], combined=False), "[" * 100_000).code == 3

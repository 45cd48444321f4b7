"""Fault rules as data: what is read, what is refused and how, when a rule fires. No I/O."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest

from libraries.mock_exchange.faults.actions import Corrupt, Delay, Drop, Edit, Replace, Status, Truncate
from libraries.mock_exchange.faults.mangling import corrupted, edited, replaced, truncated
from libraries.mock_exchange.faults.matching import ArmedRule, Armory, Subject
from libraries.mock_exchange.faults.rules import Rule, RuleError, read_rules


def rule(**keys: Any) -> Rule:
    (found,) = read_rules(json.dumps({"point": "event", "action": "drop"} | keys).encode())
    return found


def test_a_rule_is_read_with_a_name_or_a_list_for_an_action() -> None:
    assert rule().actions == (Drop(),)
    assert rule(action=["drop", {"type": "delay", "ms": 5}]).actions == (Drop(), Delay(ms=5))
    status = rule(point="after_match", action={"type": "status", "status": 503, "code": -1007}, times=2, seed=3, id="mine")
    assert (status.actions, status.times, status.seed, status.id) == ((Status(status=503, code=-1007),), 2, 3, "mine")


def test_several_rules_are_read_in_order() -> None:
    body = json.dumps([{"point": "event", "action": "drop"}, {"point": "before_reply", "action": "corrupt"}]).encode()
    assert [each.point for each in read_rules(body)] == ["event", "before_reply"]


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        ({"times": "1"}, 'times: expected `int`, got "1"'),
        ({"times": 0}, "times: expected `int` >= 1, got 0"),
        ({"point": "behind"}, "point: expected one of now, connect, after_headers, before_parse, after_validate, after_match"),
        ({"points": "event"}, "points: expected one of the keys point, action, match, times, seed, id, got 'points'"),
        ({"match": {"simbol": "BTCUSDT"}}, "match.simbol: expected one of the keys api, address, connection"),
        ({"match": {"nth": 0}}, "match.nth: expected `int` >= 1, got 0"),
        ({"match": {"nth": 1, "every": 2}}, "match.nth: expected nth or every, got both (1, 2)"),
        ({"match": {"probability": 2}}, "match.probability: expected `float` <= 1.0, got 2"),
        ({"match": {"after": 5, "until": 5}}, "match.until: expected a venue time after 5 (match.after), got 5"),
        ({"match": {"api": "rest"}}, "match.api: expected ws-api or stream at point event, got rest"),
        ({"point": "connect", "action": "reset"}, "match.api: expected tcp, ws-api or stream at point connect, got none"),
        ({"action": "explode"}, "action: expected an action that needs no more than its name, got 'explode'"),
        ({"action": "delay"}, "missing required field `ms`"),
        ({"action": {"type": "delay", "ms": -1}}, "action.ms: expected `int` >= 0, got -1"),
        ({"action": {"type": "slow"}}, "action: expected one of drop, delay, reset"),
        ({"action": []}, "action: expected 1 to 16 actions, got 0"),
        (
            {"point": "before_reply", "action": {"type": "status", "status": 503}},
            "action.code: expected a code such as -1007, or a body, got none",
        ),
        (
            {"point": "before_reply", "action": {"type": "status", "status": 503, "code": -9}},
            "action.msg: expected a text, because -9 has none here",
        ),
        ({"point": "before_reply", "match": {"api": "rest"}, "action": "reorder"}, "match.api: expected ws-api for reorder"),
        ({"point": "before_reply", "action": "swap_id"}, "match.api: expected ws-api for swap_id (an HTTP answer has one place), got none"),
        ({"point": "now", "match": {"symbol": "X"}, "action": {"type": "skew", "ms": 1}}, "match: expected none at point now"),
    ],
)
def test_a_wrong_rule_names_key_expected_and_got(keys: dict[str, Any], text: str) -> None:
    with pytest.raises(RuleError) as refused:
        rule(**keys)
    assert text in str(refused.value)


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[]", b"7", b"null"])
def test_what_is_no_rule_is_refused_with_an_example(body: bytes) -> None:
    with pytest.raises(RuleError, match="rule: expected"):
        read_rules(body)


def test_every_key_of_a_match_must_hold() -> None:
    armed = ArmedRule("f", rule(match={"event": ["executionReport", "balanceUpdate"], "symbol": "BTC*", "order_id": [7, 8]}))
    right = {"event": "executionReport", "symbol": "BTCUSDT", "order_id": 7}
    for key, other in (("event", "listStatus"), ("symbol", "ETHUSDT"), ("order_id", 9)):
        assert not armed.takes(Subject(**(right | {key: other})), 0)
    assert armed.takes(Subject(**right), 0)


def test_a_connection_is_named_by_its_id_or_by_the_clients_end() -> None:
    armed = ArmedRule("f", rule(match={"connection": "127.0.0.1:5"}))
    assert armed.takes(Subject(connection="w1", peer="127.0.0.1:5"), 0)
    assert not armed.takes(Subject(connection="w1", peer="127.0.0.1:6"), 0)
    assert ArmedRule("f", rule(match={"connection": "w1"})).takes(Subject(connection="w1", peer="x"), 0)


def test_an_address_is_named_by_its_name_or_by_host_and_port() -> None:
    for wanted in ("api2", "127.0.0.1:7"):
        armed = ArmedRule("f", rule(match={"address": wanted}))
        assert armed.takes(Subject(address="api2", local="127.0.0.1:7"), 0)
        assert not armed.takes(Subject(address="direct", local="127.0.0.1:8"), 0)


def fired(keys: dict[str, Any], number: int = 10) -> list[int]:
    """Which of the subjects 1..number a rule takes."""
    armed = ArmedRule("f", rule(**keys))
    return [each for each in range(1, number + 1) if armed.takes(Subject(), each)]


def test_counting() -> None:
    assert fired({}) == list(range(1, 11))
    assert fired({"times": 2}) == [1, 2]
    assert fired({"match": {"nth": 3}}) == [3]
    assert fired({"match": {"every": 4}}) == [4, 8]
    assert fired({"match": {"every": 2}, "times": 2}) == [2, 4]
    assert fired({"match": {"after": 3, "until": 6}}) == [3, 4, 5]
    assert fired({"match": {"after": 3, "nth": 2}}) == [4]


def test_the_seed_decides_what_is_drawn() -> None:
    first = fired({"match": {"probability": 0.5}, "seed": 1}, 200)
    assert first == fired({"match": {"probability": 0.5}, "seed": 1}, 200)
    assert first != fired({"match": {"probability": 0.5}, "seed": 2}, 200)
    assert 70 < len(first) < 130
    assert fired({"match": {"probability": 0}}) == []
    assert fired({"match": {"probability": 1}}) == list(range(1, 11))


def test_rules_of_a_point_fire_in_the_order_of_their_arming_and_leave_when_spent() -> None:
    armory = Armory()
    first, second = armory.arm(rule(times=1)), armory.arm(rule())
    assert armory.take("event", Subject(), 0) == [first, second]
    assert armory.take("event", Subject(), 0) == [second]
    assert armory.take("before_reply", Subject(), 0) == []
    assert (armory.is_active(first), armory.is_active(second), first.hits, second.hits) == (False, True, 1, 2)
    assert (armory.disarm(second.id), armory.disarm(second.id), armory.is_empty) == (True, False, True)


MESSAGE = b'{"e":"trade","U":5,"b":[["99","1"]],"a":[["101","1"]],"n":{"x":1}}'


def test_corrupt_bytes_are_no_json_any_more_and_the_seed_says_which() -> None:
    spoiled = corrupted(MESSAGE, Corrupt(count=3), Random(1))
    assert spoiled == corrupted(MESSAGE, Corrupt(count=3), Random(1)) != corrupted(MESSAGE, Corrupt(count=3), Random(2))
    for seed in range(200):
        with pytest.raises(ValueError):
            json.loads(corrupted(MESSAGE, Corrupt(), Random(seed)).decode())


def test_truncated_keeps_the_first_bytes_and_no_half_characters() -> None:
    assert truncated(MESSAGE, Truncate(keep=3)) == MESSAGE[:3]
    assert len(truncated(MESSAGE, Truncate())) == len(MESSAGE) // 2
    assert truncated("é".encode(), Truncate(keep=1)) == b""


def test_replaced_by_a_text_of_a_size() -> None:
    assert replaced(Replace(body="<html>")) == b"<html>"
    assert replaced(Replace(body="ab", size=5)) == b"ababa"
    assert replaced(Replace(size=3)) == b"   "
    assert replaced(Replace()) == b""


def test_fields_are_set_added_to_and_exchanged() -> None:
    changed = json.loads(edited(MESSAGE, Edit(set={"e": "x", "n.y": 2, "b.0.1": "7"}, add={"U": 5, "n.x": -1}, swap=[("b", "a")])))
    assert changed == {"e": "x", "U": 10, "b": [["101", "1"]], "a": [["99", "7"]], "n": {"x": 0, "y": 2}}
    assert edited(b"no json", Edit(set={"e": 1})) == b"no json"
    assert json.loads(edited(MESSAGE, Edit(set={"gone.deep": 1}, add={"e": 1}, swap=[("a", "zz")]))) == json.loads(MESSAGE)

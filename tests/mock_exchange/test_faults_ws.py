"""Faults of WebSocket connections: answers and user events of the WebSocket API, market streams, handshakes."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import websocket

from tests.mock_exchange.fault_kit import PLACE, arm, fault_lines, hits, orders
from tests.mock_exchange.venue_client import Client, Process, WsClient

Opened = Callable[..., websocket.WebSocket]
GONE = (ConnectionResetError, websocket.WebSocketConnectionClosedException)
LIMIT = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "1", "price": "100"}


@pytest.fixture
def client(exchange: Process) -> Iterator[Client]:
    exchange.book("BTCUSDT")
    account = exchange.account(USDT="1000000", BTC="2")
    yield account
    assert exchange.admin("DELETE", "faults").status_code == 200
    exchange.admin("DELETE", f"orders?account={account.name}")


@pytest.fixture
def ws(client: Client) -> Iterator[WsClient]:
    with client.ws() as connection:
        yield connection


@pytest.fixture
def stream(exchange: Process) -> Iterator[Opened]:
    """Opens a market stream."""
    with contextlib.ExitStack() as stack:

        def opened(path: str, timeout: float = 10) -> websocket.WebSocket:
            return stack.enter_context(
                contextlib.closing(websocket.create_connection(exchange.ready["stream_url"] + path, timeout=timeout))
            )

        yield opened


def trade(exchange: Process, *quantities: str) -> None:
    """Public trades of these quantities, one command each."""
    for quantity in quantities:
        exchange.book("BTCUSDT", asks=[("101", "10")])
        body = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": quantity, "account": "crowd"}
        assert exchange.admin("POST", "orders", body).status_code == 200


def quantities(connection: websocket.WebSocket, count: int) -> list[str]:
    return [json.loads(connection.recv())["q"].rstrip("0").rstrip(".") for _ in range(count)]


def silent(connection: websocket.WebSocket) -> bool:
    connection.settimeout(0.3)
    try:
        connection.recv()
    except websocket.WebSocketTimeoutException:
        return True
    return False


# -- answers -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("point", "executed"), [("before_parse", 0), ("after_validate", 0), ("after_match", 1), ("before_reply", 1)])
def test_an_error_before_and_after_matching(exchange: Process, client: Client, ws: WsClient, point: str, executed: int) -> None:
    arm(exchange, match=PLACE, point=point, action={"type": "status", "status": 503, "code": -1007}, times=1)
    answer = ws.signed("order.place", **LIMIT)
    assert (answer["id"], answer["status"], answer["error"]["code"], "result" in answer) == (1, 503, -1007, False)
    assert (len(orders(exchange, client)), ws.signed("order.place", **LIMIT)["status"]) == (executed, 200)


def test_retry_after_is_an_absolute_time(exchange: Process, ws: WsClient) -> None:
    arm(
        exchange,
        match={"method": "ping"},
        point="before_parse",
        action={"type": "status", "status": 429, "code": -1003, "retry_after_s": 3},
    )
    answer = ws.ask("ping")
    data = answer["error"]["data"]
    assert (answer["status"], data["retryAfter"] - data["serverTime"], "rateLimits" in answer) == (429, 3000, True)


def test_a_lost_answer_leaves_the_connection_alive(exchange: Process, client: Client, ws: WsClient) -> None:
    arm(exchange, match=PLACE, point="after_match", action="drop", times=1)
    ws.connection.send(json.dumps({"id": "lost", "method": "order.place", "params": client.signed_ws(**LIMIT)}))
    assert ws.ask("ping")["id"] == 1
    assert len(orders(exchange, client)) == 1


def test_a_late_answer_is_overtaken_by_events_and_other_answers(exchange: Process, client: Client, ws: WsClient) -> None:
    ws.subscribe()
    arm(exchange, match=PLACE, point="before_reply", action={"type": "delay", "ms": 200}, times=1)
    ws.connection.send(json.dumps({"id": "late", "method": "order.place", "params": client.signed_ws(**LIMIT)}))
    assert ws.ask("ping")["id"] == 2
    assert (ws.answer()["id"], ws.events[0]["event"]["x"]) == ("late", "NEW")


def test_two_answers_bear_each_others_id(exchange: Process, ws: WsClient) -> None:
    arm(exchange, match={"api": "ws-api", "method": "ping"}, point="before_reply", action="swap_id", times=1)
    ws.connection.send('{"id":"a","method":"ping"}')
    ws.connection.send('{"id":"b","method":"time"}')
    answers = [ws.answer(), ws.answer()]
    assert [(each["id"], bool(each["result"])) for each in answers] == [("b", False), ("a", True)]


def test_an_answer_alone_keeps_its_id_after_a_while(exchange: Process, ws: WsClient) -> None:
    arm(exchange, match={"api": "ws-api", "method": "ping"}, point="before_reply", action={"type": "swap_id", "within_ms": 20}, times=1)
    assert ws.ask("ping")["id"] == 1


def test_answers_twice_in_another_order_and_spoiled(exchange: Process, ws: WsClient) -> None:
    arm(exchange, match={"api": "ws-api", "method": "ping"}, point="before_reply", action="duplicate", times=1)
    assert (ws.ask("ping", identity="x")["id"], ws.answer()["id"]) == ("x", "x")
    arm(exchange, match={"api": "ws-api", "method": "ping"}, point="before_reply", action="reorder", times=1)
    ws.connection.send('{"id":"first","method":"ping"}')
    ws.connection.send('{"id":"second","method":"ping"}')
    assert [ws.answer()["id"], ws.answer()["id"]] == ["second", "first"]
    arm(exchange, match={"method": "ping"}, point="before_reply", action={"type": "truncate", "keep": 5}, times=1)
    ws.connection.send('{"id":1,"method":"ping"}')
    assert ws.connection.recv() == '{"id"'


@pytest.mark.parametrize("first", ["corrupt", "truncate", {"type": "replace", "body": "<html>"}])
def test_a_status_takes_the_place_of_an_answer_that_another_action_spoiled(exchange: Process, ws: WsClient, first: Any) -> None:
    status = {"type": "status", "status": 503, "code": -1007}
    arm(exchange, match={"method": "ping"}, point="before_reply", action=[first, status], times=1)
    answer = ws.ask("ping")
    assert (answer["status"], answer["error"]["code"], "result" in answer) == (503, -1007, False)


@pytest.mark.parametrize("action", [{"type": "reset", "after_bytes": 9}, {"type": "truncate", "keep": 9}])
def test_a_frame_that_breaks_off(exchange: Process, ws: WsClient, action: dict[str, Any]) -> None:
    rule = arm(exchange, match={"method": "ping"}, point="mid_body", action=action, times=1)
    ws.connection.send('{"id":1,"method":"ping"}')
    with pytest.raises(GONE):
        ws.connection.recv()
    assert hits(exchange, rule) == 1


def test_a_half_open_connection_neither_reads_nor_answers(exchange: Process, client: Client, ws: WsClient) -> None:
    ws.subscribe()
    arm(exchange, match={"method": "ping"}, point="before_parse", action="half_open", times=1)
    order = json.dumps({"id": 2, "method": "order.place", "params": client.signed_ws(**LIMIT)})
    frames = [websocket.ABNF.create_frame(text, websocket.ABNF.OPCODE_TEXT).format() for text in ('{"id":1,"method":"ping"}', order)]
    ws.connection.sock.sendall(b"".join(frames))  # one packet: the venue has read the order when the ping kills the connection
    client.limit("BUY", "1", "99")
    assert (silent(ws.connection), len(orders(exchange, client))) == (True, 1)
    assert exchange.admin("POST", "quiesce").status_code == 200
    exchange.admin("POST", "resume")
    exchange.admin("DELETE", "faults")
    with pytest.raises(GONE):
        ws.connection.recv()


# -- user events ---------------------------------------------------------------------------------------------------


def events_of(exchange: Process, client: Client, ws: WsClient, **rule: Any) -> list[tuple[Any, Any]]:
    """What a subscriber sees of a partial fill while that rule is armed: (event, x)."""
    ws.subscribe()
    exchange.book("BTCUSDT", asks=[("101", "0.4")])
    arm(exchange, point="event", **rule)
    client.limit("BUY", "1", "101")
    ws.ask("ping")
    return [(each["event"]["e"], each["event"].get("x")) for each in ws.events]


ALL = [("executionReport", "NEW"), ("executionReport", "TRADE"), ("outboundAccountPosition", None)]


def test_events_without_a_fault_of_theirs(exchange: Process, client: Client, ws: WsClient) -> None:
    assert events_of(exchange, client, ws, match={"account": "nobody"}, action="drop") == ALL


def test_a_lost_user_event(exchange: Process, client: Client, ws: WsClient) -> None:
    assert events_of(exchange, client, ws, match={"execution": "TRADE"}, action="drop") == [ALL[0], ALL[2]]
    (line,) = [each for each in fault_lines(exchange, _last_rule(exchange)) if each["account"] == client.name]
    (order,) = orders(exchange, client)
    assert (line["event"], line["order_id"], line["client_order_id"]) == ("executionReport", order["order_id"], order["client_order_id"])


def test_user_events_twice_and_in_another_order(exchange: Process, client: Client, ws: WsClient) -> None:
    rule = {"match": {"event": "executionReport", "nth": 1}, "action": ["duplicate"]}
    assert events_of(exchange, client, ws, **rule) == [ALL[0], *ALL]


def test_the_first_user_event_comes_after_the_second(exchange: Process, client: Client, ws: WsClient) -> None:
    assert events_of(exchange, client, ws, match={"event": "executionReport", "nth": 1}, action="reorder") == [ALL[1], ALL[0], ALL[2]]


def test_a_late_user_event_keeps_those_behind_it_waiting_or_not(exchange: Process, client: Client, ws: WsClient) -> None:
    rule = {"match": {"execution": "NEW"}, "action": {"type": "delay", "ms": 60_000}}
    assert events_of(exchange, client, ws, **rule) == []
    exchange.admin("DELETE", "faults")
    ws.ask("ping")
    assert [each["event"].get("x") for each in ws.events] == ["NEW", "TRADE", None]


def test_a_late_user_event_that_may_be_overtaken(exchange: Process, client: Client, ws: WsClient) -> None:
    rule = {"match": {"execution": "NEW"}, "action": {"type": "delay", "ms": 60_000, "overtaken": True}}
    assert events_of(exchange, client, ws, **rule) == ALL[1:]


def test_a_balance_moves_silently(exchange: Process, client: Client, ws: WsClient) -> None:
    ws.subscribe()
    for silent_move in (True, False):
        action = {"type": "move_balance", "account": client.name, "asset": "BTC", "amount": "-0.5", "silent": silent_move}
        arm(exchange, point="now", action=action)
    ws.ask("ping")
    assert [each["event"]["e"] for each in ws.events] == ["balanceUpdate", "outboundAccountPosition"]
    assert exchange.admin("GET", f"accounts/{client.name}").json()["balances"]["BTC"]["free"] == "1"


# -- market streams ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "nth", "seen"),
    [
        ("drop", 2, ["1", "3", "4"]),
        ("duplicate", 2, ["1", "2", "2", "3", "4"]),
        ("reorder", 1, ["2", "1", "3", "4"]),
        ({"type": "reorder", "by": 2}, 1, ["2", "3", "1", "4"]),
        ({"type": "delay", "ms": 50}, 1, ["1", "2", "3", "4"]),
        ({"type": "edit", "set": {"q": "9"}}, 4, ["1", "2", "3", "9"]),
    ],
)
def test_stream_messages(exchange: Process, client: Client, stream: Opened, action: Any, nth: int, seen: list[str]) -> None:
    reader, untouched = stream("/ws/btcusdt@trade"), stream("/ws/btcusdt@trade")
    host, port = reader.sock.getsockname()
    arm(exchange, match={"stream": "btcusdt@trade", "connection": f"{host}:{port}", "nth": nth}, point="event", action=action)
    trade(exchange, "1", "2", "3", "4")
    assert quantities(reader, len(seen)) == seen
    assert quantities(untouched, 4) == ["1", "2", "3", "4"]


def test_a_stream_message_is_overtaken_by_those_of_its_own_stream_only(exchange: Process, client: Client, stream: Opened) -> None:
    """Each trade of a command is followed by the best prices: they come in between, and do not count."""
    reader = stream("/stream?streams=btcusdt@trade/btcusdt@bookTicker")
    arm(exchange, match={"stream": "btcusdt@trade", "nth": 1}, point="event", action="reorder")
    trade(exchange, "1", "2", "3")
    seen: list[str] = []
    between = 0
    while len(seen) < 3:
        message = json.loads(reader.recv())
        if message["stream"] == "btcusdt@trade":
            seen.append(message["data"]["q"].rstrip("0").rstrip("."))
        elif not seen:
            between += 1
    assert seen == ["2", "1", "3"]
    assert between > 0


def test_stream_messages_that_are_no_json(exchange: Process, client: Client, stream: Opened) -> None:
    reader = stream("/stream?streams=btcusdt@trade")
    arm(exchange, match={"event": "trade", "nth": 1}, point="event", action="corrupt", seed=3)
    arm(exchange, match={"event": "trade", "nth": 2}, point="event", action="truncate")
    trade(exchange, "1", "2", "3")
    for _ in range(2):
        with pytest.raises(json.JSONDecodeError):
            json.loads(reader.recv())
    assert json.loads(reader.recv())["data"]["q"].startswith("3")


FORMS = [("binary", [2]), ("invalid_utf8", [1]), ("fragments", [1, 0, 0])]


@pytest.mark.parametrize(("form", "opcodes"), FORMS)
@pytest.mark.parametrize("last", [True, False])
def test_stream_messages_in_other_frames(
    exchange: Process, client: Client, stream: Opened, form: str, opcodes: list[int], *, last: bool
) -> None:
    """Whether it is the last one that waits, which leaves by another way, or others wait behind it."""
    reader = stream("/ws/btcusdt@trade")
    arm(exchange, match={"event": "trade", "nth": 2}, point="event", action={"type": "frame", "form": form})
    trade(exchange, *(["1", "2"] if last else ["1", "2", "3"]))
    assert quantities(reader, 1) == ["1"]
    seen = [reader.recv_frame() for _ in opcodes]
    assert [frame.opcode for frame in seen] == opcodes
    assert [frame.fin for frame in seen] == [0] * (len(opcodes) - 1) + [1]
    whole = b"".join(frame.data for frame in seen)
    assert (b"\xff" in whole) is (form == "invalid_utf8")
    assert json.loads(whole.replace(b"\xff", b""))["q"].startswith("2")
    if not last:
        assert quantities(reader, 1) == ["3"]


@pytest.mark.parametrize(("form", "opcodes"), FORMS)
def test_user_events_in_other_frames(exchange: Process, client: Client, ws: WsClient, form: str, opcodes: list[int]) -> None:
    ws.subscribe()
    arm(exchange, match={"event": "executionReport"}, point="event", action={"type": "frame", "form": form}, times=1)
    client.limit("BUY", "1", "90")
    seen = [ws.connection.recv_frame() for _ in opcodes]
    assert [frame.opcode for frame in seen] == opcodes
    assert b"executionReport" in b"".join(frame.data for frame in seen).replace(b"\xff", b"")


def test_a_gap_in_update_ids(exchange: Process, client: Client, stream: Opened) -> None:
    reader = stream("/ws/btcusdt@depth@100ms")
    arm(exchange, match={"event": "depthUpdate", "nth": 2}, point="event", action="drop")
    for price in ("101", "102", "103"):
        exchange.book("BTCUSDT", asks=[(price, "1")])
        exchange.admin("POST", "quiesce")
        exchange.admin("POST", "resume")
    diffs = [json.loads(reader.recv()) for _ in range(2)]
    assert diffs[1]["U"] > diffs[0]["u"] + 1


@pytest.mark.parametrize("action", ["reset", {"type": "close", "code": 1008, "reason": "by a fault"}])
def test_a_stream_that_ends(exchange: Process, client: Client, stream: Opened, action: Any) -> None:
    reader = stream("/ws/btcusdt@trade")
    arm(exchange, match={"stream": "btcusdt@trade"}, point="event", action=action, times=1)
    trade(exchange, "1")
    if action == "reset":
        with pytest.raises(GONE):
            reader.recv()
    else:
        assert reader.recv_data()[1] == b"\x03\xf0by a fault"


def test_a_half_open_stream(exchange: Process, client: Client, stream: Opened) -> None:
    reader = stream("/ws/btcusdt@trade")
    arm(exchange, match={"stream": "btcusdt@trade"}, point="event", action="half_open", times=1)
    trade(exchange, "1", "2")
    assert silent(reader)
    assert exchange.admin("POST", "quiesce").status_code == 200
    exchange.admin("POST", "resume")


def test_snapshots_that_are_stale_or_crossed(exchange: Process, client: Client) -> None:
    exchange.book("BTCUSDT", bids=[("99", "1")], asks=[("101", "1")])
    true = _depth(exchange)
    arm(exchange, match={"operation": "depth"}, point="before_reply", action={"type": "edit", "add": {"lastUpdateId": -1000}}, times=1)
    assert _depth(exchange)["lastUpdateId"] == true["lastUpdateId"] - 1000
    arm(exchange, match={"operation": "depth"}, point="before_reply", action={"type": "edit", "swap": [["bids", "asks"]]}, times=1)
    crossed = _depth(exchange)
    assert float(crossed["bids"][0][0]) > float(crossed["asks"][0][0])
    assert _depth(exchange) == true


# -- handshakes ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("api", ["ws-api", "stream"])
def test_a_handshake_that_is_refused_reset_or_never_answered(exchange: Process, client: Client, api: str) -> None:
    url = exchange.ready["ws_api_url"] if api == "ws-api" else exchange.ready["stream_url"] + "/ws/btcusdt@trade"
    arm(exchange, match={"api": api}, point="connect", action={"type": "status", "status": 503, "code": -1008}, times=1)
    with pytest.raises(websocket.WebSocketBadStatusException) as refused:
        websocket.create_connection(url, timeout=5)
    assert refused.value.status_code == 503
    arm(exchange, match={"api": api}, point="connect", action="reset", times=1)
    with pytest.raises(ConnectionResetError):
        websocket.create_connection(url, timeout=5)
    arm(exchange, match={"api": api}, point="connect", action="half_open", times=1)
    with pytest.raises(websocket.WebSocketTimeoutException):
        websocket.create_connection(url, timeout=0.3)
    websocket.create_connection(url, timeout=5).close()


def test_a_server_shutdown_is_announced_and_comes(exchange: Process, client: Client, ws: WsClient, stream: Opened) -> None:
    ws.subscribe()
    reader = stream("/ws/btcusdt@trade")
    arm(exchange, point="now", action={"type": "server_shutdown", "after_ms": 50})
    assert json.loads(ws.connection.recv())["event"]["e"] == "serverShutdown"
    assert ws.connection.recv_data()[0] == websocket.ABNF.OPCODE_CLOSE
    assert json.loads(reader.recv())["e"] == "serverShutdown"
    assert reader.recv_data()[0] == websocket.ABNF.OPCODE_CLOSE


def _depth(exchange: Process) -> dict[str, Any]:
    return dict(requests.get(f"{exchange.ready['rest_url']}/api/v3/depth?symbol=BTCUSDT", timeout=5).json())


def _last_rule(exchange: Process) -> str:
    return str(exchange.admin("GET", "faults").json()["rules"][-1]["id"])


# -- the venue's rules ---------------------------------------------------------------------------------------------


def test_a_symbol_that_takes_cancels_only_and_other_filters_outlive_a_restart(ledger: Path) -> None:
    first = Process("--ledger", ledger)
    client = first.account(USDT="1000", BTC="2")
    resting = client.limit("BUY", "1", "100.01").json()
    arm(first, point="now", action={"type": "change_rules", "symbol": "BTCUSDT", "rules": {"tick_size": "0.5", "min_notional": "50"}})
    assert client.limit("BUY", "1", "100.25").json()["msg"] == "Filter failure: PRICE_FILTER"
    assert client.limit("BUY", "0.1", "100.5").json()["msg"] == "Filter failure: NOTIONAL"
    arm(first, point="now", action={"type": "set_status", "symbol": "BTCUSDT", "status": "CANCEL_ONLY"})
    assert client.limit("BUY", "1", "100.5").json()["code"] == -2010
    assert client.rest("DELETE", "order", symbol="BTCUSDT", orderId=resting["orderId"]).status_code == 200
    assert first.terminate() == 0
    second = Process("--ledger", ledger)
    (symbol,) = requests.get(f"{second.ready['rest_url']}/api/v3/exchangeInfo?symbol=BTCUSDT", timeout=5).json()["symbols"]
    ticks = [each["tickSize"] for each in symbol["filters"] if each["filterType"] == "PRICE_FILTER"]
    assert (symbol["status"], ticks) == ("CANCEL_ONLY", ["0.50000000"])
    assert second.terminate() == 0


@pytest.mark.parametrize(
    ("action", "text"),
    [
        ({"type": "set_status", "symbol": "NOPE", "status": "HALT"}, "action.symbol: expected one of BTCUSDT"),
        ({"type": "set_status", "symbol": "BTCUSDT", "status": "OPEN"}, "action.status: "),
        ({"type": "change_rules", "symbol": "BTCUSDT", "rules": {}}, "action.rules: expected some of tick_size"),
        ({"type": "change_rules", "symbol": "BTCUSDT", "rules": {"tick_size": "1e3"}}, "action.rules.tick_size: "),
        ({"type": "change_rules", "symbol": "BTCUSDT", "rules": {"colour": "1"}}, "action.rules"),
        ({"type": "revoke_key", "account": "nobody"}, "action.account: expected the name of an account, got 'nobody'"),
        ({"type": "down"}, "missing required field `ms`"),
    ],
)
def test_what_the_venue_has_not_is_refused_when_it_is_armed(exchange: Process, client: Client, action: dict[str, Any], text: str) -> None:
    answer = exchange.admin("POST", "faults", {"point": "now", "action": action})
    assert (answer.status_code, text in answer.json()["error"]) == (400, True), answer.text

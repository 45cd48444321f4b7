"""Answers that are an attack on their reader rather than a lie: bombs, headers without end, smuggled lengths, frames that nobody agreed on
(facts A5). The answer is named, it is read no further than its bound, nothing of it is used, and the next honest one is."""

from __future__ import annotations

import gzip
import json
import zlib

import pytest

from genesis.core.commands import CancelOrder, Reconcile
from genesis.core.events import ConnectionChanged, OrderReported, OutcomeUnknown, ReconcileFailed, VenueSnapshot
from tests.engine_exchange.conftest import Desk, OpenDesk
from tests.engine_exchange.kit_exchange import Json, ScriptedVenue, answer_to, ok, order
from tests.engine_exchange.test_account_reader import Ledger, account, ledger

__all__ = ["ledger"]
WISH = Reconcile(venue="binance", unresolved=(), trades_after={"BTCUSDT": -1})
HONEST = json.dumps(account()).encode()
CANCEL = CancelOrder(venue="binance", symbol="BTCUSDT", client_order_id="gabcdef-1", cancel_id="gabcdef-1-c1")


def http(*headers: str, body: bytes = HONEST) -> bytes:
    return "\r\n".join(["HTTP/1.1 200 OK", *headers, "", ""]).encode() + body


def length(body: bytes = HONEST) -> str:
    return f"Content-Length: {len(body)}"


def packed(how: str) -> bytes:
    bomb = b'{"balances":[' + b" " * 200_000_000
    body = gzip.compress(bomb, 1) if how == "gzip" else zlib.compress(bomb, 1)
    return http(f"Content-Encoding: {how}", length(body), body=body)


def too_large() -> bytes:
    body = b" " * (17 << 20)
    return http(length(body), body=body)


HOSTILE = {
    "a gzip bomb": (lambda: packed("gzip"), "expected an answer that is not compressed, got Content-Encoding 'gzip'"),
    "a deflate bomb": (lambda: packed("deflate"), "expected an answer that is not compressed, got Content-Encoding 'deflate'"),
    "an encoding that nobody knows": (lambda: http("Content-Encoding: " + "z" * 99, length()), "Content-Encoding 'zzzzzzzzzzzzzzzzzzzz'"),
    "seventeen megabytes": (too_large, "expected an answer of at most 16777216 bytes, got more"),
    "seventeen megabytes in chunks": (
        lambda: http("Transfer-Encoding: chunked", body=b"1100000\r\n" + b" " * 0x1100000 + b"\r\n0\r\n\r\n"),
        "expected an answer of at most 16777216 bytes, got more",
    ),
    "a header without end": (lambda: http("X-Long: " + "x" * 100_000, length()), "expected an HTTP answer with headers of bounded size"),
    "ten thousand headers": (
        lambda: http(*(f"X-{number}: 1" for number in range(10_000)), length()), "expected an HTTP answer with headers of bounded size",
    ),
    "two lengths": (lambda: http(length(), "Content-Length: 3"), "expected an HTTP answer"),
    "a length that is none": (lambda: http("Content-Length: -7"), "expected an HTTP answer"),
    "a length and chunks": (
        lambda: http(length(), "Transfer-Encoding: chunked", body=b"3\r\n{}}\r\n0\r\n\r\n"), "expected an HTTP answer",
    ),
    "a NUL in a header": (lambda: http("X-Bad: a\0b", length()), "expected an HTTP answer"),
    "no HTTP at all": (lambda: b"SSH-2.0-OpenSSH_9.2\r\n" + HONEST, "expected an HTTP answer"),
}  # fmt: skip


@pytest.mark.parametrize("what", HOSTILE)
async def test_an_attack_over_rest_is_named_and_counted(venue: ScriptedVenue, ledger: Ledger, desk: Desk, what: str) -> None:
    written, said = HOSTILE[what]
    venue.raw["account"] = written()
    desk.gateway.reconcile(WISH)
    assert said in (await desk.told.wait(ReconcileFailed)).reason
    assert desk.gateway.counters["malformed_messages"] == 1
    del venue.raw["account"]
    desk.gateway.reconcile(WISH)
    await desk.told.wait(VenueSnapshot)


async def test_headers_that_lie_about_limits_are_passed_over(venue: ScriptedVenue, ledger: Ledger, desk: Desk) -> None:
    venue.headers = {
        "X-MBX-USED-WEIGHT-1M": "9" * 5_000, "X-MBX-ORDER-COUNT-10S": "-1", "X-MBX-USED-WEIGHT-999999D": "1", "Retry-After": "NaN",
    }  # fmt: skip
    desk.gateway.reconcile(WISH)
    await desk.told.wait(VenueSnapshot)
    assert [limit["used"] < 10_000 for limit in desk.gateway.rate_status()["limits"]] == [True] * 4


# -- over the WebSocket API -------------------------------------------------------------------------------------------

FRAMES = {
    "a frame of a gigabyte": bytes([0x81, 127]) + (1 << 30).to_bytes(8, "big"),
    "a frame of a negative length": bytes([0x81, 127]) + (1 << 63).to_bytes(8, "big"),
    "a compressed frame": bytes([0xC1, 2]) + b"{}",
    "a frame of a kind that there is not": bytes([0x83, 2]) + b"{}",
    "a masked frame": bytes([0x81, 0x82, 0, 0, 0, 0]) + b"{}",
    "a ping in pieces": bytes([0x09, 2]) + b"{}",
}


@pytest.mark.parametrize("what", FRAMES)
async def test_a_frame_that_breaks_the_protocol_ends_its_connection_only(venue: ScriptedVenue, desk: Desk, what: str) -> None:
    venue.write_raw(venue.orders[-1], FRAMES[what])
    await desk.told.wait(ConnectionChanged, lambda event: event.channel == "orders" and not event.connected)
    await desk.told.wait(ConnectionChanged, lambda event: event.channel == "orders" and event.connected, count=2)


async def test_a_message_of_endless_pieces_is_given_up_at_its_bound(venue: ScriptedVenue, desk: Desk) -> None:
    piece = bytes([0x01, 127]) + (1 << 20).to_bytes(8, "big") + b" " * (1 << 20)
    more = bytes([0x00]) + piece[1:]
    venue.write_raw(venue.orders[-1], piece + more * 20)
    down = await desk.told.wait(ConnectionChanged, lambda event: event.channel == "orders" and not event.connected)
    assert "expected a message of at most 16777216 bytes, got more" in down.reason
    await desk.told.wait(ConnectionChanged, lambda event: event.channel == "orders" and event.connected, count=2)


def cancel_answer(**changes: object) -> Json:
    return ok({
        "symbol": "BTCUSDT", "orderId": 7, "origClientOrderId": "gabcdef-1", "clientOrderId": "gabcdef-1-c1", "status": "CANCELED",
        "transactTime": 1_700_000_000_000, "executedQty": "0.04", "cummulativeQuoteQty": "4", **changes,
    })  # fmt: skip


@pytest.mark.parametrize(
    "changes",
    [
        {"origClientOrderId": "gother-1"},
        {"symbol": "ETHUSDT"},
        {"orderId": 0},
        {"orderId": None},
        {"status": None},
        {"status": "x" * 41},
        {"executedQty": "-0.04"},
        {"executedQty": 0.04},
        {"executedQty": "1e999"},
        {"cummulativeQuoteQty": "NaN"},
        {"transactTime": 1_700_000_000},
    ],
)
async def test_a_false_answer_to_a_cancel_is_not_believed(venue: ScriptedVenue, desk: Desk, changes: Json) -> None:
    venue.scripts["order.cancel"] = lambda _: cancel_answer(**changes)
    desk.gateway.cancel(CANCEL)
    assert (await desk.told.wait(OutcomeUnknown)).action == "CANCEL"
    assert desk.gateway.counters["malformed_messages"] == 1
    venue.scripts["order.cancel"] = lambda _: cancel_answer()
    desk.gateway.cancel(CANCEL)
    assert (await desk.told.wait(OrderReported)).status == "CANCELED"


FILL = {"price": "100.00", "qty": "0.04", "commission": "0.00004", "commissionAsset": "BTC", "tradeId": 3}


@pytest.mark.parametrize(
    "changes",
    [
        {"fills": [FILL]},
        {"executedQty": "0.04", "fills": []},
        {"executedQty": "0.04", "fills": [FILL, {**FILL, "tradeId": 4}]},
        {"executedQty": "0.04", "fills": [{**FILL, "qty": "-0.04"}]},
        {"executedQty": "0.04", "fills": [{**FILL, "price": "Infinity"}]},
        {"executedQty": "0.04", "fills": [{**FILL, "tradeId": 0}]},
        {"executedQty": "0.04", "fills": [{**FILL, "commissionAsset": ""}]},
    ],
)
async def test_fills_of_an_answer_that_do_not_add_up_are_not_believed(venue: ScriptedVenue, desk: Desk, changes: Json) -> None:
    venue.scripts["order.place"] = lambda request: answer_to(request, **{"status": "PARTIALLY_FILLED", **changes})
    desk.gateway.place(order())
    await desk.told.wait(OutcomeUnknown)
    assert desk.gateway.counters["malformed_messages"] == 1
    assert not desk.told.of(OrderReported)


async def test_an_answer_with_a_key_twice_is_not_believed(venue: ScriptedVenue, desk: Desk) -> None:
    """Which of the two a parser takes is its own affair."""
    answer = json.dumps(answer_to({"params": {"symbol": "BTCUSDT", "newClientOrderId": "gabcdef-1"}}))
    venue.scripts["order.place"] = lambda request: answer.replace(
        '"status": 200', f'"id":{request["id"]},"status": 200', 1
    ).replace('"orderId": 7', '"orderId": 7, "orderId": 8').encode()  # fmt: skip
    desk.gateway.place(order())
    assert "got 'orderId' twice" in (await desk.told.wait(OutcomeUnknown)).reason
    assert desk.gateway.counters["malformed_messages"] == 1


@pytest.mark.parametrize("time", [0, -1, 1_700_000_000, 2**63, "1700000000000", None])
async def test_a_false_time_opens_no_channel(venue: ScriptedVenue, open_desk: OpenDesk, time: object) -> None:
    """Every signature would carry it. The connection starts over, and the channel is up with the first true time."""
    truth = venue.scripts["time"]
    venue.scripts["time"] = lambda request: ok({"serverTime": time}) if len(venue.asked("time")) == 1 else truth(request)
    desk = await open_desk()
    assert len(venue.orders) == 2
    assert desk.gateway.counters["malformed_messages"] == 1


@pytest.mark.parametrize("result", [[], "7", {"subscriptionId": "0"}])
async def test_a_false_subscription_opens_no_channel(venue: ScriptedVenue, open_desk: OpenDesk, result: object) -> None:
    name = "userDataStream.subscribe.signature"
    truth = venue.scripts[name]
    venue.scripts[name] = lambda request: ok(result) if len(venue.asked(name)) == 1 else truth(request)
    desk = await open_desk()
    assert len(venue.orders) == 2
    assert desk.gateway.counters["malformed_messages"] == 1

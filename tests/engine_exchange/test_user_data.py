"""User data events against a venue that repeats, breaks off and garbles them (X23, X24, X28)."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from genesis.core.events import (
    BalanceReported,
    ConnectionChanged,
    ForeignEventReported,
    ForeignOrderReported,
    OrderReported,
    OutcomeUnknown,
    TransferReported,
)
from genesis.core.settings import BreakerSettings
from tests.engine_exchange.conftest import Desk, OpenDesk
from tests.engine_exchange.kit_exchange import (
    ScriptedVenue,
    answer_to,
    execution,
    ok,
    order,
    trade,
)


async def test_events_keep_their_order_and_duplicates_are_passed_on(venue: ScriptedVenue, desk: Desk) -> None:
    await venue.say(execution())
    await venue.say(trade(11))
    await venue.say(trade(11))
    await venue.say(trade(12, X="FILLED", z="0.10000000", Z="10.00000000", l="0.06000000", Y="6.00000000"))
    await venue.say({"e": "outboundAccountPosition", "E": 2, "u": 2, "B": [{"a": "BTC", "f": "0.09", "l": "0.00"}]})
    await venue.say({"e": "balanceUpdate", "E": 3, "a": "USDT", "d": "-5.00", "T": 3})
    transfer = await desk.told.wait(TransferReported)
    reports = desk.told.of(OrderReported)
    assert [(report.status, [fill.trade_id for fill in report.fills]) for report in reports] == [
        ("NEW", []),
        ("PARTIALLY_FILLED", [11]),
        ("PARTIALLY_FILLED", [11]),
        ("FILLED", [12]),
    ]
    fill = reports[1].fills[0]
    assert (fill.quantity, fill.quote_quantity, fill.fee, fill.fee_asset, fill.maker) == (
        Decimal("0.04"), Decimal(4), Decimal("0.00004"), "BTC", True,
    )  # fmt: skip
    assert transfer.amount == Decimal(-5)
    assert desk.told.of(BalanceReported)[0].balances[0].free == Decimal("0.09")


async def test_a_cancel_report_belongs_to_the_original_id(venue: ScriptedVenue, desk: Desk) -> None:
    await venue.say(execution(c="gabcdef-1c", C="gabcdef-1", x="CANCELED", X="CANCELED"))
    await venue.say(execution(c="web_1", C="gabcdef-2", x="CANCELED", X="CANCELED"))  # cancelled by somebody else
    await desk.told.wait(OrderReported, count=2)
    assert [report.client_order_id for report in desk.told.of(OrderReported)] == ["gabcdef-1", "gabcdef-2"]


async def test_why_an_order_expired_or_was_rejected(venue: ScriptedVenue, desk: Desk) -> None:
    await venue.say(execution(x="EXPIRED", X="EXPIRED", eR="UNFILLED_IOC_QUANTITY_EXPIRED"))
    await venue.say(execution(x="REJECTED", X="REJECTED", r="INSUFFICIENT_BALANCES"))
    await desk.told.wait(OrderReported, count=2)
    assert [report.reason for report in desk.told.of(OrderReported)] == ["UNFILLED_IOC_QUANTITY_EXPIRED", "INSUFFICIENT_BALANCES"]


async def test_orders_of_other_programs_are_foreign(venue: ScriptedVenue, desk: Desk) -> None:
    await venue.say(execution(c="web_123"))
    assert (await desk.told.wait(ForeignOrderReported)).client_order_id == "web_123"
    assert not desk.told.of(OrderReported)


async def test_events_of_another_subscription_are_not_believed(venue: ScriptedVenue, desk: Desk) -> None:
    """Another account's: on record, and nothing is booked by them (X28)."""
    await venue.orders[-1].send_str(json.dumps({"subscriptionId": 1, "event": trade(11)}))
    foreign = await desk.told.wait(ForeignEventReported)
    assert foreign.detail == "ExecutionReport of subscription 1; ours is 0: not believed"
    assert not desk.told.of(OrderReported)
    assert desk.gateway.counters["foreign_events"] == 1


async def test_unknown_kinds_of_events_are_counted_and_passed_over(venue: ScriptedVenue, desk: Desk) -> None:
    await venue.say({"e": "somethingNew", "E": 1})
    await venue.say({"e": "listStatus", "E": 1, "s": "BTCUSDT"})
    await venue.say(execution())
    await desk.told.wait(OrderReported)
    assert desk.gateway.counters["ignored_events"] == 2
    assert len(desk.told.of(ConnectionChanged)) <= 2


@pytest.mark.parametrize(
    "garbage",
    [
        '{"subscriptionId":0,"event":{"e":"executionReport","s":"BTCUSDT"}}',
        json.dumps({"subscriptionId": 0, "event": trade(11, l="0.04e0")}),
        json.dumps({"subscriptionId": 0, "event": trade(11, L=100.5)}),
        json.dumps({"subscriptionId": 0, "event": trade(11, S="HOLD")}),
        json.dumps({"subscriptionId": 0, "event": trade(11, z="-0.04")}),
        "{not json",
        "{}",
        '"text"',
        b'{"id":"\xff"}',
        b"[" * 5_000,
    ],
)
async def test_an_unreadable_event_may_have_been_a_fill_so_the_channel_starts_over(
    venue: ScriptedVenue, desk: Desk, garbage: str | bytes
) -> None:
    body = garbage if isinstance(garbage, bytes) else garbage.encode()
    size = [len(body)] if len(body) < 126 else [126, *len(body).to_bytes(2, "big")]
    venue.write_raw(venue.orders[-1], bytes([0x81, *size]) + body)
    down = await desk.told.wait(ConnectionChanged, lambda event: event.channel == "orders" and not event.connected)
    assert "unreadable message" in down.reason
    assert desk.gateway.counters["malformed_messages"] == 1
    await desk.told.wait(ConnectionChanged, lambda event: event.channel == "orders" and event.connected, count=2)
    assert not desk.told.of(OrderReported)


async def test_nothing_is_heard_on_a_connection_that_was_given_up(venue: ScriptedVenue, desk: Desk) -> None:
    """What follows the unreadable message in the same packet could be told out of order: the reconciliation will tell it."""
    body = json.dumps({"subscriptionId": 0, "event": execution()}).encode()
    venue.write_raw(venue.orders[-1], b"\x81\x01{" + bytes([0x81, 126, *len(body).to_bytes(2, "big")]) + body)
    await desk.told.wait(ConnectionChanged, lambda event: event.channel == "orders" and not event.connected)
    await desk.told.wait(ConnectionChanged, lambda event: event.channel == "orders" and event.connected, count=2)
    assert not desk.told.of(OrderReported)


async def test_an_unreadable_answer_makes_its_order_unknown_and_nothing_else(venue: ScriptedVenue, open_desk: OpenDesk) -> None:
    desk = await open_desk(breaker=BreakerSettings(failures=100))
    broken = [
        lambda request: {"status": 200, "result": {"symbol": "BTCUSDT", "orderId": "seven"}},
        lambda request: answer_to(request, executedQty="1e-1"),
        lambda request: answer_to(request, clientOrderId="gabcdef-other"),
        lambda request: answer_to(request, status=None),
        lambda request: ok(None),
        lambda request: {},
    ]
    for number, script in enumerate(broken, start=1):
        venue.scripts["order.place"] = script
        desk.gateway.place(order(f"gabcdef-{number}"))
        unknown = await desk.told.wait(OutcomeUnknown, count=number)
        assert (unknown.client_order_id, unknown.action) == (f"gabcdef-{number}", "NEW")
    assert await desk.gateway.barrier(5)
    assert not desk.told.of(OrderReported)


async def test_the_end_of_the_subscription_starts_the_channel_over(venue: ScriptedVenue, desk: Desk) -> None:
    await venue.say({"e": "eventStreamTerminated", "E": 1})
    await desk.told.wait(ConnectionChanged, lambda event: event.channel == "orders" and not event.connected)
    await desk.told.wait(ConnectionChanged, lambda event: event.channel == "orders" and event.connected, count=2)


async def test_a_connection_that_the_venue_closes_tells_why(venue: ScriptedVenue, desk: Desk) -> None:
    await venue.orders[-1].close(code=1001, message=b"going away")
    down = await desk.told.wait(ConnectionChanged, lambda event: event.channel == "orders" and not event.connected)
    assert down.reason == "closed by the venue with code 1001 going away"
    await desk.told.wait(ConnectionChanged, lambda event: event.channel == "orders" and event.connected, count=2)


async def test_a_fragmented_message_is_put_together(venue: ScriptedVenue, desk: Desk) -> None:
    body = json.dumps({"subscriptionId": 0, "event": execution()}).encode()
    head, tail = body[:50], body[50:]
    venue.write_raw(venue.orders[-1], bytes([0x01, len(head)]) + head)
    venue.write_raw(venue.orders[-1], bytes([0x80, 126, *len(tail).to_bytes(2, "big")]) + tail)
    assert (await desk.told.wait(OrderReported)).client_order_id == "gabcdef-1"


async def test_the_barrier_comes_after_everything_sent_before_it(venue: ScriptedVenue, desk: Desk) -> None:
    for number in range(200):
        await venue.say(execution(i=number + 1))
    assert await desk.gateway.barrier(5)
    assert len(desk.told.of(OrderReported)) == 200


async def test_an_unanswered_barrier_is_false_in_time(venue: ScriptedVenue, desk: Desk) -> None:
    venue.scripts["ping"] = lambda _: None
    assert not await desk.gateway.barrier(0.05)

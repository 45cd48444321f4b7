"""Order entry against a venue that misbehaves (R25, R26, X14-X22, X27, X34)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from genesis.core.commands import CancelOrder, QueryOrder, Reconcile
from genesis.core.events import (
    CancelRefused,
    ConnectionChanged,
    CredentialsRefused,
    OrderRefused,
    OrderReported,
    OrderSent,
    OutcomeUnknown,
    SendRefused,
)
from genesis.core.models import OrderType, TimeInForce
from genesis.core.secret import Secret
from genesis.core.settings import RateSettings
from genesis.exchange.gateway import BinanceGateway
from genesis.exchange.signing import Signer
from genesis.exchange.ws_api_client import MAX_ORDERS_IN_FLIGHT
from tests.engine_exchange.conftest import Desk, OpenDesk
from tests.engine_exchange.kit_exchange import (
    Json,
    Recorder,
    ScriptedVenue,
    SystemClock,
    answer_to,
    execution,
    ok,
    order,
    refused,
    timing,
)

KEY = "Invalid API-key, IP, or permissions for action."
CANCEL = CancelOrder(venue="binance", symbol="BTCUSDT", client_order_id="gabcdef-1", cancel_id="gabcdef-1c")


async def test_subscribes_before_it_reports_the_channel_up(venue: ScriptedVenue, open_desk: OpenDesk) -> None:
    seen: list[int] = []
    desk: Desk | None = None

    def subscribe(_: Json) -> Json:
        seen.append(sum(event.channel == "orders" for event in desk.told.of(ConnectionChanged)) if desk else 0)
        return ok({"subscriptionId": 0})

    venue.scripts["userDataStream.subscribe.signature"] = subscribe
    desk = await open_desk(wait=False)
    await desk.told.wait(ConnectionChanged, lambda event: event.channel == "orders" and event.connected)
    assert seen == [0]
    assert [request["method"] for request in venue.requests] == ["time", "userDataStream.subscribe.signature"]


async def test_a_new_order_is_signed_exact_and_answered(venue: ScriptedVenue, desk: Desk) -> None:
    fill = {"price": "100.00", "qty": "0.04", "commission": "0.00004", "commissionAsset": "BTC", "tradeId": 3}
    venue.scripts["order.place"] = lambda request: answer_to(
        request, status="PARTIALLY_FILLED", executedQty="0.04000000", cummulativeQuoteQty="4.00000000", fills=[fill]
    )
    desk.gateway.place(order(quantity=Decimal("0.10"), time_in_force=TimeInForce.IOC))
    sent = desk.told.of(OrderSent)[0]
    reported = await desk.told.wait(OrderReported)

    params = venue.asked("order.place")[0]["params"]
    signature = params.pop("signature")
    assert signature == Signer(Secret("secret-of-the-test")).signed_params(params)["signature"]
    assert (params["quantity"], params["price"], params["timeInForce"], params["type"]) == ("0.1", "100", "IOC", "LIMIT")
    assert params["newClientOrderId"] == "gabcdef-1"
    assert (sent.client_order_id, sent.signed_ms) == ("gabcdef-1", params["timestamp"])
    assert (reported.source, reported.status, reported.venue_order_id, reported.executed) == (
        "answer",
        "PARTIALLY_FILLED",
        7,
        Decimal("0.04"),
    )
    assert [(f.trade_id, f.quote_quantity, f.fee, f.fee_asset, f.maker) for f in reported.fills] == [
        (3, Decimal(4), Decimal("0.00004"), "BTC", False)
    ]


async def test_only_limit_orders_carry_a_time_in_force(venue: ScriptedVenue, desk: Desk) -> None:
    venue.scripts["order.place"] = answer_to
    desk.gateway.place(order("gabcdef-1", order_type=OrderType.MARKET, price=None))
    desk.gateway.place(order("gabcdef-2", order_type=OrderType.LIMIT_MAKER))
    desk.gateway.place(order("gabcdef-3"))
    await desk.told.wait(OrderReported, count=3)
    market, maker, limit = (request["params"] for request in venue.asked("order.place"))
    assert "timeInForce" not in market
    assert "price" not in market
    assert "timeInForce" not in maker
    assert limit["timeInForce"] == "GTC"


@pytest.mark.parametrize(
    ("status", "code", "msg"),
    [
        (400, -2010, "Account has insufficient balance for requested action."),
        (400, -1013, "Filter failure: LOT_SIZE"),
        (400, -1022, "Signature for this request is not valid."),
        (401, -2015, "Invalid API-key, IP, or permissions for action."),
        (429, -1015, "Too many new orders; current limit is 100 orders per 10 SECOND."),
    ],
)
async def test_definite_refusals(venue: ScriptedVenue, desk: Desk, status: int, code: int, msg: str) -> None:
    venue.scripts["order.place"] = lambda _: refused(status, code, msg)
    desk.gateway.place(order())
    assert await desk.told.wait(OrderRefused) == OrderRefused(client_order_id="gabcdef-1", code=code, message=msg)
    assert not desk.told.of(OutcomeUnknown)


@pytest.mark.parametrize(
    ("status", "code", "msg"),
    [
        (504, -1007, "Timeout waiting for response from backend server. Send status unknown; execution status unknown."),
        (400, -1006, "An unexpected response was received from the message bus. Execution status unknown."),
        (503, -1008, "Server is currently overloaded with other requests. Please try again in a few minutes."),
        (400, -2010, "Duplicate order sent."),
    ],
)
async def test_unknown_outcomes(venue: ScriptedVenue, desk: Desk, status: int, code: int, msg: str) -> None:
    venue.scripts["order.place"] = lambda _: refused(status, code, msg)
    venue.scripts["order.cancel"] = lambda _: refused(504, -1007, msg)
    desk.gateway.place(order())
    unknown = await desk.told.wait(OutcomeUnknown)
    assert (unknown.client_order_id, unknown.action) == ("gabcdef-1", "NEW")
    desk.gateway.cancel(CANCEL)
    unknown = await desk.told.wait(OutcomeUnknown, count=2)
    assert (unknown.client_order_id, unknown.action) == ("gabcdef-1", "CANCEL")
    assert not desk.told.of(OrderRefused)


async def test_a_lost_answer_is_unknown_and_a_late_one_changes_nothing(venue: ScriptedVenue, open_desk: OpenDesk) -> None:
    venue.scripts["order.place"] = lambda _: None
    desk = await open_desk(answer_timeout_ms=200)
    desk.gateway.place(order())
    unknown = await desk.told.wait(OutcomeUnknown)
    assert (unknown.client_order_id, unknown.action, unknown.reason) == ("gabcdef-1", "NEW", "no answer within 200 ms")
    late = {"id": venue.asked("order.place")[0]["id"], **answer_to(venue.asked("order.place")[0])}
    await venue.orders[-1].send_str(json.dumps(late))
    assert await desk.gateway.barrier(5)
    assert not desk.told.of(OrderReported)
    assert desk.gateway.counters["late_answers"] == 1
    assert desk.told.of(ConnectionChanged)[-1].connected  # one lost answer is not a dead connection


async def test_a_silent_connection_is_dropped_and_opened_again(venue: ScriptedVenue, open_desk: OpenDesk) -> None:
    desk = await open_desk(answer_timeout_ms=150, book_stale_ms=300)
    answer = venue.scripts["ping"]
    venue.scripts["ping"] = lambda _: None
    down = await desk.told.wait(ConnectionChanged, lambda event: event.channel == "orders" and not event.connected)
    assert "ping" in down.reason
    venue.scripts["ping"] = answer
    await desk.told.wait(ConnectionChanged, lambda event: event.channel == "orders" and event.connected, count=2)


@pytest.mark.parametrize("half_an_answer", [b"", b'\x81\x7e\x01\x00{"id":3,"sta'])
async def test_a_reset_makes_every_unanswered_request_unknown(venue: ScriptedVenue, desk: Desk, half_an_answer: bytes) -> None:
    def reset(request: Json) -> None:
        if request["params"].get("newClientOrderId") == "gabcdef-2":
            if half_an_answer:
                venue.write_raw(venue.orders[0], half_an_answer)
            venue.reset(venue.orders[0])

    venue.scripts["order.place"] = reset
    venue.scripts["order.cancel"] = reset
    desk.gateway.cancel(CANCEL)
    desk.gateway.place(order("gabcdef-1"))
    desk.gateway.place(order("gabcdef-2"))
    await desk.told.wait(OutcomeUnknown, count=3)
    assert {(event.client_order_id, event.action) for event in desk.told.of(OutcomeUnknown)} == {
        ("gabcdef-1", "CANCEL"),
        ("gabcdef-1", "NEW"),
        ("gabcdef-2", "NEW"),
    }
    await desk.told.wait(ConnectionChanged, lambda event: event.channel == "orders" and event.connected, count=2)
    assert len(venue.asked("order.place")) == 2  # never sent again by itself


async def test_nothing_leaves_while_the_channel_is_down(venue: ScriptedVenue, open_desk: OpenDesk) -> None:
    venue.scripts["userDataStream.subscribe.signature"] = lambda _: None
    desk = await open_desk(wait=False)
    await venue.heard.until(lambda: bool(venue.asked("userDataStream.subscribe.signature")))
    desk.gateway.place(order())
    desk.gateway.cancel(CANCEL)
    assert desk.told.of(SendRefused) == [SendRefused(client_order_id="gabcdef-1", reason="the orders channel is down")]
    assert desk.told.of(CancelRefused)[0].code == 0
    assert not desk.told.of(OrderSent)
    assert not await desk.gateway.barrier(1)


async def test_orders_in_flight_are_bounded_and_cancels_still_leave(venue: ScriptedVenue, open_desk: OpenDesk) -> None:
    desk = await open_desk(rate=RateSettings(weight_1m=100_000, orders_10s=100_000))
    venue.scripts["order.place"] = lambda _: None
    venue.scripts["order.cancel"] = lambda _: refused(400, -2011, "Unknown order sent.")
    for number in range(MAX_ORDERS_IN_FLIGHT + 1):
        desk.gateway.place(order(f"gabcdef-{number}"))
    assert [event.client_order_id for event in desk.told.of(SendRefused)] == [f"gabcdef-{MAX_ORDERS_IN_FLIGHT}"]
    desk.gateway.cancel(CANCEL)
    assert (await desk.told.wait(CancelRefused)).code == -2011


async def test_cancel_answers(venue: ScriptedVenue, desk: Desk) -> None:
    venue.scripts["order.cancel"] = lambda request: ok(
        {
            "symbol": "BTCUSDT", "orderId": 7, "origClientOrderId": request["params"]["origClientOrderId"],
            "transactTime": 1_700_000_000_000,
            "clientOrderId": request["params"]["newClientOrderId"], "status": "CANCELED", "executedQty": "0.04", "cummulativeQuoteQty": "4",
        }
    )  # fmt: skip
    desk.gateway.cancel(CANCEL)
    reported = await desk.told.wait(OrderReported)
    assert (reported.client_order_id, reported.status, reported.executed) == ("gabcdef-1", "CANCELED", Decimal("0.04"))
    venue.scripts["order.cancel"] = lambda _: refused(400, -2011, "Unknown order sent.")
    desk.gateway.cancel(CANCEL)
    assert await desk.told.wait(CancelRefused) == CancelRefused(client_order_id="gabcdef-1", code=-2011, message="Unknown order sent.")


def a_step_of_the_venues_clock(venue: ScriptedVenue) -> None:
    """50 s ahead; orders and cancels with another time than the venue's are refused."""
    venue.skew_ms = 50_000

    def timely(answer: Callable[[Json], Json]) -> Callable[[Json], Json]:
        return lambda request: (
            answer(request)
            if abs(request["params"]["timestamp"] - venue.server_ms()) < 1_000
            else refused(400, -1021, "Timestamp for this request is outside of the recvWindow.")
        )

    venue.scripts["order.place"] = timely(answer_to)
    venue.scripts["order.cancel"] = timely(lambda _: refused(400, -2011, "Unknown order sent."))


async def test_a_refused_time_stamp_is_told_and_the_same_order_passes_with_the_venues_own_time(venue: ScriptedVenue, desk: Desk) -> None:
    """X34: whoever sends it again at once waits for the clock without knowing it."""
    a_step_of_the_venues_clock(venue)
    desk.gateway.place(order("gabcdef-1"))
    assert (await desk.told.wait(OrderRefused)).code == -1021
    desk.gateway.place(order("gabcdef-1"))
    assert (await desk.told.wait(OrderReported)).client_order_id == "gabcdef-1"
    assert [request["method"] for request in venue.requests[-3:]] == ["order.place", "time", "order.place"]


async def test_nothing_is_signed_while_the_venues_clock_is_asked_for(venue: ScriptedVenue, desk: Desk) -> None:
    """X34: one measurement for all that were refused together; what waits leaves in its order."""
    a_step_of_the_venues_clock(venue)
    clock = venue.scripts["time"]
    venue.scripts["time"] = lambda _: None
    for number in (1, 2):
        desk.gateway.place(order(f"gabcdef-{number}"))
    await desk.told.wait(OrderRefused, count=2)
    desk.gateway.cancel(CANCEL)
    desk.gateway.place(order("gabcdef-3"))
    assert await desk.gateway.barrier(5)
    assert [len(venue.asked(method)) for method in ("time", "order.place", "order.cancel")] == [2, 2, 0]  # the first time: signing on
    question = venue.asked("time")[-1]
    await venue.orders[-1].send_str(json.dumps({"id": question["id"], **clock(question)}))
    assert (await desk.told.wait(CancelRefused)).code == -2011
    assert (await desk.told.wait(OrderReported)).client_order_id == "gabcdef-3"
    assert [request["method"] for request in venue.requests[-2:]] == ["order.cancel", "order.place"]


async def test_what_waits_for_the_clock_on_a_lost_channel_was_not_sent(venue: ScriptedVenue, desk: Desk) -> None:
    a_step_of_the_venues_clock(venue)
    venue.scripts["time"] = lambda _: None
    desk.gateway.place(order("gabcdef-1"))
    await desk.told.wait(OrderRefused)
    desk.gateway.place(order("gabcdef-1"))
    desk.gateway.cancel(CANCEL)
    venue.reset(venue.orders[-1])
    assert await desk.told.wait(SendRefused) == SendRefused(client_order_id="gabcdef-1", reason="the orders channel is down")
    assert (await desk.told.wait(CancelRefused)).code == 0
    assert len(desk.told.of(OrderSent)) == 1


async def test_a_clock_that_the_venue_does_not_tell_holds_nothing_back(venue: ScriptedVenue, desk: Desk) -> None:
    a_step_of_the_venues_clock(venue)
    venue.scripts["time"] = lambda _: refused(400, -1000, "An unknown error occurred while processing the request.")
    for number in (1, 2):
        desk.gateway.place(order("gabcdef-1"))
        await desk.told.wait(OrderRefused, count=number)
    assert len(venue.asked("order.place")) == 2


async def test_timestamps_follow_the_venues_clock_from_the_start(venue: ScriptedVenue, open_desk: OpenDesk) -> None:
    venue.skew_ms = -7_200_000
    desk = await open_desk()
    venue.scripts["order.place"] = answer_to
    desk.gateway.place(order())
    await desk.told.wait(OrderReported)
    assert abs(venue.asked("order.place")[0]["params"]["timestamp"] - venue.server_ms()) < 1_000


async def test_refused_credentials_keep_the_channel_down_and_say_so(venue: ScriptedVenue, open_desk: OpenDesk) -> None:
    venue.scripts["userDataStream.subscribe.signature"] = lambda _: refused(401, -2015, "Invalid API-key, IP, or permissions for action.")
    desk = await open_desk(wait=False)
    down = await desk.told.wait(ConnectionChanged, lambda event: event.channel == "orders")
    assert (down.connected, "-2015 Invalid API-key" in down.reason) == (False, True)
    said = await desk.told.wait(CredentialsRefused)
    assert said.reason == "-2015 Invalid API-key, IP, or permissions for action."


async def test_a_refused_key_is_not_tried_again_until_somebody_says_so(venue: ScriptedVenue, open_desk: OpenDesk) -> None:
    """X35: the connection comes back, and asks for the time only."""
    subscribe = venue.scripts["userDataStream.subscribe.signature"]
    venue.scripts["userDataStream.subscribe.signature"] = lambda _: refused(401, -2015, KEY)
    desk = await open_desk(wait=False)
    await desk.told.wait(CredentialsRefused)
    for number in (2, 3):
        await venue.heard.until(lambda number=number: len(venue.asked("time")) == number)  # type: ignore[misc]
        venue.reset(venue.orders[-1])
    await venue.heard.until(lambda: len(venue.asked("time")) == 4)
    assert len(venue.asked("userDataStream.subscribe.signature")) == 1
    assert len(desk.told.of(CredentialsRefused)) == 1
    venue.scripts["userDataStream.subscribe.signature"] = subscribe
    desk.gateway.try_key()
    await desk.told.wait(ConnectionChanged, lambda event: event.channel == "orders" and event.connected)


@pytest.mark.parametrize(("status", "code"), [(401, -2015), (401, -2014), (400, -1022)])
async def test_a_key_refused_for_an_order_or_a_cancel_is_told_before_them(venue: ScriptedVenue, desk: Desk, status: int, code: int) -> None:
    """X35: an order is refused; a cancel was not taken, and its order lives on."""
    venue.scripts["order.place"] = venue.scripts["order.cancel"] = lambda _: refused(status, code, KEY)
    desk.gateway.place(order())
    await desk.told.wait(OrderRefused)
    desk.gateway.cancel(CANCEL)
    assert (await desk.told.wait(CancelRefused)).message == f"not taken: {code} {KEY}"
    told = [event for event in desk.told.events if isinstance(event, (CredentialsRefused, OrderRefused, CancelRefused))]
    assert told == [
        CredentialsRefused(venue="binance", reason=f"{code} {KEY}"),
        OrderRefused(client_order_id="gabcdef-1", code=code, message=KEY),
        CredentialsRefused(venue="binance", reason=f"{code} {KEY}"),
        CancelRefused(client_order_id="gabcdef-1", code=0, message=f"not taken: {code} {KEY}"),
    ]


@pytest.mark.parametrize("asked", ["order", "account"])
async def test_a_key_refused_for_a_question_is_told(venue: ScriptedVenue, desk: Desk, asked: str) -> None:
    """X35"""
    venue.rest[asked] = lambda _: (401, {"code": -2015, "msg": KEY})
    if asked == "order":
        desk.gateway.query(QueryOrder(venue="binance", symbol="BTCUSDT", client_order_id="gabcdef-1"))
    else:
        desk.gateway.reconcile(Reconcile(venue="binance", unresolved=(), trades_after={}))
    assert (await desk.told.wait(CredentialsRefused)).reason == f"-2015 {KEY}"


# -- the end ----------------------------------------------------------------------------------------------------------


async def test_nothing_is_told_after_close(venue: ScriptedVenue, open_desk: OpenDesk) -> None:
    venue.scripts["order.place"] = lambda _: None
    desk = await open_desk()
    desk.gateway.place(order())
    told = len(desk.told.events)
    await desk.gateway.close()
    assert len(desk.told.events) == told


async def test_closes_at_once_while_the_venue_does_not_answer_the_handshake(venue: ScriptedVenue) -> None:
    """A half-open venue accepts the connection and says nothing at all."""
    accepted = asyncio.Event()
    gone = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        accepted.set()
        await reader.read(10_000)
        if not await reader.read(10_000):
            gone.set()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    venue.port, port = server.sockets[0].getsockname()[1], venue.port
    gateway = BinanceGateway(venue.settings(), timing(), Recorder(), SystemClock())
    venue.port = port
    before = asyncio.get_running_loop().time()
    await gateway.start()
    await asyncio.wait_for(accepted.wait(), 5)
    await gateway.close()
    assert asyncio.get_running_loop().time() - before < 2
    await asyncio.wait_for(gone.wait(), 5)
    server.close()
    await server.wait_closed()


async def test_a_defect_of_the_sink_is_not_swallowed(venue: ScriptedVenue, open_desk: OpenDesk) -> None:
    failures: list[BaseException] = []
    failed = asyncio.Event()

    def handler(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        failures.append(context["exception"])
        failed.set()

    def broken(event: object) -> None:
        raise RuntimeError("a defect")

    asyncio.get_running_loop().set_exception_handler(handler)
    desk = await open_desk()
    desk.gateway._outer_sink = broken
    await venue.say(execution())
    await asyncio.wait_for(failed.wait(), 5)
    assert str(failures[0]) == "a defect"

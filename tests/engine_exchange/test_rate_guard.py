"""The rate budget at the wire: what a venue hears after it has refused, and what leaves all the same (X31-X33)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from genesis.clock import MovableClock
from genesis.core.commands import CancelOrder, FetchRules, QueryOrder, Reconcile
from genesis.core.errors import RATE_LIMITED
from genesis.core.events import (
    CancelRefused,
    ConnectionChanged,
    OrderRefused,
    OrderReported,
    OrderSent,
    ReconcileFailed,
    RequestsHeld,
    RulesFailed,
    RulesFetched,
    SendRefused,
)
from genesis.core.models import Purpose
from genesis.core.settings import RateSettings
from genesis.exchange import rate_counts
from genesis.exchange.rate_budget import ORDERS, WEIGHT, Count
from genesis.exchange.wire import RateLimit, RefusalBody, RefusalData
from tests.engine_exchange.conftest import Desk, OpenDesk
from tests.engine_exchange.kit_exchange import Json, ScriptedVenue, answer_to, ok, order, refused, symbol_info

CANCEL = CancelOrder(venue="binance", symbol="BTCUSDT", client_order_id="gabcdef-1", cancel_id="gabcdef-1c")
QUERY = QueryOrder(venue="binance", symbol="BTCUSDT", client_order_id="gabcdef-1")
BAN_MS = 120_000
BANNED: Json = {"code": -1003, "msg": "Way too much request weight used; IP banned until 1."}


def cancelled(request: Json) -> Json:
    params = request["params"]
    return ok(
        {
            "symbol": "BTCUSDT", "orderId": 7, "origClientOrderId": params["origClientOrderId"], "transactTime": 1_700_000_000_005,
            "clientOrderId": params["newClientOrderId"], "status": "CANCELED", "executedQty": "0", "cummulativeQuoteQty": "0",
        }
    )  # fmt: skip


def over(status: int, code: int, retry_ms: int) -> Json:
    """A refusal over a limit, as the WebSocket API writes it."""
    answer = refused(status, code, "too much")
    answer["error"]["data"] = {"serverTime": 1_000_000, "retryAfter": 1_000_000 + retry_ms}
    return answer


def limits(desk: Desk) -> dict[tuple[str, int], dict[str, Any]]:
    return {(row["kind"], row["interval_ms"]): row for row in desk.gateway.rate_status()["limits"]}


async def held(desk: Desk, scope: str = "ALL") -> RequestsHeld:
    return await desk.told.wait(RequestsHeld, lambda event: event.scope == scope)


# -- 429 and 418 ------------------------------------------------------------------------------------------------------


async def test_a_429_is_obeyed_by_everything_that_asks(venue: ScriptedVenue, open_desk: OpenDesk) -> None:
    """X31"""
    clock = MovableClock()
    desk = await open_desk(clock=clock)
    venue.rest["exchangeInfo"] = lambda _: (429, BANNED)
    venue.headers = {"Retry-After": "30", "X-MBX-USED-WEIGHT-1M": "6001"}
    desk.gateway.fetch_rules(FetchRules(venue="binance"))
    assert (await held(desk)).wait_ms == 30_000
    await desk.told.wait(RulesFailed)
    before = len(venue.requests), len(venue.questions)
    desk.gateway.place(order())
    desk.gateway.cancel(CANCEL)
    desk.gateway.query(QUERY)
    desk.gateway.fetch_rules(FetchRules(venue="binance"))
    desk.gateway.reconcile(Reconcile(venue="binance", unresolved=(), trades_after={"BTCUSDT": -1}))
    assert (await desk.told.wait(SendRefused)).reason.startswith(f"{RATE_LIMITED} refused by the venue: no request for ")
    assert (await desk.told.wait(CancelRefused)).code == 0
    await desk.told.wait(ReconcileFailed)
    assert not await desk.gateway.barrier(1)
    assert (await desk.told.wait(RulesFailed, count=2)).reason.startswith(f"GET exchangeInfo: not asked: {RATE_LIMITED}")
    assert (len(venue.requests), len(venue.questions)) == before
    venue.rest["exchangeInfo"] = lambda _: (200, {"symbols": [symbol_info("BTCUSDT", "BTC", "USDT")]})
    clock.advance(61_000)  # the pause, and the minute in which the limit was reached
    desk.gateway.fetch_rules(FetchRules(venue="binance"))
    await desk.told.wait(RulesFetched)


async def test_a_ban_is_waited_out_without_a_single_request(venue: ScriptedVenue, open_desk: OpenDesk) -> None:
    """X32: the venue also closes the connection; nobody connects before the ban is over, and then it is by itself."""
    clock = MovableClock()
    desk = await open_desk(clock=clock)
    async with asyncio.timeout(10):
        while not venue.questions:  # noqa: ASYNC110 - the book's snapshot is asked for first: it is no question in the ban
            await asyncio.sleep(0.01)
    venue.scripts["order.place"] = lambda _: over(418, -1003, BAN_MS)
    venue.handshake = (418, {"Retry-After": "120"})
    desk.gateway.place(order())
    told = await held(desk)
    assert (told.banned, told.wait_ms) == (True, BAN_MS)
    assert (await desk.told.wait(OrderRefused)).code == -1003
    venue.reset(venue.orders[-1])
    await desk.told.wait(ConnectionChanged, lambda event: event.channel == "orders" and not event.connected)
    before = venue.attempts, len(venue.questions)
    clock.advance(BAN_MS - 1_000)
    await asyncio.sleep(0.05)  # were it to connect too early, it would be now
    assert (venue.attempts, len(venue.questions)) == before
    venue.handshake = None
    clock.advance(1_000)
    await desk.told.wait(ConnectionChanged, lambda event: event.channel == "orders" and event.connected, count=2)


async def test_a_ban_that_the_handshake_tells_is_obeyed(venue: ScriptedVenue, open_desk: OpenDesk) -> None:
    clock = MovableClock()
    venue.handshake = (418, {"Retry-After": "120"})
    desk = await open_desk(clock=clock, wait=False)
    told = await held(desk)
    assert (told.banned, told.wait_ms) == (True, BAN_MS)
    venue.handshake = None
    attempts = venue.attempts
    clock.advance(60_000)
    await asyncio.sleep(0.05)
    assert venue.attempts == attempts
    clock.advance(60_000)
    await desk.told.wait(ConnectionChanged, lambda event: event.channel == "orders" and event.connected)


async def test_a_pause_that_another_process_was_told_is_kept(venue: ScriptedVenue, open_desk: OpenDesk) -> None:
    clock = MovableClock()
    desk = await open_desk(clock=clock, wait=False, held_ms=BAN_MS)
    clock.advance(BAN_MS - 1_000)
    await asyncio.sleep(0.05)
    assert (venue.attempts, venue.questions) == (0, [])
    clock.advance(1_000)
    await desk.told.wait(ConnectionChanged, lambda event: event.channel == "orders" and event.connected)


async def test_a_sign_on_that_was_refused_is_begun_again(venue: ScriptedVenue, open_desk: OpenDesk) -> None:
    """The connection stands, the question for the time was too much: nothing is asked before Retry-After, then it goes on."""
    clock = MovableClock()
    answers = [over(429, -1003, 30_000)]
    venue.scripts["time"] = lambda _: answers.pop() if answers else ok({"serverTime": venue.server_ms()})
    desk = await open_desk(clock=clock, wait=False, answer_timeout_ms=500)
    await held(desk)
    assert [request["method"] for request in venue.requests] == ["time"]
    clock.advance(61_000)
    await desk.told.wait(ConnectionChanged, lambda event: event.channel == "orders" and event.connected)


async def test_a_ping_that_was_refused_cuts_nothing(venue: ScriptedVenue, open_desk: OpenDesk) -> None:
    clock = MovableClock()
    desk = await open_desk(clock=clock)
    venue.scripts["ping"] = lambda _: over(429, -1003, 30_000)
    assert not await desk.gateway.barrier(5)
    assert desk.told.of(RequestsHeld)
    venue.scripts["ping"] = lambda _: ok({})
    clock.advance(61_000)
    assert await desk.gateway.barrier(5)
    assert venue.attempts == 1


async def test_the_same_pause_is_told_once_and_a_longer_one_again(venue: ScriptedVenue, desk: Desk) -> None:
    waits = [60_000, 10_000, 10_000]
    venue.scripts["order.place"] = lambda _: over(429, -1015, waits.pop())
    for number in (1, 2, 3):
        desk.gateway.place(order(f"gabcdef-{number}"))
    await desk.told.wait(OrderRefused, count=3)
    assert [event.wait_ms // 1_000 for event in desk.told.of(RequestsHeld)] == [10, 60]


# -- order counts -----------------------------------------------------------------------------------------------------


async def test_too_many_orders_hold_orders_while_cancels_pass(venue: ScriptedVenue, open_desk: OpenDesk) -> None:
    """X33"""
    clock = MovableClock()
    desk = await open_desk(clock=clock)
    venue.scripts["order.place"] = lambda _: over(429, -1015, 8_000)
    venue.scripts["order.cancel"] = cancelled
    desk.gateway.place(order("gabcdef-1"))
    assert (await desk.told.wait(OrderRefused)).code == -1015
    for number, purpose in ((2, Purpose.ENTRY), (3, Purpose.STOP)):
        desk.gateway.place(order(f"gabcdef-{number}", purpose=purpose))
    assert len(desk.told.of(SendRefused)) == 2
    desk.gateway.cancel(CANCEL)
    await desk.told.wait(OrderReported, lambda event: event.status == "CANCELED")
    assert len(venue.asked("order.place")) == 1
    clock.advance(10_000)
    venue.scripts["order.place"] = answer_to
    desk.gateway.place(order("gabcdef-4"))
    await desk.told.wait(OrderReported, lambda event: event.client_order_id == "gabcdef-4")


async def test_entries_stop_at_the_reserve_and_exits_use_it(venue: ScriptedVenue, open_desk: OpenDesk) -> None:
    desk = await open_desk(rate=RateSettings(orders_10s=1_000, orders_1d=10))
    venue.scripts["order.place"] = answer_to
    for number in range(10):
        desk.gateway.place(order(f"gabcdef-{number}"))
    assert [event.client_order_id for event in desk.told.of(SendRefused)] == ["gabcdef-8", "gabcdef-9"]
    told = await held(desk, "ENTRIES")
    assert (told.limit, told.most, told.used) == ("ORDERS per 86400 s", 8, 8)
    for number in (11, 12, 13):
        desk.gateway.place(order(f"gabcdef-{number}", purpose=Purpose.EXIT))
    assert desk.told.of(SendRefused)[-1].client_order_id == "gabcdef-13"
    assert len(desk.told.of(OrderSent)) == 10
    await desk.told.wait(OrderReported, count=10)


async def test_a_cancel_that_was_refused_over_a_limit_is_still_wanted(venue: ScriptedVenue, desk: Desk) -> None:
    venue.scripts["order.cancel"] = lambda _: over(429, -1003, 5_000)
    desk.gateway.cancel(CANCEL)
    told = await desk.told.wait(CancelRefused)
    assert (told.code, told.message) == (0, "not taken: -1003 too much")


# -- what the venue tells ---------------------------------------------------------------------------------------------


async def test_the_venues_counts_and_limits_are_learnt_from_rest(venue: ScriptedVenue, desk: Desk) -> None:
    told = [
        {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": 1_200},
        {"rateLimitType": "ORDERS", "interval": "SECOND", "intervalNum": 10, "limit": 50},
    ]
    venue.rest["exchangeInfo"] = lambda _: (200, {"symbols": [symbol_info("BTCUSDT", "BTC", "USDT")], "rateLimits": told})
    venue.headers = {"X-MBX-USED-WEIGHT-1M": "777", "X-MBX-USED-WEIGHT": "9", "X-MBX-ORDER-COUNT-10S": "x"}
    desk.gateway.fetch_rules(FetchRules(venue="binance"))
    await desk.told.wait(RulesFetched)
    weight, orders = limits(desk)[WEIGHT, 60_000], limits(desk)[ORDERS, 10_000]
    assert (weight["limit"], weight["for_entries"]) == (1_200, 960)
    assert 777 <= weight["used"] < 900  # and what was under way meanwhile
    assert (orders["limit"], orders["for_entries"]) == (50, 40)


async def test_the_venues_counts_are_learnt_from_the_websocket_api(venue: ScriptedVenue, desk: Desk) -> None:
    shown = [
        {"rateLimitType": "ORDERS", "interval": "DAY", "intervalNum": 1, "limit": 160_000, "count": 1_234},
        {"rateLimitType": "ORDERS", "interval": "FORTNIGHT", "intervalNum": 1, "limit": 5, "count": 5},
    ]
    venue.scripts["order.place"] = lambda request: {**answer_to(request), "rateLimits": shown}
    desk.gateway.place(order())
    await desk.told.wait(OrderReported)
    assert limits(desk)[ORDERS, 86_400_000] | {"ends_in_ms": 0} == {
        "kind": "ORDERS", "interval_ms": 86_400_000, "limit": 160_000, "for_entries": 128_000, "used": 1_234, "ends_in_ms": 0
    }  # fmt: skip


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Retry-After": "7"}, 7_000),
        ({"retry-after": " 7 "}, 7_000),
        ({"Retry-After": "0"}, 0),
        ({}, None),
        ({"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}, None),
        ({"Retry-After": "-3"}, None),
        ({"Retry-After": "1.5"}, None),
    ],
)
def test_retry_after_is_read(headers: dict[str, str], expected: int | None) -> None:
    assert rate_counts.retry_of_headers(headers) == expected


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (RefusalData(server_time=1_000, retry_after=3_500), 2_500),
        (RefusalData(server_time=4_000, retry_after=3_500), 0),
        (RefusalData(retry_after=3_500), None),
        (None, None),
    ],
)
def test_the_pause_of_the_websocket_api_is_a_difference_of_the_venues_own_times(data: RefusalData | None, expected: int | None) -> None:
    assert rate_counts.retry_of_refusal(RefusalBody(code=-1003, msg="", data=data)) == expected


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("X-MBX-USED-WEIGHT-1M", "12", [Count(kind=WEIGHT, interval_ms=60_000, used=12)]),
        ("x-mbx-order-count-10s", "3", [Count(kind=ORDERS, interval_ms=10_000, used=3)]),
        ("X-MBX-ORDER-COUNT-1D", "4", [Count(kind=ORDERS, interval_ms=86_400_000, used=4)]),
        ("X-MBX-USED-WEIGHT-2H", "5", [Count(kind=WEIGHT, interval_ms=7_200_000, used=5)]),
        ("X-MBX-USED-WEIGHT", "12", []),
        ("X-MBX-USED-WEIGHT-1M", "many", []),
        ("X-MBX-USED-WEIGHT-1M", "-1", []),
        ("X-MBX-USED-WEIGHT-1W", "1", []),
        ("Content-Type", "1", []),
    ],
)
def test_counts_of_headers(name: str, value: str, expected: list[Count]) -> None:
    assert list(rate_counts.of_headers({name: value})) == expected


def test_limits_of_intervals_that_nobody_knows_are_passed_over() -> None:
    known = RateLimit(rate_limit_type=WEIGHT, interval="MINUTE", interval_num=5, limit=9, count=1)
    strange = RateLimit(rate_limit_type=WEIGHT, interval="FORTNIGHT", interval_num=1, limit=9)
    assert list(rate_counts.of_limits([strange, known])) == [Count(kind=WEIGHT, interval_ms=300_000, most=9, used=1)]

"""The circuit breakers at their seams: what still reaches a venue that does not answer, seen by the venue (R24)."""

from __future__ import annotations

import pytest

from genesis.clock import MovableClock
from genesis.core.commands import CancelOrder, FetchBars, Reconcile
from genesis.core.events import (
    BarsFailed,
    CancelRefused,
    CircuitChanged,
    OrderRefused,
    OrderReported,
    OrderSent,
    OutcomeUnknown,
    ReconcileFailed,
    SendRefused,
)
from genesis.core.models import CircuitState, Purpose
from tests.engine_exchange.conftest import Desk, OpenDesk
from tests.engine_exchange.kit_exchange import ScriptedVenue, answer_to, order, refused

CLOSED, OPEN, HALF_OPEN = CircuitState.CLOSED, CircuitState.OPEN, CircuitState.HALF_OPEN
CANCEL = CancelOrder(venue="binance", symbol="BTCUSDT", client_order_id="gabcdef-1", cancel_id="gabcdef-1c")


def fails(_: object) -> dict[str, object]:
    return refused(504, -1007, "Timeout waiting for response from backend server.")


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
async def broken(venue: ScriptedVenue, open_desk: OpenDesk, clock: MovableClock) -> Desk:
    """A desk whose five orders were answered 504: order entry is open."""
    desk = await open_desk(clock=clock)
    venue.scripts["order.place"] = fails
    for number in range(1, 6):
        desk.gateway.place(order(f"gabcdef-{number}"))
    await desk.told.wait(CircuitChanged, lambda event: event.state is OPEN)
    await desk.told.wait(OutcomeUnknown, count=5)
    return desk


def states(desk: Desk, service: str) -> list[CircuitState]:
    return [event.state for event in desk.told.of(CircuitChanged) if event.service == service]


async def test_nothing_of_order_entry_reaches_the_venue_while_it_is_open(venue: ScriptedVenue, broken: Desk) -> None:
    broken.gateway.place(order("gabcdef-6"))
    broken.gateway.cancel(CANCEL)
    broken.gateway.place(order("gabcdef-7", purpose=Purpose.EXIT))
    assert await broken.gateway.barrier(5.0)  # what had been sent before has been heard
    said = broken.told.of(SendRefused)
    assert [event.client_order_id for event in said] == ["gabcdef-6"]
    assert said[0].reason == "GENESIS-2901: the circuit breaker of binance/orders is open"
    assert [(event.code, "GENESIS-2901" in event.message) for event in broken.told.of(CancelRefused)] == [(0, True)]
    assert (len(venue.asked("order.place")), venue.asked("order.cancel")) == (5, [])
    assert states(broken, "orders") == [OPEN]


async def test_kept_exits_leave_as_the_first_probes_one_at_a_time_and_nobody_needs_to_ask(
    venue: ScriptedVenue, broken: Desk, clock: MovableClock
) -> None:
    venue.scripts["order.place"] = lambda _: None
    for number in (6, 7, 8):
        broken.gateway.place(order(f"gabcdef-{number}", purpose=Purpose.STOP))
    clock.advance(60_000)
    await venue.heard.until(lambda: len(venue.asked("order.place")) == 6)
    broken.gateway.place(order("gabcdef-9"))  # an entry waits for nobody and overtakes nobody
    assert await broken.gateway.barrier(5.0)
    assert len(venue.asked("order.place")) == 6
    venue.scripts["order.place"] = answer_to
    await venue.orders[-1].send_json({"id": venue.asked("order.place")[5]["id"], **answer_to(venue.asked("order.place")[5])})
    await broken.told.wait(OrderReported, count=3)
    names = [request["params"]["newClientOrderId"] for request in venue.asked("order.place")[5:]]
    assert names == ["gabcdef-6", "gabcdef-7", "gabcdef-8"]
    assert states(broken, "orders") == [OPEN, HALF_OPEN, CLOSED]
    assert [event.reason for event in broken.told.of(SendRefused)] == [
        "GENESIS-2901: the circuit breaker of binance/orders is half-open, and a probe is under way"
    ]


async def test_a_probe_that_fails_opens_it_again(venue: ScriptedVenue, broken: Desk, clock: MovableClock) -> None:
    clock.advance(60_000)
    await broken.told.wait(CircuitChanged, lambda event: event.state is HALF_OPEN)
    broken.gateway.place(order("gabcdef-6"))
    await broken.told.wait(CircuitChanged, lambda event: event.state is OPEN, count=2)
    broken.gateway.place(order("gabcdef-7"))
    assert len(venue.asked("order.place")) == 6
    assert len(broken.told.of(OrderSent)) == 6


async def test_exits_that_are_kept_when_the_channel_goes_down_were_not_sent(venue: ScriptedVenue, broken: Desk) -> None:
    broken.gateway.place(order("gabcdef-6", purpose=Purpose.EXIT))
    venue.reset(venue.orders[-1])
    refusal = await broken.told.wait(SendRefused)
    assert (refusal.client_order_id, refusal.reason) == ("gabcdef-6", "the orders channel is down")


@pytest.mark.parametrize(("status", "code"), [(400, -2010), (400, -1013), (400, -1021), (401, -2015), (429, -1015), (418, -1003)], ids=str)
async def test_refusals_and_limits_are_no_failures(venue: ScriptedVenue, open_desk: OpenDesk, status: int, code: int) -> None:
    desk = await open_desk()
    venue.scripts["order.place"] = lambda _: refused(status, code, "no")
    for number in range(1, 7):
        desk.gateway.place(order(f"gabcdef-{number}"))
    await desk.told.wait(OrderRefused, count=6)
    assert not desk.told.of(CircuitChanged)


async def test_each_service_has_a_breaker_of_its_own(venue: ScriptedVenue, open_desk: OpenDesk) -> None:
    desk = await open_desk()
    venue.rest["klines"] = lambda _: (503, {"code": -1000, "msg": "An unknown error occurred while processing the request."})
    bars = FetchBars(venue="binance", symbol="BTCUSDT", interval_ms=60_000, from_ms=0, until_ms=60_000)
    for number in range(1, 8):
        desk.gateway.fetch_bars(bars)
        await desk.told.wait(BarsFailed, count=number)
    assert len([path for path, _ in venue.questions if path == "klines"]) == 5
    assert (states(desk, "market"), states(desk, "account"), states(desk, "orders")) == ([OPEN], [], [])
    venue.scripts["order.place"] = answer_to
    desk.gateway.place(order())
    await desk.told.wait(OrderReported)


async def test_the_account_is_not_read_while_account_reading_is_open(
    venue: ScriptedVenue, open_desk: OpenDesk, clock: MovableClock
) -> None:
    desk = await open_desk(clock=clock)
    venue.rest["exchangeInfo"] = lambda _: (502, b"bad gateway")

    async def ask(times: int) -> None:
        for _ in range(times):
            number = len(desk.told.of(ReconcileFailed))
            desk.gateway.reconcile(Reconcile(venue="binance", unresolved=(), trades_after={}))
            await desk.told.wait(ReconcileFailed, count=number + 1)

    await ask(8)
    assert len([path for path, _ in venue.questions if path == "exchangeInfo"]) == 5
    clock.advance(60_000)
    await desk.told.wait(CircuitChanged, lambda event: event.state is HALF_OPEN)
    await ask(3)
    assert len([path for path, _ in venue.questions if path == "exchangeInfo"]) == 6
    assert states(desk, "account") == [OPEN, HALF_OPEN, OPEN]

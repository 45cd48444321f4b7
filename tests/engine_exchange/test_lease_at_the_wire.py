"""What is asked just before an order or a cancel is written: the lease (I27), and for how long the venue may take it (X34)."""

from __future__ import annotations

import pytest

from genesis.core.commands import CancelOrder, QueryOrder
from genesis.core.events import CancelRefused, OrderReported, OrderSent, SendRefused
from genesis.exchange.ws_api_client import NO_LEASE
from tests.engine_exchange.conftest import OpenDesk
from tests.engine_exchange.kit_exchange import ScriptedVenue, answer_to, order

CANCEL = CancelOrder(venue="binance", symbol="BTCUSDT", client_order_id="gabcdef-1", cancel_id="gabcdef-1-c1")


async def test_an_order_leaves_only_while_the_lease_is_held(venue: ScriptedVenue, open_desk: OpenDesk) -> None:
    held = [False]
    venue.scripts["order.place"] = answer_to
    desk = await open_desk(leased=lambda: held[0])
    desk.gateway.place(order("gabcdef-1"))
    assert desk.told.of(SendRefused) == [SendRefused(client_order_id="gabcdef-1", reason=NO_LEASE)]
    held[0] = True
    desk.gateway.place(order("gabcdef-2"))
    await desk.told.wait(OrderReported)
    assert [request["params"]["newClientOrderId"] for request in venue.asked("order.place")] == ["gabcdef-2"]
    assert [event.client_order_id for event in desk.told.of(OrderSent)] == ["gabcdef-2"]


async def test_a_cancel_leaves_only_while_the_lease_is_held(venue: ScriptedVenue, open_desk: OpenDesk) -> None:
    desk = await open_desk(leased=lambda: False)
    desk.gateway.cancel(CANCEL)
    (refused,) = desk.told.of(CancelRefused)
    assert (refused.code, refused.message) == (0, f"not sent: {NO_LEASE}")
    assert await desk.gateway.barrier(1)  # what reads and signs on needs no lease
    assert venue.asked("order.cancel") == []


@pytest.mark.parametrize("window_ms", [700, 4_000])
async def test_orders_and_questions_bear_the_receive_window_of_the_settings(
    venue: ScriptedVenue, open_desk: OpenDesk, window_ms: int
) -> None:
    venue.scripts["order.place"] = answer_to
    venue.rest["order"] = lambda _: (500, b"")
    desk = await open_desk(recv_window_ms=window_ms)
    desk.gateway.place(order())
    await desk.told.wait(OrderReported)
    desk.gateway.query(QueryOrder(venue="binance", symbol="BTCUSDT", client_order_id="gabcdef-1"))
    await venue.heard.until(lambda: any(path == "order" for path, _ in venue.questions))
    assert venue.asked("order.place")[0]["params"]["recvWindow"] == window_ms
    assert [query["recvWindow"] for path, query in venue.questions if path == "order"] == [str(window_ms)]

"""Connections that replace each other without a gap, come back by the rule, and keep the venue's pace (R25, X28)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from genesis.clock import MovableClock
from genesis.core.events import BookChanged, BookLost, ConnectionChanged, MarketTrade
from genesis.core.settings import MarketSettings
from genesis.exchange.control_rate import ControlRate
from genesis.exchange.link_states import TABLE, LinkEvent, LinkState, after
from tests.engine_exchange.conftest import Desk, OpenDesk
from tests.engine_exchange.kit_exchange import ScriptedVenue

QUICK = MarketSettings(handover_ms=200)


def whole() -> float:
    """The longest jitter."""
    return 1.0


def connections(desk: Desk) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = desk.gateway.market_status()["connections"]
    return listed


class WatchedClock(MovableClock):
    """Tells who sleeps on it: a pause counts from then on, not from the state that announces it."""

    def __init__(self) -> None:
        super().__init__()
        self.sleepers = 0

    async def sleep(self, seconds: float) -> None:
        self.sleepers += 1
        try:
            await super().sleep(seconds)
        finally:
            self.sleepers -= 1


async def until(true: Callable[[], bool]) -> None:
    """What nobody announces: looked at again and again."""
    async with asyncio.timeout(10):
        while not true():  # noqa: ASYNC110 - no event tells of it
            await asyncio.sleep(0.005)


async def closed(venue: ScriptedVenue, number: int) -> None:
    """The venue sees the end of its `number`-th market connection."""
    await until(lambda: venue.market[number].closed)


def nothing_was_lost(desk: Desk) -> bool:
    downs = [event for event in desk.told.of(ConnectionChanged) if event.channel == "market" and not event.connected]
    return not desk.told.of(BookLost) and not downs


async def test_a_new_connection_is_up_before_the_announced_end_of_the_old_one(venue: ScriptedVenue, open_desk: OpenDesk) -> None:
    desk = await open_desk(market=QUICK)
    await desk.told.wait(BookChanged)
    await venue.announce_shutdown()
    await venue.heard.until(lambda: len(venue.market) == 2 and len(venue.market_requests) >= 2)
    assert not venue.market[0].closed
    await closed(venue, 0)
    assert [row["state"] for row in connections(desk)] == ["LIVE"]
    await venue.diff(101, 101, [["99.90", "1"]], [])
    await desk.told.wait(BookChanged, lambda event: event.top.bid == Decimal("99.9"))
    assert nothing_was_lost(desk)


@pytest.mark.parametrize("answered", [True, False])
async def test_the_old_connection_goes_by_proof_and_by_time(venue: ScriptedVenue, open_desk: OpenDesk, answered: bool) -> None:
    """With the answer alone or the time alone it stays; with both it goes."""
    clock = MovableClock()
    desk = await open_desk(clock=clock, market=MarketSettings(handover_ms=4_000))
    await desk.told.wait(BookChanged)
    venue.market_silent = not answered
    await venue.announce_shutdown()
    await venue.heard.until(lambda: len(venue.market_requests) == 3)  # SUBSCRIBE on both, then the question on the old one
    clock.advance(1_000 if answered else 4_500)
    await asyncio.sleep(0.6)  # two looks of the engine
    assert [row["state"] for row in connections(desk)] == ["RETIRING", "LIVE"]
    if answered:
        clock.advance(3_500)
    else:
        await venue.market[0].send_json({"result": [], "id": venue.market_requests[2]["id"]})
    await closed(venue, 0)
    assert nothing_was_lost(desk)


async def test_a_connection_that_is_not_confirmed_replaces_nothing(venue: ScriptedVenue, open_desk: OpenDesk) -> None:
    clock = MovableClock()
    desk = await open_desk(clock=clock, market=MarketSettings(handover_ms=1_000))
    await desk.told.wait(BookChanged)
    venue.market_silent, venue.subscriptions_answered = True, False
    await venue.announce_shutdown()
    await venue.heard.until(lambda: len(venue.market_requests) == 2)
    clock.advance(2_000)
    await asyncio.sleep(0.6)  # two looks of the engine
    assert [row["state"] for row in connections(desk)] == ["RETIRING", "SUBSCRIBING"]
    venue.market.append(venue.market[0])  # the old one is spoken on
    await venue.diff(101, 101, [["99.90", "1"]], [])
    await desk.told.wait(BookChanged, lambda event: event.top.bid == Decimal("99.9"))
    assert nothing_was_lost(desk)


async def test_what_both_connections_carry_is_taken_once(venue: ScriptedVenue, open_desk: OpenDesk) -> None:
    desk = await open_desk(market=MarketSettings(handover_ms=60_000))
    await desk.told.wait(BookChanged)
    await venue.announce_shutdown()
    await venue.heard.until(lambda: len(venue.market) == 2 and len(venue.market_requests) >= 3)
    for connection in (1, 0):
        venue.market.append(venue.market[connection])  # the newest is spoken on
        await venue.diff(101, 102, [["99.50", "1"]], [])
        await venue.trade(7, "99.50", "0.2")
    await venue.diff(103, 103, [["99.60", "1"]], [])
    await desk.told.wait(BookChanged, lambda event: event.top.update_id == 103)
    assert [trade.trade_id for trade in desk.told.of(MarketTrade)] == [7]
    assert nothing_was_lost(desk)
    assert sum(desk.gateway.market_status()["rejected"].values()) == 0


async def test_a_connection_is_replaced_before_it_is_too_old(venue: ScriptedVenue, open_desk: OpenDesk) -> None:
    clock = MovableClock()
    desk = await open_desk(clock=clock, market=MarketSettings(connection_life_ms=9_000, handover_ms=200))
    await desk.told.wait(BookChanged)
    clock.advance(8_000)
    await venue.heard.until(lambda: any(request["method"] == "LIST_SUBSCRIPTIONS" for request in venue.market_requests))
    assert len(venue.market) == 1
    clock.advance(1_500)
    await venue.heard.until(lambda: len(venue.market) == 2)
    await closed(venue, 0)
    assert nothing_was_lost(desk)


async def test_an_old_connection_that_dies_early_is_not_covered_up(venue: ScriptedVenue, open_desk: OpenDesk) -> None:
    venue.subscriptions_answered = True
    desk = await open_desk(market=QUICK)
    await desk.told.wait(BookChanged)
    venue.market_silent, venue.subscriptions_answered = True, False  # the new one is never confirmed
    await venue.announce_shutdown()
    await venue.heard.until(lambda: len(venue.market) == 2)
    venue.reset(venue.market[0])
    await desk.told.wait(BookLost)
    await desk.told.wait(ConnectionChanged, lambda event: event.channel == "market" and not event.connected)


async def test_more_streams_than_one_connection_carries(venue: ScriptedVenue, open_desk: OpenDesk) -> None:
    symbols = ("BTCUSDT", "ETHUSDT", "BNBUSDT")
    desk = await open_desk(*symbols, market=MarketSettings(streams_per_connection=4))
    await desk.told.wait(BookChanged, count=3)
    assert sorted(row["streams"] for row in connections(desk)) == [2, 4]
    alone = next(at for at, request in enumerate(venue.market_requests) if len(request["params"]) == 2)
    told = len(desk.told.of(BookChanged))
    venue.reset(venue.market[alone])
    lost = await desk.told.wait(BookLost)
    assert lost.symbol == "BNBUSDT"
    await desk.told.wait(BookChanged, count=told + 1)
    assert {event.symbol for event in desk.told.of(BookLost)} == {"BNBUSDT"}
    assert not [event for event in desk.told.of(ConnectionChanged) if event.channel == "market" and not event.connected]


async def test_a_lost_connection_waits_by_the_engines_clock(venue: ScriptedVenue, open_desk: OpenDesk) -> None:
    """1, 2, 4 s and never more than 30: moved, not waited for."""
    clock = WatchedClock()
    desk = await open_desk(clock=clock, random=whole, wait=False)
    await desk.told.wait(BookChanged)
    for pause_s in (1, 2, 4, 8, 16, 30, 30):
        known = len(venue.market)
        venue.reset(venue.market[-1])
        await until(lambda: connections(desk)[0]["state"] == "WAITING" and clock.sleepers > 0)
        clock.advance(pause_s * 1_000 - 500)
        await asyncio.sleep(0.05)
        assert len(venue.market) == known, f"came back before {pause_s} s"
        clock.advance(500)
        await venue.heard.until(lambda known=known: len(venue.market) == known + 1)  # type: ignore[misc]


async def test_silence_is_stale_after_ten_seconds_of_the_engines_clock(venue: ScriptedVenue, open_desk: OpenDesk) -> None:
    venue.market_silent = True
    clock = MovableClock()
    desk = await open_desk(clock=clock)
    await desk.told.wait(BookChanged)
    clock.advance(9_500)
    await venue.heard.until(lambda: any(request["method"] == "LIST_SUBSCRIPTIONS" for request in venue.market_requests))
    assert not desk.told.of(BookLost)
    clock.advance(500)
    assert (await desk.told.wait(BookLost)).reason.startswith("stale: no message for 1")


async def test_subscriptions_leave_at_the_venues_pace(venue: ScriptedVenue, open_desk: OpenDesk) -> None:
    symbols = tuple(f"A{number:02}USDT" for number in range(5))
    await open_desk(*symbols, market=MarketSettings(streams_per_request=1), wait=False)
    await venue.heard.until(lambda: len(venue.market_requests) == 10)
    heard = venue.market_heard_at
    assert len([1 for first, fifth in zip(heard, heard[4:], strict=False) if fifth - first < 0.9]) == 0
    assert [request["id"] for request in venue.market_requests] == list(range(1, 11))
    assert all(later >= earlier for earlier, later in pairwise(heard))


async def test_a_binary_message_is_not_believed(venue: ScriptedVenue, open_desk: OpenDesk) -> None:
    desk = await open_desk()
    await desk.told.wait(BookChanged)
    await venue.market[-1].send_bytes(b'{"stream":"btcusdt@depth@100ms","data":{}}')
    assert (await desk.told.wait(BookLost)).reason == "expected text, got a binary message"
    await desk.told.wait(BookChanged, count=2)


async def test_a_refused_subscription_is_tried_again_on_a_new_connection(venue: ScriptedVenue, open_desk: OpenDesk) -> None:
    venue.subscriptions_answered, venue.market_silent = False, True
    await open_desk(wait=False)
    await venue.heard.until(lambda: len(venue.market_requests) == 1)
    venue.subscriptions_answered = True
    await venue.market[-1].send_json({"code": 2, "msg": "Invalid request: unknown variant", "id": 1})
    await venue.heard.until(lambda: len(venue.market) == 2)


def test_four_of_five_messages_a_second_are_ours() -> None:
    rate = ControlRate(5)
    second = 1_000_000_000
    assert [rate.take(at) for at in (0, 1, 2, 3, 4, second)] == [True, True, True, True, False, False]
    assert [rate.take(second + at) for at in (1, 2, 3, 4, 5)] == [True, True, True, True, False]


def test_the_states_of_a_connection_are_a_table() -> None:
    assert {state for state, _ in TABLE} == set(LinkState)
    assert set(TABLE.values()) == set(LinkState)
    for state in LinkState:
        for event in LinkEvent:
            if (state, event) in TABLE:
                assert after(state, event) is TABLE[(state, event)]
            else:
                with pytest.raises(AssertionError, match=f"{event} in state {state}"):
                    after(state, event)

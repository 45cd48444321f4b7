"""Market data against a venue that misbehaves: gaps, crossed books, garbage, silence (R25, X29, X30)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from decimal import Decimal
from itertools import pairwise

import pytest

from genesis.core.events import BookChanged, BookLost, ConnectionChanged, MarketTrade
from tests.engine_exchange.conftest import Desk, OpenDesk
from tests.engine_exchange.kit_exchange import Json, ScriptedVenue

Answer = Callable[[dict[str, str]], tuple[int, object]]


def snapshot(last: int, bids: list[list[str]] | None = None, asks: list[list[str]] | None = None) -> Answer:
    body: Json = {"lastUpdateId": last, "bids": bids or [["99.00", "1.0"]], "asks": asks or [["101.00", "1.0"]]}
    return lambda _: (200, body)


async def synchronised(desk: Desk, count: int = 1) -> BookChanged:
    return await desk.told.wait(BookChanged, count=count)


async def test_one_connection_for_all_symbols(venue: ScriptedVenue, open_desk: OpenDesk) -> None:
    desk = await open_desk("BTCUSDT", "ETHUSDT")
    await desk.told.wait(BookChanged, lambda event: event.top.symbol == "BTCUSDT")
    await desk.told.wait(BookChanged, lambda event: event.top.symbol == "ETHUSDT")
    assert len(venue.market) == 1
    assert str(venue.market[0]._req.rel_url) == "/stream"  # type: ignore[union-attr]
    subscribed = ["btcusdt@depth@100ms", "btcusdt@trade", "ethusdt@depth@100ms", "ethusdt@trade"]
    assert venue.market_requests == [{"method": "SUBSCRIBE", "params": subscribed, "id": 1}]


async def test_a_quiet_market_is_known_from_its_snapshot_alone(venue: ScriptedVenue, desk: Desk) -> None:
    top = (await synchronised(desk)).top
    assert (top.bid, top.ask, top.update_id) == (Decimal(99), Decimal(101), 100)
    assert desk.gateway.depth("BTCUSDT") == (100, [("99", "1")], [("101", "1")])
    assert desk.gateway.depth("NOSUCH") is None


async def test_diffs_and_trades_are_told_in_order(venue: ScriptedVenue, desk: Desk) -> None:
    await synchronised(desk)
    await venue.diff(101, 103, [["99.50", "0.3"]], [])
    await venue.trade(5, "99.50", "0.1")
    await venue.diff(104, 104, [["99.50", "0"]], [["100.50", "2"]])
    await synchronised(desk, 3)
    told = [event for event in desk.told.events if isinstance(event, BookChanged | MarketTrade)]
    assert [(event.top.bid, event.top.ask) if isinstance(event, BookChanged) else event.price for event in told] == [
        (Decimal(99), Decimal(101)),
        (Decimal("99.5"), Decimal(101)),
        Decimal("99.5"),
        (Decimal(99), Decimal("100.5")),
    ]


async def test_diffs_that_come_before_the_snapshot_are_kept(venue: ScriptedVenue, open_desk: OpenDesk) -> None:
    refusing = True

    def depth(_: dict[str, str]) -> tuple[int, object]:
        return (503, b"overloaded") if refusing else (200, {"lastUpdateId": 101, "bids": [["99.00", "1"]], "asks": [["101.00", "1"]]})

    venue.rest["depth"] = depth
    desk = await open_desk()
    await venue.heard.until(lambda: bool(venue.market) and any(path == "depth" for path, _ in venue.questions))
    await venue.diff(100, 101, [["98.00", "7"]], [])
    await venue.diff(102, 102, [["98.50", "7"]], [])
    assert desk.gateway.depth("BTCUSDT") is None
    refusing = False
    assert (await synchronised(desk)).top.update_id == 102
    assert desk.gateway.depth("BTCUSDT") == (102, [("99", "1"), ("98.5", "7")], [("101", "1")])
    assert desk.gateway.counters["snapshots_failed"] >= 1


async def test_a_snapshot_older_than_the_stream_is_fetched_again(venue: ScriptedVenue, open_desk: OpenDesk) -> None:
    desk = await open_desk()
    await synchronised(desk)
    asked = sum(path == "depth" for path, _ in venue.questions)
    answers = [snapshot(100), snapshot(103), snapshot(107)]
    venue.rest["depth"] = lambda query: answers.pop(0)(query) if len(answers) > 1 else answers[0](query)
    await venue.diff(106, 107, [["99.70", "1"]], [])
    top = (await desk.told.wait(BookChanged, lambda event: event.top.update_id >= 107)).top
    assert top.bid == Decimal(99)
    assert sum(path == "depth" for path, _ in venue.questions) - asked == 3


async def test_a_gap_loses_the_book_until_it_is_in_step_again(venue: ScriptedVenue, desk: Desk) -> None:
    await synchronised(desk)
    venue.rest["depth"] = snapshot(110, bids=[["98.00", "2"]])
    await venue.diff(106, 111, [["98.10", "1"]], [])
    lost = await desk.told.wait(BookLost)
    assert lost.reason == "gap: expected first update id <= 101, got 106"
    top = (await synchronised(desk, 2)).top
    assert (top.bid, top.update_id) == (Decimal("98.1"), 111)
    kinds = [type(event) for event in desk.told.events if isinstance(event, BookChanged | BookLost)]
    assert kinds == [BookChanged, BookLost, BookChanged]


async def test_a_crossed_snapshot_is_never_believed(venue: ScriptedVenue, open_desk: OpenDesk) -> None:
    venue.rest["depth"] = snapshot(100, bids=[["101.00", "1"]], asks=[["101.00", "1"]])
    desk = await open_desk()
    assert "expected best bid < best ask" in (await desk.told.wait(BookLost)).reason
    assert desk.gateway.depth("BTCUSDT") is None
    venue.rest["depth"] = snapshot(101)
    await synchronised(desk)


async def test_a_crossing_diff_loses_the_book(venue: ScriptedVenue, desk: Desk) -> None:
    await synchronised(desk)
    venue.rest["depth"] = snapshot(101)
    await venue.diff(101, 101, [["101.50", "1"]], [])
    assert "expected best bid < best ask" in (await desk.told.wait(BookLost)).reason
    await synchronised(desk, 2)


async def test_an_empty_side_is_nothing_to_trade_on(venue: ScriptedVenue, desk: Desk) -> None:
    await synchronised(desk)
    await venue.diff(101, 101, [], [["101.00", "0"]])
    assert (await desk.told.wait(BookLost)).reason == "one side of the book is empty"
    assert desk.gateway.depth("BTCUSDT") == (101, [("99", "1")], [])
    await venue.diff(102, 102, [], [["100.00", "1"]])
    assert (await synchronised(desk, 2)).top.ask == Decimal(100)


@pytest.mark.parametrize(
    ("message", "lost"),
    [
        ('{"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","s":"BTCUSDT","U":101}}', {"BTCUSDT"}),
        (
            '{"stream":"btcusdt@depth@100ms",'
            '"data":{"e":"depthUpdate","s":"BTCUSDT","E":1700000000000,"U":101,"u":101,"b":[[99.5,1]],"a":[]}}',
            {"BTCUSDT"},
        ),
        ("{garbage", {"BTCUSDT", "ETHUSDT"}),
        (
            '{"stream":"ethusdt@trade","data":{"e":"trade","s":"ETHUSDT","E":1700000000000,"t":1,"p":"1e5","q":"1","T":1700000000000}}',
            set(),
        ),
    ],
)
async def test_unreadable_messages_are_counted_and_their_books_start_over(
    venue: ScriptedVenue, open_desk: OpenDesk, message: str, lost: set[str]
) -> None:
    desk = await open_desk("BTCUSDT", "ETHUSDT")
    await synchronised(desk, 2)
    await venue.market[-1].send_str(message)
    await synchronised(desk, 2 + len(lost))
    await venue.diff(101, 101, [["99.90", "1"]], [], symbol="ETHUSDT")
    await desk.told.wait(BookChanged, lambda event: event.top.bid == Decimal("99.9"))
    assert {event.symbol for event in desk.told.of(BookLost)} == lost
    assert sum(desk.gateway.market_status()["rejected"].values()) == 1
    assert len(venue.market) == 1


async def test_losing_the_connection_loses_every_book(venue: ScriptedVenue, open_desk: OpenDesk) -> None:
    desk = await open_desk("BTCUSDT", "ETHUSDT")
    await synchronised(desk, 2)
    venue.reset(venue.market[-1])
    down = await desk.told.wait(ConnectionChanged, lambda event: event.channel == "market" and not event.connected)
    assert down.reason
    assert {event.symbol for event in desk.told.of(BookLost)} == {"BTCUSDT", "ETHUSDT"}
    await desk.told.wait(ConnectionChanged, lambda event: event.channel == "market" and event.connected, count=2)
    await synchronised(desk, 4)


async def test_a_silent_connection_is_stale(venue: ScriptedVenue, open_desk: OpenDesk) -> None:
    venue.market_silent = True
    desk = await open_desk(book_stale_ms=300)
    await synchronised(desk)
    lost = await desk.told.wait(BookLost)
    assert lost.reason.startswith("stale: no message for ")
    await desk.told.wait(ConnectionChanged, lambda event: event.channel == "market" and not event.connected)
    await desk.told.wait(ConnectionChanged, lambda event: event.channel == "market" and event.connected, count=2)


async def test_a_quiet_market_on_a_living_connection_stays_fresh(venue: ScriptedVenue, open_desk: OpenDesk) -> None:
    desk = await open_desk(book_stale_ms=300)
    first = await synchronised(desk)
    later = await synchronised(desk, 4)  # told again, each as of a proof of life
    assert later.top.received_ns - first.top.received_ns >= 300_000_000
    assert later.top.update_id == first.top.update_id
    assert {request["method"] for request in venue.market_requests} == {"SUBSCRIBE", "LIST_SUBSCRIPTIONS"}
    assert not desk.told.of(BookLost)


async def test_pings_are_answered_with_their_payload(venue: ScriptedVenue, desk: Desk) -> None:
    await synchronised(desk)
    await venue.market[-1].ping(b"1700000000")
    await venue.heard.until(lambda: venue.pongs == [b"1700000000"])


async def test_a_book_that_keeps_breaking_is_fetched_ever_more_rarely(venue: ScriptedVenue, open_desk: OpenDesk) -> None:
    """Each loss soon after the last one waits longer before the venue is asked again: 125, 250, 500 ms."""
    asked: list[float] = []

    def depth(query: dict[str, str]) -> tuple[int, object]:
        asked.append(asyncio.get_running_loop().time())
        return snapshot(1_000 * len(asked))(query)

    venue.rest["depth"] = depth
    desk = await open_desk(random=lambda: 0.0)
    await synchronised(desk)
    for losses in range(1, 4):
        await venue.diff(1_000 * losses + 500, 1_000 * losses + 500, [], [])
        await synchronised(desk, losses + 1)
    waits = [later - earlier for earlier, later in pairwise(asked)]
    assert waits[0] >= 0.12
    assert waits[1] >= 0.24
    assert waits[2] >= 0.49

"""Depth: whatever happens at the venue, a client that follows the documented rules holds the venue's book."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libraries.mock_exchange.core.amounts import text8
from libraries.mock_exchange.core.venue_events import BookChange
from libraries.mock_exchange.streams.depth import DepthWindow
from tests.mock_exchange_streams.kit_streams import LocalBook, World, units

_books = st.tuples(
    st.just("book"),
    st.dictionaries(st.integers(90, 99), st.integers(1, 5), max_size=4),
    st.dictionaries(st.integers(100, 110), st.integers(1, 5), max_size=4),
)
_orders = st.tuples(st.just("order"), st.sampled_from(["BUY", "SELL"]), st.integers(90, 110), st.integers(1, 6))
_waits = st.tuples(st.just("wait"), st.sampled_from([1, 40, 100, 250, 1000]))
_reads = st.tuples(st.just("read"), st.sampled_from(["btcusdt@depth@100ms", "btcusdt@depth", "btcusdt@depth@1000ms"]))


def snapshot(world: World) -> dict[str, Any]:
    update_id, bids, asks = world.venue.depth("BTCUSDT")
    sides = [[[text8(price), text8(quantity)] for price, quantity in side] for side in (bids, asks)]
    return {"lastUpdateId": update_id, "bids": sides[0], "asks": sides[1]}


def run(world: World, action: Any) -> None:
    match action:
        case ("book", bids, asks):
            world.book({str(p): str(q) for p, q in bids.items()}, {str(p): str(q) for p, q in asks.items()})
        case ("order", side, price, quantity):
            world.crowd(side, str(quantity), str(price))
        case ("wait", milliseconds):
            world.timers.pass_ms(milliseconds)
    world.timers.settle()


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.one_of(_books, _orders, _waits), max_size=8), st.lists(st.one_of(_books, _orders, _waits, _reads), max_size=14), st.data()
)
def test_diffs_on_a_snapshot_give_the_venues_book(before: list[Any], after: list[Any], data: st.DataObject) -> None:
    world = World()
    for action in before:
        run(world, action)
    readers = [world.read("btcusdt@depth@100ms"), world.read("btcusdt@depth")]
    snapshot_at = data.draw(st.integers(0, len(after)))
    taken: dict[str, Any] = {}
    for number, action in enumerate(after):
        if number == snapshot_at:
            taken = snapshot(world)
        if action[0] == "read":
            readers.append(world.read(action[1]))
        else:
            run(world, action)
    taken = taken or snapshot(world)
    world.hub.flush()
    for reader in readers:
        events = reader.take()
        assert [later["U"] - earlier["u"] for earlier, later in pairwise(events)] == [1] * (len(events) - 1)
        if reader in readers[:2]:
            local = LocalBook(taken)
            for event in events:
                local.apply(event)
            assert local.levels() == world.venue.depth("BTCUSDT")[1:]
            assert local.id == world.venue.depth("BTCUSDT")[0]


def test_a_level_changed_twice_in_a_window_appears_once_with_its_last_quantity() -> None:
    world = World()
    reader = world.read("btcusdt@depth@100ms")
    world.book({"99": "1"}, {"101": "2"})
    world.crowd("BUY", "0.5")
    world.crowd("BUY", "0.25")
    assert reader.take() == []
    world.timers.pass_ms(100)
    [event] = reader.take()
    assert event["a"] == [["101.00000000", "1.25000000"]]
    assert event["b"] == [["99.00000000", "1.00000000"]]
    assert (event["U"], event["u"]) == (2, 5)
    assert list(event) == ["e", "E", "s", "U", "u", "b", "a"]


def test_a_level_that_comes_and_goes_inside_a_window_is_told_as_gone() -> None:
    world = World()
    reader = world.read("btcusdt@depth@100ms")
    world.book({"99": "1"}, {})
    world.book({}, {})
    world.timers.pass_ms(100)
    assert reader.take()[0]["b"] == [["99.00000000", "0.00000000"]]


def test_windows_of_100_and_1000_ms_speak_at_their_own_pace_and_only_when_something_changed() -> None:
    world = World()
    fast, slow = world.read("btcusdt@depth@100ms"), world.read("btcusdt@depth", "btcusdt@depth@1000ms")
    for number in range(1, 6):
        world.book({"99": str(number)}, {})
        world.timers.pass_ms(100)
    world.timers.pass_ms(2000)
    assert [(event["U"], event["u"]) for event in fast.take()] == [(2, 2), (3, 3), (4, 4), (5, 5), (6, 6)]
    assert [(event["U"], event["u"]) for event in slow.take()] == [(2, 6), (2, 6)], "one for each of the two names of the slow stream"
    assert world.timers.armed == 0, "a quiet book arms no timer"


def test_bids_come_best_first_and_asks_too() -> None:
    world = World()
    reader = world.read("btcusdt@depth@100ms")
    world.book({"97": "1", "99": "1", "98": "1"}, {"103": "1", "101": "1"})
    world.hub.flush()
    [event] = reader.take()
    assert [level[0] for level in event["b"]] == ["99.00000000", "98.00000000", "97.00000000"]
    assert [level[0] for level in event["a"]] == ["101.00000000", "103.00000000"]


def test_a_second_reader_in_mid_window_gets_the_whole_window() -> None:
    world = World()
    world.read("btcusdt@depth@100ms")
    world.book({"99": "1"}, {})
    late = world.read("btcusdt@depth@100ms")
    world.book({"99": "2"}, {})
    world.timers.pass_ms(100)
    assert [(event["U"], event["u"]) for event in late.take()] == [(2, 3)]


def test_after_everybody_left_the_next_reader_starts_with_the_next_id() -> None:
    world = World()
    first = world.read("btcusdt@depth@100ms")
    world.book({"99": "1"}, {})
    world.hub.unsubscribe("btcusdt@depth@100ms", first)
    assert world.timers.armed == 0
    world.book({"99": "2"}, {})
    second = world.read("btcusdt@depth@100ms")
    world.book({"99": "3"}, {})
    world.timers.pass_ms(100)
    assert [(event["U"], event["u"]) for event in second.take()] == [(4, 4)]
    assert first.take() == []


def test_a_gap_in_the_venues_own_ids_is_never_sent_on() -> None:
    window = DepthWindow("BTCUSDT")
    window.add(BookChange("BTCUSDT", "BUY", 1, 1, 7))
    with pytest.raises(AssertionError, match="update id 9 after 7, expected 8"):
        window.add(BookChange("BTCUSDT", "BUY", 1, 1, 9))


def test_units_helper_is_exact() -> None:
    assert (units("0.00000001"), units("12"), units("1.5")) == (1, 12 * 10**8, 15 * 10**7)

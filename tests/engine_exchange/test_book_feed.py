"""Keeping a book in step with its stream: the documented rules, one by one (binance-spot 1.9, X29, X30)."""

from __future__ import annotations

from decimal import Decimal

from genesis.exchange.book_feed import BookFeed, Feed
from genesis.exchange.wire import DepthSnapshot, DepthUpdate

MAX_BUFFERED = 2_000
Levels = list[list[str]]


def diff(first: int, last: int, bids: Levels | None = None, asks: Levels | None = None) -> DepthUpdate:
    return DepthUpdate(symbol="BTCUSDT", event_time=1_700_000_000_000, first_id=first, last_id=last, bids=bids or [], asks=asks or [])


def snapshot(last: int, bid: str = "99.00", ask: str = "101.00") -> DepthSnapshot:
    return DepthSnapshot(last_update_id=last, bids=[[bid, "1"]], asks=[[ask, "1"]])


def feed() -> BookFeed:
    return BookFeed("binance", "BTCUSDT", MAX_BUFFERED)


def test_buffered_diffs_are_applied_on_the_snapshot_and_older_ones_dropped() -> None:
    book = feed()
    assert book.diff(diff(98, 99, bids=[["50.00", "9"]])) is Feed.BUFFERED
    assert book.diff(diff(100, 102, bids=[["99.50", "2"]])) is Feed.BUFFERED
    assert book.snapshot(snapshot(101)) is Feed.CHANGED
    assert book.book.depth_text() == ([("99.5", "2"), ("99", "1")], [("101", "1")])
    assert book.book.update_id == 102


def test_a_snapshot_older_than_the_stream_is_refused_and_the_buffer_kept() -> None:
    book = feed()
    book.diff(diff(110, 111, bids=[["99.50", "2"]]))
    assert book.snapshot(snapshot(100)) is Feed.LOST
    assert book.top(1) is None
    assert book.snapshot(snapshot(110)) is Feed.CHANGED
    top = book.top(1)
    assert top is not None
    assert top.bid == Decimal("99.5")


def test_a_gap_discards_the_book_and_its_diff_waits_for_the_next_snapshot() -> None:
    book = feed()
    book.snapshot(snapshot(100))
    assert book.diff(diff(101, 101)) is Feed.CHANGED
    assert book.diff(diff(107, 108, bids=[["99.70", "3"]])) is Feed.LOST
    assert book.reason == "gap: expected first update id <= 102, got 107"
    assert book.top(1) is None
    assert not book.synchronised
    assert book.snapshot(snapshot(107)) is Feed.CHANGED
    top = book.top(1)
    assert top is not None
    assert (top.bid, top.update_id) == (Decimal("99.7"), 108)


def test_a_gap_inside_the_buffer_needs_a_snapshot_from_behind_it() -> None:
    book = feed()
    book.diff(diff(101, 102))
    book.diff(diff(105, 106))
    assert book.snapshot(snapshot(100)) is Feed.LOST
    assert book.snapshot(snapshot(104)) is Feed.CHANGED


def test_old_diffs_are_ignored() -> None:
    book = feed()
    book.snapshot(snapshot(100))
    assert book.diff(diff(90, 100, bids=[["99.99", "1"]])) is Feed.IGNORED
    assert book.book.depth_text()[0] == [("99", "1")]


def test_crossed_books_are_lost() -> None:
    book = feed()
    assert book.snapshot(snapshot(100, bid="101.00", ask="101.00")) is Feed.LOST
    assert "expected best bid < best ask" in book.reason
    book.snapshot(snapshot(100))
    assert book.diff(diff(101, 101, bids=[["102.00", "1"]])) is Feed.LOST
    assert "expected best bid < best ask" in book.reason
    assert not book.synchronised


def test_impossible_numbers_lose_the_book() -> None:
    for price, quantity in (("1e3", "1"), ("NaN", "1"), ("-1", "1"), ("99", "-1"), ("0", "1")):
        book = feed()
        book.snapshot(snapshot(100))
        assert book.diff(diff(101, 101, bids=[[price, quantity]])) is Feed.LOST


def test_an_update_id_from_nowhere_freezes_nothing() -> None:
    """A change with a last id far too high would make every later one look old."""
    book = feed()
    book.snapshot(snapshot(100))
    assert book.diff(diff(101, 2**53)) is Feed.CHANGED
    later = diff(102, 102, bids=[["99.70", "1"]])
    assert book.diff(later) is Feed.OUT_OF_ORDER
    assert book.contradict(later) is Feed.LOST
    assert book.snapshot(snapshot(101)) is Feed.CHANGED
    top = book.top(1)
    assert top is not None
    assert (top.bid, top.update_id) == (Decimal("99.7"), 102)


def test_what_is_impossible_in_itself_does_not_spoil_the_next_snapshot() -> None:
    book = feed()
    assert book.diff(diff(110, 109)) is Feed.BUFFERED
    assert book.snapshot(snapshot(100)) is Feed.LOST
    assert book.snapshot(snapshot(100)) is Feed.CHANGED
    assert book.diff(diff(120, 119)) is Feed.LOST
    assert book.snapshot(snapshot(101)) is Feed.CHANGED


def test_an_empty_side_has_no_top() -> None:
    book = feed()
    book.snapshot(snapshot(100))
    assert book.diff(diff(101, 101, asks=[["101.00", "0"]])) is Feed.CHANGED
    assert book.synchronised
    assert book.top(1) is None


def test_the_buffer_is_bounded() -> None:
    book = feed()
    for number in range(1, MAX_BUFFERED + 2):
        book.diff(diff(number, number))
    assert book.snapshot(snapshot(MAX_BUFFERED - 1)) is Feed.LOST  # what was dropped is not guessed
    assert book.snapshot(snapshot(MAX_BUFFERED)) is Feed.CHANGED


def test_what_the_stream_repeats_or_tells_late_is_named() -> None:
    book = feed()
    book.diff(diff(101, 103))
    assert book.diff(diff(101, 103)) is Feed.DUPLICATE
    assert book.diff(diff(101, 102)) is Feed.OUT_OF_ORDER
    assert book.snapshot(snapshot(103)) is Feed.CHANGED
    assert book.diff(diff(101, 103, bids=[["99.99", "1"]])) is Feed.DUPLICATE
    assert book.book.depth_text()[0] == [("99", "1")]


def test_a_snapshot_older_than_what_was_known_is_refused_without_any_diff_to_show_it() -> None:
    book = feed()
    book.snapshot(snapshot(100))
    book.reset()
    assert book.snapshot(snapshot(99)) is Feed.LOST
    assert book.reason == "snapshot: expected an update id >= 100, got 99"
    assert book.snapshot(snapshot(100)) is Feed.CHANGED

"""One symbol's local book and how it is brought in step with its stream (binance-spot 1.9, X29, X30). Pure."""

from __future__ import annotations

from enum import StrEnum

from genesis.core.models import TopOfBook
from genesis.core.order_book import Applied, BookError, OrderBook
from genesis.exchange.wire import DepthSnapshot, DepthUpdate

MAX_BUFFERED = 2_000  # diffs; more than three minutes at 100 ms


class Feed(StrEnum):
    """What became of a message."""

    CHANGED = "CHANGED"
    IGNORED = "IGNORED"  # nothing new
    BUFFERED = "BUFFERED"  # kept until a snapshot comes
    LOST = "LOST"  # the book is discarded: a snapshot is needed; `reason` says why


class BookFeed:
    """Without a snapshot, diffs are buffered; with one, those it does not contain are applied, and every later one as it comes.

    A snapshot older than the first buffered diff shows as a gap: the buffer is kept and a newer snapshot is needed. After a gap, the diff
    that showed it is the first of the new buffer.
    """

    def __init__(self, venue: str, symbol: str) -> None:
        self.venue = venue
        self.symbol = symbol
        self.reason = ""
        self.book = OrderBook()
        self._buffer: list[DepthUpdate] = []

    @property
    def synchronised(self) -> bool:
        return self.book.synchronised

    def reset(self) -> None:
        """Forget everything: the stream was interrupted."""
        self.book.clear()
        self._buffer.clear()

    def diff(self, update: DepthUpdate) -> Feed:
        """Take the next message of the stream."""
        if not self.book.synchronised:
            return self._keep(update)
        outcome = self._apply(update)
        if outcome is Feed.LOST:
            self._keep(update)
        return outcome

    def snapshot(self, snapshot: DepthSnapshot) -> Feed:
        """Take a snapshot and the diffs buffered so far: CHANGED, or LOST when another snapshot is needed."""
        try:
            self.book.apply_snapshot(snapshot.last_update_id, snapshot.bids, snapshot.asks)
        except BookError as error:
            self.reason = f"snapshot: {error}"
            return Feed.LOST
        for index, update in enumerate(self._buffer):
            if self._apply(update) is Feed.LOST:
                del self._buffer[:index]
                return Feed.LOST
        self._buffer.clear()
        return Feed.CHANGED

    def top(self, received_ns: int) -> TopOfBook | None:
        """Best bid and ask as known at `received_ns`; None while not synchronised or a side is empty."""
        best = self.book.best()
        if best is None:
            return None
        (bid, bid_quantity), (ask, ask_quantity) = best
        return TopOfBook(
            venue=self.venue,
            symbol=self.symbol,
            bid=bid,
            bid_quantity=bid_quantity,
            ask=ask,
            ask_quantity=ask_quantity,
            update_id=self.book.update_id,
            received_ns=received_ns,
        )

    def _keep(self, update: DepthUpdate) -> Feed:
        if len(self._buffer) == MAX_BUFFERED:
            self._buffer.clear()  # the snapshot to come is newer than all of these
        self._buffer.append(update)
        return Feed.BUFFERED

    def _apply(self, update: DepthUpdate) -> Feed:
        known = self.book.update_id
        try:
            applied = self.book.apply_diff(update.first_id, update.last_id, update.bids, update.asks)
        except BookError as error:
            self.reason = str(error)
            return Feed.LOST
        if applied is Applied.GAP:
            self.reason = f"gap: expected first update id <= {known + 1}, got {update.first_id}"
            return Feed.LOST
        return Feed.CHANGED if applied is Applied.APPLIED else Feed.IGNORED

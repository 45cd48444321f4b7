"""One symbol's local book and how it is brought in step with its stream (binance-spot 1.9, X29, X30). Pure."""

from __future__ import annotations

from enum import StrEnum

from genesis.core.models import TopOfBook
from genesis.core.order_book import Applied, BookError, Fault, OrderBook
from genesis.exchange.wire import DepthSnapshot, DepthUpdate


class Feed(StrEnum):
    """What became of a message."""

    CHANGED = "CHANGED"
    IGNORED = "IGNORED"  # nothing new
    BUFFERED = "BUFFERED"  # kept until a snapshot comes
    DUPLICATE = "DUPLICATE"  # the stream said this already
    OUT_OF_ORDER = "OUT_OF_ORDER"  # the stream's update ids went back
    LOST = "LOST"  # the book is discarded: a snapshot is needed; `reason` says why, `fault` if it was impossible


class BookFeed:
    """Without a snapshot, diffs are buffered; with one, those it does not contain are applied, and every later one as it comes.

    A snapshot older than the first buffered diff shows as a gap: the buffer is kept and a newer snapshot is needed. After a gap, the diff
    that showed it is the first of the new buffer. Update ids never go back: a snapshot older than what was known once is refused, also
    where no diff is there to show it.
    """

    def __init__(self, venue: str, symbol: str, most_buffered: int) -> None:
        """`most_buffered`: diffs kept without a snapshot; when one more comes all are dropped, the snapshot to come is newer."""
        self.venue = venue
        self.symbol = symbol
        self.reason = ""
        self.fault: Fault | None = None
        self.book = OrderBook()
        self._most_buffered = most_buffered
        self._buffer: list[DepthUpdate] = []
        self._seen_id = 0  # the stream's newest update id since it was interrupted
        self._known_id = 0  # the newest update id that a book of ours ever had
        self._snapshot_id = 0  # the one of the last snapshot: what no change can have falsified

    @property
    def synchronised(self) -> bool:
        return self.book.synchronised

    def reset(self) -> None:
        """Forget everything: the stream was interrupted."""
        self.book.clear()
        self._buffer.clear()
        self._seen_id = 0

    def discard(self, reason: str, fault: Fault | None = None) -> Feed:
        """Lose the book; the stream goes on."""
        self.book.clear()
        self.reason, self.fault = reason, fault
        return Feed.LOST

    def diff(self, update: DepthUpdate) -> Feed:
        """Take the next message of the stream."""
        if update.last_id <= self._seen_id:
            return Feed.DUPLICATE if update.last_id == self._seen_id else Feed.OUT_OF_ORDER
        self._seen_id = update.last_id
        if not self.book.synchronised:
            return self._keep(update)
        outcome = self._apply(update)
        if outcome is Feed.LOST and self.fault is None:
            self._keep(update)  # it showed a gap; what is impossible in itself is never kept
        return outcome

    def snapshot(self, snapshot: DepthSnapshot) -> Feed:
        """Take a snapshot and the diffs buffered so far: CHANGED, or LOST when another snapshot is needed."""
        if snapshot.last_update_id < self._known_id:
            return self.discard(f"snapshot: expected an update id >= {self._known_id}, got {snapshot.last_update_id}")
        try:
            self.book.apply_snapshot(snapshot.last_update_id, snapshot.bids, snapshot.asks)
        except BookError as error:
            return self.discard(f"snapshot: {error}", error.fault)
        for index, update in enumerate(self._buffer):
            if self._apply(update) is Feed.LOST:
                del self._buffer[: index if self.fault is None else index + 1]
                return Feed.LOST
        self._buffer.clear()
        self._known_id = self.book.update_id
        self._snapshot_id = snapshot.last_update_id
        return Feed.CHANGED

    def contradict(self, update: DepthUpdate) -> Feed:
        """`update` came out of order: it, or one before it, told a false id. Nothing that changes have told is believed any more."""
        self._known_id = self._snapshot_id
        self._buffer = [update]
        self._seen_id = update.last_id
        return self.discard(f"update ids went back to {update.last_id}")

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
        if len(self._buffer) == self._most_buffered:
            self._buffer.clear()  # the snapshot to come is newer than all of these
        self._buffer.append(update)
        return Feed.BUFFERED

    def _apply(self, update: DepthUpdate) -> Feed:
        known = self.book.update_id
        try:
            applied = self.book.apply_diff(update.first_id, update.last_id, update.bids, update.asks)
        except BookError as error:
            return self.discard(str(error), error.fault)
        if applied is Applied.GAP:
            return self.discard(f"gap: expected first update id <= {known + 1}, got {update.first_id}")
        self._known_id = self.book.update_id
        return Feed.CHANGED if applied is Applied.APPLIED else Feed.IGNORED

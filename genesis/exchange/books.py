"""The local books of one venue: brought in step with their streams, told of while they are, lost loudly when they are not (R25, I25)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

import structlog

from genesis import hooks
from genesis.core.events import BookChanged, BookLost
from genesis.exchange import wire
from genesis.exchange.backoff import Backoff
from genesis.exchange.book_feed import BookFeed, Feed
from genesis.exchange.context import VenueContext
from genesis.exchange.errors import MalformedMessage, VenueRefused, VenueUnreachable
from genesis.exchange.rejections import Reason, Rejected
from genesis.exchange.rest_client import RestClient

_STEADY_S = 1.0  # in step for so long: the next loss is a new story

_log = structlog.get_logger("genesis.exchange")


class _Watched:
    """A feed with what the outside was told of it, and the task that fetches its snapshot."""

    def __init__(self, feed: BookFeed, backoff: Backoff) -> None:
        self.feed = feed
        self.backoff = backoff
        self.told: bool | None = None  # whether the last event was BookChanged (True) or BookLost (False)
        self.told_ns = 0
        self.synchronised_ns = 0
        self.resync: asyncio.Task[None] | None = None


class Books:
    """Every configured symbol's book. `refused` is told of impossible messages."""

    def __init__(
        self,
        venue: VenueContext,
        rest: RestClient,
        watch: Callable[[asyncio.Task[None]], None],
        refused: Callable[[Rejected], None],
    ) -> None:
        """`watch` is told of every task that is started, so that none can fail unseen."""
        self._venue = venue.settings.name
        self._sink = venue.sink
        self._clock = venue.clock
        self._counters = venue.counters
        self._rest = rest
        self._watch = watch
        self._refused = refused
        self._books = {
            symbol: _Watched(BookFeed(self._venue, symbol, venue.market.buffered_diffs), venue.backoff(venue.market.resync_ms))
            for symbol in venue.settings.symbols
        }

    def depth(self, symbol: str) -> tuple[int, list[tuple[str, str]], list[tuple[str, str]]] | None:
        """The synchronised book: update id, bids, asks, best first; None while there is none."""
        book = self._books.get(symbol)
        if book is None or not book.feed.synchronised:
            return None
        bids, asks = book.feed.book.depth_text()
        return book.feed.book.update_id, bids, asks

    async def close(self) -> None:
        tasks = [book.resync for book in self._books.values() if book.resync is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # -- what the streams do ------------------------------------------------------------------------------------------

    def begin(self, symbols: Iterable[str]) -> None:
        """The streams of these symbols have begun: whatever comes from now on is kept until a snapshot fits."""
        for symbol in symbols:
            book = self._books[symbol]
            book.feed.reset()
            self._start_resync(book)

    def interrupt(self, symbols: Iterable[str], reason: str) -> None:
        """The streams of these symbols have ended: their books are lost until they begin again."""
        for symbol in symbols:
            book = self._books[symbol]
            if book.resync is not None:
                book.resync.cancel()
                book.resync = None
            book.feed.reset()
            self._tell_lost(book, reason)

    def discard(self, symbols: Iterable[str], reason: str) -> None:
        """A message of these streams is missing: their books start over while the streams go on."""
        for symbol in symbols:
            book = self._books[symbol]
            book.feed.discard(reason)
            self._lost(book)

    def diff(self, update: wire.DepthUpdate, received_ns: int, *, twice: bool) -> None:
        """Take a change. `twice`: two connections carry the stream just now, so that everything comes twice."""
        book = self._books[update.symbol]
        match book.feed.diff(update):
            case Feed.CHANGED:
                self._tell_top(book, received_ns)
            case Feed.LOST:
                self._impossible(book)
                self._lost(book)
            case Feed.DUPLICATE if not twice:
                self._refused(Rejected(Reason.DUPLICATE, update.symbol, "depth", f"update {update.last_id} again"))
            case Feed.OUT_OF_ORDER if not twice:
                self._refused(Rejected(Reason.OUT_OF_ORDER, update.symbol, "depth", f"update {update.last_id} after a newer one"))
                book.feed.contradict(update)
                self._lost(book)

    def tell_again(self, symbols: Iterable[str], proved_ns: int, older_by_ns: int) -> None:
        """Nothing newer was on its way at `proved_ns`: quiet books that were told `older_by_ns` before it are as fresh as that."""
        for symbol in symbols:
            book = self._books[symbol]
            if book.told and proved_ns - book.told_ns >= older_by_ns:
                self._tell_top(book, proved_ns)

    # -- what is told -------------------------------------------------------------------------------------------------

    def _tell_top(self, book: _Watched, received_ns: int) -> None:
        top = book.feed.top(received_ns)
        if top is None:
            self._tell_lost(book, "one side of the book is empty")
            return
        book.told = True
        book.told_ns = received_ns
        self._sink(BookChanged(top=top))

    def _tell_lost(self, book: _Watched, reason: str) -> None:
        if book.told is not False:
            book.told = False
            self._sink(BookLost(venue=self._venue, symbol=book.feed.symbol, reason=reason))

    def _lost(self, book: _Watched) -> None:
        self._counters["books_lost"] += 1
        _log.warning("book lost", venue=self._venue, symbol=book.feed.symbol, reason=book.feed.reason)
        self._tell_lost(book, book.feed.reason)
        self._start_resync(book)

    def _impossible(self, book: _Watched) -> None:
        feed = book.feed
        if feed.fault is not None:
            self._refused(Rejected(Reason(feed.fault.value), feed.symbol, "depth", feed.reason))

    # -- snapshots ----------------------------------------------------------------------------------------------------

    def _start_resync(self, book: _Watched) -> None:
        if book.resync is None or book.resync.done():
            book.resync = asyncio.get_running_loop().create_task(self._resync(book), name=f"resync {self._venue}/{book.feed.symbol}")
            self._watch(book.resync)

    async def _resync(self, book: _Watched) -> None:
        """Fetch snapshots until one fits the stream: the first at once if the book was in step for a while, others after a backoff."""
        in_step_s = (self._clock.mono_ns() - book.synchronised_ns) / 1e9 if book.synchronised_ns else _STEADY_S
        if in_step_s < _STEADY_S:
            await self._clock.sleep(book.backoff.next_delay_s(in_step_s))
        while not await self._fetch(book):
            await self._clock.sleep(book.backoff.next_delay_s(in_step_s))
            in_step_s = 0.0

    async def _fetch(self, book: _Watched) -> bool:
        """Fetch a snapshot; whether the book is in step with its stream now."""
        feed = book.feed
        asked_ns = self._clock.mono_ns()
        try:
            snapshot = await self._rest.depth(feed.symbol)
        except (VenueRefused, VenueUnreachable, MalformedMessage) as error:
            self._counters["snapshots_failed"] += 1
            _log.warning("no snapshot", venue=self._venue, symbol=feed.symbol, error=str(error))
            return False
        if feed.snapshot(snapshot) is Feed.LOST:
            self._counters["snapshots_refused"] += 1
            _log.warning("snapshot refused", venue=self._venue, symbol=feed.symbol, reason=feed.reason)
            self._impossible(book)
            self._tell_lost(book, feed.reason)
            return False
        hooks.reached("CP-S4b")
        book.synchronised_ns = self._clock.mono_ns()
        self._counters["books_synchronised"] += 1
        self._tell_top(book, asked_ns)
        return True

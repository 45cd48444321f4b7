"""Market data of one venue: every symbol's depth and trades on one combined connection, and the local books (R25)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec
import structlog

from genesis.core.events import BookChanged, BookLost, ConnectionChanged
from genesis.exchange import translate, wire
from genesis.exchange.backoff import Backoff
from genesis.exchange.book_feed import BookFeed, Feed
from genesis.exchange.connection import Connection
from genesis.exchange.context import VenueContext
from genesis.exchange.errors import MalformedMessage, VenueRefused, VenueUnreachable
from genesis.exchange.rest_client import RestClient
from genesis.exchange.settings import VenueSettings
from genesis.exchange.ticker import Ticker

MAX_SYMBOLS = 512  # two streams each, 1,024 on a connection
_SNAPSHOT_RETRY_S = 0.25
_STEADY_S = 1.0  # in step for so long: the next loss is a new story
_NS_PER_MS = 1_000_000
_PROBE = b'{"method":"LIST_SUBSCRIPTIONS","id":1}'

_log = structlog.get_logger("genesis.exchange")
_decoder = msgspec.json.Decoder(wire.MarketMessage)
_loose_decoder = msgspec.json.Decoder(wire.LooseMarketMessage)


class _Watched:
    """A feed with what the outside was told of it, and the task that fetches its snapshot."""

    def __init__(self, feed: BookFeed, backoff: Backoff) -> None:
        self.feed = feed
        self.backoff = backoff
        self.told: bool | None = None  # whether the last event was BookChanged (True) or BookLost (False)
        self.told_ns = 0
        self.synchronised_ns = 0
        self.resync: asyncio.Task[None] | None = None


class WebSocketManager:
    """The "market" channel of one venue.

    The connection counts as stale when not one message came for `book_stale_ms`. A quiet market is not a dead one: after half of that the
    venue is asked for its list of subscriptions, and an answer proves that nothing newer was on its way. Tops of quiet books are then told
    again, as of that proof.
    """

    def __init__(self, venue: VenueContext, rest: RestClient, watch: Callable[[asyncio.Task[None]], None]) -> None:
        """`watch` is told of every task that is started, so that none can fail unseen."""
        settings = venue.settings
        if len(settings.symbols) > MAX_SYMBOLS:
            raise ValueError(f"expected at most {MAX_SYMBOLS} symbols on one connection, got {len(settings.symbols)}")
        self._venue = settings.name
        self._sink = venue.sink
        self._clock = venue.clock
        self._rest = rest
        self._counters = venue.counters
        self._watch = watch
        self._stale_ns = venue.timing.book_stale_ms * _NS_PER_MS
        self._books = {symbol: _Watched(BookFeed(settings.name, symbol), venue.backoff(_SNAPSHOT_RETRY_S)) for symbol in settings.symbols}
        self._connection = Connection(f"{settings.name}/market", _stream_url(settings), self, venue.backoff(), venue.trust)
        self._ticker = Ticker(venue.timing.book_stale_ms / 1_000, self._look_at_age)
        self._heard_ns = 0
        self._probed_ns = 0
        self._up: bool | None = None

    async def run(self) -> None:
        await self._connection.run()

    async def close(self) -> None:
        self._ticker.stop()
        tasks = [book.resync for book in self._books.values() if book.resync is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._connection.close()

    def depth(self, symbol: str) -> tuple[int, list[tuple[str, str]], list[tuple[str, str]]] | None:
        """The synchronised book: update id, bids, asks, best first; None while there is none."""
        book = self._books.get(symbol)
        if book is None or not book.feed.synchronised:
            return None
        bids, asks = book.feed.book.depth_text()
        return book.feed.book.update_id, bids, asks

    # -- the connection -----------------------------------------------------------------------------------------------

    def opened(self) -> None:
        self._heard_ns = self._probed_ns = self._clock.mono_ns()
        self._up = True
        self._ticker.start()
        self._sink(ConnectionChanged(venue=self._venue, channel="market", connected=True))
        for book in self._books.values():
            book.feed.reset()
            self._start_resync(book)

    def closed(self, reason: str) -> None:
        self._ticker.stop()
        for book in self._books.values():
            if book.resync is not None:
                book.resync.cancel()
                book.resync = None
            book.feed.reset()
            self._tell_lost(book, f"market data connection: {reason}")
        if self._up is not False:
            self._up = False
            self._sink(ConnectionChanged(venue=self._venue, channel="market", connected=False, reason=reason))

    def message(self, payload: memoryview | bytes) -> None:
        self._heard_ns = self._clock.mono_ns()
        try:
            self._data(_decoder.decode(payload).data)
        except (msgspec.MsgspecError, MalformedMessage) as error:
            self._malformed(payload, error)

    def _data(self, data: wire.DepthUpdate | wire.PublicTrade | wire.MarketShutdown | None) -> None:
        match data:
            case wire.DepthUpdate():
                book = self._books.get(data.symbol)
                if book is None:
                    self._counters["ignored_events"] += 1
                else:
                    self._after(book, book.feed.diff(data))
            case wire.PublicTrade():
                self._sink(translate.public_trade(self._venue, data))
            case wire.MarketShutdown():
                self._connection.cut("the venue announced its shutdown")
            case None:
                return  # the answer to our probe: hearing it is enough

    def _malformed(self, payload: memoryview | bytes, error: Exception) -> None:
        """What cannot be read may have been a diff: the book it belonged to, or every book if that cannot be told, starts over."""
        self._counters["malformed_messages"] += 1
        _log.warning("unreadable message", venue=self._venue, bytes=len(payload), error=str(error))
        try:
            stream = _loose_decoder.decode(payload).stream
        except msgspec.MsgspecError:
            stream = ""
        symbol, _, kind = stream.partition("@")
        if stream and not kind.startswith("depth"):
            return
        touched = [self._books[symbol.upper()]] if symbol.upper() in self._books else list(self._books.values())
        for book in touched:
            book.feed.reset()
            book.feed.reason = f"unreadable message: {error}"
            self._after(book, Feed.LOST)

    # -- books --------------------------------------------------------------------------------------------------------

    def _after(self, book: _Watched, outcome: Feed) -> None:
        if outcome is Feed.CHANGED:
            self._tell_top(book, self._heard_ns)
        elif outcome is Feed.LOST:
            self._counters["books_lost"] += 1
            _log.warning("book lost", venue=self._venue, symbol=book.feed.symbol, reason=book.feed.reason)
            self._tell_lost(book, book.feed.reason)
            self._start_resync(book)

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

    def _start_resync(self, book: _Watched) -> None:
        if book.resync is None or book.resync.done():
            book.resync = asyncio.get_running_loop().create_task(self._resync(book), name=f"resync {self._venue}/{book.feed.symbol}")
            self._watch(book.resync)

    async def _resync(self, book: _Watched) -> None:
        """Fetch snapshots until one fits the stream: the first at once if the book was in step for a while, others after a backoff."""
        in_step_s = (self._clock.mono_ns() - book.synchronised_ns) / 1e9 if book.synchronised_ns else _STEADY_S
        if in_step_s < _STEADY_S:
            await asyncio.sleep(book.backoff.next_delay_s(in_step_s))
        while not await self._fetch(book):
            await asyncio.sleep(book.backoff.next_delay_s(in_step_s))
            in_step_s = 0.0

    async def _fetch(self, book: _Watched) -> bool:
        """Fetch a snapshot; whether the book is in step with its stream now."""
        feed = book.feed
        try:
            snapshot = await self._rest.depth(feed.symbol)
        except (VenueRefused, VenueUnreachable, MalformedMessage) as error:
            self._counters["snapshots_failed"] += 1
            _log.warning("no snapshot", venue=self._venue, symbol=feed.symbol, error=str(error))
            return False
        if feed.snapshot(snapshot) is Feed.LOST:
            self._counters["snapshots_refused"] += 1
            self._tell_lost(book, feed.reason)
            return False
        book.synchronised_ns = self._clock.mono_ns()
        self._tell_top(book, self._heard_ns)
        return True

    # -- age ----------------------------------------------------------------------------------------------------------

    def _look_at_age(self) -> None:
        now = self._clock.mono_ns()
        silent_ns = now - self._heard_ns
        if silent_ns >= self._stale_ns:
            self._counters["stale_connections"] += 1
            reason = f"stale: no message for {silent_ns // _NS_PER_MS} ms"
            for book in self._books.values():
                book.feed.reset()
                self._tell_lost(book, reason)
            self._connection.cut(reason)
            return
        if silent_ns >= self._stale_ns // 2 and self._probed_ns <= self._heard_ns:
            self._probed_ns = now
            self._connection.send(_PROBE)
        for book in self._books.values():
            if book.told and self._heard_ns - book.told_ns >= self._stale_ns // 3:
                self._tell_top(book, self._heard_ns)


def _stream_url(settings: VenueSettings) -> str:
    streams = (f"{symbol.lower()}@{kind}" for symbol in settings.symbols for kind in ("depth@100ms", "trade"))
    return f"{settings.stream_url}/stream?streams={'/'.join(streams)}"

"""Market data of one venue: connections that replace each other without a gap, canonical ticks, local books (R25).

As many connections as the streams need. A quiet market is not a dead one: after half of `book_stale_ms` without a message the venue is
asked for its list of subscriptions, and an answer proves that nothing newer was on its way. Tops of quiet books are then told again, as of
that proof. What is not believed reaches nobody who decides (see `rejections`); if it may have been a change of a book, that book starts
over.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from itertools import count
from typing import Any

from genesis.core.events import ConnectionChanged, MarketTrade
from genesis.exchange import wire
from genesis.exchange.books import Books
from genesis.exchange.context import VenueContext
from genesis.exchange.line import Line
from genesis.exchange.link import Link
from genesis.exchange.normaliser import Normaliser
from genesis.exchange.rejections import Reason, Rejected, Rejections
from genesis.exchange.rest_client import RestClient
from genesis.exchange.ticker import Ticker

_STREAMS_PER_SYMBOL = 2
_NS_PER_MS = 1_000_000


class WebSocketManager:
    """The "market" channel of one venue: up while at least one of its lines is; what a lost line costs is told book by book."""

    def __init__(self, venue: VenueContext, rest: RestClient, watch: Callable[[asyncio.Task[None]], None]) -> None:
        """`watch` is told of every task that is started, so that none can fail unseen."""
        settings, market = venue.settings, venue.market
        self._venue = settings.name
        self._sink = venue.sink
        self._counters = venue.counters
        self._clock = venue.clock
        self._watch = watch
        self._stale_ns = venue.timing.book_stale_ms * _NS_PER_MS
        self._normaliser = Normaliser(settings, market.tick_age_ms)
        self._rejections = Rejections(settings.name, venue.sink, venue.clock, market.rejections_every_ms)
        self._books = Books(venue, rest, watch, self._rejections.note)
        self._last_trades: dict[str, MarketTrade] = {}
        per_line = max(market.streams_per_connection // _STREAMS_PER_SYMBOL, 1)
        numbers = count(1)
        chunks = [settings.symbols[at : at + per_line] for at in range(0, len(settings.symbols), per_line)]
        self._lines = [Line(chunk, venue, self, self._spawn, lambda: next(numbers)) for chunk in chunks]
        self._ticker = Ticker(venue.timing.book_stale_ms / 1_000, self._tick)
        self._up: bool | None = None

    def start(self) -> None:
        """Begin to connect, and to reconnect for ever."""
        self._ticker.start()
        for line in self._lines:
            line.start()

    @property
    def up(self) -> bool:
        """Whether all lines are."""
        return all(line.up for line in self._lines)

    def hurry(self) -> None:
        """The venue answers again: connections that wait are tried now."""
        for line in self._lines:
            for link in line.links:
                link.hurry()

    def move(self, at_once: bool) -> None:
        """Every connection goes by the venue's new address."""
        for line in self._lines:
            for link in line.links:
                link.move(at_once)

    async def close(self) -> None:
        self._ticker.stop()
        await self._books.close()
        for line in self._lines:
            await line.close()

    # -- what may be asked --------------------------------------------------------------------------------------------

    def depth(self, symbol: str) -> tuple[int, list[tuple[str, str]], list[tuple[str, str]]] | None:
        """The synchronised book: update id, bids, asks, best first; None while there is none."""
        return self._books.depth(symbol)

    def last_trade(self, symbol: str) -> MarketTrade | None:
        """The newest public trade of a symbol; None before the first."""
        return self._last_trades.get(symbol)

    def status(self) -> dict[str, Any]:
        """Connections, what was not believed by reason, and what else happened by name."""
        return {
            "connections": [
                {"name": link.name, "state": link.state.value, "streams": len(link.streams), "reconnects": link.reconnects}
                for line in self._lines
                for link in line.links
            ],
            "rejected": {reason.value: self._rejections.counts[reason.value] for reason in Reason},
            "counters": {**self._counters, "trades_missed": self._normaliser.trades_missed},
        }

    # -- lines --------------------------------------------------------------------------------------------------------

    def line_up(self, line: Line) -> None:
        self._normaliser.forget_time()
        if self._up is not True:
            self._up = True
            self._sink(ConnectionChanged(venue=self._venue, channel="market", connected=True))
        self._books.begin(line.symbols)

    def line_down(self, line: Line, reason: str) -> None:
        self._books.interrupt(line.symbols, reason)
        if self._up is not False and not any(other.up for other in self._lines):
            self._up = False
            self._sink(ConnectionChanged(venue=self._venue, channel="market", connected=False, reason=reason))

    def line_message(self, line: Line, link: Link, payload: memoryview | bytes) -> None:
        try:
            message = self._normaliser.read(payload)
        except Rejected as rejected:
            self._rejected(line, link, rejected)
            return
        match message:
            case wire.DepthUpdate():
                link.believed()
                self._books.diff(message, link.heard_ns, twice=line.twice)
            case MarketTrade():
                link.believed()
                self._last_trades[message.symbol] = message
                self._sink(message)
            case wire.MarketShutdown():
                link.leaving = True
                line.replace("announced by the venue")
            case wire.StreamReply():
                link.reply(message)

    def _rejected(self, line: Line, link: Link, rejected: Rejected) -> None:
        if rejected.reason is Reason.DUPLICATE and line.twice:
            return
        self._rejections.note(rejected)
        if rejected.reason is Reason.STALE:
            link.too_old()
        if rejected.stream in ("depth", "") and rejected.reason is not Reason.UNKNOWN_SYMBOL:
            touched = (rejected.symbol,) if rejected.symbol else line.symbols
            self._books.discard(touched, f"a message is not believed: {rejected}")

    # -- time and tasks -----------------------------------------------------------------------------------------------

    def _tick(self) -> None:
        self._rejections.flush()
        for line in self._lines:
            line.tick()
            proved_ns = max((link.heard_ns for link in line.links if link.read), default=0)
            self._books.tell_again(line.symbols, proved_ns, self._stale_ns // 3)

    def _spawn(self, work: Coroutine[object, object, None], name: str) -> None:
        self._watch(asyncio.get_running_loop().create_task(work, name=name))

"""Market streams of the mock exchange (`/ws`, `/stream`) and its kline store. `build` is the entry."""

from __future__ import annotations

from ..core.clock import Clock
from ..core.venue import Venue
from ..core.venue_state import RECENT_TRADES
from .connection import Limits
from .hub import Levels
from .server import MarketStreams


def build(venue: Venue, clock: Clock, limits: Limits | None = None) -> MarketStreams:
    """A stream server that listens to the venue (it fulfils shell.stream_port.StreamServer).

    Of a venue that goes on from a ledger, the klines know the newest trades only (as many as the venue remembers).
    """

    def read_book(symbol: str) -> tuple[Levels, Levels] | None:
        if symbol not in venue.symbols:
            return None
        _, bids, asks = venue.depth(symbol)
        return bids, asks

    streams = MarketStreams(clock, read_book, limits or Limits())
    for symbol in venue.symbols:
        for trade in venue.recent_trades(symbol, RECENT_TRADES):
            streams.hub.remember(trade)
    venue.listen(streams.hub.on_event)
    return streams


__all__ = ["Limits", "MarketStreams", "build"]

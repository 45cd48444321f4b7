"""Market streams of the mock exchange (`/ws`, `/stream`). `build` is the entry."""

from __future__ import annotations

from ..core.clock import Clock
from ..core.venue import Venue
from ..core.venue_events import BookChange, PublicTrade
from ..shell.group_commit import Settle, nothing_to_settle
from .connection import Limits
from .server import CutOff, MarketStreams


def build(
    venue: Venue,
    clock: Clock,
    limits: Limits | None = None,
    cut_off: CutOff = lambda _address: None,
    *,
    settle: Settle = nothing_to_settle,
) -> MarketStreams:
    """A stream server that listens to the venue (it fulfils shell.stream_port.StreamServer).

    `cut_off` is told the address of a client that was disconnected for sending too fast; `settle` runs before anything leaves.
    """
    streams = MarketStreams(venue, clock, limits or Limits(), cut_off, settle)
    venue.listen(streams.hub.on_event, BookChange, PublicTrade)
    return streams


__all__ = ["Limits", "MarketStreams", "build"]

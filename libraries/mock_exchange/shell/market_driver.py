"""The seam to what moves a market by itself: the demo generator, recorded trades, a recorded conversation.

`libraries.mock_exchange.markets` provides:

    def recording_symbols(directory: Path) -> list[SymbolSpec]
        The symbols of a `--recording` directory (status "BREAK": trading on them is refused with "Market is closed.").
        Raises errors.MarketError (exit code 3) naming file, line and key.
    def build(venue: Venue, clock: Clock, streams: StreamServer | None, plan: MarketPlan) -> MarketDriver
        Raises errors.MarketError for bad CSV rows or recordings.

The application asks for a driver only when the plan is not "scripted".
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, Protocol

import msgspec


class RecordedCsv(msgspec.Struct, frozen=True, kw_only=True):
    """`[recorded]` of a market file, with paths already relative to that file resolved."""

    symbol: str
    trades: Path
    quotes: Path


class MarketPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What the command line and the market file ask for."""

    kind: Literal["scripted", "demo", "csv", "recording"]
    seed: int = 0
    recorded: RecordedCsv | None = None
    """Set for kind "csv"."""
    recording: Path | None = None
    """Set for kind "recording"."""


class MarketDriver(Protocol):
    """Moves a market. All methods run on the event loop's thread."""

    async def start(self) -> None:
        """Begin (the demo starts to move; recorded markets only load)."""

    async def advance(self, *, steps: int | None = None, until_trade_id: int | None = None, to_end: bool = False) -> dict[str, Any]:
        """Play a recorded market that far: `{"position", "last_trade_id", "remaining"}`.

        Raises ValueError, whose text the admin API returns with 400, where this market cannot be advanced.
        """

    def pause(self) -> None:
        """No movement from now on, until `resume` (the audit cut)."""

    def resume(self) -> None: ...

    def exchange_info(self) -> dict[str, Any] | None:
        """The exchangeInfo answer to serve instead of the venue's own; None = the venue's own."""

    def depth_snapshot(self, symbol: str) -> dict[str, Any] | None:
        """The depth answer (as recorded, untruncated) to serve for `symbol`; None = the venue's own book."""

    async def close(self) -> None: ...

"""The seam to what moves a market by itself: the generator, a script, recorded dumps, a recorded conversation.

`libraries.mock_exchange.markets` provides:

    def recording_symbols(directory: Path) -> list[SymbolSpec]
        The symbols of a `--recording` directory (status "BREAK": trading on them is refused with "Market is closed.").
        Raises errors.MarketError (exit code 3) naming file, line and key.
    def prepare(plan: MarketPlan, specs: list[SymbolSpec]) -> Prepared
        What the plan asks for, read and checked, with the venue's clock. Raises errors.MarketError.
    def build(venue: Venue, streams: StreamServer | None, prepared: Prepared) -> MarketDriver
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, Protocol

import msgspec


class MarketPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What the command line and the market file ask for."""

    kind: Literal["file", "demo", "recording"]
    seed: int = 0
    file: Path | None = None
    """The market file, for errors and for the paths in it."""
    tables: dict[str, Any] = {}
    """The market file's tables of movement: generator, script, recorded, playing, clock."""
    recording: Path | None = None
    """Set for kind "recording"."""


class MarketDriver(Protocol):
    """Moves a market. All methods run on the event loop's thread; those that refuse raise ValueError, whose text the admin API returns."""

    async def start(self) -> None:
        """Fill the books and begin."""

    async def advance(
        self, *, steps: int | None = None, until_trade_id: int | None = None, for_ms: int | None = None, to_end: bool = False
    ) -> dict[str, Any]:
        """Play that far: `{"position", "last_trade_id", "remaining"}`."""

    async def seek(self, *, to_ms: int | None = None, until_trade_id: int | None = None) -> dict[str, Any]:
        """Skip forward without trading."""

    def play(self, speed: int | None) -> dict[str, Any]:
        """Go on by itself; `speed` in thousandths, 0 = as fast as it is consumed, None = as before."""

    def hold(self) -> dict[str, Any]:
        """Stand still until `play`."""

    def put(self, steps: Sequence[Any]) -> dict[str, Any]:
        """Have these steps of a script played from now on."""

    def move(self, symbol: str, *, by: int, within_ms: int, steps: int | None) -> dict[str, Any]:
        """Let the price of a symbol rise or fall by a signed fraction (1e-8) within that time."""

    def impose(self, symbol: str, table: dict[str, Any]) -> dict[str, Any]:
        """Let a generated symbol move by another regime for a while."""

    def shown(self) -> dict[str, Any]:
        """Where the market stands."""

    def pause(self) -> None:
        """No movement from now on, until `resume` (the audit cut)."""

    def resume(self) -> None: ...

    def exchange_info(self) -> dict[str, Any] | None:
        """The exchangeInfo answer to serve instead of the venue's own; None = the venue's own."""

    def depth_snapshot(self, symbol: str) -> dict[str, Any] | None:
        """The depth answer (as recorded, untruncated) to serve for `symbol`; None = the venue's own book."""

    async def close(self) -> None: ...

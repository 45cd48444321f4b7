"""What moves a market by itself: the demo generator, recorded trades, a recorded conversation.

`build` and `recording_symbols` are the entries that shell/market_driver.py names; `read_plan` tells keywords and tests the plan of a
recorded market (its steps, and which trades are skipped).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from .capture import read_capture, read_symbols
from .capture_market import CaptureMarket, Publisher
from .demo_market import DemoMarket
from .recorded_market import RecordedMarket
from .recorded_plan import RecordedPlan, read_plan

if TYPE_CHECKING:
    from ..core.clock import Clock
    from ..core.symbols import SymbolSpec
    from ..core.venue import Venue
    from ..shell.market_driver import MarketDriver, MarketPlan


def recording_symbols(directory: Path) -> list[SymbolSpec]:
    """The symbols of a `--recording` directory, closed for trading (status BREAK). Raises MarketError."""
    return read_symbols(directory)


def build(venue: Venue, clock: Clock, streams: Any, plan: MarketPlan) -> MarketDriver:
    """The driver that the plan asks for. `streams`: the stream server (recorded conversations publish through it). Raises MarketError."""
    match plan.kind:
        case "demo":
            return DemoMarket(venue, plan.seed)
        case "csv":
            assert plan.recorded is not None, "a plan of kind csv names its files"
            spec = venue.symbols[plan.recorded.symbol]
            return RecordedMarket(venue, spec.symbol, read_plan(plan.recorded.trades, plan.recorded.quotes, spec))
        case "recording":
            assert plan.recording is not None, "a plan of kind recording names its directory"
            return CaptureMarket(read_capture(plan.recording), cast(Publisher, streams))
        case "scripted":
            raise AssertionError("a scripted market has no driver")


__all__ = ["RecordedPlan", "build", "read_plan", "recording_symbols"]

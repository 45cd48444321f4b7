"""What the market does, for strategies: its state (R32) and how two symbols go together. Pure; memory of this process only."""

from __future__ import annotations

from genesis.core.events import MarketTrade
from genesis.core.models import MarketState
from genesis.engine.bars import BarFeed
from genesis.engine.desk import Desk


class MarketWatch:
    """Fed with every public trade; asked per feed."""

    BARS = 60

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def take(self, trade: MarketTrade) -> None:
        """A public trade."""

    def state_of(self, feed: BarFeed) -> MarketState | None:
        """The market's state by its closed bars; None before there are any."""
        return MarketState.RANGING if feed.history else None

    def correlation(self, a: BarFeed, b: BarFeed) -> float | None:
        return None

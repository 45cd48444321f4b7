"""What the market does, for strategies: its state (R32) and how two symbols go together (R10). Memory of this process only: the
bars that are read again after a restart give it back."""

from __future__ import annotations

from collections.abc import Sequence

from genesis.analytics.market_state import MarketGauge
from genesis.analytics.returns import Returns, correlation
from genesis.core.events import MarketTrade
from genesis.core.models import Bar, MarketState
from genesis.core.strategy_settings import MarketSettings

FeedKey = tuple[str, str, int]
"""(venue, symbol, interval in ms)"""


class MarketWatch:
    """A gauge per feed of bars; fed with every public trade and every closed bar, each in order."""

    def __init__(self, keys: list[FeedKey], settings: MarketSettings, compared: Sequence[FeedKey] = ()) -> None:
        """`compared`: feeds of which the returns are kept and nothing else."""
        self._gauges = {key: MarketGauge(settings) for key in keys}
        self._returns = {key: Returns(settings.correlation_bars) for key in (*keys, *compared)}

    def on_trade(self, trade: MarketTrade) -> None:
        for (venue, symbol, _), gauge in self._gauges.items():
            if (venue, symbol) == (trade.venue, trade.symbol):
                gauge.on_trade(trade.price, trade.venue_time_ms)

    def on_bar(self, bar: Bar) -> None:
        key = (bar.venue, bar.symbol, bar.close_ms - bar.open_ms + 1)
        if key in self._gauges:
            self._gauges[key].on_bar(bar)
        self._returns[key].add(bar.close_ms, bar.close)

    def state_of(self, key: FeedKey, now_ms: int) -> MarketState | None:
        """The market's state at the venue's time (R32); None until enough was seen, or for a market that nobody watches."""
        gauge = self._gauges.get(key)
        return gauge.state(now_ms) if gauge is not None else None

    def correlation(self, a: FeedKey, b: FeedKey) -> float | None:
        """Of the returns of two feeds, -1..1; None while it cannot be told."""
        if a not in self._returns or b not in self._returns:
            return None
        return correlation(self._returns[a], self._returns[b])

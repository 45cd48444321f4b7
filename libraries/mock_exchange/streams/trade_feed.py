"""trade and aggTrade: each trade at once, each aggregate when its command is over. Pure."""

from __future__ import annotations

from ..core.venue import Venue
from ..core.venue_events import PublicTrade
from . import payloads
from .names import Stream
from .outlet import Emit


class TradeFeed:
    """Emits for symbols that are read. Aggregates have the numbers of the trade history, also while nobody listens."""

    def __init__(self, venue: Venue, emit: Emit) -> None:
        self._venue = venue
        self._emit = emit
        self._trades: dict[str, str] = {}
        self._told: dict[str, int] = {}

    @property
    def is_idle(self) -> bool:
        return not self._trades and not self._told

    def begin(self, stream: Stream) -> None:
        if stream.kind == "trade":
            self._trades[stream.symbol] = stream.name
        else:
            self._told[stream.symbol] = self._venue.market(stream.symbol).recent.last_aggregate_id

    def end(self, stream: Stream) -> None:
        if stream.kind == "trade":
            self._trades.pop(stream.symbol, None)
        else:
            self._told.pop(stream.symbol, None)

    def on_trade(self, trade: PublicTrade) -> bool:
        """True where the end of the command matters: somebody reads the aggregates."""
        name = self._trades.get(trade.symbol)
        if name is not None:
            self._emit((name,), lambda event_us, unit: payloads.trade(trade, event_us, unit))
        return trade.symbol in self._told

    def command_over(self, symbol: str) -> None:
        """Inside a command an aggregate may still grow."""
        told = self._told.get(symbol)
        if told is None:
            return
        history = self._venue.market(symbol).recent
        self._told[symbol] = history.last_aggregate_id
        for aggregate in history.aggregates_after(told):
            self._emit(
                (f"{symbol.lower()}@aggTrade",),
                lambda event_us, unit, each=aggregate: payloads.agg_trade(symbol, each, event_us, unit),  # type: ignore[misc]
            )

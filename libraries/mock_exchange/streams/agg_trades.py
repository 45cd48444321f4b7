"""aggTrade: consecutive fills of one taker order at one price become one message (binance-spot 1.9). Pure."""

from __future__ import annotations

import msgspec

from ..core.venue_events import PublicTrade


class AggTrade(msgspec.Struct, frozen=True):
    """Fills `first_trade_id`..`last_trade_id` of one taker order at one price. `agg_id` counts per symbol from 1. Units 1e-8."""

    symbol: str
    agg_id: int
    price: int
    quantity: int
    first_trade_id: int
    last_trade_id: int
    time_ms: int
    buyer_is_maker: bool


class AggTrades:
    """Aggregates the trades of one symbol.

    Fills of one taker order come in one venue command, so the caller says `end()` when commands are over.
    """

    def __init__(self, symbol: str, next_id: int = 1) -> None:
        self._symbol = symbol
        self._next_id = next_id
        self._open: list[PublicTrade] = []

    def add(self, trade: PublicTrade) -> AggTrade | None:
        """Take a fill; returns the aggregate that it ended, if it belongs to another one."""
        ended = None
        if self._open and not _together(self._open[-1], trade):
            ended = self.end()
        self._open.append(trade)
        return ended

    def end(self) -> AggTrade | None:
        """The aggregate that is still open, if any."""
        if not self._open:
            return None
        first, last = self._open[0], self._open[-1]
        quantity = sum(trade.quantity for trade in self._open)
        aggregate = AggTrade(
            self._symbol, self._next_id, first.price, quantity, first.trade_id, last.trade_id, last.time_ms, first.buyer_is_maker
        )
        self._next_id += 1
        self._open = []
        return aggregate


def _together(before: PublicTrade, trade: PublicTrade) -> bool:
    return before.taker_order_id == trade.taker_order_id and before.price == trade.price and before.buyer_is_maker == trade.buyer_is_maker

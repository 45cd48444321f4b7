"""aggTrade: consecutive fills of one taker order at one price are one aggregate (binance-spot 1.9). Pure."""

from __future__ import annotations

import msgspec

from .venue_events import PublicTrade


class AggTrade(msgspec.Struct):
    """Fills `first_trade_id`..`last_trade_id` of one taker order at one price. `agg_id` counts per symbol from 1. Units 1e-8.

    It grows while its command runs and is complete when the command is over.
    """

    agg_id: int
    price: int
    quantity: int
    first_trade_id: int
    last_trade_id: int
    time_ms: int
    buyer_is_maker: bool
    taker_order_id: int

    @classmethod
    def of(cls, agg_id: int, trade: PublicTrade) -> AggTrade:
        return cls(
            agg_id,
            trade.price,
            trade.quantity,
            trade.trade_id,
            trade.trade_id,
            trade.time_ms,
            trade.buyer_is_maker,
            trade.taker_order_id,
        )

    def takes(self, trade: PublicTrade) -> bool:
        """Whether the trade, which follows on the last one, belongs to this aggregate."""
        return self.taker_order_id == trade.taker_order_id and self.price == trade.price and self.buyer_is_maker == trade.buyer_is_maker

    def add(self, trade: PublicTrade) -> None:
        self.quantity += trade.quantity
        self.last_trade_id = trade.trade_id
        self.time_ms = trade.time_ms

"""What the venue knows of one symbol while it runs."""

from __future__ import annotations

from .order_book import OrderBook
from .orders import Order, Side
from .price_window import PriceWindow
from .symbols import SymbolSpec
from .trade_history import TradeHistory
from .triggers import Triggers
from .venue_events import PublicTrade

Depth = tuple[int, list[tuple[int, int]], list[tuple[int, int]]]
"""(last update id, bids, asks), (price, quantity) best first."""


class Market:
    """Book, waiting conditional orders, last trades and counters of one symbol. `update_id` grows by 1 per changed level."""

    def __init__(self, spec: SymbolSpec) -> None:
        self.spec = spec
        self.book: OrderBook[Order] = OrderBook()
        self.triggers = Triggers()
        self.prices = PriceWindow(spec.average_price_minutes)
        self.recent = TradeHistory()
        self.update_id = 1
        self.next_trade_id = 1
        self.next_match_id = 1
        self.forced_trade_id: int | None = None

    def depth(self, limit: int | None = None) -> Depth:
        return self.update_id, self.book.bids.top(limit), self.book.asks.top(limit)

    def traded(self, trade: PublicTrade) -> None:
        """Everything that follows the last price hears of a trade, also of one read from a ledger."""
        self.recent.append(trade)
        self.prices.add(trade.time_ms, trade.price, trade.quantity)
        self.triggers.observe(trade.price, trade.time_ms)

    def price_for(self, side: Side) -> int:
        """What an order of `side` would trade at next: the best opposite price, else the last price, else 0."""
        best = self.book.opposite(side).best
        return best.price if best is not None else self.prices.last_price

    def take_trade_id(self, *, scripted: bool) -> int:
        """The id of the next trade; a forced one goes to the first trade between the venue's own accounts."""
        if scripted and self.forced_trade_id is not None:
            trade_id, self.forced_trade_id = self.forced_trade_id, None
            return trade_id
        trade_id = self.next_trade_id
        self.next_trade_id += 1
        return trade_id

    def take_match_id(self) -> int:
        match_id = self.next_match_id
        self.next_match_id += 1
        return match_id

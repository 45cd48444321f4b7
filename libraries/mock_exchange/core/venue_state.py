"""What the venue knows of one symbol while it runs."""

from __future__ import annotations

from .matching import PriceWindow
from .order_book import OrderBook
from .symbols import SymbolSpec
from .trade_history import TradeHistory


class Market:
    """Book, last trades and trade id counters of one symbol."""

    def __init__(self, spec: SymbolSpec) -> None:
        self.spec = spec
        self.book = OrderBook(spec.symbol)
        self.prices = PriceWindow()
        self.recent = TradeHistory()
        self.next_trade_id = 1
        self.forced_trade_id: int | None = None

    def take_trade_id(self, *, scripted: bool) -> int:
        """The id of the next trade; a forced one goes to the first trade between the venue's own accounts."""
        if scripted and self.forced_trade_id is not None:
            trade_id, self.forced_trade_id = self.forced_trade_id, None
            return trade_id
        trade_id = self.next_trade_id
        self.next_trade_id += 1
        return trade_id

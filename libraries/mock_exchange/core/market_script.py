"""The liquidity of the venue's script: account `market` offers exactly the levels that it is told to."""

from __future__ import annotations

from collections.abc import Sequence

from .accounts import MARKET
from .amounts import canonical
from .errors import MARKET_CLOSED, rejected
from .filters import check_price, check_quantity
from .floor import Floor
from .funds import lock_for
from .order_entry import OrderEntry, order_from
from .orders import NewOrder, Side
from .venue_state import Market

PriceLevels = Sequence[tuple[int, int]]
"""(price, quantity) pairs in units of 1e-8."""


class MarketScript:
    def __init__(self, floor: Floor, entry: OrderEntry) -> None:
        self._floor = floor
        self._entry = entry

    def wanted_levels(self, symbol: str, bids: PriceLevels, asks: PriceLevels) -> dict[tuple[Side, int], int]:
        """The levels by side and price, bids and asks best first.

        Raises:
            ValueError: best bid >= best ask, or a price named twice.
            VenueError: -1121, -1013 a price or quantity breaks the symbol's filters, -2010 market closed.
        """
        market = self._floor.market(symbol)
        if market.spec.status != "TRADING":
            raise rejected(MARKET_CLOSED)
        if bids and asks and max(price for price, _ in bids) >= min(price for price, _ in asks):
            raise ValueError("expected the best bid below the best ask; correct the prices")
        wanted: dict[tuple[Side, int], int] = {}
        sides: tuple[tuple[Side, PriceLevels], ...] = (("BUY", bids), ("SELL", asks))
        for side, levels in sides:
            for price, quantity in sorted(levels, reverse=side == "BUY"):
                check_price(market.spec, price)
                check_quantity(market.spec, quantity)
                if (side, price) in wanted:
                    raise ValueError(f"expected each price once, got {canonical(price)} twice; add the quantities up")
                wanted[side, price] = quantity
        return wanted

    def replace_book(self, symbol: str, wanted: dict[tuple[Side, int], int]) -> None:
        """Inside a command: unchanged levels keep their order and its priority; orders that cross those of other accounts trade."""
        market, floor = self._floor.market(symbol), self._floor
        for order in [each for each in floor.account(MARKET).open_orders.values() if each.symbol == symbol]:
            if wanted.get((order.side, order.price)) == order.remaining:
                del wanted[order.side, order.price]
            else:
                floor.lists.end(order, "CANCELED", "BOOK_REPLACED", floor.transaction.mint_id())
        for (side, price), quantity in wanted.items():
            self._offer(market, side, price, quantity)

    def _offer(self, market: Market, side: Side, price: int, quantity: int) -> None:
        floor = self._floor
        new = NewOrder(symbol=market.spec.symbol, side=side, type="LIMIT", time_in_force="GTC", quantity=quantity, price=price)
        order = order_from(market, floor.account(MARKET), new, quantity, floor.transaction.now_ms)
        order.client_order_id = floor.transaction.mint_id()
        self._entry.submit(market, order, lock_for(market, order), funded=True)

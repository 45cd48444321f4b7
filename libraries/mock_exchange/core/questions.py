"""What can be asked of the venue. Nothing here changes anything."""

from __future__ import annotations

from .accounts import Account
from .errors import no_such_list, no_such_order
from .floor import Floor, lookup
from .orders import Fill, Order, OrderList, PreventedMatch, TradingStatus
from .venue_events import PublicTrade
from .venue_state import Depth, Market


class Questions:
    """All amounts in units of 1e-8. Of closed orders, closed lists, fills and prevented matches an account remembers the newest only
    (`accounts.HISTORY`): what left memory is answered as if it had never been; the ledger has it."""

    def __init__(self, floor: Floor) -> None:
        self.floor = floor
        self.clock = floor.clock
        self.symbols = floor.symbols
        self.markets = floor.markets
        self.books = floor.books

    @property
    def next_order_id(self) -> int:
        return self.floor.next_order_id

    def now_ms(self) -> int:
        return self.clock.now_ms()

    def market(self, symbol: str) -> Market:
        """Raises VenueError -1121."""
        return self.floor.market(symbol)

    def depth(self, symbol: str, limit: int | None = None) -> Depth:
        """(last update id, bids, asks), (price, visible quantity) best first."""
        return self.market(symbol).depth(limit)

    def best(self, symbol: str) -> tuple[tuple[int, int] | None, tuple[int, int] | None]:
        """Best bid and best ask as (price, visible quantity); None where that side is empty."""
        book = self.market(symbol).book
        bid, ask = book.bids.best, book.asks.best
        return (bid.price, bid.visible) if bid else None, (ask.price, ask.visible) if ask else None

    def status(self, symbol: str) -> TradingStatus:
        return self.market(symbol).spec.status

    def recent_trades(self, symbol: str, limit: int) -> list[PublicTrade]:
        """The newest `limit` trades, oldest first."""
        return self.market(symbol).recent.latest(limit)

    def account(self, name: str) -> Account:
        """Raises KeyError: unknown account."""
        return self.books.accounts[name]

    def trades_of(self, account: str, symbol: str | None = None) -> list[Fill]:
        """An account's fills, oldest first."""
        return [fill for fill in self.account(account).fills if symbol is None or fill.symbol == symbol]

    def find_order(self, account: str, symbol: str, order_id: int | None, client_order_id: str | None) -> Order:
        """By id (first, if both are given: they must then agree) or by client order id (the newest that bears it).

        Raises:
            VenueError: -1121 unknown symbol, -2013 no such order.
        """
        self.market(symbol)
        order = lookup(self.account(account), symbol, order_id, client_order_id)
        if order is None or (client_order_id is not None and order.client_order_id != client_order_id):
            raise no_such_order()
        return order

    def open_orders(self, account: str, symbol: str | None = None) -> list[Order]:
        return [order for order in self.account(account).open_orders.values() if symbol is None or order.symbol == symbol]

    def all_orders(self, account: str, symbol: str | None = None) -> list[Order]:
        return [order for order in self.account(account).orders.values() if symbol is None or order.symbol == symbol]

    def find_list(self, account: str, list_id: int | None, list_client_order_id: str | None) -> OrderList:
        """By id, or by client id (the newest that bears it); if both are given they must agree.

        Raises:
            VenueError: -2018 no such list.
        """
        found = self.account(account).find_list(list_id, list_client_order_id)
        if found is None or list_client_order_id not in (None, found.list_client_order_id):
            raise no_such_list()
        return found

    def open_lists(self, account: str) -> list[OrderList]:
        return list(self.account(account).open_lists.values())

    def all_lists(self, account: str) -> list[OrderList]:
        """Open and closed ones, oldest first."""
        return list(self.account(account).lists.values())

    def orders_of(self, order_list: OrderList) -> list[Order]:
        """The orders of a list, as they are numbered."""
        return self.floor.lists.orders(order_list)

    def prevented_matches(self, account: str, symbol: str) -> list[PreventedMatch]:
        """Trades that self-trade prevention took back, oldest first. Raises VenueError -1121."""
        self.market(symbol)
        return [match for match in self.account(account).prevented if match.symbol == symbol]

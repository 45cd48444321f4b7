"""The parts that the venue's commands are made of, and the counters that they share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from .accounts import INTERNAL, Account, Books
from .amounts import canonical
from .clock import Clock
from .errors import invalid_symbol
from .execution import Execution
from .ledger_lines import TransferLine, deposit
from .order_lists import OrderLists
from .order_records import OrderRecords
from .orders import Order, TradingStatus
from .symbols import ExchangeLimits, Fees, RuleName, SymbolSpec
from .transaction import Journal, Transaction
from .venue_state import Market


class Floor:
    """Markets, accounts, and what moves orders between them. Commands run between `transaction.begin` and `transaction.commit`."""

    def __init__(
        self, specs: Sequence[SymbolSpec], clock: Clock, fees: Fees, journal: Journal, *, limits: ExchangeLimits, history: int
    ) -> None:
        self.clock = clock
        self.limits = limits
        self.markets = {spec.symbol: Market(spec) for spec in specs}
        self.symbols = {spec.symbol: spec for spec in specs}
        self.books = Books(history)
        self.transaction = Transaction(self.books, clock, journal)
        self.records = OrderRecords(self.books, self.transaction)
        self.lists = OrderLists(self.books, self.markets, self.transaction, self.records)
        self.execution = Execution(self.books, self.transaction, fees, self.records, self.lists)
        self.next_order_id = 1
        self.next_list_id = 1
        for name in INTERNAL:
            self.books.open(name)

    def market(self, symbol: str) -> Market:
        """Raises VenueError -1121."""
        market = self.markets.get(symbol)
        if market is None:
            raise invalid_symbol()
        return market

    def set_status(self, symbol: str, status: TradingStatus) -> None:
        """Raises VenueError -1121."""
        market = self.market(symbol)
        market.spec = self.symbols[symbol] = msgspec.structs.replace(market.spec, status=status)

    def change_rules(self, symbol: str, rules: Mapping[RuleName, int]) -> SymbolSpec:
        """The symbol's rules from now on; orders that rest stay. Raises VenueError -1121."""
        market = self.market(symbol)
        market.spec = self.symbols[symbol] = msgspec.structs.replace(market.spec, **{str(name): number for name, number in rules.items()})
        return market.spec

    def account(self, name: str) -> Account:
        """Raises KeyError: unknown account."""
        return self.books.accounts[name]

    def take_order_id(self) -> int:
        order_id = self.next_order_id
        self.next_order_id += 1
        return order_id

    def take_list_id(self) -> int:
        list_id = self.next_list_id
        self.next_list_id += 1
        return list_id

    def move(self, name: str, asset: str, amount: int) -> None:
        """Deposit (negative: withdraw), inside a command."""
        postings = deposit(name, asset, amount)
        self.transaction.posted(TransferLine(account=name, asset=asset, amount=canonical(amount), postings=[]), postings)

    def fund(self, order: Order, lock: int) -> None:
        """Deposit what is missing to lock that much for an order of the venue's own accounts."""
        missing = lock - self.account(order.account).free.get(order.lock_asset, 0)
        if missing > 0:
            self.move(order.account, order.lock_asset, missing)


def lookup(holder: Account, symbol: str, order_id: int | None, client_order_id: str | None) -> Order | None:
    """By id if there is one, else the newest that bears the client order id; None for another symbol's."""
    order = holder.by_client_id.get(client_order_id or "") if order_id is None else holder.orders.get(order_id)
    return order if order is not None and order.symbol == symbol else None

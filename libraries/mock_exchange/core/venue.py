"""The venue: one object that takes commands one at a time and answers questions. Synchronous, no I/O, single-threaded.

Every command is all or nothing: it is checked first, then its lines go to the journal, then the listeners hear of it, then it returns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from . import requests
from .accounts import CROWD, INTERNAL, MARKET, SCRIPTED, Account, Books
from .amounts import canonical, notional
from .checks import locks_of, validated
from .clock import Clock
from .engine import MatchingEngine
from .errors import (
    CANCEL_MISMATCH,
    CANCEL_RESTRICTED,
    DUPLICATE_ORDER,
    INSUFFICIENT_BALANCE,
    UNKNOWN_ORDER,
    VenueError,
    cancel_rejected,
    invalid_symbol,
    no_such_order,
    rejected,
)
from .filters import check_price, check_quantity
from .ledger_lines import EXTERNAL, FEES, AccountLine, TransferLine, deposit, venue_line, written
from .matching import fillable
from .orders import Cancellation, CancelRequest, Fill, NewOrder, Order, Placement, Side, Via
from .reports import balance_update
from .symbols import NO_LIMITS, ExchangeLimits, Fees, SymbolSpec
from .transaction import DiscardingJournal, Journal, Transaction
from .venue_events import Listener, PublicTrade
from .venue_state import Market

PriceLevels = Sequence[tuple[int, int]]
"""(price, quantity) pairs in units of 1e-8."""


class Venue:
    """Symbols, books, accounts and orders of one exchange. All amounts in units of 1e-8.

    `start` writes the ledger's first lines; a venue restored from a ledger (`restore.py`) is not started again.
    """

    def __init__(
        self,
        specs: Sequence[SymbolSpec],
        clock: Clock,
        fees: Fees | None = None,
        seed: int = 0,
        journal: Journal | None = None,
        *,
        limits: ExchangeLimits = NO_LIMITS,
    ) -> None:
        self.symbols: dict[str, SymbolSpec] = {spec.symbol: spec for spec in specs}
        self.fees = fees or Fees()
        self.limits = limits
        self.seed = seed
        self.clock = clock
        self.markets = {spec.symbol: Market(spec) for spec in specs}
        self.books = Books()
        self.transaction = Transaction(self.books, clock, journal or DiscardingJournal())
        self.engine = MatchingEngine(self.books, self.transaction, self.fees)
        self.next_order_id = 1
        for name in INTERNAL:
            self.books.open(name)

    def start(self) -> None:
        """Write the lines that open a new ledger."""
        self.transaction.begin()
        self.transaction.line(venue_line(list(self.symbols.values()), self.fees, self.seed))
        for name in INTERNAL:
            self.transaction.line(AccountLine(account=name, key_id=""))
        self.transaction.commit()

    # -- questions ---------------------------------------------------------------------------------------------------

    def listen(self, listener: Listener) -> None:
        """Hear every event from now on, in order, inside the command that caused it and after its ledger lines."""
        self.transaction.listeners.append(listener)

    def now_ms(self) -> int:
        return self.clock.now_ms()

    def market(self, symbol: str) -> Market:
        """Raises VenueError -1121."""
        market = self.markets.get(symbol)
        if market is None:
            raise invalid_symbol()
        return market

    def depth(self, symbol: str, limit: int | None = None) -> tuple[int, list[tuple[int, int]], list[tuple[int, int]]]:
        """(last update id, bids, asks), (price, quantity) best first."""
        return self.market(symbol).book.depth(limit)

    def best(self, symbol: str) -> tuple[tuple[int, int] | None, tuple[int, int] | None]:
        """Best bid and best ask as (price, quantity); None where that side is empty."""
        book = self.market(symbol).book
        bid, ask = book.bids.best(), book.asks.best()
        return (bid.price, bid.quantity) if bid else None, (ask.price, ask.quantity) if ask else None

    def status(self, symbol: str) -> str:
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
        order = self._lookup(self.account(account), symbol, order_id, client_order_id)
        if order is None or (client_order_id is not None and order.client_order_id != client_order_id):
            raise no_such_order()
        return order

    # -- accounts ----------------------------------------------------------------------------------------------------

    def create_account(self, name: str, key_id: str, balances: Mapping[str, int]) -> Account:
        """A new account with deposits. Raises ValueError: the name exists."""
        if name in self.books.accounts:
            raise ValueError(f"account {name!r} exists already; choose another name")
        account = self.books.open(name)
        account.key_id = key_id
        self.transaction.begin()
        self.transaction.line(AccountLine(account=name, key_id=key_id))
        for asset, amount in balances.items():
            self._move(name, asset, amount)
        self.transaction.commit()
        return account

    def bind_key(self, name: str, key_id: str) -> None:
        """An existing account gets another key (a restart with other credentials)."""
        account = self.account(name)
        if account.key_id == key_id:
            return
        account.key_id = key_id
        self.transaction.begin()
        self.transaction.line(AccountLine(account=name, key_id=key_id))
        self.transaction.commit()

    def transfer(self, name: str, asset: str, amount: int) -> None:
        """Deposit (negative: withdraw). Raises VenueError -2010: not that much is free."""
        if self.account(name).free.get(asset, 0) + amount < 0:
            raise rejected(INSUFFICIENT_BALANCE)
        self.transaction.begin()
        self._move(name, asset, amount)
        self.transaction.report(name, balance_update(asset, amount, self.transaction.now_ms))
        self.transaction.commit()

    # -- orders ------------------------------------------------------------------------------------------------------

    def place(self, account: str, order: NewOrder, via: Via) -> Placement:
        """Validate, accept, match, rest or expire.

        Raises:
            VenueError: refused; the refusal is in the ledger, no order exists.
        """
        return self._place(account, order, via, funded=False)

    def place_as_market(self, order: NewOrder, account: str = MARKET) -> Placement:
        """As `place`, for the venue's own accounts (`market`, `crowd`), which get the funds that they need as a deposit.

        NOTIONAL does not bind their LIMIT orders: a recorded trade is one fill of an order and may be worth less than the minimum.
        """
        assert account in SCRIPTED
        try:
            return self._place(account, order, "admin", funded=True)
        finally:
            self.market(order.symbol).forced_trade_id = None

    def cancel(self, account: str, request: CancelRequest, via: Via) -> Cancellation:
        """Cancel one open order.

        Raises:
            VenueError: -1121, or -2011 (unknown or done, ids that disagree, restriction); the refusal is in the ledger.
        """
        self.transaction.begin()
        holder = self.account(account)
        found = self._lookup(holder, request.symbol, request.order_id, request.client_order_id)
        named = found.client_order_id if found else request.client_order_id
        try:
            order = self._cancellable(found, request)
        except VenueError as error:
            self.transaction.line(requests.cancelled(account, request, named, via, error))
            self.transaction.commit()
            raise
        self.transaction.line(requests.cancelled(account, request, named, via))
        cancel_id = request.cancel_id or self._minted_id()
        self.engine.remove(self.market(order.symbol), order, "CLIENT_CANCEL", cancel_id)
        self.transaction.commit()
        return Cancellation(order, cancel_id)

    def cancel_all(self, account: str, request: CancelRequest, via: Via) -> list[Cancellation]:
        """Cancel all open orders of a symbol, oldest first. Raises VenueError: -1121, or -2011 where there are none."""
        self.transaction.begin()
        orders = self.open_orders(account, request.symbol)
        error = invalid_symbol() if request.symbol not in self.markets else None if orders else cancel_rejected(UNKNOWN_ORDER)
        self.transaction.line(requests.cancelled(account, request, None, via, error))
        done = []
        for order in orders:
            cancel_id = self._minted_id()
            self.engine.remove(self.market(order.symbol), order, "CLIENT_CANCEL", cancel_id)
            done.append(Cancellation(order, cancel_id))
        self.transaction.commit()
        if error:
            raise error
        return done

    def open_orders(self, account: str, symbol: str | None = None) -> list[Order]:
        return [order for order in self.account(account).open_orders.values() if symbol is None or order.symbol == symbol]

    def all_orders(self, account: str, symbol: str | None = None) -> list[Order]:
        return [order for order in self.account(account).orders.values() if symbol is None or order.symbol == symbol]

    def record_refusal(
        self, account: str, action: Literal["place", "cancel"], fields: Mapping[str, str], via: Via, *, error: VenueError, received_ns: int
    ) -> None:
        """Put an order-entry request into the ledger that was refused before it got as far as `place` or `cancel`."""
        self.transaction.begin()
        self.transaction.line(requests.unparsed(account, action, fields, via, error=error, received_ns=received_ns))
        self.transaction.commit()

    # -- the script's liquidity --------------------------------------------------------------------------------------

    def set_market_book(self, symbol: str, bids: PriceLevels, asks: PriceLevels) -> None:
        """Replace all resting orders of account `market` by these levels; unchanged ones keep their order and its priority.

        Orders that would cross those of other accounts trade.

        Raises:
            ValueError: best bid >= best ask, or a price named twice.
            VenueError: -1121, -1013 a price or quantity breaks the symbol's filters.
        """
        market = self.market(symbol)
        wanted = self._wanted_levels(market, bids, asks)
        self.transaction.begin()
        for order in self.open_orders(MARKET, symbol):
            if wanted.get((order.side, order.price)) == order.remaining:
                del wanted[order.side, order.price]
            else:
                self.engine.remove(market, order, "BOOK_REPLACED", self._minted_id())
        for (side, price), quantity in wanted.items():
            self._submit(
                market,
                self.account(MARKET),
                NewOrder(symbol=symbol, side=side, type="LIMIT", time_in_force="GTC", quantity=quantity, price=price),
                quantity=quantity,
                lock=notional(price, quantity) if side == "BUY" else quantity,
                client_order_id=self._minted_id(),
                funded=True,
            )
        self.transaction.commit()

    def force_next_trade_id(self, symbol: str, trade_id: int) -> None:
        """The first trade between the venue's own accounts in the next `place_as_market` on `symbol` gets this id."""
        self.market(symbol).forced_trade_id = trade_id

    def number_other_trades_from(self, symbol: str, first_id: int) -> None:
        """All trades without a forced id are numbered from `first_id` on (never backwards)."""
        market = self.market(symbol)
        market.next_trade_id = max(market.next_trade_id, first_id)

    # -- inside ------------------------------------------------------------------------------------------------------

    def _place(self, account: str, new: NewOrder, via: Via, *, funded: bool) -> Placement:
        self.transaction.begin()
        holder = self.account(account)
        try:
            market = self.market(new.symbol)
            quantity = validated(market, new, self.transaction.now_ms, holder, self.limits, scripted=funded)
            if new.client_order_id is not None and holder.open_order_of(new.client_order_id):
                raise rejected(DUPLICATE_ORDER)
            lock = locks_of(market, new, quantity)
            if not funded and holder.free.get(_lock_asset(market.spec, new.side), 0) < lock:
                raise rejected(INSUFFICIENT_BALANCE)
        except VenueError as error:
            self.transaction.line(requests.placed(account, new, new.client_order_id, via, error))
            self.transaction.commit()
            raise
        client_order_id = new.client_order_id or self._minted_id()
        self.transaction.line(requests.placed(account, new, client_order_id, via))
        placement = self._submit(market, holder, new, quantity=quantity, lock=lock, client_order_id=client_order_id, funded=funded)
        self.transaction.commit()
        return placement

    def _submit(
        self, market: Market, holder: Account, new: NewOrder, *, quantity: int, lock: int, client_order_id: str, funded: bool
    ) -> Placement:
        """Accept, match and finish an order that was checked. Inside a command."""
        asset = _lock_asset(market.spec, new.side)
        missing = lock - holder.free.get(asset, 0)
        if funded and missing > 0:
            self._move(holder.name, asset, missing)
        now = self.transaction.now_ms
        order = Order(
            order_id=self.next_order_id,
            account=holder.name,
            client_order_id=client_order_id,
            symbol=new.symbol,
            side=new.side,
            type=new.type,
            time_in_force=new.time_in_force or "GTC",
            price=new.price or 0,
            quantity=quantity,
            quote_order_qty=new.quote_order_qty or 0,
            received_ns=new.received_ns,
            time_ms=now,
            update_ms=now,
            lock_asset=asset,
        )
        self.next_order_id += 1
        self.engine.accept(order, lock)
        if order.time_in_force == "FOK" and not fillable(market.book, order.side, quantity, order.price):
            self.engine.close(order, "EXPIRED", "UNFILLED_FOK_ORDER_EXPIRED")
            return Placement(order, [])
        fills = self.engine.match(market, order)
        if order.is_open:
            self._finish(market, order)
        return Placement(order, fills)

    def _finish(self, market: Market, order: Order) -> None:
        if order.type == "MARKET":
            self.engine.close(order, "EXPIRED", "INSUFFICIENT_LIQUIDITY")
        elif order.time_in_force == "IOC":
            self.engine.close(order, "EXPIRED", "UNFILLED_IOC_QUANTITY_EXPIRED")
        else:
            self.engine.rest(market, order)

    def _move(self, name: str, asset: str, amount: int) -> None:
        postings = deposit(name, asset, amount)
        self.transaction.line(TransferLine(account=name, asset=asset, amount=canonical(amount), postings=written(postings)), postings)

    def _minted_id(self) -> str:
        """A client order id of the venue's own: unique because it bears the number of a ledger line."""
        return f"auto{self.transaction.next_seq():018d}"

    def _lookup(self, holder: Account, symbol: str, order_id: int | None, client_order_id: str | None) -> Order | None:
        order = holder.by_client_id.get(client_order_id or "") if order_id is None else holder.orders.get(order_id)
        return order if order is not None and order.symbol == symbol else None

    def _cancellable(self, found: Order | None, request: CancelRequest) -> Order:
        self.market(request.symbol)
        if found is None or not found.is_open:
            raise cancel_rejected(UNKNOWN_ORDER)
        if request.client_order_id is not None and found.client_order_id != request.client_order_id:
            raise cancel_rejected(CANCEL_MISMATCH)
        required = {"ONLY_NEW": "NEW", "ONLY_PARTIALLY_FILLED": "PARTIALLY_FILLED"}.get(request.restriction or "", found.status)
        if found.status != required:
            raise cancel_rejected(CANCEL_RESTRICTED)
        return found

    def _wanted_levels(self, market: Market, bids: PriceLevels, asks: PriceLevels) -> dict[tuple[Side, int], int]:
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


def _lock_asset(spec: SymbolSpec, side: Side) -> str:
    return spec.quote if side == "BUY" else spec.base


__all__ = ["CROWD", "EXTERNAL", "FEES", "MARKET", "PriceLevels", "Venue"]

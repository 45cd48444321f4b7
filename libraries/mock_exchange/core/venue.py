"""The venue: one object that takes commands one at a time and answers questions. Synchronous, no I/O, single-threaded.

Every command is all or nothing: it is checked first, then its lines go to the journal, then the listeners hear of it, then it returns.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from typing import TypeVar, get_args

from . import requests
from .accounts import CROWD, HISTORY, INTERNAL, MARKET, SCRIPTED, Account
from .amending import Amending
from .cancelling import Cancelling, Outcome
from .clock import Clock
from .errors import INSUFFICIENT_BALANCE, VenueError, rejected
from .floor import Floor
from .ledger_lines import EXTERNAL, FEES, AccountLine, RequestAction, RulesLine, StatusLine, symbol_text, venue_line
from .list_entry import ListEntry
from .market_script import MarketScript, PriceLevels
from .order_entry import OrderEntry
from .orders import (
    Amendment,
    AmendRequest,
    CancelListRequest,
    CancelReplaceRequest,
    CancelRequest,
    ListCancellation,
    ListPlacement,
    NewOrder,
    NewOrderList,
    Placement,
    Replacement,
    TradingStatus,
    Via,
)
from .questions import Questions
from .replacing import Replacing
from .reports import balance_update
from .symbols import NO_LIMITS, ExchangeLimits, Fees, RuleName, SymbolSpec
from .transaction import DiscardingJournal, Journal
from .venue_events import Listener, VenueEvent

Result = TypeVar("Result")


class Venue(Questions):
    """Symbols, books, accounts and orders of one exchange. All amounts in units of 1e-8.

    `start` writes the ledger's first lines; a venue restored from a ledger (`restore.py`) is not started again. `history` closed orders,
    fills, closed lists and prevented matches of each account stay in memory.
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
        history: int = HISTORY,
    ) -> None:
        self.fees = fees or Fees()
        self.limits = limits
        self.seed = seed
        floor = Floor(specs, clock, self.fees, journal or DiscardingJournal(), limits=limits, history=history)
        super().__init__(floor)
        self.transaction = floor.transaction
        self._entry = OrderEntry(floor)
        self._list_entry = ListEntry(floor)
        self._cancelling = Cancelling(floor)
        self._amending = Amending(floor)
        self._replacing = Replacing(floor, self._entry, self._cancelling)
        self._script = MarketScript(floor, self._entry)

    def start(self) -> None:
        """Write the lines that open a new ledger."""
        self.transaction.begin()
        self.transaction.line(venue_line(list(self.symbols.values()), self.fees, self.seed))
        for name in INTERNAL:
            self.transaction.line(AccountLine(account=name, key_id=""))
        self.transaction.commit()

    def listen(self, listener: Listener, *kinds: type[VenueEvent]) -> None:
        """Hear every event from now on (of these kinds, if any are named), in order, inside the command that caused it and after its
        ledger lines.
        """
        self.transaction.listen(listener, kinds or get_args(VenueEvent))

    def set_audience(self, accounts: Container[str]) -> None:
        """Make account events only for accounts that `accounts` holds when they happen (without it: for all)."""
        self.transaction.audience = accounts

    # -- accounts and symbols ----------------------------------------------------------------------------------------

    def create_account(self, name: str, key_id: str, balances: Mapping[str, int]) -> Account:
        """Raises ValueError: the name is taken."""
        if name in self.books.accounts:
            raise ValueError(f"account {name!r} exists already; choose another name")
        account = self.books.open(name)
        account.key_id = key_id
        self.transaction.begin()
        self.transaction.line(AccountLine(account=name, key_id=key_id))
        for asset, amount in balances.items():
            self.floor.move(name, asset, amount)
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
        self.floor.move(name, asset, amount)
        self.transaction.report(name, balance_update(asset, amount, self.transaction.now_ms))
        self.transaction.commit()

    def set_status(self, symbol: str, status: TradingStatus) -> None:
        """Orders are taken in TRADING only; cancels also in HALT and CANCEL_ONLY. Raises VenueError -1121."""
        if self.status(symbol) == status:
            return
        self.transaction.begin()
        self.transaction.line(StatusLine(symbol=symbol, status=status))
        self.floor.set_status(symbol, status)
        self.transaction.commit()

    def change_rules(self, symbol: str, rules: Mapping[RuleName, int]) -> None:
        """Numbers of PRICE_FILTER, LOT_SIZE and NOTIONAL from now on, in units of 1e-8; orders that rest stay. Raises VenueError -1121."""
        self.market(symbol)
        self.transaction.begin()
        self.transaction.line(RulesLine(rules=symbol_text(self.floor.change_rules(symbol, rules))))
        self.transaction.commit()

    # -- orders ------------------------------------------------------------------------------------------------------

    def place(self, account: str, order: NewOrder, via: Via) -> Placement:
        """Validate, accept, match, rest, wait or expire; and whatever that sets off.

        Raises:
            VenueError: refused; the refusal is in the ledger, no order exists.
        """
        return self._command(lambda: self._entry.place(account, order, via, funded=False))

    def test(self, account: str, order: NewOrder) -> None:
        """All checks of `place`; nothing happens, nothing is written. Raises VenueError as `place`."""
        self._entry.checked(self.account(account), order, self.now_ms())

    def place_as_market(self, order: NewOrder, account: str = MARKET) -> Placement:
        """As `place`, for the venue's own accounts (`market`, `crowd`), which get the funds that they need as a deposit.

        NOTIONAL does not bind their LIMIT orders: a recorded trade is one fill of an order and may be worth less than the minimum.
        """
        assert account in SCRIPTED
        try:
            return self._command(lambda: self._entry.place(account, order, "admin", funded=True))
        finally:
            self.market(order.symbol).forced_trade_id = None

    def place_list(self, account: str, order_list: NewOrderList, via: Via) -> ListPlacement:
        """Accept a whole order list, or nothing of it.

        Raises:
            VenueError: refused; the refusal is in the ledger, one line per order.
        """
        return self._command(lambda: self._list_entry.place(account, order_list, via))

    def cancel(self, account: str, request: CancelRequest, via: Via) -> Outcome:
        """Cancel one open order; an order of a list with its whole list.

        Raises:
            VenueError: -1121, or -2011 (unknown or done, ids that disagree, restriction, market closed); the refusal is in the ledger.
        """
        return self._command(lambda: self._cancelling.cancel(account, request, via))

    def cancel_all(self, account: str, request: CancelRequest, via: Via) -> list[Outcome]:
        """Cancel all open orders and lists of a symbol, oldest first. Raises VenueError: -1121, or -2011 where there are none."""
        return self._command(lambda: self._cancelling.cancel_all(account, request, via))

    def cancel_list(self, account: str, request: CancelListRequest, via: Via) -> ListCancellation:
        """Cancel all orders of an open list. Raises VenueError: -1121, -2011; the refusal is in the ledger."""
        return self._command(lambda: self._cancelling.cancel_list(account, request, via))

    def cancel_replace(self, account: str, request: CancelReplaceRequest, via: Via) -> Replacement:
        """Cancel one order and place another; refused halves are part of the outcome.

        Raises:
            VenueError: the new order breaks a filter, which is looked at first: neither half was attempted.
        """
        return self._command(lambda: self._replacing.replace(account, request, via))

    def amend(self, account: str, request: AmendRequest, via: Via) -> Amendment:
        """Make an open order smaller; it keeps its place in the queue.

        Raises:
            VenueError: -1013, -1121, -2038, -2039; the refusal is in the ledger.
        """
        return self._command(lambda: self._amending.amend(account, request, via))

    def record_refusal(
        self, account: str, action: RequestAction, fields: Mapping[str, str], via: Via, *, error: VenueError, received_ns: int
    ) -> None:
        """Put an order-entry request into the ledger that was refused before it got as far as the command itself."""
        self.transaction.begin()
        self.transaction.line(requests.unparsed(account, action, fields, via, error=error, received_ns=received_ns))
        self.transaction.commit()

    # -- the script's liquidity --------------------------------------------------------------------------------------

    def set_market_book(self, symbol: str, bids: PriceLevels, asks: PriceLevels) -> None:
        """Replace all resting orders of account `market` by these levels; unchanged ones keep their order and its priority.

        Orders that would cross those of other accounts trade.

        Raises:
            ValueError: best bid >= best ask, or a price named twice.
            VenueError: -1121, -1013 a price or quantity breaks the symbol's filters, -2010 market closed.
        """
        wanted = self._script.wanted_levels(symbol, bids, asks)
        self._command(lambda: self._script.replace_book(symbol, wanted))

    def force_next_trade_id(self, symbol: str, trade_id: int) -> None:
        """The first trade between the venue's own accounts in the next `place_as_market` on `symbol` gets this id."""
        self.market(symbol).forced_trade_id = trade_id

    def number_other_trades_from(self, symbol: str, first_id: int) -> None:
        """All trades without a forced id are numbered from `first_id` on (never backwards)."""
        market = self.market(symbol)
        market.next_trade_id = max(market.next_trade_id, first_id)

    def _command(self, command: Callable[[], Result]) -> Result:
        """A refusal is an outcome like any other: written, then told. Anything else that is raised is a defect; nothing is written."""
        self.transaction.begin()
        try:
            result = command()
        except VenueError:
            self.transaction.commit()
            raise
        self.transaction.commit()
        return result


__all__ = ["CROWD", "EXTERNAL", "FEES", "MARKET", "PriceLevels", "Venue"]

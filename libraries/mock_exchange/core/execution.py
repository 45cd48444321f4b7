"""From acceptance to the end of the command: an order works or waits, and whatever it sets off follows, in order and without recursion.

It ends: each conditional order goes off once, each list places its pending orders once, and a command adds neither.
"""

from __future__ import annotations

from .accounts import Books
from .amounts import floor_to, notional
from .engine import MatchingEngine
from .funds import lock_for
from .matching import fillable
from .order_lists import PAIRED, PAYING, OrderLists
from .order_records import OrderRecords
from .orders import CONDITIONAL, MARKET_LIKE, NO_LIST, Fill, Order, OrderList, Placement, PreventedMatch, RejectReason
from .symbols import Fees
from .transaction import Transaction
from .triggers import would_trigger
from .venue_events import E8
from .venue_state import Market

Matched = tuple[list[Fill], list[PreventedMatch]]


class Execution:
    """Runs accepted orders; `settle` before every commit."""

    def __init__(self, books: Books, transaction: Transaction, fees: Fees, records: OrderRecords, lists: OrderLists) -> None:
        self._books = books
        self._transaction = transaction
        self._fees = fees
        self._records = records
        self._lists = lists
        self._engine = MatchingEngine(books, transaction, fees, records, lists)

    def accept(self, market: Market, order: Order, lock: int) -> Placement:
        """The order exists, works as far as it can, and then rests, waits or has ended."""
        self._records.accepted(order, lock)
        return Placement(order, *self.begin(market, order))

    def begin(self, market: Market, order: Order) -> Matched:
        """An accepted order starts to work, or to wait for its trigger."""
        if order.is_working:
            return self._work(market, order)
        market.triggers.add(order, market.prices.last_price, self._transaction.now_ms)
        return [], []

    def settle(self, market: Market) -> None:
        """Place the pending orders of filled working orders and execute what went off, until nothing is left to do."""
        while True:
            if self._lists.ready:
                self._activate(market, self._lists.ready.popleft())
            elif market.triggers.due:
                self._trigger(market, market.triggers.due.popleft())
            else:
                return

    def _work(self, market: Market, order: Order) -> Matched:
        limit = None if order.type in MARKET_LIKE else order.price
        who, mode = order.account, order.stp_mode
        if order.time_in_force == "FOK" and not fillable(market.book, order.side, order.remaining, limit, holder=who, mode=mode):
            self._lists.end(order, "EXPIRED", "UNFILLED_FOK_ORDER_EXPIRED")
            return [], []
        matched = self._engine.match(market, order)
        if order.is_open:
            self._finish(market, order)
        return matched

    def _finish(self, market: Market, order: Order) -> None:
        if order.type in MARKET_LIKE:
            self._lists.end(order, "EXPIRED", "INSUFFICIENT_LIQUIDITY")
        elif order.time_in_force == "IOC":
            self._lists.end(order, "EXPIRED", "UNFILLED_IOC_QUANTITY_EXPIRED")
        else:
            self._engine.rest(market, order)

    def _trigger(self, market: Market, order: Order) -> None:
        """A conditional order went off. What it may spend now may differ from what it locked: then it must be free."""
        if order.list_id != NO_LIST:
            self._lists.decide(order)
        order.is_working = True
        lock = lock_for(market, order)
        if lock - order.locked > self._free(order):
            order.is_working = False
            self._lists.end(order, "EXPIRED", "REJECTED", reject_reason="INSUFFICIENT_BALANCES")
            return
        self._records.triggered(order, lock)
        self._work(market, order)

    def _activate(self, market: Market, order_list: OrderList) -> None:
        """The working order of a list was filled: its pending orders are placed, or all rejected."""
        working, *pending = self._lists.orders(order_list)
        for order in pending:
            order.is_working = order.type not in CONDITIONAL
            if order_list.kind in PAYING:
                order.quantity = self._paid_quantity(market, working, order)
        locks = [lock_for(market, order) for order in pending]
        refusal = self._refusal(market, order_list, pending, max(locks))
        if refusal is not None:
            for order in pending:
                order.is_working = False
                order.quantity = 0 if order_list.kind in PAYING else order.quantity
            self._lists.reject(pending, refusal)
            return
        self._records.activated(pending[0], max(locks))
        for order in pending[1:]:
            self._records.activated(order, 0)
        for order in pending:
            self.begin(market, order)

    def _refusal(self, market: Market, order_list: OrderList, pending: list[Order], lock: int) -> RejectReason | None:
        last = market.prices.last_price
        for order in pending:
            if order.quantity < max(market.spec.min_qty, 1):
                return "NONE"
            if order.type == "LIMIT_MAKER" and market.book.crosses(order.side, order.price):
                return "OCO_BAD_PRICES" if order_list.kind in PAIRED else "WOULD_MATCH_IMMEDIATELY"
            if not order.is_working and would_trigger(order.side, order.type, order.stop_price, last):
                return "OCO_BAD_PRICES" if order_list.kind in PAIRED else "STOP_PRICE_WOULD_TRIGGER_IMMEDIATELY"
        return "INSUFFICIENT_BALANCES" if lock > self._free(pending[0]) else None

    def _free(self, order: Order) -> int:
        return self._records.account(order).free.get(order.lock_asset, 0)

    def _paid_quantity(self, market: Market, working: Order, pending: Order) -> int:
        """What the working order brought, after fees, in whole steps of base (of a BUY: as much as that buys at its price)."""
        step = market.spec.step_size
        if working.side == "BUY":
            return floor_to(working.executed - working.fees, step)
        proceeds = working.cum_quote - working.fees
        price = pending.price or pending.stop_price or market.price_for(pending.side)
        quantity = floor_to(proceeds * E8 // price, step) if price else 0
        assert notional(price, quantity) <= proceeds
        return quantity

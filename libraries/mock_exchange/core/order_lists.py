"""Order lists: what the end, the first execution or the fill of one order means for the others of its list (X9).

OCO: a pair of which one is executed. OTO, OPO: pending orders are placed when the working order is filled whole. OTOCO, OPOCO: those
pending orders are such a pair. Every order ends through `OrderLists.end`, for its list has a say.
"""

from __future__ import annotations

from collections import deque

from .accounts import Books
from .ledger_lines import ClosedStatus
from .money import needed
from .order_records import OrderRecords
from .orders import NO_LIST, ListKind, Order, OrderList, RejectReason
from .reports import list_status
from .transaction import Transaction
from .venue_state import Market

PAIRED: frozenset[ListKind] = frozenset({"OCO", "OTOCO", "OPOCO"})
PAYING: frozenset[ListKind] = frozenset({"OPO", "OPOCO"})


class OrderLists:
    """`ready` are the lists whose working order was filled in this command: their pending orders are to be placed."""

    def __init__(self, books: Books, markets: dict[str, Market], transaction: Transaction, records: OrderRecords) -> None:
        self._books = books
        self._markets = markets
        self._transaction = transaction
        self._records = records
        self.ready: deque[OrderList] = deque()

    def end(
        self,
        order: Order,
        status: ClosedStatus,
        reason: str | None = None,
        cancel_id: str | None = None,
        reject_reason: RejectReason = "NONE",
    ) -> None:
        """An open order ends, wherever it waits or rests, and its list with it where nothing else of it is open."""
        self.withdraw(order)
        self._records.closed(order, status, reason, cancel_id, reject_reason)
        if order.list_id != NO_LIST:
            self._ended(order)

    def filled(self, order: Order) -> None:
        """An order has traded whole: it is out of the book already."""
        self._records.closed(order, "FILLED")
        if order.list_id != NO_LIST:
            self._ended(order)

    def withdraw(self, order: Order) -> None:
        """Out of the book, or of those that wait for a trigger."""
        market = self._markets[order.symbol]
        if market.book.cancel(order.order_id) is not None:
            self._transaction.touch(market, order.side, order.price)
        elif not order.is_working:
            market.triggers.remove(order)

    def executing(self, order: Order) -> None:
        """The first execution of an order of a pair: the other expires, and the funds that it locked for both pass over."""
        if self.decide(order) and not order.locked:
            self._records.locked(order, needed(order))

    def decide(self, order: Order) -> bool:
        """`order` is the one of its pair that is executed; False where there is no other one (any more)."""
        partner = self._partner(order)
        if partner is None or not partner.is_open:
            return False
        self.withdraw(partner)
        self._records.closed(partner, "EXPIRED", "OCO_TRIGGER")
        return True

    def cancel(self, order_list: OrderList, reason: str, cancel_id: str) -> list[Order]:
        """All open orders of the list end as CANCELED; they are returned."""
        cancelled = [order for order in self.orders(order_list) if order.is_open]
        for order in cancelled:
            self.withdraw(order)
            self._records.closed(order, "CANCELED", reason, cancel_id)
        self._finish(order_list)
        return cancelled

    def reject(self, orders: list[Order], reject_reason: RejectReason) -> None:
        """Pending orders of one list that cannot be placed."""
        for order in orders:
            self._records.closed(order, "REJECTED", "REJECTED", reject_reason=reject_reason)
        self._finish(self.of(orders[0]))

    def of(self, order: Order) -> OrderList:
        return self._books.accounts[order.account].lists[order.list_id]

    def orders(self, order_list: OrderList) -> list[Order]:
        """Those that memory still has (an open list has all)."""
        known = self._books.accounts[order_list.account].orders
        return [known[order_id] for order_id in order_list.order_ids if order_id in known]

    def tell(self, order_list: OrderList) -> None:
        """The listStatus event of the list as it is."""
        if order_list.account in self._transaction.audience:
            payload = list_status(order_list, self.orders(order_list), self._transaction.now_ms)
            self._transaction.report(order_list.account, payload)

    def _partner(self, order: Order) -> Order | None:
        order_list = self.of(order)
        if order_list.kind not in PAIRED:
            return None
        pair = order_list.order_ids[-2:]
        if order.order_id not in pair:
            return None
        other = pair[0] if order.order_id == pair[1] else pair[1]
        return self._books.accounts[order.account].orders.get(other)

    def _ended(self, order: Order) -> None:
        order_list = self.of(order)
        if order_list.kind != "OCO" and order.order_id == order_list.order_ids[0]:
            if order.status == "FILLED":
                self.ready.append(order_list)
                return
            for pending in self.orders(order_list)[1:]:
                self._records.closed(pending, "EXPIRED", "OTO_PHASE_ONE_EXPIRED")
        self._finish(order_list)

    def _finish(self, order_list: OrderList) -> None:
        if any(order.is_open for order in self.orders(order_list)):
            return
        order_list.status = order_list.order_status = "ALL_DONE"
        self._books.accounts[order_list.account].closed_list(order_list)
        self.tell(order_list)

"""The stations of an order's life: each is one ledger line, its postings, and one report."""

from __future__ import annotations

from .accounts import Account, Books
from .amounts import canonical
from .ledger_lines import (
    ActivatedLine,
    AmendedLine,
    ClosedLine,
    ClosedStatus,
    LockedLine,
    OrderLine,
    Posting,
    TriggeredLine,
    optional,
    unlock,
)
from .orders import CONDITIONAL, Fill, Order, PreventedMatch, RejectReason
from .reports import ExecutionType, execution_report
from .transaction import Transaction
from .venue_events import AccountEvent


class OrderRecords:
    """Writes what happens to orders; decides nothing."""

    def __init__(self, books: Books, transaction: Transaction) -> None:
        self._books = books
        self._transaction = transaction

    def account(self, order: Order) -> Account:
        return self._books.accounts[order.account]

    def accepted(self, order: Order, lock: int) -> None:
        """The order exists from here on: one `order` line that locks what it may spend, one NEW report."""
        postings = unlock(order.account, order.lock_asset, -lock) if lock else []
        order.locked = lock
        line = OrderLine(
            account=order.account,
            order_id=order.order_id,
            client_order_id=order.client_order_id,
            symbol=order.symbol,
            side=order.side,
            order_type=order.type,
            time_in_force=order.time_in_force,
            quantity=canonical(order.quantity),
            price=canonical(order.price) if order.price else None,
            quote_order_qty=canonical(order.quote_order_qty) if order.quote_order_qty else None,
            received_ns=order.received_ns,
            postings=[],
            stp_mode=order.stp_mode,
            strategy_id=order.strategy_id,
            strategy_type=order.strategy_type,
            list_id=order.list_id,
        )
        if order.type in CONDITIONAL:
            line.stop_price, line.trailing_delta = optional(order.stop_price or None), order.trailing_delta
        if order.iceberg_qty:
            line.iceberg_qty = canonical(order.iceberg_qty)
        if order.status == "PENDING_NEW":
            line.pending = True
        order.priority = self._transaction.posted(line, postings)
        self.account(order).accept(order)
        self.report(order, "NEW")

    def activated(self, order: Order, lock: int) -> None:
        """A pending order is placed; `order.quantity` and `is_working` are already those of now."""
        postings = self._relock(order, lock)
        order.status = "NEW"
        line = ActivatedLine(
            account=order.account,
            order_id=order.order_id,
            client_order_id=order.client_order_id,
            symbol=order.symbol,
            quantity=canonical(order.quantity),
            postings=[],
        )
        self._begins(order, self._transaction.posted(line, postings))
        self.report(order, "NEW")

    def triggered(self, order: Order, lock: int) -> None:
        """A conditional order begins to work."""
        postings = self._relock(order, lock)
        line = TriggeredLine(
            account=order.account,
            order_id=order.order_id,
            client_order_id=order.client_order_id,
            symbol=order.symbol,
            postings=[],
        )
        order.is_working = True
        self._begins(order, self._transaction.posted(line, postings))
        self.report(order, "NEW")

    def locked(self, order: Order, lock: int) -> None:
        """An order of a pair takes over the funds of both."""
        postings = self._relock(order, lock)
        line = LockedLine(
            account=order.account,
            order_id=order.order_id,
            client_order_id=order.client_order_id,
            symbol=order.symbol,
            postings=[],
        )
        self._transaction.posted(line, postings)

    def amended(self, order: Order, quantity: int, lock: int, client_order_id: str) -> int:
        """The order became smaller; the execution id of its REPLACED report."""
        previous = order.client_order_id
        order.quantity, order.update_ms = quantity, self._transaction.now_ms
        order.amends += 1
        postings = self._relock(order, lock)
        line = AmendedLine(
            account=order.account,
            order_id=order.order_id,
            client_order_id=client_order_id,
            previous_client_order_id=previous,
            symbol=order.symbol,
            quantity=canonical(quantity),
            postings=[],
        )
        self._transaction.posted(line, postings)
        self.account(order).rename(order, client_order_id)
        return self.report(order, "REPLACED", named=previous)

    def closed(
        self,
        order: Order,
        status: ClosedStatus,
        reason: str | None = None,
        cancel_id: str | None = None,
        reject_reason: RejectReason = "NONE",
    ) -> None:
        """One `closed` line per order; what is still locked becomes free. A FILLED or prevented one was reported by what ended it."""
        order.status, order.reason, order.update_ms = status, reason, self._transaction.now_ms
        order.reject_reason = reject_reason
        postings = unlock(order.account, order.lock_asset, order.locked) if order.locked else []
        order.locked = 0
        line = ClosedLine(
            account=order.account,
            order_id=order.order_id,
            client_order_id=order.client_order_id,
            symbol=order.symbol,
            status=status,
            executed=canonical(order.executed),
            cum_quote=canonical(order.cum_quote),
            reason=reason,
            cancel_id=cancel_id,
            postings=[],
            reject_reason=reject_reason,
        )
        self._transaction.posted(line, postings)
        self.account(order).closed(order)
        if status in ("CANCELED", "REJECTED", "EXPIRED"):
            self.report(order, status, named=cancel_id)

    def report(
        self,
        order: Order,
        kind: ExecutionType,
        *,
        fill: Fill | None = None,
        named: str | None = None,
        prevented: PreventedMatch | None = None,
    ) -> int:
        """Tell the account, if anybody listens; the execution id, which counts either way."""
        transaction = self._transaction
        transaction.execution_id = number = transaction.execution_id + 1
        if order.account in transaction.audience:
            payload = execution_report(order, kind, transaction.now_ms, number, fill=fill, named=named, prevented=prevented)
            transaction.event(AccountEvent(order.account, payload))
        return number

    def _relock(self, order: Order, lock: int) -> list[Posting]:
        """Postings that make the order hold `lock`. The caller has seen that this much is free."""
        change = order.locked - lock
        order.locked = lock
        return unlock(order.account, order.lock_asset, change) if change else []

    def _begins(self, order: Order, seq: int) -> None:
        """The order takes its place in time with line `seq`."""
        order.priority = seq
        order.update_ms = self._transaction.now_ms
        if order.is_working:
            order.working_ms = self._transaction.now_ms

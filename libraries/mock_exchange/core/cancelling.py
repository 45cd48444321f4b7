"""Cancelling orders, lists, and everything of a symbol (binance-spot 1.5)."""

from __future__ import annotations

from .errors import CANCEL_MISMATCH, CANCEL_RESTRICTED, MARKET_CLOSED, UNKNOWN_ORDER, VenueError, cancel_rejected, invalid_symbol
from .floor import Floor, lookup
from .orders import NO_LIST, Cancellation, CancelListRequest, CancelRequest, ListCancellation, Order, OrderList, TradingStatus, Via
from .requests import cancelled, list_cancelled

Outcome = Cancellation | ListCancellation
_CANCELLING: frozenset[TradingStatus] = frozenset({"TRADING", "CANCEL_ONLY", "HALT"})
"""Symbol statuses in which orders can be cancelled (X36; docs/decisions)."""


class Cancelling:
    """All of these run inside a command; their refusals are in the ledger when they raise."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._transaction = floor.transaction

    def cancel(self, account: str, request: CancelRequest, via: Via) -> Outcome:
        """Cancel one open order, and with it its list.

        Raises:
            VenueError: -1121, or -2011 (unknown or done, ids that disagree, restriction, market closed).
        """
        found = lookup(self._floor.account(account), request.symbol, request.order_id, request.client_order_id)
        named = found.client_order_id if found else request.client_order_id
        try:
            order = self._cancellable(found, request)
        except VenueError as error:
            self._transaction.line(cancelled(account, request, named, via, error))
            raise
        self._transaction.line(cancelled(account, request, named, via))
        return self._end(order, request.cancel_id or self._transaction.mint_id())

    def cancel_all(self, account: str, request: CancelRequest, via: Via) -> list[Outcome]:
        """Cancel all open orders and lists of a symbol, oldest first.

        Raises:
            VenueError: -1121, or -2011 (there are none, market closed).
        """
        orders = [each for each in self._floor.account(account).open_orders.values() if each.symbol == request.symbol]
        error = self._refusal_of_all(request.symbol, orders)
        self._transaction.line(cancelled(account, request, None, via, error))
        if error is not None:
            raise error
        return [self._end(order, self._transaction.mint_id()) for order in orders if order.is_open]

    def cancel_list(self, account: str, request: CancelListRequest, via: Via) -> ListCancellation:
        """Cancel all orders of an open list.

        Raises:
            VenueError: -1121, or -2011 (unknown or done, ids that disagree, market closed).
        """
        found = self._floor.account(account).find_list(request.list_id, request.list_client_order_id)
        named = found.list_client_order_id if found else request.list_client_order_id
        try:
            order_list = self._cancellable_list(found, request)
        except VenueError as error:
            self._transaction.line(list_cancelled(account, request, named, via, error))
            raise
        self._transaction.line(list_cancelled(account, request, named, via))
        return self._end_list(order_list, request.cancel_id or self._transaction.mint_id())

    def _end(self, order: Order, cancel_id: str) -> Outcome:
        if order.list_id != NO_LIST:
            return self._end_list(self._floor.lists.of(order), cancel_id)
        self._floor.lists.end(order, "CANCELED", "CLIENT_CANCEL", cancel_id)
        return Cancellation(order, cancel_id)

    def _end_list(self, order_list: OrderList, cancel_id: str) -> ListCancellation:
        orders = self._floor.lists.cancel(order_list, "CLIENT_CANCEL", cancel_id)
        return ListCancellation(order_list, [Cancellation(order, cancel_id) for order in orders])

    def _cancellable(self, found: Order | None, request: CancelRequest) -> Order:
        self._check_market(request.symbol)
        if found is None or not found.is_open:
            raise cancel_rejected(UNKNOWN_ORDER)
        if request.client_order_id is not None and found.client_order_id != request.client_order_id:
            raise cancel_rejected(CANCEL_MISMATCH)
        required = {"ONLY_NEW": "NEW", "ONLY_PARTIALLY_FILLED": "PARTIALLY_FILLED"}.get(request.restriction or "", found.status)
        if found.status != required:
            raise cancel_rejected(CANCEL_RESTRICTED)
        return found

    def _cancellable_list(self, found: OrderList | None, request: CancelListRequest) -> OrderList:
        self._check_market(request.symbol)
        if found is None or not found.is_open or found.symbol != request.symbol:
            raise cancel_rejected(UNKNOWN_ORDER)
        if request.list_client_order_id not in (None, found.list_client_order_id):
            raise cancel_rejected(CANCEL_MISMATCH)
        return found

    def _refusal_of_all(self, symbol: str, orders: list[Order]) -> VenueError | None:
        if symbol not in self._floor.markets:
            return invalid_symbol()
        if self._floor.markets[symbol].spec.status not in _CANCELLING:
            return cancel_rejected(MARKET_CLOSED)
        return None if orders else cancel_rejected(UNKNOWN_ORDER)

    def _check_market(self, symbol: str) -> None:
        if self._floor.market(symbol).spec.status not in _CANCELLING:
            raise cancel_rejected(MARKET_CLOSED)

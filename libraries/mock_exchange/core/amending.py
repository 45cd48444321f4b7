"""Order amend keep priority: an open order becomes smaller and keeps its place in the queue (binance-spot 1.4)."""

from __future__ import annotations

import msgspec

from .checks import check_amendment
from .errors import (
    AMEND_INCREASE,
    AMEND_PENDING_OPO,
    MARKET_CLOSED,
    NO_CHANGE,
    UNKNOWN_ORDER,
    UNSUPPORTED_COMBINATION,
    VenueError,
    amend_rejected,
)
from .floor import Floor, lookup
from .funds import lock_for
from .order_lists import PAIRED, PAYING
from .orders import NO_LIST, Amendment, AmendRequest, Order, Via
from .requests import amended
from .venue_state import Market


class Amending:
    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._transaction = floor.transaction

    def amend(self, account: str, request: AmendRequest, via: Via) -> Amendment:
        """Inside a command. Of a pair both orders become smaller: they always have the same quantity.

        Raises:
            VenueError: -1013, -1121, -2038, -2039; the refusal is in the ledger.
        """
        found = lookup(self._floor.account(account), request.symbol, request.order_id, request.client_order_id)
        named = found.client_order_id if found else request.client_order_id
        try:
            order = self._amendable(found, request)
        except VenueError as error:
            self._transaction.line(amended(account, request, named, via, error))
            raise
        self._transaction.line(amended(account, request, named, via))
        return self._amend(order, request)

    def _amend(self, order: Order, request: AmendRequest) -> Amendment:
        previous_id, previous_quantity = order.client_order_id, order.quantity
        new_id = request.new_client_order_id or self._transaction.mint_id()
        partner = self._open_partner(order)
        pair = [order] if partner is None else [order, partner]
        locks = [self._lock(each, pair, request.quantity) for each in pair]
        execution_id = self._shrink(order, request.quantity, locks[0], new_id)
        if partner is not None:
            self._shrink(partner, request.quantity, locks[1], partner.client_order_id)
        if order.list_id != NO_LIST:
            self._tell_update(order)
        return Amendment(order, previous_id, previous_quantity, execution_id, self._transaction.now_ms)

    def _shrink(self, order: Order, quantity: int, lock: int, client_order_id: str) -> int:
        market = self._floor.market(order.symbol)
        remaining = quantity - order.executed - order.prevented
        if order.order_id in market.book.orders:
            market.book.shrink(order.order_id, remaining)
            self._transaction.touch(market, order.side, order.price)
        order.visible = min(order.visible, remaining)
        return self._floor.records.amended(order, quantity, lock, client_order_id)

    def _lock(self, order: Order, pair: list[Order], quantity: int) -> int:
        """What the order holds with the new quantity: for both of a pair, if it is the one that does; never more than before."""
        if not order.locked:
            return 0
        market = self._floor.market(order.symbol)
        return min(order.locked, max(lock_for(market, msgspec.structs.replace(each, quantity=quantity)) for each in pair))

    def _tell_update(self, order: Order) -> None:
        order_list = self._floor.lists.of(order)
        order_list.status = "UPDATED"
        self._floor.lists.tell(order_list)
        order_list.status = "EXEC_STARTED"

    def _open_partner(self, order: Order) -> Order | None:
        if order.list_id == NO_LIST:
            return None
        order_list = self._floor.lists.of(order)
        pair = order_list.order_ids[-2:]
        if order_list.kind not in PAIRED or order.order_id not in pair:
            return None
        return next((each for each in self._floor.lists.orders(order_list)[-2:] if each is not order and each.is_open), None)

    def _amendable(self, found: Order | None, request: AmendRequest) -> Order:
        market = self._floor.market(request.symbol)
        if market.spec.status != "TRADING":
            raise amend_rejected(MARKET_CLOSED)
        if found is None or not found.is_open:
            raise amend_rejected(UNKNOWN_ORDER)
        if request.client_order_id is not None and found.client_order_id != request.client_order_id:
            raise VenueError(-2039, "Client order ID is not correct for this order ID.")
        self._check_quantity(market, found, request.quantity)
        taken = self._floor.account(found.account).open_order_of(request.new_client_order_id or "")
        if taken is not None and taken is not found:
            raise amend_rejected("Duplicate order sent.")
        return found

    def _check_quantity(self, market: Market, order: Order, quantity: int) -> None:
        if order.status == "PENDING_NEW" and self._floor.lists.of(order).kind in PAYING:
            raise amend_rejected(AMEND_PENDING_OPO)
        if quantity > order.quantity:
            raise amend_rejected(AMEND_INCREASE)
        if quantity == order.quantity:
            raise amend_rejected(NO_CHANGE)
        if quantity <= order.executed + order.prevented:
            raise amend_rejected(UNSUPPORTED_COMBINATION)
        check_amendment(market, order, quantity)

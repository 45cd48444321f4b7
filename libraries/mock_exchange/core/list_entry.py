"""Placing order lists (binance-spot 1.4, X9)."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from .accounts import Account
from .checks import check_entry, check_rules
from .counts import check_list_counts
from .errors import DUPLICATE_ORDER, INSUFFICIENT_BALANCE, PRICE_RELATION, VenueError, rejected
from .floor import Floor
from .funds import lock_for
from .ledger_lines import ListLine
from .order_entry import check_client_id, order_from
from .order_lists import PAYING
from .orders import ListPlacement, NewOrder, NewOrderList, Order, OrderList, Placement, Via
from .permissions import check_list_permission
from .requests import placed
from .venue_state import Market


class ListEntry:
    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._transaction = floor.transaction

    def place(self, account: str, new: NewOrderList, via: Via) -> ListPlacement:
        """Inside a command: check the whole list, accept all of it, start what works at once.

        Raises:
            VenueError: refused; the refusal is in the ledger, nothing of the list exists.
        """
        holder = self._floor.account(account)
        try:
            market, orders, lock = self._checked(holder, new)
        except VenueError as error:
            self._record(account, new, via, [each.client_order_id for each in new.orders], error)
            raise
        for order, asked in zip(orders, new.orders, strict=True):
            order.client_order_id = asked.client_order_id or self._transaction.mint_id()
        self._record(account, new, via, [order.client_order_id for order in orders])
        return self._accept(market, holder, new, orders, lock)

    def _checked(self, holder: Account, new: NewOrderList) -> tuple[Market, list[Order], int]:
        """The orders, still without ids, and what the list locks at once."""
        market = self._floor.market(new.symbol)
        check_list_permission(market.spec, new.kind)
        on_symbol = sum(1 for each in holder.open_lists.values() if each.symbol == new.symbol)
        check_list_counts(market.spec, self._floor.limits, on_symbol, len(holder.open_lists))
        named = [each.client_order_id for each in new.orders if each.client_order_id is not None]
        taken = {each.list_client_order_id for each in holder.open_lists.values()}
        if len(set(named)) != len(named) or new.list_client_order_id in taken:
            raise rejected(DUPLICATE_ORDER)
        pair = new.orders if new.kind == "OCO" else new.orders[1:]
        if len(pair) == 2:
            check_relation(pair, last_price=market.prices.last_price if new.kind == "OCO" else 0)
        orders = [self._checked_order(market, holder, new, index) for index in range(len(new.orders))]
        lock = max(lock_for(market, order) for order in (orders if new.kind == "OCO" else orders[:1]))
        if holder.free.get(orders[0].lock_asset, 0) < lock:
            raise rejected(INSUFFICIENT_BALANCE)
        return market, orders, lock

    def _checked_order(self, market: Market, holder: Account, new: NewOrderList, index: int) -> Order:
        asked, now_ms = new.orders[index], self._transaction.now_ms
        check_client_id(holder, asked.client_order_id)
        pending = index > 0 and new.kind != "OCO"
        rules_of = _as_checked(asked, new.orders[0]) if pending else asked
        quantity = check_rules(market, rules_of, now_ms, holder, self._floor.limits, others=len(new.orders) - 1)
        order = order_from(market, holder, asked, quantity, now_ms)
        if pending:
            order.status, order.is_working, order.working_ms = "PENDING_NEW", False, -1
            order.trailing_time_ms = None
            order.quantity = 0 if new.kind in PAYING else quantity
        else:
            check_entry(market, asked)
        return order

    def _accept(self, market: Market, holder: Account, new: NewOrderList, orders: list[Order], lock: int) -> ListPlacement:
        floor = self._floor
        for order in orders:
            order.order_id = floor.take_order_id()
        order_list = OrderList(
            list_id=floor.take_list_id(),
            account=holder.name,
            symbol=new.symbol,
            kind=new.kind,
            contingency="OCO" if new.kind == "OCO" else "OTO",
            list_client_order_id=new.list_client_order_id or self._transaction.mint_id(),
            order_ids=tuple(order.order_id for order in orders),
            time_ms=self._transaction.now_ms,
        )
        self._write(order_list, new.received_ns)
        holder.accept_list(order_list)
        for order in orders:
            order.list_id = order_list.list_id
            floor.records.accepted(order, lock if order is orders[0] else 0)
        floor.lists.tell(order_list)
        placements = [
            Placement(order, *floor.execution.begin(market, order)) if order.status == "NEW" else Placement(order, []) for order in orders
        ]
        floor.execution.settle(market)
        return ListPlacement(order_list, placements)

    def _write(self, order_list: OrderList, received_ns: int) -> None:
        self._transaction.line(
            ListLine(
                account=order_list.account,
                list_id=order_list.list_id,
                list_client_order_id=order_list.list_client_order_id,
                symbol=order_list.symbol,
                kind=order_list.kind,
                order_ids=list(order_list.order_ids),
                received_ns=received_ns,
            )
        )

    def _record(self, account: str, new: NewOrderList, via: Via, names: Sequence[str | None], error: VenueError | None = None) -> None:
        for order, name in zip(new.orders, names, strict=True):
            line = placed(account, order, name, via, error)
            line.action, line.list_kind = "place_list", new.kind
            self._transaction.line(line)


def check_relation(pair: Sequence[NewOrder], last_price: int) -> None:
    """A pair of a stop loss and an order that wins encloses the last price (0: not known, or not yet of interest).

    An order without any price encloses everything.

    Raises:
        VenueError: -2010.
    """
    stop, winner = pair if pair[0].type.startswith("STOP_LOSS") else (pair[1], pair[0])
    above, below = (stop, winner) if stop.side == "BUY" else (winner, stop)
    high, low = above.stop_price or above.price, below.stop_price or below.price
    if high is not None and low is not None and high <= low:
        raise rejected(PRICE_RELATION)
    if last_price and ((high is not None and high <= last_price) or (low is not None and low >= last_price)):
        raise rejected(PRICE_RELATION)


def _as_checked(pending: NewOrder, working: NewOrder) -> NewOrder:
    """What of a pending order can be checked now: what it would meet is seen when it is placed, what it is paid with when that is known."""
    kind = "LIMIT" if pending.type == "LIMIT_MAKER" else pending.type
    return msgspec.structs.replace(pending, type=kind, quantity=pending.quantity or working.quantity)

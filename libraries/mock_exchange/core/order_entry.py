"""Placing single orders."""

from __future__ import annotations

from .accounts import Account
from .checks import validated
from .errors import DUPLICATE_ORDER, INSUFFICIENT_BALANCE, VenueError, rejected
from .floor import Floor
from .funds import lock_for
from .money import lock_asset
from .orders import CONDITIONAL, NewOrder, Order, Placement, Via
from .requests import placed
from .venue_state import Market


class OrderEntry:
    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._transaction = floor.transaction

    def place(self, account: str, new: NewOrder, via: Via, *, funded: bool) -> Placement:
        """Inside a command: validate, accept, match, rest, wait or expire. `funded`: an account of the venue's own, without limits.

        Raises:
            VenueError: refused; the refusal is in the ledger, no order exists.
        """
        holder = self._floor.account(account)
        try:
            market, order, lock = self.checked(holder, new, self._transaction.now_ms, funded=funded)
        except VenueError as error:
            self._transaction.line(placed(account, new, new.client_order_id, via, error))
            raise
        order.client_order_id = new.client_order_id or self._transaction.mint_id()
        self._transaction.line(placed(account, new, order.client_order_id, via))
        return self.submit(market, order, lock, funded=funded)

    def submit(self, market: Market, order: Order, lock: int, *, funded: bool) -> Placement:
        """Accept an order that was checked, and whatever follows from it."""
        if funded:
            self._floor.fund(order, lock)
        order.order_id = self._floor.take_order_id()
        placement = self._floor.execution.accept(market, order, lock)
        self._floor.execution.settle(market)
        return placement

    def checked(self, holder: Account, new: NewOrder, now_ms: int, *, funded: bool = False) -> tuple[Market, Order, int]:
        """The order as it would be accepted (still without its ids), and what it would lock.

        Raises:
            VenueError: -1013, -1121, -2010.
        """
        market = self._floor.market(new.symbol)
        quantity = validated(market, new, now_ms, holder, self._floor.limits, scripted=funded)
        check_client_id(holder, new.client_order_id)
        order = order_from(market, holder, new, quantity, now_ms)
        lock = lock_for(market, order)
        if not funded and holder.free.get(order.lock_asset, 0) < lock:
            raise rejected(INSUFFICIENT_BALANCE)
        return market, order, lock


def check_client_id(holder: Account, client_order_id: str | None) -> None:
    """Raises VenueError -2010: an open order bears it."""
    if client_order_id is not None and holder.open_order_of(client_order_id):
        raise rejected(DUPLICATE_ORDER)


def order_from(market: Market, holder: Account, new: NewOrder, quantity: int, now_ms: int) -> Order:
    """The order that was asked for, still without its ids."""
    working = new.type not in CONDITIONAL
    order = Order(
        order_id=0,
        account=holder.name,
        client_order_id="",
        symbol=new.symbol,
        side=new.side,
        type=new.type,
        time_in_force=new.time_in_force or "GTC",
        price=new.price or 0,
        quantity=quantity,
        quote_order_qty=new.quote_order_qty or 0,
        received_ns=new.received_ns,
        time_ms=now_ms,
        update_ms=now_ms,
        lock_asset=lock_asset(market.spec, new.side),
        stp_mode=new.stp_mode or market.spec.default_stp_mode,
        is_working=working,
        working_ms=now_ms if working else -1,
    )
    if not working:
        order.stop_price, order.trailing_delta = new.stop_price or 0, new.trailing_delta or 0
        order.trailing_time_ms = now_ms if new.trailing_delta and not new.stop_price else None
    if new.iceberg_qty:
        order.iceberg_qty = new.iceberg_qty
    if new.strategy_id is not None or new.strategy_type is not None:
        order.strategy_id, order.strategy_type = new.strategy_id, new.strategy_type
    return order

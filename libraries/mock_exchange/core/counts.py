"""How many orders and lists an account may have open: MAX_NUM_* and EXCHANGE_MAX_NUM_* (binance-spot 1.6).

An account's open orders are looked through only when there are at least as many as the smallest limit that matters, so that a limit
which is far away costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable

from .accounts import Account
from .errors import VenueError, filter_failure
from .orders import CONDITIONAL, NewOrder, Order
from .symbols import ExchangeLimits, SymbolSpec

Kind = Callable[[Order], bool]
Named = tuple[int, str]
"""A limit (0 = none) and the filter that it belongs to."""


def check_counts(spec: SymbolSpec, limits: ExchangeLimits, holder: Account, order: NewOrder, others: int = 0) -> None:
    """`others`: orders of the same list that come with this one. Raises VenueError -1013."""
    if spec.max_num_orders or limits.max_num_orders:
        on_symbol, on_exchange = (spec.max_num_orders, "MAX_NUM_ORDERS"), (limits.max_num_orders, "EXCHANGE_MAX_NUM_ORDERS")
        _check(spec, holder, _any, (on_symbol, on_exchange), 1 + others)
    if order.type in CONDITIONAL:
        on_symbol = (spec.max_num_algo_orders, "MAX_NUM_ALGO_ORDERS")
        on_exchange = (limits.max_num_algo_orders, "EXCHANGE_MAX_NUM_ALGO_ORDERS")
        _check(spec, holder, _is_algo, (on_symbol, on_exchange))
    if order.iceberg_qty:
        on_symbol = (spec.max_num_iceberg_orders, "MAX_NUM_ICEBERG_ORDERS")
        on_exchange = (limits.max_num_iceberg_orders, "EXCHANGE_MAX_NUM_ICEBERG_ORDERS")
        _check(spec, holder, _is_iceberg, (on_symbol, on_exchange))


def check_list_counts(spec: SymbolSpec, limits: ExchangeLimits, open_on_symbol: int, open_on_exchange: int) -> None:
    """One more list on top of those that the account has open. Raises VenueError -1013."""
    if spec.max_num_order_lists and open_on_symbol >= spec.max_num_order_lists:
        raise filter_failure("MAX_NUM_ORDER_LISTS")
    if limits.max_num_order_lists and open_on_exchange >= limits.max_num_order_lists:
        raise filter_failure("EXCHANGE_MAX_NUM_ORDER_LISTS")


def check_amends(spec: SymbolSpec, done: int) -> None:
    """MAX_NUM_ORDER_AMENDS: one more amendment of an order that had `done` so far. Raises VenueError -2038."""
    if spec.max_num_order_amends and done >= spec.max_num_order_amends:
        raise VenueError(-2038, "Filter failure: MAX_NUM_ORDER_AMENDS")


def _check(spec: SymbolSpec, holder: Account, kind: Kind, named_limits: tuple[Named, Named], new: int = 1) -> None:
    (symbol_limit, symbol_filter), (exchange_limit, exchange_filter) = named_limits
    at_most = len(holder.open_orders) + new
    if symbol_limit and at_most > symbol_limit:
        count = sum(1 for each in holder.open_orders.values() if each.symbol == spec.symbol and kind(each))
        if count + new > symbol_limit:
            raise filter_failure(symbol_filter)
    if exchange_limit and at_most > exchange_limit and sum(1 for each in holder.open_orders.values() if kind(each)) + new > exchange_limit:
        raise filter_failure(exchange_filter)


def _any(_order: Order) -> bool:
    return True


def _is_algo(order: Order) -> bool:
    return order.type in CONDITIONAL


def _is_iceberg(order: Order) -> bool:
    return order.iceberg_qty > 0

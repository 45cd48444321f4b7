"""Order entry and questions about orders and accounts: the handlers behind REST and WebSocket API."""

from __future__ import annotations

from typing import Any, TypeVar

from ..core import order_parsing, parsing, responses
from ..core.errors import VenueError
from ..core.orders import CancelRequest
from .api import Call, Endpoint, Exchange, ParameterRefusal, before_matching

_CANCEL = frozenset({"symbol", "orderId", "origClientOrderId", "newClientOrderId", "cancelRestrictions"})
_QUERY = frozenset({"symbol", "orderId", "origClientOrderId"})
_HISTORY = frozenset({"symbol", "orderId", "startTime", "endTime", "limit"})
_DAY_MS = 86_400_000
Row = TypeVar("Row")


def place_order(exchange: Exchange, call: Call) -> Any:
    try:
        order = order_parsing.new_order(call.params, exchange.venue.symbols, call.received_ns)
        kind = order_parsing.order_response_type(call.params, order.type)
        before_matching(exchange, call)
    except VenueError as error:
        raise ParameterRefusal(error) from None
    placement = exchange.venue.place(call.account, order, call.via)
    return responses.placed(placement, kind)


def cancel_order(exchange: Exchange, call: Call) -> Any:
    try:
        request = parsing.cancel_request(call.params, call.received_ns)
        before_matching(exchange, call)
    except VenueError as error:
        raise ParameterRefusal(error) from None
    cancellation = exchange.venue.cancel(call.account, request, call.via)
    return responses.cancelled(cancellation)


def cancel_open_orders(exchange: Exchange, call: Call) -> Any:
    try:
        symbol = parsing.required(call.params, "symbol")
        before_matching(exchange, call)
    except VenueError as error:
        raise ParameterRefusal(error) from None
    request = CancelRequest(symbol=symbol, received_ns=call.received_ns)
    cancelled = exchange.venue.cancel_all(call.account, request, call.via)
    return [responses.cancelled(each) for each in cancelled]


def query_order(exchange: Exchange, call: Call) -> Any:
    symbol = parsing.symbol_of(call.params, exchange.venue.symbols)
    order_id, client_order_id = parsing.order_reference(call.params)
    return responses.queried(exchange.venue.find_order(call.account, symbol, order_id, client_order_id))


def open_orders(exchange: Exchange, call: Call) -> Any:
    symbol = parsing.symbol_of(call.params, exchange.venue.symbols) if "symbol" in call.params else None
    return [responses.queried(order) for order in exchange.venue.open_orders(call.account, symbol)]


def all_orders(exchange: Exchange, call: Call) -> Any:
    symbol = parsing.symbol_of(call.params, exchange.venue.symbols)
    start_id = parsing.integer_of(call.params, "orderId")
    start, end = _times(call)
    limit = parsing.limit_of(call.params, 500, 1_000)
    orders = exchange.venue.all_orders(call.account, symbol)
    if start_id is not None:
        return [responses.queried(order) for order in [each for each in orders if each.order_id >= start_id][:limit]]
    chosen = [each for each in orders if _within(each.time_ms, start, end)]
    return [responses.queried(order) for order in _cut(chosen, limit, from_start=start is not None)]


def account(exchange: Exchange, call: Call) -> Any:
    omit_zero = parsing.boolean_of(call.params, "omitZeroBalances", default=False)
    venue = exchange.venue
    assets = sorted({asset for spec in venue.symbols.values() for asset in (spec.base, spec.quote)})
    answer = responses.account(venue.account(call.account), venue.fees, assets, omit_zero=omit_zero)
    return answer | {"canTrade": call.account not in exchange.keys.trading_disabled}


def my_trades(exchange: Exchange, call: Call) -> Any:
    symbol = parsing.symbol_of(call.params, exchange.venue.symbols)
    order_id, from_id = parsing.integer_of(call.params, "orderId"), parsing.integer_of(call.params, "fromId")
    start, end = _times(call)
    if from_id is not None and (start is not None or end is not None):
        raise VenueError(-1128, "Combination of optional parameters invalid.")
    limit = parsing.limit_of(call.params, 500, 1_000)
    fills = [
        fill
        for fill in exchange.venue.trades_of(call.account, symbol)
        if _within(fill.time_ms, start, end)
        and (order_id is None or fill.order_id == order_id)
        and (from_id is None or fill.trade_id >= from_id)
    ]
    return [responses.my_trade(fill) for fill in _cut(fills, limit, from_start=start is not None or from_id is not None)]


def _times(call: Call) -> tuple[int | None, int | None]:
    """(startTime, endTime) in ms; at most 24 hours apart."""
    start, end = parsing.integer_of(call.params, "startTime"), parsing.integer_of(call.params, "endTime")
    if start is not None and end is not None and end - start > _DAY_MS:
        raise VenueError(-1127, "More than 24 hours between startTime and endTime.")
    return start, end


def _within(time_ms: int, start: int | None, end: int | None) -> bool:
    return (start is None or time_ms >= start) and (end is None or time_ms <= end)


def _cut(rows: list[Row], limit: int, *, from_start: bool) -> list[Row]:
    return rows[:limit] if from_start else rows[-limit:]


def _weight_of_open_orders(params: dict[str, str]) -> int:
    return 6 if "symbol" in params else 80


def _weight_of_trades(params: dict[str, str]) -> int:
    return 5 if "orderId" in params else 20


PLACE = Endpoint(place_order, "TRADE", 1, order_parsing.PLACE_PARAMS, entry="place", orders=1)
CANCEL = Endpoint(cancel_order, "TRADE", 1, _CANCEL, entry="cancel")
CANCEL_ALL = Endpoint(cancel_open_orders, "TRADE", 1, frozenset({"symbol"}), entry="cancel")
QUERY = Endpoint(query_order, "USER_DATA", 4, _QUERY)
OPEN_ORDERS = Endpoint(open_orders, "USER_DATA", _weight_of_open_orders, frozenset({"symbol"}))
ALL_ORDERS = Endpoint(all_orders, "USER_DATA", 20, _HISTORY)
ACCOUNT = Endpoint(account, "USER_DATA", 20, frozenset({"omitZeroBalances"}))
MY_TRADES = Endpoint(my_trades, "USER_DATA", _weight_of_trades, _HISTORY | {"fromId"})

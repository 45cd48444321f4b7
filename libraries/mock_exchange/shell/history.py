"""Questions about orders, lists, trades and prevented matches of an account. The handlers behind REST and WebSocket API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from ..core import parsing, responses
from ..core.errors import VenueError, bad_combination
from .api import Call, Endpoint, Exchange

_HISTORY = frozenset({"symbol", "orderId", "startTime", "endTime", "limit"})
_DAY_MS = 86_400_000
_MICROSECONDS_FROM = 10**14
Row = TypeVar("Row")


def order(exchange: Exchange, call: Call) -> Any:
    symbol = parsing.symbol_of(call.params, exchange.venue.symbols)
    order_id, client_order_id = parsing.order_reference(call.params)
    return responses.queried(exchange.venue.find_order(call.account, symbol, order_id, client_order_id))


def open_orders(exchange: Exchange, call: Call) -> Any:
    symbol = parsing.symbol_of(call.params, exchange.venue.symbols) if "symbol" in call.params else None
    return [responses.queried(each) for each in exchange.venue.open_orders(call.account, symbol)]


def all_orders(exchange: Exchange, call: Call) -> Any:
    symbol = parsing.symbol_of(call.params, exchange.venue.symbols)
    start_id = parsing.integer_of(call.params, "orderId")
    start, end = times_of(call)
    limit = parsing.limit_of(call.params, 500, 1_000)
    orders = exchange.venue.all_orders(call.account, symbol)
    chosen = [each for each in orders if within(each.time_ms, start, end) and (start_id is None or each.order_id >= start_id)]
    return [responses.queried(each) for each in cut(chosen, limit, from_start=start is not None or start_id is not None)]


def my_trades(exchange: Exchange, call: Call) -> Any:
    """Of the optional parameters only the documented combinations are taken."""
    symbol = parsing.symbol_of(call.params, exchange.venue.symbols)
    order_id, from_id = parsing.integer_of(call.params, "orderId"), parsing.integer_of(call.params, "fromId")
    start, end = times_of(call)
    if (order_id is not None or from_id is not None) and (start is not None or end is not None):
        raise bad_combination()
    limit = parsing.limit_of(call.params, 500, 1_000)
    fills = [
        fill
        for fill in exchange.venue.trades_of(call.account, symbol)
        if within(fill.time_ms, start, end)
        and (order_id is None or fill.order_id == order_id)
        and (from_id is None or fill.trade_id >= from_id)
    ]
    return [responses.my_trade(fill) for fill in cut(fills, limit, from_start=start is not None or from_id is not None)]


def prevented_matches(exchange: Exchange, call: Call) -> Any:
    """By `preventedMatchId`, or by `orderId` with `fromPreventedMatchId` and `limit`."""
    symbol = parsing.symbol_of(call.params, exchange.venue.symbols)
    match_id, order_id = parsing.integer_of(call.params, "preventedMatchId"), parsing.integer_of(call.params, "orderId")
    from_id = parsing.integer_of(call.params, "fromPreventedMatchId")
    limit = parsing.limit_of(call.params, 500, 1_000)
    if (match_id is None) == (order_id is None) or (match_id is not None and (from_id is not None or "limit" in call.params)):
        raise bad_combination()
    matches = [
        each
        for each in exchange.venue.prevented_matches(call.account, symbol)
        if (match_id is None or each.match_id == match_id)
        and (order_id is None or order_id in (each.taker_order_id, each.maker_order_id))
        and (from_id is None or each.match_id >= from_id)
    ]
    return [responses.prevented_match(each) for each in matches[:limit]]


def times_of(call: Call) -> tuple[int | None, int | None]:
    """(startTime, endTime) in ms, sent in ms or us; at most 24 hours apart. Raises VenueError -1127."""
    start, end = _time(call, "startTime"), _time(call, "endTime")
    if start is not None and end is not None and end - start > _DAY_MS:
        raise VenueError(-1127, "More than 24 hours between startTime and endTime.")
    return start, end


def _time(call: Call, name: str) -> int | None:
    value = parsing.integer_of(call.params, name)
    return value // 1_000 if value is not None and value >= _MICROSECONDS_FROM else value


def within(time_ms: int, start: int | None, end: int | None) -> bool:
    return (start is None or time_ms >= start) and (end is None or time_ms <= end)


def cut(rows: list[Row], limit: int, *, from_start: bool) -> list[Row]:
    return rows[:limit] if from_start else rows[-limit:]


def _by(name: str, with_it: int, without: int) -> Callable[[dict[str, str]], int]:
    """A weight that depends on whether a parameter was sent."""
    return lambda params: with_it if name in params else without


ORDER = Endpoint(order, "USER_DATA", 4, frozenset({"symbol", "orderId", "origClientOrderId"}))
OPEN_ORDERS = Endpoint(open_orders, "USER_DATA", _by("symbol", 6, 80), frozenset({"symbol"}))
ALL_ORDERS = Endpoint(all_orders, "USER_DATA", 20, _HISTORY)
MY_TRADES = Endpoint(my_trades, "USER_DATA", _by("orderId", 5, 20), _HISTORY | {"fromId"})
PREVENTED_MATCHES = Endpoint(
    prevented_matches,
    "USER_DATA",
    _by("orderId", 20, 2),
    frozenset({"symbol", "preventedMatchId", "orderId", "fromPreventedMatchId", "limit"}),
)

"""Public questions: time, rules, books, trades, candles. The handlers behind REST and WebSocket API (binance-spot 1.4)."""

from __future__ import annotations

import itertools
import re
from typing import Any

from ..core import parsing, public_answers, responses
from ..core.amounts import text8
from ..core.errors import VenueError, not_valid
from ..core.intervals import INTERVALS, zone_offset
from ..core.shown_filters import exchange_filters
from .api import Call, Endpoint, Exchange
from .symbol_choice import CHOICE, Params, asked_for, bad_combination, list_of, listed_symbols, one_symbol, wanted_status

MAX_ROWS = 1_000
_PERMISSION = re.compile(r"SPOT|MARGIN|LEVERAGED|TRD_GRP_[0-9]{3}")
_SYMBOL = frozenset({"symbol"})
_MICROSECONDS_FROM = 10**14
"""A moment with so many units is meant in microseconds (binance-spot 1.1: parameters may be sent in either)."""


def ping(_exchange: Exchange, _call: Call) -> Any:
    return {}


def time(exchange: Exchange, _call: Call) -> Any:
    return {"serverTime": exchange.venue.now_ms()}


def exchange_info(exchange: Exchange, call: Call) -> Any:
    recorded = exchange.driver.exchange_info() if exchange.driver else None
    if recorded is not None:
        return recorded
    venue, params = exchange.venue, call.params
    names = _chosen(exchange, params)
    show_sets = parsing.boolean_of(params, "showPermissionSets", default=True)
    symbols = [responses.exchange_symbol(venue.symbols[name], show_permission_sets=show_sets) for name in names]
    limits = exchange.usage.described()
    return {
        "timezone": "UTC",
        "serverTime": venue.now_ms(),
        "rateLimits": limits,
        "exchangeFilters": exchange_filters(venue.limits),
        "symbols": symbols,
    }


def execution_rules(exchange: Exchange, call: Call) -> Any:
    """No symbol of this venue has an execution rule."""
    if len(CHOICE & call.params.keys()) > 1:
        raise bad_combination()
    _chosen(exchange, call.params)
    return {"symbolRules": []}


def depth(exchange: Exchange, call: Call) -> Any:
    symbol = one_symbol(exchange.venue, call.params)
    limit = parsing.limit_of(call.params, 100, 5_000)
    recorded = exchange.driver.depth_snapshot(symbol) if exchange.driver else None
    if recorded is not None:
        return recorded
    update_id, bids, asks = exchange.venue.depth(symbol, limit)
    return {"lastUpdateId": update_id, "bids": public_answers.levels(bids), "asks": public_answers.levels(asks)}


def trades(exchange: Exchange, call: Call) -> Any:
    history = exchange.venue.market(one_symbol(exchange.venue, call.params)).recent
    return [public_answers.trade(each) for each in history.latest(parsing.limit_of(call.params, 500, MAX_ROWS))]


def historical_trades(exchange: Exchange, call: Call) -> Any:
    history = exchange.venue.market(one_symbol(exchange.venue, call.params)).recent
    limit = parsing.limit_of(call.params, 500, MAX_ROWS)
    first_id = parsing.integer_of(call.params, "fromId")
    rows = history.latest(limit) if first_id is None else history.from_id(first_id, limit)
    return [public_answers.trade(each) for each in rows]


def block_trades(exchange: Exchange, call: Call) -> Any:
    """This venue has no block trades."""
    one_symbol(exchange.venue, call.params)
    parsing.required(call.params, "fromId")
    parsing.integer_of(call.params, "fromId")
    parsing.limit_of(call.params, 500, MAX_ROWS)
    return []


def agg_trades(exchange: Exchange, call: Call) -> Any:
    """`fromId` excludes times (-1128): they would ask for two different starts."""
    history = exchange.venue.market(one_symbol(exchange.venue, call.params)).recent
    limit = parsing.limit_of(call.params, 500, MAX_ROWS)
    first_id = parsing.integer_of(call.params, "fromId")
    start, end = _moment(call.params, "startTime"), _moment(call.params, "endTime")
    if first_id is not None and (start is not None or end is not None):
        raise bad_combination()
    if first_id is not None:
        rows = history.aggregates_from_id(first_id, limit)
    elif start is not None:
        rows = history.aggregates_since(start, end, limit)
    else:
        rows = history.latest_aggregates(limit, end)
    return [public_answers.agg_trade(each) for each in rows]


def klines(exchange: Exchange, call: Call) -> Any:
    """With a start the oldest rows from there, else the latest ones up to the end."""
    venue, params = exchange.venue, call.params
    store = venue.market(one_symbol(venue, params)).recent.klines
    interval = parsing.required(params, "interval")
    if interval not in INTERVALS:
        raise VenueError(-1120, "Invalid interval.")
    start, end = _moment(params, "startTime"), _moment(params, "endTime")
    offset = time_zone(params)
    limit = parsing.limit_of(params, 500, MAX_ROWS)
    now_ms = venue.now_ms()
    until_ms = now_ms if end is None else end
    if start is None:
        return [public_answers.kline_row(each) for each in store.latest(interval, limit, until_ms, now_ms, offset)]
    since = itertools.takewhile(lambda each: each.open_ms <= until_ms, store.candles(interval, start, now_ms, offset))
    return [public_answers.kline_row(each) for each in itertools.islice(since, limit)]


def average_price(exchange: Exchange, call: Call) -> Any:
    venue = exchange.venue
    market = venue.market(one_symbol(venue, call.params))
    last = market.recent.last
    return {
        "mins": market.spec.average_price_minutes,
        "price": text8(market.prices.price(venue.now_ms())),
        "closeTime": last.time_ms if last else 0,
    }


def reference_price(exchange: Exchange, call: Call) -> Any:
    symbol, price = _referenced(exchange, call)
    return {"symbol": symbol, "referencePrice": text8(price), "timestamp": exchange.venue.now_ms()}


def reference_calculation(exchange: Exchange, call: Call) -> Any:
    """A reference price of this venue comes from its market file, so from outside the matching engine."""
    symbol, _ = _referenced(exchange, call)
    return {"symbol": symbol, "calculationType": "EXTERNAL", "externalCalculationId": 1}


def time_zone(params: Params) -> int:
    """`timeZone` as milliseconds from UTC. Raises VenueError -1105 empty, -1130 no zone from -12:00 to +14:00."""
    text = parsing.text_of(params, "timeZone")
    offset = 0 if text is None else zone_offset(text)
    if offset is None:
        raise not_valid("timeZone")
    return offset


def _referenced(exchange: Exchange, call: Call) -> tuple[str, int]:
    """Symbol and reference price. Raises VenueError -2043: it has none."""
    symbol = one_symbol(exchange.venue, call.params)
    price = exchange.venue.market(symbol).spec.reference_price
    if not price:
        raise VenueError(-2043, "This symbol doesn't have a reference price.")
    return symbol, price


def _moment(params: Params, name: str) -> int | None:
    """A moment in milliseconds, sent in those or in microseconds."""
    value = parsing.integer_of(params, name)
    return value // 1_000 if value is not None and value >= _MICROSECONDS_FROM else value


def _chosen(exchange: Exchange, params: Params) -> list[str]:
    """The symbols that exchangeInfo shows. `symbol` and `symbols` exclude each other and everything else that chooses (-1128)."""
    venue = exchange.venue
    by_name = {"symbol", "symbols"} & params.keys()
    if len(by_name) == 2 or (by_name and {"permissions", "symbolStatus"} & params.keys()):
        raise bad_combination()
    if "symbol" in by_name:
        return [one_symbol(venue, params)]
    listed = listed_symbols(venue, params)
    if listed is not None:
        return listed
    status, spot = wanted_status(params), _asks_for_spot(params)
    return [name for name in venue.symbols if spot and status in (None, venue.status(name))]


def _asks_for_spot(params: Params) -> bool:
    """Whether `permissions`, one or a list, names the only one that this venue's symbols have. Raises VenueError -1105, -1130."""
    asked = parsing.text_of(params, "permissions")
    if asked is None:
        return True
    names = list_of(params, "permissions") if asked.startswith("[") else [asked]
    if not names or not all(_PERMISSION.fullmatch(name) for name in names):
        raise not_valid("permissions")
    return "SPOT" in names


def _weight_of_depth(params: Params) -> int:
    text = params.get("limit", "100")
    limit = int(text) if text.isascii() and text.isdigit() and len(text) <= 20 else 100
    return 5 if limit <= 100 else 25 if limit <= 500 else 50 if limit <= 1_000 else 250


def _weight_of_rules(params: Params) -> int:
    named = asked_for(params)
    return min(2 * named, 40) if named else 40


_KLINE_PARAMS = frozenset({"symbol", "interval", "startTime", "endTime", "timeZone", "limit"})
PING = Endpoint(ping)
TIME = Endpoint(time)
EXCHANGE_INFO = Endpoint(exchange_info, weight=20, params=CHOICE | {"permissions", "showPermissionSets"})
EXECUTION_RULES = Endpoint(execution_rules, weight=_weight_of_rules, params=CHOICE)
DEPTH = Endpoint(depth, weight=_weight_of_depth, params=frozenset({"symbol", "limit", "symbolStatus"}))
TRADES = Endpoint(trades, weight=25, params=frozenset({"symbol", "limit"}))
HISTORICAL_TRADES = Endpoint(historical_trades, weight=25, params=frozenset({"symbol", "limit", "fromId"}))
BLOCK_TRADES = Endpoint(block_trades, weight=25, params=frozenset({"symbol", "limit", "fromId"}))
AGG_TRADES = Endpoint(agg_trades, weight=4, params=frozenset({"symbol", "fromId", "startTime", "endTime", "limit"}))
KLINES = Endpoint(klines, weight=2, params=_KLINE_PARAMS)
AVERAGE_PRICE = Endpoint(average_price, weight=2, params=_SYMBOL)
REFERENCE_PRICE = Endpoint(reference_price, weight=2, params=_SYMBOL)
REFERENCE_CALCULATION = Endpoint(reference_calculation, weight=2, params=frozenset({"symbol", "symbolStatus"}))

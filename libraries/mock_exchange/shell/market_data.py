"""Public questions: time, rules, books, trades, tickers, candles. The handlers behind REST and WebSocket API."""

from __future__ import annotations

from typing import Any

import msgspec

from ..core import parsing, responses
from ..core.amounts import text8
from ..core.errors import VenueError, invalid_symbol, not_valid
from ..core.reports import ZERO
from ..core.venue import Venue
from .api import Call, Endpoint, Exchange

_SYMBOLS = frozenset({"symbol", "symbols", "symbolStatus"})
_STATUSES = frozenset({"TRADING", "END_OF_DAY", "HALT", "BREAK", "CANCEL_ONLY"})
_list_of_text = msgspec.json.Decoder(list[str])


def ping(_exchange: Exchange, _call: Call) -> Any:
    return {}


def time(exchange: Exchange, _call: Call) -> Any:
    return {"serverTime": exchange.venue.now_ms()}


def exchange_info(exchange: Exchange, call: Call) -> Any:
    recorded = exchange.driver.exchange_info() if exchange.driver else None
    if recorded is not None:
        return recorded
    venue, params = exchange.venue, call.params
    wanted = _asked_symbols(venue, params)
    if wanted is not None and {"permissions", "symbolStatus"} & params.keys():
        raise VenueError(-1128, "Combination of optional parameters invalid.")
    status, spot = _status(params), _asks_for_spot(params)
    show_sets = parsing.boolean_of(params, "showPermissionSets", default=True)
    symbols = [
        responses.exchange_symbol(spec, show_permission_sets=show_sets)
        for name, spec in venue.symbols.items()
        if spot and (wanted is None or name in wanted) and status in (None, spec.status)
    ]
    limits = exchange.usage.described()
    return {"timezone": "UTC", "serverTime": venue.now_ms(), "rateLimits": limits, "exchangeFilters": [], "symbols": symbols}


def depth(exchange: Exchange, call: Call) -> Any:
    symbol = parsing.symbol_of(call.params, exchange.venue.symbols)
    limit = parsing.limit_of(call.params, 100, 5_000)
    recorded = exchange.driver.depth_snapshot(symbol) if exchange.driver else None
    if recorded is not None:
        return recorded
    update_id, bids, asks = exchange.venue.depth(symbol, limit)
    return {
        "lastUpdateId": update_id,
        "bids": [(text8(price), text8(quantity)) for price, quantity in bids],
        "asks": [(text8(price), text8(quantity)) for price, quantity in asks],
    }


def trades(exchange: Exchange, call: Call) -> Any:
    symbol = parsing.symbol_of(call.params, exchange.venue.symbols)
    limit = parsing.limit_of(call.params, 500, 1_000)
    return [
        {
            "id": trade.trade_id,
            "price": text8(trade.price),
            "qty": text8(trade.quantity),
            "quoteQty": text8(trade.quote_quantity),
            "time": trade.time_ms,
            "isBuyerMaker": trade.buyer_is_maker,
            "isBestMatch": True,
        }
        for trade in exchange.venue.recent_trades(symbol, limit)
    ]


def klines(exchange: Exchange, call: Call) -> Any:
    symbol = parsing.symbol_of(call.params, exchange.venue.symbols)
    interval = parsing.required(call.params, "interval")
    start, end = parsing.integer_of(call.params, "startTime"), parsing.integer_of(call.params, "endTime")
    assert exchange.streams is not None
    return exchange.streams.klines(symbol, interval, start, end, parsing.limit_of(call.params, 500, 1_000))


def book_ticker(exchange: Exchange, call: Call) -> Any:
    return _per_symbol(exchange.venue, call, _book_ticker)


def price_ticker(exchange: Exchange, call: Call) -> Any:
    return _per_symbol(exchange.venue, call, _price_ticker)


def _per_symbol(venue: Venue, call: Call, row: Any) -> Any:
    """An object for `symbol=`, a list for `symbols=` or none."""
    wanted = _asked_symbols(venue, call.params)
    status = _status(call.params)
    if "symbol" in call.params:
        return row(venue, call.params["symbol"])
    names = [name for name, spec in venue.symbols.items() if (wanted is None or name in wanted) and status in (None, spec.status)]
    return [row(venue, name) for name in names]


def _book_ticker(venue: Venue, symbol: str) -> dict[str, object]:
    bid, ask = venue.best(symbol)
    return {
        "symbol": symbol,
        "bidPrice": text8(bid[0]) if bid else ZERO,
        "bidQty": text8(bid[1]) if bid else ZERO,
        "askPrice": text8(ask[0]) if ask else ZERO,
        "askQty": text8(ask[1]) if ask else ZERO,
    }


def _price_ticker(venue: Venue, symbol: str) -> dict[str, object]:
    return {"symbol": symbol, "price": text8(venue.market(symbol).prices.last_price)}


def _asked_symbols(venue: Venue, params: dict[str, str]) -> list[str] | None:
    """The symbols of `symbol` or `symbols`; None = all. Raises VenueError -1121, -1100, -1128 (both), -1151 (one twice)."""
    if "symbol" in params and "symbols" in params:
        raise VenueError(-1128, "Combination of optional parameters invalid.")
    if "symbol" in params:
        return [parsing.symbol_of(params, venue.symbols)]
    if "symbols" not in params:
        return None
    names = _names(params, "symbols")
    if len(set(names)) != len(names):
        raise VenueError(-1151, "Symbol is present multiple times in the list.")
    if any(name not in venue.symbols for name in names):
        raise invalid_symbol()
    return names


def _names(params: dict[str, str], name: str) -> list[str]:
    try:
        return _list_of_text.decode(params[name])
    except msgspec.DecodeError:
        raise not_valid(name) from None


def _status(params: dict[str, str]) -> str | None:
    status = parsing.text_of(params, "symbolStatus")
    if status is not None and status not in _STATUSES:
        raise VenueError(-1122, "Invalid symbolStatus.")
    return status


def _asks_for_spot(params: dict[str, str]) -> bool:
    asked = parsing.text_of(params, "permissions")
    if asked is None:
        return True
    return "SPOT" in (_names(params, "permissions") if asked.startswith("[") else [asked])


def _weight_of_depth(params: dict[str, str]) -> int:
    text = params.get("limit", "100")
    limit = int(text) if text.isascii() and text.isdigit() else 100
    return 5 if limit <= 100 else 25 if limit <= 500 else 50 if limit <= 1_000 else 250


def _weight_of_ticker(params: dict[str, str]) -> int:
    return 2 if "symbol" in params else 4


PING = Endpoint(ping)
TIME = Endpoint(time)
EXCHANGE_INFO = Endpoint(exchange_info, weight=20, params=_SYMBOLS | {"permissions", "showPermissionSets"})
DEPTH = Endpoint(depth, weight=_weight_of_depth, params=frozenset({"symbol", "limit"}))
TRADES = Endpoint(trades, weight=25, params=frozenset({"symbol", "limit"}))
KLINES = Endpoint(klines, weight=2, params=frozenset({"symbol", "interval", "startTime", "endTime", "limit"}))
BOOK_TICKER = Endpoint(book_ticker, weight=_weight_of_ticker, params=_SYMBOLS)
PRICE_TICKER = Endpoint(price_ticker, weight=_weight_of_ticker, params=_SYMBOLS)

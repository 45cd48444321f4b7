"""Tickers: latest prices, best prices and the statistics of a day or of a window (binance-spot 1.4). Behind REST and WebSocket API."""

from __future__ import annotations

from typing import Any

from ..core import parsing, public_answers
from ..core.amounts import text8
from ..core.errors import VenueError, not_valid
from ..core.intervals import DAY_MS, window_length
from ..core.trade_history import TradeHistory
from ..core.window_statistics import WindowStatistics, rolling, trading_day
from .api import Call, Endpoint, Exchange
from .market_data import time_zone
from .symbol_choice import CHOICE, Params, asked_for, per_symbol

_NO_SESSION = frozenset({"BREAK", "HALT", "END_OF_DAY"})
_MAX_WINDOW_WEIGHT = 200


def day(exchange: Exchange, call: Call) -> Any:
    """The last 24 hours."""
    venue, mini = exchange.venue, _is_mini(call.params)

    def row(symbol: str) -> public_answers.Json:
        statistics = rolling(_history(exchange, symbol), DAY_MS, venue.now_ms())
        if mini:
            return public_answers.mini_ticker(symbol, statistics)
        return public_answers.day_ticker(symbol, statistics, venue.best(symbol))

    return per_symbol(venue, call.params, row)


def window(exchange: Exchange, call: Call) -> Any:
    """The last `windowSize`, which opens on a minute."""
    length = window_length(parsing.text_of(call.params, "windowSize") or "1d")
    if length is None:
        raise not_valid("windowSize")
    mini = _is_mini(call.params)

    def row(symbol: str) -> public_answers.Json:
        return _shown(symbol, rolling(_history(exchange, symbol), length, exchange.venue.now_ms()), mini=mini)

    return per_symbol(exchange.venue, call.params, row, all_if_none=False)


def trading_session(exchange: Exchange, call: Call) -> Any:
    """The day in `timeZone`. A symbol that is not trading and had no trade on it has none: -2016, or left out of a list."""
    offset, mini = time_zone(call.params), _is_mini(call.params)

    def row(symbol: str) -> public_answers.Json | None:
        statistics = trading_day(_history(exchange, symbol), offset, exchange.venue.now_ms())
        if not statistics.trades and exchange.venue.status(symbol) in _NO_SESSION:
            return None
        return _shown(symbol, statistics, mini=mini)

    answer = per_symbol(exchange.venue, call.params, row, all_if_none=False)
    if answer is None:
        raise VenueError(-2016, "No trading window could be found for the symbol. Try ticker/24hrs instead.")
    return [each for each in answer if each is not None] if isinstance(answer, list) else answer


def price(exchange: Exchange, call: Call) -> Any:
    def row(symbol: str) -> public_answers.Json:
        return {"symbol": symbol, "price": text8(exchange.venue.market(symbol).prices.last_price)}

    return per_symbol(exchange.venue, call.params, row)


def book(exchange: Exchange, call: Call) -> Any:
    def row(symbol: str) -> public_answers.Json:
        return {"symbol": symbol} | public_answers.best_prices(exchange.venue.best(symbol))

    return per_symbol(exchange.venue, call.params, row)


def _history(exchange: Exchange, symbol: str) -> TradeHistory:
    return exchange.venue.market(symbol).recent


def _shown(symbol: str, statistics: WindowStatistics, *, mini: bool) -> public_answers.Json:
    return public_answers.mini_ticker(symbol, statistics) if mini else public_answers.window_ticker(symbol, statistics)


def _is_mini(params: Params) -> bool:
    kind = parsing.text_of(params, "type") or "FULL"
    if kind not in ("FULL", "MINI"):
        raise VenueError(-1139, "Invalid ticker type.")
    return kind == "MINI"


def _weight_of_day(params: Params) -> int:
    named = asked_for(params)
    return 2 if 1 <= named <= 20 else 40 if 21 <= named <= 100 else 80


def _weight_of_window(params: Params) -> int:
    return min(4 * max(asked_for(params), 1), _MAX_WINDOW_WEIGHT)


def _weight_of_latest(params: Params) -> int:
    return 2 if "symbol" in params else 4


_STATISTICS = CHOICE | {"type"}
DAY = Endpoint(day, weight=_weight_of_day, params=_STATISTICS)
TRADING_DAY = Endpoint(trading_session, weight=_weight_of_window, params=_STATISTICS | {"timeZone"})
WINDOW = Endpoint(window, weight=_weight_of_window, params=_STATISTICS | {"windowSize"})
PRICE = Endpoint(price, weight=_weight_of_latest, params=CHOICE)
BOOK = Endpoint(book, weight=_weight_of_latest, params=CHOICE)

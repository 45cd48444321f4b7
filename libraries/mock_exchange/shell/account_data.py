"""Questions about an account itself: balances, rates, order counts, filters. The handlers behind REST and WebSocket API."""

from __future__ import annotations

from typing import Any

from ..core import parsing, responses
from ..core.shown_filters import asset_filters, exchange_filters, symbol_filters
from .api import Call, Endpoint, Exchange


def account(exchange: Exchange, call: Call) -> Any:
    omit_zero = parsing.boolean_of(call.params, "omitZeroBalances", default=False)
    venue = exchange.venue
    assets = sorted({asset for spec in venue.symbols.values() for asset in (spec.base, spec.quote)})
    can_trade = call.account not in exchange.keys.trading_disabled
    return responses.account(venue.account(call.account), venue.fees, assets, omit_zero=omit_zero, can_trade=can_trade)


def commission(exchange: Exchange, call: Call) -> Any:
    return responses.commission(parsing.symbol_of(call.params, exchange.venue.symbols), exchange.venue.fees)


def order_counts(exchange: Exchange, call: Call) -> Any:
    return exchange.usage.order_counts(call.account)


def my_filters(exchange: Exchange, call: Call) -> Any:
    spec, limits = parsing.spec_of(call.params, exchange.venue.symbols), exchange.venue.limits
    return {
        "exchangeFilters": exchange_filters(limits),
        "symbolFilters": symbol_filters(spec),
        "assetFilters": asset_filters(limits, spec),
    }


ACCOUNT = Endpoint(account, "USER_DATA", 20, frozenset({"omitZeroBalances"}))
COMMISSION = Endpoint(commission, "USER_DATA", 20, frozenset({"symbol"}))
ORDER_COUNTS = Endpoint(order_counts, "USER_DATA", 40)
MY_FILTERS = Endpoint(my_filters, "USER_DATA", 40, frozenset({"symbol"}))

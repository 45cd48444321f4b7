"""Courtesy answers outside the Spot API that public clients ask for while they start (binance-spot section 2, 6)."""

from __future__ import annotations

from typing import Any

from ..core.amounts import text8
from ..core.reports import ZERO
from .api import Call, Endpoint, Exchange
from .symbol_choice import one_symbol

_SIGNATURE = frozenset({"timestamp", "recvWindow", "signature"})
NETWORK = "LOOPBACK"
"""The one chain that every asset of this venue pretends to move on; nothing can be withdrawn."""


def system_status(_exchange: Exchange, _call: Call) -> Any:
    return {"status": 0, "msg": "normal"}


def trade_fee(exchange: Exchange, call: Call) -> Any:
    """Commission rates as fractions, of one symbol or of all."""
    venue = exchange.venue
    names = [one_symbol(venue, call.params)] if "symbol" in call.params else list(venue.symbols)
    rates = {"makerCommission": text8(venue.fees.maker), "takerCommission": text8(venue.fees.taker)}
    return [{"symbol": name} | rates for name in names]


def all_coins(exchange: Exchange, call: Call) -> Any:
    """Every asset that the venue trades, with what the account has of it."""
    specs = exchange.venue.symbols.values()
    assets = sorted({spec.base for spec in specs} | {spec.quote for spec in specs})
    balances = exchange.venue.account(call.account).balances()
    return [_coin(asset, *balances.get(asset, (0, 0))) for asset in assets]


def nothing(_exchange: Exchange, _call: Call) -> Any:
    """Margin pairs: this venue has none."""
    return []


def no_futures(exchange: Exchange, _call: Call) -> Any:
    return {"timezone": "UTC", "serverTime": exchange.venue.now_ms(), "rateLimits": [], "exchangeFilters": [], "assets": [], "symbols": []}


def _coin(asset: str, free: int, locked: int) -> dict[str, object]:
    return {
        "coin": asset,
        "depositAllEnable": False,
        "free": text8(free),
        "freeze": ZERO,
        "ipoable": ZERO,
        "ipoing": ZERO,
        "isLegalMoney": False,
        "locked": text8(locked),
        "name": asset,
        "networkList": [_network(asset)],
        "storage": ZERO,
        "trading": True,
        "withdrawAllEnable": False,
        "withdrawing": ZERO,
    }


def _network(asset: str) -> dict[str, object]:
    return {
        "coin": asset,
        "depositDesc": "This venue has no chain.",
        "depositEnable": False,
        "isDefault": True,
        "minConfirm": 1,
        "name": NETWORK,
        "network": NETWORK,
        "resetAddressStatus": False,
        "unLockConfirm": 0,
        "withdrawDesc": "This venue has no chain.",
        "withdrawEnable": False,
        "withdrawFee": ZERO,
        "withdrawIntegerMultiple": "0.00000001",
        "withdrawMax": ZERO,
        "withdrawMin": ZERO,
    }


SYSTEM_STATUS = Endpoint(system_status)
TRADE_FEE = Endpoint(trade_fee, security="USER_DATA", params=frozenset({"symbol"}))
ALL_COINS = Endpoint(all_coins, security="USER_DATA", weight=10)
MARGIN_PAIRS = Endpoint(nothing, params=_SIGNATURE | {"symbol"})
FUTURES = Endpoint(no_futures)

"""How ccxt is pointed at the venue: addresses and keys, nothing else. Used by the drivers of ccxt and of ccxt.pro.

One exception, of ccxt's own making: it picks its table of spot errors by the host name of the real venue, so that on a loopback
address `BadSymbol`, `OrderNotFound` and others would arrive as plain `ExchangeError`. `with_spot_errors` merges that table, which
ccxt ships, into the general one.
"""

from __future__ import annotations

from typing import Any

SPOT_ONLY = {"fetchMarkets": {"types": ["spot"]}, "fetchMargins": False, "fetchCurrencies": False}
"""ccxt's own options: load_markets asks exchangeInfo of the spot market and nothing else."""
_SWITCHES: dict[str, object] = {"True": True, "False": False}


def configuration(settings: dict[str, Any]) -> dict[str, Any]:
    """The dictionary for `ccxt.binance(...)`. `settings`: rest_url, stream_url, ws_api_url, api_key, api_secret, spot_only."""
    rest, streams = settings["rest_url"], settings["stream_url"]
    return {
        "apiKey": settings["api_key"],
        "secret": settings["api_secret"],
        "urls": {
            "api": {
                "public": f"{rest}/api/v3",
                "private": f"{rest}/api/v3",
                "v1": f"{rest}/api/v1",
                "sapi": f"{rest}/sapi/v1",
                "sapiV2": f"{rest}/sapi/v2",
                "sapiV3": f"{rest}/sapi/v3",
                "sapiV4": f"{rest}/sapi/v4",
                "fapiPublic": f"{rest}/fapi/v1",
                "dapiPublic": f"{rest}/dapi/v1",
                "ws": {"spot": f"{streams}/ws", "ws-api": {"spot": settings["ws_api_url"]}},
            }
        },
        "options": SPOT_ONLY if settings.get("spot_only", True) else {},
    }


def with_spot_errors(exchange: Any) -> Any:
    """`exchange`, with its own table of spot errors also for addresses that are not Binance's."""
    exchange.exceptions["exact"] = {**exchange.exceptions["exact"], **exchange.exceptions["spot"]["exact"]}
    return exchange


def shaped(arguments: list[Any], named: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    """What the venue, not ccxt, is to be told goes into ccxt's `params`; `since` and `limit` are ccxt's own."""
    own: dict[str, Any] = {name: int(named.pop(name)) for name in ("since", "limit") if name in named}
    params = {name: _SWITCHES.get(value, value) for name, value in named.items()}
    return arguments, {**own, "params": params} if params else own

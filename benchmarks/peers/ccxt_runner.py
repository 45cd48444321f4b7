"""ccxt's asyncio client: `create_order` over REST."""

from __future__ import annotations

import asyncio
from typing import Any

import ccxt.async_support as ccxt
from closed_loop import QUANTITY, RECV_WINDOW_MS, SIDES, measured, told

SYMBOL = "BTC/USDT"


def configuration(asked: dict[str, Any]) -> dict[str, Any]:
    """Addresses and keys, and the client's own throttle off: the venue's limits are raised for everybody."""
    base = asked["rest_url"]
    return {
        "apiKey": asked["api_key"],
        "secret": asked["api_secret"],
        "enableRateLimit": False,
        "urls": {"api": {"public": f"{base}/api/v3", "private": f"{base}/api/v3", "v1": f"{base}/api/v1", "sapi": f"{base}/sapi/v1"}},
        "options": {"fetchMarkets": {"types": ["spot"]}, "fetchMargins": False, "fetchCurrencies": False, "recvWindow": RECV_WINDOW_MS},
    }


async def main(asked: dict[str, Any]) -> None:
    client = ccxt.binance(configuration(asked))
    try:
        await client.load_markets()

        async def place(number: int) -> str:
            answer = await client.create_order(SYMBOL, "market", SIDES[number % 2].lower(), float(QUANTITY))
            return "FILLED" if answer["status"] == "closed" and answer["filled"] == float(QUANTITY) else str(answer["status"])

        await measured(place, asked)
    finally:
        await client.close()


if __name__ == "__main__":
    asyncio.run(main(told()))

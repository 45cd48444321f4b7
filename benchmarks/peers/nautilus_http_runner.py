"""NautilusTrader's Binance adapter: `BinanceSpotAccountHttpAPI.new_order` over its HTTP client (Rust), signing and decoding included.

Its own quotas are left out: the venue's limits are raised for everybody.
"""

from __future__ import annotations

import asyncio
from typing import Any

from closed_loop import QUANTITY, RECV_WINDOW_MS, SIDES, SYMBOL, measured, told
from nautilus_trader.adapters.binance.common.enums import BinanceNewOrderRespType, BinanceOrderSide, BinanceOrderType
from nautilus_trader.adapters.binance.http.client import BinanceHttpClient
from nautilus_trader.adapters.binance.spot.http.account import BinanceSpotAccountHttpAPI
from nautilus_trader.common.component import LiveClock


async def main(asked: dict[str, Any]) -> None:
    clock = LiveClock()
    client = BinanceHttpClient(clock=clock, api_key=asked["api_key"], api_secret=asked["api_secret"], base_url=asked["rest_url"])
    account = BinanceSpotAccountHttpAPI(client, clock)

    async def place(number: int) -> str:
        answer = await account.new_order(
            symbol=SYMBOL,
            side=BinanceOrderSide(SIDES[number % 2]),
            order_type=BinanceOrderType.MARKET,
            quantity=QUANTITY,
            new_order_resp_type=BinanceNewOrderRespType.FULL,
            recv_window=str(RECV_WINDOW_MS),
        )
        return str(answer.status.value)

    await measured(place, asked)


if __name__ == "__main__":
    asyncio.run(main(told()))

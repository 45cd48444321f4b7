"""python-binance's AsyncClient: `create_order` over REST (`surface` rest) or `ws_create_order` over the WebSocket API (`surface` ws)."""

from __future__ import annotations

import asyncio
from typing import Any

from binance import AsyncClient
from closed_loop import QUANTITY, RECV_WINDOW_MS, SIDES, SYMBOL, measured, told


async def main(asked: dict[str, Any]) -> None:
    client = AsyncClient(asked["api_key"], asked["api_secret"])
    client.API_URL = f"{asked['rest_url']}/api"
    client.ws_api._url = asked["ws_api_url"]
    create = client.ws_create_order if asked["surface"] == "ws" else client.create_order

    async def place(number: int) -> str:
        answer = await create(symbol=SYMBOL, side=SIDES[number % 2], type="MARKET", quantity=QUANTITY, recvWindow=RECV_WINDOW_MS)
        return str(answer["status"])

    try:
        await measured(place, asked)
    finally:
        await client.close_connection()


if __name__ == "__main__":
    asyncio.run(main(told()))

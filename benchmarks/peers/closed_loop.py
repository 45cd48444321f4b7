"""What every peer is driven by: a fixed number of orders in flight until all were answered. Standard library only.

On stdin one JSON object: `rest_url`, `ws_api_url`, `api_key`, `api_secret`, `surface`, `orders`, `windows` (how many in flight, one after
another), `warm_up` (orders before the first window that are not timed). On stdout one JSON object: `warmed`, the orders of the warm-up, and
`runs`, one for each window: `window`, `seconds`, `cpu_s` (of this process), `filled`. An order that is not FILLED ends it all.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

SYMBOL, QUANTITY = "BTCUSDT", "0.001"
RECV_WINDOW_MS = 60_000
"""A busy machine is not to make requests too old."""
SIDES = ("BUY", "SELL")
"""In turn: whoever bought sells again, so that no account runs out."""

Place = Callable[[int], Awaitable[str]]
"""Place the order of that number; the status in the answer."""


def told() -> dict[str, Any]:
    """What the benchmark asks for."""
    asked: dict[str, Any] = json.load(sys.stdin)
    return asked


async def measured(place: Place, asked: dict[str, Any]) -> None:
    """Warm up, then each window; prints the outcome."""
    await _run(place, asked["warm_up"], min(asked["windows"]))
    runs = [{"window": window, **await _run(place, asked["orders"], window)} for window in asked["windows"]]
    print(json.dumps({"warmed": asked["warm_up"], "runs": runs}), flush=True)


async def _run(place: Place, orders: int, window: int) -> dict[str, Any]:
    numbers = iter(range(orders))
    times: list[float] = []

    async def one_after_another() -> None:
        for number in numbers:
            begun = time.perf_counter()
            status = await place(number)
            assert status == "FILLED", f"order {number} is {status}, expected FILLED"
            times.append(time.perf_counter() - begun)

    begun, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(one_after_another() for _ in range(window)))
    seconds, cpu_s = time.perf_counter() - begun, time.process_time() - cpu
    return {"seconds": seconds, "cpu_s": cpu_s, "filled": len(times)}

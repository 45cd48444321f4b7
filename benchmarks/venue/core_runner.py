"""The venue's own order book on a flow file: `python -m benchmarks.venue.core_runner FLOW`. Prints what the peers' scripts print."""

from __future__ import annotations

import hashlib
import json
import sys
import time
from pathlib import Path

from libraries.mock_exchange.core.order_book import OrderBook, Resting, Side

_SIDES: tuple[Side, Side] = ("BUY", "SELL")


def play(book: OrderBook[None], commands: list[list[int]]) -> list[tuple[int, int, int]]:
    """(maker, price, quantity) of every fill, in order."""
    fills: list[tuple[int, int, int]] = []
    take, add, cancel = book.take, book.add, book.cancel
    for kind, number, side_number, price, quantity in commands:
        if kind:
            cancel(number)
            continue
        side = _SIDES[side_number]
        left = quantity
        for maker, taken in take(side, price, quantity):
            fills.append((maker.order_id, maker.price, taken))
            left -= taken
        if left:
            add(Resting(number, side, price, left, left, 0, "", None))
    return fills


def main(flow: Path) -> None:
    commands = json.loads(flow.read_bytes())
    book: OrderBook[None] = OrderBook()
    started = time.perf_counter()
    fills = play(book, commands)
    seconds = time.perf_counter() - started
    digest = hashlib.sha256(json.dumps(fills).encode()).hexdigest()[:16]
    print(json.dumps({"seconds": seconds, "fills": len(fills), "digest": digest}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))

"""order-matching on a flow file: `python order_matching_runner.py FLOW`. Its log is switched off: it would cost more than the matching."""

import hashlib
import json
import sys
import time
from datetime import datetime, timedelta

from loguru import logger
from order_matching.enums import Side
from order_matching.matching_engine import MatchingEngine
from order_matching.order import LimitOrder
from order_matching.orders import Orders


def main() -> None:
    logger.remove()
    with open(sys.argv[1], encoding="utf-8") as file:
        commands = json.load(file)
    engine, rows = MatchingEngine(seed=1), []
    now, step = datetime(2026, 1, 1), timedelta(milliseconds=1)
    started = time.perf_counter()
    for kind, number, side, price, quantity in commands:
        now += step
        if kind:
            engine.cancel_order(str(number))
            continue
        order = LimitOrder(
            side=Side.SELL if side else Side.BUY, price=price, size=quantity, timestamp=now, order_id=str(number), trader_id="x"
        )
        engine.place(Orders([order]))
        rows += engine.match(timestamp=now).trades
    seconds = time.perf_counter() - started
    fills = [[int(trade.book_order_id), int(trade.price), int(trade.size)] for trade in rows]
    print(json.dumps({"seconds": seconds, "fills": len(fills), "digest": hashlib.sha256(json.dumps(fills).encode()).hexdigest()[:16]}))


main()

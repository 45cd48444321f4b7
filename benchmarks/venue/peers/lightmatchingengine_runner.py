"""lightmatchingengine on a flow file: `python lightmatchingengine_runner.py FLOW`."""

import hashlib
import json
import sys
import time

from lightmatchingengine.lightmatchingengine import LightMatchingEngine, Side


def main() -> None:
    with open(sys.argv[1], encoding="utf-8") as file:
        commands = json.load(file)
    engine, fills = LightMatchingEngine(), []
    started = time.perf_counter()
    for kind, number, side, price, quantity in commands:
        if kind:
            engine.cancel_order(number, "X")
            continue
        order, trades = engine.add_order("X", price, quantity, Side.SELL if side else Side.BUY)
        # It tells the taker's side of each price first; the fills are the other orders' sides.
        fills += [[trade.order_id, trade.trade_price, trade.trade_qty] for trade in trades if trade.order_id != order.order_id]
    seconds = time.perf_counter() - started
    print(json.dumps({"seconds": seconds, "fills": len(fills), "digest": hashlib.sha256(json.dumps(fills).encode()).hexdigest()[:16]}))


main()

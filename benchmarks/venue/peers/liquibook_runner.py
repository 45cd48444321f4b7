"""liquibook (C++ behind SWIG) on a flow file: `python liquibook_runner.py FLOW`."""

import hashlib
import json
import sys
import time

import liquibook


class Fills(liquibook.OrderListener):
    def __init__(self) -> None:
        liquibook.OrderListener.__init__(self)
        self.rows = []

    def on_accept(self, order) -> None:
        pass

    def on_cancel(self, order) -> None:
        pass

    def on_fill(self, order, matched_order, fill_qty, fill_cost) -> None:
        self.rows.append((matched_order.order_id_, fill_qty, fill_cost))  # the "cost" is the price
        order.fill(fill_qty, fill_cost, 0)
        matched_order.fill(fill_qty, fill_cost, 0)


def main() -> None:
    with open(sys.argv[1], encoding="utf-8") as file:
        commands = json.load(file)
    book, listener = liquibook.DepthOrderBook(), Fills()
    book.set_order_listener(listener)
    book.set_symbol("X")
    orders, numbers = {}, {}
    started = time.perf_counter()
    for kind, number, side, price, quantity in commands:
        if kind:
            book.cancel(orders[number])
            continue
        order = orders[number] = liquibook.SimpleOrder(side == 0, price, quantity)
        numbers[order.order_id_] = number
        book.add(order)
    seconds = time.perf_counter() - started
    fills = [[numbers[maker], price, quantity] for maker, quantity, price in listener.rows]
    print(json.dumps({"seconds": seconds, "fills": len(fills), "digest": hashlib.sha256(json.dumps(fills).encode()).hexdigest()[:16]}))


main()

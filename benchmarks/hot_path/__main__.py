"""`python -m benchmarks.hot_path`: what one order costs the engine and the venue, from the signal to the durable fill."""

from __future__ import annotations

import argparse
import asyncio
import time

from benchmarks.hot_path.client import send
from benchmarks.hot_path.cost import Cost, counted
from benchmarks.hot_path.site import Site, site


def main() -> None:
    """Warm up, then count."""
    arguments = _arguments()
    with site(arguments.symbols) as running:
        _send(running, arguments.history, arguments.in_flight)
        began = time.monotonic()
        with counted(running.pids) as costs:
            taken = _send(running, arguments.orders, arguments.in_flight)
            _settled(running)
        elapsed = time.monotonic() - began
        taken.sort()
        print(f"{arguments.orders} orders, {arguments.in_flight} in flight, {arguments.symbols} symbols, {arguments.history} before")
        print(f"{arguments.orders / elapsed:,.0f} orders/s; answer p50 {taken[len(taken) // 2] * 1e3:.1f} ms, "
              f"p99 {taken[int(len(taken) * 0.99)] * 1e3:.1f} ms")  # fmt: skip
        for name, cost in costs.items():
            print(_line(name, cost, arguments.orders))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hot_path", description=__doc__)
    parser.add_argument("--orders", type=int, default=5_000, help="signals that are counted, one order each")
    parser.add_argument("--history", type=int, default=1_000, help="signals before them")
    parser.add_argument("--in-flight", type=int, default=64, help="signals that wait for their answer at a time")
    parser.add_argument("--symbols", type=int, default=1)
    return parser.parse_args()


def _send(running: Site, orders: int, in_flight: int) -> list[float]:
    client = running.engine.control.client
    return asyncio.run(send(client.base_url, client.token, running.symbols, orders, in_flight))


def _settled(running: Site) -> None:
    """Every order has ended, and that is durable."""
    running.engine.control.quiesce(60_000)
    running.engine.control.control("resume")


def _line(name: str, cost: Cost, orders: int) -> str:
    thousands = (
        f"{cost.instructions / orders / 1e3:,.0f} thousand instructions" if cost.instructions is not None else "instructions not counted"
    )
    return f"{name}: {cost.cpu_s / orders * 1e6:,.0f} us of processor per order, {thousands}; resident {cost.resident / 1e6:.0f} MB"


if __name__ == "__main__":
    main()

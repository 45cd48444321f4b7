"""What tests of orders ask of a bench, and the positions they begin with."""

from __future__ import annotations

from genesis.core.events import OrderNotFound
from genesis.core.facts import ErrorRecorded
from genesis.core.models import Order, Side
from tests.builders import limit_signal, signal
from tests.engine_pure.bench import Bench

RICH = {"USDT": 5000, "BTC": 10}  # HUNTER: LIMIT orders are unlocked
GRACE_MS = 1_500 + 0 + 1_000  # recvWindow + transit + read lag


def errors(bench: Bench) -> list[str]:
    return [fact.code for fact in bench.said(ErrorRecorded)]


def limbo(order: Order) -> tuple[str, str, str]:
    return order.state, order.pending, order.knowledge


def live(bench: Bench, order: Order) -> Order:
    return bench.state.orders[order.client_order_id]


def resting(bench: Bench) -> Order:
    return bench.order(limit_signal(Side.BUY, "1", "100"))


def not_found(bench: Bench, order: Order, after_ms: int) -> None:
    """The venue does not know the order `after_ms` later, by its clock and by the engine's."""
    bench.venue_ms += after_ms
    bench.mono_ns += after_ms * 1_000_000
    bench.do(OrderNotFound(client_order_id=order.client_order_id, venue_time_ms=bench.venue_ms))


def long_position(bench: Bench) -> None:
    order = bench.order(signal(Side.BUY, "0.5"))
    bench.fill(order, "0.5", "100.01")

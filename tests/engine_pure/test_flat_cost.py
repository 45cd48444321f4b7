"""An order costs the same after a hundred orders and after a hundred thousand, with one symbol and with a hundred.

Counted are operations of the interpreter, not seconds: a walk in Python over what history or the other symbols left would multiply them
on any machine. One inside a C function (`sorted`, `in`) is one operation and not seen here.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from itertools import cycle
from types import FrameType
from typing import Any

from msgspec.structs import replace

from benchmarks.hot_path.flow import Flow
from genesis.core.models import SignalOutcome
from genesis.core.state import State

ORDERS = 10
MOST = 1.1
"""A few operations more are lookups in deeper structures; a walk over a hundred things would be a multiple."""


def operations(work: Callable[[], object]) -> int:
    """How many operations the interpreter carries out in `work`."""
    number = 0

    def counted(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal number
        number += event == "opcode"
        return counted

    def entered(frame: FrameType, event: str, argument: Any) -> Any:
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        return counted

    before = sys.gettrace()
    sys.settrace(entered)
    try:
        work()
    finally:
        sys.settrace(before)
    return number


def remember(state: State, orders: int) -> None:
    """As many orders that have ended, with their signals and fills, as if they had come before everything else."""
    ended = [order for order in state.orders.values() if order.state.terminal and order.executed]
    for number, order in zip(range(orders), cycle(ended), strict=False):
        signal_id, name, (fill,) = f"h{number}", f"gformer-{number}", state.fills_of[order.client_order_id]
        state.signals[signal_id] = replace(state.signals[order.correlation_id], signal_id=signal_id)
        state.signal_outcomes[signal_id] = SignalOutcome(status="accepted", client_order_id=name)
        state.orders[name] = replace(order, client_order_id=name, correlation_id=signal_id)
        state.open.put(state.orders[name])
        state.index_intent(state.orders[name])
        state.index_fill((fill.venue, fill.symbol), replace(fill, client_order_id=name, trade_id=-1 - number))


def cost(flow: Flow) -> tuple[int, int]:
    """(of orders, of public trades with their books): operations, after the same few of each."""
    flow.trade(ORDERS)
    flow.hear(2 * flow.symbols)
    return operations(lambda: flow.trade(ORDERS)), operations(lambda: flow.hear(ORDERS))


def test_history_costs_nothing() -> None:
    costs = []
    for orders in (100, 100_000):
        flow = Flow(1)
        flow.hold_all()
        remember(flow.engine.state, orders)
        costs.append(cost(flow))
        assert len(flow.engine.state.orders) > orders
    assert min(costs[0]) > ORDERS, "nothing was counted"
    assert costs[1][0] <= MOST * costs[0][0]
    assert costs[1][1] <= MOST * costs[0][1]


def test_other_symbols_cost_nothing() -> None:
    costs = []
    for symbols in (1, 100):
        flow = Flow(symbols)
        flow.hold_all()
        assert sum(1 for position in flow.engine.state.positions.values() if position.stop_order_id or position.quantity) == symbols
        costs.append(cost(flow))
    assert min(costs[0]) > ORDERS, "nothing was counted"
    assert costs[1][0] <= MOST * costs[0][0]
    assert costs[1][1] <= MOST * costs[0][1]

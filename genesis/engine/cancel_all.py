"""Cancel many orders at once, and see it through: over lost answers, a venue that is away, and restarts (R22, R23, R34, kill switch).

Stops stay, and so do the orders that unwind a multi-leg trade: nothing here takes protection from a position. What it does is a
fact when it begins, when its time is over, and when every order has ended.
"""

from __future__ import annotations

from genesis.core.commands import Alert
from genesis.core.errors import TIMEOUT
from genesis.core.facts import CancelAllBegan, CancelAllEnded, CancelAllLate
from genesis.core.halts import CancelAll
from genesis.core.models import Order, Purpose, TradeState
from genesis.engine import legging, parents
from genesis.engine.desk import Desk, Retry
from genesis.engine.orders import cancel

ENTRIES = frozenset({Purpose.ENTRY, Purpose.LEG})
"""Orders that open risk."""
EVERYTHING = frozenset({Purpose.ENTRY, Purpose.LEG, Purpose.EXIT})
"""All but stops and the orders that unwind."""


def cancel_all(desk: Desk, run_id: str, reason: str, purposes: frozenset[Purpose] = EVERYTHING) -> tuple[Order, ...]:
    """Have every open order of these purposes cancelled, icebergs and TWAPs ended, and trades between their legs unwound; the orders.
    A run that is under way already is taken over. `progress` sees to the rest."""
    orders = tuple(order for order in desk.state.open.by_id.values() if order.purpose in purposes)
    until_ms = desk.now.wall_ms + desk.settings.emergency.cancel_limit_ms
    names = tuple(order.client_order_id for order in orders)
    desk.record(CancelAllBegan(run_id=run_id, reason=reason, orders=names, until_ms=until_ms, correlation_id=run_id))
    parents.abort_all(desk, reason)
    for trade_id in sorted(desk.memory.active_trades):
        if desk.state.multi_legs[trade_id].state is TradeState.LEGGING:
            legging.give_up(desk, trade_id, reason)
    for order in orders:
        if not order.state.terminal:
            cancel(desk, order, "operator")
    progress(desk)
    return orders


def progress(desk: Desk) -> None:
    """Go on with what is being cancelled; end what has ended."""
    for run in list(desk.state.cancelling.values()):
        _progress(desk, run)


def _progress(desk: Desk, run: CancelAll) -> None:
    remaining = [desk.state.orders[name] for name in run.orders if not desk.state.orders[name].state.terminal]
    if not remaining:
        desk.memory.cancel_retries.pop(run.run_id, None)
        desk.record(CancelAllEnded(run_id=run.run_id, at_ms=desk.now.wall_ms, correlation_id=run.run_id))
        return
    _ask_again(desk, run.run_id, remaining)
    if not run.late and desk.now.wall_ms >= run.until_ms:
        names = tuple(order.client_order_id for order in remaining)
        desk.record(CancelAllLate(run_id=run.run_id, remaining=names, at_ms=desk.now.wall_ms, correlation_id=run.run_id))
        text = f"{TIMEOUT}: {run.reason}: {len(names)} orders are not cancelled yet: {', '.join(names)}; it goes on"
        desk.send(Alert(severity="critical", text=text))


def _ask_again(desk: Desk, run_id: str, remaining: list[Order]) -> None:
    """What nobody asks of the venue any more, after a restart or too many refusals, is asked again, with growing pauses."""
    forgotten = [order for order in remaining if order.client_order_id not in desk.memory.cancel_wanted]
    retry = desk.memory.cancel_retries.setdefault(run_id, Retry())
    if not forgotten or desk.now.mono_ns < retry.not_before_ns:
        return
    retry.failed(desk.now.mono_ns)
    for order in forgotten:
        cancel(desk, order, "operator")

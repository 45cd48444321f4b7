"""The shutdown in good order (R29): sources stop, open orders are cancelled and confirmed, positions are kept with their stops at the
venue (R6) or closed, by policy; then the process leaves. At the deadline it leaves with what remains, and says so.
"""

from __future__ import annotations

from genesis.core.errors import EXIT_OK, EXIT_REMAINS, TIMEOUT
from genesis.core.events import StopRequested
from genesis.core.models import EngineState, Knowledge, Order, OrderType, PendingAction, TimeInForce, TradeState
from genesis.core.money import ZERO, text
from genesis.core.settings import PositionsOnShutdown
from genesis.engine import emergency, legging, parents
from genesis.engine.desk import Desk
from genesis.engine.engine_states import enter, leave
from genesis.engine.orders import cancel
from genesis.engine.state_machine import LEAVING


def on_stop(desk: Desk, event: StopRequested) -> None:
    """Begin to leave. A second request changes nothing here: who does not want to wait is the loop's business (CP-D4)."""
    if desk.state.engine_state in LEAVING:
        return
    if desk.state.engine_state is EngineState.STARTING:
        enter(desk, EngineState.RECONCILING, "started")
    enter(desk, EngineState.STOPPING, event.reason)
    desk.memory.stop_deadline_ns = desk.after_ms(desk.settings.timing.shutdown_ms)
    parents.abort_all(desk, "shutdown")
    if desk.settings.cancel_orders_on_shutdown:
        for order in [order for order in desk.state.open.by_id.values() if not order.rests_as_stop]:
            cancel(desk, order, "operator")
    legging.advance_all(desk)


def progress_stop(desk: Desk) -> None:
    """While STOPPING: leave as soon as nothing is under way any more, or at the deadline with what remains recorded."""
    if desk.state.engine_state is not EngineState.STOPPING:
        return
    assert desk.memory.stop_deadline_ns is not None
    overdue = desk.now.mono_ns >= desk.memory.stop_deadline_ns
    if overdue:
        emergency.end_with_shutdown(desk)
    elif _closes(desk):
        emergency.begin_with_shutdown(desk)  # a late fill opens a position again
    under_way, held = _under_way(desk), _held(desk)
    if under_way and not overdue:
        return
    if not under_way and not held:
        leave(desk, "shutdown complete", clean=True, code=EXIT_OK)
        return
    when = f"deadline of {desk.settings.timing.shutdown_ms} ms" if overdue else "end"
    desk.error(TIMEOUT, f"shutdown {when}: remaining {', '.join([*under_way, *held])}", "shutdown")
    leave(desk, "shutdown deadline" if overdue else "positions are left", clean=False, code=EXIT_REMAINS)


def _closes(desk: Desk) -> bool:
    return desk.settings.positions_on_shutdown is PositionsOnShutdown.CLOSE


def _under_way(desk: Desk) -> list[str]:
    """What the shutdown waits for, in words."""
    orders = [order for order in desk.state.open.by_id.values() if _keeps_us(desk, order)]
    states = {key: desk.state.multi_legs[key].state for key in sorted(desk.memory.active_trades)}
    trades = [key for key, state in states.items() if state is not TradeState.COMPLETE or _closes(desk)]
    run = desk.state.emergency
    closing = [f"emergency close {run.run_id}"] if run is not None and _closes(desk) else []
    return [*(f"order {order.client_order_id} {order.state}" for order in orders), *(f"trade {name}" for name in trades), *closing]


def _held(desk: Desk) -> list[str]:
    """Positions that should be closed and are not, in words."""
    positions = [position for position in desk.state.positions.values() if position.quantity != ZERO] if _closes(desk) else []
    return [f"position {position.venue}/{position.symbol} {text(position.quantity)}" for position in positions]


def _keeps_us(desk: Desk, order: Order) -> bool:
    """Whether the shutdown waits for an order: for all but settled stops, or, if the policy leaves resting ones, for the others."""
    settled = order.pending is PendingAction.NONE and order.knowledge is Knowledge.KNOWN
    if order.rests_as_stop:
        return not settled
    rests = order.order_type is OrderType.LIMIT_MAKER or order.time_in_force is TimeInForce.GTC
    return desk.settings.cancel_orders_on_shutdown or not (settled and rests)

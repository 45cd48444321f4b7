"""Emergency close (R34): every position leaves, the most urgent first, by LIMIT IOC at a collar, again and again until flat or until
its time is over; then it says what is left and why.

One run at a time; while it is under way entries are blocked. Everything else that is open is cancelled first, the stops of the
positions too, and an exit is sent only when no other order of its symbol is open: together they never reverse. Multi-leg trades
are unwound. What a run is, facts say: after a restart it goes on.
"""

from __future__ import annotations

from genesis.core.codec import to_plain
from genesis.core.commands import Alert, Reply
from genesis.core.errors import EMERGENCY_BUSY, HALTED, TIMEOUT
from genesis.core.events import OperatorAction
from genesis.core.facts import EmergencyCloseAttempted, EmergencyCloseBegan, EmergencyCloseEnded, OperatorActed
from genesis.core.halts import CloseStep, EmergencyRun, Halt, HaltKind, Left
from genesis.core.models import EngineState, OrderType, Position, TradeState
from genesis.core.money import ZERO, text
from genesis.core.portfolio import is_dust
from genesis.core.settings import PositionsOnShutdown
from genesis.core.shares import trade_holdings
from genesis.core.state import SymbolKey
from genesis.engine import halts, legging, resting_stops, tilt
from genesis.engine.booking import arm_stop, sweep_dust
from genesis.engine.cancel_all import EVERYTHING, cancel_all
from genesis.engine.desk import NS_PER_MS, Desk
from genesis.engine.executors.emergency_close import NOT_READY, UNDER_WAY, Exposure, close_order, plan
from genesis.engine.orders import cancel, intend, mint
from genesis.engine.valuation import rate

RULE, STRATEGY = "R34", "emergency-close"
PAUSING = "the pause between two attempts"
SHUTDOWN = "shutdown"
"""What the run of a shutdown is called, before its number."""
_DORMANT = frozenset({EngineState.STARTING, EngineState.STOPPED})
_STOPS_AGAIN_MS = 2_000
"""How much of a shutdown's time is kept for the stops of what could not be closed."""


def ask(desk: Desk, event: OperatorAction) -> None:
    """Begin a run, or say what one would do (`dry_run`); a second one is refused while the first is under way."""
    steps, trades = _plan(desk, sent=True), _trades(desk)
    if event.dry_run:
        desk.record(OperatorActed(action=event.action, detail=f"dry run: {event.detail}", correlation_id=RULE))
        cancelled = [order.client_order_id for order in desk.state.open.by_id.values() if order.purpose in EVERYTHING]
        body = {"dry_run": True, "plan": to_plain(steps), "trades": list(trades), "orders": cancelled}
        desk.send(Reply(reply_to=event.reply_to, status=200, body=body))
        return
    if desk.state.emergency is not None:
        message = f"expected no emergency close under way, {desk.state.emergency.run_id} is; GET /emergency shows it"
        desk.refuse(event, 409, message, EMERGENCY_BUSY)
        return
    run_id = f"{STRATEGY}-{desk.state.epoch}-{desk.now.wall_ms}"
    desk.record(OperatorActed(action=event.action, detail=event.detail, correlation_id=run_id))
    tilt.acted(desk, event.action)
    _begin(desk, run_id, event.detail, desk.now.wall_ms + desk.settings.emergency.close_limit_ms)
    orders = cancel_all(desk, run_id, f"emergency close {run_id} (R34)")
    body = {"run_id": run_id, "plan": to_plain(steps), "trades": list(trades), "orders": [order.client_order_id for order in orders]}
    desk.send(Reply(reply_to=event.reply_to, status=202, body=body))


def begin_with_shutdown(desk: Desk) -> None:
    """The engine leaves and is to be flat (R29): a run as any other, with the shutdown's own time. One that is under way already, or
    nothing to close, needs none."""
    assert desk.memory.stop_deadline_ns is not None, "only a shutdown closes so"
    reserve_ms = min(_STOPS_AGAIN_MS, desk.settings.timing.shutdown_ms // 4)
    left_ms = (desk.memory.stop_deadline_ns - desk.now.mono_ns) // NS_PER_MS - reserve_ms
    if left_ms <= 0 or desk.state.emergency is not None or not (_open_positions(desk) or _trades(desk)):
        return
    run_id = f"{SHUTDOWN}-{desk.state.epoch}-{desk.now.wall_ms}"
    _begin(desk, run_id, "the engine stops and closes what it holds", desk.now.wall_ms + left_ms)


def end_with_shutdown(desk: Desk) -> None:
    """The run of a shutdown lives no longer than its process."""
    run = desk.state.emergency
    if run is not None and run.run_id.startswith(f"{SHUTDOWN}-"):
        _end(desk, run, _left(desk), "its process has ended")


def _begin(desk: Desk, run_id: str, reason: str, until_ms: int) -> None:
    now_ms = desk.now.wall_ms
    halt = Halt(
        kind=HaltKind.EMERGENCY_CLOSE,
        rule=RULE,
        code=HALTED,
        limit="none under way",
        value=run_id,
        reason=f"an emergency close is under way: {reason} (R34)",
        began_ms=now_ms,
    )
    halts.begin(desk, halt)
    began = EmergencyCloseBegan(
        run_id=run_id,
        reason=reason,
        plan=_plan(desk, sent=True),
        trades=_trades(desk),
        collar=desk.settings.emergency.close_collar,
        until_ms=until_ms,
        at_ms=now_ms,
        correlation_id=run_id,
    )
    desk.record(began)


def advance(desk: Desk) -> None:
    """Take the next steps of the run that is under way, if there is one."""
    run = desk.state.emergency
    if run is None or _dormant(desk):
        return
    for trade_id in _trades(desk):
        legging.give_up(desk, trade_id, f"emergency close {run.run_id} (R34)")
    _sweep(desk)
    if not _open_positions(desk) and not desk.memory.active_trades:
        _end(desk, run, ())
    elif desk.now.wall_ms >= run.until_ms:
        _end(desk, run, _left(desk))
        resting_stops.maintain_all(desk)  # what stays is protected again, before a shutdown leaves
    else:
        _clear_the_way(desk)
        for step in _plan(desk):
            if step.quantity > ZERO:
                _attempt(desk, step)


def _dormant(desk: Desk) -> bool:
    """A run that an operator asked for waits for the next process, unless this one closes everything before it leaves."""
    keeps = desk.settings.positions_on_shutdown is PositionsOnShutdown.KEEP
    return desk.state.engine_state in _DORMANT or (keeps and desk.state.engine_state is EngineState.STOPPING)


def _trades(desk: Desk) -> tuple[str, ...]:
    """Multi-leg trades that are held or between their legs."""
    alive = (TradeState.LEGGING, TradeState.COMPLETE)
    return tuple(name for name in sorted(desk.memory.active_trades) if desk.state.multi_legs[name].state in alive)


def _open_positions(desk: Desk) -> list[Position]:
    return [position for position in desk.state.positions.values() if position.quantity != ZERO]


def _clear_the_way(desk: Desk) -> None:
    """Have what is open of a position's symbol cancelled, its stop too; what the run sent, and MARKET orders, end by themselves."""
    for position in _open_positions(desk):
        for order in desk.open_orders(position.venue, position.symbol):
            waits = order.strategy != STRATEGY and order.order_type is not OrderType.MARKET
            if waits and order.client_order_id not in desk.memory.cancel_wanted:
                cancel(desk, order, "operator")


def _sweep(desk: Desk) -> None:
    """What is too small for the venue is no position any more (domain "Inventory target")."""
    for position in _open_positions(desk):
        key = (position.venue, position.symbol)
        top = desk.fresh_top(*key)
        if top is None or desk.open_orders(*key):
            continue
        if is_dust(position.quantity, top.bid if position.quantity > ZERO else top.ask, desk.state.rules[key]):
            sweep_dust(desk, *key, position.symbol)
            arm_stop(desk, *key, position.symbol)


def _plan(desk: Desk, *, sent: bool = False) -> tuple[CloseStep, ...]:
    """What would leave now; with `sent` as if everything that is open were cancelled already."""
    exposures = [_exposure(desk, position, sent=sent) for position in _open_positions(desk)]
    return plan(exposures, desk.settings.emergency.close_collar)


def _exposure(desk: Desk, position: Position, *, sent: bool) -> Exposure:
    key = (position.venue, position.symbol)
    rules = desk.state.rules[key]
    asset = rules.base if position.quantity > ZERO else rules.quote
    locked = sum((order.reserved for order in desk.open_orders(*key) if order.reserved_asset == asset), ZERO) if sent else ZERO
    return Exposure(
        venue=position.venue,
        symbol=position.symbol,
        position=position.quantity,
        cost=position.cost,
        top=desk.fresh_top(*key),
        rules=rules,
        rate=rate(desk, position.venue, rules.quote) or ZERO,
        taker_fee=desk.taker_fee(position.venue),
        free=desk.free(position.venue, asset) + locked,
        hindrance=_hindrance(desk, key, sent=sent),
    )


def _hindrance(desk: Desk, key: SymbolKey, *, sent: bool) -> str:
    if not desk.venue_ready(key[0]):
        return NOT_READY
    if sent:
        return ""
    if desk.open_orders(*key):
        return UNDER_WAY
    return PAUSING if desk.now.mono_ns < desk.memory.close_not_before_ns.get(key, 0) else ""


def _attempt(desk: Desk, step: CloseStep) -> None:
    run = desk.state.emergency
    assert run is not None, step
    key = (step.venue, step.symbol)
    order = close_order(
        step,
        desk.state.rules[key],
        client_order_id=mint(desk),
        strategy=STRATEGY,
        run_id=run.run_id,
        now_ms=desk.now.wall_ms,
    )
    desk.memory.close_not_before_ns[key] = desk.after_ms(desk.settings.emergency.close_retry_ms)
    desk.record(
        EmergencyCloseAttempted(
            run_id=run.run_id,
            attempt=run.attempts + 1,
            step=step,
            client_order_id=order.client_order_id,
            correlation_id=run.run_id,
        )
    )
    intend(desk, order)


def _left(desk: Desk) -> tuple[Left, ...]:
    """What is not closed, each with the reason."""
    left = []
    for step in _plan(desk):
        filled_little = step.why_not in ("", PAUSING)
        why = f"not filled at {text(step.price)} or better" if filled_little else step.why_not
        left.append(Left(what=f"{step.venue}/{step.symbol}", quantity=step.position, why=why))
    for trade_id in sorted(desk.memory.active_trades):
        trade = desk.state.multi_legs[trade_id]
        held = sum((abs(leg.quantity) for leg in trade_holdings(desk.state, trade)), ZERO)
        left.append(Left(what=trade_id, quantity=held, why=f"the trade is {trade.state}"))
    return tuple(left)


def _end(desk: Desk, run: EmergencyRun, left: tuple[Left, ...], why: str = "its time is over") -> None:
    desk.memory.close_not_before_ns.clear()
    ended = EmergencyCloseEnded(run_id=run.run_id, left=left, attempts=run.attempts, at_ms=desk.now.wall_ms, correlation_id=run.run_id)
    desk.record(ended)
    halts.end(desk, HaltKind.EMERGENCY_CLOSE, "flat" if not left else why)
    if left:
        names = ", ".join(f"{one.what} {text(one.quantity)}: {one.why}" for one in left)
        desk.error(TIMEOUT, f"emergency close {run.run_id} ended with positions left: {names}", run.run_id)
    else:
        desk.send(Alert(severity="warning", text=f"emergency close {run.run_id}: flat after {run.attempts} orders"))

"""The engine's own life: boot, connections, the state that follows from them, and the operator (R30)."""

from __future__ import annotations

from genesis.core.commands import Alert, Reply, TryKey
from genesis.core.errors import (
    ADDRESS_FAILED,
    CIRCUIT_OPEN,
    CODES,
    DAMAGED,
    EXIT_VENUE,
    HALTED,
    NOT_ACCEPTING,
    ORDER_NOT_FOUND,
    RISK_LIMIT,
    VENUE_REFUSED_CREDENTIALS,
)
from genesis.core.events import (
    AddressChanged,
    CertificateRefused,
    CircuitChanged,
    ConnectionChanged,
    CredentialsRefused,
    EngineBooted,
    OperatorAction,
)
from genesis.core.facts import (
    ConditionChanged,
    EngineStarted,
    OperatorActed,
)
from genesis.core.models import (
    CircuitState,
    EngineState,
    Knowledge,
    OrderState,
    PendingAction,
    StrategyState,
)
from genesis.core.order_state_machine import PendingEvent
from genesis.engine import (
    day_loss,
    differences,
    emergency,
    kill_switch,
    ladder,
    legging,
    limits,
    override,
    parents,
    redundancy,
    reserve,
    tilt,
)
from genesis.engine.desk import ORDERS, Desk, circuit
from genesis.engine.engine_states import enter as enter_state
from genesis.engine.engine_states import leave
from genesis.engine.orders import cancel, change, distrust, look_at_deadlines, lose
from genesis.engine.standing import follow
from genesis.engine.state_machine import LEAVING, wanted
from genesis.engine.strategy_states import SWITCHED_OFF, enter, state_of
from genesis.engine.valuation import equity

MARKET = "market"
ADDRESS = "/address"
"""After a venue's name: the condition that names the address in use, if the venue has several."""
KEY = "/key"
"""After a venue's name: the condition that its key is. REFUSED, TRIED."""
_KEY_HELP = (
    "Nothing that needs the key is asked for any more: orders at the venue stay open, and no stop fires. Make the key valid again"
    " (not revoked, may read and trade spot, this machine's address allowed), then RESUME; or restart with another key"
)
_NOTHING_ASKED = (PendingAction.NONE, PendingAction.HOLD)
_CANCELS = ("CANCEL_ORDER", "CANCEL_ALL")
_EMERGENCIES = {
    "KILL": kill_switch.press,
    "RELEASE": kill_switch.release,
    "OVERRIDE": override.override,
    "EMERGENCY_CLOSE": emergency.ask,
    "ADOPT": differences.adopt,
    "GO_ON_ALONE": redundancy.go_on_alone,
}
_ACTIONS = ("PAUSE", "RESUME", "HALT", "QUIESCE", *_CANCELS, *_EMERGENCIES)


def on_booted(desk: Desk, event: EngineBooted, strategies: tuple[str, ...], on_bars: tuple[str, ...]) -> None:
    """A new process on the state of the journal: whatever was on its way is UNKNOWN until the venue has spoken (CP-O4..O8).
    `strategies` need no bars and run at once; those `on_bars` are the runtime's to start."""
    opened = [name for name, state in desk.state.conditions.items() if "/circuit/" in name and state != CircuitState.CLOSED]
    started = EngineStarted(
        epoch=event.epoch,
        version=event.version,
        config_digest=event.config_digest,
        test_hooks=event.test_hooks,
        previous=event.previous,
        correlation_id=f"epoch-{event.epoch}",
    )
    desk.record(started)
    for notice in event.notices:
        desk.error(DAMAGED, notice, f"epoch-{event.epoch}")
    limits.audit(desk)
    emergency.end_with_shutdown(desk)  # one that its process did not live to end
    for name in opened:  # nothing is known of the venue any more: it is asked anew
        condition(desk, name, CircuitState.CLOSED, "a new process begins with closed circuit breakers")
    for order in list(desk.state.open.by_id.values()):
        if order.pending not in _NOTHING_ASKED and order.knowledge is Knowledge.KNOWN:
            change(desk, order, order.state, PendingEvent.LOST, "proof", reason="restart")
    legging.on_restart(desk)
    parents.on_restart(desk)
    for name in strategies:
        _switch_on(desk, name)
    for name in [name for name in desk.state.strategies if name not in (*strategies, *on_bars)]:
        _switch_off(desk, name)
    settle(desk, "started")


def _switch_on(desk: Desk, name: str) -> None:
    if state_of(desk, name) is not StrategyState.RUNNING:
        enter(desk, name, StrategyState.STARTING, "switched on")
        enter(desk, name, StrategyState.RUNNING, "needs no bars")


def _switch_off(desk: Desk, name: str) -> None:
    if state_of(desk, name) is StrategyState.STOPPED:
        return
    if state_of(desk, name) is not StrategyState.STOPPING:
        enter(desk, name, StrategyState.STOPPING, SWITCHED_OFF)
    enter(desk, name, StrategyState.STOPPED, SWITCHED_OFF)


def on_connection(desk: Desk, event: ConnectionChanged) -> None:
    """A channel went up or down. Without its orders channel a venue must be read again before anything new leaves (X26)."""
    status, reconciling = desk.memory.venues[event.venue], desk.memory.reconciling[event.venue]
    condition(desk, f"{event.venue}/{event.channel}", "UP" if event.connected else "DOWN", event.reason)
    if event.channel == MARKET:
        status.market = event.connected
        if not event.connected:
            for symbol in desk.terms[event.venue].symbols:
                lose_book(desk, event.venue, symbol, "market channel down")
        return
    status.orders, status.reconciled = event.connected, False
    reconciling.due_ns = desk.now.mono_ns if event.connected else None
    reconciling.attempts, reconciling.last_differences = 0, ()
    if not event.connected:
        for order in list(desk.state.open.by_id.values()):
            on_its_way = order.state is not OrderState.PENDING and order.pending is not PendingAction.NONE
            if order.venue == event.venue and on_its_way and order.knowledge is Knowledge.KNOWN:
                lose(desk, order, "connection lost")


def on_credentials_refused(desk: Desk, event: CredentialsRefused) -> None:
    """Who we are is refused, whatever was asked (X35). What needs the key is asked for no more before an operator resumes."""
    status = desk.memory.venues[event.venue]
    if status.key_refused:
        return
    status.key_refused, status.reconciled = True, False
    condition(desk, f"{event.venue}{KEY}", "REFUSED", event.reason)
    desk.error(VENUE_REFUSED_CREDENTIALS, f"{event.venue} refuses the credentials: {event.reason.rstrip('.')}. {_KEY_HELP}", event.venue)
    _end_or_halt(desk, VENUE_REFUSED_CREDENTIALS)


def _try_keys(desk: Desk) -> None:
    """The operator says that refused keys are good again: each such venue is read before anything new leaves."""
    for venue, status in desk.memory.venues.items():
        if status.key_refused:
            status.key_refused = False
            condition(desk, f"{venue}{KEY}", "TRIED", "the operator has resumed")
            desk.memory.reconciling[venue].due_ns = desk.now.mono_ns
            desk.send(TryKey(venue=venue))


def on_certificate_refused(desk: Desk, event: CertificateRefused) -> None:
    """Who the venue is cannot be verified: nothing is said to whoever answers there."""
    _end_with_venue(desk, event.code, f"{event.venue}: {event.reason}", event.venue)


def _end_with_venue(desk: Desk, code: str, message: str, venue: str) -> None:
    if desk.memory.halted or desk.state.engine_state in LEAVING:
        return
    desk.error(code, message, venue)
    _end_or_halt(desk, code)


def _end_or_halt(desk: Desk, code: str) -> None:
    """Without a venue that knows us and that we know: a process that never began ends with exit code 5, a running one halts."""
    if desk.state.engine_state in LEAVING:
        return
    if desk.memory.began:
        desk.memory.halted = True
        return
    enter_state(desk, EngineState.STOPPING, CODES[code])
    leave(desk, CODES[code], clean=False, code=EXIT_VENUE)


def on_circuit(desk: Desk, event: CircuitChanged) -> None:
    """A circuit breaker changed (R24): on record, and the operator is told of what stops and of what goes on."""
    name = circuit(event.venue, event.service)
    condition(desk, name, event.state, event.reason)
    severity = "critical" if event.state is CircuitState.OPEN else "warning"
    desk.send(Alert(severity=severity, text=f"{CIRCUIT_OPEN}: {name} is {event.state}: {event.reason}"))
    if event.state is not CircuitState.OPEN and event.service == ORDERS:
        look_at_deadlines(desk)


def on_address(desk: Desk, event: AddressChanged) -> None:
    """All channels of a venue go by another address: on record, and told. What was on its way by the one before is unknown until the venue
    was read by this one, and nothing new leaves before (I29)."""
    condition(desk, f"{event.venue}{ADDRESS}", event.address, event.reason)
    if event.before:
        distrust(desk, event.venue)
        severity = "critical" if event.failed else "warning"
        change = f"{event.address} is used instead of {event.before}"
        desk.send(Alert(severity=severity, text=f"{ADDRESS_FAILED}: {event.venue}: {change}: {event.reason}"))


def condition(desk: Desk, name: str, state: str, detail: str) -> None:
    """Record a condition of the outside if it changed."""
    if desk.state.conditions.get(name) != state:
        desk.record(ConditionChanged(name=name, state=state, detail=detail, correlation_id=name))


def lose_book(desk: Desk, venue: str, symbol: str, reason: str) -> None:
    """Nothing trades on that book until it is whole again (R25, I25)."""
    if desk.lose(venue, symbol):
        condition(desk, f"{venue}/{symbol}/book", "DOWN", reason)


def settle(desk: Desk, reason: str) -> None:
    """Bring the engine into the state that circumstances ask for."""
    memory = desk.memory
    if desk.state.engine_state is EngineState.STARTING:
        enter_state(desk, EngineState.RECONCILING, reason)
    halted = memory.halted or ladder.halted(desk)
    after = wanted(desk.state.engine_state, desk.state.operator_mode, halted, reserve.needed(desk))
    if after is not desk.state.engine_state:
        enter_state(desk, after, reason)
    memory.began = memory.began or desk.state.engine_state is not EngineState.RECONCILING
    if desk.state.engine_state is EngineState.RUNNING and desk.state.tier is None:
        value = equity(desk)
        if value is not None:
            follow(desk, value)
            day_loss.look(desk)


def on_operator(desk: Desk, event: OperatorAction) -> None:
    """Do what the operator asks, and answer; PAUSE and HALT hold across restarts until RESUME.

    QUIESCE stops the order sources (signals, strategies) and nothing else: stops (R6), cancels, queries and trades
    that are under way go on. To see the engine still, quiesce the venue's market first.
    """
    if event.action not in _ACTIONS:
        desk.refuse(event, 400, f"action: expected one of {', '.join(_ACTIONS)}, got {event.action!r}")
    elif desk.state.engine_state in LEAVING and event.action != "QUIESCE":
        desk.refuse(event, 409, f"the engine is {desk.state.engine_state}", NOT_ACCEPTING)
    elif event.action in _EMERGENCIES:
        _EMERGENCIES[event.action](desk, event)
    elif event.action == "CANCEL_ORDER":
        _cancel_one(desk, event)
    elif event.action == "CANCEL_ALL":
        acted(desk, event, "")
        parents.abort_all(desk, "operator")
        orders = [order for order in desk.state.open.by_id.values() if not order.rests_as_stop]
        tilt.acted(desk, "CANCEL", tuple(orders))
        for order in orders:
            cancel(desk, order, "operator")
        desk.send(Reply(reply_to=event.reply_to, status=202, body={"orders": [order.client_order_id for order in orders]}))
    elif event.action == "RESUME" and ladder.why_not_resumed(desk):
        desk.refuse(event, 409, ladder.why_not_resumed(desk), HALTED)
    else:
        acted(desk, event, "")
        if event.action != "QUIESCE":  # which is an audit's
            tilt.acted(desk, event.action)
        if event.action == "RESUME":
            desk.memory.halted = False
            _try_keys(desk)
            ladder.resume(desk)
            desk.memory.live_opportunities.clear()  # what is still there is looked at anew
        settle(desk, f"operator: {event.action}")
        desk.send(Reply(reply_to=event.reply_to, status=200, body={"state": str(desk.state.engine_state)}))


def acted(desk: Desk, event: OperatorAction, detail: str) -> None:
    """Record what an operator did."""
    desk.record(OperatorActed(action=event.action, detail=detail, correlation_id=event.client_order_id or event.strategy or "operator"))


def _cancel_one(desk: Desk, event: OperatorAction) -> None:
    order = desk.state.orders.get(event.client_order_id)
    if order is None and desk.state.forgot(event.client_order_id):
        desk.refuse(event, 409, f"order {event.client_order_id} has ended already")
    elif order is None:
        desk.refuse(event, 404, f"expected the id of an order of this engine, got {event.client_order_id!r}", ORDER_NOT_FOUND)
    elif order.state.terminal:
        desk.refuse(event, 409, f"order {order.client_order_id} is {order.state} already")
    elif order.rests_as_stop:
        message = f"order {order.client_order_id} is the stop of {order.symbol} (R6): it goes with the position; send an EXIT to close that"
        desk.refuse(event, 409, message, RISK_LIMIT)
    else:
        acted(desk, event, order.client_order_id)
        tilt.acted(desk, "CANCEL", (order,))
        parents.abort_of(desk, order, "operator")
        cancel(desk, order, "operator")
        desk.send(Reply(reply_to=event.reply_to, status=202, body={"client_order_id": order.client_order_id}))

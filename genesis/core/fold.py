"""What each fact does to the state. One function per kind, one table; no decision is taken here (R27)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from genesis.core.day import Day, Rung
from genesis.core.facts import (
    AlertDelivered,
    AlertRaised,
    BalanceOpened,
    BalanceTransferred,
    CancelAllBegan,
    CancelAllEnded,
    CancelAllLate,
    ConcentrationChanged,
    ConditionChanged,
    ConflictLost,
    DayBegan,
    DayLossReached,
    EmergencyCloseAttempted,
    EmergencyCloseBegan,
    EmergencyCloseEnded,
    EngineStarted,
    EngineStateChanged,
    EngineStopped,
    ErrorRecorded,
    HaltBegan,
    HaltEnded,
    HistoryForgotten,
    LimitsChanged,
    MarketDataRejected,
    MultiLegChanged,
    OperatorActed,
    OpportunitySeen,
    OrderChanged,
    OrderFilled,
    OrderIntended,
    OverrideBegan,
    OverrideEnded,
    ParentChanged,
    Reconciled,
    RiskDenied,
    RulesLoaded,
    SignalReceived,
    SlippageExceeded,
    StopArmed,
    StopExecuted,
    StopFired,
    StrategyChanged,
    StrategyErred,
    TargetAdjusted,
    TierAssigned,
    TiltAnomaly,
    TiltChanged,
    TiltMeasured,
)
from genesis.core.forgetting import forget
from genesis.core.halts import CancelAll, EmergencyRun, HaltKind
from genesis.core.models import (
    ENTRY,
    Balance,
    EngineState,
    Fill,
    Knowledge,
    LimitRecord,
    MultiLegTrade,
    Order,
    OrderState,
    PendingAction,
    Position,
    PositionState,
    SignalOutcome,
    StrategyState,
    Tier,
    TradeState,
)
from genesis.core.money import ZERO
from genesis.core.portfolio import balance_changes, book, moved
from genesis.core.shares import close_trade, drop_dust, share_fill

if TYPE_CHECKING:
    from genesis.core.state import State, SymbolKey

OPPORTUNITIES_KEPT = 1_000
LIMIT_CHANGES_KEPT = 1_000

_ORDER_STATES = {state.value: state for state in OrderState}
_HOLD = PendingAction.HOLD
_PENDING_ACTIONS = {action.value: action for action in PendingAction}
_KNOWLEDGE = {knowledge.value: knowledge for knowledge in Knowledge}
_PENDING, _OPEN, _CLOSING, _CLOSED = PositionState.PENDING, PositionState.OPEN, PositionState.CLOSING, PositionState.CLOSED
"""Looked up for each change of an order: a call of the enumeration costs five times as much."""

LASTING_CONDITION = "/trades-before"
"""Conditions whose name ends so survive a restart: the last trade id of an account's life before its first start."""
LINEAGE = "/lineage"
"""So do these: under which instance the venue was last asked for orders that the journal does not know."""
HELD_UNTIL = "/held-until"
"""So do these: before this time (wall clock, ms) the venue wants no request."""
GOES_ALONE = "/goes-alone"
"""After a database's name: the condition that says who lets the engine go on without a standby of it, and why."""
_LASTING = (LASTING_CONDITION, LINEAGE, HELD_UNTIL, GOES_ALONE)


def _engine_started(state: State, fact: EngineStarted) -> None:
    state.epoch = fact.epoch
    state.engine_state = EngineState.STARTING
    state.quiesced = False
    state.reconciliations.clear()
    state.conditions = {name: value for name, value in state.conditions.items() if name.endswith(_LASTING)}


def _engine_state_changed(state: State, fact: EngineStateChanged) -> None:
    state.engine_state = EngineState(fact.after)


def _balance_opened(state: State, fact: BalanceOpened) -> None:
    key = (fact.venue, fact.asset)
    state.balances[key] = Balance(venue=fact.venue, asset=fact.asset, opening=fact.amount, total=fact.amount, target=fact.target)
    _beside_trading(state, key, fact.amount - fact.target)
    state.dirty.balances.add(key)


def _beside_trading(state: State, key: tuple[str, str], amount: Decimal) -> None:
    name = "/".join(key)
    if amount != ZERO:
        state.deposited[name] = state.deposited.get(name, ZERO) + amount


def _balance_transferred(state: State, fact: BalanceTransferred) -> None:
    key = (fact.venue, fact.asset)
    balance = state.balances[key]
    balance.total += fact.amount
    if fact.to_target:
        balance.target += fact.amount
    else:
        _beside_trading(state, key, fact.amount)
    state.dirty.balances.add(key)


def _target_adjusted(state: State, fact: TargetAdjusted) -> None:
    key = (fact.venue, fact.asset)
    state.balances[key].target += fact.amount
    state.dirty.balances.add(key)
    if fact.symbol:
        position = state.positions[(fact.venue, fact.symbol)]
        position.quantity -= fact.quantity
        position.cost -= fact.cost
        drop_dust(state, fact.venue, fact.symbol)
        _refresh_position(state, (fact.venue, fact.symbol))


def _rules_loaded(state: State, fact: RulesLoaded) -> None:
    for rules in fact.rules:
        state.rules[(rules.venue, rules.symbol)] = rules


def _tier_assigned(state: State, fact: TierAssigned) -> None:
    state.tier, state.tier_grace_until_ms = Tier(fact.after), fact.grace_until_ms


def _day_began(state: State, fact: DayBegan) -> None:
    state.day = Day(number=fact.day, value=fact.value, equity=fact.equity, override_until_ms=state.day.override_until_ms)


def _day_loss_reached(state: State, fact: DayLossReached) -> None:
    day = state.day
    day.reached = [*day.reached, Rung(fact.rung)]
    if fact.part > day.part:
        day.part, day.held = fact.part, day.held or dict(fact.held)


def _override_began(state: State, fact: OverrideBegan) -> None:
    state.day.overrides, state.day.override_until_ms = fact.number, fact.until_ms


def _override_ended(state: State, fact: OverrideEnded) -> None:
    state.day.override_until_ms = 0


def _signal_received(state: State, fact: SignalReceived) -> None:
    state.signals[fact.signal.signal_id] = fact.signal
    state.signal_outcomes[fact.signal.signal_id] = SignalOutcome()
    state.index_signal(fact.signal)


def _risk_denied(state: State, fact: RiskDenied) -> None:
    outcome = state.signal_outcomes[fact.signal_id]
    outcome.status, outcome.rule, outcome.code, outcome.message = "denied", fact.rule, fact.code, fact.message
    state.forget_denied(fact.signal_id, fact.rule)


def _opportunity_seen(state: State, fact: OpportunitySeen) -> None:
    state.opportunities.append(fact)
    if len(state.opportunities) > OPPORTUNITIES_KEPT:
        del state.opportunities[0]


def _order_intended(state: State, fact: OrderIntended) -> None:
    order = replace(fact.order)  # a copy: the fact stays as it was written
    state.orders[order.client_order_id] = order
    prefix, _, number = order.client_order_id.rpartition("-")
    state.prefixes.add(prefix)
    if int(number) >= state.next_order_number:
        state.next_order_number = int(number) + 1
    state.open.put(order)
    if fact.arrival is not None:
        state.arrivals[order.client_order_id] = fact.arrival
    state.dirty.orders.add(order.client_order_id)
    _lock(state, order.venue, order.reserved_asset, order.reserved)
    state.index_intent(order)
    outcome = state.signal_outcomes.get(fact.correlation_id)
    if outcome is not None and outcome.client_order_id is None:
        outcome.status, outcome.client_order_id = "accepted", order.client_order_id
    if order.multi_leg_id is None:
        _refresh_position(state, (order.venue, order.symbol))


def _order_changed(state: State, fact: OrderChanged) -> None:
    order = state.orders[fact.client_order_id]
    if fact.reserved != order.reserved:
        _lock(state, order.venue, order.reserved_asset, fact.reserved - order.reserved)
    order.state = _ORDER_STATES[fact.after]
    was_held, order.pending = order.pending is _HOLD, _PENDING_ACTIONS[fact.pending]
    order.knowledge = _KNOWLEDGE[fact.knowledge]
    order.venue_order_id = fact.venue_order_id
    order.executed = fact.executed
    order.cum_quote = fact.cum_quote
    order.reserved = fact.reserved
    order.reason = fact.reason
    order.updated_ms = fact.changed_ms
    state.dirty.orders.add(fact.client_order_id)
    if order.state.terminal:
        state.arrivals.pop(fact.client_order_id, None)
        state.open.put(order)
        if order.multi_leg_id is None:
            _release_stop(state, (order.venue, order.symbol), order.client_order_id)
    elif was_held or order.pending is _HOLD:
        state.open.note_hold(order)


def _order_filled(state: State, fact: OrderFilled) -> None:
    fill = fact.fill
    key = (fill.venue, fill.symbol)
    rules = state.rules[key]
    for asset, change in balance_changes(fill, rules.base, rules.quote):
        account = (fill.venue, asset)
        state.balances[account].total += change
        state.dirty.balances.add(account)
    state.index_fill(key, fill)
    state.dirty.fills.add((fill.venue, fill.symbol, fill.trade_id))
    order = state.orders[fill.client_order_id]
    if order.multi_leg_id is None:
        signed, amount = moved(fill, rules.base, rules.quote)
        _fill_position(state, key, fill, signed, amount)
        share_fill(state, order, fill, signed, amount)


def _fill_position(state: State, key: SymbolKey, fill: Fill, signed: Decimal, amount: Decimal) -> None:
    position = state.positions.get(key)
    if position is None:
        position = state.positions[key] = Position(venue=fill.venue, symbol=fill.symbol)
    before, realised, after = position.quantity, position.realised, book(position, signed, amount)
    position.quantity, position.cost, position.realised = after.quantity, after.cost, after.realised
    if after.realised < realised:
        state.last_loss_ms = max(state.last_loss_ms, fill.venue_time_ms)
    if after.quantity and (not before or (before > ZERO) is not (after.quantity > ZERO)):
        position.opened_ms = fill.venue_time_ms
    _refresh_position(state, key)


def _stop_armed(state: State, fact: StopArmed) -> None:
    state.positions[(fact.venue, fact.symbol)].stop_price = fact.stop_price
    state.dirty.positions.add((fact.venue, fact.symbol))


def _stop_fired(state: State, fact: StopFired) -> None:
    state.positions[(fact.venue, fact.symbol)].stop_order_id = fact.client_order_id
    _refresh_position(state, (fact.venue, fact.symbol))


def _multi_leg_changed(state: State, fact: MultiLegChanged) -> None:
    known = state.multi_legs.get(fact.multi_leg_id)
    state.multi_legs[fact.multi_leg_id] = MultiLegTrade(
        multi_leg_id=fact.multi_leg_id,
        kind=fact.opportunity,
        strategy=fact.strategy,
        state=TradeState(fact.after),
        legs=[replace(leg) for leg in fact.legs],
        expected_net=fact.expected_net,
        created_ms=known.created_ms if known is not None else fact.changed_ms,
        pnl=fact.pnl,
    )
    state.dirty.multi_legs.add(fact.multi_leg_id)
    close_trade(state, state.multi_legs[fact.multi_leg_id])


def _parent_changed(state: State, fact: ParentChanged) -> None:
    state.parents[fact.parent.parent_id] = fact.parent
    state.index_parent(fact.parent)


def _strategy_changed(state: State, fact: StrategyChanged) -> None:
    state.strategies[fact.strategy] = fact.after
    state.strategy_reasons[fact.strategy] = fact.reason
    if fact.after in (StrategyState.STARTING, StrategyState.STOPPED):
        state.strategy_errors.pop(fact.strategy, None)
    state.dirty.strategies.add(fact.strategy)


def _strategy_erred(state: State, fact: StrategyErred) -> None:
    state.strategy_errors[fact.strategy] = fact.errors


def _conflict_lost(state: State, fact: ConflictLost) -> None:
    outcome = state.signal_outcomes[fact.signal_id]
    outcome.status, outcome.rule, outcome.message = "overruled", "R36", fact.message


def _condition_changed(state: State, fact: ConditionChanged) -> None:
    state.conditions[fact.name] = fact.state


def _reconciled(state: State, fact: Reconciled) -> None:
    state.reconciliations[fact.venue] = fact.result


def _operator_acted(state: State, fact: OperatorActed) -> None:
    match fact.action:
        case "PAUSE" | "HALT":
            state.operator_mode = fact.action
        case "RESUME":
            state.operator_mode, state.quiesced = "RUN", False
        case "QUIESCE":
            state.quiesced = True


def _tilt_measured(state: State, fact: TiltMeasured) -> None:
    state.tilt.measured(fact)


def _tilt_anomaly(state: State, fact: TiltAnomaly) -> None:
    state.tilt.anomalous(fact)


def _tilt_changed(state: State, fact: TiltChanged) -> None:
    state.tilt.changed(fact)


def _halt_began(state: State, fact: HaltBegan) -> None:
    state.halts[fact.halt.kind] = fact.halt


def _halt_ended(state: State, fact: HaltEnded) -> None:
    del state.halts[HaltKind(fact.halt)]


def _cancel_all_began(state: State, fact: CancelAllBegan) -> None:
    state.cancelling[fact.run_id] = CancelAll(run_id=fact.run_id, reason=fact.reason, orders=fact.orders, until_ms=fact.until_ms)


def _cancel_all_late(state: State, fact: CancelAllLate) -> None:
    state.cancelling[fact.run_id] = replace(state.cancelling[fact.run_id], late=True)


def _cancel_all_ended(state: State, fact: CancelAllEnded) -> None:
    del state.cancelling[fact.run_id]


def _emergency_close_began(state: State, fact: EmergencyCloseBegan) -> None:
    symbols = tuple((step.venue, step.symbol) for step in fact.plan)
    state.emergency = EmergencyRun(run_id=fact.run_id, reason=fact.reason, began_ms=fact.at_ms, until_ms=fact.until_ms, symbols=symbols)


def _emergency_close_attempted(state: State, fact: EmergencyCloseAttempted) -> None:
    assert state.emergency is not None, fact.run_id
    state.emergency = replace(state.emergency, attempts=fact.attempt)


def _emergency_close_ended(state: State, fact: EmergencyCloseEnded) -> None:
    state.emergency, state.last_emergency = None, fact


def _limits_changed(state: State, fact: LimitsChanged) -> None:
    for change in fact.changes:
        if change.after:
            state.limits[change.key] = change.after
        else:
            state.limits.pop(change.key, None)
    if not fact.first:
        changed = [LimitRecord(epoch=state.epoch, key=change.key, before=change.before, after=change.after) for change in fact.changes]
        state.limit_changes = [*state.limit_changes, *changed][-LIMIT_CHANGES_KEPT:]


def _concentration_changed(state: State, fact: ConcentrationChanged) -> None:
    (state.concentrated.add if fact.above else state.concentrated.discard)(fact.symbol)


def _alert_raised(state: State, fact: AlertRaised) -> None:
    state.alerts[fact.alert_id] = fact


def _alert_delivered(state: State, fact: AlertDelivered) -> None:
    state.alerts.pop(fact.alert_id, None)  # two sinks may have it


def _nothing(state: State, fact: EngineStopped | ErrorRecorded | MarketDataRejected | SlippageExceeded) -> None:
    """A record for people and for the auditor; the state does not depend on it."""


def _lock(state: State, venue: str, asset: str, change: Any) -> None:
    if asset and change:
        key = (venue, asset)
        state.balances[key].locked += change
        state.dirty.balances.add(key)


def _release_stop(state: State, key: SymbolKey, client_order_id: str) -> None:
    position = state.positions.get(key)
    if position is not None and position.stop_order_id == client_order_id:
        position.stop_order_id = None
    _refresh_position(state, key)


def _refresh_position(state: State, key: SymbolKey) -> None:
    """PENDING: flat, an entry is on its way. OPEN. CLOSING: an order that reduces it is on its way. CLOSED: flat."""
    position = state.positions.get(key)
    if position is None:
        position = state.positions[key] = Position(venue=key[0], symbol=key[1])
    working = state.open.by_symbol.get(key)
    if position.quantity:
        closing = position.stop_order_id is not None or state.open.closes_any(key)
        position.state = _CLOSING if closing else _OPEN
    else:
        position.state = _PENDING if working and _any_enters(working) else _CLOSED
    state.dirty.positions.add(key)


def _any_enters(orders: dict[str, Order]) -> bool:
    for order in orders.values():  # noqa: SIM110 - at every fill and end of an order: a generator costs more than the few orders
        if order.purpose is ENTRY and order.multi_leg_id is None:
            return True
    return False


FOLDS: dict[type, Callable[[State, Any], None]] = {
    EngineStarted: _engine_started,
    EngineStateChanged: _engine_state_changed,
    EngineStopped: _nothing,
    BalanceOpened: _balance_opened,
    BalanceTransferred: _balance_transferred,
    TargetAdjusted: _target_adjusted,
    RulesLoaded: _rules_loaded,
    TierAssigned: _tier_assigned,
    SignalReceived: _signal_received,
    RiskDenied: _risk_denied,
    OpportunitySeen: _opportunity_seen,
    OrderIntended: _order_intended,
    OrderChanged: _order_changed,
    OrderFilled: _order_filled,
    StopArmed: _stop_armed,
    StopFired: _stop_fired,
    StopExecuted: _nothing,
    MultiLegChanged: _multi_leg_changed,
    ParentChanged: _parent_changed,
    StrategyErred: _strategy_erred,
    ConflictLost: _conflict_lost,
    StrategyChanged: _strategy_changed,
    ConditionChanged: _condition_changed,
    Reconciled: _reconciled,
    OperatorActed: _operator_acted,
    TiltMeasured: _tilt_measured,
    TiltAnomaly: _tilt_anomaly,
    TiltChanged: _tilt_changed,
    HaltBegan: _halt_began,
    HaltEnded: _halt_ended,
    CancelAllBegan: _cancel_all_began,
    CancelAllLate: _cancel_all_late,
    CancelAllEnded: _cancel_all_ended,
    EmergencyCloseBegan: _emergency_close_began,
    EmergencyCloseAttempted: _emergency_close_attempted,
    EmergencyCloseEnded: _emergency_close_ended,
    LimitsChanged: _limits_changed,
    ConcentrationChanged: _concentration_changed,
    SlippageExceeded: _nothing,
    DayBegan: _day_began,
    DayLossReached: _day_loss_reached,
    OverrideBegan: _override_began,
    OverrideEnded: _override_ended,
    HistoryForgotten: forget,
    AlertRaised: _alert_raised,
    AlertDelivered: _alert_delivered,
    ErrorRecorded: _nothing,
    MarketDataRejected: _nothing,
}

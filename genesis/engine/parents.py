"""Parents of slices: icebergs (R12) and TWAPs (R13). Each slice is an ordinary order under the parent's correlation id.

One slice at a time. An iceberg sends the next one when the last is filled; a TWAP every `twap_slice_ms`, at most its share of
what the public traded since the last one. Both end early when their slices cost too much slippage (R11), when cash is short,
or by the operator. What a parent is, facts say: a restart goes on with it.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from genesis.core.commands import Alert
from genesis.core.errors import RISK_LIMIT, TIER_VIOLATION
from genesis.core.facts import ParentChanged
from genesis.core.models import EngineState, Execution, Order, OrderType, ParentOrder, ParentState, Purpose, Side, Signal, SymbolRules, Tier
from genesis.core.money import ONE, ZERO, floor_to, text, truncate8
from genesis.core.portfolio import reserved_at_start
from genesis.core.settings import ExecutionSettings
from genesis.engine import reserve
from genesis.engine.desk import Desk
from genesis.engine.executors.limit import limit_order
from genesis.engine.executors.market import market_order
from genesis.engine.executors.slices import iceberg_sizes, twap_sizes
from genesis.engine.orders import intend, mint
from genesis.engine.risk_engine import Denial, RiskView
from genesis.engine.slippage import slippage

UNLOCKED = {Execution.ICEBERG: Tier.HUNTER, Execution.TWAP: Tier.STRATEGIST}
"""R12, R13: from which tier on."""
_RULE = {Execution.ICEBERG: "R12", Execution.TWAP: "R13"}


def refusal(settings: ExecutionSettings, signal: Signal, view: RiskView) -> Denial | None:
    """Why a signal may not be cut into slices (R12, R13)."""
    if signal.execution is Execution.PLAIN:
        return None
    rule, needed, tiers = _RULE[signal.execution], UNLOCKED[signal.execution], list(Tier)
    if tiers.index(view.tier) < tiers.index(needed):
        return Denial(rule, TIER_VIOLATION, needed, view.tier, f"{signal.execution} is unlocked by tier {needed}; the tier is {view.tier}")
    if signal.execution is Execution.ICEBERG and view.notional <= settings.iceberg_above:
        least, value = text(settings.iceberg_above), text(view.notional)
        return Denial(rule, RISK_LIMIT, least, value, f"an iceberg is for more than {least} USDT; this is {value}")
    shortest, longest = settings.twap_shortest_ms, settings.twap_longest_ms
    if signal.execution is Execution.TWAP and not shortest <= signal.duration_ms <= longest:
        message = f"a TWAP takes {shortest} to {longest} ms; got {signal.duration_ms}"
        return Denial(rule, RISK_LIMIT, f"{shortest} to {longest}", str(signal.duration_ms), message)
    return _too_small(signal, view, settings, rule)


def _too_small(signal: Signal, view: RiskView, settings: ExecutionSettings, rule: str) -> Denial | None:
    sizes = _sizes(signal, view.notional, view.rules, settings)
    least = min(sizes)
    if least >= view.rules.min_qty and least * view.price >= view.rules.min_notional:
        return None
    message = f"{len(sizes)} slices of {signal.symbol}: the smallest would be {text(least)}, less than the venue takes"
    return Denial(rule, RISK_LIMIT, text(view.rules.min_notional), text(least * view.price), message)


def _sizes(signal: Signal, notional: Decimal, rules: SymbolRules, settings: ExecutionSettings) -> tuple[Decimal, ...]:
    if signal.execution is Execution.ICEBERG:
        return iceberg_sizes(signal.signal_id, signal.quantity, notional, rules.step_size, settings)
    return twap_sizes(signal.quantity, signal.duration_ms, rules.step_size, settings)


def begin(desk: Desk, signal: Signal, rules: SymbolRules) -> ParentOrder:
    """Record the parent of an accepted signal, and send its first slice if it may go now."""
    top = desk.fresh_top(signal.venue, signal.symbol)
    assert top is not None, signal.signal_id
    arrival = signal.price or (top.ask if signal.side is Side.BUY else top.bid)
    parent = ParentOrder(
        parent_id=signal.signal_id,
        execution=signal.execution,
        strategy=signal.strategy,
        venue=signal.venue,
        symbol=signal.symbol,
        side=signal.side,
        quantity=signal.quantity,
        arrival_price=arrival,
        slices=_sizes(signal, truncate8(arrival * signal.quantity), rules, desk.settings.execution),
        created_ms=desk.now.wall_ms,
        ends_ms=desk.now.wall_ms + signal.duration_ms if signal.execution is Execution.TWAP else 0,
    )
    _record(desk, parent, "", {"arrival_price": text(arrival)})
    _mark_volume(desk, parent)
    advance(desk, parent)
    return desk.state.parents[parent.parent_id]


def on_restart(desk: Desk) -> None:
    """What the public trades counts for a TWAP from now on."""
    for parent in desk.state.working_parents.values():
        _mark_volume(desk, parent)


def advance_all(desk: Desk) -> None:
    """Look at every working parent: the next slice of a TWAP, a venue that came back, the end of its time."""
    for parent in list(desk.state.working_parents.values()):
        advance(desk, parent)


def on_slice_ended(desk: Desk, order: Order) -> None:
    """A slice reached its end: abort on slippage (R11) or a failure, else go on."""
    parent = desk.state.working_parents[order.correlation_id]
    if order.executed == ZERO:
        _end(desk, parent, ParentState.ABORTED, f"slice {order.client_order_id} is {order.state}: {order.reason}")
        return
    slipped = slippage(parent.side, *_executed(desk, parent), parent.arrival_price)
    if slipped > desk.settings.execution.slippage:
        _end(desk, parent, ParentState.ABORTED, f"slippage of {text(truncate8(slipped))} (R11)")
        return
    advance(desk, parent)


def _executed(desk: Desk, parent: ParentOrder) -> tuple[Decimal, Decimal]:
    orders = [desk.state.orders[key] for key in parent.orders]
    return sum((order.executed for order in orders), ZERO), sum((order.cum_quote for order in orders), ZERO)


def advance(desk: Desk, parent: ParentOrder) -> None:
    """Send the next slice if it is time, or end the parent."""
    if any(not desk.state.orders[key].state.terminal for key in parent.orders):
        return
    left = parent.quantity - sum((desk.state.orders[key].executed for key in parent.orders), ZERO)
    rules = desk.state.rules[(parent.venue, parent.symbol)]
    top = desk.fresh_top(parent.venue, parent.symbol)
    if left < max(rules.step_size, rules.min_qty) or left * parent.arrival_price < rules.min_notional:
        _end(desk, parent, ParentState.DONE, "executed" if left == ZERO else f"{text(left)} are too little for the venue")
    elif parent.ends_ms and desk.now.wall_ms >= parent.ends_ms:
        _end(desk, parent, ParentState.DONE, f"its time is over with {text(left)} not executed")
    elif top is not None and _may_go_on(desk, parent):
        price = top.ask if parent.side is Side.BUY else top.bid
        _next_slice(desk, parent, rules, left, price)


def _may_go_on(desk: Desk, parent: ParentOrder) -> bool:
    """A slice is an entry like any other: it waits for an order of its symbol whose outcome is unknown, here or at the venue that this one
    stands in for (I29)."""
    venue = parent.venue
    if reserve.refusal(desk, desk.state.rules[(venue, parent.symbol)]) is not None:
        return False
    running = desk.state.engine_state is EngineState.RUNNING and not desk.state.quiesced
    in_doubt = bool(desk.tally.unknown.get((venue, parent.symbol)))
    return running and desk.venue_ready(venue) and not desk.circuit_open(venue) and not in_doubt


def _next_slice(desk: Desk, parent: ParentOrder, rules: SymbolRules, left: Decimal, price: Decimal) -> None:
    limit = desk.state.signals[parent.parent_id].price
    beyond = slippage(parent.side, ONE, price, parent.arrival_price)
    if limit is None and beyond > desk.settings.execution.slippage:
        _end(desk, parent, ParentState.ABORTED, f"the next slice would slip by {text(truncate8(beyond))} (R11)")
        return
    quantity = min(left, parent.slices[len(parent.orders)]) if len(parent.orders) < len(parent.slices) else left
    inputs = {"price": text(price)}
    if parent.execution is Execution.TWAP:
        quantity, inputs["volume"] = _by_volume(desk, parent, rules, left)
    if quantity == ZERO or quantity < rules.min_qty or quantity * price < rules.min_notional:
        return  # not yet time, or too little traded so far
    need = reserved_at_start(parent.side, OrderType.MARKET, quantity, price, desk.settings.risk.market_order_collar)
    free = desk.free_of_stops(parent.venue, parent.symbol, rules.quote if parent.side is Side.BUY else rules.base)
    if need > free:
        _end(desk, parent, ParentState.ABORTED, f"the next slice needs {text(need)}, {text(free)} are free (R7)")
        return
    order = _order(desk, parent, rules, quantity, price)
    _record(desk, msgspec.structs.replace(parent, orders=(*parent.orders, order.client_order_id)), parent.state, inputs)
    _mark_volume(desk, parent)
    intend(desk, order)


def _by_volume(desk: Desk, parent: ParentOrder, rules: SymbolRules, left: Decimal) -> tuple[Decimal, str]:
    """(quantity of a TWAP's slice, what the public traded since the last one): what is due by now, at most its share of that,
    and one slice for each span of time."""
    settings = desk.settings.execution
    passed = (desk.now.wall_ms - parent.created_ms) // settings.twap_slice_ms
    due = sum(parent.slices[: passed + 1], ZERO) - (parent.quantity - left)
    key = (parent.venue, parent.symbol)
    volume = desk.memory.traded.get(key, ZERO) - desk.memory.traded_before.get(parent.parent_id, ZERO)
    most = min(max(due, ZERO), left, volume * settings.twap_participation) if len(parent.orders) <= passed else ZERO
    return (floor_to(most, rules.step_size) if rules.step_size > ZERO else most), text(volume)


def _order(desk: Desk, parent: ParentOrder, rules: SymbolRules, quantity: Decimal, price: Decimal) -> Order:
    signal = msgspec.structs.replace(desk.state.signals[parent.parent_id], quantity=quantity)
    if signal.order_type is not OrderType.MARKET:
        return limit_order(signal, rules, mint(desk), desk.now.wall_ms)
    return market_order(
        client_order_id=mint(desk),
        rules=rules,
        side=parent.side,
        quantity=quantity,
        taking_price=price,
        collar=desk.settings.risk.market_order_collar,
        purpose=Purpose.ENTRY,
        strategy=parent.strategy,
        correlation_id=parent.parent_id,
        now_ms=desk.now.wall_ms,
    )


def _mark_volume(desk: Desk, parent: ParentOrder) -> None:
    desk.memory.traded_before[parent.parent_id] = desk.memory.traded.get((parent.venue, parent.symbol), ZERO)


def abort_all(desk: Desk, reason: str) -> None:
    """No parent sends another slice; what of it is open is the caller's to cancel."""
    for parent in list(desk.state.working_parents.values()):
        _end(desk, parent, ParentState.ABORTED, reason)


def abort_of(desk: Desk, order: Order, reason: str) -> None:
    """The parent of an order that is about to be cancelled ends with it."""
    abort_one(desk, order.correlation_id, reason)


def abort_of_strategy(desk: Desk, strategy: str, reason: str) -> None:
    """A strategy that does not run any more has no slices sent."""
    for parent in list(desk.state.working_parents.values()):
        if parent.strategy == strategy:
            _end(desk, parent, ParentState.ABORTED, reason)


def abort_unserved(desk: Desk) -> None:
    """What is left of a parent at a venue that takes no entries any more, because its reserve does or because it is a reserve on standby,
    is not sent: its strategy may enter at the other venue meanwhile (I29)."""
    for parent in list(desk.state.working_parents.values()):
        other = reserve.takes_instead(desk, parent.venue)
        if other:
            _end(desk, parent, ParentState.ABORTED, f"{other} takes the entries, {parent.venue} does not")


def abort_one(desk: Desk, parent_id: str, reason: str) -> None:
    """End one parent if it still works."""
    if parent_id in desk.state.working_parents:
        _end(desk, desk.state.working_parents[parent_id], ParentState.ABORTED, reason)


def _end(desk: Desk, parent: ParentOrder, state: ParentState, reason: str) -> None:
    _record(desk, msgspec.structs.replace(parent, state=state, reason=reason), parent.state, {})
    desk.memory.traded_before.pop(parent.parent_id, None)
    if state is ParentState.ABORTED:
        desk.send(Alert(severity="warning", text=f"{parent.execution} {parent.parent_id} of {parent.symbol} aborted: {reason}"))


def _record(desk: Desk, parent: ParentOrder, before: str, inputs: dict[str, str]) -> None:
    desk.record(ParentChanged(parent=parent, before=before, inputs=inputs, correlation_id=parent.parent_id))

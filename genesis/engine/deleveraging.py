"""Deleveraging (R22): a rising part of every position is closed at market, of what was held when the first step was reached.

Driven by the state, not by the moment: what could not be closed (a venue away, a refusal, a restart) is closed later. Exits pass
the rules of every exit, so they never reverse.
"""

from __future__ import annotations

from decimal import Decimal

from genesis.core.models import OrderType, Position, Purpose, Side, Signal, SymbolRules
from genesis.core.money import ONE, ZERO, ceil_to, floor_to, text, truncate8
from genesis.engine import legging
from genesis.engine.desk import Desk, Retry
from genesis.engine.executors.stop import reducible
from genesis.engine.ladder import RULE
from genesis.engine.signals import decide
from genesis.engine.state_machine import PROTECTING


def deleverage(desk: Desk) -> None:
    """Close what is more than the part of each position that may be kept today; pairs leave whole with the last step. An override
    (R35) has it wait."""
    part, overridden = desk.state.day.part, desk.state.day.overridden(desk.now.wall_ms)
    if part == ZERO or overridden or desk.state.engine_state not in PROTECTING:
        return
    for position in [desk.state.positions[key] for key in sorted(desk.state.positions)]:
        if position.quantity != ZERO and desk.venue_ready(position.venue):
            _reduce(desk, position, part)
    if part == ONE:
        for trade_id in sorted(desk.memory.active_trades):
            legging.give_up(desk, trade_id, f"the day's loss ({RULE})")


def _reduce(desk: Desk, position: Position, part: Decimal) -> None:
    key = (position.venue, position.symbol)
    rules, top = desk.state.rules[key], desk.fresh_top(*key)
    retry = desk.memory.deleverage_retries.setdefault(key, Retry())
    if top is None or desk.now.mono_ns < retry.not_before_ns:
        return
    side = Side.SELL if position.quantity > ZERO else Side.BUY
    quantity = surplus(desk, position, part, rules)
    if quantity < rules.min_qty or quantity * (top.bid if side is Side.SELL else top.ask) < rules.min_notional:
        return
    retry.failed(desk.now.mono_ns)
    day = desk.state.day.number
    decide(
        desk,
        Signal(
            signal_id=f"deleverage-{day}-{position.symbol}-{desk.state.next_order_number}",
            source="risk",
            strategy=RULE,
            venue=position.venue,
            symbol=position.symbol,
            side=side,
            order_type=OrderType.MARKET,
            quantity=quantity,
            confidence=ONE,
            purpose=Purpose.EXIT,
            reason=f"{text(part)} of every position is closed: the day's loss ({RULE})",
        ),
    )


def surplus(desk: Desk, position: Position, part: Decimal, rules: SymbolRules) -> Decimal:
    """The quantity of one exit that leaves no more than may be kept: what open exits already close does not count twice."""
    began = abs(desk.state.day.held.get(f"{position.venue}/{position.symbol}", position.quantity))
    exits = [order for order in desk.open_orders(position.venue, position.symbol) if order.purpose is Purpose.EXIT]
    leaving = sum((order.quantity - order.executed for order in exits), ZERO)
    fee, kept = desk.taker_fee(position.venue), truncate8(began * (ONE - part))
    most = reducible(position.quantity, leaving, fee, rules.step_size)
    above = position.quantity - kept if position.quantity > ZERO else position.quantity + kept
    over = (above > ZERO) is (position.quantity > ZERO) and above != ZERO
    wanted = reducible(above, leaving, fee, rules.step_size) if over else ZERO
    quantity = min(most, wanted if rules.step_size == ZERO else ceil_to(wanted, rules.step_size))
    quantity = min(quantity, rules.max_qty) if rules.max_qty > ZERO else quantity
    return floor_to(quantity, rules.step_size) if rules.step_size > ZERO else quantity

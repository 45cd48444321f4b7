"""Protection: the stop of every position, from the moment of its first fill (R6). It fires once and never reverses."""

from __future__ import annotations

from decimal import Decimal

from genesis.core.errors import RISK_LIMIT
from genesis.core.facts import StopFired
from genesis.core.models import MultiLegTrade, Order, PendingAction, Position, Purpose, Side, SymbolRules, TopOfBook, TradeState
from genesis.core.money import ZERO, text
from genesis.core.portfolio import is_dust, stop_reached
from genesis.core.shares import trade_holdings
from genesis.engine import legging, parents
from genesis.engine.booking import arm_stop, sweep_dust
from genesis.engine.desk import Desk, Retry
from genesis.engine.executors.market import market_order
from genesis.engine.executors.stop import affordable_buy, exit_quantity
from genesis.engine.orders import cancel, intend, mint
from genesis.engine.pair_holdings import legs_held, pairs, stop_of
from genesis.engine.state_machine import PROTECTING

STRATEGY = "stop-loss"


def check(desk: Desk, venue: str, symbol: str) -> None:
    """Fire the stops that the book of a symbol has reached: of its position, and of every leg of a pair, which unwinds all legs."""
    top = desk.fresh_top(venue, symbol)
    if top is None or desk.state.engine_state not in PROTECTING or not desk.venue_ready(venue):
        return
    _check_position(desk, top)
    for trade in list(pairs(desk)):
        _check_pair(desk, trade, top)


def _check_pair(desk: Desk, trade: MultiLegTrade, top: TopOfBook) -> None:
    if trade.state is not TradeState.COMPLETE:
        return
    for leg in trade_holdings(desk.state, trade):
        stop = stop_of(desk, leg)
        trigger = stop_reached(leg.quantity, stop, top.bid, top.ask) if (leg.venue, leg.symbol) == (top.venue, top.symbol) else None
        if trigger is not None:
            legging.give_up(desk, trade.multi_leg_id, f"stop of {leg.symbol} at {text(stop)}: {text(trigger)} (R6)")
            return


def _check_position(desk: Desk, top: TopOfBook) -> None:
    """Fire the stop of one position if the book has reached it.

    Open exits of the symbol are cancelled first and waited for, so that together they never reverse; open entries are
    cancelled and not waited for. A stop that the venue did not take is tried again with growing pauses.
    """
    venue, symbol = top.venue, top.symbol
    position = desk.position(venue, symbol)
    if position is None or position.stop_price is None or position.stop_order_id is not None:
        return
    trigger = stop_reached(position.quantity, position.stop_price, top.bid, top.ask)
    retry = desk.memory.stop_retries.get((venue, symbol))
    if trigger is None or (retry is not None and desk.now.mono_ns < retry.not_before_ns):
        return
    exits_open = _clear_the_way(desk, venue, symbol)
    if not exits_open:
        _fire(desk, position, top, trigger)


def check_all(desk: Desk) -> None:
    """Look at every position and pair: after a reconnection, a resume, a pause between retries."""
    protected = {key for key, position in desk.state.positions.items() if position.stop_price is not None}
    for venue, symbol in sorted(protected | {(leg.venue, leg.symbol) for leg in legs_held(desk)}):
        check(desk, venue, symbol)


def _clear_the_way(desk: Desk, venue: str, symbol: str) -> bool:
    """Have every open order of the symbol cancelled; whether an exit is among them."""
    orders = desk.open_orders(venue, symbol)
    for order in orders:
        if order.pending is PendingAction.HOLD:
            parents.abort_of(desk, order, "the stop of its symbol is reached (R6)")
        cancel(desk, order, "send")
    return any(order.purpose.reduces and not order.state.terminal for order in orders)


def _fire(desk: Desk, position: Position, top: TopOfBook, trigger: Decimal) -> None:
    venue, symbol = position.venue, position.symbol
    rules, collar = desk.state.rules[(venue, symbol)], desk.settings.risk.market_order_collar
    side = Side.SELL if position.quantity > ZERO else Side.BUY
    cash = affordable_buy(desk.free(venue, rules.quote), top.ask, collar)
    affordable = desk.free(venue, rules.base) if side is Side.SELL else cash
    quantity = exit_quantity(position.quantity, rules, desk.taker_fee(venue), affordable)
    if quantity == ZERO or quantity * trigger < rules.min_notional:
        _cannot_fire(desk, position, rules, trigger, quantity)
        return
    assert position.stop_price is not None
    order = market_order(
        client_order_id=mint(desk),
        rules=rules,
        side=side,
        quantity=quantity,
        taking_price=trigger,
        collar=collar,
        purpose=Purpose.STOP,
        strategy=STRATEGY,
        correlation_id=f"{STRATEGY}-{desk.state.next_order_number}",
        now_ms=desk.now.wall_ms,
    )
    desk.record(
        StopFired(
            venue=venue,
            symbol=symbol,
            stop_price=position.stop_price,
            trigger_price=trigger,
            quantity=quantity,
            client_order_id=order.client_order_id,
            correlation_id=order.correlation_id,
        )
    )
    intend(desk, order)


def _cannot_fire(desk: Desk, position: Position, rules: SymbolRules, trigger: Decimal, quantity: Decimal) -> None:
    """What the venue would not take any more is dust; what the inventory does not allow is an error, tried again later."""
    if is_dust(position.quantity, trigger, rules):
        sweep_dust(desk, rules.venue, rules.symbol, rules.symbol)
        arm_stop(desk, rules.venue, rules.symbol, rules.symbol)
        return
    _pause(desk, rules.venue, rules.symbol)
    detail = f"stop of {rules.symbol}: expected to exit {text(position.quantity)}, the inventory allows {text(quantity)}"
    desk.error(RISK_LIMIT, detail, rules.symbol)


def on_stop_ended(desk: Desk, order: Order) -> None:
    """A stop's order ended: what it left is protected again, at once if it executed anything, else after a pause."""
    if order.executed > ZERO:
        desk.memory.stop_retries.pop((order.venue, order.symbol), None)
    else:
        _pause(desk, order.venue, order.symbol)


def _pause(desk: Desk, venue: str, symbol: str) -> None:
    retry = desk.memory.stop_retries.setdefault((venue, symbol), Retry())
    retry.failed(desk.now.mono_ns)

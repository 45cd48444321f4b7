"""Stops that rest at the venue (R6): STOP_LOSS_LIMIT orders that protect while this engine, its database or its line is down.

Each position has at most one: of what no other order is about to close. Whatever closes is held until the stop in its way is
cancelled (`orders.intend`), so that together they never reverse; where the stop was faster (X22) what was held does not leave. A stop
that is not what its position wants is cancelled, and the right one follows. Beside all this the engine's own stop watches the book
(`protection`): the venue looks at trades only.
"""

from __future__ import annotations

from decimal import Decimal

from genesis.core.commands import Alert
from genesis.core.facts import StopExecuted
from genesis.core.models import EngineState, Order, OrderType, PendingAction, Purpose, Side
from genesis.core.money import ZERO, text, truncate8
from genesis.core.order_state_machine import OrderEvent
from genesis.core.portfolio import reserved_at_start
from genesis.core.state import SymbolKey
from genesis.engine import parents, rate_limits
from genesis.engine.closing import closable, closing, remaining
from genesis.engine.desk import Desk, Retry
from genesis.engine.executors.stop import RestingStop, resting_stop, stop_order
from genesis.engine.orders import advance, cancel, intend, mint, release
from genesis.engine.protection import STRATEGY
from genesis.engine.state_machine import PROTECTING

_MAINTAINING = PROTECTING | {EngineState.STOPPING}


def maintain_all(desk: Desk) -> None:
    """Bring the stops of every position to what it wants: after a reconnection, a pause between retries, an emergency close."""
    positions = {key for key, position in desk.state.positions.items() if position.stop_price is not None}
    for key in sorted(positions | {key for key, orders in desk.state.open.by_symbol.items() if orders}):
        maintain(desk, *key)


def about_to_place(desk: Desk) -> list[SymbolKey]:
    """Where a stop is placed by the next look: it is wanted, nothing is in its way, and nobody has looked since."""
    if desk.state.engine_state not in _MAINTAINING or desk.state.emergency is not None:
        return []
    bare = [key for key in desk.state.positions if not desk.resting_stops(*key)]
    return [key for key in bare if _wanted(desk, key, []) is not None and _may_place(desk, key)]


def maintain(desk: Desk, venue: str, symbol: str) -> None:
    """Take the next step towards the stop that a position wants: cancel one that is not it, let go what was held, place the right one.

    An emergency close (R34) clears the way itself.
    """
    if desk.state.engine_state not in _MAINTAINING or desk.state.emergency is not None:
        return
    stops = desk.resting_stops(venue, symbol)
    if not stops:
        _let_go(desk, (venue, symbol))
    wanted = _wanted(desk, (venue, symbol), stops)
    if stops:
        for stop in stops:
            if _is_wrong(stop, wanted) or stop is not stops[0]:
                cancel(desk, stop, "send")
    elif wanted is not None and _may_place(desk, (venue, symbol)):
        _place(desk, (venue, symbol), wanted)


def _wanted(desk: Desk, key: SymbolKey, stops: list[Order]) -> RestingStop | None:
    """What rests, or should rest, at the venue: the position, less what other orders close already."""
    position = desk.position(*key)
    if not desk.settings.protection.rest_at_venue or position is None or position.stop_price is None:
        return None
    rules, closing = desk.state.rules[key], Side.SELL if position.quantity > ZERO else Side.BUY
    asset = rules.base if closing is Side.SELL else rules.quote
    return resting_stop(
        position.quantity,
        position.stop_price,
        rules,
        leaving=remaining(desk.state.open.moving(key, closing)),
        taker_fee=desk.taker_fee(key[0]),
        free=desk.free(key[0], asset) + sum((stop.reserved for stop in stops if stop.reserved_asset == asset), ZERO),
        collar=desk.settings.protection.limit_collar,
    )


def _is_wrong(stop: Order, wanted: RestingStop | None) -> bool:
    """One that is executing is right as long as it closes no more than there is."""
    if wanted is None or stop.side is not wanted.side:
        return True
    if stop.executed > ZERO:
        return stop.quantity - stop.executed > wanted.quantity
    return (stop.quantity, stop.stop_price) != (wanted.quantity, wanted.stop_price)


def _may_place(desk: Desk, key: SymbolKey) -> bool:
    retry = desk.memory.resting_retries.get(key)
    paused = retry is not None and desk.now.mono_ns < retry.not_before_ns
    if paused or not desk.venue_ready(key[0]) or desk.circuit_open(key[0]) or desk.state.rules[key].status != "TRADING":
        return False
    return rate_limits.refusal(desk, key[0], Purpose.STOP) is None


def _place(desk: Desk, key: SymbolKey, wanted: RestingStop) -> None:
    order = stop_order(
        wanted,
        desk.state.rules[key],
        client_order_id=mint(desk),
        strategy=STRATEGY,
        correlation_id=f"{STRATEGY}-{desk.state.next_order_number}",
        now_ms=desk.now.wall_ms,
    )
    intend(desk, order)


# -- what was held


def _let_go(desk: Desk, key: SymbolKey) -> None:
    for order in desk.state.open.held(key):
        why_not = _why_not(desk, order)
        if why_not:
            _drop(desk, order, why_not)
        else:
            release(desk, order, _reserves(desk, order))


def _why_not(desk: Desk, order: Order) -> str:
    """Why a held order may not leave after all: what it was to close is closed, or what it needs is gone."""
    rules = desk.state.rules[(order.venue, order.symbol)]
    if order.purpose is Purpose.EXIT:
        most = closable(desk, rules, order.side, [one for one in closing(desk, rules) if one.pending is not PendingAction.HOLD])
        if order.quantity > most:
            return f"its stop was faster: expected at most {text(most)} to close, got {text(order.quantity)} (R6)"
    needs, free = _reserves(desk, order), desk.free(order.venue, order.reserved_asset)
    return f"needs {text(needs)} {order.reserved_asset}, {text(free)} are free (R7)" if needs > free else ""


def _reserves(desk: Desk, order: Order) -> Decimal:
    top = desk.memory.tops.get((order.venue, order.symbol))
    taking = top.ask if top is not None else desk.state.last_fill_price[(order.venue, order.symbol)]
    price = taking if order.order_type is OrderType.MARKET or order.price is None else order.price
    return reserved_at_start(order.side, order.order_type, order.quantity, price, desk.settings.risk.market_order_collar)


def _drop(desk: Desk, order: Order, reason: str) -> None:
    advance(desk, order, OrderEvent.NOT_SENT, "send", reason)
    if order.correlation_id in desk.state.working_parents:
        parents.on_slice_ended(desk, order)


# -- what became of a stop


def on_ended(desk: Desk, order: Order) -> None:
    """A resting stop ended. What it executed is told, and entries that were held behind it are judged by what is gone: they do not
    leave. One that the venue did not take is tried again after a growing pause; the engine's own stop protects meanwhile."""
    key = (order.venue, order.symbol)
    if order.executed > ZERO:
        desk.memory.resting_retries.pop(key, None)
        _tell(desk, order)
        for held in [one for one in desk.state.open.held(key) if one.purpose is Purpose.ENTRY]:
            _drop(desk, held, "the stop of the position it was judged by has executed (R6)")
    elif order.venue_order_id is None:
        desk.memory.resting_retries.setdefault(key, Retry()).failed(desk.now.mono_ns)
    else:
        desk.trace("CP-C2")
        desk.memory.resting_retries.pop(key, None)


def _tell(desk: Desk, order: Order) -> None:
    assert order.stop_price is not None, order.client_order_id
    average = truncate8(order.cum_quote / order.executed)
    desk.record(
        StopExecuted(
            venue=order.venue,
            symbol=order.symbol,
            stop_price=order.stop_price,
            quantity=order.executed,
            average=average,
            client_order_id=order.client_order_id,
            correlation_id=order.correlation_id,
        )
    )
    sold = "sold" if order.side is Side.SELL else "bought back"
    told = f"the stop of {order.symbol} at {text(order.stop_price)} executed at {order.venue}"
    desk.send(Alert(severity="warning", text=f"{told}: {text(order.executed)} {sold} at {text(average)} (R6)"))

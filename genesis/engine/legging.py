"""A multi-leg trade from its first leg to CLOSED (domain "Multi-leg trade"): arbitrage, and pairs (R19).

LEGGING: direct legs and those of a pair leave together; triangular ones one after another, each sized by what the one before it
delivered. A leg that failed or was filled in part, a time limit, and of arbitrage what is held on the way (R16), a restart, or an
engine that is not RUNNING any more lead to UNWINDING: MARKET orders undo what is left over. COMPLETE: arbitrage is CLOSED at once,
a pair is held until its strategy leaves, a stop is reached (R6) or a higher priority wins (R36). CLOSED carries the profit;
residuals move the inventory target.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

import msgspec

from genesis.analytics.market_analyzer import DIRECT
from genesis.core.errors import RISK_LIMIT
from genesis.core.facts import TargetAdjusted
from genesis.core.models import PAIR, EngineState, Fill, Leg, MultiLegTrade, Order, Purpose, Side, TradeState
from genesis.core.money import ZERO, floor_to, text, truncate8
from genesis.core.shares import trade_holdings
from genesis.core.state import SymbolKey
from genesis.engine.desk import Desk, Retry
from genesis.engine.executors.multi_leg import deltas, imbalance, last_prices, next_quantity, profit, unwinding
from genesis.engine.executors.stop import affordable_buy
from genesis.engine.legs import change_trade, send_leg
from genesis.engine.orders import cancel
from genesis.engine.valuation import rate
from genesis.strategies.sniper.exits import arbitrage_exit

UNWINDING_STATES = frozenset({EngineState.RUNNING, EngineState.PAUSED, EngineState.HALTED, EngineState.STOPPING})
MOST_UNWINDINGS = 5
OVERDUE = "time limit of legging"
NO_CAUSES: Mapping[SymbolKey, str] = MappingProxyType({})


def advance_all(desk: Desk) -> None:
    """Look at every trade that is not CLOSED: time limits, retries, a venue that came back."""
    for trade_id in sorted(desk.memory.active_trades):
        advance(desk, desk.state.multi_legs[trade_id])


def on_restart(desk: Desk) -> None:
    """Arbitrage found between its legs after a restart is unwound: its prices are gone. What the legs of a pair came to the venue
    will say: it is held, or unwound like any other."""
    for trade_id in sorted(desk.memory.active_trades):
        trade = desk.state.multi_legs[trade_id]
        if trade.kind != PAIR and trade.state in (TradeState.PLANNED, TradeState.LEGGING):
            change_trade(desk, trade, TradeState.UNWINDING, "restart")


def on_leg_ended(desk: Desk, order: Order) -> None:
    """A leg's order reached its end: count an unwinding that did nothing, and take the trade's next step."""
    assert order.multi_leg_id is not None, order.client_order_id
    if order.purpose is Purpose.UNWIND and order.executed > ZERO:
        desk.memory.unwind_retries.pop(order.multi_leg_id, None)
    elif order.purpose is Purpose.UNWIND:
        retry = desk.memory.unwind_retries.setdefault(order.multi_leg_id, Retry())
        retry.failed(desk.now.mono_ns)
    advance(desk, desk.state.multi_legs[order.multi_leg_id])


def advance(desk: Desk, trade: MultiLegTrade) -> None:
    """Take the next step of a trade, if there is one to take now."""
    orders = [desk.state.orders[leg.client_order_id] for leg in trade.legs if leg.client_order_id is not None]
    working = [order for order in orders if not order.state.terminal]
    if trade.state is TradeState.LEGGING:
        _leg_on(desk, trade, orders, working)
    elif trade.state is TradeState.UNWINDING and not working:
        _unwind(desk, trade)
    elif trade.state is TradeState.UNWINDING:
        _cancel_all(desk, [order for order in working if order.purpose is Purpose.LEG])


def _leg_on(desk: Desk, trade: MultiLegTrade, orders: list[Order], working: list[Order]) -> None:
    leaves = _leaves(desk, trade, orders)
    if working:
        _cancel_all(desk, working if leaves else [])
        return
    failed = [order for order in orders if order.executed != order.quantity]
    if failed:
        names = ", ".join(f"{order.symbol} {order.state} with {text(order.executed)} of {text(order.quantity)}" for order in failed)
        _start_unwinding(desk, trade, f"failed leg: {names}")
    elif len(orders) == len(trade.legs):
        complete = change_trade(desk, trade, TradeState.COMPLETE, "every leg filled")
        if trade.kind != PAIR:
            _close(desk, complete, "complete")
    elif leaves and (leaves == OVERDUE or not _can_leave(desk, trade.legs[len(orders)])):
        _start_unwinding(desk, trade, leaves)
    elif desk.state.engine_state is EngineState.RUNNING:
        _next_leg(desk, trade, orders)
    elif desk.state.engine_state in UNWINDING_STATES:
        _start_unwinding(desk, trade, f"the engine is {desk.state.engine_state}")


def _leaves(desk: Desk, trade: MultiLegTrade, orders: list[Order]) -> str:
    """Why the trade does not wait any longer, or "". A gain that its next leg takes is no reason to unwind it."""
    age_ms, limits = desk.now.wall_ms - trade.created_ms, desk.settings.arbitrage
    if age_ms > limits.legging_limit_ms:
        return OVERDUE
    if trade.kind == PAIR:
        return ""
    return arbitrage_exit(_gain(desk, trade, orders), age_ms, limits)


def _gain(desk: Desk, trade: MultiLegTrade, orders: list[Order]) -> Decimal | None:
    """What the fills so far are worth at the middle of fresh books, as a fraction of the first leg that was filled."""
    first = next((order for order in orders if order.executed > ZERO), None)
    if first is None:
        return None
    changes = deltas(fills_of(desk, trade), desk.state.rules)
    prices = {asset: rate(desk, venue, asset) for venue, asset in changes}
    paid_in = rate(desk, first.venue, desk.state.rules[(first.venue, first.symbol)].quote)
    known = {asset: price for asset, price in prices.items() if price}
    if len(known) < len(prices) or not paid_in:
        return None
    return truncate8(profit(changes, desk.settings.quote_asset, known) / (first.cum_quote * paid_in))


def _cancel_all(desk: Desk, orders: list[Order]) -> None:
    for order in orders:
        cancel(desk, order, "send")


def _can_leave(desk: Desk, leg: Leg) -> bool:
    return desk.fresh_top(leg.venue, leg.symbol) is not None and desk.venue_ready(leg.venue) and not desk.circuit_open(leg.venue)


def _next_leg(desk: Desk, trade: MultiLegTrade, orders: list[Order]) -> None:
    """Send the next triangular leg; without a fresh book it waits, until the time limit."""
    index = len(orders)
    leg = trade.legs[index]
    rules, top = desk.state.rules[(leg.venue, leg.symbol)], desk.fresh_top(leg.venue, leg.symbol)
    if top is None or not _can_leave(desk, leg):
        return
    price = top.ask if leg.side is Side.BUY else top.bid
    pays = rules.quote if leg.side is Side.BUY else rules.base
    delivered = deltas(desk.state.fills_of[orders[-1].client_order_id], desk.state.rules).get((leg.venue, pays), ZERO)
    quantity = next_quantity(delivered, leg.side, price, rules)
    if quantity == ZERO or quantity < rules.min_qty or quantity * price < rules.min_notional:
        _start_unwinding(desk, trade, f"{text(delivered)} {pays} are too little for {leg.symbol}")
        return
    sized = msgspec.structs.replace(leg, quantity=quantity)
    legs = list(trade.legs)
    legs[index] = send_leg(desk, trade, sized, price, index=index)
    change_trade(desk, trade, TradeState.LEGGING, f"leg {index + 1}", legs=tuple(legs))


def give_up(desk: Desk, trade_id: str, reason: str) -> None:
    """Unwind a trade that is between its legs or held; one that is ending already goes on."""
    trade = desk.state.multi_legs.get(trade_id)
    if trade is not None and trade.state in (TradeState.LEGGING, TradeState.COMPLETE):
        _start_unwinding(desk, trade, reason)


def leave(desk: Desk, trade: MultiLegTrade, reason: str, causes: Mapping[SymbolKey, str]) -> None:
    """Unwind a trade that is held, at once: `causes` = the exit signals that the orders of each symbol answer."""
    _unwind(desk, change_trade(desk, trade, TradeState.UNWINDING, reason), causes)


def _start_unwinding(desk: Desk, trade: MultiLegTrade, reason: str) -> None:
    kept = tuple(leg for leg in trade.legs if leg.client_order_id is not None)  # legs that never left are dropped
    advance(desk, change_trade(desk, trade, TradeState.UNWINDING, reason, legs=kept))


def _unwind(desk: Desk, trade: MultiLegTrade, causes: Mapping[SymbolKey, str] = NO_CAUSES) -> None:
    """Undo what is left over; close once nothing tradable is left. Arbitrage is given up after too many failures in a row; of a
    pair, which may be a whole position, the operator is told and it is tried again (R6)."""
    retry = desk.memory.unwind_retries.get(trade.multi_leg_id, Retry())
    ready = desk.state.engine_state in UNWINDING_STATES and all(desk.venue_ready(leg.venue) for leg in trade.legs)
    if not ready or desk.now.mono_ns < retry.not_before_ns:
        return
    needs = _needs(desk, trade)
    if not needs:
        _close(desk, trade, "unwound")
        return
    if retry.failures >= MOST_UNWINDINGS:
        names = ", ".join(f"{leg.side} {text(leg.quantity)} {leg.symbol}" for leg, _ in needs)
        desk.error(RISK_LIMIT, f"trade {trade.multi_leg_id} cannot be unwound: {names}", trade.multi_leg_id)
        if trade.kind != PAIR:
            _close(desk, trade, "not unwound")
            return
    possible = leaving(desk, trade)
    if not possible:
        desk.memory.unwind_retries.setdefault(trade.multi_leg_id, retry).failed(desk.now.mono_ns)
        return
    legs = list(trade.legs)
    for leg, price in possible:
        cause = causes.get((leg.venue, leg.symbol), "")
        legs.append(send_leg(desk, trade, leg, price, index=len(legs), purpose=Purpose.UNWIND, cause=cause))
    change_trade(desk, trade, TradeState.UNWINDING, "unwinding orders", legs=tuple(legs))


def leaving(desk: Desk, trade: MultiLegTrade) -> list[tuple[Leg, Decimal]]:
    """The orders that can undo what is left over now, each with the price it takes: a buy-back as far as there is cash for it."""
    fitted = [(_affordable(desk, leg, price), price) for leg, price in _needs(desk, trade)]
    return [(leg, price) for leg, price in fitted if leg is not None]


def _affordable(desk: Desk, leg: Leg, price: Decimal) -> Leg | None:
    rules = desk.state.rules[(leg.venue, leg.symbol)]
    if leg.side is Side.SELL:
        return leg
    most = affordable_buy(desk.free(leg.venue, rules.quote), price, desk.settings.risk.market_order_collar)
    quantity = min(leg.quantity, floor_to(most, rules.step_size) if rules.step_size > ZERO else most)
    if quantity == ZERO or quantity < rules.min_qty or quantity * price < rules.min_notional:
        return None
    return msgspec.structs.replace(leg, quantity=quantity)


def _needs(desk: Desk, trade: MultiLegTrade) -> list[tuple[Leg, Decimal]]:
    """The orders that undo what is left over, each with the price it takes."""
    needs = []
    for venue, symbol, excess in _excesses(desk, trade):
        rules, top = desk.state.rules[(venue, symbol)], desk.memory.tops.get((venue, symbol))
        last = desk.state.last_fill_price.get((venue, symbol), ZERO)
        price = last if top is None else (top.bid if excess > ZERO else top.ask)
        order = unwinding(excess, price, desk.taker_fee(venue), rules)
        if order is not None:
            needs.append((Leg(venue=venue, symbol=symbol, side=order[0], quantity=order[1]), price))
    return needs


def _excesses(desk: Desk, trade: MultiLegTrade) -> list[tuple[str, str, Decimal]]:
    """(venue, symbol, base too much or too little): of a pair what each leg holds; of a direct trade its imbalance, at the venue
    that did more; of a triangular one every asset between that was not passed on, against the start asset."""
    if trade.kind == PAIR:
        return [(leg.venue, leg.symbol, leg.quantity) for leg in trade_holdings(desk.state, trade)]
    fills = fills_of(desk, trade)
    if trade.kind == DIRECT:
        excess = imbalance(fills)
        did_more = trade.legs[0] if excess > ZERO else trade.legs[1]
        return [(did_more.venue, did_more.symbol, excess)]
    start = desk.settings.arbitrage.start_asset
    found = []
    for (venue, asset), change in deltas(fills, desk.state.rules).items():
        symbol = _against(desk, venue, asset, start)
        if symbol is not None:
            found.append((venue, symbol, change))
    return found


def _against(desk: Desk, venue: str, base: str, quote: str) -> str | None:
    for symbol in desk.terms[venue].symbols:
        rules = desk.rules(venue, symbol)
        if rules is not None and rules.base == base and rules.quote == quote:
            return symbol
    return None


def fills_of(desk: Desk, trade: MultiLegTrade) -> list[Fill]:
    """All fills of a trade, order by order."""
    ids = [leg.client_order_id for leg in trade.legs if leg.client_order_id is not None]
    return [fill for client_order_id in ids for fill in desk.state.fills_of.get(client_order_id, ())]


def _close(desk: Desk, trade: MultiLegTrade, reason: str) -> None:
    quote = desk.settings.quote_asset
    fills = fills_of(desk, trade)
    changes = deltas(fills, desk.state.rules)
    prices = {asset: rate(desk, venue, asset) or ZERO for venue, asset in changes}
    prices.update(last_prices(fills, desk.state.rules, quote))
    for (venue, asset), change in changes.items():
        if asset != quote:
            desk.record(TargetAdjusted(venue=venue, asset=asset, amount=change, reason="multi-leg", correlation_id=trade.multi_leg_id))
    change_trade(desk, trade, TradeState.CLOSED, reason, pnl=profit(changes, quote, prices))
    desk.memory.unwind_retries.pop(trade.multi_leg_id, None)

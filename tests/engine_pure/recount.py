"""What the rules of risk count, counted anew from the state and the books: the tally must say the same after every event."""

from __future__ import annotations

from decimal import Decimal

from genesis.core.models import PAIR, Order, OrderType, PendingAction, Purpose, Side
from genesis.core.money import ONE, ZERO, truncate8
from genesis.core.shares import trade_holdings
from genesis.core.state import State
from genesis.engine.desk import NS_PER_MS, Desk

Key = tuple[str, str]


def check_tally(desk: Desk) -> None:
    tally = desk.tally
    assert tally.worth.total(desk.now.mono_ns) == equity(desk)
    assert tally.made.total(desk.now.mono_ns) == made(desk)
    assert set(tally.occupied) == occupied(desk)
    assert {key: amount for key, amount in tally.in_quote.items() if amount} == exposures(desk)
    names = {(order.venue, order.reserved_asset, order.strategy) for order in desk.state.open.by_id.values()}
    for venue, asset, strategy in names:
        assert dict(tally.bound(strategy)).get((venue, asset), ZERO) == bound(desk, strategy, (venue, asset))
    for venue, quote in {(rules.venue, rules.quote) for rules in desk.state.rules.values()}:
        if venue in desk.terms:
            assert tally.committed(venue, quote) == committed(desk, venue, quote), (venue, quote)
    unknown = {key for key, order in desk.state.open.by_id.items() if order.knowledge == "UNKNOWN"}
    assert {name for of_symbol in tally.unknown.values() for name in of_symbol} == unknown
    check_open_orders(desk.state)


def check_open_orders(state: State) -> None:
    """The indexes are what a walk over all orders finds."""
    everything = [order for order in state.orders.values() if not order.state.terminal]
    assert state.open.by_id == {order.client_order_id: order for order in everything}
    for key in {(order.venue, order.symbol) for order in state.orders.values()}:
        here = [order for order in everything if (order.venue, order.symbol) == key]
        plain = [order for order in here if order.multi_leg_id is None]
        assert list(state.open.by_symbol[key].values()) == here
        assert state.open.resting(key) == [order for order in plain if order.rests_as_stop]
        assert state.open.closing(key) == [order for order in plain if order.closes]
        assert state.open.closes_any(key) is any(order.closes for order in plain)
        assert {order.client_order_id for order in state.open.held(key)} == {
            order.client_order_id for order in plain if order.pending is PendingAction.HOLD
        }
        for side in Side:
            assert state.open.moving(key, side) == [order for order in plain if order.side is side and not order.rests_as_stop]


def made(desk: Desk) -> Decimal | None:
    """What trading has made of every asset, at the mid of its fresh book (R3, R22)."""
    total = ZERO
    for (venue, asset), balance in desk.state.balances.items():
        amount = balance.total - balance.target - desk.state.deposited.get(f"{venue}/{asset}", ZERO)
        if amount == ZERO or venue not in desk.terms:
            continue
        price = _price(desk, venue, asset)
        if price is None:
            return None
        total += amount * price
    return truncate8(total)


def equity(desk: Desk) -> Decimal | None:
    """The total of every asset at the mid of its fresh book."""
    total = ZERO
    for (venue, asset), balance in desk.state.balances.items():
        if balance.total == ZERO or venue not in desk.terms:
            continue
        price = _price(desk, venue, asset)
        if price is None:
            return None
        total += balance.total * price
    return truncate8(total)


def _price(desk: Desk, venue: str, asset: str) -> Decimal | None:
    if asset == desk.settings.quote_asset:
        return ONE
    reserves = {name: terms.reserve_for for name, terms in desk.terms.items() if terms.reserve_for}
    valued_by = {first: name for name, first in reserves.items() if _active(desk, name)}
    valued_by |= {name: first for name, first in reserves.items() if not desk.memory.venues[name].market}
    venue = valued_by.get(venue, venue)  # what is at a venue that is out is worth what the other one's books say
    for symbol in desk.terms[venue].symbols:
        rules = desk.state.rules.get((venue, symbol))
        if rules is not None and (rules.base, rules.quote) == (asset, desk.settings.quote_asset):
            top = desk.memory.tops.get((venue, symbol))
            fresh = top is not None and desk.now.mono_ns - top.received_ns <= desk.settings.timing.book_stale_ms * NS_PER_MS
            return top.mid if top is not None and fresh else None
    return ZERO


def _active(desk: Desk, reserve: str) -> bool:
    return desk.state.conditions.get(f"{reserve}/reserve", "").startswith("ACTIVE")


def occupied(desk: Desk) -> set[Key]:
    held = {key for key, position in desk.state.positions.items() if position.quantity != ZERO}
    entries = [order for order in desk.state.open.by_id.values() if order.purpose is Purpose.ENTRY and order.multi_leg_id is None]
    return held | {(order.venue, order.symbol) for order in entries}


def exposures(desk: Desk) -> dict[Key, Decimal]:
    """By (venue, quote): positions, legs of pairs and MARKET entries at the mid, LIMIT entries and unsent slices at their price."""
    at_mid: dict[Key, Decimal] = {}
    priced: dict[Key, Decimal] = {}
    for key, position in desk.state.positions.items():
        at_mid[key] = at_mid.get(key, ZERO) + abs(position.quantity)
    for trade in desk.state.multi_legs.values():
        for leg in trade_holdings(desk.state, trade) if trade.kind == PAIR and trade.pnl is None else ():
            at_mid[leg.venue, leg.symbol] = at_mid.get((leg.venue, leg.symbol), ZERO) + abs(leg.quantity)
    for order in desk.state.open.by_id.values():
        if order.purpose.reduces:
            continue
        key, left = (order.venue, order.symbol), order.quantity - order.executed
        if order.order_type is OrderType.MARKET or order.price is None:
            at_mid[key] = at_mid.get(key, ZERO) + left
        else:
            priced[key] = priced.get(key, ZERO) + left * order.price
    for parent in desk.state.working_parents.values():
        key = (parent.venue, parent.symbol)
        priced[key] = priced.get(key, ZERO) + sum(parent.slices[len(parent.orders) :], ZERO) * parent.arrival_price
    found: dict[Key, Decimal] = {}
    for key in {*at_mid, *priced}:
        quote = (key[0], desk.state.rules[key].quote)
        amount = priced.get(key, ZERO) + (at_mid.get(key, ZERO) * desk.tally.worth.middle(key) if at_mid.get(key) else ZERO)
        found[quote] = found.get(quote, ZERO) + amount
    return {key: amount for key, amount in found.items() if amount}


def bound(desk: Desk, strategy: str, asset: Key) -> Decimal:
    orders = [order for order in desk.state.open.by_id.values() if order.strategy == strategy and not order.purpose.reduces]
    return sum((order.reserved for order in orders if (order.venue, order.reserved_asset) == asset), ZERO)


def committed(desk: Desk, venue: str, quote: str) -> Decimal:
    """Cash for the buy-back of shorts at their stops, and of LIMIT sales that open something."""
    fee, fraction, total = desk.terms[venue].taker_fee, desk.settings.risk.stop_fraction, ZERO
    for position in desk.state.positions.values():
        if position.venue == venue and desk.state.rules[(venue, position.symbol)].quote == quote and position.quantity < ZERO:
            assert position.stop_price is not None
            needs = truncate8(-position.quantity * position.stop_price / (ONE - fee))
            stops = [stop for stop in desk.resting_stops(venue, position.symbol) if stop.side is Side.BUY]
            total += max(needs - sum((stop.reserved for stop in stops), ZERO), ZERO)
    for order in desk.state.open.by_id.values():
        if order.venue == venue and desk.state.rules[(venue, order.symbol)].quote == quote and _sells_short(desk, order):
            assert order.price is not None
            value = (order.quantity - order.executed) * order.price
            total += truncate8(value * (ONE + fraction) / (ONE - fee) - value * (ONE - fee))
    return total


def _sells_short(desk: Desk, order: Order) -> bool:
    of_pair = order.multi_leg_id is not None and desk.state.multi_legs[order.multi_leg_id].kind == PAIR
    opens = order.purpose is Purpose.ENTRY or (order.purpose is Purpose.LEG and of_pair)
    return opens and order.side is Side.SELL and order.order_type is not OrderType.MARKET

"""A part of I04: the stops that rest at the venue (R6) belong to a position, and close no more than it; and no position is without one
that could have one."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

from libraries.auditor.amounts import ZERO, amount
from libraries.auditor.examination import Examination
from libraries.auditor.invariants.trust import READ, Outside
from libraries.auditor.witnesses.journal import Event
from libraries.auditor.witnesses.rows import ABSENT, RESTING_STOP, OrderRow, PositionRow
from libraries.auditor.world import World

_BUY_BACK = Decimal("1.02")
"""A stop that buys a short back orders the venue's fee on top and rounds up to a step. Neither is on record here, so 2 % more than the
short pass; what it buys too much is examined as a position once it has executed."""


_PROTECTING = frozenset({"RUNNING", "PAUSED", "HALTED", "STOPPED"})
"""States of the engine in which stops are placed; what a shutdown leaves was placed before it."""
_ALLOWING = frozenset({"EngineStateChanged", "EmergencyCloseEnded", "Reconciled", "RulesLoaded"})
"""Facts after which stops may be placed that could not be before: the engine looks at all positions with its next tick."""
_LOOKS_WITHIN_NS = 1_000_000_000


def resting_stops(found: Examination, world: World) -> None:
    """Once quiet (or cleanly stopped) a symbol has at most one open stop at the venue; it is on the closing side of an open position, at
    the position's stop price, of at most what is held. Objects: open stops."""
    if not world.agreed:
        return
    stops = [order for order in world.store.orders if order.order_type == RESTING_STOP and not order.terminal]
    held = {(row.venue, row.symbol): row for row in world.store.positions}
    number = Counter((stop.venue, stop.symbol) for stop in stops)
    for stop in stops:
        found.look()
        key = (stop.venue, stop.symbol)
        found.equal(f"open stops of {stop.symbol}", 1, number[key], f"orders {stop.client_order_id}")
        _belongs(found, stop, held.get(key))


def _belongs(found: Examination, stop: OrderRow, position: PositionRow | None) -> None:
    where = f"orders {stop.client_order_id}"
    if position is None or position.quantity == ZERO:
        found.fail(f"stop of {stop.symbol}", "an open position", "none", where)
        return
    found.equal("side of a stop", "SELL" if position.quantity > ZERO else "BUY", stop.side, where)
    found.equal("price of a stop", position.stop_price, stop.stop_price, where)
    most = position.quantity if position.quantity > ZERO else -position.quantity * _BUY_BACK
    left = stop.quantity - stop.executed
    found.require(left <= most, "quantity of a stop", f"at most {most}: it never reverses", left, where)


def positions_protected(found: Examination, world: World) -> None:
    """Where stops rest at the venue (`protection.rest_at_venue`), an open position that is large enough for the venue has its stop there,
    for all that no other order is about to close; nothing is asked where none could be placed: a venue that is away, that was not read,
    whose circuit breaker is not closed or that wants no orders, a symbol that does not trade, an emergency close under way, a stop that the
    venue has just refused, funds that are reserved otherwise. Objects: open positions that must have one."""
    if not world.agreed or world.journal.limits().get("protection.rest_at_venue") != "true":
        return
    situation = _Situation(world)
    if situation.state not in _PROTECTING or situation.closing:
        return
    for position in world.store.positions:
        if position.quantity == ZERO or position.stop_price is None or not situation.allows(position):
            continue
        least = _least(world, position)
        if least == ZERO or _refused(world, position):
            continue
        found.look()
        stops = [order for order in _open_orders(world, position) if order.order_type == RESTING_STOP]
        left = sum((stop.quantity - stop.executed for stop in stops), ZERO)
        where = f"positions {position.venue} {position.symbol}"
        found.require(left >= least, f"stop of {position.symbol} at the venue", f"one of at least {least}", left or "none", where)


class _Situation:
    """Where the engine and its venues stand at the end, and since when."""

    def __init__(self, world: World) -> None:
        self.state, self.closing = "", 0
        self._outside = Outside()
        self._since: Event | None = None
        self._world = world
        for event in world.journal.events:
            self._outside.hear(event)
            if event.kind == "EngineStateChanged":
                self.state = str(event.data.get("after"))
            self.closing += (event.kind == "EmergencyCloseBegan") - (event.kind == "EmergencyCloseEnded")
            named = str(event.data.get("name", "")).rpartition("/")[2]
            if event.kind in _ALLOWING or (event.kind == "ConditionChanged" and named in ("orders", "key", "requests")):
                self._since = event

    def allows(self, position: PositionRow) -> bool:
        """Whether a stop could be placed, for all that is on record: the venue takes orders, and either something happened to the symbol
        since it does, or the engine has had time to look at all its positions."""
        conditions, venue = self._outside.conditions, position.venue
        takes_orders = (
            conditions.get(f"{venue}/orders") == "UP"
            and self._outside.readings.get(venue) in READ
            and conditions.get(f"{venue}/key") != "REFUSED"
            and conditions.get(f"{venue}/circuit/orders", "CLOSED") == "CLOSED"
            and conditions.get(f"{venue}/requests", "FREE") == "FREE"
        )
        return takes_orders and (self._since is None or self._touched(position) > self._since.seq or self._waited_ns() >= _LOOKS_WITHIN_NS)

    def _touched(self, position: PositionRow) -> int:
        """The last fact about an order of the symbol."""
        key = (position.venue, position.symbol)
        ours = [order.client_order_id for order in self._world.store.orders if (order.venue, order.symbol) == key]
        return max((change.seq for name in ours for change in self._world.journal.changes.get(name, ())), default=0)

    def _waited_ns(self) -> int:
        assert self._since is not None
        told = [record.mono_ns for record in self._world.history.records[-1:]] if self._world.history else []
        return max([event.mono_ns for event in self._world.journal.events[-1:]] + told) - self._since.mono_ns


def _open_orders(world: World, position: PositionRow) -> list[OrderRow]:
    key = (position.venue, position.symbol)
    return [
        order for order in world.store.orders if (order.venue, order.symbol) == key and not order.terminal and order.multi_leg_id is None
    ]


def _refused(world: World, position: PositionRow) -> bool:
    """Whether the last stop of the symbol was one that the venue did not take: the next one is tried after a pause."""
    key = (position.venue, position.symbol)
    stops = [order for order in world.store.orders if order.order_type == RESTING_STOP and (order.venue, order.symbol) == key]
    return bool(stops) and (stops[-1].state in ABSENT or (stops[-1].terminal and stops[-1].venue_order_id is None))


def _least(world: World, position: PositionRow) -> Decimal:
    """The least that the stop must close; 0 = the venue might take none, or it cannot be told."""
    rules = _rules(world, position)
    stop, limits = position.stop_price, world.journal.limits()
    if stop is None or rules is None or rules.get("status") != "TRADING":
        return ZERO
    step, most = amount(rules["step_size"]) or Decimal("0.00000001"), amount(rules["max_qty"])
    others = [order for order in _open_orders(world, position) if order.order_type != RESTING_STOP]
    side = "SELL" if position.quantity > ZERO else "BUY"
    leaving = sum((order.quantity - order.executed for order in others if order.side == side), ZERO)
    quantity = abs(position.quantity) - leaving
    asset = rules["base"] if side == "SELL" else rules["quote"]
    free = _free(world, position, str(asset))
    if side == "SELL":
        quantity = min(quantity, free)
    elif free < quantity * _BUY_BACK * stop:
        return ZERO
    quantity = min(quantity, most) if most > ZERO else quantity
    quantity -= quantity % step
    collar, tick = amount(limits.get("protection.limit_collar", "1")), amount(rules["tick_size"])
    price = stop * (1 - collar) - tick if side == "SELL" else stop
    large = quantity >= max(amount(rules["min_qty"]), step) and quantity * price >= amount(rules["min_notional"])
    return quantity if large else ZERO


def _rules(world: World, position: PositionRow) -> dict[str, str] | None:
    key = (position.venue, position.symbol)
    known = [rules for event in world.journal.by_kind["RulesLoaded"] for rules in event.data["rules"]]
    return next((rules for rules in reversed(known) if (rules["venue"], rules["symbol"]) == key), None)


def _free(world: World, position: PositionRow, asset: str) -> Decimal:
    """What may be reserved for a stop: what is free, and what the symbol's stops reserve."""
    free = sum((row.free for row in world.store.balances if (row.venue, row.asset) == (position.venue, asset)), ZERO)
    stops = [order for order in _open_orders(world, position) if order.order_type == RESTING_STOP]
    return free + sum((stop.reserved for stop in stops if stop.reserved_asset == asset), ZERO)

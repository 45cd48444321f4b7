"""The auditor's own fold: payloads of facts in, rows of tables out (I21). Nothing else may explain a row.

What each fact means is docs/engine.md, Database and the docstrings of the engine's fact types; the code is independent of the engine's.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from libraries.auditor.amounts import ZERO, amount, optional
from libraries.auditor.average_cost import Lot, asset_changes, book
from libraries.auditor.witnesses.journal import Event
from libraries.auditor.witnesses.rows import RESTING_STOP, BalanceRow, FillRow, MultiLegRow, OrderRow, PositionRow, row_from

REDUCING = frozenset({"EXIT", "STOP", "UNWIND"})
WITHOUT_ROWS = frozenset(
    {
        "EngineStarted",
        "EngineStateChanged",
        "EngineStopped",
        "TierAssigned",
        "SignalReceived",
        "RiskDenied",
        "OpportunitySeen",
        "ConditionChanged",
        "Reconciled",
        "OperatorActed",
        "ErrorRecorded",
        "MarketDataRejected",
        "ParentChanged",
        "StrategyErred",
        "ConflictLost",
        "TiltMeasured",
        "TiltAnomaly",
        "TiltChanged",
        "HaltBegan",
        "HaltEnded",
        "CancelAllBegan",
        "CancelAllLate",
        "CancelAllEnded",
        "EmergencyCloseBegan",
        "EmergencyCloseAttempted",
        "EmergencyCloseEnded",
        "LimitsChanged",
        "ConcentrationChanged",
        "SlippageExceeded",
        "StopExecuted",
        "DayBegan",
        "DayLossReached",
        "OverrideBegan",
        "OverrideEnded",
        "AlertRaised",
        "AlertDelivered",
    }
)
"""Facts that change no row of the tables that I21 compares."""


@dataclass
class Fold:
    """The tables as the journal alone gives them. `problems` = facts that could not be folded, as (where, why)."""

    orders: dict[str, OrderRow] = field(default_factory=dict)
    fills: dict[tuple[str, str, int], FillRow] = field(default_factory=dict)
    positions: dict[tuple[str, str], PositionRow] = field(default_factory=dict)
    balances: dict[tuple[str, str], BalanceRow] = field(default_factory=dict)
    multi_legs: dict[str, MultiLegRow] = field(default_factory=dict)
    strategies: dict[str, str] = field(default_factory=dict)
    forgotten: set[str] = field(default_factory=set)  # orders and multi-leg trades that left the engine's memory; their rows stay
    assets: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)  # (venue, symbol) -> (base, quote)
    problems: list[tuple[str, str]] = field(default_factory=list)

    def apply(self, event: Event) -> None:
        if event.problem:
            self.problems.append((event.where, event.problem))
            return
        step = STEPS.get(event.kind)
        if step is None:
            if event.kind not in WITHOUT_ROWS:
                self.problems.append((event.where, f"unknown kind of fact {event.kind!r}"))
            return
        try:
            step(self, event)
        except (LookupError, TypeError, ValueError, ArithmeticError) as error:
            self.problems.append((event.where, f"speaks of what no earlier fact introduced, or lacks a field: {error!r}"))

    def position(self, venue: str, symbol: str) -> PositionRow:
        """The position, flat and closed if no fact made one before."""
        key = (venue, symbol)
        if key not in self.positions:
            self.positions[key] = PositionRow(venue, symbol, "CLOSED", ZERO, ZERO, ZERO, None, None, 0)
        return self.positions[key]


def fold(events: list[Event]) -> Fold:
    result = Fold()
    for event in events:
        result.apply(event)
    _derive(result)
    return result


def folding(events: list[Event], stops: Collection[int]) -> Iterator[tuple[int, Fold]]:
    """The tables as the facts up to each of these sequence numbers give them, one after the other: the same object, which goes on."""
    result, left = Fold(), set(stops)
    for event in events:
        if not left:
            return
        result.apply(event)
        if event.seq in left:
            left.discard(event.seq)
            _derive(result)
            yield event.seq, result


def _derive(result: Fold) -> None:
    """What follows from the rest and is not kept while facts are folded."""
    for balance in result.balances.values():
        balance.free = balance.total - balance.locked
    for position in result.positions.values():
        position.state = _position_state(result, position)


def _position_state(result: Fold, position: PositionRow) -> str:
    """OPEN or CLOSING (an order that reduces it is open) while there is a quantity; else PENDING (an entry is open) or CLOSED."""
    key = (position.venue, position.symbol)
    purposes = {
        order.purpose
        for order in result.orders.values()
        if (order.venue, order.symbol) == key and not order.terminal and order.multi_leg_id is None and order.order_type != RESTING_STOP
    }
    if position.quantity:
        return "CLOSING" if position.stop_order_id is not None or purposes & REDUCING else "OPEN"
    return "PENDING" if "ENTRY" in purposes else "CLOSED"


def _rules_loaded(result: Fold, event: Event) -> None:
    for rules in event.data["rules"]:
        result.assets[(rules["venue"], rules["symbol"])] = (rules["base"], rules["quote"])


def _balance_opened(result: Fold, event: Event) -> None:
    data = event.data
    opening = amount(data["amount"])
    key = (data["venue"], data["asset"])
    result.balances[key] = BalanceRow(*key, opening, opening, opening, ZERO, amount(data["target"]))


def _balance_transferred(result: Fold, event: Event) -> None:
    balance = result.balances[(event.data["venue"], event.data["asset"])]
    balance.total += amount(event.data["amount"])
    if event.data["to_target"]:
        balance.target += amount(event.data["amount"])


def _target_adjusted(result: Fold, event: Event) -> None:
    data = event.data
    result.balances[(data["venue"], data["asset"])].target += amount(data["amount"])
    if data["symbol"]:
        position = result.positions[(data["venue"], data["symbol"])]
        position.quantity -= amount(data["quantity"])
        position.cost -= amount(data["cost"])


def _order_intended(result: Fold, event: Event) -> None:
    order = row_from(OrderRow, {**event.data["order"], "epoch": event.epoch})
    if order.client_order_id in result.orders:
        raise ValueError(f"client order id {order.client_order_id} was minted twice")
    result.orders[order.client_order_id] = order
    _lock(result, order, ZERO, order.reserved)
    if order.multi_leg_id is None:
        result.position(order.venue, order.symbol)


def _order_changed(result: Fold, event: Event) -> None:
    data = event.data
    order = result.orders[data["client_order_id"]]
    reserved = amount(data["reserved"])
    _lock(result, order, order.reserved, reserved)
    order.state, order.pending, order.knowledge = data["after"], data["pending"], data["knowledge"]
    order.venue_order_id = data["venue_order_id"]
    order.executed, order.cum_quote = amount(data["executed"]), amount(data["cum_quote"])
    order.reserved, order.reason, order.updated_ms = reserved, data["reason"], data["changed_ms"]
    order.epoch = event.epoch  # the row carries the epoch of the process that wrote it last
    if order.terminal and order.multi_leg_id is None:
        position = result.position(order.venue, order.symbol)
        if position.stop_order_id == order.client_order_id:
            position.stop_order_id = None


def _lock(result: Fold, order: OrderRow, before: Decimal, after: Decimal) -> None:
    if before != after:
        result.balances[(order.venue, order.reserved_asset)].locked += after - before


def _order_filled(result: Fold, event: Event) -> None:
    raw = event.data["fill"]
    fill = row_from(FillRow, {**raw, "maker": int(raw["maker"])})
    key = (fill.venue, fill.symbol, fill.trade_id)
    if key in result.fills:
        raise ValueError(f"trade {fill.trade_id} of {fill.symbol} at {fill.venue} was booked twice")
    result.fills[key] = fill
    base, quote = result.assets[(fill.venue, fill.symbol)]
    for asset, change in asset_changes(fill, base, quote):
        if change:
            result.balances[(fill.venue, asset)].total += change
    if result.orders[fill.client_order_id].multi_leg_id is None:
        _book_position(result, fill, base, quote)


def _book_position(result: Fold, fill: FillRow, base: str, quote: str) -> None:
    position = result.position(fill.venue, fill.symbol)
    before = position.quantity
    lot = Lot(before, position.cost, position.realised)
    book(lot, fill, base, quote)
    position.quantity, position.cost, position.realised = lot.quantity, lot.cost, lot.realised
    if lot.quantity and before * lot.quantity <= 0:
        position.opened_ms = fill.venue_time_ms


def _stop_armed(result: Fold, event: Event) -> None:
    result.positions[(event.data["venue"], event.data["symbol"])].stop_price = optional(event.data["stop_price"])


def _stop_fired(result: Fold, event: Event) -> None:
    result.positions[(event.data["venue"], event.data["symbol"])].stop_order_id = event.data["client_order_id"]


def _multi_leg_changed(result: Fold, event: Event) -> None:
    data = event.data
    known = result.multi_legs.get(data["multi_leg_id"])
    result.multi_legs[data["multi_leg_id"]] = MultiLegRow(
        multi_leg_id=data["multi_leg_id"],
        kind=data["opportunity"],
        strategy=data["strategy"],
        state=data["after"],
        legs=data["legs"],
        expected_net=amount(data["expected_net"]),
        created_ms=known.created_ms if known else data["changed_ms"],
        pnl=optional(data["pnl"]),
    )


def _history_forgotten(result: Fold, event: Event) -> None:
    """Only what is over may be forgotten."""
    for name in event.data["orders"]:
        if not result.orders[name].terminal:
            raise ValueError(f"order {name} was forgotten in state {result.orders[name].state}")
    for name in event.data["trades"]:
        if result.multi_legs[name].pnl is None:
            raise ValueError(f"trade {name} was forgotten in state {result.multi_legs[name].state}")
    result.forgotten.update(event.data["orders"], event.data["trades"])


def _strategy_changed(result: Fold, event: Event) -> None:
    result.strategies[event.data["strategy"]] = event.data["after"]


STEPS: dict[str, Callable[[Fold, Event], None]] = {
    "RulesLoaded": _rules_loaded,
    "BalanceOpened": _balance_opened,
    "BalanceTransferred": _balance_transferred,
    "TargetAdjusted": _target_adjusted,
    "OrderIntended": _order_intended,
    "OrderChanged": _order_changed,
    "OrderFilled": _order_filled,
    "StopArmed": _stop_armed,
    "StopFired": _stop_fired,
    "MultiLegChanged": _multi_leg_changed,
    "StrategyChanged": _strategy_changed,
    "HistoryForgotten": _history_forgotten,
}

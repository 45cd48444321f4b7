"""What has ended is forgotten after a while, so that memory, snapshots and restarts do not grow with history (R27, R28).

Orders with their fills, signals, parents of slices and multi-leg trades are remembered while anything may still be asked of them: all
that is not over, what ended within `SETTLED_MS`, and signals by whose times R9 and R36 are judged. When more than `remembered` of a kind
are there, the oldest go until half of that is left; when a UTC day begins, all go that ended before the one before. Tables and journal
keep everything.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from typing import Final, TypeVar

from genesis.core.day import DAY_MS
from genesis.core.facts import HistoryForgotten
from genesis.core.models import MultiLegTrade, Order, Signal
from genesis.engine.desk import Desk

Kept = TypeVar("Kept")

SLICE: Final = 1_000
"""How many of each kind one decision forgets: a few milliseconds' work."""
SETTLED_MS: Final = 10_000
"""What is said of an order comes by several channels: for so long after its end it finds the order itself."""
PAUSE_MS: Final = 1_000
"""How long nothing is looked for after nothing was found."""


def settle(desk: Desk) -> None:
    """Forget a slice of what is to be forgotten, if there is anything."""
    progress, day = desk.memory.forgetting, desk.now.wall_ms // DAY_MS
    due = progress.under_way or progress.day != day or _too_many(desk)
    if not due or desk.now.mono_ns < progress.not_before_ns:
        return
    progress.halving = progress.halving or _too_many(desk)
    most = desk.settings.history.remembered
    fact = _slice(desk, most // 2 if progress.halving else most, before_ms=(day - 1) * DAY_MS)
    progress.day, progress.under_way = day, fact is not None
    if fact is None:
        progress.halving, progress.not_before_ns = False, desk.after_ms(PAUSE_MS)
    else:
        desk.record(fact)


def _too_many(desk: Desk) -> bool:
    state = desk.state
    return max(_ended(desk), len(state.signals), len(state.multi_legs)) > desk.settings.history.remembered


def _ended(desk: Desk) -> int:
    return len(desk.state.orders) - len(desk.state.open.by_id)


def _slice(desk: Desk, kept: int, before_ms: int) -> HistoryForgotten | None:
    """The oldest beyond the `kept` newest of each kind, and whatever ended before `before_ms`."""
    state = desk.state
    needed = _needed(desk)
    orders = _oldest(
        state.orders.values(),
        _ended(desk) - kept,
        lambda order: order.created_ms < before_ms,
        lambda order, excess: _is_over(desk, order, needed) and (excess or order.updated_ms < before_ms),
    )
    gone = {order.client_order_id for order in orders}
    judged = {signal.signal_id for signal in state.entry_signals}
    signals = _oldest(
        state.signals.values(),
        len(state.signals) - kept,
        lambda signal: signal.received_ms < before_ms,
        lambda signal, _: signal.signal_id not in judged and _is_answered(desk, signal, gone),
    )
    trades = _oldest(
        state.multi_legs.values(),
        len(state.multi_legs) - kept,
        lambda trade: trade.created_ms < before_ms,
        lambda trade, _: _is_closed(desk, trade, gone),
    )
    if not (orders or signals or trades):
        return None
    return HistoryForgotten(
        orders=tuple(order.client_order_id for order in orders),
        signals=tuple(signal.signal_id for signal in signals),
        parents=tuple(signal.signal_id for signal in signals if signal.signal_id in state.parents),
        trades=tuple(trade.multi_leg_id for trade in trades),
        ids_kept=desk.settings.history.remembered,
        correlation_id="history",
    )


def _oldest(items: Iterable[Kept], excess: int, is_old: Callable[[Kept], bool], may_go: Callable[[Kept, bool], bool]) -> list[Kept]:
    """Of `items`, the oldest first, `excess` that may go and all old ones that may, at most a slice."""
    chosen: list[Kept] = []
    for item in items:
        beyond = len(chosen) < excess
        if len(chosen) == SLICE or not (beyond or is_old(item)):
            break
        if may_go(item, beyond):
            chosen.append(item)
    return chosen


def _needed(desk: Desk) -> set[str]:
    """Orders that have ended, of something that has not."""
    state = desk.state
    legs = (leg.client_order_id or "" for name in desk.memory.active_trades for leg in state.multi_legs[name].legs)
    slices = (name for parent in state.working_parents.values() for name in parent.orders)
    cancelling = (name for run in state.cancelling.values() for name in run.orders)
    return {*legs, *slices, *cancelling}


def _is_over(desk: Desk, order: Order, needed: Container[str]) -> bool:
    return order.state.terminal and order.client_order_id not in needed and order.updated_ms <= desk.now.wall_ms - SETTLED_MS


def _is_answered(desk: Desk, signal: Signal, gone: Container[str]) -> bool:
    settled = signal.received_ms <= desk.now.wall_ms - SETTLED_MS and signal.signal_id not in desk.state.working_parents
    return settled and all(name in gone for name in desk.state.orders_by_signal.get(signal.signal_id, ()))


def _is_closed(desk: Desk, trade: MultiLegTrade, gone: Container[str]) -> bool:
    names = (leg.client_order_id for leg in trade.legs if leg.client_order_id is not None)
    return trade.pnl is not None and all(name in gone or name not in desk.state.orders for name in names)

"""What a state drops when history is forgotten, and what it keeps of it (R27). The decision is `genesis/engine/history.py`'s.

What is derived from history stays: the last trade and price of each symbol, the entries of the day, the next order number, results of
strategies, ids of signals. `State.forgot` still knows an order for one of this engine's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from genesis.core.facts import HistoryForgotten

if TYPE_CHECKING:
    from genesis.core.state import State


def forget(state: State, fact: HistoryForgotten) -> None:
    """Drop what the fact names. Rows that are not written yet are kept aside until they are."""
    for trade in fact.trades:
        gone = state.multi_legs.pop(trade)
        if trade in state.dirty.multi_legs:
            state.dirty.gone_multi_legs[trade] = gone
    for name in fact.orders:
        _forget_order(state, name)
    for name in fact.parents:
        del state.parents[name]
    for name in fact.signals:
        del state.signals[name], state.signal_outcomes[name]
        state.known_signals[name] = None
    for name in list(state.known_signals)[: max(len(state.known_signals) - fact.ids_kept, 0)]:
        del state.known_signals[name]
    state.forgetful = True


def _forget_order(state: State, name: str) -> None:
    order = state.orders.pop(name)
    if name in state.dirty.orders:
        state.dirty.gone_orders[name] = order
    of_signal = state.orders_by_signal[order.correlation_id]
    of_signal.remove(name)
    if not of_signal:
        del state.orders_by_signal[order.correlation_id]
    state.executed_of.pop(name, None)
    for fill in state.fills_of.pop(name, ()):
        key = (fill.venue, fill.symbol, fill.trade_id)
        del state.fills[key]
        if key in state.dirty.fills:
            state.dirty.gone_fills[key] = fill

"""Who holds what: every fill is shared out to the strategies whose position it is, so that the parts add up to the position. Pure.

A fill of an entry is the part of the strategy that ordered it. A fill that reduces (exit, stop) takes from the strategy that
ordered it, then from the other holders, the longest-standing first: a stop closes the position of everybody (decision 19).
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from genesis.core.models import Fill, MultiLegTrade, Order, StrategyHolding, StrategyResults, TradeState
from genesis.core.money import ZERO, truncate8
from genesis.core.portfolio import book, moved

if TYPE_CHECKING:
    from genesis.core.state import State


def share_fill(state: State, order: Order, fill: Fill, signed: Decimal, amount: Decimal) -> None:
    """Book a fill, which moved `signed` base for `amount` quote (`portfolio.moved`), on the holdings of strategies. Not for legs of a
    multi-leg trade: they belong to it alone."""
    reduces = order.purpose.reduces
    for holding, part in _parts(state, order, signed) if reduces else ():
        share = amount if part == signed else truncate8(amount * part / signed)
        _book(state, holding, part, share, fill.venue_time_ms)
        signed, amount = signed - part, amount - share
    if signed:
        _book(state, _holding(state, order.strategy, fill), signed, amount, fill.venue_time_ms)
    if not reduces:
        _note_stop(state, order, fill)


def _parts(state: State, order: Order, signed: Decimal) -> list[tuple[StrategyHolding, Decimal]]:
    """(what a strategy holds, the part that is taken of it) of a fill that reduces, in the order in which it is taken."""
    sold = signed < ZERO
    of_symbol = state.holdings_of.get((order.venue, order.symbol), ())
    holders = [holding for holding in of_symbol if holding.quantity and (holding.quantity > ZERO) is sold]
    if len(holders) > 1:
        holders.sort(key=lambda holding: (holding.strategy != order.strategy, holding.opened_ms, holding.strategy))
    parts, left = [], signed
    for holding in holders:
        if not left:
            break
        part = max(left, -holding.quantity) if left < ZERO else min(left, -holding.quantity)
        parts.append((holding, part))
        left -= part
    return parts


def _holding(state: State, strategy: str, fill: Fill) -> StrategyHolding:
    known = state.holdings.get((strategy, fill.venue, fill.symbol))
    if known is None:
        known = StrategyHolding(strategy=strategy, venue=fill.venue, symbol=fill.symbol)
        state.index_holding(known)
    return known


def _book(state: State, holding: StrategyHolding, signed: Decimal, amount: Decimal, at_ms: int) -> None:
    before, after = holding.quantity, book(holding, signed, amount)
    holding.quantity, holding.cost, holding.realised = after.quantity, after.cost, after.realised
    if before and after.quantity and (after.quantity > ZERO) is (before > ZERO):
        return  # the same round trip goes on
    if before:
        _finished(state, holding)
    if after.quantity:
        holding.opened_ms = at_ms


def _finished(state: State, holding: StrategyHolding) -> None:
    """A round trip ended: its result counts once."""
    add_result(state, holding.strategy, holding.realised - holding.opened_realised)
    holding.opened_realised = holding.realised
    holding.stop_fraction = None


def add_result(state: State, strategy: str, profit: Decimal) -> None:
    """Count a finished trade of a strategy; `profit` in quote, fees included (R14)."""
    results = state.results.get(strategy)
    if results is None:
        results = state.results[strategy] = StrategyResults()
    results.trades += 1
    results.wins += profit > ZERO
    results.won += max(profit, ZERO)
    results.lost += max(-profit, ZERO)


def _note_stop(state: State, order: Order, fill: Fill) -> None:
    """An entry brings its strategy's own stop along; the tighter of two wins (R6)."""
    signal = state.signals.get(order.correlation_id)
    if signal is None or signal.stop_fraction is None:
        return
    holding = state.holdings[(order.strategy, fill.venue, fill.symbol)]
    known = holding.stop_fraction
    holding.stop_fraction = signal.stop_fraction if known is None else min(known, signal.stop_fraction)


def drop_dust(state: State, venue: str, symbol: str) -> None:
    """The position became flat by sweeping its dust: so does everybody's part of it."""
    for holding in state.holdings_of.get((venue, symbol), ()):
        if holding.quantity != ZERO:
            holding.quantity, holding.cost = ZERO, ZERO
            _finished(state, holding)


def trade_holdings(state: State, trade: MultiLegTrade) -> list[StrategyHolding]:
    """What a multi-leg trade holds of each symbol, by the fills of its legs and with the tightest stop that their signals brought
    along; symbols that are flat are left out."""
    held: dict[tuple[str, str], StrategyHolding] = {}
    for leg in trade.legs:
        key = (leg.venue, leg.symbol)
        holding = held.setdefault(key, StrategyHolding(strategy=trade.strategy, venue=leg.venue, symbol=leg.symbol))
        for fill in state.fills_of.get(leg.client_order_id or "", ()):
            after = book(holding, *moved(fill, state.rules[key].base, state.rules[key].quote))
            holding.quantity, holding.cost, holding.realised = after.quantity, after.cost, after.realised
            holding.opened_ms = holding.opened_ms or fill.venue_time_ms
        holding.stop_fraction = _tighter(holding.stop_fraction, _wished_stop(state, leg.client_order_id))
    return [holding for holding in held.values() if holding.quantity != ZERO]


def _wished_stop(state: State, client_order_id: str | None) -> Decimal | None:
    order = state.orders.get(client_order_id or "")
    signal = state.signals.get(order.correlation_id) if order is not None and not order.purpose.reduces else None
    return signal.stop_fraction if signal is not None else None


def _tighter(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return one if other is None else other if one is None else min(one, other)


def close_trade(state: State, trade: MultiLegTrade) -> None:
    """A multi-leg trade ended: its profit is a result of its strategy, unless nothing of it was ever filled."""
    traded = any(state.fills_of.get(leg.client_order_id or "") for leg in trade.legs)
    if trade.state is TradeState.CLOSED and trade.pnl is not None and traded:
        add_result(state, trade.strategy, trade.pnl)

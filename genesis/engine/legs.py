"""Multi-leg trades as facts: planned, moved on, and the order of one leg. Whoever decides (arbitrage, pairs, legging) writes by these."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from genesis.core.facts import MultiLegChanged
from genesis.core.models import Leg, MultiLegTrade, Purpose, TradeState
from genesis.engine.desk import Desk
from genesis.engine.executors.market import market_order
from genesis.engine.orders import intend, mint


def plan_trade(desk: Desk, trade: MultiLegTrade, reason: str) -> None:
    """Record a trade that is about to begin."""
    desk.record(_as_it_is(desk, trade, reason))
    desk.memory.active_trades.add(trade.multi_leg_id)


def change_trade(
    desk: Desk, trade: MultiLegTrade, after: TradeState, reason: str, *, legs: tuple[Leg, ...] | None = None, pnl: Decimal | None = None
) -> MultiLegTrade:
    """Record the next state of a trade (and its legs, if they changed); the trade as it is now. `pnl` ends it."""
    kept = legs if legs is not None else tuple(trade.legs)
    planned = _as_it_is(desk, trade, reason)
    desk.record(msgspec.structs.replace(planned, before=trade.state, after=after, legs=kept, pnl=pnl))
    if after is TradeState.CLOSED:
        desk.memory.active_trades.discard(trade.multi_leg_id)
    return desk.state.multi_legs[trade.multi_leg_id]


def _as_it_is(desk: Desk, trade: MultiLegTrade, reason: str) -> MultiLegChanged:
    return MultiLegChanged(
        multi_leg_id=trade.multi_leg_id,
        opportunity=trade.kind,
        strategy=trade.strategy,
        before="",
        after=trade.state,
        legs=tuple(trade.legs),
        expected_net=trade.expected_net,
        changed_ms=desk.now.wall_ms,
        pnl=trade.pnl,
        reason=reason,
        correlation_id=trade.multi_leg_id,
    )


def send_leg(
    desk: Desk, trade: MultiLegTrade, leg: Leg, taking_price: Decimal, *, index: int, purpose: Purpose = Purpose.LEG, cause: str = ""
) -> Leg:
    """Intend the MARKET order of one leg; the leg with its client order id. `cause` = the signal that it answers, "" = the trade."""
    order = market_order(
        client_order_id=mint(desk),
        rules=desk.state.rules[(leg.venue, leg.symbol)],
        side=leg.side,
        quantity=leg.quantity,
        taking_price=taking_price,
        collar=desk.settings.risk.market_order_collar,
        purpose=purpose,
        strategy=trade.strategy,
        correlation_id=cause or trade.multi_leg_id,
        now_ms=desk.now.wall_ms,
        multi_leg_id=trade.multi_leg_id,
        leg=index,
    )
    intend(desk, order)
    return msgspec.structs.replace(leg, client_order_id=order.client_order_id)

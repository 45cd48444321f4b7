"""Arbitrage, first half: opportunities in the books become reports, signals, and multi-leg trades (R15, P2)."""

from __future__ import annotations

from decimal import Decimal
from functools import partial

import msgspec

from genesis.analytics.market_analyzer import MarketAnalyzer, Opportunity
from genesis.core.facts import OpportunitySeen, SignalReceived
from genesis.core.models import EngineState, MultiLegTrade, OrderType, Purpose, Side, Signal, TradeState
from genesis.core.money import ONE, ZERO, text
from genesis.engine import ladder
from genesis.engine.conflicts import too_often
from genesis.engine.desk import NS_PER_MS, Desk
from genesis.engine.legs import change_trade, plan_trade, send_leg
from genesis.engine.risk_engine import ENTRY_RULES, Denial, RiskView, judge
from genesis.engine.signals import circuit_refusal, deny, entry_view, limbo, open_positions, venue_refusal
from genesis.engine.standing import standing
from genesis.engine.valuation import rate
from genesis.strategies.base import Plan, Room, Strategy

REPORTING = frozenset({EngineState.RUNNING, EngineState.PAUSED, EngineState.HALTED})


def look(desk: Desk, analyzer: MarketAnalyzer, strategies: dict[str, Strategy], venue: str, symbol: str) -> None:
    """Report every opportunity over one book, at most once until it disappears or its lifetime ends, and trade it."""
    if desk.state.engine_state not in REPORTING:
        return
    live, settings = desk.memory.live_opportunities, desk.settings.arbitrage
    for route, opportunity in analyzer.look(venue, symbol, desk.fresh_top):
        if opportunity is None or opportunity.net < settings.min_net:
            live.pop(route.key, None)
            continue
        seen_ns = live.get(route.key)
        if seen_ns is not None and desk.now.mono_ns - seen_ns < settings.lifetime_ms * NS_PER_MS:
            continue
        live[route.key] = desk.now.mono_ns
        for strategy in strategies.values():
            _consider(desk, strategy, opportunity)


def _consider(desk: Desk, strategy: Strategy, opportunity: Opportunity) -> None:
    if desk.state.engine_state is not EngineState.RUNNING or desk.state.quiesced:
        why = "order sources are quiesced" if desk.state.quiesced else f"the engine is {desk.state.engine_state}"
        _report(desk, opportunity, why)
        return
    room = _room(desk)
    if isinstance(room, Denial):
        _report(desk, opportunity, room.message)
        return
    plan = strategy.plan(opportunity, room)
    if isinstance(plan, str):
        _report(desk, opportunity, plan)
        return
    _trade(desk, strategy, opportunity, plan, room)


def _room(desk: Desk) -> Room | Denial:
    """R1 and arbitrage's own cap within it: the larger of 2 % of balance and R2."""
    stands = standing(desk)
    if isinstance(stands, Denial):
        return stands
    return Room(
        most_notional=min(ladder.largest(desk, *stands), own_cap(desk, stands[1])),
        rules=desk.state.rules,
        rate=partial(rate, desk),
        free=desk.free,
        buy_factor=ONE + desk.settings.risk.market_order_collar,
    )


def own_cap(desk: Desk, equity: Decimal) -> Decimal:
    """Arbitrage's own largest notional, in the quote asset (R1)."""
    risk = desk.settings.risk
    return max(equity * risk.arbitrage_order_fraction, risk.min_order_notional)


def _report(desk: Desk, opportunity: Opportunity, reason: str, trade_id: str = "") -> None:
    """Record an opportunity; `trade_id` = the trade that was considered for it, `reason` = why none was made."""
    desk.memory.opportunity_number += 1
    opportunity_id = f"opp-{desk.state.epoch}-{desk.memory.opportunity_number}"
    desk.record(
        OpportunitySeen(
            opportunity_id=opportunity_id,
            opportunity=opportunity.route.kind,
            net=opportunity.net,
            quantity=opportunity.quantity,
            tops=opportunity.tops,
            traded=not reason,
            reason=reason,
            correlation_id=trade_id or opportunity_id,
        )
    )


def _trade(desk: Desk, strategy: Strategy, opportunity: Opportunity, plan: Plan, room: Room) -> None:
    """The signal of the trade, its verdict, and either a denial or the first orders."""
    first = plan.legs[0]
    trade_id = f"arb-{desk.state.epoch}-{desk.memory.opportunity_number + 1}"
    signal = Signal(
        signal_id=trade_id,
        source="strategy",
        strategy=strategy.name,
        venue=first.venue,
        symbol=first.symbol,
        side=first.side,
        order_type=OrderType.MARKET,
        quantity=first.quantity,
        confidence=plan.confidence,
        purpose=Purpose.ENTRY,
        received_ms=desk.now.wall_ms,
    )
    denial = too_often(desk, signal) or _judge(desk, signal, plan, opportunity, room.most_notional)
    _report(desk, opportunity, f"{denial.rule}: {denial.message}" if denial is not None else "", trade_id)
    desk.record(SignalReceived(signal=signal, top=opportunity.tops[0], correlation_id=trade_id))
    if denial is not None:
        deny(desk, trade_id, denial)
        return
    _start(desk, strategy.name, opportunity, plan, trade_id)


def _judge(desk: Desk, signal: Signal, plan: Plan, opportunity: Opportunity, cap: Decimal) -> Denial | None:
    """Every leg must find its venue and symbol in order; those that leave now pass all rules, the trade counted once (R4)."""
    before = ZERO
    for leg, top in zip(plan.legs, opportunity.tops, strict=True):
        rules = desk.state.rules[(leg.venue, leg.symbol)]
        denial = venue_refusal(desk, rules) or circuit_refusal(desk, leg.venue) or limbo(desk, leg.venue, leg.symbol)
        leaves_now = plan.at_once or leg is plan.legs[0]
        if denial is None and leaves_now:
            of_leg = msgspec.structs.replace(signal, venue=leg.venue, symbol=leg.symbol, side=leg.side, quantity=leg.quantity)
            view = _leg_view(desk, of_leg, top.ask if leg.side is Side.BUY else top.bid, cap, before)
            if isinstance(view, Denial):
                return view
            denial, before = judge(view, ENTRY_RULES), before + view.notional
        if denial is not None:
            return denial
    return None


def _leg_view(desk: Desk, leg: Signal, price: Decimal, cap: Decimal, before: Decimal) -> RiskView | Denial:
    """What a leg is judged by; `before` = the notional of the legs before it that leave at the same time (R5)."""
    view = entry_view(desk, leg, desk.state.rules[(leg.venue, leg.symbol)], price, cap)
    if isinstance(view, Denial):
        return view
    others = open_positions(desk, ("", ""))[0]
    # What one leg sells another one buys: no leg opens a short, and the trade is a position of its own that no market moves (R10).
    return msgspec.structs.replace(
        view, short_cash=ZERO, is_new_position=True, open_positions=others, opens=None, exposure=view.exposure + before, companion=None
    )


def _start(desk: Desk, strategy: str, opportunity: Opportunity, plan: Plan, trade_id: str) -> None:
    trade = MultiLegTrade(
        multi_leg_id=trade_id,
        kind=opportunity.route.kind,
        strategy=strategy,
        state=TradeState.PLANNED,
        legs=list(plan.legs),
        expected_net=opportunity.net,
        created_ms=desk.now.wall_ms,
    )
    reason = f"{opportunity.route.key} net {text(opportunity.net)}"
    plan_trade(desk, trade, reason)
    legs = list(plan.legs)
    for index, leg in enumerate(plan.legs if plan.at_once else plan.legs[:1]):
        top = opportunity.tops[index]
        legs[index] = send_leg(desk, trade, leg, top.ask if leg.side is Side.BUY else top.bid, index=index)
    change_trade(desk, trade, TradeState.LEGGING, reason, legs=tuple(legs))

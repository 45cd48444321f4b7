"""Simple arbitrage of the SNIPER: take what is offered, net of fees, within its own cap (R1, R15)."""

from __future__ import annotations

from decimal import Decimal

from genesis.analytics.market_analyzer import DIRECT, Opportunity
from genesis.core.models import Leg, Side, SymbolRules
from genesis.core.money import ONE, ZERO, floor_to, text
from genesis.strategies.base import Plan, Room

NAME = "simple_arbitrage"


class SimpleArbitrage:
    """Trades every opportunity of at least `min_net` (fraction) that the venues' lot sizes let through.

    Its prices are certain when it looks, so its confidence is 1 (R8).
    """

    def __init__(self, min_net: Decimal) -> None:
        self._min_net = min_net

    @property
    def name(self) -> str:
        return NAME

    def plan(self, opportunity: Opportunity, room: Room) -> Plan | str:
        """The legs of the trade: the smaller of what the books offer and what the cap allows, floored to the lot size."""
        if opportunity.net < self._min_net:
            return f"net {text(opportunity.net)} is below {text(self._min_net)}"
        legs = _direct(opportunity, room) if opportunity.route.kind == DIRECT else _triangular(opportunity, room)
        if not legs:
            return f"no price for {opportunity.route.hops[0].quote}"
        too_small = [leg.symbol for leg in legs if leg.quantity < _least(room.rules[(leg.venue, leg.symbol)])]
        if too_small:
            return f"too small for the lot size of {', '.join(too_small)}"
        return Plan(legs=legs, at_once=opportunity.route.kind == DIRECT, confidence=ONE)


def _least(rules: SymbolRules) -> Decimal:
    return max(rules.min_qty, rules.step_size)


def _floor(quantity: Decimal, rules: SymbolRules) -> Decimal:
    return floor_to(quantity, rules.step_size) if rules.step_size > ZERO else quantity


def _direct(opportunity: Opportunity, room: Room) -> tuple[Leg, ...]:
    hops, tops = opportunity.route.hops, opportunity.tops
    buy, sell = hops
    rate = room.rate(buy.venue, buy.quote)
    if not rate:
        return ()
    # The dearer side bounds both notionals: the same quantity is bought and sold. What cannot be paid or delivered is not executable.
    quantity = min(
        opportunity.quantity,
        room.most_notional / rate / max(tops[0].ask, tops[1].bid),
        room.free(buy.venue, buy.quote) / (tops[0].ask * room.buy_factor),
        room.free(sell.venue, sell.base),
    )
    for hop in sorted(hops, key=lambda hop: room.rules[(hop.venue, hop.symbol)].step_size):
        quantity = _floor(quantity, room.rules[(hop.venue, hop.symbol)])
    return tuple(Leg(venue=hop.venue, symbol=hop.symbol, side=hop.side, quantity=quantity) for hop in hops)


def _triangular(opportunity: Opportunity, room: Room) -> tuple[Leg, ...]:
    legs: list[Leg] = []
    amount = ZERO
    for index, (hop, top) in enumerate(zip(opportunity.route.hops, opportunity.tops, strict=True)):
        rules, buying = room.rules[(hop.venue, hop.symbol)], hop.side is Side.BUY
        if index == 0:
            most = room.most_notional / (top.ask if buying else top.bid)
            quantity = _floor(min(opportunity.quantity, most), rules)
        else:
            quantity = _floor(amount / top.ask if buying else amount, rules)
        amount = quantity if buying else quantity * top.bid
        legs.append(Leg(venue=hop.venue, symbol=hop.symbol, side=hop.side, quantity=quantity))
    return tuple(legs)

"""What strategies wish for, carried out: single wishes one by one, the legs of a pair as one multi-leg trade (R19, decision 23).

Both legs of a pair are signals of their own, judged by every rule of an entry; a refusal of either refuses both and nothing is
sent. Once sent, `legging` has the trade. An exit closes both legs at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

import msgspec

from genesis.core.errors import INVALID_PARAMETERS, RISK_LIMIT
from genesis.core.facts import SignalReceived
from genesis.core.models import PAIR, Bar, Leg, MarketState, MultiLegTrade, Purpose, Side, Signal, StrategyState, TradeState
from genesis.core.money import ZERO, text
from genesis.core.portfolio import reserved_at_start, short_entry_cash
from genesis.core.state import AssetKey, SymbolKey
from genesis.engine import conflicts, legging, own_account, rerouting, wishes
from genesis.engine.desk import Desk
from genesis.engine.executors.pair import PairLeg, bounds, quantities
from genesis.engine.legs import change_trade, plan_trade, send_leg
from genesis.engine.pair_holdings import bought, pairs
from genesis.engine.risk_engine import ENTRY_RULES, Denial, RiskView, judge, malformed
from genesis.engine.signals import (
    circuit_refusal,
    close_overruled,
    companion_of,
    deny,
    entry_view,
    limbo,
    open_positions,
    venue_refusal,
    why_closed,
)
from genesis.engine.standing import no_book, standing
from genesis.engine.strategy_states import state_of
from genesis.engine.valuation import committed_cash, rate
from genesis.strategies.base import Wish

Named = tuple[str, Wish]
"""A wish and the id of the signal that it becomes."""
Untraded = Mapping[SymbolKey, MarketState | None]


def carry_out(desk: Desk, strategy: str, wished: list[Wish], bar: Bar, untraded: Untraded) -> None:
    """Turn the wishes of one cycle into signals and decide on them. Their ids say which bar they came of: the same bar never
    makes the same signal twice. `untraded` = its symbols in whose market it may not enter now (R32)."""
    told = rerouting.entered_elsewhere(desk, strategy, bar, len(wished))
    named = [
        (rerouting.signal_id(desk, strategy, bar.venue, bar.symbol, f"{bar.close_ms}-{number}"), wish)
        for number, wish in enumerate(wished, 1)
        if not (told and wish.purpose is Purpose.ENTRY)
    ]
    for signal_id, wish in named:
        legs = [one for one in named if wish.pair is not None and one[1].pair == wish.pair]
        if not legs:
            wishes.carry_out(desk, strategy, wish, signal_id, untraded)
        elif legs[0][0] == signal_id:
            _carry_out_pair(desk, strategy, legs, untraded)


def _carry_out_pair(desk: Desk, strategy: str, legs: list[Named], untraded: Untraded) -> None:
    """While the engine takes no signal of its kind, nothing is recorded."""
    if any(rerouting.waits(desk, strategy, wish) for _, wish in legs):
        return
    purpose, keys = legs[0][1].purpose, [(wish.venue, wish.symbol) for _, wish in legs]
    if any(desk.state.knows_signal(signal_id) for signal_id, _ in legs) or why_closed(desk, purpose):
        return
    if any(desk.rules(*key) is None for key in keys):
        return  # the venue was not read yet
    trade = _trade_over(desk, strategy, keys)
    if purpose is Purpose.EXIT and trade is not None and trade.state is TradeState.COMPLETE:
        _leave(desk, trade, legs)
    elif purpose is Purpose.ENTRY and trade is None and state_of(desk, strategy) is StrategyState.RUNNING:
        _enter(desk, strategy, legs, untraded)


def _trade_over(desk: Desk, strategy: str, keys: Sequence[SymbolKey]) -> MultiLegTrade | None:
    """The strategy's pair that has a leg in one of these symbols and is not CLOSED."""
    return next((trade for trade in pairs(desk, strategy) if any((leg.venue, leg.symbol) in keys for leg in trade.legs)), None)


# -- exits


def _leave(desk: Desk, trade: MultiLegTrade, legs: list[Named]) -> None:
    """Close both legs as one. The orders that leave answer the exit signals of their symbols."""
    wish_of = {(wish.venue, wish.symbol): (signal_id, wish) for signal_id, wish in legs}
    signals = []
    for leg, _ in legging.leaving(desk, trade):
        signal_id, wish = wish_of.get((leg.venue, leg.symbol), (f"{legs[0][0]}-{leg.symbol}", legs[0][1]))
        wish = msgspec.structs.replace(wish, venue=leg.venue, symbol=leg.symbol, side=leg.side, pair=trade.multi_leg_id)
        signals.append(wishes.signal_of(trade.strategy, wish, signal_id, leg.quantity))
    _receive(desk, signals)
    refused = (venue_refusal(desk, desk.state.rules[(leg.venue, leg.symbol)], Purpose.EXIT) for leg in trade.legs)
    denial = next((one for one in refused if one is not None), None)
    if denial is not None:
        _refuse(desk, signals, denial)
        return
    legging.leave(desk, trade, legs[0][1].reason, {(signal.venue, signal.symbol): signal.signal_id for signal in signals})


# -- entries


def _enter(desk: Desk, strategy: str, legs: list[Named], untraded: Untraded) -> None:
    terms = _priced(desk, legs)
    priced = terms if not isinstance(terms, Denial) else []
    elsewhere = next((one for one in (rerouting.refusal(desk, strategy, wish) for _, wish in legs) if one is not None), None)
    barred = _out_of_market(strategy, legs, untraded) or elsewhere or (terms if isinstance(terms, Denial) else None)
    sized = barred or _sized(desk, strategy, priced)
    amounts = [ZERO for _ in legs] if isinstance(sized, Denial) else sized
    trade_id = legs[0][0]  # that of the first signal, which comes once: what the strategy calls its pair may come again
    signals = []
    for (signal_id, wish), quantity in zip(legs, amounts, strict=True):
        signals.append(wishes.signal_of(strategy, msgspec.structs.replace(wish, pair=trade_id), signal_id, quantity))
    _receive(desk, signals)
    denial = sized if isinstance(sized, Denial) else _judge(desk, signals, priced)
    if denial is not None:
        _refuse(desk, signals, denial)
        return
    for signal in signals:
        for lost in conflicts.overrule(desk, signal):
            close_overruled(desk, lost)
    _start(desk, signals, [leg.price for leg in priced])


def _out_of_market(strategy: str, legs: list[Named], untraded: Untraded) -> Denial | None:
    """R32: an entry of either leg in a market that the strategy does not trade in."""
    for _, wish in legs:
        key = (wish.venue, wish.symbol)
        if key in untraded:
            return wishes.out_of_market(strategy, wish.symbol, untraded[key])
    return None


def _receive(desk: Desk, signals: list[Signal]) -> None:
    for index, signal in enumerate(signals):
        signals[index] = msgspec.structs.replace(signal, received_ms=desk.now.wall_ms)
        top = desk.fresh_top(signal.venue, signal.symbol)
        desk.record(SignalReceived(signal=signals[index], top=top, correlation_id=signal.signal_id))


def _refuse(desk: Desk, signals: list[Signal], denial: Denial) -> None:
    """The last one first: those that R9 refuses are forgotten in that order."""
    for signal in reversed(signals):
        deny(desk, signal.signal_id, denial)


def _priced(desk: Desk, legs: list[Named]) -> list[PairLeg] | Denial:
    found = []
    for _, wish in legs:
        rules, top = desk.state.rules[(wish.venue, wish.symbol)], desk.fresh_top(wish.venue, wish.symbol)
        conversion = rate(desk, rules.venue, rules.quote)
        if top is None or not conversion:
            return no_book(f"{wish.venue}/{wish.symbol}")
        found.append(
            PairLeg(
                side=wish.side,
                weight=wish.weight,
                price=top.ask if wish.side is Side.BUY else top.bid,
                rules=rules,
                rate=conversion,
                taker_fee=desk.taker_fee(rules.venue),
                sellable=_sellable(desk, rules.venue, rules.base),
                cash=desk.free(rules.venue, rules.quote) - committed_cash(desk, rules.venue, rules.quote),
            )
        )
    return found


def _sellable(desk: Desk, venue: str, base: str) -> Decimal:
    """Base that is free and no position's nor pair's: what is sold here is bought back for the inventory, not for them."""
    long = [position for position in desk.state.positions.values() if position.venue == venue and position.quantity > ZERO]
    theirs = sum((position.quantity for position in long if desk.state.rules[(venue, position.symbol)].base == base), ZERO)
    stops = sum((desk.reserved_by_stops(venue, position.symbol, base) for position in long), ZERO)
    return max(desk.free(venue, base) + stops - theirs - bought(desk, venue, base), ZERO)


def _sized(desk: Desk, strategy: str, legs: list[PairLeg]) -> list[Decimal] | Denial:
    """The quantities of both legs, in the proportion of their weights; a denial that names the limit if a leg would be too small."""
    stands = standing(desk)
    if isinstance(stands, Denial):
        return stands
    left = conflicts.share_left(desk, strategy, stands[1])
    if left is None:
        return no_book(f"all that {strategy} holds")
    risk = desk.settings.risk
    edge = wishes.kelly_notional(desk, strategy, *stands)
    together = (("SHARE", left, f"nothing is left of the share of {strategy}"), ("R14", edge, wishes.no_edge(strategy)))
    largest = own_account.largest(desk, legs[0].rules.venue, *stands)
    if isinstance(largest, Denial):
        return largest
    limits = bounds(legs, largest=largest, together=together, stop=risk.stop_fraction, collar=risk.market_order_collar)
    tightest = min(limits, key=lambda bound: bound.units)
    if tightest.units <= ZERO:
        return Denial(tightest.rule, RISK_LIMIT, "more than 0", text(tightest.units), tightest.says)
    found = quantities(legs, tightest.units)
    for leg, quantity in zip(legs, found, strict=True):
        if quantity < leg.rules.min_qty or quantity == ZERO:
            message = f"the leg of {leg.rules.symbol} would be {text(quantity)} (by {tightest.rule}), less than the venue takes"
            return Denial("LOT_SIZE", INVALID_PARAMETERS, text(leg.rules.min_qty), text(quantity), message)
    return found


def _judge(desk: Desk, signals: list[Signal], legs: list[PairLeg]) -> Denial | None:
    """Every rule of an entry for both legs; the trade counts once (R4), its cash and its share in sum (R7)."""
    spent: dict[AssetKey, Decimal] = {}
    notional = equity = ZERO
    for signal, leg in zip(signals, legs, strict=True):
        refused = malformed(signal, leg.rules) or venue_refusal(desk, leg.rules) or circuit_refusal(desk, signal.venue)
        refused = refused or limbo(desk, signal.venue, signal.symbol) or conflicts.refusal(desk, signal)
        view = refused or _view(desk, signal, leg, spent, notional)
        if isinstance(view, Denial):
            return view
        denial = judge(view, ENTRY_RULES) or own_account.refusal(desk, view, notional)
        if denial is not None:
            return denial
        key = (leg.rules.venue, leg.rules.quote)
        reserves = view.short_cash or reserved_at_start(signal.side, signal.order_type, signal.quantity, leg.price, _collar(desk))
        spent[key] = spent.get(key, ZERO) + reserves
        notional, equity = notional + view.notional, view.equity
    return conflicts.beyond_share(desk, signals[0], notional, equity)


def _collar(desk: Desk) -> Decimal:
    return desk.settings.risk.market_order_collar


def _view(desk: Desk, signal: Signal, leg: PairLeg, spent: Mapping[AssetKey, Decimal], before: Decimal) -> RiskView | Denial:
    """What a leg is judged by; `before` = the notional of the leg before it (R5). It stands beside the position of its symbol: all
    that it sells is to be bought back."""
    view = entry_view(desk, signal, leg.rules, leg.price)
    if isinstance(view, Denial):
        return view
    short = signal.side is Side.SELL
    fraction = desk.settings.risk.stop_fraction
    return msgspec.structs.replace(
        view,
        free_base=min(view.free_base, leg.sellable),
        opens=None,
        exposure=view.exposure + before,
        free_quote=view.free_quote - spent.get((leg.rules.venue, leg.rules.quote), ZERO),
        committed_quote=committed_cash(desk, leg.rules.venue, leg.rules.quote),
        short_cash=short_entry_cash(signal.quantity, leg.price, fraction, leg.taker_fee) if short else ZERO,
        open_positions=open_positions(desk, ("", ""))[0],
        is_new_position=True,
        companion=companion_of(desk, (leg.rules.venue, leg.rules.symbol), signal.side),
    )


def _start(desk: Desk, signals: list[Signal], prices: list[Decimal]) -> None:
    first = signals[0]
    legs = [Leg(venue=signal.venue, symbol=signal.symbol, side=signal.side, quantity=signal.quantity) for signal in signals]
    trade = MultiLegTrade(
        multi_leg_id=first.pair,
        kind=PAIR,
        strategy=first.strategy,
        state=TradeState.PLANNED,
        legs=legs,
        expected_net=ZERO,
        created_ms=desk.now.wall_ms,
    )
    plan_trade(desk, trade, first.reason)
    for index, (signal, price) in enumerate(zip(signals, prices, strict=True)):
        legs[index] = send_leg(desk, trade, legs[index], price, index=index, cause=signal.signal_id)
    change_trade(desk, trade, TradeState.LEGGING, first.reason, legs=tuple(legs))

"""Strategies beside each other: how much each may say (R9), who wins on one symbol (R36), and whose capital it is.

All of it is judged for entries of configured strategies only; how often (R9) is judged for arbitrage too, and the account's own
trades a day count for everybody.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from genesis.core.day import DAY_MS
from genesis.core.errors import RISK_LIMIT, TIER_VIOLATION
from genesis.core.facts import ConflictLost
from genesis.core.models import Order, Purpose, Side, Signal, StrategyHolding, Tier
from genesis.core.money import ONE, ZERO, text, truncate8
from genesis.engine import legging, parents
from genesis.engine.desk import Desk
from genesis.engine.orders import cancel
from genesis.engine.pair_holdings import legs_held
from genesis.engine.risk_engine import Denial
from genesis.engine.standing import standing
from genesis.engine.valuation import rate
from genesis.strategies.registry import KINDS

_RANK = {tier: number for number, tier in enumerate(Tier)}


def refusal(desk: Desk, signal: Signal) -> Denial | None:
    """Why an entry may not be looked at further: R9, a conflict it loses (R36), or a position of another strategy."""
    return _trades_a_day(desk) or (_as_strategy(desk, signal) if signal.strategy in desk.strategies else None)


def too_often(desk: Desk, signal: Signal) -> Denial | None:
    """R9: trades of the account on this day, and entry signals of the strategy in a minute and in a burst."""
    return _trades_a_day(desk) or _too_many(desk, signal)


def _as_strategy(desk: Desk, signal: Signal) -> Denial | None:
    return _not_unlocked(desk, signal) or _too_many(desk, signal) or _lost(desk, signal) or _held_by_another(desk, signal)


def _not_unlocked(desk: Desk, signal: Signal) -> Denial | None:
    """The tier unlocks kinds of strategies."""
    stands = standing(desk)
    needed = KINDS[desk.strategies[signal.strategy].kind].unlocked_by
    if isinstance(stands, Denial) or _RANK[stands[0]] >= _RANK[needed]:
        return stands if isinstance(stands, Denial) else None
    kind = desk.strategies[signal.strategy].kind
    message = f"{kind} is unlocked by tier {needed}; the tier is {stands[0]}"
    return Denial("TIER", TIER_VIOLATION, needed, stands[0], message)


def _trades_a_day(desk: Desk) -> Denial | None:
    """R9: entry orders since 00:00 UTC."""
    most = desk.settings.risk.trades_a_day
    day, number = desk.state.entries_of_day
    if day != desk.now.wall_ms // DAY_MS or number < most:
        return None
    return Denial("R9", RISK_LIMIT, str(most), str(number + 1), f"expected at most {most} trades a day; this would be number {number + 1}")


def _too_many(desk: Desk, signal: Signal) -> Denial | None:
    """R9: entry signals of one strategy in a minute, and in a burst; `signal` counts, on record already or not. The legs of a pair
    are one."""
    runtime = desk.settings.runtime
    own = signal.pair or signal.signal_id
    for most, window_ms in ((runtime.burst_signals, runtime.burst_ms), (runtime.signals_a_minute, 60_000)):
        number = 1 + desk.state.entry_signals.number(signal.strategy, signal.received_ms - window_ms, but=own)
        if number > most:
            message = f"expected at most {most} signals of {signal.strategy} in {window_ms // 1_000} s; this is number {number}"
            return Denial("R9", RISK_LIMIT, str(most), str(number), message)
    return None


def opposites(desk: Desk, signal: Signal) -> list[Signal]:
    """Accepted entries of other strategies in the other direction on the same symbol, within the time of a conflict (R36). An
    arbitrage takes no direction: what one of its legs buys another one sells."""
    since = signal.received_ms - desk.settings.runtime.conflict_ms
    return [
        other
        for other in desk.state.entry_signals.against(signal, since)
        if other.strategy in desk.strategies and desk.state.signal_outcomes[other.signal_id].status == "accepted"
    ]


def _lost(desk: Desk, signal: Signal) -> Denial | None:
    """R36: an opposite entry of at least the same priority stands."""
    mine = desk.priority(signal.strategy)
    for other in opposites(desk, signal):
        theirs = desk.priority(other.strategy)
        if theirs >= mine:
            age_ms = signal.received_ms - other.received_ms
            message = (
                f"{other.strategy} (priority {theirs}) went {other.side} on {other.symbol} {age_ms} ms ago; "
                f"{signal.strategy} (priority {mine}) may not go {signal.side} within {desk.settings.runtime.conflict_ms} ms"
            )
            return Denial("R36", RISK_LIMIT, str(theirs), str(mine), message)
    return None


def _held_by_another(desk: Desk, signal: Signal) -> Denial | None:
    """Nobody trades away what another strategy holds: one symbol has one direction at a time, whatever the priorities."""
    losing = {other.strategy for other in opposites(desk, signal)}
    for holding in (*_opposite(desk, signal, _holdings(desk, signal)), *_opposite(desk, signal, legs_held(desk))):
        if holding.strategy not in losing:
            held = text(holding.quantity)
            message = f"{holding.strategy} holds {held} of {signal.symbol}; {signal.strategy} may not go {signal.side} against it"
            return Denial("HOLDING", RISK_LIMIT, "no opposite holding", held, message)
    return None


def _holdings(desk: Desk, signal: Signal) -> Iterable[StrategyHolding]:
    """What the strategies hold of the signal's symbol."""
    found = (desk.state.holdings.get((name, signal.venue, signal.symbol)) for name in desk.strategies)
    return [holding for holding in found if holding is not None]


def _opposite(desk: Desk, signal: Signal, held: Iterable[StrategyHolding]) -> Iterable[StrategyHolding]:
    sign = ONE if signal.side is Side.BUY else -ONE
    for holding in held:
        of_symbol = (holding.venue, holding.symbol) == (signal.venue, signal.symbol)
        if of_symbol and holding.strategy in desk.strategies and holding.strategy != signal.strategy and holding.quantity * sign < ZERO:
            yield holding


def given_up(desk: Desk, signal: Signal) -> Decimal:
    """Signed base that the losers of a conflict hold and are about to close: it is not the winner's to use. What pairs hold is no
    part of the position and is kept from everybody anyway."""
    losing = {other.strategy for other in opposites(desk, signal)} if signal.strategy in desk.strategies else set()
    held = _opposite(desk, signal, _holdings(desk, signal)) if losing else ()
    return sum((holding.quantity for holding in held if holding.strategy in losing), ZERO)


def overrule(desk: Desk, winner: Signal) -> list[Order]:
    """Tell the losers why (R36) and have their entries cancelled; the orders of theirs that had executed something already."""
    if winner.strategy not in desk.strategies:
        return []
    ended = []
    for loser in opposites(desk, winner):
        message = (
            f"{winner.strategy} (priority {desk.priority(winner.strategy)}) goes {winner.side} on {winner.symbol}: "
            f"{loser.strategy} (priority {desk.priority(loser.strategy)}) is overruled"
        )
        desk.record(
            ConflictLost(
                signal_id=loser.signal_id,
                strategy=loser.strategy,
                winner=winner.strategy,
                winning_signal_id=winner.signal_id,
                message=message,
                correlation_id=loser.signal_id,
            )
        )
        parents.abort_one(desk, loser.signal_id, message)
        legging.give_up(desk, loser.pair, message)
        for order in [order for order in desk.state.orders_of(loser.signal_id) if order.purpose is Purpose.ENTRY]:
            if not order.state.terminal:
                cancel(desk, order, "send")
            elif order.executed > ZERO:
                ended.append(order)
    return ended


def bound(desk: Desk, strategy: str) -> Decimal | None:
    """Capital that a strategy has bound, in the quote asset: the cost of what it holds, and what its entries may still cost.
    None while a needed book is not fresh."""
    total = ZERO
    for holding in (*desk.tally.holdings(strategy), *legs_held(desk, strategy)):
        if holding.quantity != ZERO:
            price = rate(desk, holding.venue, desk.state.rules[(holding.venue, holding.symbol)].quote)
            if price is None:
                return None
            total += holding.cost * price
    for (venue, asset), reserved in desk.tally.bound(strategy):
        price = rate(desk, venue, asset)
        if price is None:
            return None
        total += reserved * price
    for parent in desk.state.working_parents.values():
        if parent.strategy == strategy:
            price = rate(desk, parent.venue, desk.state.rules[(parent.venue, parent.symbol)].quote)
            if price is None:
                return None
            total += sum(parent.slices[len(parent.orders) :], ZERO) * parent.arrival_price * price
    return truncate8(total)


def share_left(desk: Desk, strategy: str, equity: Decimal) -> Decimal | None:
    """What is left of a strategy's share of the balance, in the quote asset; None while it cannot be told."""
    used = bound(desk, strategy)
    return None if used is None else truncate8(equity * desk.strategies[strategy].capital_share) - used


def beyond_share(desk: Desk, signal: Signal, notional: Decimal, equity: Decimal) -> Denial | None:
    """A strategy binds no more than its share of the balance: the rest of the pool is the others'."""
    if signal.strategy not in desk.strategies:
        return None
    left = share_left(desk, signal.strategy, equity)
    if left is None:
        return Denial("R25", RISK_LIMIT, "fresh book", "none", f"expected fresh books of all that {signal.strategy} holds")
    if notional <= left:
        return None
    share = text(desk.strategies[signal.strategy].capital_share)
    message = f"{signal.strategy} may bind {share} of the balance; {text(left)} of it are left"
    return Denial("SHARE", RISK_LIMIT, text(left), text(notional), message)

"""What the account is worth: equity, unrealised profit, conversion to the quote asset, cash committed to buy-backs. Pure reads."""

from __future__ import annotations

from decimal import Decimal

from genesis.core.models import Position, StrategyHolding, Tier
from genesis.core.money import ONE, ZERO, truncate8
from genesis.core.portfolio import short_entry_cash, unrealised
from genesis.core.settings import TierLimits
from genesis.engine.desk import Desk
from genesis.engine.pair_holdings import buy_backs, legs_held


def rate(desk: Desk, venue: str, asset: str) -> Decimal | None:
    """Price of `asset` in the quote asset: the mid of its fresh book. 0 if the engine watches no such symbol; None if it
    watches one whose book is missing or stale."""
    if asset == desk.settings.quote_asset:
        return ONE
    book = desk.tally.worth.book_of(venue, asset)
    if book is None:
        return ZERO
    top = desk.fresh_top(*book)
    return top.mid if top is not None else None


def equity(desk: Desk) -> Decimal | None:
    """Total of every asset at the mid of its quote-asset book, truncated to 8 places; None while a needed book is not fresh.

    An asset without a watched quote-asset symbol counts 0: it must not raise limits that nothing can verify.
    """
    return desk.tally.worth.total(desk.now.mono_ns)


def unvalued(desk: Desk) -> list[str]:
    """The symbols whose missing or stale book keeps `equity` unknown, for messages."""
    held = [key for key, balance in desk.state.balances.items() if balance.total != ZERO and key[0] in desk.terms]
    missing = [key for key in held if rate(desk, *key) is None]
    return [f"{venue}/{desk.tally.worth.symbol_of(venue, asset)}" for venue, asset in missing]


def tier_for(value: Decimal, tiers: dict[Tier, TierLimits]) -> Tier:
    """The highest tier whose capital is reached (inclusive); under all of them the lowest, in which only exits pass."""
    reached = [tier for tier, limits in tiers.items() if value >= limits.capital_from]
    pool = reached or [min(tiers, key=lambda tier: tiers[tier].capital_from)]
    return max(pool, key=lambda tier: tiers[tier].capital_from)


def unrealised_total(desk: Desk) -> Decimal | None:
    """Sum over open positions and legs of pairs at the side that would close them (bid of a long, ask of a short), in the quote
    asset; None while a needed book is not fresh."""
    total = ZERO
    parts: list[Position | StrategyHolding] = [*desk.state.positions.values(), *legs_held(desk)]
    for held in parts:
        if held.quantity == ZERO:
            continue
        top, rules = desk.fresh_top(held.venue, held.symbol), desk.state.rules[(held.venue, held.symbol)]
        conversion = rate(desk, held.venue, rules.quote) if top is not None else None
        if top is None or conversion is None:
            return None
        total += truncate8(unrealised(held, top.bid if held.quantity > ZERO else top.ask) * conversion)
    return total


def committed_cash(desk: Desk, venue: str, asset: str, but_symbol: str = "") -> Decimal:
    """Cash (`asset`) that short positions, short legs of pairs and open short entries at `venue` need for their buy-back; the
    position of `but_symbol` left out."""
    total = truncate8(buy_backs(desk, venue, asset)) + desk.tally.committed(venue, asset, but_symbol)
    if not desk.tally.market_shorts:
        return total
    fee, fraction = desk.taker_fee(venue), desk.settings.risk.stop_fraction
    for order in desk.tally.market_shorts.values():
        if order.venue == venue and desk.state.rules[(venue, order.symbol)].quote == asset:
            top = desk.memory.tops.get((venue, order.symbol))
            total += short_entry_cash(order.quantity - order.executed, top.bid if top is not None else ZERO, fraction, fee)
    return total

"""What the account is worth: equity, unrealised profit, conversion to the quote asset, cash committed to buy-backs. Pure reads."""

from __future__ import annotations

from decimal import Decimal

from genesis.core.models import PAIR, Order, OrderType, Position, Purpose, Side, StrategyHolding, Tier
from genesis.core.money import ONE, ZERO, truncate8
from genesis.core.portfolio import unrealised
from genesis.core.settings import TierLimits
from genesis.engine.desk import Desk
from genesis.engine.pair_holdings import buy_backs, legs_held


def rate(desk: Desk, venue: str, asset: str) -> Decimal | None:
    """Price of `asset` in the quote asset: the mid of its fresh book. 0 if the engine watches no such symbol; None if it
    watches one whose book is missing or stale."""
    quote = desk.settings.quote_asset
    if asset == quote:
        return ONE
    symbol = _symbol_of(desk, venue, asset, quote)
    if symbol is None:
        return ZERO
    top = desk.fresh_top(venue, symbol)
    return top.mid if top is not None else None


def _symbol_of(desk: Desk, venue: str, base: str, quote: str) -> str | None:
    for symbol in desk.terms[venue].symbols:
        rules = desk.rules(venue, symbol)
        if rules is not None and rules.base == base and rules.quote == quote:
            return symbol
    return None


def equity(desk: Desk) -> Decimal | None:
    """Total of every asset at the mid of its quote-asset book, truncated to 8 places; None while a needed book is not fresh.

    An asset without a watched quote-asset symbol counts 0: it must not raise limits that nothing can verify.
    """
    total = ZERO
    for (venue, asset), balance in desk.state.balances.items():
        if balance.total == ZERO or venue not in desk.terms:
            continue
        price = rate(desk, venue, asset)
        if price is None:
            return None
        total += balance.total * price
    return truncate8(total)


def unvalued(desk: Desk) -> list[str]:
    """The symbols whose missing or stale book keeps `equity` unknown, for messages."""
    held = [key for key, balance in desk.state.balances.items() if balance.total != ZERO and key[0] in desk.terms]
    missing = [key for key in held if rate(desk, *key) is None]
    return [f"{venue}/{_symbol_of(desk, venue, asset, desk.settings.quote_asset)}" for venue, asset in missing]


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


def buy_back_cash(position: Position, quantity: Decimal, taker_fee: Decimal) -> Decimal:
    """Cash that must stay at hand to buy back `quantity` of a short at its stop plus fee (domain "Inventory target")."""
    assert position.stop_price is not None, position.symbol
    return truncate8(quantity * position.stop_price / (ONE - taker_fee))


def committed_cash(desk: Desk, venue: str, asset: str, but_symbol: str = "") -> Decimal:
    """Cash (`asset`) that short positions, short legs of pairs and open short entries at `venue` need for their buy-back; the
    position of `but_symbol` left out."""
    total = truncate8(buy_backs(desk, venue, asset))
    fee, fraction = desk.taker_fee(venue), desk.settings.risk.stop_fraction
    for (of_venue, symbol), position in desk.state.positions.items():
        if of_venue != venue or symbol == but_symbol or desk.state.rules[(venue, symbol)].quote != asset:
            continue
        if position.quantity < ZERO:
            total += buy_back_cash(position, -position.quantity, fee)
    for order in desk.state.open_orders.values():
        opens = order.purpose is Purpose.ENTRY or (order.purpose is Purpose.LEG and _of_pair(desk, order))
        short_entry = order.venue == venue and opens and order.side is Side.SELL
        if short_entry and desk.state.rules[(venue, order.symbol)].quote == asset:
            total += short_entry_cash(order.quantity - order.executed, _price(desk, order), fraction, fee)
    return total


def short_entry_cash(quantity: Decimal, price: Decimal, stop_fraction: Decimal, taker_fee: Decimal) -> Decimal:
    """Cash beyond its own proceeds that a sale below the inventory target needs for its buy-back at the stop plus fees."""
    buy_back = quantity * price * (ONE + stop_fraction) / (ONE - taker_fee)
    proceeds = quantity * price * (ONE - taker_fee)
    return truncate8(buy_back - proceeds)


def _of_pair(desk: Desk, order: Order) -> bool:
    return order.multi_leg_id is not None and desk.state.multi_legs[order.multi_leg_id].kind == PAIR


def _price(desk: Desk, order: Order) -> Decimal:
    if order.order_type is not OrderType.MARKET and order.price is not None:
        return order.price
    top = desk.memory.tops.get((order.venue, order.symbol))
    return top.bid if top is not None else ZERO

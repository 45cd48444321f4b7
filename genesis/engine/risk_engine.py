"""The risk engine: one pure function per rule, two tables of rules, the first refusal wins.

Entries (and legs of arbitrage): tier, R8, R2, R1, R22, R4, R5, R7, R10, then the venue's least notional. Exits: never-reverse,
inventory, the venue's least notional, and nothing else (domain "EXIT"). Each rule reads a `RiskView`: the request and
the numbers it is judged by. Amounts named `value` or `limit` in a denial are canonical text.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import msgspec

from genesis.core.errors import INVALID_PARAMETERS, RISK_LIMIT, TIER_VIOLATION
from genesis.core.models import Execution, OrderType, Purpose, Side, Signal, SymbolRules, Tier
from genesis.core.money import ONE, ZERO, is_multiple, text, truncate8
from genesis.core.portfolio import reserved_at_start
from genesis.core.settings import RiskSettings
from genesis.core.settings import TierLimits as Limits
from genesis.engine.companions import Companion


class Denial(msgspec.Struct, frozen=True):
    """Why a request is refused: rule id, GENESIS code, the limit and the value that broke it, and a sentence."""

    rule: str
    code: str
    limit: str
    value: str
    message: str


class RiskView(msgspec.Struct, frozen=True, kw_only=True):
    """One request and what it is judged by. Amounts: base for quantities, the symbol's quote for cash, USDT for notionals."""

    side: Side
    order_type: OrderType
    quantity: Decimal
    price: Decimal  # of a LIMIT its own, of a MARKET the side of the book it takes
    confidence: Decimal
    rules: SymbolRules
    settings: RiskSettings
    tier: Tier
    equity: Decimal  # USDT
    rate: Decimal = ONE  # USDT per unit of the symbol's quote
    size: Decimal = ONE  # the part of the largest order that the day's loss leaves (R22)
    own_cap: Decimal | None = None  # a strategy's own largest notional within R1, USDT
    free_base: Decimal = ZERO
    free_quote: Decimal = ZERO
    committed_quote: Decimal = ZERO  # cash that buy-backs of other shorts need
    short_cash: Decimal = ZERO  # cash beyond its proceeds that a new short of this order would need
    open_positions: int = 0  # counted without this symbol
    is_new_position: bool = True
    opens: Decimal | None = None  # base that it adds to what is open, the rest closes something; None = all of it (R5)
    exposure: Decimal = ZERO  # USDT, open orders included, without this one (R5)
    companion: Companion | None = None  # of a new position: the open one that it would go with most (R10)
    reducible: Decimal = ZERO  # of an exit: the most that may be ordered without reversing the position

    notional: Decimal = ZERO  # derived: what it is worth at its price, USDT, truncated to 8 places

    def __post_init__(self) -> None:
        msgspec.structs.force_setattr(self, "notional", self.worth(self.quantity))  # three rules ask for it

    @property
    def limits(self) -> Limits:
        return self.settings.tiers[self.tier]

    def worth(self, quantity: Decimal) -> Decimal:
        """So much base at the price of the request, in USDT, truncated to 8 places."""
        in_quote = truncate8(self.price * quantity)
        return in_quote if self.rate == ONE else truncate8(in_quote * self.rate)


Rule = Callable[[RiskView], Denial | None]


def order_type_of_tier(view: RiskView) -> Denial | None:
    """The tier unlocks order types."""
    if view.order_type in view.limits.order_types:
        return None
    allowed = ", ".join(view.limits.order_types)
    message = f"tier {view.tier} allows {allowed}; got {view.order_type}"
    return Denial("TIER", TIER_VIOLATION, allowed, view.order_type, message)


def capital_of_tier(view: RiskView) -> Denial | None:
    """Under the lowest tier's capital (inclusive) only exits pass."""
    least = next(iter(view.settings.tiers.values())).capital_from  # the configuration has them rise
    if view.equity >= least:
        return None
    message = f"entries need a balance of at least {text(least)} USDT; it is {text(view.equity)}"
    return Denial("TIER", TIER_VIOLATION, text(least), text(view.equity), message)


def r8_confidence(view: RiskView) -> Denial | None:
    """R8: a signal's confidence is at least 0.6."""
    least = view.settings.min_confidence
    if view.confidence >= least:
        return None
    return Denial("R8", RISK_LIMIT, text(least), text(view.confidence), f"expected confidence >= {text(least)}")


def r2_smallest(view: RiskView) -> Denial | None:
    """R2: the smallest order, notional."""
    least = view.settings.min_order_notional
    if view.notional >= least:
        return None
    return Denial("R2", RISK_LIMIT, text(least), text(view.notional), f"expected a notional of at least {text(least)} USDT")


def largest_order(settings: RiskSettings, tier: Tier, equity: Decimal) -> Decimal:
    """R1: 5 % of balance, and at most 100 USDT at SNIPER; truncated to 8 places."""
    share = truncate8(equity * settings.max_order_fraction)
    return min(share, settings.sniper_max_order) if tier is Tier.SNIPER else share


def r1_largest(view: RiskView) -> Denial | None:
    """R1: the largest order, notional; a strategy's own cap applies within it."""
    most = largest_order(view.settings, view.tier, view.equity)
    if view.own_cap is not None:
        most = min(most, view.own_cap)
    if view.notional <= most:
        return None
    return Denial("R1", RISK_LIMIT, text(most), text(view.notional), f"expected a notional of at most {text(most)} USDT")


def r22_reduced(view: RiskView) -> Denial | None:
    """R22: from the ladder's first rung on entries are at most a part of the largest order."""
    most = truncate8(largest_order(view.settings, view.tier, view.equity) * view.size)
    if view.size == ONE or view.notional <= most:
        return None
    message = f"the day's loss limits entries to {text(view.size)} of the largest order: expected at most {text(most)} USDT"
    return Denial("R22", RISK_LIMIT, text(most), text(view.notional), message)


def r4_positions(view: RiskView) -> Denial | None:
    """R4: open positions; entries on their way and multi-leg trades count, one symbol or trade once."""
    most = view.limits.open_positions
    after = view.open_positions + 1
    if not view.is_new_position or after <= most:
        return None
    return Denial("R4", RISK_LIMIT, str(most), str(after), f"tier {view.tier} allows {most} open positions; this would be number {after}")


def r5_exposure(view: RiskView) -> Denial | None:
    """R5: what is open and what open orders may open, this one included, in the whole account; what opens nothing passes."""
    added = view.notional if view.opens in (None, view.quantity) else view.worth(view.opens)
    most, after = truncate8(view.equity * view.settings.max_exposure), view.exposure + added
    if after <= most or added == ZERO:
        return None
    message = f"expected an exposure of at most {text(most)} USDT, open orders included; this would make it {text(after)}"
    return Denial("R5", RISK_LIMIT, text(most), text(after), message)


def r10_correlation(view: RiskView) -> Denial | None:
    """R10: correlation of a new position with the open ones; one that cannot be told yet refuses nothing."""
    most, companion = view.settings.max_correlation, view.companion
    if not view.is_new_position or companion is None or companion.correlation <= most:
        return None
    value = text(companion.correlation)
    message = f"a {view.side} of {view.rules.symbol} would go with the open {companion.symbol} by {value}; at most {text(most)} is allowed"
    return Denial("R10", RISK_LIMIT, text(most), value, message)


def r7_cash(view: RiskView) -> Denial | None:
    """R7: no order above free cash (leverage 1x); a sell never above the holding, and a short only with its buy-back at hand."""
    free = view.free_quote - view.committed_quote
    if view.side is Side.BUY:
        need = reserved_at_start(view.side, view.order_type, view.quantity, view.price, view.settings.market_order_collar)
        if need <= free:
            return None
        return Denial("R7", RISK_LIMIT, text(free), text(need), f"expected at most {text(free)} {view.rules.quote} of free cash")
    if view.quantity > view.free_base:
        message = f"expected at most {text(view.free_base)} {view.rules.base} of free holding"
        return Denial("R7", RISK_LIMIT, text(view.free_base), text(view.quantity), message)
    if view.short_cash > ZERO and view.short_cash > free:
        message = f"a sale below the target needs {text(view.short_cash)} {view.rules.quote} free for its buy-back"
        return Denial("R7", RISK_LIMIT, text(free), text(view.short_cash), message)
    return None


def never_reverse(view: RiskView) -> Denial | None:
    """An exit can only reduce a position; what is already leaving does not count twice."""
    if view.quantity <= view.reducible:
        return None
    message = f"an exit may {view.side} at most {text(view.reducible)} {view.rules.base} here; it never reverses a position"
    return Denial("EXIT", RISK_LIMIT, text(view.reducible), text(view.quantity), message)


def inventory(view: RiskView) -> Denial | None:
    """An exit sells what is there, or pays with cash that is there."""
    if view.side is Side.SELL:
        have, need, asset = view.free_base, view.quantity, view.rules.base
    else:
        have, need, asset = view.free_quote, truncate8(view.price * view.quantity), view.rules.quote
    if need <= have:
        return None
    return Denial("R7", RISK_LIMIT, text(have), text(need), f"expected at most {text(have)} {asset} free")


def least_notional(view: RiskView) -> Denial | None:
    """The venue's NOTIONAL filter, in the symbol's quote."""
    value, least = view.price * view.quantity, view.rules.min_notional
    if value >= least:
        return None
    message = f"the venue wants a notional of at least {text(least)} {view.rules.quote}"
    return Denial("NOTIONAL", INVALID_PARAMETERS, text(least), text(value), message)


ENTRY_RULES: tuple[Rule, ...] = (
    order_type_of_tier,
    capital_of_tier,
    r8_confidence,
    r2_smallest,
    r1_largest,
    r22_reduced,
    r4_positions,
    r5_exposure,
    r7_cash,
    r10_correlation,
    least_notional,
)
EXIT_RULES: tuple[Rule, ...] = (never_reverse, inventory, least_notional)


def judge(view: RiskView, rules: tuple[Rule, ...]) -> Denial | None:
    """The first refusal, or None."""
    for rule in rules:
        denial = rule(view)
        if denial is not None:
            return denial
    return None


def malformed(signal: Signal, rules: SymbolRules | None) -> Denial | None:
    """What makes a signal no order at all: unknown symbol, impossible combination, off the venue's tick or lot (I13)."""
    if rules is None:
        return _bad("SYMBOL", "a configured venue and symbol", f"{signal.venue}/{signal.symbol}")
    if signal.execution is not Execution.PLAIN and signal.purpose is not Purpose.ENTRY:
        return _bad("EXECUTION", "PLAIN of an exit: it leaves at once", signal.execution)
    if signal.execution is Execution.TWAP and signal.order_type is not OrderType.MARKET:
        return _bad("EXECUTION", "MARKET with TWAP", signal.order_type)
    if signal.purpose not in (Purpose.ENTRY, Purpose.EXIT):
        return _bad("PURPOSE", "ENTRY or EXIT", signal.purpose)
    if not ZERO <= signal.confidence <= ONE:
        return _bad("CONFIDENCE", "0 to 1", text(signal.confidence))
    return _bad_combination(signal) or _off_lot(signal.quantity, rules) or _off_tick(signal.price, rules)


def _bad(what: str, expected: str, came: str) -> Denial:
    return Denial(what, INVALID_PARAMETERS, expected, came, f"{what.lower()}: expected {expected}, got {came}")


def _bad_combination(signal: Signal) -> Denial | None:
    if signal.order_type is OrderType.MARKET and signal.price is not None:
        return _bad("PRICE", "no price with MARKET", text(signal.price))
    if signal.order_type is not OrderType.MARKET and signal.price is None:
        return _bad("PRICE", f"a price with {signal.order_type}", "none")
    if signal.order_type is not OrderType.LIMIT and signal.time_in_force is not None:
        return _bad("TIME_IN_FORCE", f"none with {signal.order_type}", signal.time_in_force)
    return None


def _off_lot(quantity: Decimal, rules: SymbolRules) -> Denial | None:
    if quantity <= ZERO:
        return _bad("QUANTITY", "more than 0", text(quantity))
    if quantity < rules.min_qty or (rules.max_qty > ZERO and quantity > rules.max_qty):
        return _bad("LOT_SIZE", f"{text(rules.min_qty)} to {text(rules.max_qty)}", text(quantity))
    if not is_multiple(quantity, rules.step_size):
        return _bad("LOT_SIZE", f"a multiple of {text(rules.step_size)}", text(quantity))
    return None


def _off_tick(price: Decimal | None, rules: SymbolRules) -> Denial | None:
    if price is None:
        return None
    if price <= ZERO or price < rules.min_price or (rules.max_price > ZERO and price > rules.max_price):
        return _bad("PRICE_FILTER", f"{text(rules.min_price)} to {text(rules.max_price)}", text(price))
    if not is_multiple(price, rules.tick_size):
        return _bad("PRICE_FILTER", f"a multiple of {text(rules.tick_size)}", text(price))
    return None

"""How an order meets the market: prices a taker gets, what stops a taker, when a resting order is filled. Pure arithmetic."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from genesis.backtesting.settings import BacktestSettings
from genesis.core.models import Order, OrderType, Side, SymbolRules
from genesis.core.money import EIGHT_PLACES, ONE, ZERO, ceil_to, floor_to, is_multiple


class Quote(msgspec.Struct, frozen=True):
    """Best bid and ask around the last trade."""

    bid: Decimal
    ask: Decimal


def quote_around(price: Decimal, half_spread: Decimal, tick: Decimal) -> Quote:
    """Bid and ask `half_spread` (fraction) below and above `price`, on the tick, at least one tick apart, above 0."""
    step = tick if tick > ZERO else EIGHT_PLACES
    bid = max(floor_to(price * (ONE - half_spread), step), step)
    ask = ceil_to(price * (ONE + half_spread), step)
    return Quote(bid, ask if ask > bid else bid + step)


def crosses(side: Side, limit: Decimal, quote: Quote) -> bool:
    """Whether a limit order takes at once."""
    return limit >= quote.ask if side is Side.BUY else limit <= quote.bid


def capacity(side: Side, quote: Quote, settings: BacktestSettings, rules: SymbolRules) -> Decimal:
    """Base quantity that one side of the book offers."""
    best = quote.ask if side is Side.BUY else quote.bid
    return floor_to(settings.depth / best, rules.step_size if rules.step_size > ZERO else EIGHT_PLACES)


def taker_price(side: Side, quantity: Decimal, quote: Quote, settings: BacktestSettings, rules: SymbolRules) -> Decimal:
    """What taking `quantity` costs per unit: best price and slippage, and impact in proportion to the depth taken; on the tick
    against the taker."""
    best = quote.ask if side is Side.BUY else quote.bid
    share = quantity * best / settings.depth
    worse = settings.slippage + settings.impact * min(share, ONE)
    step = rules.tick_size if rules.tick_size > ZERO else EIGHT_PLACES
    if side is Side.BUY:
        return ceil_to(best * (ONE + worse), step)
    return max(floor_to(best * (ONE - worse), step), step)


def traded_through(side: Side, limit: Decimal, price: Decimal) -> bool:
    """Whether a trade at `price` fills an order that rests at `limit`: only beyond it; at it others may stand in front."""
    return price < limit if side is Side.BUY else price > limit


def filter_failure(order: Order, rules: SymbolRules, quote: Quote | None) -> str:
    """The filter that the venue names in a refusal, "" if the order passes."""
    market = order.order_type is OrderType.MARKET
    price = order.price
    if not market and (
        price is None or price < rules.min_price or _above(price, rules.max_price) or not is_multiple(price, rules.tick_size)
    ):
        return "PRICE_FILTER"
    if order.quantity < rules.min_qty or _above(order.quantity, rules.max_qty) or not is_multiple(order.quantity, rules.step_size):
        return "LOT_SIZE"
    measure = price if price is not None else _best(order.side, quote)
    if measure is not None and measure * order.quantity < rules.min_notional:
        return "NOTIONAL"
    return ""


def _above(amount: Decimal, most: Decimal) -> bool:
    return most > ZERO and amount > most


def _best(side: Side, quote: Quote | None) -> Decimal | None:
    if quote is None:
        return None
    return quote.ask if side is Side.BUY else quote.bid

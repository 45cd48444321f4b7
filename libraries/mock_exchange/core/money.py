"""What orders lock, pay, receive and owe in fees: whole numbers of 1e-8, double entry."""

from __future__ import annotations

import msgspec

from .amounts import notional
from .ledger_lines import FEES, Posting
from .orders import MARKET_LIKE, Fill, Order, Side
from .symbols import SymbolSpec
from .venue_events import E8

BUY: Side = "BUY"


class Trade(msgspec.Struct, frozen=True, gc=False):
    """An exchange of `quantity` base for `quote`."""

    trade_id: int
    price: int
    quantity: int
    quote: int
    time_ms: int


class Fee(msgspec.Struct, frozen=True, gc=False):
    amount: int
    asset: str


def lock_asset(spec: SymbolSpec, side: Side) -> str:
    return spec.quote if side == BUY else spec.base


def needed(order: Order) -> int:
    """What the rest of an order has to hold: of a SELL its quantity, of a BUY its cost (without a price: what it holds)."""
    if order.side != BUY:
        return order.remaining
    return order.locked if order.type in MARKET_LIKE else notional(order.price, order.remaining)


def fee_of(order: Order, trade: Trade, spec: SymbolSpec, rate: int) -> Fee:
    """A share of what the order receives, truncated to 8 places: base of a BUY, quote of a SELL."""
    if order.side == BUY:
        return Fee(trade.quantity * rate // E8, spec.base)
    return Fee(trade.quote * rate // E8, spec.quote)


def trade_postings(order: Order, trade: Trade, fee: Fee, spec: SymbolSpec) -> list[Posting]:
    """What one side of a trade moves; call it before the order's executed quantity grows.

    A buyer's lock shrinks to what the rest may cost; the difference to the price is freed.
    """
    name = order.account
    if order.side == BUY:
        market_like = order.type in MARKET_LIKE
        after = order.locked - trade.quote if market_like else notional(order.price, order.remaining - trade.quantity)
        released = order.locked - after
        order.locked = after
        return [
            (name, spec.quote, "locked", -released),
            (name, spec.quote, "free", released - trade.quote),
            (name, spec.base, "free", trade.quantity - fee.amount),
            (FEES, fee.asset, "free", fee.amount),
        ]
    order.locked -= trade.quantity
    return [
        (name, spec.base, "locked", -trade.quantity),
        (name, spec.quote, "free", trade.quote - fee.amount),
        (FEES, fee.asset, "free", fee.amount),
    ]


def execute(order: Order, trade: Trade, fee: Fee) -> None:
    """Book a fill on the order."""
    order.executed += trade.quantity
    order.cum_quote += trade.quote
    order.fees += fee.amount
    order.update_ms = trade.time_ms
    order.status = "PARTIALLY_FILLED" if order.remaining else "FILLED"


def fill_of(order: Order, trade: Trade, fee: Fee, *, maker: bool) -> Fill:
    """The trade as the account of `order` sees it."""
    return Fill(
        trade_id=trade.trade_id,
        order_id=order.order_id,
        client_order_id=order.client_order_id,
        symbol=order.symbol,
        side=order.side,
        price=trade.price,
        quantity=trade.quantity,
        quote_quantity=trade.quote,
        fee=fee.amount,
        fee_asset=fee.asset,
        maker=maker,
        time_ms=trade.time_ms,
        list_id=order.list_id,
    )


def shown_less(order: Order, taken: int, seq: int) -> None:
    """An iceberg in the book lost `taken` of its shown part, in ledger line `seq`; call it before its remaining quantity shrinks.

    A used-up part is followed by the next one, at the end of the queue.
    """
    shown = (order.visible or min(order.iceberg_qty, order.remaining)) - taken
    if not shown:
        shown = min(order.iceberg_qty, order.remaining - taken)
        order.priority = seq
    order.visible = shown

"""Orders, fills and what a command gives back. Amounts in units of 1e-8, times in ms of the venue's clock."""

from __future__ import annotations

from typing import Literal

import msgspec

Side = Literal["BUY", "SELL"]
OrderType = Literal["LIMIT", "MARKET", "LIMIT_MAKER"]
TimeInForce = Literal["GTC", "IOC", "FOK"]
OrderStatus = Literal["NEW", "PARTIALLY_FILLED", "FILLED", "CANCELED", "EXPIRED"]
Via = Literal["rest", "ws-api", "admin"]


_OPEN = frozenset({"NEW", "PARTIALLY_FILLED"})


class NewOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An order as asked for. `received_ns`: monotonic time at which the request's bytes were read."""

    symbol: str
    side: Side
    type: OrderType
    quantity: int | None = None
    price: int | None = None
    quote_order_qty: int | None = None
    time_in_force: TimeInForce | None = None
    client_order_id: str | None = None
    received_ns: int = 0


class CancelRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A cancel as asked for: by order id, by original client order id, or by both (both must name the same order)."""

    symbol: str
    order_id: int | None = None
    client_order_id: str | None = None
    cancel_id: str | None = None
    restriction: Literal["ONLY_NEW", "ONLY_PARTIALLY_FILLED"] | None = None
    received_ns: int = 0


class Order(msgspec.Struct, kw_only=True):
    """An accepted order. `price` is 0 for MARKET; `locked` is what it holds of `lock_asset`."""

    order_id: int
    account: str
    client_order_id: str
    symbol: str
    side: Side
    type: OrderType
    time_in_force: TimeInForce
    price: int
    quantity: int
    quote_order_qty: int
    received_ns: int
    time_ms: int
    update_ms: int
    lock_asset: str
    locked: int = 0
    executed: int = 0
    cum_quote: int = 0
    status: OrderStatus = "NEW"
    reason: str | None = None

    @property
    def remaining(self) -> int:
        return self.quantity - self.executed

    @property
    def is_open(self) -> bool:
        return self.status in _OPEN


class Fill(msgspec.Struct, frozen=True, kw_only=True):
    """One side of a trade, as its account sees it."""

    trade_id: int
    order_id: int
    client_order_id: str
    symbol: str
    side: Side
    price: int
    quantity: int
    quote_quantity: int
    fee: int
    fee_asset: str
    maker: bool
    time_ms: int


class Placement(msgspec.Struct, frozen=True):
    """An accepted order as it stands after matching, and the fills that it took."""

    order: Order
    fills: list[Fill]


class Cancellation(msgspec.Struct, frozen=True):
    order: Order
    cancel_id: str

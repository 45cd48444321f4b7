"""Orders, order lists, fills and what a command gives back. Amounts in units of 1e-8, times in ms of the venue's clock."""

from __future__ import annotations

from typing import Literal

import msgspec

Side = Literal["BUY", "SELL"]
OrderType = Literal["LIMIT", "MARKET", "LIMIT_MAKER", "STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT"]
TimeInForce = Literal["GTC", "IOC", "FOK"]
OrderStatus = Literal["NEW", "PENDING_NEW", "PARTIALLY_FILLED", "FILLED", "CANCELED", "REJECTED", "EXPIRED", "EXPIRED_IN_MATCH"]
StpMode = Literal["NONE", "EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH", "DECREMENT", "TRANSFER"]
Restriction = Literal["ONLY_NEW", "ONLY_PARTIALLY_FILLED"]
Contingency = Literal["OCO", "OTO"]
ListKind = Literal["OCO", "OTO", "OTOCO", "OPO", "OPOCO"]
TradingStatus = Literal["TRADING", "END_OF_DAY", "HALT", "BREAK", "CANCEL_ONLY"]
ListStatus = Literal["RESPONSE", "EXEC_STARTED", "UPDATED", "ALL_DONE"]
ListOrderStatus = Literal["EXECUTING", "ALL_DONE", "REJECT"]
Via = Literal["rest", "ws-api", "admin"]

RejectReason = Literal["NONE", "INSUFFICIENT_BALANCES", "STOP_PRICE_WOULD_TRIGGER_IMMEDIATELY", "WOULD_MATCH_IMMEDIATELY", "OCO_BAD_PRICES"]

NO_LIST = -1
NO_MATCH = -1
_OPEN = frozenset({"NEW", "PENDING_NEW", "PARTIALLY_FILLED"})
CONDITIONAL: frozenset[OrderType] = frozenset({"STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT"})
"""Types that wait for a trigger (stopPrice, trailingDelta): the "algo" orders of the filters."""
MARKET_LIKE: frozenset[OrderType] = frozenset({"MARKET", "STOP_LOSS", "TAKE_PROFIT"})
"""Types without a price of their own: they never rest in the book."""


class NewOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An order as asked for. `received_ns`: monotonic time at which the request's bytes were read.

    `stp_mode` None = the symbol's default. `trailing_delta` in BIPS (1/100 of a percent).
    """

    symbol: str
    side: Side
    type: OrderType
    quantity: int | None = None
    price: int | None = None
    quote_order_qty: int | None = None
    time_in_force: TimeInForce | None = None
    client_order_id: str | None = None
    stop_price: int | None = None
    trailing_delta: int | None = None
    iceberg_qty: int | None = None
    stp_mode: StpMode | None = None
    strategy_id: int | None = None
    strategy_type: int | None = None
    received_ns: int = 0


class NewOrderList(msgspec.Struct, frozen=True, kw_only=True):
    """An order list as asked for; its orders are numbered and listed as they stand in `orders`.

    OCO: (stop loss, the other one). OTO, OPO: (working, pending). OTOCO, OPOCO: (working, pending stop loss, the other one). The
    quantity of OPO's pending orders is None: it is what the working order brings.
    """

    kind: ListKind
    symbol: str
    orders: tuple[NewOrder, ...]
    list_client_order_id: str | None = None
    received_ns: int = 0


class CancelRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A cancel as asked for: by order id, by original client order id, or by both (both must name the same order)."""

    symbol: str
    order_id: int | None = None
    client_order_id: str | None = None
    cancel_id: str | None = None
    restriction: Restriction | None = None
    received_ns: int = 0


class CancelListRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The cancel of a whole list, by its id or its client id (or both: they must name the same list)."""

    symbol: str
    list_id: int | None = None
    list_client_order_id: str | None = None
    cancel_id: str | None = None
    received_ns: int = 0


class CancelReplaceRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Cancel one order and place another. `over_limit`: the account's order count is used up (`orderRateLimitExceededMode` decides)."""

    cancel: CancelRequest
    new: NewOrder
    mode: Literal["STOP_ON_FAILURE", "ALLOW_FAILURE"]
    limit_mode: Literal["DO_NOTHING", "CANCEL_ONLY"] = "DO_NOTHING"
    over_limit: bool = False


class AmendRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Make an open order smaller and keep its place in the queue."""

    symbol: str
    quantity: int
    order_id: int | None = None
    client_order_id: str | None = None
    new_client_order_id: str | None = None
    received_ns: int = 0


class Order(msgspec.Struct, kw_only=True, gc=False):
    """An accepted order. `price` is 0 where the type has none; `locked` is what it holds of `lock_asset`.

    `is_working`: it is, or may be, on the book (a conditional order only after its trigger, a pending one only after its working
    order). `priority` orders the queue of a price: it is the ledger sequence at which the order took its place there. `visible` is kept
    for an iceberg that has traded as maker. `extreme` is the best price since a trailing order tracks, 0 = it does not track yet.
    `reason` is the documented expiryReason, `reject_reason` the documented order reject reason (binance-spot 1.8).
    """

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
    stop_price: int = 0
    trailing_delta: int = 0
    trailing_time_ms: int | None = None
    iceberg_qty: int = 0
    visible: int = 0
    stp_mode: StpMode = "NONE"
    prevented: int = 0
    strategy_id: int | None = None
    strategy_type: int | None = None
    list_id: int = NO_LIST
    is_working: bool = True
    working_ms: int = -1
    priority: int = 0
    extreme: int = 0
    fees: int = 0  # of what it received
    amends: int = 0
    prevented_match_id: int = NO_MATCH
    reject_reason: RejectReason = "NONE"

    @property
    def remaining(self) -> int:
        """What may still trade: the original quantity less what was executed and what self-trade prevention took."""
        return self.quantity - self.executed - self.prevented

    @property
    def is_open(self) -> bool:
        return self.status in _OPEN


class OrderList(msgspec.Struct, kw_only=True):
    """An accepted list. `order_ids` in the order of the request (OCO: above, below; else working first)."""

    list_id: int
    account: str
    symbol: str
    kind: ListKind
    contingency: Contingency
    list_client_order_id: str
    order_ids: tuple[int, ...]
    time_ms: int
    status: ListStatus = "EXEC_STARTED"
    order_status: ListOrderStatus = "EXECUTING"

    @property
    def is_open(self) -> bool:
        return self.order_status == "EXECUTING"


class Fill(msgspec.Struct, frozen=True, kw_only=True, gc=False):
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
    list_id: int = NO_LIST


class PreventedMatch(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A trade that self-trade prevention took back. `match_id` counts per symbol from 1."""

    match_id: int
    symbol: str
    account: str
    taker_order_id: int
    maker_order_id: int
    mode: StpMode
    price: int
    taker_prevented: int
    maker_prevented: int
    time_ms: int


class Placement(msgspec.Struct, frozen=True):
    """An accepted order as it stands after matching, the fills that it took, and the trades that were prevented."""

    order: Order
    fills: list[Fill]
    prevented: list[PreventedMatch] = msgspec.field(default_factory=list)


class ListPlacement(msgspec.Struct, frozen=True):
    order_list: OrderList
    placements: list[Placement]


class Cancellation(msgspec.Struct, frozen=True):
    order: Order
    cancel_id: str


class ListCancellation(msgspec.Struct, frozen=True):
    """A list that was cancelled whole (also because one of its orders was)."""

    order_list: OrderList
    cancellations: list[Cancellation]


class Amendment(msgspec.Struct, frozen=True):
    """An order that became smaller; `previous_client_order_id` is the one it had before."""

    order: Order
    previous_client_order_id: str
    previous_quantity: int
    execution_id: int
    time_ms: int


class Replacement(msgspec.Struct, frozen=True):
    """Outcome of a cancel-replace: of each half the success, the refusal (a `VenueError`), or None = not attempted."""

    cancelled: Cancellation | ListCancellation | Exception | None
    placed: Placement | Exception | None

"""The venue's messages, typed at the edge: field by field what the protocol says and what we need of it (binance-spot 1.5-1.10).

Amounts stay text here; `translate` parses them. A message that does not fit raises one of `errors.UNREADABLE`.
"""

from __future__ import annotations

import msgspec

_MOST_WORDS = 300


class WireStruct(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Base: names on the wire are camelCase, unknown fields are ignored."""


# -- answers to orders ------------------------------------------------------------------------------------------------


class OrderFill(WireStruct, frozen=True, kw_only=True):
    price: str
    qty: str
    commission: str
    commission_asset: str
    trade_id: int


class AnswerResult(WireStruct, frozen=True, kw_only=True):
    """The results of order.place, order.cancel, time, ping and the subscription in one: each has its own of these fields."""

    symbol: str | None = None
    order_id: int | None = None
    client_order_id: str | None = None
    orig_client_order_id: str | None = None
    transact_time: int | None = None
    status: str | None = None
    executed_qty: str | None = None
    cummulative_quote_qty: str | None = None  # sic
    fills: list[OrderFill] | msgspec.UnsetType = msgspec.UNSET  # without them it is no FULL answer: they come by the stream
    server_time: int | None = None
    subscription_id: int | None = None


class RefusalData(WireStruct, frozen=True, kw_only=True):
    """What a refusal over a limit says on the WebSocket API; both are times of the venue in ms."""

    server_time: int | None = None
    retry_after: int | None = None


class RefusalBody(WireStruct, frozen=True, kw_only=True):
    """`{"code":-1121,"msg":"Invalid symbol."}`"""

    code: int
    msg: str
    data: RefusalData | None = None

    @property
    def words(self) -> str:
        """`msg` as it may stand on record: of bounded length, on one line."""
        return "".join(letter if letter.isprintable() else "?" for letter in self.msg[:_MOST_WORDS])


class RateLimit(WireStruct, frozen=True, kw_only=True):
    """One of the venue's limits; `count` is what is used of it, in answers only."""

    rate_limit_type: str
    interval: str
    interval_num: int
    limit: int
    count: int | None = None


# -- user data events -------------------------------------------------------------------------------------------------


class UserEvent(msgspec.Struct, frozen=True, kw_only=True, tag_field="e"):
    """Base of what the user data stream tells."""


class ExecutionReport(
    UserEvent,
    frozen=True,
    kw_only=True,
    tag="executionReport",
    rename={
        "symbol": "s",
        "client_order_id": "c",
        "original_client_order_id": "C",
        "side": "S",
        "execution": "x",
        "status": "X",
        "reject_reason": "r",
        "expiry_reason": "eR",
        "order_id": "i",
        "last_quantity": "l",
        "last_price": "L",
        "last_quote": "Y",
        "fee": "n",
        "fee_asset": "N",
        "transaction_ms": "T",
        "trade_id": "t",
        "maker": "m",
        "executed": "z",
        "cumulative_quote": "Z",
    },
):
    symbol: str
    client_order_id: str
    original_client_order_id: str
    side: str
    execution: str
    status: str
    reject_reason: str
    order_id: int
    last_quantity: str
    last_price: str
    last_quote: str
    fee: str
    fee_asset: str | None
    transaction_ms: int
    trade_id: int
    maker: bool
    executed: str
    cumulative_quote: str
    expiry_reason: str = ""


class AssetPosition(msgspec.Struct, frozen=True, kw_only=True, rename={"asset": "a", "free": "f", "locked": "l"}):
    asset: str
    free: str
    locked: str


class AccountPosition(UserEvent, frozen=True, kw_only=True, tag="outboundAccountPosition", rename={"update_ms": "u", "balances": "B"}):
    update_ms: int
    balances: list[AssetPosition]


class BalanceUpdate(UserEvent, frozen=True, kw_only=True, tag="balanceUpdate", rename={"asset": "a", "delta": "d", "cleared_ms": "T"}):
    asset: str
    delta: str
    cleared_ms: int


class ListStatus(UserEvent, frozen=True, kw_only=True, tag="listStatus"):
    """An order list changed; its orders are reported one by one."""


class ExternalLockUpdate(UserEvent, frozen=True, kw_only=True, tag="externalLockUpdate"):
    """Balance locked by another system of the venue; the balances themselves come as outboundAccountPosition."""


class StreamTerminated(UserEvent, frozen=True, kw_only=True, tag="eventStreamTerminated"):
    """The subscription has ended: nothing more comes."""


class ServerShutdown(UserEvent, frozen=True, kw_only=True, tag="serverShutdown"):
    """The venue is about to close the connection."""


AnyUserEvent = ExecutionReport | AccountPosition | BalanceUpdate | ListStatus | ExternalLockUpdate | StreamTerminated | ServerShutdown


class OrdersMessage(WireStruct, frozen=True, kw_only=True):
    """Anything the WebSocket API sends: an answer (`id`, `status`, `result` or `error`) or a wrapped user event (`event`)."""

    id: int | str | None = None
    status: int | None = None
    result: AnswerResult | None = None
    error: RefusalBody | None = None
    event: AnyUserEvent | None = None
    subscription_id: int | None = None
    rate_limits: list[RateLimit] = []


class EventName(msgspec.Struct, frozen=True, kw_only=True, rename={"name": "e"}):
    name: str


class LooseOrdersMessage(WireStruct, frozen=True, kw_only=True):
    """What can still be said of a message that does not fit: whose answer it is, or which event."""

    id: int | str | None = None
    event: EventName | None = None


USER_EVENT_NAMES = frozenset(
    str(kind.__struct_config__.tag)
    for kind in (ExecutionReport, AccountPosition, BalanceUpdate, ListStatus, ExternalLockUpdate, StreamTerminated, ServerShutdown)
)


# -- market streams ---------------------------------------------------------------------------------------------------


class MarketEvent(msgspec.Struct, frozen=True, kw_only=True, tag_field="e"):
    """Base of what the subscribed market streams tell."""


class DepthUpdate(
    MarketEvent,
    frozen=True,
    kw_only=True,
    tag="depthUpdate",
    rename={"symbol": "s", "event_time": "E", "first_id": "U", "last_id": "u", "bids": "b", "asks": "a"},
):
    symbol: str
    event_time: int
    first_id: int
    last_id: int
    bids: list[list[str]]
    asks: list[list[str]]


class PublicTrade(
    MarketEvent,
    frozen=True,
    kw_only=True,
    tag="trade",
    rename={"symbol": "s", "event_time": "E", "trade_id": "t", "price": "p", "quantity": "q", "trade_time": "T"},
):
    symbol: str
    event_time: int
    trade_id: int
    price: str
    quantity: str
    trade_time: int

    @property
    def first_trade_id(self) -> int:
        return self.trade_id


class AggregateTrade(
    MarketEvent,
    frozen=True,
    kw_only=True,
    tag="aggTrade",
    rename={
        "symbol": "s",
        "event_time": "E",
        "first_trade_id": "f",
        "trade_id": "l",
        "price": "p",
        "quantity": "q",
        "trade_time": "T",
    },
):
    """Trades of one taker at one price."""

    symbol: str
    event_time: int
    first_trade_id: int
    trade_id: int
    price: str
    quantity: str
    trade_time: int


class MarketShutdown(MarketEvent, frozen=True, kw_only=True, tag="serverShutdown"):
    """The venue is about to close the connection."""


AnyMarketEvent = DepthUpdate | PublicTrade | AggregateTrade | MarketShutdown


class StreamReply(WireStruct, frozen=True, kw_only=True):
    """The answer to a request on a stream connection: `code` and `msg` when it was refused."""

    id: int | str | None
    code: int | None = None
    msg: str = ""


class MarketMessage(WireStruct, frozen=True, kw_only=True):
    """A message of the combined stream."""

    stream: str
    data: AnyMarketEvent


class LooseEvent(msgspec.Struct, frozen=True, kw_only=True, rename={"name": "e", "symbol": "s"}):
    name: object = ""
    symbol: object = ""


class LooseMarketMessage(LooseEvent, frozen=True, kw_only=True, rename={"name": "e", "symbol": "s"}):
    """What can still be said of a market message that does not fit: where it came from, wrapped or raw. Any field may be of any type."""

    stream: str = ""
    data: LooseEvent = LooseEvent()


# -- REST answers -----------------------------------------------------------------------------------------------------


class ServerTime(WireStruct, frozen=True, kw_only=True):
    server_time: int


class DepthSnapshot(WireStruct, frozen=True, kw_only=True):
    last_update_id: int
    bids: list[list[str]]
    asks: list[list[str]]


class SymbolFilter(WireStruct, frozen=True, kw_only=True):
    filter_type: str
    tick_size: str = "0"
    min_price: str = "0"
    max_price: str = "0"
    step_size: str = "0"
    min_qty: str = "0"
    max_qty: str = "0"
    min_notional: str = "0"


class SymbolInfo(WireStruct, frozen=True, kw_only=True):
    symbol: str
    status: str
    base_asset: str
    quote_asset: str
    filters: list[SymbolFilter]


class ExchangeInfo(WireStruct, frozen=True, kw_only=True):
    symbols: list[SymbolInfo]
    rate_limits: list[RateLimit] = []


class AccountBalance(WireStruct, frozen=True, kw_only=True):
    asset: str
    free: str
    locked: str


class AccountInfo(WireStruct, frozen=True, kw_only=True):
    balances: list[AccountBalance]
    update_time: int = 0


class RestOrder(WireStruct, frozen=True, kw_only=True):
    symbol: str
    order_id: int
    client_order_id: str
    side: str
    status: str
    executed_qty: str
    cummulative_quote_qty: str  # sic
    update_time: int
    type: str = ""
    time_in_force: str = ""
    orig_qty: str = "0"
    price: str = "0"
    stop_price: str = "0"


class RestTrade(WireStruct, frozen=True, kw_only=True):
    symbol: str
    id: int
    order_id: int
    price: str
    qty: str
    quote_qty: str
    commission: str
    commission_asset: str
    time: int
    is_buyer: bool
    is_maker: bool


Kline = tuple[int, str, str, str, str, str, int, str, int, str, str, str]
"""open time, open, high, low, close, volume, close time, quote volume, trades, taker buy volume, taker buy quote volume, unused"""

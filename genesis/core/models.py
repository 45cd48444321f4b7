"""The nouns of the engine: orders, fills, positions, balances, signals, rules of a symbol.

All amounts are exact `Decimal`s in units of the asset, prices in quote per base, times in milliseconds since the
epoch (UTC) unless a name ends in `_ns` (nanoseconds of the monotonic clock).
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

import msgspec

from genesis.core.money import ZERO


class Side(StrEnum):
    BUY = "BUY"
    SELL = "SELL"


class OrderType(StrEnum):
    MARKET = "MARKET"
    LIMIT = "LIMIT"
    LIMIT_MAKER = "LIMIT_MAKER"
    STOP_LOSS_LIMIT = "STOP_LOSS_LIMIT"  # the engine's own: a stop that rests at the venue (R6)


SIGNAL_TYPES = (OrderType.MARKET, OrderType.LIMIT, OrderType.LIMIT_MAKER)
"""What a signal may ask for."""


class TimeInForce(StrEnum):
    GTC = "GTC"
    IOC = "IOC"
    FOK = "FOK"


class OrderState(StrEnum):
    PENDING = "PENDING"  # the intent is on disk, nothing has left
    SUBMITTED = "SUBMITTED"  # the bytes have left
    OPEN = "OPEN"
    PARTIALLY_FILLED = "PARTIALLY_FILLED"
    FILLED = "FILLED"
    CANCELLED = "CANCELLED"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"
    FAILED = "FAILED"  # proven absent at the venue
    NOT_SENT = "NOT_SENT"  # refused between commit and send

    @property
    def terminal(self) -> bool:
        """Whether nothing can change any more."""
        return self not in _LIVING


# Members that every fact of an order asks for stand here by themselves: reached through its class, a member costs ten times a name.
_LIVING = (OrderState.PENDING, OrderState.SUBMITTED, OrderState.OPEN, OrderState.PARTIALLY_FILLED)
BUY = Side.BUY
_STOP_LOSS_LIMIT = OrderType.STOP_LOSS_LIMIT


class PendingAction(StrEnum):
    """What we asked the venue and have no final answer to."""

    NONE = "NONE"
    HOLD = "HOLD"  # nothing was asked yet: the order leaves when the stop that rests in its way is cancelled (R6)
    NEW = "NEW"
    CANCEL = "CANCEL"
    REPLACE = "REPLACE"


class Knowledge(StrEnum):
    """UNKNOWN = an answer was lost or says that the outcome is unknown: resolve by query, never by a resend (R26)."""

    KNOWN = "KNOWN"
    UNKNOWN = "UNKNOWN"


class Purpose(StrEnum):
    """Why an order exists. ENTRY and LEG open risk; EXIT, STOP and UNWIND can only reduce it."""

    ENTRY = "ENTRY"
    EXIT = "EXIT"
    STOP = "STOP"
    LEG = "LEG"
    UNWIND = "UNWIND"

    @property
    def reduces(self) -> bool:
        return self in _REDUCING


_REDUCING = (Purpose.EXIT, Purpose.STOP, Purpose.UNWIND)
ENTRY, LEG = Purpose.ENTRY, Purpose.LEG


class PositionState(StrEnum):
    PENDING = "PENDING"
    OPEN = "OPEN"
    CLOSING = "CLOSING"
    CLOSED = "CLOSED"


class EngineState(StrEnum):
    STARTING = "STARTING"
    RECONCILING = "RECONCILING"
    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    DEGRADED = "DEGRADED"
    HALTED = "HALTED"  # exits and cancels only
    STOPPING = "STOPPING"
    STOPPED = "STOPPED"


class CircuitState(StrEnum):
    """Of a circuit breaker (R24)."""

    CLOSED = "CLOSED"
    OPEN = "OPEN"  # nobody calls
    HALF_OPEN = "HALF_OPEN"  # calls are let through one at a time


class Tier(StrEnum):
    SNIPER = "SNIPER"
    HUNTER = "HUNTER"
    STRATEGIST = "STRATEGIST"
    ARCHITECT = "ARCHITECT"


class StrategyState(StrEnum):
    IDLE = "IDLE"  # switched on and warm, but its market is none that it trades in (R32)
    STARTING = "STARTING"  # its closed bars are being fetched
    RUNNING = "RUNNING"
    PAUSED = "PAUSED"  # by the operator, or by its health
    STOPPING = "STOPPING"  # its entries are being cancelled
    STOPPED = "STOPPED"
    ERROR = "ERROR"  # the watchdog ended the process because of it
    RECOVERING = "RECOVERING"  # as STARTING, after a restart of the process, or made anew


class Execution(StrEnum):
    """How a signal becomes orders: one, or slices one after another (R12, R13)."""

    PLAIN = "PLAIN"
    ICEBERG = "ICEBERG"
    TWAP = "TWAP"


class ParentState(StrEnum):
    """States of a parent of slices."""

    WORKING = "WORKING"
    DONE = "DONE"
    ABORTED = "ABORTED"


class TradeState(StrEnum):
    """States of a multi-leg trade."""

    PLANNED = "PLANNED"
    LEGGING = "LEGGING"
    COMPLETE = "COMPLETE"
    UNWINDING = "UNWINDING"
    CLOSED = "CLOSED"


class MarketState(StrEnum):
    """What a market is like, the first that holds (R32); strategies declare in which they trade."""

    PANIC = "PANIC"  # a flash crash was seen (R23)
    DEAD = "DEAD"  # nobody traded for a while
    VOLATILE = "VOLATILE"
    TRENDING = "TRENDING"
    RANGING = "RANGING"


class SymbolRules(msgspec.Struct, frozen=True, kw_only=True):
    """Trading rules of one symbol at one venue, as its exchangeInfo states them. A size of 0 disables that check."""

    venue: str
    symbol: str
    base: str
    quote: str
    status: str
    tick_size: Decimal
    min_price: Decimal
    max_price: Decimal
    step_size: Decimal
    min_qty: Decimal
    max_qty: Decimal
    min_notional: Decimal


class Signal(msgspec.Struct, frozen=True, kw_only=True):
    """A wish to trade. `strategy` names its source; `confidence` lies in 0..1 (R8); `quantity` is in base."""

    signal_id: str
    source: str  # "external" or "strategy"
    strategy: str
    venue: str
    symbol: str
    side: Side
    order_type: OrderType
    quantity: Decimal
    confidence: Decimal
    purpose: Purpose  # ENTRY or EXIT
    price: Decimal | None = None
    time_in_force: TimeInForce | None = None
    received_ms: int = 0  # the engine's wall clock when it was taken (R9, R36)
    execution: Execution = Execution.PLAIN
    duration_ms: int = 0  # of a TWAP (R13)
    reason: str = ""  # a strategy's own words
    stop_fraction: Decimal | None = None  # a strategy's own stop, as a fraction of its entry; the tighter of two stops wins (R6)
    pair: str = ""  # legs of one multi-leg trade have the same
    inputs: dict[str, str] = {}  # what a strategy decided on: bar, indicator values, as text


class SignalOutcome(msgspec.Struct, kw_only=True):
    """What became of a signal. status: "received" (not decided yet), "accepted", "denied" (then rule, code, message), or
    "overruled" (accepted, then lost to a higher priority, R36)."""

    status: str = "received"
    client_order_id: str | None = None
    rule: str = ""
    code: str = ""
    message: str = ""


class Order(msgspec.Struct, kw_only=True):
    """One intent. `client_order_id` is minted once and never again (R26). Changed only by folding facts."""

    client_order_id: str
    venue: str
    symbol: str
    side: Side
    order_type: OrderType
    quantity: Decimal
    purpose: Purpose
    strategy: str
    correlation_id: str
    created_ms: int
    updated_ms: int
    price: Decimal | None = None
    time_in_force: TimeInForce | None = None
    multi_leg_id: str | None = None
    leg: int | None = None
    state: OrderState = OrderState.PENDING
    pending: PendingAction = PendingAction.NEW
    knowledge: Knowledge = Knowledge.KNOWN
    venue_order_id: int | None = None
    executed: Decimal = ZERO
    cum_quote: Decimal = ZERO
    reserved_asset: str = ""
    reserved: Decimal = ZERO
    reason: str = ""
    stop_price: Decimal | None = None  # of a STOP_LOSS_LIMIT: the last price at which it becomes a LIMIT order

    @property
    def rests_as_stop(self) -> bool:
        """Whether it is a stop that rests at the venue (R6)."""
        return self.order_type is _STOP_LOSS_LIMIT

    @property
    def closes(self) -> bool:
        """Whether it is on its way to close something: a stop that rests only waits, and goes as soon as something closes."""
        return self.purpose.reduces and not self.rests_as_stop


class Fill(msgspec.Struct, frozen=True, kw_only=True):
    """One execution. (venue, symbol, trade_id) is unique, so each counts once (I09)."""

    venue: str
    symbol: str
    trade_id: int
    client_order_id: str
    side: Side
    price: Decimal
    quantity: Decimal
    quote_quantity: Decimal
    fee: Decimal
    fee_asset: str
    maker: bool
    venue_time_ms: int


class Position(msgspec.Struct, kw_only=True):
    """Holding minus inventory target of one symbol at one venue. Average cost method (R31).

    `quantity` is signed; `cost` (>= 0) is what the open quantity cost (long, quote fees included) or brought (short,
    quote fees deducted) in quote; `realised` is in quote. `stop_price` is None while flat (R6).
    """

    venue: str
    symbol: str
    state: PositionState = PositionState.CLOSED
    quantity: Decimal = ZERO
    cost: Decimal = ZERO
    realised: Decimal = ZERO
    stop_price: Decimal | None = None
    stop_order_id: str | None = None  # the exit order that a fired stop has in flight
    opened_ms: int = 0


class StrategyHolding(msgspec.Struct, kw_only=True):
    """What one strategy holds of one symbol: its part of the position, by its own fills (R31). The parts add up to the position.

    `quantity` is signed; `cost` (>= 0) and `realised` are in quote, as in `Position`.
    """

    strategy: str
    venue: str
    symbol: str
    quantity: Decimal = ZERO
    cost: Decimal = ZERO
    realised: Decimal = ZERO
    opened_ms: int = 0
    opened_realised: Decimal = ZERO  # `realised` when it was last flat
    stop_fraction: Decimal | None = None

    @property
    def entry_price(self) -> Decimal | None:
        """Average cost per unit, quote per base; None while flat."""
        return self.cost / abs(self.quantity) if self.quantity != ZERO else None


class StrategyResults(msgspec.Struct, kw_only=True):
    """Finished round trips of one strategy, for Kelly (R14). Amounts in quote, fees included; a result of 0 is a loss of 0."""

    trades: int = 0
    wins: int = 0
    won: Decimal = ZERO
    lost: Decimal = ZERO


class ParentOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An iceberg or a TWAP (R12, R13): its slices are ordinary orders under the same correlation id, one at a time.

    `parent_id` is the signal's id. `slices` are planned quantities in base; `orders` the client order ids of those that were
    sent. `arrival_price` is the side of the book it would have taken at the decision (R11).
    """

    parent_id: str
    execution: Execution
    strategy: str
    venue: str
    symbol: str
    side: Side
    quantity: Decimal
    arrival_price: Decimal
    slices: tuple[Decimal, ...]
    created_ms: int
    ends_ms: int = 0  # of a TWAP
    state: ParentState = ParentState.WORKING
    orders: tuple[str, ...] = ()
    reason: str = ""


class Balance(msgspec.Struct, kw_only=True):
    """Own accounting of one asset at one venue: total = opening + signed fills - fees + transfers (I03).

    `locked` is the sum of what open orders reserve (I05); free = total - locked. `target` is the inventory target.
    """

    venue: str
    asset: str
    opening: Decimal = ZERO
    total: Decimal = ZERO
    locked: Decimal = ZERO
    target: Decimal = ZERO

    @property
    def free(self) -> Decimal:
        return self.total - self.locked


class Leg(msgspec.Struct, kw_only=True):
    """One planned order of a multi-leg trade; the order is found by `client_order_id` once it was sent."""

    venue: str
    symbol: str
    side: Side
    quantity: Decimal
    client_order_id: str | None = None


PAIR = "PAIR"
"""Kind of a multi-leg trade of two legs that are held together (R19)."""


class MultiLegTrade(msgspec.Struct, kw_only=True):
    """Arbitrage, or a pair, as one object and one position. `pnl` is in the quote asset, set when CLOSED."""

    multi_leg_id: str
    kind: str  # DIRECT or TRIANGULAR (arbitrage), or PAIR
    strategy: str
    state: TradeState
    legs: list[Leg]
    expected_net: Decimal  # net return as a fraction, after both or all taker fees (R15); 0 of a pair
    created_ms: int
    pnl: Decimal | None = None


class TopOfBook(msgspec.Struct, frozen=True, kw_only=True):
    """Best bid and ask of a synchronised local book."""

    venue: str
    symbol: str
    bid: Decimal
    bid_quantity: Decimal
    ask: Decimal
    ask_quantity: Decimal
    update_id: int
    received_ns: int

    @property
    def mid(self) -> Decimal:
        return (self.bid + self.ask) / 2


class LimitRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A limit of the configuration that another start brought: the epoch of that start, and what changed."""

    epoch: int
    key: str
    before: str
    after: str


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    """The public trades of one interval, closed: it never changes any more. Prices in quote, `volume` in base.

    `open_ms`..`close_ms` are its first and last millisecond. An interval without a trade is a flat bar at the last close
    (`trades` = 0, `volume` = 0).
    """

    venue: str
    symbol: str
    open_ms: int
    close_ms: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal
    trades: int

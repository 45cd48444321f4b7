"""What comes in: everything that can make the engine decide. Plain data; the shell turns messages into these.

The engine has no clock: each event is handed over together with a `Now`.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from genesis.core.models import Bar, CircuitState, Fill, Side, Signal, SymbolRules, TopOfBook


class Now(msgspec.Struct, frozen=True):
    """The instant an event is handled: wall clock (ms since the epoch, UTC) and monotonic clock (ns)."""

    wall_ms: int
    mono_ns: int


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all input events."""


class EngineBooted(Event, frozen=True):
    """The first event of a process, on the state that the journal gave back. `epoch` is new for every process."""

    epoch: int
    version: str
    config_digest: str
    test_hooks: bool
    stuck: tuple[str, ...] = ()  # strategies for which the watchdog ended the process before
    previous: str = ""  # how the process before it ended: first (there was none), clean, recovered
    notices: tuple[str, ...] = ()  # what was wrong with the database's files and did not hinder the start


class SignalSubmitted(Event, frozen=True):
    """A signal from outside (`POST /signals`); the answer goes to `reply_to`."""

    signal: Signal
    reply_to: int


class BookChanged(Event, frozen=True):
    top: TopOfBook


class BookLost(Event, frozen=True):
    """The local book is not to be trusted (gap, crossed, disconnected): nothing trades on it until the next BookChanged."""

    venue: str
    symbol: str
    reason: str


class MarketTrade(Event, frozen=True):
    """A public trade at the venue, the same whatever stream told of it. `trade_id` grows by one; of an aggregate it is the last one's."""

    venue: str
    symbol: str
    price: Decimal
    quantity: Decimal
    venue_time_ms: int
    trade_id: int = 0


class MarketDataRefused(Event, frozen=True):
    """`count` public messages that are not believed, the first or newest of them as `detail` says; nothing else of them is told."""

    venue: str
    symbol: str  # "" = of no symbol of ours
    stream: str  # depth, trade or ""
    reason: str  # a word of genesis.exchange.rejections
    detail: str
    count: int


class BarsFetched(Event, frozen=True):
    """Closed bars as the venue's klines have them, oldest first; the answer to FetchBars."""

    venue: str
    symbol: str
    interval_ms: int
    until_ms: int
    bars: tuple[Bar, ...]


class BarsFailed(Event, frozen=True):
    """The venue's klines could not be read; they are asked for again."""

    venue: str
    symbol: str
    interval_ms: int
    reason: str


class OrderSent(Event, frozen=True):
    """The bytes of a new order were handed to the socket, signed with the timestamp `signed_ms` (the venue's clock, as we knew it)."""

    client_order_id: str
    signed_ms: int


class SendRefused(Event, frozen=True):
    """Looked at once more between commit and send, and refused (-> NOT_SENT), or the socket was down before any byte left."""

    client_order_id: str
    reason: str


class OrderReported(Event, frozen=True):
    """What the venue says of one of our orders, whatever the channel; `status` is the venue's own word (NEW, CANCELED, ...).

    `source` is "answer" (to our request), "stream" (execution report) or "query". `fills` may repeat known ones.
    """

    venue: str
    symbol: str
    client_order_id: str
    venue_order_id: int
    status: str
    executed: Decimal
    cum_quote: Decimal
    source: str
    venue_time_ms: int
    fills: tuple[Fill, ...] = ()
    reason: str = ""


class OrderRefused(Event, frozen=True):
    """A definite refusal of a new order: the venue's error code and text. No order exists."""

    client_order_id: str
    code: int
    message: str


class CancelRefused(Event, frozen=True):
    """The venue refused a cancel (-2011: unknown, or already done): the order's fate is to be queried."""

    client_order_id: str
    code: int
    message: str


class OutcomeUnknown(Event, frozen=True):
    """No answer, a lost connection, or an answer that says so (-1006, -1007, 5xx). `action` is "NEW" or "CANCEL"."""

    client_order_id: str
    action: str
    reason: str


class OrderNotFound(Event, frozen=True):
    """A query by client order id was answered -2013 at the venue's own time `venue_time_ms`.

    Final only when that time is past the request's timestamp + recvWindow + transit + read lag (binance-spot section 5).
    """

    client_order_id: str
    venue_time_ms: int


class AssetBalance(msgspec.Struct, frozen=True, kw_only=True):
    asset: str
    free: Decimal
    locked: Decimal


class BalanceReported(Event, frozen=True):
    """The venue's own word on balances (outboundAccountPosition). Compared with our accounting, never copied into it."""

    venue: str
    balances: tuple[AssetBalance, ...]
    venue_time_ms: int


class TransferReported(Event, frozen=True):
    """A deposit (> 0) or withdrawal (< 0) at the venue (balanceUpdate)."""

    venue: str
    asset: str
    amount: Decimal
    venue_time_ms: int


class ForeignOrderReported(Event, frozen=True):
    """The venue reports an order on our account that we never minted (X38)."""

    venue: str
    symbol: str
    client_order_id: str
    side: Side
    status: str


class ForeignEventReported(Event, frozen=True):
    """A user event under a subscription that is not ours: another account's. Nothing of it is believed."""

    venue: str
    detail: str


class ConnectionChanged(Event, frozen=True):
    """A channel to a venue went up or down. `channel` is "orders" (WS API incl. user data) or "market"."""

    venue: str
    channel: str
    connected: bool
    reason: str = ""


class RequestsHeld(Event, frozen=True):
    """The venue's limits leave no room: for `wait_ms` no entry (`scope` ENTRIES: our own reserve), no order (ORDERS) or no request at
    all (ALL) goes there. `limit` names the limit, `most` of it were for this use, `used` were used; `banned`: by its 418."""

    venue: str
    scope: str
    banned: bool
    limit: str
    most: int
    used: int
    wait_ms: int


class RulesFetched(Event, frozen=True):
    """The venue's trading rules of our symbols as they are now; the answer to FetchRules (X36)."""

    venue: str
    rules: tuple[SymbolRules, ...]


class RulesFailed(Event, frozen=True):
    """The venue's trading rules could not be read; they are asked for again."""

    venue: str
    reason: str


class CircuitChanged(Event, frozen=True):
    """The circuit breaker of one service of a venue changed its state (R24). `service` is orders, account or market."""

    venue: str
    service: str
    state: CircuitState
    reason: str


class AddressChanged(Event, frozen=True):
    """All channels of a venue go by another of its addresses, or begin by the first (`before` empty). `failed`: the one before did not
    serve; else the first is back. Told before the channels go down."""

    venue: str
    before: str
    address: str
    failed: bool
    reason: str


class CredentialsRefused(Event, frozen=True):
    """The venue does not accept who we are (-2014, -2015, -1022), whatever was asked. Told before the request's own end."""

    venue: str
    reason: str


class CertificateRefused(Event, frozen=True):
    """Who answers at the venue's address cannot prove to be the venue. `code` is the error code, `reason` says what to do."""

    venue: str
    code: str
    reason: str


class VenueOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An order as the venue's REST answers state it."""

    client_order_id: str
    venue_order_id: int
    symbol: str
    side: Side
    status: str
    executed: Decimal
    cum_quote: Decimal
    venue_time_ms: int

    def reported(self, venue: str, source: str, fills: tuple[Fill, ...] = ()) -> OrderReported:
        """The same as a report of that source, with the trades that are known of it."""
        return OrderReported(
            venue=venue,
            symbol=self.symbol,
            client_order_id=self.client_order_id,
            venue_order_id=self.venue_order_id,
            status=self.status,
            executed=self.executed,
            cum_quote=self.cum_quote,
            source=source,
            venue_time_ms=self.venue_time_ms,
            fills=fills,
        )


class PlacedOrder(VenueOrder, frozen=True, kw_only=True):
    """With its terms. `order_type` and `time_in_force` are the venue's own words."""

    order_type: str
    time_in_force: str
    quantity: Decimal
    price: Decimal | None
    stop_price: Decimal | None


class VenueSnapshot(Event, frozen=True):
    """The venue's state, read over REST for reconciliation (R30): rules, balances, every open order, our unresolved
    orders by client order id (`missing` = answered -2013), and the trades of every symbol since our last known one.
    `placed_orders`: every order after those of `Reconcile.orders_after`, whatever became of it."""

    venue: str
    rules: tuple[SymbolRules, ...]
    balances: tuple[AssetBalance, ...]
    open_orders: tuple[VenueOrder, ...]
    queried_orders: tuple[VenueOrder, ...]
    missing_orders: tuple[str, ...]
    fills: tuple[Fill, ...]
    venue_time_ms: int
    placed_orders: tuple[PlacedOrder, ...] = ()


class ReconcileFailed(Event, frozen=True):
    """The venue could not be read; it is tried again."""

    venue: str
    reason: str


class TimerFired(Event, frozen=True):
    """A periodic tick of the shell (every 100 ms of engine time): ages, deadlines, retries are looked at."""


class OperatorAction(Event, frozen=True):
    """An operator's command through the control API: PAUSE, RESUME, HALT, CANCEL_ORDER, CANCEL_ALL, QUIESCE;
    START_STRATEGY, STOP_STRATEGY and PAUSE_STRATEGY of `strategy`; KILL, RELEASE and EMERGENCY_CLOSE; ADOPT what `venue` shows;
    GO_ON_ALONE, with who and why in `detail`."""

    action: str
    reply_to: int
    client_order_id: str = ""
    strategy: str = ""
    detail: str = ""  # a reason, or the phrase that releases
    dry_run: bool = False
    venue: str = ""


class StandbysSeen(Event, frozen=True):
    """How many synchronous standbys the database has, and how many the configuration asks for."""

    standbys: int
    required: int


class StopRequested(Event, frozen=True):
    """SIGTERM or SIGINT: graceful shutdown (R29)."""

    reason: str

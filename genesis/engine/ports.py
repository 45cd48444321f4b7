"""What the engine needs of the outside, as Protocols. Adapters fulfil them; only `genesis/app.py` knows both."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any, Protocol

import msgspec

from genesis.core.commands import CancelOrder, FetchBars, FetchRules, QueryOrder, Reconcile
from genesis.core.events import Event, MarketTrade, Now
from genesis.core.facts import AlertRaised, Fact
from genesis.core.models import Order
from genesis.core.state import State

EventSink = Callable[[Event], None]
"""Called in the loop's thread, never blocks; the event is handled in a later turn."""


class Clock(Protocol):
    """Two clocks: wall (timestamps, midnight) and monotonic (timers, deadlines, ages)."""

    def wall_ms(self) -> int: ...

    def mono_ns(self) -> int: ...

    async def sleep(self, seconds: float) -> None:
        """Wait until so much time has passed on the monotonic clock: every pause of the engine that a rule prescribes (R25)."""


class Gateway(Protocol):
    """One venue: order entry and user data on its WebSocket API, questions on REST, market data streams.

    No method blocks or raises for what the outside does: every outcome comes back as an event through the sink
    (OrderSent, OrderReported, OrderRefused, CancelRefused, OutcomeUnknown, OrderNotFound, SendRefused, BookChanged,
    BookLost, MarketTrade, BalanceReported, TransferReported, ForeignOrderReported, ForeignEventReported, ConnectionChanged, VenueSnapshot,
    ReconcileFailed, CredentialsRefused, BarsFetched, BarsFailed, RulesFetched, RulesFailed, RequestsHeld,
    AddressChanged).
    """

    @property
    def name(self) -> str: ...

    async def start(self) -> None:
        """Begin to connect (and to reconnect for ever); returns at once, ConnectionChanged tells the rest."""

    def place(self, order: Order) -> None: ...

    def cancel(self, command: CancelOrder) -> None: ...

    def query(self, command: QueryOrder) -> None: ...

    def reconcile(self, command: Reconcile) -> None: ...

    def try_key(self) -> None:
        """Sign on again after CredentialsRefused; before that nothing is signed on an orders channel that is opened."""

    def fetch_bars(self, command: FetchBars) -> None: ...

    def fetch_rules(self, command: FetchRules) -> None: ...

    def depth(self, symbol: str) -> tuple[int, list[tuple[str, str]], list[tuple[str, str]]] | None:
        """The synchronised local book: update id, bids and asks best first as canonical text; None while there is none."""

    def last_trade(self, symbol: str) -> MarketTrade | None:
        """The newest public trade of a symbol in canonical form; None before the first."""

    def market_status(self) -> dict[str, Any]:
        """Of the market data: `connections` (name, state, streams, reconnects), `rejected` by reason, `counters` by name."""

    def rate_status(self) -> dict[str, Any]:
        """Of the rate budget: `limits` with what is used, how long requests and orders are held, and what was kept back by use."""

    def address_status(self) -> dict[str, Any]:
        """By which of the venue's addresses we go: `name`, `number` (1 = the first), `of`, `changes` so far."""

    async def barrier(self, timeout_s: float) -> bool:
        """True once everything the venue had sent on the orders channel before this call has reached the sink."""

    async def close(self) -> None:
        """Close every connection; no event is sent afterwards."""


class Head(msgspec.Struct, frozen=True):
    """The durable end of the journal's chain."""

    seq: int
    hash: str


class Committed(msgspec.Struct, frozen=True):
    """What became of a batch. `failure` is empty when it is durable; else the journal is of no further use."""

    head: Head
    failure: str = ""
    snapshot_failure: str = ""  # the batch is durable, the snapshot that was asked for, or its anchor, is not
    tried: bool = False  # whether there was a snapshot or an anchor to write


class Sizes(msgspec.Struct, frozen=True):
    """Of the database's files, in bytes."""

    database: int
    wal: int


class Journal(Protocol):
    """The spine: facts become durable in batches, one batch at a time (group commit). Called in the loop's thread only."""

    @property
    def epoch(self) -> int: ...

    @property
    def head(self) -> Head:
        """The last durable fact."""

    @property
    def recorded(self) -> int:
        """Sequence number of the last recorded fact, durable or not."""

    @property
    def unwritten(self) -> int:
        """Number of facts recorded since the last `commit`."""

    @property
    def busy(self) -> bool:
        """A batch is being written: the next one fills meanwhile."""

    @property
    def trouble(self) -> str:
        """Why the batch being written is late ("" = it is not), e.g. a lock that another writer holds."""

    @property
    def log_trouble(self) -> str:
        """Why the database's write-ahead log is too large, "" = it is not."""

    @property
    def sizes(self) -> Sizes: ...

    def record(self, facts: Sequence[Fact], now: Now) -> None:
        """Add facts, which the state has already folded, to the filling batch."""

    def commit(self, state: State, *, snapshot: bool, done: Callable[[Committed], None]) -> None:
        """Cut the filling batch here, with the rows that `state` changed, and write it in one transaction.

        `done` is called in the loop's thread. With `snapshot` the state is written too, as of this cut (R28).
        """

    def record_last_words(self, facts: Sequence[Fact], now: Now, done: Callable[[Committed], None]) -> None:
        """After an internal failure the state in memory is not to be trusted: drop what is filling, write these facts alone."""

    def hurry(self) -> None:
        """Stop waiting for a lock or a full disk: the batch being written fails unless it succeeds now."""

    async def close(self, *, clean: bool) -> None:
        """End the writer; after a clean stop with checkpoint, witness and anchor."""


Shown = tuple[str, Any, bool]
"""Key, plain document, and whether it is written again when the cache has lost it."""


class Mirror(Protocol):
    """What others may read of the state: looked at when a batch is cut, shown once it is durable."""

    def cut(self, state: State) -> Sequence[Shown]:
        """What of `state` the batch changes; called before the journal takes its rows."""

    def durable(self, shown: Sequence[Shown]) -> None:
        """The batch is on disk. Never waits, never fails for what the outside does."""


class Cached(Protocol):
    """The cache, as whoever runs in the loop's thread may use it: nothing here waits."""

    def put(self, key: str, document: Any, *, keep: bool = True) -> None: ...

    def ask(self, key: str) -> Future[Any]:
        """The value with its source, None = nothing is known of it."""

    def status(self) -> dict[str, Any]: ...


class Alerts(Protocol):
    """Where alerts go. Each is handed over once it is durable, and again by later processes until its delivery is."""

    def start(self, delivered: Callable[[AlertRaised, str], None]) -> None:
        """Begin to deliver; `delivered` is told which sink has an alert."""

    def send(self, alert: AlertRaised) -> None:
        """Deliver it, after those before it. Never blocks or raises."""

    async def close(self) -> None:
        """Stop. What is under way has a short time to arrive."""


class Gauge(Protocol):
    """Sees facts after they are durable: metrics."""

    def seen(self, facts: Sequence[Fact], now: Now) -> None: ...


class Questions(Protocol):
    """Read questions to the database; only durable rows answer. Rows are named as the columns, amounts are text."""

    async def orders(self, state: str | None) -> list[dict[str, Any]]: ...

    async def order(self, client_order_id: str) -> dict[str, Any] | None: ...

    async def positions(self) -> list[dict[str, Any]]: ...

    async def fills(self) -> list[dict[str, Any]]: ...

    async def trades(self) -> list[dict[str, Any]]: ...

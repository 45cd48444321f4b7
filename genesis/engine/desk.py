"""The desk: what all concerns of the engine share, and the decision that is being taken.

`record` folds a fact and keeps it for the journal; `send` keeps a command. `Memory` holds what no fact needs: public
market data, connection states, deadlines. A new process starts with an empty memory and loses nothing by it.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import msgspec

from genesis.core.commands import Alert, Command, Reply
from genesis.core.errors import CODES, INVALID_PARAMETERS
from genesis.core.events import AssetBalance, Now, OperatorAction, StandbysSeen
from genesis.core.facts import ErrorRecorded, Fact
from genesis.core.models import CircuitState, Order, Position, SymbolRules, TopOfBook
from genesis.core.money import ZERO
from genesis.core.settings import EngineSettings, StrategyTerms, VenueTerms
from genesis.core.state import AssetKey, State, SymbolKey
from genesis.engine.companions import Companions
from genesis.engine.state_machine import VenueStatus
from genesis.engine.tally import Tally
from genesis.strategies.registry import at_reserve

NS_PER_MS = 1_000_000
FIRST_RETRY_MS, MOST_RETRY_MS = 500, 30_000
"""The pauses of whatever is tried again: exits, stops, unwindings, cancels."""
ORDERS = "orders"
SERVICES = (ORDERS, "account", "market")
"""What has a circuit breaker of its own at each venue (R24): order entry, account reading, market data over REST."""


def circuit(venue: str, service: str) -> str:
    """The name of the condition that a circuit breaker is (R24)."""
    return f"{venue}/circuit/{service}"


class Retry(msgspec.Struct):
    """A bounded retry: how often it failed in a row, and the monotonic time before which it is not tried again."""

    failures: int = 0
    not_before_ns: int = 0

    def failed(self, now_ns: int) -> None:
        """Count a failure: the pause doubles from half a second up to half a minute."""
        self.failures += 1
        pause_ms = min(FIRST_RETRY_MS << min(self.failures - 1, 16), MOST_RETRY_MS)
        self.not_before_ns = now_ns + pause_ms * NS_PER_MS


class Reconciling(msgspec.Struct):
    """Where the reconciliation of one venue stands. `due_ns` = when to ask (again); None = nothing to ask. `last_differences` = why it
    is blocked, `adoptable` = whether an operator may take that over, `adopted` = what one has answered for (X38)."""

    due_ns: int | None = None
    attempts: int = 0
    last_differences: tuple[str, ...] = ()
    adoptable: bool = False
    adopted: tuple[str, ...] = ()


class Hold(msgspec.Struct, frozen=True, kw_only=True):
    """A pause that the limits of a venue ask for, until `until_ns` (monotonic). `used` of `most` of `limit` were used."""

    until_ns: int
    banned: bool
    limit: str
    most: int
    used: int


class Absent(msgspec.Struct, frozen=True, kw_only=True):
    """When an order was not found: by the venue's clock, and by ours (monotonic)."""

    venue_ms: int
    mono_ns: int


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """Where the reading of a venue's rules stands: when it is due (monotonic), failures in a row, whether an answer is awaited."""

    due_ns: int
    failures: int = 0
    asked: bool = False


class Forgetting(msgspec.Struct):
    """Where the forgetting of history stands: the UTC day in which something was last looked for, whether something was found, whether it
    goes on until half is left, and before when (monotonic) nothing is looked for."""

    day: int = -1
    under_way: bool = False
    halving: bool = False
    not_before_ns: int = 0


Locks = dict[str, tuple[Decimal, Decimal]]
"""Asset -> what open orders reserve of it: as the venue says, and as we hold it to be."""


class Memory(msgspec.Struct):
    """What lives in the process only."""

    venues: dict[str, VenueStatus]
    reconciling: dict[str, Reconciling]
    tops: dict[SymbolKey, TopOfBook] = {}
    order_deadlines: dict[str, int] = {}  # client order id -> when its silence is looked at (monotonic ns)
    intended_ns: dict[str, int] = {}  # client order id -> when its intent was decided
    signed_ms: dict[str, int] = {}  # client order id -> the timestamp of its request, by the venue's clock
    first_absent: dict[str, Absent] = {}  # client order id -> the first -2013 that counts (binance-spot section 5)
    lost: set[str] = set()  # client order ids of open orders that the venue does not know any more, and that was said
    cancel_wanted: dict[str, int] = {}  # client order id -> cancels asked so far
    holds: dict[str, dict[str, Hold]] = {}  # venue -> scope -> pause (RequestsHeld)
    rules_readings: dict[str, Reading] = {}
    stop_retries: dict[SymbolKey, Retry] = {}
    resting_retries: dict[SymbolKey, Retry] = {}  # of stops that the venue did not take
    unwind_retries: dict[str, Retry] = {}
    close_not_before_ns: dict[SymbolKey, int] = {}  # when an emergency close may try again (R34)
    deleverage_retries: dict[SymbolKey, Retry] = {}
    cancel_retries: dict[str, Retry] = {}  # by the run's id
    active_trades: set[str] = set()  # multi-leg trades that are not CLOSED
    live_opportunities: dict[str, int] = {}  # opportunity key -> when it was reported (monotonic ns)
    opportunity_number: int = 0
    reported: dict[AssetKey, AssetBalance] = {}  # the venue's last word on balances
    differing_locks: dict[str, Locks] = {}  # venue -> asset -> (theirs, ours), at the last look
    differing_since_ns: dict[str, int] = {}  # venue -> since when its word and our accounting differ
    traded: dict[SymbolKey, Decimal] = {}  # base that the public has traded in this process
    traded_before: dict[str, Decimal] = {}  # parent id -> that at its last slice (R13)
    forgetting: Forgetting = msgspec.field(default_factory=Forgetting)
    halted: bool = False
    began: bool = False  # whether this process has once left STARTING and RECONCILING
    stop_deadline_ns: int | None = None
    looked_ns: int = 0  # when the timer last looked at all that waits (monotonic)
    standbys: StandbysSeen | None = None  # of the database; None = none are asked for, or nobody has looked yet
    out_since_ns: dict[str, int] = {}  # venues with or for a reserve that cannot be reached, since when (monotonic)


def unseen(_point: str) -> None:
    """Nobody cares for crash points."""


class Desk:
    """Shared by the concerns; one per engine. `now`, `facts` and `commands` belong to the decision being taken."""

    def __init__(
        self,
        settings: EngineSettings,
        state: State,
        instance_id: str,
        trace: Callable[[str], None] = unseen,
        former: tuple[str, ...] = (),
    ) -> None:
        """`trace` is told the name of each crash point (reliability A3) that a decision comes to; `former` are the instances that orders
        of this journal bore before."""
        self.former = former
        self.trace = trace
        self.settings = settings
        self.state = state
        self.instance_id = instance_id
        self.terms: dict[str, VenueTerms] = {terms.name: terms for terms in settings.venues}
        self.has_reserves = any(terms.reserve_for for terms in settings.venues)
        self.tradable = frozenset((terms.name, symbol) for terms in settings.venues for symbol in terms.symbols)
        self.strategies: dict[str, StrategyTerms] = {terms.name: terms for terms in settings.strategies}
        elsewhere = {terms.name: at_reserve(settings, terms) for terms in settings.strategies if self.has_reserves}
        self.stand_ins: dict[str, StrategyTerms] = {name: terms for name, terms in elsewhere.items() if terms is not None}
        self.memory = Memory(
            venues={name: VenueStatus() for name in self.terms},
            reconciling={name: Reconciling() for name in self.terms},
            active_trades={key for key, trade in state.multi_legs.items() if trade.pnl is None},
        )
        self.tally = Tally(settings, state)
        self.companions = Companions()
        self.now = Now(0, 0)
        self.facts: list[Fact] = []
        self.commands: list[Command] = []

    def begin(self, now: Now) -> None:
        """Start a new decision at `now`."""
        self.now = now
        self.facts = []
        self.commands = []

    def record(self, fact: Fact) -> None:
        """Fold `fact` and hand it to the journal."""
        self.state.apply(fact)
        self.tally.follow(fact)
        self.facts.append(fact)

    def send(self, command: Command) -> None:
        """Hand `command` out once the facts of this decision are durable."""
        self.commands.append(command)

    def error(self, code: str, detail: str, correlation_id: str = "") -> None:
        """Record something that must not happen and did, and tell the operator."""
        assert code in CODES, code
        self.record(ErrorRecorded(code=code, detail=detail, correlation_id=correlation_id))
        self.send(Alert(severity="critical", text=f"{code}: {detail}"))

    def refuse(self, asked: OperatorAction, status: int, message: str, code: str = INVALID_PARAMETERS) -> None:
        """Answer an operator that what was asked is not done, and why."""
        self.send(Reply(reply_to=asked.reply_to, status=status, body={"error": {"code": code, "message": message}}))

    def after_ms(self, milliseconds: int) -> int:
        """The monotonic time `milliseconds` from now, in ns."""
        return self.now.mono_ns + milliseconds * NS_PER_MS

    def rules(self, venue: str, symbol: str) -> SymbolRules | None:
        """The trading rules of a symbol that this engine is configured to trade; None if there are none."""
        key = (venue, symbol)
        return self.state.rules.get(key) if key in self.tradable else None

    def fresh_top(self, venue: str, symbol: str) -> TopOfBook | None:
        """The top of a synchronised book no older than `book_stale_ms` (R25, I25); else None."""
        top = self.memory.tops.get((venue, symbol))
        if top is None or self.now.mono_ns - top.received_ns > self.settings.timing.book_stale_ms * NS_PER_MS:
            return None
        return top

    def see(self, top: TopOfBook) -> None:
        """A book has changed."""
        self.memory.tops[(top.venue, top.symbol)] = top
        self.tally.see(top)

    def lose(self, venue: str, symbol: str) -> bool:
        """A book is gone; whether there was one."""
        self.tally.lose((venue, symbol))
        return self.memory.tops.pop((venue, symbol), None) is not None

    def venue_ready(self, venue: str) -> bool:
        """Whether orders may go to `venue`: its orders channel is up and its state was reconciled since."""
        status = self.memory.venues.get(venue)
        return status is not None and status.orders and status.reconciled

    def circuit_open(self, venue: str, service: str = ORDERS) -> bool:
        """Whether nobody calls that service of `venue` now (R24). A half-open breaker lets one through at a time."""
        return self.state.conditions.get(circuit(venue, service)) == CircuitState.OPEN

    def position(self, venue: str, symbol: str) -> Position | None:
        """The position of a symbol, None if there never was one."""
        return self.state.positions.get((venue, symbol))

    def open_orders(self, venue: str, symbol: str) -> list[Order]:
        """Non-terminal orders of a symbol that are no legs of a multi-leg trade."""
        orders = self.state.open.by_symbol.get((venue, symbol), {})
        return [order for order in orders.values() if order.multi_leg_id is None]

    def resting_stops(self, venue: str, symbol: str) -> list[Order]:
        """The stops of a symbol that rest at the venue, or are on their way there (R6)."""
        return self.state.open.resting((venue, symbol))

    def reserved_by_stops(self, venue: str, symbol: str, asset: str) -> Decimal:
        """What the resting stops of a symbol reserve of an asset."""
        stops = self.resting_stops(venue, symbol)
        return sum((stop.reserved for stop in stops if stop.reserved_asset == asset), ZERO)

    def free_of_stops(self, venue: str, symbol: str, asset: str) -> Decimal:
        """As `free`, with what the symbol's resting stops reserve: an order that takes a stop's place has that too."""
        return self.free(venue, asset) + self.reserved_by_stops(venue, symbol, asset)

    def free(self, venue: str, asset: str) -> Decimal:
        """Own accounting's free amount of an asset, 0 if never seen."""
        balance = self.state.balances.get((venue, asset))
        return balance.free if balance is not None else ZERO

    def priority(self, strategy: str) -> int:
        """A configured strategy's priority: the higher one wins (R36); 0 of everybody else."""
        terms = self.strategies.get(strategy)
        return terms.priority if terms is not None else 0

    def taker_fee(self, venue: str) -> Decimal:
        """The venue's taker fee as a fraction."""
        return self.terms[venue].taker_fee

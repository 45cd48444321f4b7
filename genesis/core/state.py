"""The engine's state: a fold of facts and of nothing else (R27). `genesis/core/fold.py` says what each fact does.

Everything here can be rebuilt from the journal, or from a snapshot document plus the later facts, to the same digest.
"""

from __future__ import annotations

import hashlib
from decimal import Decimal
from operator import itemgetter
from typing import Any, Final

import msgspec

from genesis.core.day import DAY_MS, NO_DAY, Day
from genesis.core.facts import AlertRaised, EmergencyCloseEnded, Fact, OpportunitySeen
from genesis.core.fold import FOLDS
from genesis.core.halts import CancelAll, EmergencyRun, Halt, HaltKind
from genesis.core.models import (
    ENTRY,
    LEG,
    Balance,
    EngineState,
    Fill,
    LimitRecord,
    MultiLegTrade,
    Order,
    ParentOrder,
    ParentState,
    Position,
    Signal,
    SignalOutcome,
    StrategyHolding,
    StrategyResults,
    SymbolRules,
    Tier,
)
from genesis.core.money import ZERO
from genesis.core.open_orders import OpenOrders
from genesis.core.plain_fields import plain_fields
from genesis.core.recent_entries import RecentEntries
from genesis.core.tilt import Tilt

DOCUMENT_VERSION = 1

SymbolKey = tuple[str, str]
"""(venue, symbol)"""
AssetKey = tuple[str, str]
"""(venue, asset)"""
HoldingKey = tuple[str, str, str]
"""(strategy, venue, symbol)"""
FillKey = tuple[str, str, int]
"""(venue, symbol, trade id)"""


class Dirty(msgspec.Struct):
    """Keys of the rows that facts touched; the shell writes exactly these in the facts' transaction (I17)."""

    orders: set[str] = msgspec.field(default_factory=set)
    fills: set[FillKey] = msgspec.field(default_factory=set)
    positions: set[SymbolKey] = msgspec.field(default_factory=set)
    balances: set[AssetKey] = msgspec.field(default_factory=set)
    multi_legs: set[str] = msgspec.field(default_factory=set)
    strategies: set[str] = msgspec.field(default_factory=set)
    # touched, and forgotten before they were written
    gone_orders: dict[str, Order] = msgspec.field(default_factory=dict)
    gone_fills: dict[FillKey, Fill] = msgspec.field(default_factory=dict)
    gone_multi_legs: dict[str, MultiLegTrade] = msgspec.field(default_factory=dict)


class LastTrade(msgspec.Struct, frozen=True, kw_only=True):
    """Of one symbol: the highest trade id that was booked, and the price that was booked last."""

    venue: str
    symbol: str
    trade_id: int
    price: Decimal


class Document(msgspec.Struct, kw_only=True):
    """The whole state as a snapshot holds it."""

    version: int
    orders: list[Order]
    fills: list[Fill]
    positions: list[Position]
    balances: list[Balance]
    multi_legs: list[MultiLegTrade]
    strategies: dict[str, str]
    tier: Tier | None
    next_order_number: int
    engine_state: EngineState
    epoch: int
    operator_mode: str
    quiesced: bool
    signals: list[Signal]
    signal_outcomes: dict[str, SignalOutcome]
    rules: list[SymbolRules]
    conditions: dict[str, str]
    reconciliations: dict[str, str]
    opportunities: list[OpportunitySeen]
    strategy_reasons: dict[str, str] = {}
    strategy_errors: dict[str, int] = {}
    holdings: list[StrategyHolding] = []
    results: dict[str, StrategyResults] = {}
    parents: list[ParentOrder] = []
    tilt: Tilt = msgspec.field(default_factory=Tilt)
    last_loss_ms: int = 0
    halts: dict[HaltKind, Halt] = {}
    cancelling: dict[str, CancelAll] = {}
    emergency: EmergencyRun | None = None
    last_emergency: EmergencyCloseEnded | None = None
    limits: dict[str, str] = {}
    limit_changes: list[LimitRecord] = []
    concentrated: list[str] = []
    arrivals: dict[str, Decimal] = {}
    day: Day = msgspec.field(default_factory=Day)
    deposited: dict[str, Decimal] = {}
    tier_grace_until_ms: int = 0
    last_trades: list[LastTrade] = []
    entries_of_day: tuple[int, int] = (0, 0)
    prefixes: list[str] = []
    known_signals: list[str] = []
    forgetful: bool = False
    alerts: list[AlertRaised] = []


_plain: Final = plain_fields(Document)
_KEYS: Final = {
    "orders": itemgetter("client_order_id"),
    "fills": itemgetter("venue", "symbol", "trade_id"),
    "positions": itemgetter("venue", "symbol"),
    "balances": itemgetter("venue", "asset"),
    "multi_legs": itemgetter("multi_leg_id"),
}
_holding_key = itemgetter("strategy", "venue", "symbol")
_parent_key = itemgetter("parent_id")


def digest_of(document: dict[str, Any]) -> str:
    """sha256 (hex) over the trading part of a document: orders, fills, positions, balances, multi-leg trades, strategies, tier and next
    order number; not the engine's own state and not conditions of the outside (I21). Parts that came later count where there is something
    of them: a journal without them keeps the digest it had.

    Raises:
        KeyError: it is no such document.
    """
    get, forgetful = document.get, document.get("forgetful", False)
    tilt, day = get("tilt", {}), get("day", {})
    later = {
        "holdings": sorted(get("holdings", ()), key=_holding_key),
        "results": dict(sorted(get("results", {}).items())),
        "parents": sorted(get("parents", ()), key=_parent_key),
        "tilt": _as_ever(tilt) if tilt.get("actions") else None,
        "halts": dict(sorted(get("halts", {}).items())),
        "cancelling": dict(sorted(get("cancelling", {}).items())),
        "emergency": get("emergency"),
        "day": day if day.get("number", NO_DAY) != NO_DAY else None,
        "tier_grace_until_ms": get("tier_grace_until_ms"),
        "last_trades": get("last_trades") if forgetful else None,
        "entries_of_day": get("entries_of_day") if forgetful else None,
    }
    trading = {
        **{name: part for name, part in later.items() if part},
        **{name: sorted(document[name], key=key) for name, key in _KEYS.items()},
        "strategies": dict(sorted(document["strategies"].items())),
        "tier": document["tier"],
        "next_order_number": document["next_order_number"],
    }
    return hashlib.sha256(msgspec.json.encode(trading)).hexdigest()


def _as_ever(tilt: dict[str, Any]) -> dict[str, Any]:
    """With the values of each indicator in ascending order beside them, at their place: documents held them once, so digests count them."""
    ordered = {name: sorted(values, key=Decimal) for name, values in tilt["values"].items()}
    return {"values": {}, "since_ms": {}, "actions": [], "ordered": ordered, **tilt}


NOTHING_EXECUTED: Final = (ZERO, ZERO)
WINDOW_MS = 60_000
"""How long signals of strategies are remembered by time: the longest window of R9 and R36."""


class State:
    """A fold of facts. `apply` is the only mutation; everything else reads."""

    def __init__(self) -> None:
        self.orders: dict[str, Order] = {}
        self.fills: dict[FillKey, Fill] = {}
        self.positions: dict[SymbolKey, Position] = {}
        self.balances: dict[AssetKey, Balance] = {}
        self.multi_legs: dict[str, MultiLegTrade] = {}
        self.strategies: dict[str, str] = {}
        self.tier: Tier | None = None
        self.tier_grace_until_ms = 0
        self.day = Day()
        self.deposited: dict[str, Decimal] = {}  # venue/asset -> what was there or came in beside the target, and trading did not make
        self.next_order_number = 1
        self.engine_state = EngineState.STARTING
        self.epoch = 0
        self.operator_mode = "RUN"  # RUN, PAUSE or HALT: the operator's standing wish; it survives restarts
        self.quiesced = False  # order sources are stopped (strategies, signals) until RESUME or restart
        self.signals: dict[str, Signal] = {}
        self.signal_outcomes: dict[str, SignalOutcome] = {}
        self.rules: dict[SymbolKey, SymbolRules] = {}
        self.conditions: dict[str, str] = {}
        self.reconciliations: dict[str, str] = {}  # venue -> result of the last one in this process
        self.opportunities: list[OpportunitySeen] = []
        self.strategy_reasons: dict[str, str] = {}
        self.strategy_errors: dict[str, int] = {}  # health errors since the strategy's last start
        self.holdings: dict[HoldingKey, StrategyHolding] = {}
        self.results: dict[str, StrategyResults] = {}  # strategy -> its finished round trips
        self.parents: dict[str, ParentOrder] = {}
        self.tilt = Tilt()
        self.last_loss_ms = 0  # when a loss was last booked, the venue's time
        self.halts: dict[HaltKind, Halt] = {}  # what blocks entries
        self.cancelling: dict[str, CancelAll] = {}  # orders that are being cancelled together, by the run's id
        self.emergency: EmergencyRun | None = None  # an emergency close that is under way (R34)
        self.last_emergency: EmergencyCloseEnded | None = None
        self.limits: dict[str, str] = {}  # of the configuration that this engine was started with last, by key
        self.limit_changes: list[LimitRecord] = []
        self.concentrated: set[str] = set()  # symbols above their part of the balance (R5)
        self.arrivals: dict[str, Decimal] = {}  # open order -> the price that it would have taken at its decision (R11)
        self.prefixes: set[str] = set()  # of all client order ids so far: the instances of this database
        self.known_signals: dict[str, None] = {}  # ids of signals that are forgotten, the oldest first
        self.alerts: dict[str, AlertRaised] = {}  # that no sink has yet, the oldest first
        self.forgetful = False  # whether anything was ever forgotten
        # Derived from history; stored, because history may be forgotten.
        self.last_fill_price: dict[SymbolKey, Decimal] = {}
        self.last_trade_id: dict[SymbolKey, int] = {}
        self.entries_of_day: tuple[int, int] = (0, 0)  # (UTC day, entry orders intended on it) (R9)
        self._begin_indexes()
        self.dirty = Dirty()  # keys touched since `take_dirty`; the fold adds to it

    def _begin_indexes(self) -> None:
        """What is derived from the above, and never stored."""
        self.open = OpenOrders()
        self.fills_of: dict[str, list[Fill]] = {}
        self.executed_of: dict[str, tuple[Decimal, Decimal]] = {}  # order -> (base, quote) of its fills
        self.holdings_of: dict[SymbolKey, list[StrategyHolding]] = {}
        self.entry_signals = RecentEntries(WINDOW_MS)
        self.working_parents: dict[str, ParentOrder] = {}
        self.orders_by_signal: dict[str, list[str]] = {}

    def apply(self, fact: Fact) -> None:
        """Fold one fact. A fact that does not fit the state is a programming error or a corrupt journal.

        Raises:
            KeyError: the fact speaks of an order, balance or symbol that no earlier fact introduced.
        """
        FOLDS[type(fact)](self, fact)

    def take_dirty(self) -> Dirty:
        """The keys touched since the last call; empties the set."""
        taken, self.dirty = self.dirty, Dirty()
        return taken

    def document(self) -> dict[str, Any]:
        """The complete state, JSON-able, amounts as canonical text (R28)."""
        return _plain(
            Document(
                version=DOCUMENT_VERSION,
                orders=list(self.orders.values()),
                fills=list(self.fills.values()),
                positions=list(self.positions.values()),
                balances=list(self.balances.values()),
                multi_legs=list(self.multi_legs.values()),
                strategies=self.strategies,
                tier=self.tier,
                next_order_number=self.next_order_number,
                engine_state=self.engine_state,
                epoch=self.epoch,
                operator_mode=self.operator_mode,
                quiesced=self.quiesced,
                signals=list(self.signals.values()),
                signal_outcomes=self.signal_outcomes,
                rules=list(self.rules.values()),
                conditions=self.conditions,
                reconciliations=self.reconciliations,
                opportunities=self.opportunities,
                strategy_reasons=self.strategy_reasons,
                strategy_errors=self.strategy_errors,
                holdings=list(self.holdings.values()),
                results=self.results,
                parents=list(self.parents.values()),
                tilt=self.tilt,
                last_loss_ms=self.last_loss_ms,
                halts=self.halts,
                cancelling=self.cancelling,
                emergency=self.emergency,
                last_emergency=self.last_emergency,
                limits=self.limits,
                limit_changes=self.limit_changes,
                concentrated=sorted(self.concentrated),
                arrivals=self.arrivals,
                day=self.day,
                deposited=self.deposited,
                tier_grace_until_ms=self.tier_grace_until_ms,
                last_trades=self._last_trades(),
                entries_of_day=self.entries_of_day,
                prefixes=sorted(self.prefixes),
                known_signals=list(self.known_signals),
                forgetful=self.forgetful,
                alerts=list(self.alerts.values()),
            )
        )

    def _last_trades(self) -> list[LastTrade]:
        return [
            LastTrade(venue=venue, symbol=symbol, trade_id=self.last_trade_id[venue, symbol], price=price)
            for (venue, symbol), price in sorted(self.last_fill_price.items())
        ]

    @classmethod
    def from_document(cls, document: dict[str, Any] | str) -> State:
        """The state that `document()` described; from its JSON text without a detour.

        Raises:
            ValueError: another version, or not such a document (msgspec.ValidationError names the field).
        """
        read = msgspec.json.decode(document, type=Document) if isinstance(document, str) else msgspec.convert(document, Document)
        if read.version != DOCUMENT_VERSION:
            raise ValueError(f"expected a snapshot document of version {DOCUMENT_VERSION}, got {read.version}")
        state = cls()
        state.orders = {order.client_order_id: order for order in read.orders}
        state.positions = {(p.venue, p.symbol): p for p in read.positions}
        state.balances = {(b.venue, b.asset): b for b in read.balances}
        state.multi_legs = {trade.multi_leg_id: trade for trade in read.multi_legs}
        state.strategies = read.strategies
        state.tier = read.tier
        state.next_order_number = read.next_order_number
        state.engine_state = read.engine_state
        state.epoch = read.epoch
        state.operator_mode = read.operator_mode
        state.quiesced = read.quiesced
        state.signals = {signal.signal_id: signal for signal in read.signals}
        state.signal_outcomes = read.signal_outcomes
        state.rules = {(rules.venue, rules.symbol): rules for rules in read.rules}
        state.conditions = read.conditions
        state.reconciliations = read.reconciliations
        state.opportunities = read.opportunities
        state.strategy_reasons = read.strategy_reasons
        state.strategy_errors = read.strategy_errors
        for holding in read.holdings:
            state.index_holding(holding)
        state.results = read.results
        state.parents = {parent.parent_id: parent for parent in read.parents}
        state.tilt, state.last_loss_ms = read.tilt, read.last_loss_ms
        state.halts, state.cancelling = read.halts, read.cancelling
        state.emergency, state.last_emergency = read.emergency, read.last_emergency
        state.limits, state.limit_changes = read.limits, read.limit_changes
        state.concentrated, state.arrivals = set(read.concentrated), read.arrivals
        state.day, state.deposited, state.tier_grace_until_ms = read.day, read.deposited, read.tier_grace_until_ms
        for order in read.orders:
            state.open.put(order)
            state.index_intent(order)
            state.prefixes.add(order.client_order_id.rpartition("-")[0])
        for signal in read.signals:
            state.index_signal(signal)
            state.forget_denied(signal.signal_id, read.signal_outcomes[signal.signal_id].rule)
        for parent in read.parents:
            state.index_parent(parent)
        for fill in read.fills:
            state.index_fill((fill.venue, fill.symbol), fill)
        state.alerts = {alert.alert_id: alert for alert in read.alerts}
        state._recall(read)
        return state

    def _recall(self, read: Document) -> None:
        """What is derived from history, as it was; a document of before it was stored holds all of that."""
        for last in read.last_trades:
            self.last_trade_id[last.venue, last.symbol], self.last_fill_price[last.venue, last.symbol] = last.trade_id, last.price
        self.entries_of_day = max(self.entries_of_day, read.entries_of_day)
        self.prefixes.update(read.prefixes)
        self.known_signals, self.forgetful = dict.fromkeys(read.known_signals), read.forgetful

    def digest(self) -> str:
        """See `digest_of`."""
        return digest_of(self.document())

    def index_signal(self, signal: Signal) -> None:
        """Remember an entry signal of a strategy by its time (R9, R36)."""
        if signal.source == "strategy" and signal.purpose is ENTRY:
            self.entry_signals.add(signal)

    def forget_denied(self, signal_id: str, rule: str) -> None:
        """A signal that R9 refused does not count for R9: else a strategy that goes on trying would be refused for ever."""
        if rule == "R9":
            self.entry_signals.take_back(signal_id)

    def index_intent(self, order: Order) -> None:
        """Count a trade for its day (R9): an entry order, or the first leg of a multi-leg trade."""
        self.orders_by_signal.setdefault(order.correlation_id, []).append(order.client_order_id)
        if order.purpose is not ENTRY and not (order.purpose is LEG and order.leg == 0):
            return
        day = order.created_ms // DAY_MS
        counted, number = self.entries_of_day
        self.entries_of_day = (day, number + 1 if day == counted else 1) if day >= counted else self.entries_of_day

    def orders_of(self, correlation_id: str) -> list[Order]:
        """The orders that came of one signal."""
        return [self.orders[key] for key in self.orders_by_signal.get(correlation_id, ())]

    def forgot(self, client_order_id: str) -> bool:
        """Whether it is the id of an order of ours that has ended and is not remembered: one of our prefixes, a number used up."""
        prefix, _, number = client_order_id.rpartition("-")
        minted = prefix in self.prefixes and number.isascii() and number.isdigit() and 0 < int(number) < self.next_order_number
        return self.forgetful and minted and client_order_id not in self.orders

    def booked_before(self, fill: Fill) -> bool:
        """Whether a fill of an order that is forgotten was booked: the venue numbers the trades of a symbol in their order."""
        return fill.trade_id <= self.last_trade_id.get((fill.venue, fill.symbol), -1)

    def knows_signal(self, signal_id: str) -> bool:
        """Whether a signal of that id was taken before: it is not taken twice."""
        return signal_id in self.signals or signal_id in self.known_signals

    def index_holding(self, holding: StrategyHolding) -> None:
        """Store a new holding; it is found by its symbol, too."""
        self.holdings[holding.strategy, holding.venue, holding.symbol] = holding
        self.holdings_of.setdefault((holding.venue, holding.symbol), []).append(holding)

    def index_parent(self, parent: ParentOrder) -> None:
        """Keep the index of working parents right."""
        if parent.state is ParentState.WORKING:
            self.working_parents[parent.parent_id] = parent
        else:
            self.working_parents.pop(parent.parent_id, None)

    def index_fill(self, key: SymbolKey, fill: Fill) -> None:
        """Store a fill of the symbol `key` and keep what is derived from fills."""
        self.fills[fill.venue, fill.symbol, fill.trade_id] = fill
        base, quote = self.executed_of.get(fill.client_order_id, NOTHING_EXECUTED)
        self.executed_of[fill.client_order_id] = (base + fill.quantity, quote + fill.quote_quantity)
        of_order = self.fills_of.get(fill.client_order_id)
        if of_order is None:
            self.fills_of[fill.client_order_id] = [fill]
        else:
            of_order.append(fill)
        self.last_fill_price[key] = fill.price
        if fill.trade_id > self.last_trade_id.get(key, -1):
            self.last_trade_id[key] = fill.trade_id

"""Facts: the journal's vocabulary. State is a fold of these and of nothing else (R27).

A fact is a decision, a private message of the venue, an operator's action or a change of condition. Each has a `kind`
(the journal's column) and a payload (the journal's JSON). Anyone who folds the payloads alone must arrive at the
tables (I21); `libraries/auditor` does so without importing this package, so a change here is a change of a contract.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from genesis.core.halts import CloseStep, Halt, Left
from genesis.core.models import Fill, Leg, Order, ParentOrder, Signal, SymbolRules, TopOfBook


class Fact(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag=lambda name: name):
    """Base. The correlation id is the signal's id wherever one exists, else the subject's own id, else ""."""

    correlation_id: str = ""


class EngineStarted(Fact, frozen=True):
    epoch: int
    version: str
    config_digest: str
    test_hooks: bool
    previous: str = ""  # how the process before it ended: first (there was none), clean, recovered; "" = nobody asked


class EngineStateChanged(Fact, frozen=True):
    before: str
    after: str
    reason: str


class EngineStopped(Fact, frozen=True):
    digest: str  # state digest at the end (P5)
    clean: bool


class BalanceOpened(Fact, frozen=True):
    """First sight of an asset at a venue: total = opening = `amount`, inventory target = `target`."""

    venue: str
    asset: str
    amount: Decimal
    target: Decimal


class BalanceTransferred(Fact, frozen=True):
    """Deposit or withdrawal: total and target both move by `amount` when `to_target`, else only the total."""

    venue: str
    asset: str
    amount: Decimal
    to_target: bool


class TargetAdjusted(Fact, frozen=True):
    """The inventory target of `asset` moves by `amount`. reason: "dust" (with the position's remaining `quantity` and `cost`
    of `symbol`, which leave at cost) or "multi-leg" (residuals of a multi-leg trade; symbol is "")."""

    venue: str
    asset: str
    amount: Decimal
    reason: str
    symbol: str = ""
    quantity: Decimal = Decimal(0)
    cost: Decimal = Decimal(0)


class RulesLoaded(Fact, frozen=True):
    venue: str
    rules: tuple[SymbolRules, ...]


class TierAssigned(Fact, frozen=True):
    """The tier that equity has reached: the first, `before` is "", or one step up or down; then it stays until `grace_until_ms`."""

    before: str
    after: str
    equity: Decimal
    at_ms: int = 0
    grace_until_ms: int = 0


class DayBegan(Fact, frozen=True):
    """The first valuation of a UTC day (R3, R22): equity, and the value of what trading has made so far (USDT)."""

    day: int
    value: Decimal
    equity: Decimal
    at_ms: int


class DayLossReached(Fact, frozen=True):
    """A rung of the day's loss is reached (R3, R22). `part` of the positions `held` (venue/symbol -> base) is to be closed; 0 = none."""

    rung: str
    loss: Decimal
    limit: Decimal
    part: Decimal
    held: dict[str, Decimal]
    at_ms: int


class OverrideBegan(Fact, frozen=True):
    """An operator overrides the halts of a day's loss (R35), for the `number`th time on this day."""

    number: int
    until_ms: int
    at_ms: int


class OverrideEnded(Fact, frozen=True):
    """Time of an override is over: the halts are back (R35)."""

    at_ms: int


class SignalReceived(Fact, frozen=True):
    """A signal with the inputs it was decided on (top of book, or None if there was none)."""

    signal: Signal
    top: TopOfBook | None = None


class RiskDenied(Fact, frozen=True):
    """The risk engine refused. `rule` is R1, R2, ...; `code` is a GENESIS code; limit and value as canonical text."""

    signal_id: str
    rule: str
    code: str
    limit: str
    value: str
    message: str


class OpportunitySeen(Fact, frozen=True):
    """An arbitrage opportunity above the threshold (R15); `traded` tells whether a trade was planned, `reason` why not."""

    opportunity_id: str
    opportunity: str  # DIRECT or TRIANGULAR
    net: Decimal
    quantity: Decimal
    tops: tuple[TopOfBook, ...]
    traded: bool
    reason: str = ""


class OrderIntended(Fact, frozen=True):
    """The intent, complete, before anything leaves (I16): state PENDING, pending NEW. `arrival` = the price that it would have
    taken at the decision (R11)."""

    order: Order
    arrival: Decimal | None = None


class OrderChanged(Fact, frozen=True):
    """An order after a change: every field that can change, as it is now. `executed` and `cum_quote` never go back."""

    client_order_id: str
    before: str
    after: str
    pending: str
    knowledge: str
    venue_order_id: int | None
    executed: Decimal
    cum_quote: Decimal
    reserved: Decimal
    reason: str
    source: str  # "send", "answer", "stream", "query", "reconcile", "operator", "proof"
    changed_ms: int


class OrderFilled(Fact, frozen=True):
    """One execution, booked once. Precedes the OrderChanged that carries the new executed quantity."""

    fill: Fill


class StopArmed(Fact, frozen=True):
    """The protective stop of a position was set or moved to `stop_price` (R6); None = position flat, no stop."""

    venue: str
    symbol: str
    stop_price: Decimal | None


class StopFired(Fact, frozen=True):
    """The stop was reached: `client_order_id` is the one exit order that closes `quantity`, at most the position."""

    venue: str
    symbol: str
    stop_price: Decimal
    trigger_price: Decimal
    quantity: Decimal
    client_order_id: str


class StopExecuted(Fact, frozen=True):
    """The venue executed the stop that rested there (R6): `quantity` base for `average` quote per base, of the order."""

    venue: str
    symbol: str
    stop_price: Decimal
    quantity: Decimal
    average: Decimal
    client_order_id: str


class MultiLegChanged(Fact, frozen=True):
    """A multi-leg trade was planned or moved on: the object as it is now."""

    multi_leg_id: str
    opportunity: str
    strategy: str
    before: str
    after: str
    legs: tuple[Leg, ...]
    expected_net: Decimal
    changed_ms: int
    pnl: Decimal | None
    reason: str


class ParentChanged(Fact, frozen=True):
    """A parent of slices began, sent a slice, or ended (R12, R13): the object as it is now. `inputs` = what was looked at."""

    parent: ParentOrder
    before: str
    inputs: dict[str, str] = {}


class StrategyErred(Fact, frozen=True):
    """A health error of a strategy: `what` is "exception", "budget" or "wish"; `errors` counts since its last start (L3)."""

    strategy: str
    what: str
    detail: str
    errors: int


class ConflictLost(Fact, frozen=True):
    """A signal that was accepted is overruled by a higher priority (R36): its entry is cancelled, what it opened is closed."""

    signal_id: str
    strategy: str
    winner: str
    winning_signal_id: str
    message: str


class StrategyChanged(Fact, frozen=True):
    """A strategy's state, by the table of `engine/strategy_states.py`."""

    strategy: str
    before: str
    after: str
    reason: str


class ConditionChanged(Fact, frozen=True):
    """A condition of the outside: name such as `binance/market`, `binance/BTCUSDT/book`; state UP, DOWN or a word."""

    name: str
    state: str
    detail: str


class MarketDataRejected(Fact, frozen=True):
    """Public messages that were not believed, with their number since the last fact of this kind, symbol and reason."""

    venue: str
    symbol: str
    stream: str
    reason: str
    detail: str
    count: int


class Reconciled(Fact, frozen=True):
    """The result of a reconciliation with a venue: "clean", "repaired" (differences explained and booked) or "blocked"."""

    venue: str
    result: str
    differences: tuple[str, ...]


class OperatorActed(Fact, frozen=True):
    action: str
    detail: str


class TiltMeasured(Fact, frozen=True):
    """One action of the operator, and the indicators it was measured by (R20). `cancelled`: venue/symbol/side of orders it cancels."""

    action: str
    values: dict[str, Decimal]
    cancelled: tuple[str, ...]
    at_ms: int


class TiltAnomaly(Fact, frozen=True):
    """abs(value - median) > allowed, against the operator's own baseline (R20); `sensitivity` is R33's."""

    indicator: str
    value: Decimal
    median: Decimal
    iqr: Decimal
    allowed: Decimal
    sensitivity: Decimal
    window_ms: int
    at_ms: int


class TiltChanged(Fact, frozen=True):
    """Another level or size for entries by hand (R20, R21): `anomalies` were counted in `window_ms`, `thresholds` are the levels'."""

    before: int
    after: int
    anomalies: int
    thresholds: tuple[int, int, int]
    window_ms: int
    size_factor: Decimal
    locked_until_ms: int
    at_ms: int


class HaltBegan(Fact, frozen=True):
    """Entries are blocked from now on, or until a later time than before."""

    halt: Halt


class HaltEnded(Fact, frozen=True):
    """Entries are no longer blocked for this reason: its time is over, or an operator released it."""

    halt: str
    reason: str
    at_ms: int


class CancelAllBegan(Fact, frozen=True):
    """These orders are being cancelled together; all of them have ended by `until_ms`, or it is told which have not."""

    run_id: str
    reason: str
    orders: tuple[str, ...]
    until_ms: int


class CancelAllLate(Fact, frozen=True):
    """Time is over with `remaining` orders not ended; they go on being cancelled."""

    run_id: str
    remaining: tuple[str, ...]
    at_ms: int


class CancelAllEnded(Fact, frozen=True):
    """All of the orders have ended."""

    run_id: str
    at_ms: int


class EmergencyCloseBegan(Fact, frozen=True):
    """An emergency close begins (R34): what it would send now, the first to leave first, and the multi-leg trades it unwinds."""

    run_id: str
    reason: str
    plan: tuple[CloseStep, ...]
    trades: tuple[str, ...]
    collar: Decimal
    until_ms: int
    at_ms: int


class EmergencyCloseAttempted(Fact, frozen=True):
    """One attempt of an emergency close (R34): the order `client_order_id` is what `step` says."""

    run_id: str
    attempt: int
    step: CloseStep
    client_order_id: str


class EmergencyCloseEnded(Fact, frozen=True):
    """An emergency close is over (R34): nothing left = flat; else what is left, each with the reason."""

    run_id: str
    left: tuple[Left, ...]
    attempts: int
    at_ms: int


class LimitChange(msgspec.Struct, frozen=True, kw_only=True):
    """One limit by its key in the configuration; "" = there was or is none."""

    key: str
    before: str
    after: str


class LimitsChanged(Fact, frozen=True):
    """What differs from the limits of the start before; `first` = this is the first start, and all of them."""

    changes: tuple[LimitChange, ...]
    first: bool


class ConcentrationChanged(Fact, frozen=True):
    """One symbol, at all venues together, came above its part of the balance, or is back (R5); it denies nothing. USDT."""

    symbol: str
    above: bool
    exposure: Decimal
    limit: Decimal


class SlippageExceeded(Fact, frozen=True):
    """An order was executed worse than its decision saw, by more than the limit (R11): `slippage` is of the arrival price."""

    client_order_id: str
    symbol: str
    arrival: Decimal
    average: Decimal
    slippage: Decimal
    limit: Decimal


class HistoryForgotten(Fact, frozen=True):
    """What has ended leaves the memory; tables and journal keep it. Each is named, so that nobody has to guess the rule. The ids of
    the forgotten signals stay known, the newest `ids_kept` of them: none is taken twice."""

    orders: tuple[str, ...]
    signals: tuple[str, ...]
    parents: tuple[str, ...]
    trades: tuple[str, ...]
    ids_kept: int


class AlertRaised(Fact, frozen=True):
    """Somebody must hear of this: it is wanted until a sink has it. Sinks know it again by `alert_id`. `code`: of the error, "" = none."""

    alert_id: str
    severity: str  # "warning" or "critical"
    code: str
    text: str
    at_ms: int


class AlertDelivered(Fact, frozen=True):
    """A sink has said that it has the alert."""

    alert_id: str
    sink: str


class ErrorRecorded(Fact, frozen=True):
    """Something that must not happen and did: illegal transition, foreign order, impossible message. Never swallowed."""

    code: str
    detail: str


AnyFact = (
    EngineStarted
    | EngineStateChanged
    | EngineStopped
    | BalanceOpened
    | BalanceTransferred
    | TargetAdjusted
    | RulesLoaded
    | TierAssigned
    | SignalReceived
    | RiskDenied
    | OpportunitySeen
    | OrderIntended
    | OrderChanged
    | OrderFilled
    | StopArmed
    | StopExecuted
    | StopFired
    | MultiLegChanged
    | ParentChanged
    | StrategyErred
    | ConflictLost
    | StrategyChanged
    | ConditionChanged
    | MarketDataRejected
    | Reconciled
    | OperatorActed
    | TiltMeasured
    | TiltAnomaly
    | TiltChanged
    | HaltBegan
    | HaltEnded
    | CancelAllBegan
    | CancelAllLate
    | CancelAllEnded
    | EmergencyCloseBegan
    | EmergencyCloseAttempted
    | EmergencyCloseEnded
    | LimitsChanged
    | ConcentrationChanged
    | SlippageExceeded
    | DayBegan
    | DayLossReached
    | OverrideBegan
    | OverrideEnded
    | HistoryForgotten
    | AlertRaised
    | AlertDelivered
    | ErrorRecorded
)

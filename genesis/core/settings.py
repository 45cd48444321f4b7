"""Settings the pure engine decides by. Numbers are defaults of `facts/domain.md`; configuration may change each (R1-R36)."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

import msgspec

from genesis.core import strategy_settings
from genesis.core.models import SIGNAL_TYPES, Execution, OrderType, Tier

_MARKET = (OrderType.MARKET,)


class TierLimits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One row of the tier table. `capital_from` is inclusive, in USDT."""

    capital_from: Decimal
    open_positions: int
    order_types: tuple[OrderType, ...]
    daily_loss: Decimal  # R3, USDT


DEFAULT_TIERS: dict[Tier, TierLimits] = {
    Tier.SNIPER: TierLimits(capital_from=Decimal(500), open_positions=1, order_types=_MARKET, daily_loss=Decimal(25)),
    Tier.HUNTER: TierLimits(capital_from=Decimal(2_000), open_positions=3, order_types=SIGNAL_TYPES, daily_loss=Decimal(100)),
    Tier.STRATEGIST: TierLimits(capital_from=Decimal(10_000), open_positions=5, order_types=SIGNAL_TYPES, daily_loss=Decimal(500)),
    Tier.ARCHITECT: TierLimits(capital_from=Decimal(50_000), open_positions=10, order_types=SIGNAL_TYPES, daily_loss=Decimal(1_000)),
}


class RiskSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Fractions are of 1 (0.05 = 5 %); amounts in USDT."""

    max_order_fraction: Decimal = Decimal("0.05")  # R1
    sniper_max_order: Decimal = Decimal(100)  # R1
    min_order_notional: Decimal = Decimal(10)  # R2
    stop_fraction: Decimal = Decimal("0.02")  # R6
    min_confidence: Decimal = Decimal("0.6")  # R8
    market_order_collar: Decimal = Decimal("0.01")  # cash reserved for a MARKET buy = ask x quantity x (1 + collar) (R7)
    arbitrage_order_fraction: Decimal = Decimal("0.02")  # R1: arbitrage's own cap, the larger of this and R2
    trades_a_day: int = 100  # R9
    max_exposure: Decimal = Decimal("0.9")  # R5: of the balance, open orders included
    symbol_warning: Decimal = Decimal("0.4")  # R5: one symbol above this part of the balance is told
    max_correlation: Decimal = Decimal("0.7")  # R10: of a new position with an open one
    correlation_interval_ms: int = 60_000  # R10: of the bars whose returns are compared
    slippage_alert: Decimal = Decimal("0.005")  # R11
    tier_grace_ms: int = 172_800_000  # a tier that changed stays for so long
    tiers: dict[Tier, TierLimits] = msgspec.field(default_factory=lambda: dict(DEFAULT_TIERS))


class DaySettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a day's loss does (R3, R22, R35). Fractions of 1: `warn_at` of the tier's limit, the others of equity as the day began."""

    warn_at: Decimal = Decimal("0.8")  # of the tier's daily loss
    reduce_at: Decimal = Decimal("0.05")  # R22
    no_entries_at: Decimal = Decimal("0.1")  # R22
    prepare_at: Decimal = Decimal("0.12")  # R22
    halt_at: Decimal = Decimal("0.15")  # R22
    reduced_size: Decimal = Decimal("0.5")  # of the largest order, from `reduce_at` on
    deleverage_at: tuple[Decimal, Decimal, Decimal, Decimal] = (Decimal("0.1"), Decimal("0.12"), Decimal("0.14"), Decimal("0.15"))
    deleverage_part: tuple[Decimal, Decimal, Decimal, Decimal] = (Decimal("0.25"), Decimal("0.5"), Decimal("0.75"), Decimal(1))
    override_ms: int = 300_000  # R35
    overrides_a_day: int = 2  # R35


class ArbitrageSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The simple arbitrage of the Sniper (R15, R16). Fractions are of 1."""

    enabled: bool = False
    min_net: Decimal = Decimal("0.003")
    max_hops: int = 4
    lifetime_ms: int = 5_000
    legging_limit_ms: int = 10_000
    exit_loss: Decimal = Decimal("0.01")  # R16
    exit_gain: Decimal = Decimal("0.005")  # R16
    exit_after_ms: int = 300_000  # R16
    start_asset: str = "USDT"


class TiltSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The tilt detector (R20, R21, R33). Times in milliseconds, fractions of 1."""

    iqr_factor: Decimal = Decimal("1.5")  # R20
    least_iqr: Decimal = Decimal("0.1")  # a baseline varies at least so much of its median, and of 1
    window_ms: int = 1_800_000  # R20
    anomalies: tuple[int, int, int] = (2, 4, 6)  # R20: message, half size, lockout
    half_size: Decimal = Decimal("0.5")  # R20
    baseline_values: int = 20  # of an indicator, before anything of it is unusual
    baseline_span_ms: int = 86_400_000  # and they were measured over at least so long
    lockouts_ms: tuple[int, int, int] = (300_000, 1_800_000, 86_400_000)  # R21
    lockout_repeat: Decimal = Decimal("1.5")  # R21
    lockout_most_ms: int = 604_800_000  # R21
    lockouts_kept_ms: int = 2_592_000_000  # a lockout so long ago is no repeat's first
    reentry: tuple[Decimal, ...] = (Decimal("0.25"), Decimal("0.5"), Decimal("0.75"), Decimal(1))  # R21
    reentry_step_ms: int = 1_800_000
    valley_from: tuple[Decimal, Decimal, Decimal] = (Decimal("0.9"), Decimal("0.95"), Decimal("0.98"))  # R33
    valley_sensitivity: tuple[Decimal, Decimal, Decimal] = (Decimal("1.5"), Decimal(2), Decimal(3))  # R33
    revenge_ms: int = 120_000  # an entry so soon after a loss
    edit_ms: int = 60_000  # an entry so soon after a cancel of the same symbol and side
    pace_ms: int = 300_000  # entries within so long are the pace
    hours_ms: int = 3_600_000  # actions so near in the time of day are of the same hour


class ProtectionSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Stops that rest at the venue (R6)."""

    rest_at_venue: bool = True  # else the engine alone watches the book
    limit_collar: Decimal = Decimal("0.05")  # how much worse than the stop its limit price is, as a fraction of 1


class EmergencySettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Kill switch and emergency close (R34). Times in milliseconds, fractions of 1. Flash crashes (R23) are `market_states`."""

    close_collar: Decimal = Decimal("0.02")  # R34
    close_limit_ms: int = 60_000  # how long an emergency close goes on before it says what is left
    close_retry_ms: int = 500  # the pause after an attempt that closed nothing
    cancel_limit_ms: int = 10_000  # how long orders may take to be cancelled before it is told


_MINUTE_MS = 60_000
_HOUR_MS = 60 * _MINUTE_MS
INTERVALS_MS: dict[str, int] = {
    "1s": 1_000,
    **{f"{minutes}m": minutes * _MINUTE_MS for minutes in (1, 3, 5, 15, 30)},
    **{f"{hours}h": hours * _HOUR_MS for hours in (1, 2, 4, 6, 8, 12)},
    "1d": 24 * _HOUR_MS,
}
"""Lengths of bars by the venue's names for them."""


class StrategyTerms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One strategy as the configuration has it. `priority`: the higher one wins (R36). `capital_share` is of the balance.

    `parameters` are the kind's own, as texts; `genesis/strategies/registry.py` knows them. `reroute` = while the reserve of its venue takes
    the entries, it trades there.
    """

    name: str
    kind: str
    venue: str
    symbols: tuple[str, ...]
    priority: int = 0
    capital_share: Decimal = Decimal(1)
    interval_ms: int = 60_000
    execution: Execution = Execution.PLAIN
    parameters: dict[str, str] = {}
    reroute: bool = True


class RuntimeSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How strategies are run, and what they may do."""

    cycle_budget_ms: int = 100  # L3: processor time of one cycle
    errors_to_pause: int = 5
    watchdog_ms: int = 5_000  # processor time after which a cycle counts as endless
    signals_a_minute: int = 20  # R9
    burst_signals: int = 5  # R9
    burst_ms: int = 10_000  # R9
    conflict_ms: int = 10_000  # R36
    bar_grace_ms: int = 500  # how long after its end a bar waits for late trades
    bar_age_ms: int = 5_000  # what a strategy wishes of a bar that ended longer ago (and more than a bar ago) comes too late
    bars_retry_ms: int = 1_000


class ExecutionSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Icebergs and TWAPs. Fractions are of 1; amounts in USDT."""

    slippage: Decimal = Decimal("0.005")  # R11
    iceberg_above: Decimal = Decimal(200)  # R12
    iceberg_slice: Decimal = Decimal(100)  # R12: slices are about this large, if that makes enough of them
    iceberg_slices: int = 3  # R12: at least
    iceberg_variation: Decimal = Decimal("0.2")  # R12
    twap_shortest_ms: int = 300_000  # R13
    twap_longest_ms: int = 1_800_000  # R13
    twap_slice_ms: int = 30_000
    twap_participation: Decimal = Decimal("0.1")  # R13: of the volume traded since the last slice


class TimingSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Milliseconds."""

    entry_age_ms: int = 500  # oldest entry that may still leave
    book_stale_ms: int = 10_000  # R25
    answer_timeout_ms: int = 3_000  # a request without an answer is UNKNOWN
    query_retry_ms: int = 500
    recv_window_ms: int = 1_500
    transit_ms: int = 0  # 10,000 towards a real venue (binance-spot section 5)
    read_lag_ms: int = 1_000
    reconcile_retry_ms: int = 500
    shutdown_ms: int = 8_000
    snapshot_every_ms: int = 60_000  # R28
    snapshot_every_facts: int = 200_000  # R28


class MarketSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Market data: connections, buffers, and what is still believed (R25). Times in milliseconds."""

    backoff_ms: int = 1_000  # R25: the first pause before a reconnect; doubles
    backoff_most_ms: int = 30_000  # R25
    resync_ms: int = 250  # the first pause between two snapshots of one book; doubles up to `backoff_most_ms`
    connection_life_ms: int = 85_800_000  # 23 h 50 min: the venue cuts at 24 h
    handover_ms: int = 1_000  # how long two connections carry the same streams when one replaces the other
    streams_per_connection: int = 1_024  # the venue's limit
    streams_per_request: int = 100
    control_messages_per_s: int = 5  # the venue's limit; one of them is left for pongs
    buffered_diffs: int = 2_000  # of one book without a snapshot; then all are dropped, the snapshot to come is newer
    buffered_trades: int = 20_000  # of all symbols, before the engine has seen them; then the oldest is dropped
    tick_shed_ms: int = 500  # strategies are not asked about a trade that has waited for so long (S10)
    tick_age_ms: int = 10_000  # a message so much older than the venue's newest is not believed
    rejections_every_ms: int = 10_000  # of one kind and symbol: at most one row in the journal in so long, with their number


class HistorySettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much of what is over is kept in memory: `remembered` of each kind (orders, signals, multi-leg trades) at most."""

    remembered: int = 20_000


class RateSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The rate budget of each venue (X31-X33). The venue's own numbers, once it has told them, replace the first four.

    `weight_reserve`, `order_reserve`: parts of a limit (of 1) that are kept back for what protects: entries leave two parts of the weight
    and one of the orders, readings one of the weight.
    """

    weight_1m: int = 6_000
    orders_10s: int = 100
    orders_1d: int = 200_000
    requests_5m: int = 61_000
    weight_reserve: Decimal = Decimal("0.1")
    order_reserve: Decimal = Decimal("0.2")
    ban_ms: int = 120_000  # how long a ban (418) lasts that does not say so itself: the venue's first
    rules_every_ms: int = 60_000  # the venue's rules for symbols are read again (X36)
    rules_retry_ms: int = 1_000  # the first pause after a reading that failed; doubles up to `rules_every_ms`


class BreakerSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The circuit breaker of each service of a venue (R24). Times in milliseconds."""

    failures: int = 5
    window_ms: int = 30_000
    open_ms: int = 60_000
    successes: int = 2


class FailoverSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a venue's address is left for the next, and when the first is used again. Times in milliseconds."""

    cooldown_ms: int = 60_000  # so long the first must have answered every probe; doubles with each return that did not last
    probe_ms: int = 5_000  # pauses between those probes
    losses: int = 3  # so many lost connections ...
    losses_window_ms: int = 30_000  # ... in so long are a failed address
    reserve_after_ms: int = 10_000  # a venue that was out for so long is stood in for by its reserve


class PositionsOnShutdown(StrEnum):
    """What becomes of positions when the engine is told to stop (R29)."""

    KEEP = "keep"
    CLOSE = "close"


class VenueTerms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the pure engine needs to know of a venue; addresses and keys stay in the shell."""

    name: str
    symbols: tuple[str, ...]
    maker_fee: Decimal = Decimal("0.001")
    taker_fee: Decimal = Decimal("0.001")
    targets: dict[str, Decimal] = {}  # inventory target by asset, declared at the first start
    reserve_for: str = ""  # the venue for which this one is the last resort; "" = it is a first one


class EngineSettings(msgspec.Struct, frozen=True, kw_only=True):
    venues: tuple[VenueTerms, ...]
    risk: RiskSettings = RiskSettings()
    arbitrage: ArbitrageSettings = ArbitrageSettings()
    tilt: TiltSettings = TiltSettings()
    day: DaySettings = DaySettings()
    protection: ProtectionSettings = ProtectionSettings()
    emergency: EmergencySettings = EmergencySettings()
    timing: TimingSettings = TimingSettings()
    market: MarketSettings = MarketSettings()
    history: HistorySettings = HistorySettings()
    rate: RateSettings = RateSettings()
    breaker: BreakerSettings = BreakerSettings()
    failover: FailoverSettings = FailoverSettings()
    strategies: tuple[StrategyTerms, ...] = ()
    runtime: RuntimeSettings = RuntimeSettings()
    kelly: strategy_settings.KellySettings = strategy_settings.KellySettings()
    market_states: strategy_settings.MarketSettings = strategy_settings.MarketSettings()
    execution: ExecutionSettings = ExecutionSettings()
    test_hooks: bool = False  # loopback addresses only; the configuration checks it
    cancel_orders_on_shutdown: bool = True  # R29
    positions_on_shutdown: PositionsOnShutdown = PositionsOnShutdown.KEEP  # R29
    quote_asset: str = "USDT"  # equity is counted in it

"""Prometheus metrics, counted from durable facts: a metric never tells what the journal does not (docs/engine.md, Control API)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics, generate_latest

from genesis.core.events import Now
from genesis.core.facts import EngineStateChanged, Fact, MarketDataRejected, OrderChanged, OrderFilled, OrderIntended, RiskDenied
from genesis.core.models import CircuitState, EngineState, OrderState
from genesis.core.state import State
from genesis.engine.ports import Sizes

_FAILED: Final = (OrderState.REJECTED.value, OrderState.FAILED.value)
_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_CIRCUIT: Final = {CircuitState.CLOSED: 0, CircuitState.HALF_OPEN: 1, CircuitState.OPEN: 2}
_MOST_TIMED: Final = 100_000
_CACHE_GAUGES: Final = {
    "hits": "Values that were found as they were written",
    "misses": "Values that the cache did not have",
    "errors": "Calls that the cache did not answer, or refused",
    "corrupt": "Values that were not believed",
    "stale": "Values older than the newest",
    "dropped": "Keys given up because there were too many",
    "written": "Values written",
    "waiting": "Values not yet written",
    "breaker_state": "0 = closed, 1 = half-open, 2 = open",
    "write_lag_seconds": "From the value to the cache's answer, of the last batch",
}
disable_created_metrics()  # type: ignore[no-untyped-call]


class Metrics:
    """Implements `genesis.engine.ports.Gauge`."""

    content_type: Final = "text/plain; version=0.0.4; charset=utf-8"

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._orders = Counter("genesis_orders", "Orders intended, by side and type", ["side", "type"], registry=self._registry)
        self._failed = Counter("genesis_orders_failed", "Orders rejected or failed", ["state"], registry=self._registry)
        self._trades = Counter("genesis_trades", "Fills booked", ["symbol", "side"], registry=self._registry)
        self._denied = Counter("genesis_risk_denied", "Signals denied, by rule", ["rule"], registry=self._registry)
        self._rejected = Counter(
            "genesis_market_data_rejected", "Public messages that were not believed", ["venue", "reason"], registry=self._registry
        )
        self._positions = Gauge("genesis_position_count", "Open positions", registry=self._registry)
        self._standbys = Gauge("genesis_database_standbys", "Synchronous standbys of the database: redundancy", registry=self._registry)
        self._standbys_required = Gauge("genesis_database_standbys_required", "How many there must be", registry=self._registry)
        self._alone = Gauge("genesis_database_alone", "1 = an operator goes on without", registry=self._registry)
        self._tilt = Gauge("genesis_tilt_score", "Unusual actions of the operator, per cent of those that lock", registry=self._registry)
        self._pnl = Gauge("genesis_pnl_dollars", "Realised profit and loss, quote asset", registry=self._registry)
        self._connections = Gauge("genesis_connection_status", "1 = connected", ["venue", "channel"], registry=self._registry)
        self._rate_used = Gauge(
            "genesis_rate_limit_used", "Used of the venue's limit", ["venue", "kind", "interval_ms"], registry=self._registry
        )
        self._rate_limit = Gauge("genesis_rate_limit", "The venue's limit", ["venue", "kind", "interval_ms"], registry=self._registry)
        self._rate_held = Gauge("genesis_rate_held_ms", "How long the venue wants no request", ["venue"], registry=self._registry)
        self._kept_back = Gauge("genesis_rate_kept_back", "Requests that did not leave", ["venue", "use"], registry=self._registry)
        self._address = Gauge("genesis_venue_address", "Address in use, 1 = the first", ["venue"], registry=self._registry)
        self._moves = Gauge("genesis_venue_address_changes", "Changes of the address in use", ["venue"], registry=self._registry)
        self._counted = Gauge(
            "genesis_venue_counter", "What went wrong at a venue and was dealt with, by name", ["venue", "name"], registry=self._registry
        )
        self._circuits = Gauge(
            "genesis_circuit_state", "0 = closed, 1 = half-open, 2 = open", ["venue", "service"], registry=self._registry
        )
        self._cache = {name: Gauge(f"genesis_cache_{name}", text, registry=self._registry) for name, text in _CACHE_GAUGES.items()}
        self._state = Gauge("genesis_engine_state", "1 for the state the engine is in", ["state"], registry=self._registry)
        self._journal = Gauge("genesis_journal_seq", "Last durable fact", registry=self._registry)
        self._database = Gauge("genesis_database_bytes", "Size of the database's file", registry=self._registry)
        self._wal = Gauge("genesis_wal_bytes", "Size of the database's write-ahead log", registry=self._registry)
        self._dropped = Gauge("genesis_trades_dropped", "Public trades that did not fit the buffer", registry=self._registry)
        self._shed = Gauge("genesis_ticks_shed", "Public trades that came too late for strategies", registry=self._registry)
        self._seconds = Histogram(
            "genesis_order_execution_time_seconds",
            "From the intent to the first fill or final state",
            buckets=_BUCKETS,
            registry=self._registry,
        )
        self._intended_ns: dict[str, int] = {}

    def seen(self, facts: Sequence[Fact], now: Now) -> None:
        """Count facts that have become durable; they were decided at `now`."""
        for fact in facts:
            self._count(fact, now)

    def _count(self, fact: Fact, now: Now) -> None:
        if isinstance(fact, MarketDataRejected):
            self._rejected.labels(fact.venue, fact.reason).inc(fact.count)
        else:
            match fact:
                case OrderIntended(order=order):
                    self._orders.labels(order.side.value, order.order_type.value).inc()
                    if len(self._intended_ns) < _MOST_TIMED:
                        self._intended_ns[order.client_order_id] = now.mono_ns
                case OrderFilled(fill=fill):
                    self._trades.labels(fill.symbol, fill.side.value).inc()
                    self._stop_timing(fill.client_order_id, now)
                case OrderChanged():
                    if fact.after in _FAILED and fact.before != fact.after:
                        self._failed.labels(fact.after).inc()
                    if OrderState(fact.after).terminal:
                        self._stop_timing(fact.client_order_id, now)
                case RiskDenied(rule=rule):
                    self._denied.labels(rule).inc()
                case EngineStateChanged(before=before, after=after):
                    self._state.labels(before).set(0)
                    self._state.labels(after).set(1)

    def _stop_timing(self, client_order_id: str, now: Now) -> None:
        started = self._intended_ns.pop(client_order_id, None)
        if started is not None:
            self._seconds.observe((now.mono_ns - started) / 1e9)

    def sizes(self, found: Sizes) -> None:
        """How large the files of the database are."""
        self._database.set(found.database)
        self._wal.set(found.wal)

    def shed(self, trades: int, ticks: int) -> None:
        """What of the market data overload has cost so far (S10): trades that did not fit, and those too old for strategies."""
        self._dropped.set(trades)
        self._shed.set(ticks)

    def rates(self, venues: dict[str, dict[str, Any]]) -> None:
        """What the rate budget of each venue shows."""
        for venue, status in venues.items():
            self._rate_held.labels(venue).set(status["held_ms"])
            for limit in status["limits"]:
                labels = (venue, limit["kind"], str(limit["interval_ms"]))
                self._rate_used.labels(*labels).set(limit["used"])
                self._rate_limit.labels(*labels).set(limit["limit"])
            for use, number in status["kept_back"].items():
                self._kept_back.labels(venue, use).set(number)

    def cache(self, status: dict[str, Any]) -> None:
        """How the cache does."""
        values = {**status, "breaker_state": _CIRCUIT[CircuitState(status["breaker"])], "write_lag_seconds": status["lag_s"]}
        for name, gauge in self._cache.items():
            gauge.set(values[name])

    def redundancy(self, status: dict[str, Any]) -> None:
        """Where else what is committed stands."""
        self._standbys.set(status["standbys"])
        self._standbys_required.set(status["required"])
        self._alone.set(int(bool(status["alone"])))

    def addresses(self, venues: dict[str, dict[str, Any]]) -> None:
        """By which of its addresses each venue is spoken to."""
        for venue, status in venues.items():
            self._address.labels(venue).set(status["number"])
            self._moves.labels(venue).set(status["changes"])

    def counted(self, venues: dict[str, dict[str, int]]) -> None:
        """What went wrong at each venue and was dealt with: malformed_messages, of which none is shown too, late_answers, ..."""
        for venue, counters in venues.items():
            for name, number in ({"malformed_messages": 0} | counters).items():
                self._counted.labels(venue, name).set(number)

    def text(self, state: State, visible: EngineState, journal_seq: int, tilt_score: int = 0) -> bytes:
        """The exposition text, with the gauges as the state has them."""
        trades = sum(1 for trade in state.multi_legs.values() if trade.pnl is None)  # each is one position (R4)
        self._positions.set(trades + sum(1 for position in state.positions.values() if position.quantity != 0))
        # a gauge is for the eye: this is the one place where money may lose digits
        self._pnl.set(float(sum((position.realised for position in state.positions.values()), Decimal(0))))
        for name, value in state.conditions.items():
            venue, _, channel = name.partition("/")
            if channel in ("orders", "market"):
                self._connections.labels(venue, channel).set(int(value == "UP"))
            elif channel.startswith("circuit/"):
                self._circuits.labels(venue, channel.removeprefix("circuit/")).set(_CIRCUIT[CircuitState(value)])
        self._state.labels(visible.value).set(1)
        self._journal.set(journal_seq)
        self._tilt.set(tilt_score)
        return generate_latest(self._registry)

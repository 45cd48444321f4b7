"""The engine's settings as `Start A Fresh Engine` takes them: `risk.min_confidence=0.7    timing.book_stale_ms=2000`.

A name that does not exist is refused with the list of those that do. (`tests/keywords` compares this table with the
engine's own settings, so that it cannot drift.)
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from libraries.common.amounts import exact, plain
from libraries.common.errors import WrongArgument, refuse_unknown


def _amount(name: str, value: object) -> str:
    return plain(exact(value, name, "0.05", 8))


def _whole(name: str, value: object) -> int:
    if isinstance(value, bool) or not re.fullmatch(r"[0-9]{1,12}", str(value), re.ASCII):
        raise WrongArgument(f"{name} must be a whole number such as 500, got {value!r}")
    return int(str(value))


def _switch(name: str, value: object) -> bool:
    words = {"true": True, "on": True, "yes": True, "false": False, "off": False, "no": False}
    word = str(value).lower()
    if word not in words:
        raise WrongArgument(f"{name} must be on or off, got {value!r}")
    return words[word]


def _asset(name: str, value: object) -> str:
    if not re.fullmatch(r"[A-Z0-9]{2,10}", str(value), re.ASCII):
        raise WrongArgument(f"{name} must be an asset such as USDT, got {value!r}")
    return str(value)


def _one_of(*words: str) -> Callable[[str, object], str]:
    def read(name: str, value: object) -> str:
        if value not in words:
            raise WrongArgument(f"{name} must be {' or '.join(words)}, got {value!r}")
        return str(value)

    return read


def _webhooks(name: str, value: object) -> list[dict[str, str]]:
    """Addresses with blanks between them, in the order in which they are used."""
    urls = str(value).split()
    if not urls or not all(url.startswith(("http://", "https://")) for url in urls):
        raise WrongArgument(f"{name} must be addresses such as http://127.0.0.1:8081/alerts, got {value!r}")
    return [{"url": url} for url in urls]


def _webhook(name: str, value: object) -> dict[str, str]:
    return _webhooks(name, value)[0]


def _path(name: str, value: object) -> str:
    if not str(value).startswith("/"):
        raise WrongArgument(f"{name} must be an absolute path, got {value!r}")
    return str(value)


Reader = Callable[[str, object], Any]

SETTINGS: dict[str, Reader] = {
    "risk.max_order_fraction": _amount,
    "risk.sniper_max_order": _amount,
    "risk.min_order_notional": _amount,
    "risk.stop_fraction": _amount,
    "risk.min_confidence": _amount,
    "risk.market_order_collar": _amount,
    "risk.arbitrage_order_fraction": _amount,
    "risk.trades_a_day": _whole,
    "risk.max_exposure": _amount,
    "risk.symbol_warning": _amount,
    "risk.max_correlation": _amount,
    "risk.correlation_interval_ms": _whole,
    "risk.slippage_alert": _amount,
    "risk.tier_grace_ms": _whole,
    "arbitrage.enabled": _switch,
    "arbitrage.min_net": _amount,
    "arbitrage.max_hops": _whole,
    "arbitrage.lifetime_ms": _whole,
    "arbitrage.legging_limit_ms": _whole,
    "arbitrage.exit_loss": _amount,
    "arbitrage.exit_gain": _amount,
    "arbitrage.exit_after_ms": _whole,
    "arbitrage.start_asset": _asset,
    "day.warn_at": _amount,
    "day.reduce_at": _amount,
    "day.no_entries_at": _amount,
    "day.prepare_at": _amount,
    "day.halt_at": _amount,
    "day.reduced_size": _amount,
    "day.deleverage_first_at": _amount,
    "day.deleverage_second_at": _amount,
    "day.deleverage_third_at": _amount,
    "day.deleverage_fourth_at": _amount,
    "day.deleverage_first_part": _amount,
    "day.deleverage_second_part": _amount,
    "day.deleverage_third_part": _amount,
    "day.deleverage_fourth_part": _amount,
    "day.override_ms": _whole,
    "day.overrides_a_day": _whole,
    "emergency.close_collar": _amount,
    "emergency.close_limit_ms": _whole,
    "emergency.close_retry_ms": _whole,
    "protection.rest_at_venue": _switch,
    "protection.limit_collar": _amount,
    "emergency.cancel_limit_ms": _whole,
    "tilt.iqr_factor": _amount,
    "tilt.least_iqr": _amount,
    "tilt.window_ms": _whole,
    "tilt.message_at": _whole,
    "tilt.half_size_at": _whole,
    "tilt.lockout_at": _whole,
    "tilt.half_size": _amount,
    "tilt.baseline_values": _whole,
    "tilt.baseline_span_ms": _whole,
    "tilt.first_lockout_ms": _whole,
    "tilt.second_lockout_ms": _whole,
    "tilt.third_lockout_ms": _whole,
    "tilt.lockout_repeat": _amount,
    "tilt.lockout_most_ms": _whole,
    "tilt.lockouts_kept_ms": _whole,
    "tilt.reentry_first": _amount,
    "tilt.reentry_second": _amount,
    "tilt.reentry_third": _amount,
    "tilt.reentry_step_ms": _whole,
    "tilt.valley_first": _amount,
    "tilt.valley_first_sensitivity": _amount,
    "tilt.valley_second": _amount,
    "tilt.valley_second_sensitivity": _amount,
    "tilt.valley_third": _amount,
    "tilt.valley_third_sensitivity": _amount,
    "tilt.revenge_ms": _whole,
    "tilt.edit_ms": _whole,
    "tilt.pace_ms": _whole,
    "tilt.hours_ms": _whole,
    "timing.entry_age_ms": _whole,
    "timing.book_stale_ms": _whole,
    "timing.answer_timeout_ms": _whole,
    "timing.query_retry_ms": _whole,
    "timing.recv_window_ms": _whole,
    "timing.transit_ms": _whole,
    "timing.read_lag_ms": _whole,
    "timing.reconcile_retry_ms": _whole,
    "timing.shutdown_ms": _whole,
    "timing.snapshot_every_ms": _whole,
    "timing.snapshot_every_facts": _whole,
    "market.backoff_ms": _whole,
    "market.backoff_most_ms": _whole,
    "market.resync_ms": _whole,
    "market.connection_life_ms": _whole,
    "market.handover_ms": _whole,
    "market.streams_per_connection": _whole,
    "market.streams_per_request": _whole,
    "market.control_messages_per_s": _whole,
    "market.buffered_diffs": _whole,
    "market.buffered_trades": _whole,
    "market.tick_shed_ms": _whole,
    "market.tick_age_ms": _whole,
    "market.rejections_every_ms": _whole,
    "database.days": _whole,
    "database.standbys": _whole,
    "database.wal_checkpoint_mb": _whole,
    "database.wal_alarm_mb": _whole,
    "breaker.failures": _whole,
    "breaker.successes": _whole,
    "breaker.open_ms": _whole,
    "breaker.window_ms": _whole,
    "cache.timeout_ms": _whole,
    "cache.failures": _whole,
    "cache.cooldown_ms": _whole,
    "cache.ttl_ms": _whole,
    "cache.most_keys": _whole,
    "standby.role": _one_of("primary", "standby"),
    "standby.lease_ms": _whole,
    "standby.poll_ms": _whole,
    "failover.cooldown_ms": _whole,
    "failover.probe_ms": _whole,
    "failover.losses": _whole,
    "failover.losses_window_ms": _whole,
    "failover.reserve_after_ms": _whole,
    "alerts.webhooks": _webhooks,
    "alerts.heartbeat": _webhook,
    "alerts.file": _path,
    "alerts.timeout_ms": _whole,
    "alerts.retry_ms": _whole,
    "alerts.cooldown_ms": _whole,
    "alerts.heartbeat_ms": _whole,
    "alerts.check_ms": _whole,
    "rate.weight_1m": _whole,
    "rate.orders_10s": _whole,
    "rate.orders_1d": _whole,
    "rate.requests_5m": _whole,
    "rate.weight_reserve": _amount,
    "rate.order_reserve": _amount,
    "rate.ban_ms": _whole,
    "rate.rules_every_ms": _whole,
    "rate.rules_retry_ms": _whole,
    "history.remembered": _whole,
    "runtime.cycle_budget_ms": _whole,
    "runtime.errors_to_pause": _whole,
    "runtime.watchdog_ms": _whole,
    "runtime.signals_a_minute": _whole,
    "runtime.burst_signals": _whole,
    "runtime.burst_ms": _whole,
    "runtime.conflict_ms": _whole,
    "runtime.bar_grace_ms": _whole,
    "runtime.bar_age_ms": _whole,
    "runtime.bars_retry_ms": _whole,
    "execution.slippage": _amount,
    "execution.iceberg_above": _amount,
    "execution.iceberg_slice": _amount,
    "execution.iceberg_slices": _whole,
    "execution.iceberg_variation": _amount,
    "execution.twap_shortest_ms": _whole,
    "execution.twap_longest_ms": _whole,
    "execution.twap_slice_ms": _whole,
    "execution.twap_participation": _amount,
    "market_states.flash_fall": _amount,
    "market_states.flash_window_ms": _whole,
    "market_states.panic_ms": _whole,
    "market_states.dead_after_ms": _whole,
    "market_states.volatile_above": _amount,
    "market_states.trending_above": _amount,
    "market_states.atr_period": _whole,
    "market_states.adx_period": _whole,
    "market_states.smoothing_bars": _whole,
    "market_states.correlation_bars": _whole,
    "market_states.liquidity_bps": _amount,
    "market_states.imbalance_levels": _whole,
    "kelly.part": _amount,
    "kelly.cap": _amount,
    "kelly.least_trades": _whole,
    "venue.stream_format": _one_of("combined", "raw"),
    "venue.time_unit": _one_of("ms", "us"),
    "venue.trade_stream": _one_of("trade", "aggTrade"),
    "engine.cancel_orders_on_shutdown": _switch,
    "engine.positions_on_shutdown": _one_of("keep", "close"),
}


def read_settings(given: dict[str, object]) -> dict[str, dict[str, Any]]:
    """Settings by section, each value as TOML wants it (amounts as text).

    Raises:
        WrongArgument: an unknown name (lists the known ones) or a value of the wrong kind.
    """
    sections: dict[str, dict[str, Any]] = {}
    for name, value in given.items():
        reader = SETTINGS.get(name)
        if reader is None:
            raise refuse_unknown("setting", name, list(SETTINGS))
        section, _, key = name.partition(".")
        sections.setdefault(section, {})[key] = reader(name, value)
    return sections

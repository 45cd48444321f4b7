"""The tilt detector: measures what the operator does, and bounds the operator's entries when it is unusual (R20, R21, R33).

Strategies are not measured and not bounded; nor are exits, stops and cancels. What is known is a fold of facts (`core/tilt`).
"""

from __future__ import annotations

from decimal import Decimal

from genesis.core.commands import Alert
from genesis.core.errors import TILT
from genesis.core.facts import TiltAnomaly, TiltChanged, TiltMeasured
from genesis.core.models import Order, Signal
from genesis.core.money import ONE, ZERO, text, truncate8
from genesis.engine import tilt_indicators as indicators
from genesis.engine.desk import Desk
from genesis.engine.risk_engine import Denial, RiskView, largest_order
from genesis.engine.valuation import equity

EXTERNAL = "external"
LOCKED, HALVED = 3, 2


def before_entry(desk: Desk, signal: Signal, price: Decimal) -> Denial | None:
    """Measure an entry of the operator, then say whether a lockout refuses it (R21). `price` is in quote."""
    if signal.source != EXTERNAL:
        return None
    settle(desk)
    tilt, now_ms = desk.state.tilt, desk.now.wall_ms
    if tilt.level < LOCKED:
        key = f"{signal.venue}/{signal.symbol}/{signal.side}"
        values = indicators.of_entry(tilt, desk.settings.tilt, now_ms, key, desk.state.last_loss_ms)
        values["entry_size"] = truncate8(signal.quantity * price)
        _measure(desk, indicators.ENTRY, values, ())
    if tilt.level < LOCKED:
        return None
    left = tilt.locked_until_ms - now_ms
    message = f"entries by hand pause until {tilt.locked_until_ms} (wall clock, ms), {left} ms from now; exits, stops and cancels are open"
    return Denial("R21", TILT, str(tilt.locked_until_ms), str(now_ms), message)


def oversized(desk: Desk, signal: Signal, view: RiskView) -> Denial | None:
    """R20, R21: the part of the largest order (R1) that the operator may enter with now."""
    factor = desk.state.tilt.size_factor
    if signal.source != EXTERNAL or factor >= ONE:
        return None
    most = truncate8(largest_order(view.settings, view.tier, view.equity) * factor)
    if view.notional <= most:
        return None
    rule = "R20" if desk.state.tilt.level == HALVED else "R21"
    message = f"entries by hand are limited to {text(factor)} of the largest order for now: expected at most {text(most)} USDT"
    return Denial(rule, TILT, text(most), text(view.notional), message)


def acted(desk: Desk, action: str, orders: tuple[Order, ...] = ()) -> None:
    """Measure a command of the operator; `orders` = what it cancels."""
    settle(desk)
    if desk.state.tilt.level < LOCKED:
        cancelled = tuple(sorted({f"{order.venue}/{order.symbol}/{order.side}" for order in orders}))
        _measure(desk, action, indicators.of_action(desk.state.tilt, desk.settings.tilt, desk.now.wall_ms, action), cancelled)


def _measure(desk: Desk, action: str, values: dict[str, Decimal], cancelled: tuple[str, ...]) -> None:
    settings, now_ms = desk.settings.tilt, desk.now.wall_ms
    factor = indicators.sensitivity(settings, desk.settings.risk.tiers, desk.state.tier, equity(desk))
    found = [_anomaly(desk, name, value, factor) for name, value in values.items() if _known(desk, name)]
    desk.record(TiltMeasured(action=action, values=values, cancelled=cancelled, at_ms=now_ms, correlation_id="tilt"))
    for anomaly in found:
        if anomaly is not None:
            desk.record(anomaly)
            desk.send(Alert(severity="warning", text=f"{anomaly.indicator} is {text(anomaly.value)}, usually {text(anomaly.median)}"))
    settle(desk)


def _known(desk: Desk, name: str) -> bool:
    """Whether the baseline of an indicator is large and old enough to call anything unusual."""
    tilt, settings = desk.state.tilt, desk.settings.tilt
    if len(tilt.values.get(name, ())) < settings.baseline_values:
        return False
    return desk.now.wall_ms - tilt.since_ms[name] >= settings.baseline_span_ms


def _anomaly(desk: Desk, name: str, value: Decimal, factor: Decimal) -> TiltAnomaly | None:
    settings = desk.settings.tilt
    middle, between, most = indicators.allowed(sorted(desk.state.tilt.values[name]), settings, factor)
    if abs(value - middle) <= most:
        return None
    return TiltAnomaly(
        indicator=name,
        value=value,
        median=middle,
        iqr=between,
        allowed=most,
        sensitivity=factor,
        window_ms=settings.window_ms,
        at_ms=desk.now.wall_ms,
        correlation_id="tilt",
    )


def counted(desk: Desk) -> int:
    """Anomalies within the window, but none from before the end of the last lockout: that one answered them."""
    tilt = desk.state.tilt
    since = desk.now.wall_ms - desk.settings.tilt.window_ms
    answered = tilt.locked_until_ms if tilt.level < LOCKED else 0
    return sum(1 for at_ms in tilt.anomalies if at_ms > since and at_ms >= answered)


def score(desk: Desk) -> int:
    """Anomalies in per cent of those that lock, at most 100; 100 during a lockout."""
    return 100 if desk.state.tilt.level == LOCKED else min(100 * counted(desk) // desk.settings.tilt.anomalies[-1], 100)


def settle(desk: Desk) -> None:
    """Bring level and size to what the anomalies and the time ask for; each change is a fact and a message."""
    tilt, settings, now_ms = desk.state.tilt, desk.settings.tilt, desk.now.wall_ms
    if tilt.level == LOCKED and now_ms < tilt.locked_until_ms:
        return
    number = 0 if tilt.level == LOCKED else counted(desk)
    after, until = indicators.level(number, settings), tilt.locked_until_ms
    if after == LOCKED:
        recent = sum(1 for at_ms in tilt.lockouts if at_ms > now_ms - settings.lockouts_kept_ms)
        until = now_ms + indicators.lockout_ms(recent + 1, settings)
        size = ZERO
    else:
        size = indicators.return_factor(tilt, settings, now_ms)
        size = min(size, settings.half_size) if after == HALVED else size
    if (after, size) == (tilt.level, tilt.size_factor):
        return
    changed = TiltChanged(
        before=tilt.level,
        after=after,
        anomalies=number,
        thresholds=settings.anomalies,
        window_ms=settings.window_ms,
        size_factor=size,
        locked_until_ms=until,
        at_ms=now_ms,
        correlation_id="tilt",
    )
    desk.record(changed)
    desk.send(Alert(severity="critical" if after == LOCKED else "warning", text=_told(changed)))


def _told(fact: TiltChanged) -> str:
    if fact.after == LOCKED:
        return f"entries by hand pause until {fact.locked_until_ms} (wall clock, ms): {fact.anomalies} unusual actions; exits are open"
    size = f"entries by hand up to {text(fact.size_factor)} of the largest order"
    return f"tilt level {fact.after}: {fact.anomalies} unusual actions in {fact.window_ms // 60_000} min; {size}"

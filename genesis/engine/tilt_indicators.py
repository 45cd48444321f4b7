"""Indicators of tilt and what is unusual about them (R20, R33). Pure: numbers in, numbers out."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from decimal import Decimal

from genesis.core.day import DAY_MS
from genesis.core.models import Tier
from genesis.core.money import ONE, ZERO, truncate8
from genesis.core.settings import TierLimits, TiltSettings
from genesis.core.tilt import Tilt

ENTRY, CANCEL = "ENTRY", "CANCEL"
OVERRIDES = frozenset({"PAUSE", "HALT", "PAUSE_STRATEGY", "STOP_STRATEGY"})
_QUARTER, _HALF = Decimal("0.25"), Decimal("0.5")


def quartile(values: Sequence[Decimal], part: Decimal) -> Decimal:
    """The quantile `part` (0..1) of sorted `values`, linear between neighbours."""
    place = (len(values) - 1) * part
    low = int(place)
    high = min(low + 1, len(values) - 1)
    return values[low] + (values[high] - values[low]) * (place - low)


def spread(ordered: Sequence[Decimal]) -> tuple[Decimal, Decimal]:
    """(median, interquartile range) of an ascending baseline that is not empty."""
    return quartile(ordered, _HALF), quartile(ordered, ONE - _QUARTER) - quartile(ordered, _QUARTER)


def allowed(ordered: Sequence[Decimal], settings: TiltSettings, sensitivity: Decimal) -> tuple[Decimal, Decimal, Decimal]:
    """(median, IQR, how far from the median a value may lie). A baseline that hardly varies counts as one that varies a little."""
    middle, between = spread(ordered)
    counted = max(between, settings.least_iqr * max(ONE, abs(middle)))
    return middle, between, truncate8(settings.iqr_factor * counted / sensitivity)


def sensitivity(settings: TiltSettings, tiers: dict[Tier, TierLimits], tier: Tier | None, equity: Decimal | None) -> Decimal:
    """R33: how much more closely is looked while equity is near the capital of the next tier; 1 where that is unknown."""
    order = list(Tier)
    if tier is None or equity is None or order.index(tier) + 1 >= len(order):
        return ONE
    following = tiers.get(order[order.index(tier) + 1])
    if following is None or following.capital_from <= ZERO:
        return ONE
    reached = equity / following.capital_from
    for part, factor in zip(reversed(settings.valley_from), reversed(settings.valley_sensitivity), strict=True):
        if reached >= part:
            return factor
    return ONE


def of_entry(tilt: Tilt, settings: TiltSettings, now_ms: int, key: str, last_loss_ms: int) -> dict[str, Decimal]:
    """What an entry is measured by. `key` = venue/symbol/side; `last_loss_ms` = when a loss was last booked, 0 = never."""
    values = of_action(tilt, settings, now_ms, ENTRY)
    values["cancel_rate"] = cancel_rate(tilt, settings, now_ms, ENTRY)
    values["entries"] = Decimal(1 + tilt.acted.number(now_ms - settings.pace_ms, ENTRY))
    values["edit"] = Decimal(int(now_ms - tilt.cancelled.get(key, -DAY_MS) <= settings.edit_ms))
    values["revenge"] = Decimal(int(last_loss_ms > 0 and now_ms - last_loss_ms <= settings.revenge_ms))
    return values


def of_action(tilt: Tilt, settings: TiltSettings, now_ms: int, action: str) -> dict[str, Decimal]:
    """What every action is measured by: the time of day, and whether it overrides the engine."""
    values = {"override": Decimal(int(action in OVERRIDES))}
    if tilt.actions:
        near = _near_this_hour(tilt, settings, now_ms)
        values["usual_hour"] = truncate8(Decimal(near) / len(tilt.actions))
    if action == CANCEL:
        values["cancel_rate"] = cancel_rate(tilt, settings, now_ms, CANCEL)
    return values


def cancel_rate(tilt: Tilt, settings: TiltSettings, now_ms: int, action: str) -> Decimal:
    """Cancels of all entries and cancels within the window, this action included."""
    since = now_ms - settings.window_ms
    acted = tilt.acted
    cancels, entries = acted.number(since, CANCEL) + (action == CANCEL), acted.number(since, ENTRY) + (action == ENTRY)
    return truncate8(Decimal(cancels) / (cancels + entries))


def _near_this_hour(tilt: Tilt, settings: TiltSettings, now_ms: int) -> int:
    """How many of the actions fell near this time of day, around midnight too."""
    middle, reach = now_ms % DAY_MS, min(settings.hours_ms, DAY_MS // 2 - 1)
    days = (middle - DAY_MS, middle, middle + DAY_MS)
    return sum(_between(tilt.times_of_day, day - reach, day + reach) for day in days)


def _between(ordered: list[int], first: int, last: int) -> int:
    return bisect_right(ordered, last) - bisect_left(ordered, first)


def level(number: int, settings: TiltSettings) -> int:
    """The level that so many anomalies in the window mean (R20)."""
    return sum(1 for needed in settings.anomalies if number >= needed)


def lockout_ms(number: int, settings: TiltSettings) -> int:
    """How long the lockout `number` (from 1) lasts (R21)."""
    named = settings.lockouts_ms
    if number <= len(named):
        return named[number - 1]
    longer = settings.lockout_repeat ** min(number - len(named), 100)
    return int(min(named[-1] * longer, Decimal(settings.lockout_most_ms)))


def return_factor(tilt: Tilt, settings: TiltSettings, now_ms: int) -> Decimal:
    """The size that may be entered after a lockout: a step up each `reentry_step_ms` (R21)."""
    if tilt.locked_until_ms == 0:
        return ONE
    step = max(now_ms - tilt.locked_until_ms, 0) // settings.reentry_step_ms
    return settings.reentry[min(step, len(settings.reentry) - 1)]

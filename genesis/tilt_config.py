"""The `[tilt]` table of the configuration file (R20, R21, R33). Whatever is wrong is named by its key."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from genesis.core.money import ONE, ZERO, text
from genesis.core.settings import TiltSettings
from genesis.core.strict import Table

_YEAR_MS: Final = 31_622_400_000
_LEVELS: Final = ("message_at", "half_size_at", "lockout_at")
_LOCKOUTS: Final = ("first_lockout_ms", "second_lockout_ms", "third_lockout_ms")
_REENTRY: Final = ("reentry_first", "reentry_second", "reentry_third")
_VALLEY: Final = ("valley_first", "valley_second", "valley_third")
_SENSITIVITY: Final = ("valley_first_sensitivity", "valley_second_sensitivity", "valley_third_sensitivity")
_TIMES: Final = ("window_ms", "lockout_most_ms", "lockouts_kept_ms", "reentry_step_ms", "revenge_ms", "edit_ms", "pace_ms", "hours_ms")
_ONES: Final = ("iqr_factor", "least_iqr", "half_size", "baseline_values", "baseline_span_ms", "lockout_repeat")
KEYS: Final = (*_ONES, *_LEVELS, *_LOCKOUTS, *_REENTRY, *_VALLEY, *_SENSITIVITY, *_TIMES)
"""All keys of the table."""
_MOST: Final = Decimal(1_000)


def tilt(table: Table) -> TiltSettings:
    """The detector's settings; levels, lockouts, steps and sensitivities must each rise."""
    base = TiltSettings()
    times: dict[str, Any] = {key: table.integer(key, getattr(base, key), low=1, high=_YEAR_MS) for key in _TIMES}
    levels = [table.integer(key, default, low=1, high=1_000) for key, default in zip(_LEVELS, base.anomalies, strict=True)]
    lockouts = [table.integer(key, default, low=1, high=_YEAR_MS) for key, default in zip(_LOCKOUTS, base.lockouts_ms, strict=True)]
    steps = _amounts(table, _REENTRY, base.reentry[:3], high=ONE)
    valley = _amounts(table, _VALLEY, base.valley_from, high=ONE)
    factors = _amounts(table, _SENSITIVITY, base.valley_sensitivity, low=ONE, high=_MOST)
    for keys, values in ((_LEVELS, levels), (_LOCKOUTS, lockouts), (_REENTRY, steps), (_VALLEY, valley), (_SENSITIVITY, factors)):
        _rising(table, keys, values)
    if lockouts[-1] > times["lockout_most_ms"]:
        table.wrong("third_lockout_ms", f"at most lockout_most_ms ({times['lockout_most_ms']})", str(lockouts[-1]))
    settings = TiltSettings(
        iqr_factor=table.amount("iqr_factor", base.iqr_factor, low=ZERO, high=_MOST, above=True),
        least_iqr=table.amount("least_iqr", base.least_iqr, low=ZERO, high=_MOST),
        half_size=table.amount("half_size", base.half_size, low=ZERO, high=ONE, above=True),
        baseline_values=table.integer("baseline_values", base.baseline_values, low=4, high=200),
        baseline_span_ms=table.integer("baseline_span_ms", base.baseline_span_ms, low=0, high=_YEAR_MS),
        lockout_repeat=table.amount("lockout_repeat", base.lockout_repeat, low=ONE, high=_MOST),
        anomalies=(levels[0], levels[1], levels[2]),
        lockouts_ms=(lockouts[0], lockouts[1], lockouts[2]),
        reentry=(*steps, ONE),
        valley_from=(valley[0], valley[1], valley[2]),
        valley_sensitivity=(factors[0], factors[1], factors[2]),
        **times,
    )
    table.close()
    return settings


def _amounts(table: Table, keys: Sequence[str], defaults: Sequence[Decimal], *, high: Decimal, low: Decimal = ZERO) -> list[Decimal]:
    return [table.amount(key, default, low=low, high=high, above=low == ZERO) for key, default in zip(keys, defaults, strict=True)]


def _rising(table: Table, keys: Sequence[str], values: Sequence[Decimal | int]) -> None:
    for place in range(1, len(keys)):
        before, value = Decimal(values[place - 1]), Decimal(values[place])
        if value < before:
            table.wrong(keys[place], f"at least {keys[place - 1]} ({text(before)})", text(value))

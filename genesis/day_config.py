"""The `[day]` table of the configuration file (R3, R22, R35). Whatever is wrong is named by its key."""

from __future__ import annotations

from typing import Final

from genesis.core.money import ONE, ZERO, text
from genesis.core.settings import DaySettings
from genesis.core.strict import Table

_DAY_MS: Final = 86_400_000
_LADDER: Final = ("reduce_at", "no_entries_at", "prepare_at", "halt_at")
_STEPS: Final = ("first", "second", "third", "fourth")
_AT: Final = tuple(f"deleverage_{step}_at" for step in _STEPS)
_PART: Final = tuple(f"deleverage_{step}_part" for step in _STEPS)
KEYS: Final = ("warn_at", *_LADDER, "reduced_size", *_AT, *_PART, "override_ms", "overrides_a_day")
"""All keys of the table."""


def day(table: Table) -> DaySettings:
    """What a day's loss does; the rungs of the ladder, the steps of deleveraging and their parts must each rise."""
    base = DaySettings()
    ladder = [table.amount(key, getattr(base, key), low=ZERO, high=ONE, above=True) for key in _LADDER]
    at = [table.amount(key, default, low=ZERO, high=ONE, above=True) for key, default in zip(_AT, base.deleverage_at, strict=True)]
    part = [table.amount(key, default, low=ZERO, high=ONE, above=True) for key, default in zip(_PART, base.deleverage_part, strict=True)]
    for keys, values in ((_LADDER, ladder), (_AT, at), (_PART, part)):
        for key, value, before in zip(keys[1:], values[1:], values, strict=False):
            if value <= before:
                table.wrong(key, f"more than {text(before)}, the one before it", text(value))
    settings = DaySettings(
        warn_at=table.amount("warn_at", base.warn_at, low=ZERO, high=ONE, above=True),
        reduce_at=ladder[0],
        no_entries_at=ladder[1],
        prepare_at=ladder[2],
        halt_at=ladder[3],
        reduced_size=table.amount("reduced_size", base.reduced_size, low=ZERO, high=ONE, above=True),
        deleverage_at=(at[0], at[1], at[2], at[3]),
        deleverage_part=(part[0], part[1], part[2], part[3]),
        override_ms=table.integer("override_ms", base.override_ms, low=1, high=_DAY_MS),
        overrides_a_day=table.integer("overrides_a_day", base.overrides_a_day, low=0, high=1_000),
    )
    table.close()
    return settings

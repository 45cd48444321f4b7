"""The day of the account, from 00:00 UTC: where it began and how far the loss has gone (R3, R22, R35). A fold of facts.

Times are wall-clock milliseconds that the facts carry, amounts USDT.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

import msgspec

from genesis.core.money import ZERO

DAY_MS = 86_400_000
NO_DAY = -1


class Rung(StrEnum):
    """How far a day's loss has gone, in the order of the two ladders: R3's, then R22's."""

    WARN = "WARN"  # R3: most of the tier's daily loss
    LIMIT = "LIMIT"  # R3: no entries until 00:00 UTC
    REDUCE = "REDUCE"  # R22: entries at a part of the largest order
    NO_ENTRIES = "NO_ENTRIES"  # R22: no new positions
    PREPARE = "PREPARE"  # R22: what could still open a position is cancelled
    HALT = "HALT"  # R22: halt and cancel all
    DELEVERAGE_1 = "DELEVERAGE_1"  # R22: a part of every position is closed
    DELEVERAGE_2 = "DELEVERAGE_2"
    DELEVERAGE_3 = "DELEVERAGE_3"
    DELEVERAGE_4 = "DELEVERAGE_4"


class Day(msgspec.Struct, kw_only=True):
    """`number`: days since 1970-01-01. `value`, `equity`: at its first valuation. `part`: how much of `held` is to be closed."""

    number: int = NO_DAY
    value: Decimal = ZERO
    equity: Decimal = ZERO
    reached: list[Rung] = []
    part: Decimal = ZERO
    held: dict[str, Decimal] = {}  # venue/symbol -> position (base) when deleveraging began
    overrides: int = 0
    override_until_ms: int = 0

    @property
    def ends_ms(self) -> int:
        """00:00 UTC of the next day."""
        return (self.number + 1) * DAY_MS

    def overridden(self, now_ms: int) -> bool:
        """Whether an operator's override (R35) is in force."""
        return now_ms < self.override_until_ms

"""What blocks entries, and what is under way because of it: a fold of facts like everything else (R22, R23, R34, kill switch).

Times are wall-clock milliseconds that the facts carry, so a block goes on counting while no engine runs.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

import msgspec

from genesis.core.models import Side

RELEASED = 0
"""`until_ms` of a halt that no time ends."""


class HaltKind(StrEnum):
    """Why entries may be blocked, in the order in which a denial names them."""

    KILL_SWITCH = "KILL_SWITCH"  # until an operator releases it
    EMERGENCY_HALT = "EMERGENCY_HALT"  # R22, until an operator resumes on a later day
    EMERGENCY_CLOSE = "EMERGENCY_CLOSE"  # R34, while one is under way
    FLASH_CRASH = "FLASH_CRASH"  # R23, until a time
    LADDER = "LADDER"  # R22, until 00:00 UTC
    DAILY_LOSS = "DAILY_LOSS"  # R3, until 00:00 UTC
    NO_STANDBY = "NO_STANDBY"  # I28, until there are enough again, or an operator goes on alone


OVERRIDABLE = frozenset({HaltKind.EMERGENCY_HALT, HaltKind.LADDER, HaltKind.DAILY_LOSS})
"""What an operator may override for some minutes (R35)."""


class Halt(msgspec.Struct, frozen=True, kw_only=True):
    """One block of entries. `rule`, `code`, `limit`, `value` and `reason` are what a denial tells; limit and value as text."""

    kind: HaltKind
    rule: str
    code: str
    limit: str
    value: str
    reason: str
    began_ms: int
    until_ms: int = RELEASED

    def over(self, now_ms: int) -> bool:
        """Whether its time has come."""
        return self.until_ms != RELEASED and now_ms >= self.until_ms


class CancelAll(msgspec.Struct, frozen=True, kw_only=True):
    """Orders that are being cancelled together. `late` = its time was over before all had ended; it goes on."""

    run_id: str
    reason: str
    orders: tuple[str, ...]
    until_ms: int
    late: bool = False


class CloseStep(msgspec.Struct, frozen=True, kw_only=True):
    """One order of an emergency close as it would leave now (R34): a LIMIT IOC of `quantity` (base) at `price` (quote per base),
    the collar away from `reference`, the side of the book that it takes. `why_not` = why nothing can be sent, quantity is 0 then."""

    venue: str
    symbol: str
    side: Side
    position: Decimal  # signed, base
    quantity: Decimal
    price: Decimal
    reference: Decimal
    notional: Decimal  # USDT
    loss: Decimal  # unrealised, USDT; > 0 = a loss
    why_not: str = ""


class EmergencyRun(msgspec.Struct, frozen=True, kw_only=True):
    """An emergency close that is under way (R34)."""

    run_id: str
    reason: str
    began_ms: int
    until_ms: int
    symbols: tuple[tuple[str, str], ...]  # (venue, symbol), the first to leave first
    attempts: int = 0


class Left(msgspec.Struct, frozen=True, kw_only=True):
    """What an emergency close could not close, and why. `what` = venue/symbol, or the id of a multi-leg trade."""

    what: str
    quantity: Decimal
    why: str

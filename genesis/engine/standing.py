"""Where the account stands: its tier and its equity, without which no entry is judged."""

from __future__ import annotations

from decimal import Decimal

from genesis.core.errors import RISK_LIMIT
from genesis.core.facts import TierAssigned
from genesis.core.models import Tier
from genesis.engine.desk import Desk
from genesis.engine.risk_engine import Denial
from genesis.engine.valuation import equity, tier_for, unvalued


def no_book(what: str) -> Denial:
    """Nothing is entered without a fresh book (R25)."""
    return Denial("R25", RISK_LIMIT, "fresh book", "none", f"expected a fresh book of {what}")


def standing(desk: Desk) -> tuple[Tier, Decimal] | Denial:
    """(tier, equity). The tier is assigned once, at the first equity of a RUNNING engine."""
    value = equity(desk)
    if value is None:
        return no_book(", ".join(unvalued(desk)))
    if desk.state.tier is None:
        assign_tier(desk, value)
    assert desk.state.tier is not None
    return desk.state.tier, value


def assign_tier(desk: Desk, value: Decimal) -> None:
    """Record the tier that `value` (equity) reaches."""
    tier = tier_for(value, desk.settings.risk.tiers)
    desk.record(TierAssigned(before="", after=tier, equity=value, correlation_id="tier"))

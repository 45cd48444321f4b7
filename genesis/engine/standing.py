"""Where the account stands: its tier and its equity, without which no entry is judged."""

from __future__ import annotations

from decimal import Decimal

from genesis.core.commands import Alert
from genesis.core.errors import RISK_LIMIT
from genesis.core.facts import TierAssigned
from genesis.core.models import Tier
from genesis.core.money import text
from genesis.engine.desk import Desk
from genesis.engine.risk_engine import Denial
from genesis.engine.valuation import equity, tier_for, unvalued

IN_GRACE_PERIOD = "IN_GRACE_PERIOD"


def no_book(what: str) -> Denial:
    """Nothing is entered without a fresh book (R25)."""
    return Denial("R25", RISK_LIMIT, "fresh book", "none", f"expected a fresh book of {what}")


def standing(desk: Desk) -> tuple[Tier, Decimal] | Denial:
    """(tier, equity). The tier is what the first equity of a RUNNING engine reaches, and follows it from there."""
    value = equity(desk)
    if value is None:
        return no_book(", ".join(unvalued(desk)))
    follow(desk, value)
    assert desk.state.tier is not None
    return desk.state.tier, value


def follow(desk: Desk, value: Decimal) -> None:
    """Assign the tier that `value` (equity) reaches; later move it there, one step at a time, and not within the grace of a change."""
    tier, now_ms = desk.state.tier, desk.now.wall_ms
    reached = tier_for(value, desk.settings.risk.tiers)
    if tier is None:
        desk.record(TierAssigned(before="", after=reached, equity=value, at_ms=now_ms, correlation_id="tier"))
    elif reached is not tier and now_ms >= desk.state.tier_grace_until_ms:
        _move(desk, tier, reached, value)


def _move(desk: Desk, tier: Tier, reached: Tier, value: Decimal) -> None:
    order, now_ms = list(Tier), desk.now.wall_ms
    place = order.index(tier)
    after = order[place + 1] if order.index(reached) > place else order[place - 1]
    until_ms = now_ms + desk.settings.risk.tier_grace_ms
    desk.record(TierAssigned(before=tier, after=after, equity=value, at_ms=now_ms, grace_until_ms=until_ms, correlation_id="tier"))
    told = f"tier {tier} -> {after} at a balance of {text(value)} USDT; {IN_GRACE_PERIOD} until {until_ms} (wall clock, ms)"
    desk.send(Alert(severity="warning", text=told))


def grace(desk: Desk) -> str:
    """IN_GRACE_PERIOD while a changed tier stays as it is, else ""."""
    return IN_GRACE_PERIOD if desk.now.wall_ms < desk.state.tier_grace_until_ms else ""

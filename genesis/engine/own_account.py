"""The limits of a reserve's own account: a last resort is entered with the money that is there, not by the size of all accounts.

R1, R22 and R5 hold for all accounts together, and for a reserve once more for what its own account is worth. R7 is of each venue's cash
anyway; tier, R3 and R4 are of all accounts.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from genesis.core.models import Tier
from genesis.core.money import ZERO, truncate8
from genesis.engine import ladder
from genesis.engine.desk import Desk
from genesis.engine.exposure import exposure
from genesis.engine.risk_engine import Denial, RiskView, judge, r1_largest, r5_exposure, r22_reduced
from genesis.engine.standing import no_book
from genesis.engine.valuation import rate

RULES = (r1_largest, r22_reduced, r5_exposure)


def worth(desk: Desk, venue: str) -> Decimal | None:
    """Total of every asset at one venue at the mid of its quote-asset book, truncated to 8 places; None while a needed book is stale."""
    total = ZERO
    for (place, asset), balance in desk.state.balances.items():
        if place == venue and balance.total != ZERO:
            price = rate(desk, venue, asset)
            if price is None:
                return None
            total += balance.total * price
    return truncate8(total)


def largest(desk: Desk, venue: str, tier: Tier, equity: Decimal) -> Decimal | Denial:
    """The largest order of today at `venue`, USDT (R1, R22); `equity` is that of all accounts."""
    most = ladder.largest(desk, tier, equity)
    if not desk.terms[venue].reserve_for:
        return most
    own = worth(desk, venue)
    return no_book(f"all that is held at {venue}") if own is None else min(most, ladder.largest(desk, tier, own))


def refusal(desk: Desk, view: RiskView, before: Decimal = ZERO) -> Denial | None:
    """Why the account of a reserve is too small for an entry there that all accounts together would bear; None of any other venue.
    `before` = the notional of what goes there with it (R5)."""
    venue = view.rules.venue
    if not desk.terms[venue].reserve_for:
        return None
    own, open_there = worth(desk, venue), exposure(desk, venue)
    if own is None or open_there is None:
        return no_book(f"all that is held at {venue}")
    denial = judge(msgspec.structs.replace(view, equity=own, exposure=open_there + before), RULES)
    if denial is None:
        return None
    return msgspec.structs.replace(denial, message=f"{denial.message}, by the account of the reserve {venue} alone")

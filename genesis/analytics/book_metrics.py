"""What a book offers: spread, depth, liquidity near the middle, imbalance. Exact; levels are (price, quantity), best first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import takewhile
from typing import Final

import msgspec

from genesis.core.money import ONE, ZERO, truncate8
from genesis.core.order_book import Level

BPS: Final = Decimal(10_000)
"""Basis points in 1."""


class BookMetrics(msgspec.Struct, frozen=True, kw_only=True):
    """`spread` in quote and `spread_bps` in basis points of the middle; `bid_depth` and `ask_depth` in base, `bid_liquidity` and
    `ask_liquidity` in quote, within a band around the middle; `imbalance` -1 (only sellers) .. 1 (only buyers)."""

    spread: Decimal
    spread_bps: Decimal
    bid_depth: Decimal
    ask_depth: Decimal
    bid_liquidity: Decimal
    ask_liquidity: Decimal
    imbalance: Decimal


def measure(bids: Sequence[Level], asks: Sequence[Level], *, within_bps: Decimal, levels: int) -> BookMetrics | None:
    """The metrics of a book: depth and liquidity up to `within_bps` from the middle (inclusive), imbalance of the best `levels`
    of each side. Fractions are cut to 8 places. None while a side is empty."""
    if not bids or not asks:
        return None
    middle = (bids[0][0] + asks[0][0]) / 2
    spread, band = asks[0][0] - bids[0][0], within_bps / BPS
    lowest, highest = middle * (ONE - band), middle * (ONE + band)
    bid_depth, bid_liquidity = _total(takewhile(lambda level: level[0] >= lowest, bids))
    ask_depth, ask_liquidity = _total(takewhile(lambda level: level[0] <= highest, asks))
    return BookMetrics(
        spread=spread,
        spread_bps=truncate8(spread * BPS / middle),
        bid_depth=bid_depth,
        ask_depth=ask_depth,
        bid_liquidity=bid_liquidity,
        ask_liquidity=ask_liquidity,
        imbalance=imbalance(bids[:levels], asks[:levels]),
    )


def imbalance(bids: Sequence[Level], asks: Sequence[Level]) -> Decimal:
    """(bid quantity - ask quantity) / both, -1..1, cut to 8 places; 0 while nothing is offered."""
    buying = sum((quantity for _, quantity in bids), ZERO)
    selling = sum((quantity for _, quantity in asks), ZERO)
    return truncate8((buying - selling) / (buying + selling)) if buying + selling > ZERO else ZERO


def _total(levels: Iterable[Level]) -> tuple[Decimal, Decimal]:
    """(base, quote) of the levels."""
    base = quote = ZERO
    for price, quantity in levels:
        base += quantity
        quote += price * quantity
    return base, quote

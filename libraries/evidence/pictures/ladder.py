"""A book as a picture: a row per price, on the left what the venue has, on the right what the engine believes, bars by quantity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from libraries.evidence.pictures.svg import BLUE, GREEN, GREY, RED, bar, label, line, picture

Level = Sequence[str]
"""(price, quantity), decimal text."""
LEVELS = 8
"""Best levels of a side that are shown."""
_WIDTH, _ROW, _TOP, _HALF, _MIDDLE = 760, 19, 40, 300, 80


@dataclass(frozen=True)
class Book:
    """One side's view of a symbol's book, best level first. `why_not`: why there is none."""

    bids: Sequence[Level] = ()
    asks: Sequence[Level] = ()
    update_id: str = "none"
    why_not: str = ""

    def title(self, owner: str) -> str:
        return f"{owner}: {self.why_not}" if self.why_not else f"{owner}, update {self.update_id}"


@dataclass(frozen=True)
class _Row:
    price: Decimal
    colour: str
    there: Decimal | None
    here: Decimal | None


@dataclass(frozen=True)
class Ladder:
    """A symbol's book at the venue and in the engine. `own`: prices of the engine's own resting orders -> what rests there."""

    symbol: str
    venue: Book
    engine: Book
    own: Mapping[Decimal, str] = field(default_factory=dict)

    @property
    def differs(self) -> bool:
        """Whether both sides are known and one of the levels shown is not the same."""
        known = not (self.venue.why_not or self.engine.why_not)
        return known and any(row.there != row.here for side in ("asks", "bids") for row in _rows(self, side, ""))


def ladder(shown: Ladder) -> str:
    """The picture; a row that differs is red and says so."""
    asks, bids = _rows(shown, "asks", RED), _rows(shown, "bids", GREEN)
    rows = [*reversed(asks), *bids]
    largest = max([quantity for row in rows for quantity in (row.there, row.here) if quantity], default=Decimal(1))
    height = _TOP + _ROW * (len(rows) + 1) + 8
    middle = _WIDTH / 2
    parts = [
        label(middle - _MIDDLE, 14, shown.venue.title("venue"), anchor="end", longest=40),
        label(middle, 14, shown.symbol, anchor="middle", weight="bold"),
        label(middle + _MIDDLE, 14, shown.engine.title("engine"), longest=40),
    ]
    y = float(_TOP)
    for index, row in enumerate(rows):
        if index == len(asks):
            parts.append(line(middle - _MIDDLE, y - 6, middle + _MIDDLE, y - 6, dash="2 4"))
            parts.append(label(middle, y + 5, _spread(asks, bids), colour=GREY, anchor="middle"))
            y += _ROW
        parts += _row(row, y, largest, shown)
        y += _ROW
    return picture(f"Book of {shown.symbol}, venue and engine", _WIDTH, height, parts)


def _rows(shown: Ladder, side: str, colour: str) -> list[_Row]:
    """Best price first; the prices of both."""
    there, here = _amounts(getattr(shown.venue, side)), _amounts(getattr(shown.engine, side))
    prices = sorted(there.keys() | here.keys(), reverse=side == "bids")
    return [_Row(price, colour, there.get(price), here.get(price)) for price in prices]


def _amounts(levels: Sequence[Level]) -> dict[Decimal, Decimal]:
    return {Decimal(price): Decimal(quantity) for price, quantity in (level[:2] for level in levels[:LEVELS])}


def _row(row: _Row, y: float, largest: Decimal, shown: Ladder) -> list[str]:
    middle, differs = _WIDTH / 2, not (shown.venue.why_not or shown.engine.why_not) and row.there != row.here
    parts = [label(middle, y + 4, f"{row.price:f}", anchor="middle", colour=row.colour, weight="bold")]
    if row.there is not None:
        width = float(row.there / largest) * (_HALF - 90)
        parts.append(bar(middle - _MIDDLE - width, y - 7, width, 13, row.colour, opacity=0.35))
        parts.append(label(middle - _MIDDLE - 4, y + 4, f"{row.there:f}", anchor="end"))
    if row.here is not None:
        width = float(row.here / largest) * (_HALF - 90)
        parts.append(bar(middle + _MIDDLE, y - 7, width, 13, row.colour, opacity=0.35))
        parts.append(label(middle + _MIDDLE + 4, y + 4, f"{row.here:f}"))
    if differs:
        parts.append(label(_WIDTH - 4, y + 4, "differs", anchor="end", colour=RED, weight="bold"))
    if row.price in shown.own:
        parts.append(label(4, y + 4, shown.own[row.price], colour=BLUE, longest=24))
    return parts


def _spread(asks: Sequence[_Row], bids: Sequence[_Row]) -> str:
    if not asks or not bids:
        return "one side is empty"
    return f"spread {asks[0].price - bids[0].price:f}"

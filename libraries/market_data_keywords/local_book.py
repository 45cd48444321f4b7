"""A local order book by the venue's documented rules, written apart from the engine's as its witness.

Rules: buffer the events; drop those with u <= lastUpdateId of the snapshot; the first one applied must span
lastUpdateId + 1; each later one must begin where the last ended (U = previous u + 1); quantity 0 removes a level.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from libraries.common.amounts import plain

Levels = list[tuple[Decimal, Decimal]]


class Gap(Exception):
    """An event does not continue the book: a message was lost."""


@dataclass
class LocalBook:
    """Bids and asks by price; `update_id` is the last one applied."""

    symbol: str
    update_id: int
    bids: dict[Decimal, Decimal] = field(default_factory=dict)
    asks: dict[Decimal, Decimal] = field(default_factory=dict)
    started: bool = False

    @classmethod
    def from_snapshot(cls, symbol: str, body: dict[str, Any]) -> LocalBook:
        """The book of a `GET /api/v3/depth` answer."""
        book = cls(symbol, int(body["lastUpdateId"]))
        _merge(book.bids, body["bids"])
        _merge(book.asks, body["asks"])
        return book

    def apply(self, event: dict[str, Any]) -> bool:
        """Apply one `depthUpdate` event; False when it is older than the book.

        Raises:
            Gap: an event between the book and this one is missing.
        """
        first, last = int(event["U"]), int(event["u"])
        if last <= self.update_id:
            return False
        expected = self.update_id + 1
        continues = first == expected if self.started else first <= expected
        if not continues:
            raise Gap(f"{self.symbol}: expected an event that starts at update {expected}, got U={first} u={last}")
        _merge(self.bids, event["b"])
        _merge(self.asks, event["a"])
        self.update_id = last
        self.started = True
        return True

    def sides(self) -> tuple[Levels, Levels]:
        """Bids and asks, best first."""
        return sorted(self.bids.items(), reverse=True), sorted(self.asks.items())


def _merge(side: dict[Decimal, Decimal], levels: list[list[str]]) -> None:
    for price_text, quantity_text in levels:
        price, quantity = Decimal(price_text), Decimal(quantity_text)
        if quantity == 0:
            side.pop(price, None)
        else:
            side[price] = quantity


def as_levels(rows: list[list[str]]) -> Levels:
    """Levels of an answer `[["99.00", "1"], ...]` as exact decimals."""
    return [(Decimal(price), Decimal(quantity)) for price, quantity in rows]


def differences(name: str, seen: Levels, witness_name: str, witness: Levels, most: int = 5) -> list[str]:
    """What differs between two sides of a book, level by level, in words; empty when they are equal."""
    rows: list[str] = []
    for level in range(max(len(seen), len(witness))):
        ours = _level(seen, level)
        theirs = _level(witness, level)
        if ours != theirs:
            rows.append(f"level {level + 1}: {name} has {ours}, {witness_name} has {theirs}")
    if len(rows) > most:
        rows = [*rows[:most], f"and {len(rows) - most} more levels"]
    return rows


def _level(side: Levels, index: int) -> str:
    if index >= len(side):
        return "no level"
    price, quantity = side[index]
    return f"{plain(price)} x {plain(quantity)}"

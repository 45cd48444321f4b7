"""A rate budget on clocks that are moved by hand, and a naive venue that counts every request by its own windows."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from genesis.core.settings import RateSettings
from genesis.exchange.rate_budget import ORDERS, REQUESTS, WEIGHT, Count, RateBudget, Refused, Ticket, Use

MINUTE_MS = 60_000
START_MS = 1_700_000_040_000
"""The venue's clock at the start: a full minute, and so the beginning of every window but the day's and the five minutes'."""
SMALL = RateSettings(weight_1m=100, orders_10s=10, orders_1d=1_000, requests_5m=10_000)
"""Entries may use 80 of the weight and 8 of the orders, readings 90 of the weight."""


class Clocked:
    """A budget with its clocks."""

    def __init__(self, settings: RateSettings = SMALL, held_ms: int = 0) -> None:
        self.mono_ns = 5_000_000_000
        self.venue_ms = START_MS
        self.budget = RateBudget(settings, lambda: self.mono_ns, lambda: self.venue_ms, held_ms)

    def let(self, milliseconds: int) -> None:
        self.mono_ns += milliseconds * 1_000_000
        self.venue_ms += milliseconds

    def take(self, use: Use, weight: int = 1, orders: int = 0) -> Ticket:
        outcome = self.budget.take(use, weight, orders)
        assert isinstance(outcome, Ticket), outcome
        return outcome

    def refuse(self, use: Use, weight: int = 1, orders: int = 0) -> Refused:
        outcome = self.budget.take(use, weight, orders)
        assert isinstance(outcome, Refused), outcome
        return outcome

    def spend(self, weight: int, use: Use = Use.CANCEL) -> None:
        """Answered requests of so much weight."""
        self.budget.answered(self.take(use, weight))

    def place(self, number: int, use: Use = Use.ENTRY) -> None:
        """So many orders, each answered."""
        for _ in range(number):
            self.budget.answered(self.take(use, 1, 1))

    def limit(self, kind: str, interval_ms: int) -> dict[str, Any]:
        """One limit as the status shows it."""
        (found,) = (row for row in self.budget.status()["limits"] if (row["kind"], row["interval_ms"]) == (kind, interval_ms))
        return found


def weight(used: int, most: int | None = None) -> Count:
    return Count(kind=WEIGHT, interval_ms=MINUTE_MS, used=used, most=most)


def orders(used: int, most: int | None = None) -> Count:
    return Count(kind=ORDERS, interval_ms=10_000, used=used, most=most)


class NaiveVenue:
    """Remembers every request that reached it and adds them up anew for each question: what no window ever may exceed."""

    LIMITS = ((WEIGHT, MINUTE_MS, 100), (ORDERS, 10_000, 10), (ORDERS, 86_400_000, 1_000), (REQUESTS, 5 * MINUTE_MS, 10_000))
    PARTS: ClassVar = {Use.CANCEL: 0, Use.EXIT: 0, Use.READING: 1, Use.ENTRY: 2, Use.MARKET: 2}

    def __init__(self) -> None:
        self.seen: list[tuple[int, dict[str, int]]] = []

    def reached(self, at_ms: int, weight_of: int, orders_of: int) -> None:
        self.seen.append((at_ms, {WEIGHT: weight_of, ORDERS: orders_of, REQUESTS: 1}))

    def used(self, kind: str, interval_ms: int, now_ms: int) -> int:
        window = now_ms // interval_ms
        return sum(amounts[kind] for at_ms, amounts in self.seen if at_ms // interval_ms == window)

    def would_take(self, use: Use, weight_of: int, orders_of: int, now_ms: int) -> bool:
        amounts = {WEIGHT: weight_of, ORDERS: orders_of, REQUESTS: 1}
        for kind, interval_ms, most in self.LIMITS:
            kept = Decimal(most) * (Decimal("0.2") if kind == ORDERS else Decimal("0.1"))
            parts = (1 if use is Use.ENTRY else 0) if kind == ORDERS else self.PARTS[use]
            if amounts[kind] and self.used(kind, interval_ms, now_ms) + amounts[kind] > most - parts * kept:
                return False
        return True

"""Rows of the engine's control API as typed values, and the questions that getters ask of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, TypeVar

from libraries.common.amounts import exact
from libraries.common.assertions import Question
from libraries.common.component import Component
from libraries.common.errors import WrongArgument
from libraries.world.engine import Engine

Value = TypeVar("Value")

ORDER_AMOUNTS = ("quantity", "price", "executed", "cum_quote", "reserved")
ORDER_TEXTS = (
    "client_order_id",
    "venue",
    "symbol",
    "side",
    "order_type",
    "time_in_force",
    "purpose",
    "strategy",
    "correlation_id",
    "multi_leg_id",
    "leg",
    "state",
    "pending",
    "knowledge",
    "venue_order_id",
    "reserved_asset",
    "reason",
    "epoch",
)
LOOK = "the evidence of this test below: the order's timeline, the engine's log, its tables"


class EngineReader(Component):
    """Base of the engine's getters."""

    def question(self, engine: str | None, read: Callable[[Engine], Value], subject: str, look_at: str = LOOK) -> Question[Value]:
        """A question to one engine; a death of its process ends the waiting between two tries."""
        running = self.engine(engine)
        child = running.child
        control = running.control  # refuses an engine that does not run, at once
        assert child is not None
        assert control is not None
        return Question(lambda: read(running), subject, look_at, child.wait)

    def venue_name(self, venue: str | None) -> str:
        """The engine's name of a venue: its alias."""
        return self.exchange(venue).alias


def amount(row: Mapping[str, Any], name: str) -> Decimal:
    """An amount of a row of the engine, exact.

    Raises:
        AssertionError: the engine sent something that is no decimal text (a JSON number is a defect, I06).
    """
    value = row[name]
    if value is None:
        return Decimal(0)
    if not isinstance(value, str):
        raise AssertionError(f"the engine must send {name} as decimal text (I06), got {value!r}")
    try:
        return exact(value, name, "0.5", 40)
    except WrongArgument as wrong:
        raise AssertionError(f"the engine sent a bad amount: {wrong}") from wrong


def expected_amount(expected: str | None, name: str) -> Decimal | None:
    """An expected amount that a suite gave as text."""
    return None if expected is None else exact(expected, name, "0.5", 18)

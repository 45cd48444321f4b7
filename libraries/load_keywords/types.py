"""Argument types of load keywords."""

from __future__ import annotations

import re
from enum import Enum

from libraries.common.errors import WrongArgument


class Leg(Enum):
    """Which part of an order's way is measured."""

    END_TO_END = "end to end"
    TICK_TO_ORDER = "tick to order"
    DECISION = "decision"
    EXECUTION = "execution"


class Percentile(Enum):
    """Which percentile of a histogram."""

    P50 = "p50"
    P90 = "p90"
    P99 = "p99"
    P999 = "p99.9"
    MAX = "max"


class Counted(Enum):
    """What is counted of a load."""

    TICKS = "ticks"
    ORDERS = "orders"
    FILLED = "filled"
    STOPS = "stops"
    SHED = "shed"
    DENIED = "denied"
    DROPPED = "dropped"
    MISSED = "missed"


class Watched(Enum):
    """A process that is watched during a load."""

    ENGINE = "engine"
    VENUE = "venue"


class Resource(Enum):
    """What a process uses."""

    PROCESSOR = "processor"
    MEMORY = "memory"
    DESCRIPTORS = "descriptors"


class Rates(tuple[int, ...]):
    """Rates a second, in the order in which they are offered."""


def to_rates(value: object) -> Rates:
    """Whole numbers with blanks between them, such as `250 500 1000`."""
    words = str(value).replace(",", "").split()
    if not words or not all(re.fullmatch(r"[1-9][0-9]{0,5}", word, re.ASCII) for word in words):
        raise WrongArgument(f"rates must be whole numbers a second with blanks between them, such as 250 500 1000, got {value!r}")
    return Rates(int(word) for word in words)

"""Public messages that are not believed: counted each, put on record at a bounded rate, told to nobody who decides."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum

from genesis.core.events import MarketDataRefused
from genesis.engine.ports import Clock, EventSink

_NS_PER_MS = 1_000_000
_MOST_DETAIL = 200


class Reason(StrEnum):
    UNREADABLE = "unreadable"  # not JSON, or nothing that the protocol knows
    WRONG_TYPE = "wrong_type"  # a field is missing or of another type
    NOT_A_NUMBER = "not_a_number"
    NOT_POSITIVE = "not_positive"
    WRONG_ORDER = "wrong_order"  # levels or update ids the wrong way round
    CROSSED = "crossed"
    WRONG_TIME = "wrong_time"  # no time in the unit that was asked for
    STALE = "stale"
    OUT_OF_ORDER = "out_of_order"
    DUPLICATE = "duplicate"
    UNKNOWN_SYMBOL = "unknown_symbol"
    WRONG_SYMBOL = "wrong_symbol"  # of another symbol than its stream


class Rejected(Exception):
    """A message that is not believed. `symbol` is one of ours or ""; `stream` is depth, trade, other or "" (cannot be told)."""

    def __init__(self, reason: Reason, symbol: str, stream: str, detail: str) -> None:
        self.reason = reason
        self.symbol = symbol
        self.stream = stream
        self.detail = detail[:_MOST_DETAIL]
        super().__init__(f"{reason}: {detail}")


class Rejections:
    """Counts of one venue. Of each (symbol, stream, reason) the first goes to the engine at once, later ones in sums."""

    def __init__(self, venue: str, sink: EventSink, clock: Clock, every_ms: int) -> None:
        """`every_ms`: the shortest time between two events of one kind (milliseconds)."""
        self.counts: Counter[str] = Counter()
        self._venue = venue
        self._sink = sink
        self._clock = clock
        self._every_ns = every_ms * _NS_PER_MS
        self._told_ns: dict[tuple[str, str, Reason], int] = {}
        self._untold: dict[tuple[str, str, Reason], tuple[int, str]] = {}

    def note(self, rejected: Rejected) -> None:
        """Count a message; tell of it unless one of its kind was told of a moment ago."""
        self.counts[rejected.reason.value] += 1
        key = (rejected.symbol, rejected.stream, rejected.reason)
        count, _ = self._untold.get(key, (0, ""))
        self._untold[key] = (count + 1, rejected.detail)
        self._tell_due(key)

    def flush(self) -> None:
        """Tell of what has waited long enough."""
        for key in list(self._untold):
            self._tell_due(key)

    def _tell_due(self, key: tuple[str, str, Reason]) -> None:
        now = self._clock.mono_ns()
        told_ns = self._told_ns.get(key)
        if told_ns is not None and now - told_ns < self._every_ns:
            return
        self._told_ns[key] = now
        count, detail = self._untold.pop(key)
        symbol, stream, reason = key
        self._sink(MarketDataRefused(venue=self._venue, symbol=symbol, stream=stream, reason=reason.value, detail=detail, count=count))

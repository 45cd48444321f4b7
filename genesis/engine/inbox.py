"""What waits to be handled: four priorities, bounded, fills never dropped, public market data conflated.

CRITICAL (stop, halt) > HIGH (everything private of a venue, signals) > NORMAL (market data) > LOW (timer).
"""

from __future__ import annotations

from collections import deque
from typing import Final

from genesis.core.events import (
    BookChanged,
    BookLost,
    EngineBooted,
    Event,
    MarketTrade,
    OperatorAction,
    SignalSubmitted,
    StopRequested,
    TimerFired,
)

MOST_SIGNALS: Final = 10_000
MOST_PRIVATE: Final = 200_000
"""More private events than this cannot wait: the process ends rather than lose one (a restart asks the venue again)."""
HIGH_PER_TURN: Final = 256

_CRITICAL: Final = (OperatorAction, StopRequested)


class InboxOverflow(Exception):
    """More private events wait than fit."""


class Inbox:
    """Events in order of priority; within one priority in order of arrival."""

    def __init__(self) -> None:
        self._critical: deque[Event] = deque()
        self._high: deque[Event] = deque()
        self._signals = 0
        self._market: dict[tuple[str, str, bool], Event] = {}
        self._timer: TimerFired | None = None

    def __len__(self) -> int:
        return len(self._critical) + len(self._high) + len(self._market) + (self._timer is not None)

    @property
    def full(self) -> bool:
        """Whether another signal has to be refused (HTTP 503)."""
        return self._signals >= MOST_SIGNALS

    def put(self, event: Event) -> None:
        """Add an event. A newer book or trade of a symbol takes the place of the one that waits; so does a timer.

        Raises:
            InboxOverflow: see `MOST_PRIVATE`.
        """
        if isinstance(event, BookChanged):
            self._market[(event.top.venue, event.top.symbol, True)] = event
        elif isinstance(event, BookLost):
            self._market[(event.venue, event.symbol, True)] = event
        elif isinstance(event, MarketTrade):
            self._market[(event.venue, event.symbol, False)] = event
        elif isinstance(event, TimerFired):
            self._timer = event
        elif isinstance(event, EngineBooted):
            self._critical.appendleft(event)  # whatever came while the process was starting comes after it
        elif isinstance(event, _CRITICAL):
            self._critical.append(event)
        else:
            self._put_high(event)

    def _put_high(self, event: Event) -> None:
        if len(self._high) >= MOST_PRIVATE:
            raise InboxOverflow(f"{MOST_PRIVATE} private events wait")
        self._signals += isinstance(event, SignalSubmitted)
        self._high.append(event)

    def take(self) -> list[Event]:
        """The events of one turn, highest priority first. What is conflated is taken whole, so that nothing starves."""
        taken = list(self._critical)
        self._critical.clear()
        for _ in range(min(HIGH_PER_TURN, len(self._high))):
            event = self._high.popleft()
            self._signals -= isinstance(event, SignalSubmitted)
            taken.append(event)
        taken.extend(self._market.values())
        self._market.clear()
        if self._timer is not None:
            taken.append(self._timer)
            self._timer = None
        return taken

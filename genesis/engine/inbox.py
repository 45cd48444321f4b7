"""What waits to be handled: four priorities, bounded.

CRITICAL (stop, halt, a book that is lost) > HIGH (everything private of a venue, signals) > NORMAL (market data) > LOW (timer).

What is dropped when more comes than is handled: of books all but the newest, of public trades the oldest (counted); of everything private,
fills above all, nothing ever (the process ends instead). A lost book overtakes what waits, so that nothing is decided on it (I25).
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
HIGH_PER_TURN: Final = 64
TRADES_PER_TURN: Final = 16
"""Between so many public trades what is private has its turn: under overload no fill and no cancel waits for market data (S10)."""

_CRITICAL: Final = (OperatorAction, StopRequested)


class InboxOverflow(Exception):
    """More private events wait than fit."""


class Inbox:
    """Events in order of priority; within one priority in order of arrival."""

    def __init__(self, most_trades: int) -> None:
        """`most_trades`: how many public trades may wait."""
        self.trades_dropped = 0
        self._critical: deque[Event] = deque()
        self._lost: dict[tuple[str, str], BookLost] = {}
        self._high: deque[Event] = deque()
        self._signals = 0
        self._trades: deque[MarketTrade] = deque(maxlen=most_trades)
        self._books: dict[tuple[str, str], BookChanged] = {}
        self._timer: TimerFired | None = None

    def __len__(self) -> int:
        waiting = (self._critical, self._lost, self._high, self._trades, self._books)
        return sum(map(len, waiting)) + (self._timer is not None)

    @property
    def full(self) -> bool:
        """Whether another signal has to be refused (HTTP 503)."""
        return self._signals >= MOST_SIGNALS

    def put(self, event: Event) -> None:
        """Add an event. A newer book of a symbol takes the place of the one that waits; so does a timer.

        Raises:
            InboxOverflow: see `MOST_PRIVATE`.
        """
        if isinstance(event, BookChanged):
            self._books[(event.top.venue, event.top.symbol)] = event
        elif isinstance(event, BookLost):
            self._lost[(event.venue, event.symbol)] = event
            self._books.pop((event.venue, event.symbol), None)
        elif isinstance(event, MarketTrade):
            self.trades_dropped += len(self._trades) == self._trades.maxlen
            self._trades.append(event)
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
        """The events of one turn, highest priority first, some of each kind, so that nothing starves."""
        taken = [*self._critical, *self._lost.values()]
        self._critical.clear()
        self._lost.clear()
        for _ in range(min(HIGH_PER_TURN, len(self._high))):
            event = self._high.popleft()
            self._signals -= isinstance(event, SignalSubmitted)
            taken.append(event)
        for _ in range(min(TRADES_PER_TURN, len(self._trades))):
            taken.append(self._trades.popleft())
        taken.extend(self._books.values())
        self._books.clear()
        if self._timer is not None:
            taken.append(self._timer)
            self._timer = None
        return taken

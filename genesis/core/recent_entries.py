"""Entry signals of strategies within a window before the last one: found by who said them (R9), and by where and which way (R36).

Signals come in the order of their record; by a wall clock that may have been set back. Each look costs a search, however many there are.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import takewhile

from sortedcontainers import SortedList

from genesis.core.models import Side, Signal

_Direction = tuple[str, str, Side]
"""(venue, symbol, side)"""


class RecentEntries:
    """Iterated and counted, the oldest first."""

    def __init__(self, window_ms: int) -> None:
        self._window_ms = window_ms
        self._kept: deque[tuple[int, Signal]] = deque()  # (number in the order of record, signal)
        self._signals: dict[int, Signal] = {}  # the same by their numbers
        self._number = self._found_up_to = 0
        self._said: dict[str, _Said] = {}
        self._directed: dict[_Direction, dict[str, SortedList[tuple[int, int]]]] = {}  # strategy -> (received_ms, number)

    def __iter__(self) -> Iterator[Signal]:
        return (signal for _, signal in self._kept)

    def __len__(self) -> int:
        return len(self._kept)

    def add(self, signal: Signal) -> None:
        """The newest; what is older than the window before it goes."""
        self._number += 1
        self._kept.append((self._number, signal))
        while self._kept[0][1].received_ms < signal.received_ms - self._window_ms:
            self._drop(*self._kept.popleft())

    def take_back(self, signal_id: str) -> None:
        """The newest does not count, if it is that one."""
        if self._kept and self._kept[-1][1].signal_id == signal_id:
            self._drop(*self._kept.pop())

    def _catch_up(self) -> None:
        """What was said since the last search: a journal that is read again says millions, and nobody searches."""
        for number, signal in reversed(list(takewhile(lambda kept: kept[0] > self._found_up_to, reversed(self._kept)))):
            self._index(number, signal)
        self._found_up_to = self._number

    def _index(self, number: int, signal: Signal) -> None:
        self._signals[number] = signal
        said = self._said.get(signal.strategy)
        if said is None:
            said = self._said[signal.strategy] = _Said()
        said.add(signal)
        ways = self._directed.setdefault((signal.venue, signal.symbol, signal.side), {})
        if signal.strategy not in ways:
            ways[signal.strategy] = SortedList()
        ways[signal.strategy].add((signal.received_ms, number))

    def number(self, strategy: str, since_ms: int, but: str) -> int:
        """How many trades `strategy` wanted after `since_ms`, besides the one that is named `but`: the legs of a pair are one."""
        self._catch_up()
        said = self._said.get(strategy)
        return said.number(since_ms, but) if said is not None else 0

    def against(self, signal: Signal, since_ms: int) -> list[Signal]:
        """Of other strategies, in the other direction on the same symbol, from `since_ms` on; the oldest first."""
        self._catch_up()
        ways = self._directed.get((signal.venue, signal.symbol, Side.SELL if signal.side is Side.BUY else Side.BUY), {})
        found = [entry for strategy, entries in ways.items() if strategy != signal.strategy for entry in entries.irange((since_ms, 0))]
        return [self._signals[number] for _, number in sorted(found)]

    def _drop(self, number: int, signal: Signal) -> None:
        if number > self._found_up_to:
            return
        self._said[signal.strategy].drop(signal)
        self._directed[signal.venue, signal.symbol, signal.side][signal.strategy].remove((signal.received_ms, number))
        del self._signals[number]


class _Said:
    """What one strategy said: for each trade the last time at which it was named."""

    def __init__(self) -> None:
        self._legs: dict[str, list[int]] = {}  # trade -> received_ms of its signals
        self._last: SortedList[int] = SortedList()

    def add(self, signal: Signal) -> None:
        legs = self._legs.setdefault(_trade(signal), [])
        if legs:
            self._last.remove(max(legs))
        legs.append(signal.received_ms)
        self._last.add(max(legs))

    def drop(self, signal: Signal) -> None:
        legs = self._legs[_trade(signal)]
        self._last.remove(max(legs))
        legs.remove(signal.received_ms)
        if legs:
            self._last.add(max(legs))
        else:
            del self._legs[_trade(signal)]

    def number(self, since_ms: int, but: str) -> int:
        own = self._legs.get(but)
        among = own is not None and max(own) > since_ms
        return len(self._last) - self._last.bisect_right(since_ms) - among


def _trade(signal: Signal) -> str:
    return signal.pair or signal.signal_id

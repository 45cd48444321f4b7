"""How many actions of a kind came after a time, told without looking at each: the detector asks this before every entry by hand."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Iterable


class Acted:
    """Follows a list of (when, what), oldest first, of which the oldest are let go; derived, never stored."""

    def __init__(self, actions: Iterable[tuple[int, str]]) -> None:
        self._kinds: deque[str] = deque()
        self._floors: list[int] = []  # of each action the earliest time from it on: ascending, even where the clock went back
        self._numbers: dict[str, list[int]] = {}  # kind -> the numbers of its actions, counted from the first one ever
        self._first = 0  # number of the oldest action that is kept
        for at_ms, what in actions:
            self.note(at_ms, what)

    def note(self, at_ms: int, what: str) -> None:
        """One more, the newest."""
        self._numbers.setdefault(what, []).append(self._first + len(self._floors))
        self._kinds.append(what)
        for index in range(len(self._floors) - 1, -1, -1):
            if self._floors[index] <= at_ms:
                break
            self._floors[index] = at_ms
        self._floors.append(at_ms)

    def forget_oldest(self) -> None:
        """The oldest is let go."""
        del self._numbers[self._kinds.popleft()][0]
        del self._floors[0]
        self._first += 1

    def number(self, since_ms: int, what: str) -> int:
        """How many of a kind came after the last action that is not later than `since_ms`."""
        numbers = self._numbers.get(what, [])
        return len(numbers) - bisect_left(numbers, self._first + bisect_right(self._floors, since_ms))

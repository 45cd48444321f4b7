"""How many control messages may leave on one connection: the venue cuts who sends more, and bans who does it again (binance-spot 1.9)."""

from __future__ import annotations

from collections import deque

_SECOND_NS = 1_000_000_000


class ControlRate:
    """At most `per_second - 1` messages within any second: the one left is for the pong that the venue may ask for at any time."""

    def __init__(self, per_second: int) -> None:
        self._sent: deque[int] = deque(maxlen=max(per_second - 1, 1))

    def take(self, now_ns: int) -> bool:
        """Whether a message may leave at `now_ns` (monotonic); if so it counts as sent."""
        if len(self._sent) == self._sent.maxlen and now_ns - self._sent[0] <= _SECOND_NS:
            return False
        self._sent.append(now_ns)
        return True

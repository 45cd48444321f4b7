"""How long to wait before trying again (R25): 2^n seconds, at most 30, with jitter. No clock and no randomness of its own."""

from __future__ import annotations

from collections.abc import Callable


class Backoff:
    """Delays of one thing that is tried again and again.

    The delay of the n-th failure in a row (n from 0) lies in [half, whole] of min(base x 2^n, cap). What then stayed up for longer than
    the delay before it starts again from n = 0, so that a venue that accepts and drops at once is not hammered.
    """

    def __init__(self, random: Callable[[], float], base_s: float, cap_s: float) -> None:
        """`random` gives numbers in [0, 1); seconds."""
        self._random = random
        self._base_s = base_s
        self._cap_s = cap_s
        self._failures = 0
        self._last_s = 0.0

    def next_delay_s(self, was_up_s: float = 0.0) -> float:
        """Seconds to wait now, after something that was up for `was_up_s` seconds (0 = never) has failed."""
        if was_up_s > self._last_s:
            self._failures = 0
        whole = self._base_s
        for _ in range(self._failures):  # grows no further once the cap is reached, so no power can overflow
            if whole >= self._cap_s:
                break
            whole *= 2
        self._failures += 1
        whole = min(whole, self._cap_s)
        self._last_s = whole * (0.5 + 0.5 * self._random())
        return self._last_s

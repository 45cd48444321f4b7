"""When the interpreter looks for garbage in all that lives: while nothing is decided.

It looks whenever enough has been made, and stands still for it: 31 and 72 ms of the first 15 s at 1,000 orders/s, more with each order
that is remembered. What is young is looked at as ever. What has survived a look is not looked at again: it is the state, which is freed by
counting references; a cycle that falls out of it later stays.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable
from typing import Final

LOOK_S: Final = 0.1
QUIET_LOOKS: Final = 10
"""Looks in a row at which nothing was new on record."""
WORTH: Final = 20
MOST: Final = 5_000
"""Looks at the young since the last look at all, of 7,000 objects each: from how many on one is worth it, and is not put off."""
_NEVER: Final = 1_000_000_000


class Garbage:
    """`recorded` tells how many facts were recorded so far. Used in the loop's thread."""

    def __init__(self, recorded: Callable[[], int]) -> None:
        self._recorded = recorded
        self._seen, self._quiet = -1, 0
        self._next: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """From now on; what lives already, a recovered state, is not looked at."""
        young, middle, _ = gc.get_threshold()
        gc.freeze()
        gc.set_threshold(young, middle, _NEVER)
        self._again()

    def stop(self) -> None:
        """The interpreter does as it likes again."""
        if self._next is not None:
            self._next.cancel()
        young, middle, _ = gc.get_threshold()
        gc.set_threshold(young, middle, middle)

    def look(self) -> bool:
        """Whether all was looked at."""
        seen, waiting = self._recorded(), gc.get_count()[2]
        self._quiet = self._quiet + 1 if seen == self._seen else 0
        self._seen = seen
        due = waiting >= MOST or (waiting >= WORTH and self._quiet >= QUIET_LOOKS)
        if due:
            gc.collect()
            gc.freeze()
        return due

    def _again(self) -> None:
        self._next = asyncio.get_running_loop().call_later(LOOK_S, self._tick)

    def _tick(self) -> None:
        self.look()
        self._again()

"""By which of a venue's addresses we go: the first in order that answers, and back to the first once it has answered for long enough.

All channels go by one address. It is left when it cannot be reached, falls silent, drops connections again and again, or its service fails
(a circuit breaker opens). Whoever cannot go on without another address presses; the others leave only for one that has not failed itself
a short while ago, so that what all addresses lack moves nobody. No task and no wire here: followers are told of changes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

import structlog

from genesis.core.events import AddressChanged
from genesis.core.settings import FailoverSettings
from genesis.engine.ports import Clock, EventSink
from genesis.exchange.settings import Way

_NS_PER_MS = 1_000_000
_MOST_PATIENCE = 16
"""A first address that fails again soon after each return is waited for so many cooldowns at most."""
_log = structlog.get_logger("genesis.exchange")


class Route:
    """The address in use. `turn` grows with every change: what is said of an address that was left meanwhile counts no more."""

    def __init__(self, venue: str, ways: Sequence[Way], settings: FailoverSettings, clock: Clock, sink: EventSink) -> None:
        self.turn = 0
        self._venue = venue
        self._ways = tuple(ways)
        self._settings = settings
        self._clock = clock
        self._sink = sink
        self._at = 0
        self._since_ns = clock.mono_ns()
        self._failed_ns: dict[int, int] = {}
        self._losses: dict[str, deque[int]] = {}
        self._followers: list[Callable[[bool], None]] = []
        self._well_since_ns: int | None = None
        self._patience = 1

    @property
    def way(self) -> Way:
        return self._ways[self._at]

    @property
    def first(self) -> Way:
        return self._ways[0]

    @property
    def ways(self) -> tuple[Way, ...]:
        return self._ways

    @property
    def several(self) -> bool:
        return len(self._ways) > 1

    @property
    def on_first(self) -> bool:
        return self._at == 0

    def follow(self, moved: Callable[[bool], None]) -> None:
        """`moved` is told of every change; whether the new address is to be tried at once."""
        self._followers.append(moved)

    def begin(self) -> None:
        """Say where we begin, if there is a choice."""
        if self.several:
            self._tell("", f"the first of {len(self._ways)}", failed=False)

    def failed(self, turn: int, reason: str, *, pressing: bool) -> None:
        """The address of `turn` does not serve. `pressing`: without it nothing can be done, so any other is better."""
        if turn != self.turn or not self.several:
            return
        now = self._clock.mono_ns()
        if self._at == 0:
            soon = self._since_ns + self._settings.cooldown_ms * self._patience * _NS_PER_MS
            self._patience = min(self._patience * 2, _MOST_PATIENCE) if self.turn and now < soon else 1
        self._failed_ns[self._at] = now
        self._well_since_ns = None
        others = [index for index in range(len(self._ways)) if index != self._at]
        fresh = [index for index in others if not self._failed_lately(index, now)]
        if fresh:
            self._move(fresh[0], reason, at_once=True, failed=True)
        elif pressing:
            self._move(min(others, key=lambda index: self._failed_ns[index]), reason, at_once=False, failed=True)

    def lost(self, turn: int, channel: str, reason: str) -> None:
        """The connection of a channel to the address of `turn` was lost. Once that may be anything; again and again it is the address."""
        if turn != self.turn:
            return
        now, most = self._clock.mono_ns(), self._settings.losses
        losses = self._losses.setdefault(channel, deque(maxlen=most))
        losses.append(now)
        if len(losses) == most and now - losses[0] <= self._settings.losses_window_ms * _NS_PER_MS:
            losses.clear()
            self.failed(turn, f"{channel}: {most} connections lost, the last: {reason}", pressing=True)

    def probed(self, answered: bool) -> bool:
        """What a look at the first address has shown; whether it has answered long enough to go back."""
        now = self._clock.mono_ns()
        if not answered:
            self._well_since_ns = None
            return False
        if self._well_since_ns is None:
            self._well_since_ns = now
        return now - self._well_since_ns >= self._settings.cooldown_ms * self._patience * _NS_PER_MS

    def lives(self, way: Way) -> bool:
        """All channels are out, and this address answers again: it is used from now on. Whether that is a change."""
        if way == self.way:
            return False
        index = self._ways.index(way)
        self._failed_ns.pop(index, None)
        self._move(index, f"{way.name} answers again", at_once=True, failed=True)
        return True

    def go_back(self) -> None:
        """The first address answers again: it is used from now on."""
        self._failed_ns.pop(0, None)
        self._move(0, "the first address answers again", at_once=True, failed=False)

    def status(self) -> dict[str, object]:
        """For people: which address, the how manieth of how many."""
        return {"name": self.way.name, "number": self._at + 1, "of": len(self._ways), "changes": self.turn}

    def _failed_lately(self, index: int, now: int) -> bool:
        failed_ns = self._failed_ns.get(index)
        return failed_ns is not None and now - failed_ns < self._settings.cooldown_ms * _NS_PER_MS

    def _move(self, index: int, reason: str, *, at_once: bool, failed: bool) -> None:
        before = self.way.name
        self._at, self._since_ns = index, self._clock.mono_ns()
        self.turn += 1
        self._losses.clear()
        self._well_since_ns = None
        _log.warning("another address", venue=self._venue, before=before, after=self.way.name, reason=reason)
        self._tell(before, reason, failed=failed)
        for moved in self._followers:
            moved(at_once)

    def _tell(self, before: str, reason: str, *, failed: bool) -> None:
        self._sink(AddressChanged(venue=self._venue, before=before, address=self.way.name, failed=failed, reason=reason))

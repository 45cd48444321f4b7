"""The streams of some symbols, carried without a break: one link, and two while one replaces the other (X28).

Make before break: the new link is up and confirmed before the old one goes, and the old one goes only when the venue has answered a probe
on it (what it sent before is read) and `handover_ms` have passed (what the venue was gathering has been sent on both). Both feed the same
books meanwhile; update ids and trade ids tell what came twice.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import Protocol

import structlog

from genesis.exchange.context import VenueContext
from genesis.exchange.link import Link, streams_of
from genesis.exchange.link_states import LinkState

_NS_PER_MS = 1_000_000
_log = structlog.get_logger("genesis.exchange")


class LineOwner(Protocol):
    """Who reads a line. Told in the loop's thread."""

    def line_up(self, line: Line) -> None: ...

    def line_message(self, line: Line, link: Link, payload: memoryview | bytes) -> None: ...

    def line_down(self, line: Line, reason: str) -> None: ...


class Line:
    """`symbols` with all their streams on one connection, which is replaced when it is old or the venue says goodbye."""

    def __init__(
        self,
        symbols: Sequence[str],
        venue: VenueContext,
        owner: LineOwner,
        spawn: Callable[[Coroutine[object, object, None], str], None],
        number: Callable[[], int],
    ) -> None:
        """`spawn` starts a task under a name; `number` gives each link the next one."""
        self.symbols = tuple(symbols)
        self.up = False
        self._venue = venue
        self._clock = venue.clock
        self._life_ns = venue.market.connection_life_ms * _NS_PER_MS
        self._handover_ns = venue.market.handover_ms * _NS_PER_MS
        self._owner = owner
        self._spawn = spawn
        self._number = number
        self._links: list[Link] = []
        self._proof = 0
        self._overlap_ns = 0  # when both links were up, and later when the old one was let go

    @property
    def links(self) -> tuple[Link, ...]:
        """The oldest first; none before `start`."""
        return tuple(self._links)

    @property
    def twice(self) -> bool:
        """Whether messages may come on two links, or did so a moment ago."""
        return len(self._links) > 1 or self._clock.mono_ns() - self._overlap_ns < self._handover_ns

    def start(self) -> None:
        self._add_link()

    async def close(self) -> None:
        links, self._links = self._links, []
        for link in links:
            await link.close()

    def replace(self, reason: str) -> None:
        """Begin to replace the link, unless that is under way; one that is not up yet is tried again by itself."""
        if len(self._links) == 1 and self._links[0].state is LinkState.LIVE:
            _log.info("replacing a connection", connection=self._links[0].name, reason=reason)
            self._venue.counters["connections_replaced"] += 1
            self._links[0].retire()
            self._add_link()

    def tick(self) -> None:
        """Look at ages and at a handover under way."""
        for link in self.links:
            link.tick()
        if len(self._links) == 2:
            self._look_at_handover(*self._links)
        elif self._links and self._links[0].state is LinkState.LIVE:
            age_ns = self._clock.mono_ns() - self._links[0].opened_ns
            if self._links[0].leaving:
                self.replace("announced by the venue")
            elif age_ns >= self._life_ns:
                self.replace(f"{age_ns // _NS_PER_MS} ms old")

    def link_live(self, link: Link) -> None:
        if not self.up:
            self.up = True
            self._owner.line_up(self)
        elif len(self._links) == 2 and link is self._links[1]:
            self._overlap_ns = self._clock.mono_ns()
            self._proof = self._links[0].probe()

    def link_message(self, link: Link, payload: memoryview | bytes) -> None:
        self._owner.line_message(self, link, payload)

    def link_lost(self, link: Link, reason: str) -> None:
        if link.state is LinkState.CLOSED and link in self._links:
            self._links.remove(link)
            self._let_go(link)
        if self.up and not any(other.read for other in self._links):
            self.up = False
            self._owner.line_down(self, reason)
        elif not self.up:
            self._owner.line_down(self, reason)

    def _look_at_handover(self, old: Link, new: Link) -> None:
        together_ns = self._clock.mono_ns() - self._overlap_ns
        if new.state is LinkState.LIVE and old.proved >= self._proof and together_ns >= self._handover_ns:
            self._links.remove(old)
            self._let_go(old)

    def _let_go(self, link: Link) -> None:
        self._overlap_ns = self._clock.mono_ns()
        self._spawn(link.close(), f"close {link.name}")

    def _add_link(self) -> None:
        aggregated = self._venue.settings.aggregated
        streams = [stream for symbol in self.symbols for stream in streams_of(symbol, aggregated=aggregated)]
        link = Link(self._number(), streams, self._venue, self)
        self._links.append(link)
        self._spawn(link.run(), link.name)

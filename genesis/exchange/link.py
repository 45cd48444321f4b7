"""One market data connection: subscribed by control messages at the venue's pace, proven alive, told of when it is not (R25)."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Protocol

import msgspec
import structlog

from genesis.exchange import wire
from genesis.exchange.connection import Connection
from genesis.exchange.context import VenueContext
from genesis.exchange.control_rate import ControlRate
from genesis.exchange.link_states import READ, LinkEvent, LinkState, after

_NS_PER_MS = 1_000_000
_encoder = msgspec.json.Encoder()
_log = structlog.get_logger("genesis.exchange")


class LinkOwner(Protocol):
    """Who reads a link. Told in the loop's thread."""

    def link_live(self, link: Link) -> None: ...

    def link_message(self, link: Link, payload: memoryview | bytes) -> None: ...

    def link_lost(self, link: Link, reason: str) -> None: ...


class Link:
    """Connects for ever until it is retired and lost, or closed.

    Stale = not one message for `book_stale_ms` although the venue was asked for one, or nothing but messages that are too old for so long.
    """

    def __init__(self, number: int, streams: Sequence[str], venue: VenueContext, owner: LinkOwner) -> None:
        settings, market = venue.settings, venue.market
        self.name = f"{settings.name}/market-{number}"
        self.streams = tuple(streams)
        self.state = LinkState.CONNECTING
        self.opened_ns = 0
        self.heard_ns = 0
        self.proved = 0  # how many probes were answered: the venue had sent nothing before it that was not read
        self.reconnects = 0
        self.leaving = False  # the venue has announced that it will close this connection
        self._too_old_since_ns = 0  # since when it carries nothing but messages that are too old; 0 = it does not
        self._owner = owner
        self._clock = venue.clock
        self._counters = venue.counters
        self._stale_ns = venue.timing.book_stale_ms * _NS_PER_MS
        self._most_streams = market.streams_per_request
        self._per_second = market.control_messages_per_s
        self._connection = Connection(
            self.name, lambda: stream_url(venue), self, backoff=venue.backoff(), trust=venue.trust, clock=venue.clock
        )
        self._route = venue.route
        self._turn = 0  # of the route, when it was last tried
        self._was_open = False
        self._last_id = 0
        self._waiting: deque[tuple[int, bytes]] = deque()
        self._rate = ControlRate(self._per_second)
        self._unconfirmed: set[int] = set()
        self._probes: set[int] = set()
        self._subscribed_by_ns = 0

    @property
    def read(self) -> bool:
        """Whether it carries all its streams."""
        return self.state in READ

    async def run(self) -> None:
        await self._connection.run()

    async def close(self) -> None:
        self._step(LinkEvent.CLOSE)
        await self._connection.close()

    def cut(self, reason: str) -> None:
        """Drop the connection now and try again."""
        self._connection.cut(reason)

    def hurry(self) -> None:
        """The venue answers again: the next attempt to connect is made now."""
        self._connection.hurry()

    def move(self, at_once: bool) -> None:
        """The venue is spoken to by another address from now on."""
        self._connection.move(at_once)

    def retire(self) -> None:
        """Another link takes over; until then this one is read on."""
        self._step(LinkEvent.RETIRE)

    def probe(self) -> int:
        """Ask the venue for a sign of life; the number that `proved` reaches once it was answered."""
        self._probes.add(self._send({"method": "LIST_SUBSCRIPTIONS"}))
        return self.proved + len(self._probes)

    def believed(self) -> None:
        """A message of this link was taken."""
        self._too_old_since_ns = 0

    def too_old(self) -> None:
        """A message of this link was refused for its age."""
        self._too_old_since_ns = self._too_old_since_ns or self.heard_ns

    # -- the connection -----------------------------------------------------------------------------------------------

    def connecting(self) -> None:
        self._turn, self._was_open = self._route.turn, False
        if self.state is LinkState.WAITING:
            self.reconnects += 1
            self._step(LinkEvent.RETRY)

    def opened(self) -> None:
        self._was_open = True
        self._step(LinkEvent.OPENED)
        self.opened_ns = self.heard_ns = self._clock.mono_ns()
        self.leaving = False
        self._too_old_since_ns = 0
        self._rate = ControlRate(self._per_second)
        self._waiting.clear()
        self._unconfirmed.clear()
        self._probes.clear()
        chunks = [self.streams[at : at + self._most_streams] for at in range(0, len(self.streams), self._most_streams)]
        for chunk in chunks:
            self._unconfirmed.add(self._send({"method": "SUBSCRIBE", "params": list(chunk)}))
        paced_ns = len(chunks) * 1_000 * _NS_PER_MS // max(self._per_second - 1, 1)
        self._subscribed_by_ns = self.opened_ns + self._stale_ns + paced_ns

    def message(self, payload: memoryview | bytes) -> None:
        self.heard_ns = self._clock.mono_ns()
        self._owner.link_message(self, payload)

    def closed(self, reason: str) -> None:
        if self.state in (LinkState.CLOSED, LinkState.WAITING):
            return
        self._step(LinkEvent.LOST)
        self._owner.link_lost(self, reason)
        if self._was_open:
            self._route.lost(self._turn, self.name, reason)
        else:
            self._route.failed(self._turn, f"{self.name}: {reason}", pressing=False)

    def reply(self, reply: wire.StreamReply) -> None:
        """The venue's answer to a control message."""
        if reply.code is not None:
            self.cut(f"refused by the venue: {reply.code} {reply.msg}")
        elif reply.id in self._probes:
            self._probes.discard(int(reply.id or 0))
            self._counters["probes_answered"] += 1
            self.proved += 1
        elif reply.id in self._unconfirmed:
            self._unconfirmed.discard(int(reply.id or 0))
            if not self._unconfirmed and self.state is LinkState.SUBSCRIBING:
                self._step(LinkEvent.SUBSCRIBED)
                self._owner.link_live(self)

    # -- time ---------------------------------------------------------------------------------------------------------

    def tick(self) -> None:
        """Send what had to wait; ask a silent venue for a sign of life; give up on a dead one."""
        if self.state not in (LinkState.SUBSCRIBING, *READ):
            return
        self._pump()
        now = self._clock.mono_ns()
        silent_ns = now - self.heard_ns
        if silent_ns >= self._stale_ns:
            self._counters["stale_connections"] += 1
            reason = f"stale: no message for {silent_ns // _NS_PER_MS} ms"
            self.cut(reason)
            self._route.failed(self._turn, f"{self.name}: {reason}", pressing=False)
        elif self._too_old_since_ns and now - self._too_old_since_ns >= self._stale_ns:
            self._counters["stale_connections"] += 1
            self.cut(f"stale: nothing but old messages for {(now - self._too_old_since_ns) // _NS_PER_MS} ms")
        elif self.state is LinkState.SUBSCRIBING and now >= self._subscribed_by_ns:
            self.cut(f"{len(self._unconfirmed)} subscriptions without an answer")
        elif silent_ns >= self._stale_ns // 2 and not self._probes:
            self.probe()

    def _send(self, request: dict[str, object]) -> int:
        self._last_id += 1
        self._waiting.append((self._last_id, _encoder.encode({**request, "id": self._last_id})))
        self._pump()
        return self._last_id

    def _pump(self) -> None:
        while self._waiting and self._rate.take(self._clock.mono_ns()):
            _, message = self._waiting.popleft()
            self._connection.send(message)

    def _step(self, event: LinkEvent) -> None:
        before, self.state = self.state, after(self.state, event)
        if before is not self.state:
            _log.info("connection state", connection=self.name, before=before.value, after=self.state.value)


def stream_url(venue: VenueContext) -> str:
    """Where the streams of a venue are spoken in the configured dialect."""
    settings = venue.settings
    path = "stream" if settings.combined else "ws"
    return f"{venue.route.way.stream_url}/{path}{'?timeUnit=MICROSECOND' if settings.microseconds else ''}"


def streams_of(symbol: str, *, aggregated: bool) -> tuple[str, str]:
    """The streams that a symbol needs: changes of the book, and trades."""
    return f"{symbol.lower()}@depth@100ms", f"{symbol.lower()}@{'aggTrade' if aggregated else 'trade'}"

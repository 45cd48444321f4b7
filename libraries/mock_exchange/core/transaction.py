"""One command's effects, gathered while it runs and released together: first the ledger, then the events."""

from __future__ import annotations

from collections.abc import Container, Sequence
from operator import itemgetter
from typing import Protocol, get_args

from .accounts import INTERNAL, Books
from .clock import Clock
from .ledger_lines import Line, PostedLine, Posting
from .orders import Side
from .reports import account_position
from .venue_events import AccountEvent, BookChange, Listener, VenueEvent
from .venue_state import Market


class Journal(Protocol):
    """Where ledger lines go. What `append` took is with the operating system, all or (fatally) none, before anything is told outside."""

    def append(self, lines: Sequence[Line]) -> None: ...


class DiscardingJournal:
    """For a venue without a ledger file."""

    def append(self, lines: Sequence[Line]) -> None:
        """Nothing is kept."""


class Everybody:
    """Every account but those of the venue itself, to which nobody listens."""

    def __contains__(self, account: object) -> bool:
        return account not in INTERNAL


class Transaction:
    """The single writer's scratch pad. `begin`, effects, `commit`; commands never nest.

    `audience` are the accounts whose events somebody hears: for the others none are made.
    """

    def __init__(self, books: Books, clock: Clock, journal: Journal) -> None:
        self._books = books
        self._clock = clock
        self._journal = journal
        self._lines: list[Line] = []
        self._events: list[VenueEvent] = []
        self._levels: dict[tuple[str, Side, int], Market] = {}
        self._posted: list[Posting] = []
        self.audience: Container[str] = Everybody()
        self._listeners: dict[type[VenueEvent], list[Listener]] = {kind: [] for kind in get_args(VenueEvent)}
        self.now_ms = 0
        self._mono = 0
        self.seq = 0
        self.execution_id = 0
        self._minted = 0

    def listen(self, listener: Listener, kinds: tuple[type[VenueEvent], ...]) -> None:
        """Call `listener` with every event of these kinds."""
        for kind in kinds:
            self._listeners[kind].append(listener)

    def begin(self) -> None:
        pending = len(self._lines) + len(self._events)
        assert pending == 0, "a command began inside another one"
        self.now_ms = self._clock.now_ms()
        self._mono = self._clock.monotonic_ns()

    def line(self, line: Line) -> int:
        """Write a line; its number (`seq`)."""
        self.seq = seq = self.seq + 1
        line.seq, line.t, line.mono = seq, self.now_ms, self._mono
        self._lines.append(line)
        return seq

    def posted(self, line: PostedLine, postings: list[Posting]) -> int:
        """Apply the postings, and write the line with them; its number (`seq`)."""
        if postings:
            line.postings = self._books.post(postings, self.now_ms)
            self._posted += postings
        return self.line(line)

    def event(self, event: VenueEvent) -> None:
        self._events.append(event)

    def report(self, account: str, payload: dict[str, object]) -> None:
        """An event for one account, if anybody hears it."""
        if account in self.audience:
            self._events.append(AccountEvent(account, payload))

    def touch(self, market: Market, side: Side, price: int) -> None:
        """The level changed; its final quantity is told once, at commit."""
        self._levels[(market.spec.symbol, side, price)] = market

    def next_seq(self) -> int:
        """The number that the next line will bear."""
        return self.seq + 1

    def mint_id(self) -> str:
        """A client id of the venue's own. Its number is that of a line of this command: it never comes again, nor after a restart."""
        self._minted = max(self._minted, self.seq) + 1
        return f"auto{self._minted:018d}"

    def commit(self) -> None:
        """Ledger first, then the listeners, in order; nothing is told that is not written."""
        lines, events, levels, posted = self._lines, self._events, self._levels, self._posted
        self._lines, self._events, self._levels, self._posted = [], [], {}, []
        if lines:
            self._journal.append(lines)
        for (symbol, side, price), market in levels.items():
            market.update_id += 1
            events.append(BookChange(symbol, side, price, market.book.shown_at(side, price), market.update_id))
        if posted and self.audience:  # a container with nobody in it is false
            self._tell_positions(posted, events)
        listeners = self._listeners
        for event in events:
            for listener in listeners[event.__class__]:
                listener(event)

    def _tell_positions(self, posted: list[Posting], events: list[VenueEvent]) -> None:
        """One outboundAccountPosition for each account that somebody hears, of the assets that may have changed, in order."""
        audience = self.audience
        for name in dict.fromkeys(map(_name, posted)):
            if name in audience:
                account = self._books.accounts[name]
                assets = dict.fromkeys([asset for other, asset, _, _ in posted if other == name])
                events.append(AccountEvent(name, account_position(account, list(assets), self.now_ms)))


_name = itemgetter(0)

"""One command's effects, gathered while it runs and released together: first the ledger, then the events."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, get_args

from .accounts import Books
from .clock import Clock
from .ledger_lines import Line, Posting
from .orders import Side
from .reports import account_position
from .venue_events import AccountEvent, BookChange, Listener, VenueEvent
from .venue_state import Market


class Journal(Protocol):
    """Where ledger lines go. `append` hands them to the operating system before it returns, all or (fatally) none."""

    def append(self, lines: Sequence[Line]) -> None: ...


class DiscardingJournal:
    """For a venue without a ledger file."""

    def append(self, lines: Sequence[Line]) -> None:
        """Nothing is kept."""


class Transaction:
    """The single writer's scratch pad. `begin`, effects, `commit`; commands never nest.

    `audience` says whether anybody hears an account's events: where nobody does, they are not made.
    """

    def __init__(self, books: Books, clock: Clock, journal: Journal) -> None:
        self._books = books
        self._clock = clock
        self._journal = journal
        self._lines: list[Line] = []
        self._events: list[VenueEvent] = []
        self._levels: dict[tuple[str, Side, int], Market] = {}
        self._posted: list[Posting] = []
        self._heard: dict[str, bool] = {}
        self._listeners: dict[type[VenueEvent], list[Listener]] = {kind: [] for kind in get_args(VenueEvent)}
        self.audience: Callable[[str], bool] = everybody
        self.now_ms = 0
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
        self._heard.clear()
        self.now_ms = self._clock.now_ms()

    def line(self, line: Line, postings: list[Posting] | None = None) -> int:
        """Write a line and apply the postings that it shows; the number of the line (`seq`)."""
        if postings:
            self._books.post(postings)
            self._posted += postings
        self.seq = line.seq = self.seq + 1
        line.t = self.now_ms
        self._lines.append(line)
        return self.seq

    def event(self, event: VenueEvent) -> None:
        self._events.append(event)

    def hears(self, account: str) -> bool:
        """Whether an event for the account reaches anybody; the venue's own accounts have nobody who listens. Asked once a command."""
        heard = self._heard.get(account)
        if heard is None:
            heard = self._heard[account] = not self._books.accounts[account].is_internal and self.audience(account)
        return heard

    def report(self, account: str, payload: dict[str, object]) -> None:
        """An event for one account, if anybody hears it."""
        if self.hears(account):
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
        mono = self._clock.monotonic_ns()
        for line in self._lines:
            line.mono = mono
        lines, events, levels, posted = self._lines, self._events, self._levels, self._posted
        self._lines, self._events, self._levels, self._posted = [], [], {}, []
        if lines:
            self._journal.append(lines)
        for (symbol, side, price), market in levels.items():
            market.update_id += 1
            events.append(BookChange(symbol, side, price, market.book.shown_at(side, price), market.update_id))
        self._tell_positions(posted, events)
        for event in events:
            for listener in self._listeners[type(event)]:
                listener(event)

    def _tell_positions(self, posted: list[Posting], events: list[VenueEvent]) -> None:
        """One outboundAccountPosition for each account that somebody hears, of the assets that may have changed, in order."""
        for name in dict.fromkeys([posting[0] for posting in posted]):
            account = self._books.accounts[name]
            account.updated_ms = self.now_ms
            if self.hears(name):
                assets = dict.fromkeys([asset for other, asset, _, _ in posted if other == name])
                events.append(AccountEvent(name, account_position(account, list(assets), self.now_ms)))


def everybody(_account: str) -> bool:
    """An audience for every account."""
    return True

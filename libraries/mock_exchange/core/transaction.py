"""One command's effects, gathered while it runs and released together: first the ledger, then the events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from .accounts import Books
from .clock import Clock
from .ledger_lines import Line, Posting
from .order_book import OrderBook
from .orders import Side
from .reports import account_position
from .venue_events import AccountEvent, BookChange, Listener, VenueEvent


class Journal(Protocol):
    """Where ledger lines go. `append` hands them to the operating system before it returns, all or (fatally) none."""

    def append(self, lines: Sequence[Line]) -> None: ...


class DiscardingJournal:
    """For a venue without a ledger file."""

    def append(self, lines: Sequence[Line]) -> None:
        """Nothing is kept."""


class Transaction:
    """The single writer's scratch pad. `begin`, effects, `commit`; commands never nest."""

    def __init__(self, books: Books, clock: Clock, journal: Journal) -> None:
        self._books = books
        self._clock = clock
        self._journal = journal
        self._lines: list[Line] = []
        self._events: list[VenueEvent] = []
        self._levels: dict[tuple[str, Side, int], OrderBook] = {}
        self._assets: dict[str, dict[str, None]] = {}
        self.listeners: list[Listener] = []
        self.now_ms = 0
        self.seq = 0
        self.execution_id = 0

    def begin(self) -> None:
        pending = len(self._lines) + len(self._events)
        assert pending == 0, "a command began inside another one"
        self.now_ms = self._clock.now_ms()

    def line(self, line: Line, postings: list[Posting] | None = None) -> None:
        """Write a line and apply the postings that it shows."""
        if postings:
            self._books.post(postings)
            for name, asset, _, _ in postings:
                self._assets.setdefault(name, {})[asset] = None
        self._lines.append(line)

    def event(self, event: VenueEvent) -> None:
        self._events.append(event)

    def report(self, account: str, payload: dict[str, object]) -> None:
        """An event for one account; the venue's own accounts have nobody who listens."""
        if not self._books.accounts[account].is_internal:
            self._events.append(AccountEvent(account, payload))

    def next_execution_id(self) -> int:
        self.execution_id += 1
        return self.execution_id

    def touch(self, book: OrderBook, side: Side, price: int) -> None:
        """The level changed; its final quantity is told once, at commit."""
        self._levels[(book.symbol, side, price)] = book

    def next_seq(self) -> int:
        """The number that the next line will bear: unique, never used again, also after a restart."""
        return self.seq + len(self._lines) + 1

    def commit(self) -> None:
        """Ledger first, then the listeners, in order; nothing is told that is not written."""
        mono = self._clock.monotonic_ns()
        for line in self._lines:
            self.seq += 1
            line.seq, line.t, line.mono = self.seq, self.now_ms, mono
        lines, events, levels, assets = self._lines, self._events, self._levels, self._assets
        self._lines, self._events, self._levels, self._assets = [], [], {}, {}
        if lines:
            self._journal.append(lines)
        for (symbol, side, price), book in levels.items():
            book.update_id += 1
            events.append(BookChange(symbol, side, price, book.level_quantity(side, price), book.update_id))
        for name, changed in assets.items():
            account = self._books.accounts[name]
            account.updated_ms = self.now_ms
            if not account.is_internal:
                events.append(AccountEvent(name, account_position(account, list(changed), self.now_ms)))
        for event in events:
            for listener in self.listeners:
                listener(event)

"""All witnesses of one world, and what may be compared with what."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property

from libraries.auditor.fold import Fold, fold
from libraries.auditor.venue_books import timeline
from libraries.auditor.witnesses.database import Store
from libraries.auditor.witnesses.history import History
from libraries.auditor.witnesses.journal import AnchorFile, Journal
from libraries.auditor.witnesses.ledger import AccountView, LedgerLine
from libraries.auditor.witnesses.secrets import Written
from libraries.auditor.witnesses.sinks import Came

QUIESCED, STOPPED, DEAD = "quiesced", "stopped", "dead"
ENGINE_STATES = (QUIESCED, STOPPED, DEAD)


@dataclass
class Venue:
    """One venue's ledger up to the cut.

    `whole` is the account as the cut shows it. `seen` is the account as the engine could have seen it: the same, but for
    a stopped engine it ends where the engine stopped (resting orders that it left may trade on).
    """

    name: str
    lines: list[LedgerLine]
    whole: AccountView
    seen: AccountView


def without_past(view: AccountView, store: Store, venue: str) -> AccountView:
    """The account without what was over before this engine's database began: an account may be older than a database.

    Requests count from the first fact on. Orders and fills that the engine does not know count unless they were over before
    it took the account's balances over (its first BalanceOpened at that venue). Balances stay.
    """
    events = store.journal.events
    if not events:
        return view
    born = events[0].mono_ns
    opened = (event.mono_ns for event in store.journal.by_kind["BalanceOpened"] if event.data.get("venue") == venue)
    taken_over = next(opened, born)
    known = store.order_by_id
    orders = {
        client_id: [order for order in orders if client_id in known or order.ended_ns is None or order.ended_ns >= taken_over]
        for client_id, orders in view.orders.items()
    }
    return replace(
        view,
        orders={client_id: kept for client_id, kept in orders.items() if kept},
        fills=[fill for fill in view.fills if fill.client_order_id in known or fill.traded_ns >= taken_over],
        requests=[request for request in view.requests if request.received_ns >= born],
    )


@dataclass
class World:
    """The witnesses. `engine` is what state the engine is in: quiesced, stopped or dead."""

    engine: str
    store: Store
    anchors: AnchorFile
    venues: dict[str, Venue]
    history: History | None = None
    secrets: dict[str, str] = field(default_factory=dict)  # by name (I35)
    written: list[Written] = field(default_factory=list)  # what was left where, for them to be looked for in
    twin: Journal | None = None  # of an engine that was given the same script (I26)
    sometimes: tuple[str, ...] = ()  # situations that must have occurred (I36)
    sinks: dict[str, list[Came]] = field(default_factory=dict)  # what each sink of alerts took, by the engine's name for it (I37)
    notes: dict[str, int] = field(default_factory=dict)  # counts that invariants add for the report
    situations: dict[str, int] = field(default_factory=dict)  # how often each situation occurred, for the report
    _timelines: dict[tuple[str, str], list[tuple[int, Decimal]]] = field(default_factory=dict)

    def middles(self, venue: str, symbol: str, until_ns: int) -> set[Decimal]:
        """The middles that the book of a symbol had up to that moment, by the orders of the venue's ledger; empty = it has none."""
        known = self._timelines.get((venue, symbol))
        if known is None:
            lines = self.venues[venue].lines if venue in self.venues else []
            known = self._timelines[venue, symbol] = timeline(lines, symbol)
        return {middle for at_ns, middle in known if at_ns <= until_ns}

    @property
    def journal(self) -> Journal:
        return self.store.journal

    @cached_property
    def folded(self) -> Fold:
        return fold(self.journal.events)

    @cached_property
    def texts(self) -> bytes:
        """All texts of the database, one after the other."""
        rows = (row for table in self.store.tables.values() for row in table.rows)
        return "\0".join(cell for row in rows for cell in row.values() if isinstance(cell, str)).encode(errors="replace")

    @cached_property
    def agreed(self) -> bool:
        """Whether engine and venue must agree exactly. Where the engine was killed, or did not stop cleanly, the venue may
        be ahead: then everything the engine has must be at the venue, and nothing else is asked."""
        return self.engine == QUIESCED or (self.engine == STOPPED and self.journal.clean_stop() is not None)

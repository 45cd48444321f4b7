"""What keywords remember for each other within one test: the last order, the plan of funds, the reader threads.

It belongs to the scope that the listener opened (the test, or the suite in Suite Setup) and is forgotten with it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from libraries.world.session import session

if TYPE_CHECKING:
    from collections.abc import Callable

    from libraries.client_keywords.client_process import ClientProcess, Outcome
    from libraries.engine_keywords.flow import Flow
    from libraries.engine_keywords.signal_source import Sent, SignalSources
    from libraries.exchange_keywords.raw_websocket import RawWebsocket
    from libraries.load.running import Outcome as LoadOutcome
    from libraries.load_keywords.uptime import Watcher
    from libraries.market_data_keywords.recorded_table import RecordedTable
    from libraries.market_data_keywords.watcher import StreamWatcher
    from libraries.world.admin import Account
    from libraries.world.alert_sink import AlertReceiver
    from libraries.world.processes import Child
    from libraries.world.scope import Scope
    from libraries.world.servers.writers import Counts, Writers


@dataclass(frozen=True)
class Terms:
    """A venue as an engine's configuration names it: symbols and fees (fractions)."""

    symbols: tuple[str, ...]
    maker_fee: Decimal
    taker_fee: Decimal


@dataclass(frozen=True)
class ArmedFault:
    """A fault rule that this test armed; one that is not optional must happen."""

    venue: str
    rule: str
    optional: bool


@dataclass(frozen=True)
class Mark:
    """What an engine had done when a test began that shares it with others."""

    seq: int = 0  # of the journal's last fact
    rejected: dict[str, dict[str, int]] = field(default_factory=dict)  # venue -> reason -> messages
    counters: dict[str, dict[str, int]] = field(default_factory=dict)  # venue -> name -> times


@dataclass
class Notes:
    """One per scope."""

    last_order: str | None = None
    funds: dict[str, dict[str, Decimal]] = field(default_factory=dict)  # venue alias -> asset -> amount, before the start
    terms: dict[str, Terms] = field(default_factory=dict)  # venue alias -> what it lists
    accounts: dict[str, Account] = field(default_factory=dict)  # venue alias -> the test's account
    raw_accounts: dict[str, Account] = field(default_factory=dict)  # venue alias -> an account without an engine
    raw_answer: Any = None  # the last answer to a raw request
    websockets: dict[str, RawWebsocket] = field(default_factory=dict)  # name -> a connection that the suite speaks on itself
    watchers: dict[str, StreamWatcher] = field(default_factory=dict)
    table: RecordedTable | None = None
    frozen: dict[str, float] = field(default_factory=dict)  # venue alias or "engine ALIAS" -> monotonic seconds of the freeze
    receivers: dict[str, AlertReceiver] = field(default_factory=dict)  # of alerts, by alias
    flow: Flow | None = None  # orders that flow while something fails
    lock_holder: Child | None = None
    open_before: dict[str, list[dict[str, int]]] = field(default_factory=dict)  # engine alias -> what its processes had open
    limited: dict[tuple[str, int], Callable[[], None]] = field(default_factory=dict)  # (fault, process id) -> what heals it
    writers: Writers | None = None  # clients that write to a database
    written: Counts | None = None  # what became of their writes
    sources: SignalSources | None = None  # of signals that are sent all the time
    sent: Sent | None = None  # what became of them
    broken: set[str] = field(default_factory=set)  # database servers that are healed at the end
    faults: list[ArmedFault] = field(default_factory=list)
    client: ClientProcess | None = None  # a public client's process
    strategies: list[dict[str, Any]] = field(default_factory=list)  # what the next engine gets as [[strategy]]
    marks: dict[str, Mark] = field(default_factory=dict)  # engine alias -> where the test begins
    uptime: Watcher | None = None  # asks whether the engine can trade
    loads: list[LoadOutcome] = field(default_factory=list)  # what came of each load
    client_outcome: Outcome | None = None  # what came of its last call


_of_scope: WeakKeyDictionary[Scope, Notes] = WeakKeyDictionary()


def notes() -> Notes:
    """The notes of the running test; those of the suite's setup are the start of each test's (shared engine)."""
    scope = session.scope
    if scope not in _of_scope:
        _of_scope[scope] = Notes()
    return _of_scope[scope]


def shared_notes() -> Notes | None:
    """The notes of Suite Setup while a test runs; None if there are none."""
    suite = session.suite
    return _of_scope.get(suite) if suite is not None and suite is not session.scope else None

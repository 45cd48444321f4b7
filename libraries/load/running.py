"""One load run: ticks of the venue, processes watched, and afterwards what venue, database and audit chain say of the same orders."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from libraries.load import machine, witness
from libraries.load.journeys import Account, account_for
from libraries.load.pinning import ENGINE_CORE
from libraries.load.processes import Watch
from libraries.load.schedule import Phase, Schedule
from libraries.world.deadlines import Deadline
from libraries.world.engine import Engine
from libraries.world.errors import WorldError
from libraries.world.exchange import Exchange

Say = Callable[[str], None]
ENGINE, VENUE = "engine", "venue"
ANSWERS_TICKS = "tick_probe"
"""The kind of strategy that answers each tick with an order (docs/engine.md, Strategies)."""
_LOOK_EVERY_S = 1.0
_STILL_S = 0.5
_POLL_S = 0.05
QUEUED_S = 0.2
"""So much work left when the last tick was sent is a queue: loads that were kept up with took up to 0.05 s, those that fell behind more."""
_QUIESCE_MS = 20_000
_ANSWER_S = 60.0
"""How long an overloaded engine may take to answer a question: it is the load's time that counts, not this one's."""


@dataclass(frozen=True)
class Outcome:
    """What a run was, and what came of it. `drained_s`: how long after the venue's last tick the engine had nothing left to do."""

    phases: tuple[Phase, ...]
    symbols: int
    account: Account
    watch: Watch
    speed: machine.Speed
    venue: Mapping[str, Any]
    trades_dropped: int
    trades_missed: int
    drained_s: float

    @property
    def queued(self) -> bool:
        """Whether the engine was not done when the load was: what came in last waited for what was there before."""
        return self.drained_s > QUEUED_S

    @property
    def offered(self) -> float:
        """Ticks a second, over all phases."""
        return self.account.ticks / sum(phase.seconds for phase in self.phases)


class Run:
    """Begin, wait, read. `say` is told one line a second; None = nobody wants to know."""

    def __init__(self, exchange: Exchange, engine: Engine, phases: Sequence[Phase], symbols: Sequence[str], say: Say | None = None) -> None:
        """
        Raises:
            ValueError: phases that are no schedule.
            WorldError: the engine does not run.
        """
        if engine.child is None or not engine.alive:
            raise WorldError(f"engine {engine.alias} is not running; start it first (keyword: Start An Engine For Load)")
        self._schedule = Schedule(phases)
        self._exchange = exchange
        self._engine = engine
        self._symbols = list(symbols)
        self._say = say
        self._account_name = next(link.account.name for link in engine.links if link.exchange is exchange)
        pids = {ENGINE: engine.child.pid, VENUE: exchange.running_child().pid}
        self.watch = Watch(pids, {ENGINE: Path(f"{engine.database_path}-wal"), VENUE: exchange.ledger_path})
        self._hiccups = machine.Hiccups()
        self._pace = machine.Pace(ENGINE_CORE)
        self._before: Mapping[str, Any] = {}
        self._answered = any(strategy["kind"] == ANSWERS_TICKS for strategy in engine.strategies)

    @property
    def phases(self) -> tuple[Phase, ...]:
        """What is offered."""
        return self._schedule.phases

    @property
    def seconds(self) -> int:
        """How long it is offered."""
        return self._schedule.seconds

    def begin(self) -> None:
        """The first tick is due a tenth of a second from now."""
        self._before = self._engine.control.market()
        self._hiccups.start()
        self._pace.start()
        self.watch.start()
        phases = [msgspec.to_builtins(phase) for phase in self._schedule.phases]
        self._exchange.admin.begin_load(phases, self._symbols)

    def wait(self, deadline: Deadline) -> Outcome:
        """Until the last tick was sent and the engine has nothing left to do; then read the witnesses.

        Raises:
            AssertionError: that did not happen within the deadline; says how far it came.
        """
        try:
            shown = self._until_sent(deadline)
            drained_s = self._until_drained(deadline)
        finally:  # a load that is given up leaves no probe behind, which would slow the next one
            self._hiccups.end()
            pace = self._pace.end()
            self.watch.end()
        market = self._engine.control.market()
        ticks = witness.sent_ticks(*self._exchange.admin.load_ticks())
        venue = witness.venue_says(self._exchange.ledger_path, self._account_name)
        engine = witness.engine_says(self._engine.database_file())
        account = account_for(ticks, venue, engine, int(market["ticks_shed"]) - int(self._before["ticks_shed"]), answered=self._answered)
        if shown["refused"]:
            account.problems.append(f"the venue refused {shown['refused']} of its own ticks: {shown['refusal']}")
        return Outcome(
            phases=self._schedule.phases,
            symbols=len(self._symbols),
            account=account,
            watch=self.watch,
            speed=self._hiccups.speed(pace),
            venue=shown,
            trades_dropped=int(market["trades_dropped"]) - int(self._before["trades_dropped"]),
            trades_missed=_missed(market) - _missed(self._before),
            drained_s=drained_s,
        )

    def _until_sent(self, deadline: Deadline) -> Mapping[str, Any]:
        begun = next_look = time.monotonic()
        while True:
            shown = self._exchange.admin.load()
            now = time.monotonic()
            if now >= next_look:
                self._tell(now - begun, shown)
                next_look = now + _LOOK_EVERY_S
            if not shown["running"]:
                return shown
            if deadline.expired:
                raise AssertionError(
                    f"the venue sent {shown['sent']} of {shown['total']} ticks within {deadline.seconds:g} s; is it overloaded?"
                )
            time.sleep(min(0.2, max(next_look - now, 0.01)))

    def _tell(self, seconds: float, shown: Mapping[str, Any]) -> None:
        if self._say is None:
            return
        self.watch.look()
        engine = self.watch.samples[ENGINE][-1]
        share = self.watch.cpu_share(ENGINE)
        late = shown["latest_ns"] / 1e6
        self._say(
            f"load {seconds:3.0f}/{self._schedule.seconds} s: {shown['sent']:,} of {shown['total']:,} ticks, {late:.0f} ms late at most; "
            f"engine {share:.0%} of a core, {engine.rss / 2**20:.0f} MB, {engine.descriptors} descriptors"
        )

    def _until_drained(self, deadline: Deadline) -> float:
        """Nothing more is decided, nothing is in flight, and everything is on disk with the time at which it came there."""
        begun = time.monotonic()
        seq, still_since = -1, begun
        while time.monotonic() - still_since < _STILL_S:
            health = dict(self._engine.control.client.expect("GET", "/health", timeout=_ANSWER_S))
            if health["journal_seq"] != seq:
                seq, still_since = health["journal_seq"], time.monotonic()
            if deadline.expired:
                raise AssertionError(
                    f"the engine was still busy {time.monotonic() - begun:.0f} s after the venue's last tick "
                    f"(in flight: {health['in_flight']}, journal at {seq})"
                )
            time.sleep(_POLL_S)
        answer = self._engine.control.quiesce(_QUIESCE_MS)
        if not answer.ok:
            raise AssertionError(f"the engine did not come to rest within {_QUIESCE_MS} ms after the load: {answer.body}")
        self._engine.control.control("resume")  # its fact is in a transaction of its own, which says when the one before was on disk
        return max(still_since - begun, 0.0)


def _missed(market: Mapping[str, Any]) -> int:
    """Public trades that never came to the engine, by their ids."""
    return sum(int(venue["counters"]["trades_missed"]) for venue in market["venues"].values())

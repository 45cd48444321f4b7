"""Decide, commit, act: the one place where facts meet the journal; commands leave by the outbox.

An event is decided by the pure engine; its facts are committed in a batch with those of its neighbours; only when that
batch is durable do its commands leave (I16). While one batch is written, the next one fills. The loop never waits for the
disk: a late commit holds the commands back and shows in `/health`, nothing else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Final

import msgspec
import structlog

from genesis import hooks
from genesis.core.commands import Alert, Command, ExitProcess, TakeSnapshot
from genesis.core.errors import (
    DATABASE_LOCKED,
    EXIT_DATABASE,
    EXIT_HALTED,
    EXIT_HURRIED,
    EXIT_OK,
    EXIT_REMAINS,
    EXIT_SUPERSEDED,
    INTERNAL,
    NO_STANDBY,
    ROLLBACK,
    SUPERSEDED,
)
from genesis.core.events import Event, Now, StandbysSeen, StopRequested, TimerFired
from genesis.core.facts import (
    AlertDelivered,
    AlertRaised,
    EngineStateChanged,
    EngineStopped,
    ErrorRecorded,
    Fact,
    OrderChanged,
    OrderFilled,
)
from genesis.core.models import EngineState, Knowledge, Order, OrderState, PendingAction
from genesis.core.settings import TimingSettings
from genesis.engine import redundancy
from genesis.engine.alerting import raised
from genesis.engine.callers import Callers, LoopEnded
from genesis.engine.engine import TradingEngine
from genesis.engine.inbox import Inbox
from genesis.engine.outbox import Outbox
from genesis.engine.ports import Alerts, Clock, Committed, Gateway, Gauge, Journal, Mirror, Shown
from genesis.engine.snapshot_times import SnapshotTimes
from genesis.engine.vigil import Vigil

TICK_S: Final = 0.1
MOST_UNWRITTEN: Final = 50_000
"""With more facts than this waiting for the disk, no further event is decided until a commit returns."""
GRACE_MS: Final = 1_500
"""How much longer than `shutdown_ms` a shutdown may take before the process ends without it: 10 s in all by default."""
HURRY_S: Final = 2.0
LAST_WORDS_S: Final = 5.0
"""How long a failed engine may take to write why."""

_Seen = list[tuple[list[Fact], Now]]


class EngineLoop:
    """Runs in one event loop. `submit` is the sink of every adapter."""

    def __init__(
        self,
        *,
        engine: TradingEngine,
        journal: Journal,
        clock: Clock,
        timing: TimingSettings,
        gauge: Gauge,
        alerts: Alerts,
        mirror: Mirror | None = None,
    ) -> None:
        self.engine = engine
        self.journal = journal
        self.visible_state = EngineState.STARTING
        """The engine's state as of the last durable batch: what may be told to the outside."""
        self.redundancy = StandbysSeen(standbys=0, required=0)
        """Synchronous standbys of the database, as last seen, and how many the configuration asks for."""
        self.callers = Callers(self.submit)
        self._durable_state = engine.state.engine_state
        self._clock = clock
        self._timing = timing
        self._gauge = gauge
        self._mirror = mirror
        self._log = structlog.get_logger("loop")
        self._alerts = alerts
        self._outbox = Outbox(engine, self.callers, self.now, self.submit, alerts)
        self._inbox = Inbox(engine.settings.market.buffered_trades)
        self._waiting: list[Command] = []
        self._seen: _Seen = []
        self._scheduled = True  # nothing is decided before `run`
        self._snapshots = SnapshotTimes(timing, journal.head.seq, clock.mono_ns())
        self._vigil = Vigil(self.now())
        self._told_missing = False
        self._exit_code: int | None = None
        self._failure: BaseException | None = None
        self._stopping = False
        self._ended = False
        self._booted: Callable[[], object] | None = None
        self._finished: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    # -- what adapters and the control API use -----------------------------------------------------------------

    def submit(self, event: Event) -> None:
        """Queue an event; it is decided in a later turn. Never blocks or raises; after the end it does nothing."""
        if self._ended:
            return
        self._guarded(self._inbox.put, event)
        self._schedule()

    async def durable(self) -> None:
        """Wait until every fact that the state has folded by now is on disk: no answer leaves before (I16).

        Raises:
            LoopEnded: that will not happen any more.
        """
        target = self.journal.recorded
        await self.callers.until(lambda: self.journal.head.seq >= target)

    def report(self, detail: str) -> None:
        """Record a failure outside the loop, of the control API: it costs an answer, not the engine."""
        if not self._ended and self._failure is None:
            self._guarded(self._note, [ErrorRecorded(code=INTERNAL, detail=detail)], self.now())
            self._schedule()

    def alert(self, severity: str, text: str) -> None:
        """Raise an alert of the shell's own; it leaves once it is durable."""
        if not self._ended and self._failure is None:
            fact = raised(severity, text, self.now())
            self._guarded(self._note, [fact], self.now())
            if fact.alert_id in self.engine.state.alerts:
                self._waiting.append(Alert(severity=severity, text=text, alert_id=fact.alert_id))
            self._schedule()

    def note(self, fact: Fact) -> None:
        """Record what the shell has seen."""
        if not self._ended and self._failure is None:
            self._guarded(self._note, [fact], self.now())
            self._schedule()

    def standbys(self, found: int, required: int) -> None:
        """How many synchronous standbys the database has now. Too few are told at once: what is recorded may wait for one."""
        if self._ended or self._failure is not None:
            return
        missing = found < required
        self.redundancy = StandbysSeen(standbys=found, required=required)
        if missing and not self._told_missing:
            self._guarded(self._alarm, NO_STANDBY, f"{redundancy.told(self.redundancy)}: entries stop")
        self._told_missing = missing
        self.submit(self.redundancy)

    def superseded(self, reason: str) -> None:
        """Another engine has taken over: nothing is written and nothing leaves any more."""
        if not self._ended and self._failure is None:
            self._guarded(self._journal_lost, reason)

    def _delivered(self, alert: AlertRaised, sink: str) -> None:
        """What is not recorded any more is delivered once more by the next process."""
        self.note(AlertDelivered(alert_id=alert.alert_id, sink=sink, correlation_id=alert.alert_id))

    @property
    def gateways(self) -> Mapping[str, Gateway]:
        """The venues' gateways by name, from `run` on."""
        return self._outbox.gateways

    def now(self) -> Now:
        """The instant, on both clocks."""
        return Now(self._clock.wall_ms(), self._clock.mono_ns())

    @property
    def trouble(self) -> str:
        """Why the database is late or lost, "" = it is neither."""
        return self._vigil.trouble

    @property
    def idle(self) -> bool:
        """Nothing waits to be decided, to be written or to leave."""
        return not (len(self._inbox) or self.journal.busy or self.journal.unwritten or self._waiting)

    @property
    def overloaded(self) -> bool:
        """Whether another signal has to be refused."""
        return self._inbox.full

    @property
    def trades_dropped(self) -> int:
        """How many public trades were dropped because more came than could be handled."""
        return self._inbox.trades_dropped

    @property
    def ticks_shed(self) -> int:
        """How many public trades strategies were not asked about, because they had waited too long."""
        return self.engine.runtime.ticks_shed

    def in_flight(self) -> list[Order]:
        """Orders about which something was asked of the venue and no final answer came."""
        orders = self.engine.state.open.by_id.values()
        return [order for order in orders if order.pending is not PendingAction.NONE or order.knowledge is Knowledge.UNKNOWN]

    # -- life ---------------------------------------------------------------------------------------------------

    async def run(
        self,
        boot: Event,
        gateways: Iterable[Gateway],
        booted: Callable[[], object] | None = None,
        leaving: Callable[[], Awaitable[object]] | None = None,
    ) -> int:
        """Handle events until the engine says to leave; the exit code of the process. `booted` is called once, when the facts of the
        boot are durable; `leaving` at the end, before the journal closes: who still reads the database would keep its WAL alive."""
        self._booted = booted
        self._outbox.connect(gateways)
        asyncio.get_running_loop().set_exception_handler(self._task_failed)
        self._scheduled = False
        self._alerts.start(self._delivered)
        for alert in list(self.engine.state.alerts.values()):
            self._alerts.send(alert)  # they are durable: nobody had them when the process before this one ended
        self.submit(boot)
        self._tick()
        code = EXIT_HALTED
        try:
            await self._outbox.open()
            code = await self._finished
        finally:
            self._ended = True
            self.callers.dismiss()
            await asyncio.gather(self._outbox.close(), self._alerts.close())
            if leaving is not None:
                await leaving()
            await self.journal.close(clean=code in (EXIT_OK, EXIT_REMAINS))
            if self.journal.trouble:
                self._alarm(ROLLBACK, f"the journal closed without its anchor or with a WAL: {self.journal.trouble}")
        return code

    def stop(self, reason: str) -> None:
        """SIGTERM, SIGINT or SIGHUP. The first asks for a graceful shutdown (R29), the second leaves without waiting (CP-D4)."""
        if not self._stopping:
            self._stopping = True
            hooks.reached("CP-D1")
            self._log.info("stopping", reason=reason)
            self.submit(StopRequested(reason=reason))
            overdue_s = (self._timing.shutdown_ms + GRACE_MS) / 1_000
            asyncio.get_running_loop().call_later(overdue_s, self._overdue)
            return
        hooks.reached("CP-D4")
        self._log.warning("second stop: leaving without waiting", reason=reason)
        self._leave_at_once(EXIT_HURRIED)

    def _overdue(self) -> None:
        if not self._finished.done():
            waits = self.trouble or ("for the database" if self.journal.busy else "")
            self._log.critical("the shutdown is overdue: leaving without it", shutdown_ms=self._timing.shutdown_ms, waits=waits)
            self._leave_at_once(EXIT_DATABASE if waits else EXIT_HALTED)

    def _leave_at_once(self, code: int) -> None:
        """Decide nothing more; a batch that is being written may end, for a bounded time."""
        self._ended = True
        self.journal.hurry()
        if self.journal.busy:
            asyncio.get_running_loop().call_later(HURRY_S, self._finish, code)
            self._exit_code = code
        else:
            self._finish(code)

    def _finish(self, code: int) -> None:
        self._ended = True
        if not self._finished.done():
            self._finished.set_result(code)
        self.callers.notify()

    # -- decide -------------------------------------------------------------------------------------------------

    def _schedule(self) -> None:
        if not self._scheduled and not self._ended:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._guarded, self._turn)

    def _tick(self) -> None:
        """The shell's 100 ms: a timer event, and a look at how long the disk takes."""
        if self._ended:
            return
        self._guarded(self._look_around)
        self.submit(TimerFired())
        asyncio.get_running_loop().call_later(TICK_S, self._tick)

    def _turn(self) -> None:
        self._scheduled = False
        if self._failure is not None or self._ended or self.journal.unwritten > MOST_UNWRITTEN:
            return
        for event in self._inbox.take():
            if self._exit_code is not None:
                break  # the last fact is recorded; what comes later is read from the venue at the next start
            self._decide(event)
        self._pump()
        self.callers.notify()
        if len(self._inbox):
            self._schedule()

    def _decide(self, event: Event) -> None:
        now = self.now()
        decision = self.engine.handle(event, now)
        commands, alerts = self._with_ids(decision.commands, now)
        facts = _joined(decision.facts, alerts)
        if facts:
            self.journal.record(facts, now)
            self._seen.append((facts, now))
        for command in commands:
            if isinstance(command, ExitProcess):
                self._exit_code = command.code
                self._snapshots.wanted = True
            elif isinstance(command, TakeSnapshot):
                self._snapshots.wanted = True
            else:
                self._waiting.append(command)

    def _with_ids(self, commands: Sequence[Command], now: Now) -> tuple[list[Command], list[Fact]]:
        """The commands with their alerts named, and the facts by which these survive until a sink has them."""
        named: list[Command] = []
        facts: list[Fact] = []
        for command in commands:
            if isinstance(command, Alert):
                fact = raised(command.severity, command.text, now)
                self.engine.state.apply(fact)
                facts.append(fact)
                named.append(msgspec.structs.replace(command, alert_id=fact.alert_id))
            else:
                named.append(command)
        return named, facts

    # -- commit -------------------------------------------------------------------------------------------------

    def _pump(self) -> None:
        """Cut and write the filling batch, unless one is being written; without facts the commands may leave at once."""
        if self.journal.busy or self._failure is not None:
            return
        if self.journal.unwritten or self._snapshots.wanted:
            self._cut()
        elif self._waiting:
            commands, self._waiting = self._waiting, []
            self._outbox.release(commands)
        elif self._exit_code is not None:
            self._finish(self._exit_code)

    def _cut(self) -> None:
        snapshot = self._snapshots.take(self.journal.recorded, self._clock.mono_ns())
        state = self.engine.state
        commands, self._waiting = self._waiting, []
        seen, self._seen = self._seen, []
        shown = self._mirror.cut(state) if self._mirror is not None else ()
        self._vigil.cut(self.now())
        self.journal.commit(
            state,
            snapshot=snapshot,
            done=partial(self._guarded, self._committed, state.engine_state, commands, seen, shown),
        )

    def _committed(self, state: EngineState, commands: list[Command], seen: _Seen, shown: Sequence[Shown], outcome: Committed) -> None:
        if outcome.failure:
            self._journal_lost(outcome.failure)
            return
        if outcome.snapshot_failure:
            self._alarm(ROLLBACK, f"no snapshot or no anchor, trading goes on: {outcome.snapshot_failure}")
        self._durable_state = state
        if self._failure is not None:
            self._last_words()
            return
        self.visible_state = state
        if self._booted is not None:
            booted, self._booted = self._booted, None
            booted()
        if state is EngineState.STOPPING and hooks.active():
            self._ends_while_stopping(seen)
        self._show(seen, shown)
        if self._ended:
            self._finish(self._exit_code if self._exit_code is not None else EXIT_HALTED)
            return
        now = self.now()
        self._note(self._vigil.over(now), now)
        if outcome.tried:
            self._note(self._vigil.snapshots(outcome.snapshot_failure), now)
        self._outbox.release(commands)
        self._pump()
        self.callers.notify()
        if len(self._inbox):
            self._schedule()

    def _show(self, seen: _Seen, shown: Sequence[Shown]) -> None:
        """What is durable may be counted and cached."""
        for facts, now in seen:
            self._gauge.seen(facts, now)
        if self._mirror is not None:
            if hooks.active() and any(isinstance(fact, OrderFilled) for facts, _ in seen for fact in facts):
                hooks.reached("CP-K1")
            self._mirror.durable(shown)

    def _ends_while_stopping(self, seen: _Seen) -> None:
        """An order has ended in the shutdown and others are still open."""
        ended = any(isinstance(fact, OrderChanged) and OrderState(fact.after).terminal for facts, _ in seen for fact in facts)
        if ended and any(not order.rests_as_stop for order in self.engine.state.open.by_id.values()):
            hooks.reached("CP-D2")

    def _look_around(self) -> None:
        """See whether the disk is late, and whether somebody moved the wall clock."""
        now = self.now()
        if self._failure is not None:
            return
        if self.journal.busy and self._vigil.late(self.journal.trouble, now):
            code = DATABASE_LOCKED if self.trouble.startswith("locked") else ROLLBACK
            self._alarm(code, f"the database is late, nothing leaves meanwhile: {self.trouble}")
        self._note(self._vigil.wall_moved(now), now)
        grown = self._vigil.log(self.journal.log_trouble)
        if grown and self._vigil.log_trouble:
            self._alarm(DATABASE_LOCKED, self._vigil.log_trouble)
        self._note(grown, now)

    def _alarm(self, code: str, text: str) -> None:
        """What an operator must hear of the database; it cannot wait until that can be written."""
        alert = raised("critical", f"{code}: {text}", self.now())
        if not self._ended:
            self._note([alert], self.now())
        self._outbox.tell(alert)

    def _note(self, facts: list[Fact], now: Now) -> None:
        """Facts of the shell itself: folded and recorded like the engine's; none after its last one."""
        if not facts or self._exit_code is not None:
            return
        for fact in facts:
            self.engine.state.apply(fact)
        self.journal.record(facts, now)
        self._seen.append((facts, now))

    # -- failures -----------------------------------------------------------------------------------------------

    def _guarded(self, step: Callable[..., None], *arguments: Any) -> None:
        """Whatever a step of the loop raises is a programmer's failure: it becomes a fact, HALTED, and exit code 7."""
        try:
            step(*arguments)
        except Exception as error:  # noqa: BLE001 - recorded below, never swallowed
            self._log.exception("internal failure", code=INTERNAL)
            self._fail(error)

    def _task_failed(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if isinstance(error, Exception):
            self._log.error("a task failed", code=INTERNAL, message=context.get("message"), exc_info=error)
            self._fail(error)
        else:
            loop.default_exception_handler(context)

    def _fail(self, error: BaseException) -> None:
        """The state in memory may be half changed: nothing of it is written and nothing leaves any more."""
        if self._failure is not None or self._finished.done():
            return
        self._failure = error
        self._waiting = []
        self.visible_state = EngineState.HALTED
        self.callers.dismiss()
        asyncio.get_running_loop().call_later(LAST_WORDS_S, self._finish, EXIT_HALTED)
        if not self.journal.busy:
            self._last_words()

    def _last_words(self) -> None:
        text = f"{type(self._failure).__name__}: {self._failure}"[:500]
        alert = raised("critical", f"{INTERNAL}: the engine halts: {text}", self.now())
        before = str(self._durable_state)  # of what was decided since, nothing is written
        facts: list[Fact] = [alert, ErrorRecorded(code=INTERNAL, detail=text)]
        if before != EngineState.HALTED:
            facts.append(EngineStateChanged(before=before, after=EngineState.HALTED.value, reason="internal failure"))
        self._outbox.tell(alert)  # it cannot wait: the process ends; the next one tells it again
        self.journal.record_last_words(facts, self.now(), lambda _outcome: self._finish(EXIT_HALTED))

    def _journal_lost(self, reason: str) -> None:
        """Without a journal nothing may leave: drop the memory, end the process; the next start folds what is on disk."""
        if self._ended and self._exit_code is not None:
            self._finish(self._exit_code)
            return
        superseded = SUPERSEDED in reason
        self._log.critical("the journal is lost: leaving", code=SUPERSEDED if superseded else ROLLBACK, reason=reason)
        self._vigil.trouble = reason
        self._failure = LoopEnded(reason)
        self.visible_state = EngineState.HALTED
        self.callers.dismiss()
        self._finish(EXIT_SUPERSEDED if superseded else EXIT_DATABASE)


def _joined(facts: list[Fact], alerts: list[Fact]) -> list[Fact]:
    """A decision's facts with its alerts; that the engine has stopped stays the last one of all."""
    if facts and isinstance(facts[-1], EngineStopped):
        return [*facts[:-1], *alerts, facts[-1]]
    return [*facts, *alerts]

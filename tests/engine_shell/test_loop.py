"""Decide, commit, act: order of things, priorities, second look, failures, stops. A real journal, a dictated engine."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from genesis.clock import SystemClock
from genesis.core.commands import Alert, CancelOrder, Command, ExitProcess, PlaceOrder, Reply, TakeSnapshot
from genesis.core.errors import EXIT_DATABASE, EXIT_HURRIED
from genesis.core.events import (
    BookChanged,
    BookLost,
    EngineBooted,
    Event,
    MarketTrade,
    Now,
    OperatorAction,
    OrderSent,
    SendRefused,
    StopRequested,
    TimerFired,
)
from genesis.core.facts import ConditionChanged, EngineStopped, Fact, OrderIntended
from genesis.core.models import EngineState, TopOfBook
from genesis.core.settings import TimingSettings
from genesis.data.audit import audit
from genesis.engine import loop as loop_module
from genesis.engine.callers import LoopEnded, Unanswered
from genesis.engine.inbox import HIGH_PER_TURN, TRADES_PER_TURN, Inbox, InboxOverflow
from genesis.engine.loop import EngineLoop
from genesis.engine.ports import Mirror
from genesis.engine.vigil import Vigil
from genesis.monitoring.metrics import Metrics
from tests.engine_shell.support import (
    SYMBOL,
    VENUE,
    Book,
    NotedAlerts,
    NotedGateway,
    ObedientEngine,
    an_order,
    life_of_an_order,
    opening_facts,
)

BOOT = EngineBooted(epoch=1, version="test", config_digest="0" * 64, test_hooks=False)
Answer = Callable[[Event, Now], tuple[list[Fact], list[Command]]]


class Scene:
    """A loop that runs on a real journal, with what went through it."""

    def __init__(self, directory: Path, answer: Answer, timing: TimingSettings, mirror: Mirror | None = None) -> None:
        self.book = Book(directory)
        self.events: list[Event] = []
        self.engine = ObedientEngine(self.book.state, self._answer)
        self._rest = answer
        clock = SystemClock()
        self.alerts = NotedAlerts()
        engine: Any = self.engine
        self.loop = EngineLoop(
            engine=engine,
            journal=self.book.journal,
            clock=clock,
            timing=timing,
            gauge=Metrics(),
            alerts=self.alerts,
            mirror=mirror,
        )
        self.reader = sqlite3.connect(self.book.path)
        self.gateway = NotedGateway(self.durable_seq)
        self.running = asyncio.ensure_future(self.loop.run(BOOT, [self.gateway]))

    def durable_seq(self) -> int:
        """The end of the journal as another process would read it."""
        number: int = self.reader.execute("SELECT coalesce(max(seq), 0) FROM events").fetchone()[0]
        return number

    def _answer(self, event: Event, now: Now) -> tuple[list[Fact], list[Command]]:
        self.events.append(event)
        if isinstance(event, EngineBooted):
            return opening_facts(), []
        if isinstance(event, StopRequested):
            return [EngineStopped(digest=self.book.state.digest(), clean=True)], [ExitProcess(code=0)]
        return self._rest(event, now)

    async def until(self, reached: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            await self.loop.callers.until(reached)

    async def up(self) -> None:
        await self.until(lambda: self.book.journal.head.seq >= len(opening_facts()) and self.loop.idle)

    async def code(self) -> int:
        async with asyncio.timeout(15):
            return await self.running


def silence(_event: Event, _now: Now) -> tuple[list[Fact], list[Command]]:
    return [], []


@asynccontextmanager
async def scene(
    directory: Path, answer: Answer = silence, timing: TimingSettings | None = None, mirror: Mirror | None = None
) -> AsyncIterator[Scene]:
    made = Scene(directory, answer, timing or TimingSettings(), mirror)
    try:
        yield made
        if not made.running.done():
            made.loop.stop("SIGTERM")
            await made.code()
    finally:
        if not made.running.done():
            made.running.cancel()
        made.reader.close()


def placing(event: Event, _now: Now) -> tuple[list[Fact], list[Command]]:
    """An operator's action of any name places order 1, or more for a number."""
    if not isinstance(event, OperatorAction):
        return [], []
    order = an_order(int(event.action))
    return (
        [OrderIntended(correlation_id=order.correlation_id, order=order)],
        [PlaceOrder(order=order), Reply(reply_to=event.reply_to, status=201, body={"client_order_id": order.client_order_id})],
    )


async def test_no_order_leaves_before_its_intent_is_on_disk(tmp_path: Path) -> None:
    async with scene(tmp_path, placing) as made:
        replies = await asyncio.gather(
            *(made.loop.callers.ask(lambda to, n=n: OperatorAction(action=str(n), reply_to=to)) for n in range(1, 30))  # type: ignore[misc]
        )
        assert [reply.status for reply in replies] == [201] * 29
        intents = dict(
            made.reader.execute("SELECT json_extract(payload, '$.order.client_order_id'), seq FROM events WHERE kind = 'OrderIntended'")
        )
        placed = [(order, seq) for what, order, seq in made.gateway.calls if what == "place"]
        assert len(placed) == len(intents) == 29
        for order, durable_when_placed in placed:
            assert intents[order] <= durable_when_placed


async def test_while_one_batch_is_written_the_next_fills(tmp_path: Path) -> None:
    async with scene(tmp_path, placing) as made:
        await made.up()
        before = made.reader.execute("SELECT count(*) FROM commits").fetchone()[0]
        await asyncio.gather(
            *(made.loop.callers.ask(lambda to, n=n: OperatorAction(action=str(n), reply_to=to)) for n in range(1, 201))  # type: ignore[misc]
        )
        await made.up()
        assert made.reader.execute("SELECT count(*) FROM commits").fetchone()[0] - before < 20


async def test_a_refused_second_look_becomes_an_event_and_nothing_is_sent(tmp_path: Path) -> None:
    async with scene(tmp_path, placing) as made:
        made.engine.refusal = "older than 500 ms"
        await made.loop.callers.ask(lambda to: OperatorAction(action="1", reply_to=to))
        await made.until(lambda: any(isinstance(event, SendRefused) for event in made.events))
        assert made.gateway.calls == []


async def test_while_the_database_is_locked_nothing_leaves_and_the_engine_says_so(tmp_path: Path) -> None:
    async with scene(tmp_path, placing) as made:
        await made.up()
        rival = sqlite3.connect(made.book.path, isolation_level=None)
        rival.execute("BEGIN IMMEDIATE")
        asked = asyncio.ensure_future(made.loop.callers.ask(lambda to: OperatorAction(action="1", reply_to=to)))
        await made.until(lambda: bool(made.loop.trouble))
        assert made.loop.trouble.startswith("locked")
        assert not asked.done()
        assert made.gateway.calls == []
        rival.execute("ROLLBACK")
        rival.close()
        assert (await asyncio.wait_for(asked, 10)).status == 201
        await made.until(lambda: made.book.state.conditions.get("database") == "UP" and made.loop.idle)
        assert made.loop.trouble == ""
        found = made.reader.execute("SELECT json_extract(payload, '$.state') FROM events WHERE kind = 'ConditionChanged' ORDER BY seq")
        assert [state for (state,) in found] == ["DOWN", "UP"]
        assert [what for what, _, _ in made.gateway.calls] == ["place"]


def alerting(event: Event, _now: Now) -> tuple[list[Fact], list[Command]]:
    """An operator's action raises an alert of that text."""
    if not isinstance(event, OperatorAction):
        return [], []
    return [], [Alert(severity="critical", text=event.action), Reply(reply_to=event.reply_to, status=200, body={})]


def alerts_on_record(made: Scene, kind: str) -> list[str]:
    rows = made.reader.execute("SELECT json_extract(payload, '$.alert_id') FROM events WHERE kind = ? ORDER BY seq", (kind,))
    return [alert_id for (alert_id,) in rows]


async def test_an_alert_is_on_record_before_it_leaves_and_delivered_once_a_sink_has_it(tmp_path: Path) -> None:
    async with scene(tmp_path, alerting) as made:
        made.alerts.deliver = True
        await made.loop.callers.ask(lambda to: OperatorAction(action="GENESIS-2901: open", reply_to=to))
        await made.until(lambda: not made.book.state.alerts and made.loop.idle)
        (sent,) = made.alerts.sent
        assert (sent.code, sent.text) == ("GENESIS-2901", "GENESIS-2901: open")
        assert alerts_on_record(made, "AlertRaised") == [sent.alert_id]
        assert alerts_on_record(made, "AlertDelivered") == [sent.alert_id]


async def test_an_alert_that_no_sink_has_is_sent_again_by_the_next_process_under_its_id(tmp_path: Path) -> None:
    async with scene(tmp_path, alerting) as made:
        await made.loop.callers.ask(lambda to: OperatorAction(action="one", reply_to=to))
        await made.until(lambda: bool(made.alerts.sent))
        (first,) = made.alerts.sent
    assert made.alerts.closed
    async with scene(tmp_path, alerting) as again:
        await again.until(lambda: bool(again.alerts.sent))
        assert again.alerts.sent == [first]
        again.alerts.deliver = True
        await again.loop.callers.ask(lambda to: OperatorAction(action="two", reply_to=to))
        await again.until(lambda: list(again.book.state.alerts) == [first.alert_id])


async def test_that_the_database_is_late_is_told_at_once(tmp_path: Path) -> None:
    async with scene(tmp_path, placing) as made:
        await made.up()
        rival = sqlite3.connect(made.book.path, isolation_level=None)
        rival.execute("BEGIN IMMEDIATE")
        asked = asyncio.ensure_future(made.loop.callers.ask(lambda to: OperatorAction(action="1", reply_to=to)))
        await made.until(lambda: bool(made.alerts.sent))
        assert not asked.done()
        assert made.alerts.sent[0].text.startswith("GENESIS-3501: the database is late")
        rival.execute("ROLLBACK")
        rival.close()
        await asyncio.wait_for(asked, 10)


async def test_an_exception_in_a_decision_is_recorded_and_ends_with_exit_code_7(tmp_path: Path) -> None:
    def failing(event: Event, now: Now) -> tuple[list[Fact], list[Command]]:
        if isinstance(event, OperatorAction):
            raise ZeroDivisionError("a programmer's failure")
        return [], []

    async with scene(tmp_path, failing) as made:
        await made.up()
        with pytest.raises(LoopEnded):
            await made.loop.callers.ask(lambda to: OperatorAction(action="1", reply_to=to))
        assert made.loop.visible_state is EngineState.HALTED
        assert await made.code() == 7
        last = made.reader.execute("SELECT kind, payload FROM events ORDER BY seq DESC LIMIT 2").fetchall()
        assert [kind for kind, _ in last] == ["EngineStateChanged", "ErrorRecorded"]
        assert "ZeroDivisionError: a programmer's failure" in last[1][1]
    assert audit(made.book.path).violations == []


async def test_last_words_name_the_state_that_is_on_disk(tmp_path: Path) -> None:
    """What was decided since is dropped: a change of state among it never was."""

    async with scene(tmp_path) as made:
        await made.up()
        durable = str(made.loop.visible_state)

        def failing(event: Event, now: Now) -> tuple[list[Fact], list[Command]]:
            if isinstance(event, OperatorAction):
                made.book.state.engine_state = EngineState.DEGRADED  # as a fact that is dropped would have left it
                raise ValueError("after a change of state")
            return [], []

        made._rest = failing
        made.loop.submit(OperatorAction(action="1", reply_to=0))
        assert await made.code() == 7
        (last,) = made.reader.execute("SELECT payload FROM events WHERE kind = 'EngineStateChanged' ORDER BY seq DESC LIMIT 1").fetchone()
        assert json.loads(last)["before"] == durable


async def test_who_waited_for_an_answer_is_told_that_nobody_knows(tmp_path: Path) -> None:
    def failing(event: Event, now: Now) -> tuple[list[Fact], list[Command]]:
        if isinstance(event, OperatorAction):
            raise ZeroDivisionError
        return [], []

    async with scene(tmp_path, failing) as made:
        await made.up()
        with pytest.raises(Unanswered):
            await made.loop.callers.ask(lambda to: OperatorAction(action="1", reply_to=to))
        with pytest.raises(LoopEnded) as later:
            await made.loop.callers.ask(lambda to: OperatorAction(action="1", reply_to=to))
        assert not isinstance(later.value, Unanswered), "nothing was asked any more"


async def test_what_was_half_changed_in_memory_is_never_written(tmp_path: Path) -> None:
    async with scene(tmp_path) as made:
        await made.up()

        def half(event: Event, now: Now) -> tuple[list[Fact], list[Command]]:
            if isinstance(event, OperatorAction):
                made.book.state.apply(life_of_an_order(1)[0])
                raise ValueError("after the first of two facts")
            return [], []

        made._rest = half
        made.loop.submit(OperatorAction(action="1", reply_to=0))
        assert await made.code() == 7
        assert made.reader.execute("SELECT count(*) FROM orders").fetchone() == (0,)
    assert audit(made.book.path).violations == []


async def test_a_failed_task_of_an_adapter_halts_too(tmp_path: Path) -> None:
    async with scene(tmp_path) as made:
        await made.up()

        async def adapter() -> None:
            raise RuntimeError("nobody awaits me")

        task = asyncio.ensure_future(adapter())
        await asyncio.wait([task])
        failure = task.exception()
        asyncio.get_running_loop().call_exception_handler({"message": "a task failed", "exception": failure})
        assert await made.code() == 7


async def test_a_lost_journal_ends_with_exit_code_4(tmp_path: Path) -> None:
    async with scene(tmp_path, placing) as made:
        await made.up()
        rival = sqlite3.connect(made.book.path, isolation_level=None)
        rival.execute("DROP TRIGGER events_chain")
        rival.execute("INSERT INTO events SELECT seq + 1, epoch, 1, 1, kind, '', payload, hash, 'x' FROM events ORDER BY seq DESC LIMIT 1")
        rival.close()
        with pytest.raises(LoopEnded):
            await made.loop.callers.ask(lambda to: OperatorAction(action="1", reply_to=to))
        assert await made.code() == 4
        assert made.gateway.calls == []


async def test_a_stop_ends_with_snapshot_anchor_and_code_0(tmp_path: Path) -> None:
    async with scene(tmp_path) as made:
        await made.up()
        made.loop.stop("SIGTERM")
        assert await made.code() == 0
        seq, digest = made.reader.execute("SELECT seq, digest FROM snapshots").fetchone()
        assert seq == made.durable_seq()
        assert digest == made.book.state.digest()
        assert '"reason":"stop"' in made.book.anchor.read_text().splitlines()[-1]


async def test_without_its_anchor_trading_goes_on_and_says_so(tmp_path: Path) -> None:
    """What is missing is who would notice that the journal's end was cut off; the facts are durable without it."""
    async with scene(tmp_path, placing) as made:
        await made.up()
        aside = tmp_path / "aside"
        made.book.anchor.rename(aside)
        made.book.anchor.mkdir()
        made.loop._snapshots.wanted = True
        assert (await made.loop.callers.ask(lambda to: OperatorAction(action="1", reply_to=to))).status == 201
        await made.until(lambda: "snapshots" in made.book.state.conditions and made.loop.idle)
        assert made.book.state.conditions["snapshots"] == "DOWN"
        made.book.anchor.rmdir()
        aside.rename(made.book.anchor)
        made.loop._snapshots.wanted = True
        assert (await made.loop.callers.ask(lambda to: OperatorAction(action="2", reply_to=to))).status == 201
        await made.until(lambda: made.book.state.conditions["snapshots"] == "UP")
    assert audit(made.book.path).violations == []


async def test_nothing_is_decided_after_the_last_fact(tmp_path: Path) -> None:
    def cancelling(event: Event, _now: Now) -> tuple[list[Fact], list[Command]]:
        if isinstance(event, OrderSent):
            return [], [CancelOrder(venue=VENUE, symbol=SYMBOL, client_order_id="x", cancel_id="y")]
        return [], []

    async with scene(tmp_path, cancelling) as made:
        await made.up()
        made.loop.stop("SIGTERM")
        made.loop.submit(OrderSent(client_order_id="x", signed_ms=1))
        assert await made.code() == 0
        assert made.gateway.calls == []
        assert made.reader.execute("SELECT kind FROM events ORDER BY seq DESC LIMIT 1").fetchone() == ("EngineStopped",)


async def test_a_second_stop_does_not_wait(tmp_path: Path) -> None:
    async with scene(tmp_path) as made:
        await made.up()
        rival = sqlite3.connect(made.book.path, isolation_level=None)
        rival.execute("BEGIN IMMEDIATE")
        made.loop.stop("SIGTERM")
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        made.loop.stop("SIGTERM")
        assert await made.code() == EXIT_HURRIED
        rival.close()
    assert audit(made.book.path).violations == []


async def test_an_overdue_shutdown_ends_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop_module, "GRACE_MS", 50)

    async with scene(tmp_path, timing=TimingSettings(shutdown_ms=1)) as made:
        await made.up()
        made.engine._answer = silence  # an engine that never says ExitProcess
        made.loop.stop("SIGTERM")
        assert await made.code() == 7


async def test_a_shutdown_that_the_database_does_not_let_end_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop_module, "GRACE_MS", 50)

    async with scene(tmp_path, timing=TimingSettings(shutdown_ms=1)) as made:
        await made.up()
        rival = sqlite3.connect(made.book.path, isolation_level=None)
        rival.execute("BEGIN IMMEDIATE")
        made.loop.stop("SIGTERM")
        assert await made.code() == EXIT_DATABASE
        rival.close()
    assert audit(made.book.path).violations == []


async def test_snapshots_come_by_number_of_facts_and_by_command(tmp_path: Path) -> None:
    def busy(event: Event, _now: Now) -> tuple[list[Fact], list[Command]]:
        if not isinstance(event, OperatorAction):
            return [], []
        return life_of_an_order(int(event.action)), [TakeSnapshot()] if event.action == "9" else []

    async with scene(tmp_path, busy, TimingSettings(snapshot_every_facts=8, snapshot_every_ms=10**7)) as made:
        for number in (1, 2, 3, 9):
            made.loop.submit(OperatorAction(action=str(number), reply_to=0))
            await made.until(lambda number=number: f"gtestcase-{number}" in made.book.state.orders and made.loop.idle)  # type: ignore[misc]
        assert [seq for (seq,) in made.reader.execute("SELECT seq FROM snapshots ORDER BY 1")] == [8, 16, 20]


def test_a_moved_wall_clock_is_recorded_and_a_waiting_disk_is_not_mistaken_for_it() -> None:
    vigil = Vigil(Now(wall_ms=1_000_000, mono_ns=0))
    assert vigil.wall_moved(Now(1_000_100, 100_000_000)) == []
    moved = vigil.wall_moved(Now(997_200, 200_000_000))
    assert [(fact.name, fact.state, fact.detail) for fact in moved if isinstance(fact, ConditionChanged)] == [
        ("wall-clock", "MOVED", "by -3000 ms")
    ]
    assert vigil.wall_moved(Now(1_057_200, 60_200_000_000)) == []


def test_a_disk_that_does_not_answer_is_told_once_and_when_it_is_over() -> None:
    vigil = Vigil(Now(0, 0))
    vigil.cut(Now(0, 0))
    assert not vigil.late("", Now(0, 1_900_000_000))
    assert vigil.late("", Now(0, 2_100_000_000))
    assert not vigil.late("", Now(0, 2_200_000_000))
    assert vigil.trouble == "no answer from the disk for 2200 ms"
    over = vigil.over(Now(0, 2_500_000_000))
    assert [(fact.state, fact.detail) for fact in over if isinstance(fact, ConditionChanged)] == [
        ("DOWN", "no answer from the disk for 2200 ms"),
        ("UP", "after 2500 ms"),
    ]
    assert vigil.over(Now(0, 3_000_000_000)) == []


def test_snapshots_that_fail_are_told_once_and_when_they_succeed_again() -> None:
    vigil = Vigil(Now(0, 0))
    told = [vigil.snapshots(failure) for failure in ("", "disk", "disk", "", "")]
    states = [[(fact.name, fact.state, fact.detail) for fact in facts if isinstance(fact, ConditionChanged)] for facts in told]
    assert states == [[], [("snapshots", "DOWN", "disk")], [], [("snapshots", "UP", "")], []]


def top(update_id: int) -> BookChanged:
    price = Decimal(100)
    return BookChanged(
        top=TopOfBook(
            venue=VENUE, symbol=SYMBOL, bid=price, bid_quantity=price, ask=price, ask_quantity=price, update_id=update_id, received_ns=1
        )
    )


def test_priorities_and_conflation() -> None:
    inbox = Inbox(most_trades=2)
    trades = [
        MarketTrade(venue=VENUE, symbol=SYMBOL, price=Decimal(1), quantity=Decimal(1), venue_time_ms=1, trade_id=number)
        for number in (1, 2, 3)
    ]
    sent = [OrderSent(client_order_id=str(number), signed_ms=number) for number in range(3)]
    lost = BookLost(venue=VENUE, symbol=SYMBOL, reason="gap")
    stop = StopRequested(reason="SIGTERM")
    for event in (TimerFired(), top(1), trades[0], sent[0], lost, TimerFired(), trades[1], sent[1], stop, top(9), sent[2]):
        inbox.put(event)
    assert inbox.take() == [stop, lost, *sent, *trades[:2], top(9), TimerFired()]
    for event in (*trades, top(1), top(2), lost):
        inbox.put(event)
    assert inbox.take() == [lost, *trades[1:]]  # nothing is decided on a book that is lost; of trades the oldest is dropped
    assert inbox.trades_dropped == 1
    assert len(inbox) == 0


def test_what_is_private_has_its_turn_between_public_trades() -> None:
    """S10: a fill does not wait for thousands of trades."""
    inbox = Inbox(most_trades=10_000)
    for number in range(3 * TRADES_PER_TURN):
        trade = MarketTrade(venue=VENUE, symbol=SYMBOL, price=Decimal(1), quantity=Decimal(1), venue_time_ms=1, trade_id=number)
        inbox.put(trade)
    assert len(inbox.take()) == TRADES_PER_TURN
    sent = OrderSent(client_order_id="1", signed_ms=1)
    inbox.put(sent)
    assert inbox.take()[0] == sent
    inbox.take()
    assert (len(inbox), inbox.trades_dropped) == (0, 0)


def test_private_events_are_bounded_and_never_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("genesis.engine.inbox.MOST_PRIVATE", HIGH_PER_TURN + 10)
    inbox = Inbox(most_trades=1)
    sent = [OrderSent(client_order_id=str(number), signed_ms=number) for number in range(HIGH_PER_TURN + 10)]
    for event in sent:
        inbox.put(event)
    with pytest.raises(InboxOverflow):
        inbox.put(sent[0])
    assert inbox.take() + inbox.take() == sent

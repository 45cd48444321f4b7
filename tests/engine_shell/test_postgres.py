"""The journal on a real PostgreSQL server: the same chain and rows, one writer, and commits whose outcome nobody was told."""

from __future__ import annotations

import asyncio
import itertools
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest

from genesis import hooks
from genesis.core.errors import CommandLineError, DatabaseError
from genesis.core.events import Now
from genesis.core.facts import Fact
from genesis.core.secret import Secret
from genesis.data import migrate, statements, writer
from genesis.data.ahead import head_script
from genesis.data.audit import audit
from genesis.data.backup import backup_main
from genesis.data.ending import previous_ending
from genesis.data.postgres import copying, lease
from genesis.data.postgres.commands import audited, rebuilt
from genesis.data.postgres.connection import IndeterminateCommit, connect
from genesis.data.postgres.database import PostgresDatabase
from genesis.data.postgres.lookout import Lookout
from genesis.data.postgres.questions import asking
from genesis.data.postgres.settings import PostgresSettings, StandbySettings, from_url
from genesis.data.postgres.store import PostgresStore, placed
from genesis.data.store import JournalLost, StoreError
from genesis.engine.ports import Committed, Head
from libraries.world.deadlines import Deadline, poll
from libraries.world.ports import ReservedPorts
from libraries.world.processes import Children
from libraries.world.servers.database import Database
from libraries.world.servers.node import Wire
from libraries.world.servers.postgres import PostgresServer
from tests.engine_shell.support import life_of_an_order, opening_facts

pytestmark = pytest.mark.timeout(60)
LABELS = itertools.count(1)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    children = Children()
    running = PostgresServer("journal", children, tmp_path_factory.mktemp("server"))
    running.start(Deadline(30))
    yield running
    running.close()
    children.kill_all("end of the tests")


@pytest.fixture
def database(server: PostgresServer) -> Database:
    return server.create_database(f"journal_{next(LABELS)}")


def settings_of(database: Database, **more: Any) -> PostgresSettings:
    found = from_url(database.url, password=Secret(database.password), **more)
    assert found is not None
    return found


class Engine:
    """What `genesis.app` does with a database, without the rest of it."""

    def __init__(self, settings: PostgresSettings, folder: Path, standby: StandbySettings | None = None) -> None:
        self.database = PostgresDatabase(settings, folder / "engine.anchor", folder / "engine", standby)
        self.database.lock()
        try:
            self.recovered = self.database.recover()
        except BaseException:
            self.database.release()
            raise
        self.state = self.recovered.state
        self.journal = self.database.journal(self.recovered, asyncio.get_running_loop().call_soon_threadsafe, lambda: 0)
        self.ticks = 0

    @property
    def store(self) -> PostgresStore:
        store = self.journal._store
        assert isinstance(store, PostgresStore)
        return store

    async def write(self, facts: list[Fact], *, snapshot: bool = False) -> Committed:
        self.ticks += 1
        for fact in facts:
            self.state.apply(fact)
        self.journal.record(facts, Now(1_700_000_000_000 + self.ticks, self.ticks))
        done: asyncio.Future[Committed] = asyncio.get_running_loop().create_future()
        self.journal.commit(self.state, snapshot=snapshot, done=done.set_result)
        return await done

    async def close(self, *, clean: bool = True) -> None:
        await self.journal.close(clean=clean)
        self.database.release()


def whole(settings: PostgresSettings, target: Path) -> Path:
    """All of it as a file that the audit reads."""
    session = connect(settings)
    copying.copy_whole(session, target)
    session.close()
    return target


@pytest.fixture
async def engine(database: Database, tmp_path: Path) -> AsyncIterator[Engine]:
    running = Engine(settings_of(database), tmp_path)
    await running.write(opening_facts())
    yield running
    await running.close(clean=False)


def test_the_script_is_what_the_revisions_give() -> None:
    assert migrate.POSTGRESQL_SCRIPT.read_text(encoding="utf-8") == head_script("postgresql")


async def test_a_journal_is_written_and_found_again(database: Database, tmp_path: Path) -> None:
    settings = settings_of(database)
    engine = Engine(settings, tmp_path)
    assert (engine.recovered.head.seq, engine.journal.epoch, previous_ending(engine.recovered.connection)) == (0, 1, "first")
    await engine.write(opening_facts())
    await engine.write(life_of_an_order(1), snapshot=True)
    outcome = await engine.write(life_of_an_order(2))
    assert (outcome.head.seq, outcome.failure) == (12, "")
    digest = engine.state.digest()
    orders = await (questions := engine.database.questions()).orders(None)
    questions.close()
    assert [order["client_order_id"] for order in orders] == ["gtestcase-1", "gtestcase-2"]
    await engine.close()
    again = Engine(settings, tmp_path)
    assert (again.recovered.head, again.journal.epoch) == (outcome.head, 2)
    assert (again.state.digest(), again.recovered.instance_id) == (digest, engine.recovered.instance_id)
    assert previous_ending(again.recovered.connection) == "recovered"
    await again.close()
    report = audit(whole(settings, tmp_path / "copy.db"))
    assert (report.violations, report.events, report.counts["orders"]) == ([], 12, 2)
    assert not {path.name for path in tmp_path.iterdir()} - {"engine.anchor", "engine.anchor.last", "copy.db"}  # noqa: ASYNC240 - a test's own folder


def test_orders_of_a_state_are_searched_for_newest_first_and_never_sorted_or_scanned(database: Database) -> None:
    session = connect(settings_of(database))
    session.run(migrate.POSTGRESQL_SCRIPT.read_text(encoding="utf-8"))
    session.raw.execute("SET enable_seqscan = off")  # of a table without rows a scan is always the cheapest
    question = b"EXPLAIN (COSTS OFF) " + placed(statements.SELECT_ORDERS_IN_STATE)
    plan = "\n".join(row[0] for row in session.raw.execute(question, ("OPEN",)))
    session.close()
    assert "Index Scan Backward using orders_by_state" in plan
    assert "Sort" not in plan


async def test_a_snapshot_that_is_damaged_is_passed_over(database: Database, tmp_path: Path) -> None:
    settings = settings_of(database)
    engine = Engine(settings, tmp_path)
    await engine.write(opening_facts())
    await engine.write(life_of_an_order(1), snapshot=True)
    digest = engine.state.digest()
    await engine.close()
    with database.connect() as connection:
        connection.execute("UPDATE snapshots SET document = '{}'")
    again = Engine(settings, tmp_path)
    assert again.state.digest() == digest
    assert "damaged" in again.recovered.notices[0]
    await again.close()


async def test_tables_are_written_anew_from_the_journal(database: Database, tmp_path: Path) -> None:
    settings = settings_of(database)
    engine = Engine(settings, tmp_path)
    await engine.write(opening_facts())
    await engine.write(life_of_an_order(1), snapshot=True)
    with pytest.raises(DatabaseError, match="only engine on this database"):
        rebuilt(settings, tmp_path / "engine.anchor", accept_loss=False)
    await engine.close()
    with database.connect() as connection:
        connection.execute("UPDATE orders SET executed = '99'")
    assert "orders" in audited(settings).violations[0]
    report = rebuilt(settings, tmp_path / "engine.anchor", accept_loss=False)
    assert (report.verdict, report.events, len(report.differences)) == ("repaired", 8, 2)
    assert audited(settings).violations == []
    again = Engine(settings, tmp_path)
    assert again.recovered.instance_id == engine.recovered.instance_id
    await again.close()


def test_a_server_is_backed_up_by_its_own_means(tmp_path: Path) -> None:
    with pytest.raises(CommandLineError, match="pg_basebackup"):
        backup_main("postgresql://user@127.0.0.1:5432/name", None, str(tmp_path / "copy.db"))


@pytest.mark.parametrize(
    "statement",
    ["UPDATE events SET payload = '{}' WHERE seq = 1", "DELETE FROM events WHERE seq = 1", "TRUNCATE events CASCADE"],
)
async def test_history_cannot_be_changed(engine: Engine, database: Database, statement: str) -> None:
    with database.connect() as connection, pytest.raises(psycopg.IntegrityError, match="append-only"):
        connection.execute(statement)


async def test_a_changed_event_is_refused_at_the_start(database: Database, tmp_path: Path) -> None:
    settings = settings_of(database)
    engine = Engine(settings, tmp_path)
    await engine.write(opening_facts())
    await engine.close()
    with database.connect() as connection:
        connection.execute("DROP TRIGGER events_no_update ON events")
        connection.execute("UPDATE events SET wall_ms = wall_ms + 1 WHERE seq = 2")
    with pytest.raises(DatabaseError, match=r"postgresql://.*chain broken at event 2.*pg_basebackup"):
        Engine(settings, tmp_path)


async def test_a_second_engine_is_refused_by_name(engine: Engine, database: Database, tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match="only engine on this database") as refused:
        Engine(settings_of(database), tmp_path)
    assert refused.value.exit_code == 4
    assert not (await engine.write(life_of_an_order(1))).failure


async def test_who_was_taken_over_commits_nothing_more(engine: Engine, database: Database, tmp_path: Path) -> None:
    with database.connect() as connection:
        connection.execute("UPDATE meta SET value = (value::int + 1)::text WHERE key = 'lease'")
    outcome = await engine.write(life_of_an_order(1))
    assert "another engine has taken over" in outcome.failure
    assert outcome.head.seq == 4


async def test_an_epoch_begins_only_where_the_chain_was_read_to(engine: Engine, database: Database) -> None:
    """Between the reading of the chain and the takeover its engine has written on: what was folded is not what stands there."""
    session = connect(settings_of(database))
    try:
        read, before = engine.journal.head, lease.look(session)
        written = await engine.write(life_of_an_order(1))
        with pytest.raises(JournalLost, match=f"expected the chain to end at event {read.seq}, as it was read"):
            lease.raise_epoch(session, read)
        assert lease.look(session) == before
        assert lease.raise_epoch(session, written.head) == before.epoch + 1
    finally:
        session.close()


async def test_another_writer_is_waited_for_and_named(engine: Engine, database: Database) -> None:
    with database.connect() as rival:
        rival.execute("BEGIN")
        rival.execute("LOCK TABLE events IN SHARE MODE")
        pending = asyncio.ensure_future(engine.write(life_of_an_order(1)))
        await until(lambda: engine.journal.trouble.startswith("locked by another writer"))
        rival.execute("ROLLBACK")
    outcome = await pending
    assert (outcome.head.seq, outcome.failure) == (8, "")


async def test_commits_that_are_not_durable_are_refused(database: Database, tmp_path: Path) -> None:
    with database.connect() as connection:
        connection.execute(f'ALTER ROLE "{database.user}" SET synchronous_commit = off')
    with pytest.raises(DatabaseError, match="got on, on and off"):
        Engine(settings_of(database), tmp_path)


@pytest.mark.parametrize("commits", [True, False])
async def test_a_commit_of_unknown_outcome_is_decided_by_the_head_of_the_chain(
    engine: Engine, database: Database, tmp_path: Path, commits: bool
) -> None:
    real = engine.store.write
    failures = [StoreError("the answer was lost")]

    def doubtful(*work: Any) -> None:
        if failures and commits:
            real(*work)
        if failures:
            raise failures.pop()
        real(*work)

    engine.store.write = doubtful  # type: ignore[method-assign]
    outcome = await engine.write(life_of_an_order(1))
    assert (outcome.head.seq, outcome.failure) == (8, "")
    assert audit(whole(settings_of(database), tmp_path / "copy.db")).violations == []


async def test_a_session_that_is_ended_in_a_transaction_is_replaced(engine: Engine, server: PostgresServer, database: Database) -> None:
    with server.connect() as admin:
        admin.execute("SELECT pg_terminate_backend(%s)", (engine.database.session.backend,))
    outcome = await engine.write(life_of_an_order(1))
    assert (outcome.head.seq, outcome.failure) == (8, "")


async def test_a_commit_that_no_standby_has_is_not_acknowledged(
    engine: Engine, server: PostgresServer, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The trap: the server says COMMIT, and only a warning tells that it is on one node alone."""
    doubted = []
    real = PostgresStore.reopen

    def noted(store: PostgresStore) -> Head:
        doubted.append(time.monotonic())
        return real(store)

    monkeypatch.setattr(PostgresStore, "reopen", noted)
    standbys(server, "FIRST 1 (nobody)")
    try:
        pending = asyncio.ensure_future(engine.write(life_of_an_order(1)))
        backend = await in_the_wait(server)
        with server.connect() as admin:
            admin.execute("SELECT pg_cancel_backend(%s)", (backend,))
        await until(lambda: bool(doubted))
        done, _ = await asyncio.wait([pending], timeout=1.0)
        assert not done, "the facts are on one node only: nobody may be told"
        assert engine.journal.trouble
    finally:
        standbys(server, "")
    outcome = await pending
    assert (outcome.head.seq, outcome.failure) == (8, "")


async def until(happened: Callable[[], bool]) -> None:
    """The writer's thread comes to it."""
    while not happened():  # noqa: ASYNC110 - another thread sets no asyncio event
        await asyncio.sleep(0.01)


async def in_the_wait(server: PostgresServer) -> int:
    """The server process that waits for a standby."""
    question = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
    while True:
        with server.connect() as admin:
            found = admin.execute(question).fetchone()
        if found:
            return int(found[0])
        await asyncio.sleep(0.01)


def standbys(server: PostgresServer, names: str) -> None:
    with server.connect() as admin:
        admin.execute(f"ALTER SYSTEM SET synchronous_standby_names = '{names}'")
        admin.execute("SELECT pg_reload_conf()")


def test_the_warning_is_a_doubt(server: PostgresServer, database: Database) -> None:
    session = connect(settings_of(database))
    with pytest.raises(IndeterminateCommit, match="01000"):
        session.write(lambda cursor: cursor.execute("DO $$ BEGIN RAISE WARNING 'canceling wait' USING ERRCODE = '01000'; END $$"))
    session.close()


async def test_a_frozen_server_costs_a_bounded_wait_and_the_journal_goes_on(
    tmp_path: Path, server: PostgresServer, database: Database
) -> None:
    engine = Engine(settings_of(database, commit_timeout_ms=500), tmp_path)
    await engine.write(opening_facts())
    server.freeze()
    try:
        pending = asyncio.ensure_future(engine.write(life_of_an_order(1)))
        began = time.monotonic()
        await until(lambda: bool(engine.journal.trouble))
        assert time.monotonic() - began < 2.0
        assert not pending.done()
    finally:
        server.thaw()
    outcome = await pending
    assert (outcome.head.seq, outcome.failure) == (8, "")
    await engine.close()
    assert audit(whole(settings_of(database), tmp_path / "copy.db")).violations == []


async def test_an_old_primary_is_not_written_to(engine: Engine) -> None:
    engine.store._place = engine.store._place._replace(timeline=engine.store._place.timeline + 1)
    with pytest.raises(StoreError, match="an old primary"):
        engine.store.reopen()


async def test_a_host_that_is_not_there_is_passed_by(database: Database, tmp_path: Path) -> None:
    known = settings_of(database)
    settings = PostgresSettings(user=known.user, hosts=(("127.0.0.1", 1), *known.hosts), name=known.name, password=known.password)
    engine = Engine(settings, tmp_path)
    assert not (await engine.write(opening_facts())).failure
    await engine.close()


@pytest.mark.parametrize("point", ["CP-O3a", "CP-O3b", "CP-W1"])
async def test_a_fault_within_a_transaction_leaves_nothing_of_it(
    engine: Engine, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    monkeypatch.setattr(hooks, "_on", True)
    hooks.arm(hooks.parse(f"{point}:1:raise:SQLITE_FULL"))
    try:
        outcome = await engine.write(life_of_an_order(1), snapshot=True)
    finally:
        hooks.disarm()
    assert (outcome.head.seq, outcome.failure) == (8, "")
    assert bool(outcome.snapshot_failure) == (point == "CP-W1")
    assert audit(whole(settings_of(database), tmp_path / "copy.db")).violations == []


async def test_a_server_that_stays_away_is_waited_for_until_the_engine_leaves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "GIVE_UP_S", 0.5)
    children = Children()
    server = PostgresServer("lost", children, tmp_path)
    try:
        server.start(Deadline(30))
        engine = Engine(settings_of(server.create_database("lost")), tmp_path)
        await engine.write(opening_facts())
        server.kill("the test breaks it")
        pending = asyncio.ensure_future(engine.write(life_of_an_order(1)))
        await until(lambda: bool(engine.journal.trouble))
        done, _ = await asyncio.wait([pending], timeout=1.0)
        assert not done
        engine.journal.hurry()
        assert "asked to stop while waiting" in (await pending).failure
        await engine.close(clean=False)
    finally:
        server.close()
        children.kill_all("end of the test")


def test_a_copy_has_the_layout_of_a_file(database: Database, tmp_path: Path) -> None:
    session = connect(settings_of(database))
    session.run(migrate.POSTGRESQL_SCRIPT.read_text(encoding="utf-8"))
    copying.copy_whole(session, tmp_path / "copy.db")
    session.close()
    with sqlite3.connect(tmp_path / "copy.db") as copy:
        (triggers,) = copy.execute("SELECT count(*) FROM sqlite_master WHERE type = 'trigger'").fetchone()
    assert triggers == 5


@pytest.fixture
def cable(server: PostgresServer, tmp_path: Path) -> Iterator[tuple[Wire, int]]:
    """To the server, and its port."""
    children, ports = Children(), ReservedPorts(1)
    wire = Wire("cable", children, tmp_path, "cable", [(ports.numbers[0], server.addresses[0][1])])
    wire.lay()
    yield wire, ports.numbers[0]
    wire.tear("end of the test")
    ports.release()


def test_the_lookout_does_not_wait_again_for_a_node_that_is_cut_off(
    server: PostgresServer, database: Database, cable: tuple[Wire, int]
) -> None:
    wire, port = cable
    found = settings_of(database, commit_timeout_ms=500, connect_timeout_s=50)
    lookout = Lookout(msgspec.structs.replace(found, hosts=(("127.0.0.1", port), *found.hosts)), lambda _: None)

    def sessions() -> set[int]:
        with server.connect() as admin:
            rows = admin.execute(
                "SELECT pid FROM pg_stat_activity WHERE query LIKE %s AND usename = %s", ("%pg_stat_replication%", database.user)
            )
            return {row[0] for row in rows}

    lookout.begin()
    try:
        before = poll(lambda: sessions() or None, Deadline(20), time.sleep, 0.1)
        assert before, "by the cable, which is asked first"
        wire.cut()
        assert poll(lambda: sessions() - before or None, Deadline(25), time.sleep, 0.1), (
            "by the other address, which leads to the same server"
        )
    finally:
        wire.mend()
        lookout.stop()


def test_what_a_call_was_left_behind_in_is_freed_when_it_came_back(database: Database) -> None:
    session = connect(settings_of(database, commit_timeout_ms=100))
    gate = threading.Event()
    with pytest.raises(StoreError, match="no answer within"):
        session.supervised(lambda: gate.wait(50))
    session.close()
    assert not session.raw.closed, "the driver frees memory that the thread still reads: the process ends with a segmentation fault"
    gate.set()
    assert poll(lambda: session.raw.closed or None, Deadline(20), time.sleep, 0.01)


def test_whoever_asks_does_not_wait_again_for_a_node_that_is_cut_off(database: Database, cable: tuple[Wire, int]) -> None:
    wire, port = cable
    found = settings_of(database, commit_timeout_ms=500, connect_timeout_s=50)
    settings = msgspec.structs.replace(found, hosts=(("127.0.0.1", port), *found.hosts))
    opened = asking(settings)
    first = opened()
    assert first.rows("SELECT 1 AS one", ()) == [{"one": 1}]
    wire.cut()
    with pytest.raises(StoreError, match="no answer within"):
        first.rows("SELECT 1 AS one", ())
    first.close()
    began = time.monotonic()
    second = opened()
    assert second.rows("SELECT 1 AS one", ()) == [{"one": 1}]
    second.close()
    assert time.monotonic() - began < settings.connect_timeout_s / 2

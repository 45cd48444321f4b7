"""Which PostgreSQL server a start believes (timelines, what was acknowledged), and which schema it upgrades."""

from __future__ import annotations

import io
import itertools
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from alembic import command

from genesis import hooks
from genesis.core.errors import DatabaseError
from genesis.data import migrate
from genesis.data.postgres.commands import audited, rebuilt
from genesis.data.postgres.follower import Follower
from genesis.data.postgres.lookout import Lookout
from genesis.data.postgres.settings import PostgresSettings, StandbySettings
from genesis.data.upgrade import alembic_config
from libraries.world.deadlines import Deadline
from libraries.world.processes import Children
from libraries.world.servers.database import Database
from libraries.world.servers.postgres import PostgresServer
from tests.engine_shell.support import life_of_an_order, opening_facts, until
from tests.engine_shell.test_postgres import Engine, settings_of

pytestmark = pytest.mark.timeout(90)
LABELS = itertools.count(1)


@pytest.fixture
def children() -> Iterator[Children]:
    made = Children()
    yield made
    made.kill_all("end of the test")


@pytest.fixture
def server(children: Children, tmp_path: Path) -> Iterator[PostgresServer]:
    running = PostgresServer("place", children, tmp_path / "server")
    running.start(Deadline(30))
    yield running
    running.close()


@pytest.fixture
def old(children: Children, tmp_path: Path) -> Iterator[PostgresServer]:
    """Another server, started on what the first one had when it was copied."""
    made = PostgresServer("old", children, tmp_path / "old")
    yield made
    made.close()


@pytest.fixture
def database(server: PostgresServer) -> Database:
    return server.create_database(f"place_{next(LABELS)}")


def copied(server: PostgresServer, target: PostgresServer) -> None:
    """The stopped server's data as of now, on the other one; it runs again."""
    server.stop("it is copied", Deadline(10))
    shutil.rmtree(target.data, ignore_errors=True)
    shutil.copytree(server.data, target.data)
    target.who.own(target.home)
    server.start(Deadline(30))


def promote(server: PostgresServer) -> None:
    """It ends its recovery on a timeline of its own, as a standby that is promoted does."""
    server.stop("it is promoted", Deadline(10))
    (server.data / "recovery.signal").touch()
    with (server.data / "postgresql.auto.conf").open("a") as file:
        file.write("restore_command = 'false'\n")
    server.who.own(server.home)
    server.start(Deadline(30))
    until(lambda: not in_recovery(server))


def in_recovery(server: PostgresServer) -> bool:
    try:
        with server.connect() as connection:
            return bool(connection.execute("SELECT pg_is_in_recovery()").fetchall()[0][0])
    except psycopg.OperationalError:
        return True


def at(settings: PostgresSettings, *servers: PostgresServer) -> PostgresSettings:
    hosts = tuple(server.addresses[0] for server in servers)
    return PostgresSettings(user=settings.user, hosts=hosts, name=settings.name, password=settings.password)


def lines(folder: Path) -> list[tuple[str, int]]:
    found = [json.loads(line) for line in (folder / "engine.anchor").read_text().splitlines()]
    return [(line["reason"], line["timeline"]) for line in found]


async def test_an_old_primary_is_refused_by_name_after_a_restart(
    server: PostgresServer, old: PostgresServer, database: Database, tmp_path: Path
) -> None:
    settings = settings_of(database)
    engine = Engine(settings, tmp_path)
    await engine.write(opening_facts())
    copied(server, old)
    promote(server)
    assert (await engine.write(life_of_an_order(1))).failure == ""
    assert lines(tmp_path) == [("start", 1), ("timeline", 2)]
    await engine.close(clean=False)
    old.start(Deadline(30))
    with pytest.raises(DatabaseError, match=r"GENESIS-3904: .*expected timeline 2 .* got an old primary: .* is on timeline 1") as refused:
        Engine(at(settings, old), tmp_path)
    assert refused.value.exit_code == 4
    again = Engine(at(settings, old, server), tmp_path)
    assert again.recovered.head.seq == 8
    await again.close()


async def test_a_standby_passes_an_old_primary_by(server: PostgresServer, old: PostgresServer, database: Database, tmp_path: Path) -> None:
    settings = settings_of(database)
    engine = Engine(settings, tmp_path, StandbySettings(lease_ms=60_000))
    await engine.write(opening_facts())
    copied(server, old)
    promote(server)
    (tmp_path / "second").mkdir()
    terms = StandbySettings(role="standby", lease_ms=60_000)
    waiting = Follower(
        engine.database.__class__(at(settings, server, old), tmp_path / "second" / "engine.anchor", tmp_path / "second" / "engine", terms),
        terms,
    )
    waiting.step()
    assert (waiting.head, waiting.trouble) == (4, "")
    old.start(Deadline(30))
    server.kill("the test breaks it")
    for _ in range(2):  # the broken connection first, then a new one
        waiting.step()
    assert "got an old primary" in waiting.trouble
    waiting.close()
    server.start(Deadline(30))
    await engine.close(clean=False)


async def test_a_server_that_lacks_what_was_acknowledged_is_refused_by_name(
    server: PostgresServer, old: PostgresServer, database: Database, tmp_path: Path
) -> None:
    """The anchor was written at the start; the facts that came later, and no clean stop, are known by the waterline alone."""
    settings = settings_of(database)
    engine = Engine(settings, tmp_path)
    await engine.write(opening_facts())
    copied(server, old)
    await engine.write(life_of_an_order(1))
    await engine.close(clean=False)
    old.start(Deadline(30))
    behind = at(settings, old)
    with pytest.raises(
        DatabaseError, match=r"GENESIS-3904: .*expected event 8 .*, which was acknowledged, but the journal ends at event 4"
    ):
        Engine(behind, tmp_path)
    report = rebuilt(behind, tmp_path / "engine.anchor", accept_loss=True)
    assert "which was acknowledged" in report.accepted[0]
    again = Engine(behind, tmp_path)
    assert (again.recovered.head.seq, again.recovered.instance_id != engine.recovered.instance_id) == (4, True)
    await again.close()


def in_revision(database: Database, revision: str) -> None:
    """The schema of an older engine."""
    script = io.StringIO()
    command.upgrade(alembic_config(script, "postgresql"), revision, sql=True)
    with database.connect() as connection:
        connection.execute(script.getvalue().encode())


async def older_than_the_schema(database: Database, folder: Path) -> str:
    """A journal with two days in a schema of revision 0001; the digest of its state."""
    settings = settings_of(database)
    engine = Engine(settings, folder)
    await engine.write(opening_facts())
    await engine.write(life_of_an_order(1))
    digest = engine.state.digest()
    await engine.close()
    with database.connect() as connection:
        connection.execute("DROP INDEX orders_by_state")
        connection.execute("DROP TABLE archives, days; ALTER TABLE orders DROP COLUMN stop_price; DROP TRIGGER events_no_delete ON events")
        connection.execute("DROP FUNCTION events_no_delete; DROP FUNCTION archives_no_update; DROP FUNCTION archives_no_delete")
        connection.execute(
            "CREATE FUNCTION events_no_delete() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'events is append-only' "
            "USING ERRCODE = 'integrity_constraint_violation'; RETURN OLD; END $$"
        )
        connection.execute("CREATE TRIGGER events_no_delete BEFORE DELETE ON events FOR EACH ROW EXECUTE FUNCTION events_no_delete()")
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
    return digest


def layout(database: Database) -> list[tuple[object, ...]]:
    question = (
        "SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns WHERE table_schema = 'public' "
        "UNION SELECT event_object_table, trigger_name, action_timing, event_manipulation FROM information_schema.triggers "
        "UNION SELECT tablename, indexname, indexdef, '' FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1, 2, 4"
    )
    with database.connect() as connection:
        return connection.execute(question).fetchall()


def revision(database: Database) -> str:
    with database.connect() as connection:
        return str(connection.execute("SELECT version_num FROM alembic_version").fetchall()[0][0])


async def test_an_older_schema_is_upgraded(server: PostgresServer, database: Database, tmp_path: Path) -> None:
    digest = await older_than_the_schema(database, tmp_path)
    fresh = server.create_database("fresh")
    in_revision(fresh, "0001")
    assert layout(database) == layout(fresh)
    engine = Engine(settings_of(database), tmp_path)
    assert (revision(database), engine.state.digest()) == (migrate.HEAD, digest)
    assert (await engine.write(life_of_an_order(2))).failure == ""
    await engine.close()
    assert audited(settings_of(database)).violations == []
    in_head = server.create_database("in_head")
    in_revision(in_head, "head")
    assert layout(database) == layout(in_head)


async def test_an_upgrade_that_fails_changes_nothing(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    digest = await older_than_the_schema(database, tmp_path)
    before = layout(database)
    monkeypatch.setattr(hooks, "_on", True)
    hooks.arm(hooks.parse("CP-M1b:4:raise:SQLITE_FULL"))
    try:
        with pytest.raises(DatabaseError):
            Engine(settings_of(database), tmp_path)
    finally:
        hooks.disarm()
    assert (layout(database), revision(database)) == (before, "0001")
    engine = Engine(settings_of(database), tmp_path)
    assert (revision(database), engine.state.digest()) == (migrate.HEAD, digest)
    await engine.close()


@pytest.mark.parametrize("found", ["0005", "somebody"])
async def test_a_newer_or_unknown_schema_is_refused_and_stays_as_it_is(database: Database, tmp_path: Path, found: str) -> None:
    settings = settings_of(database)
    engine = Engine(settings, tmp_path)
    await engine.write(opening_facts())
    await engine.close()
    with database.connect() as connection:
        connection.execute("UPDATE alembic_version SET version_num = %s", (found,))
    before = layout(database)
    with pytest.raises(DatabaseError, match=rf"GENESIS-3901: .*expected a schema revision up to {migrate.HEAD}, got {found}"):
        Engine(settings, tmp_path)
    assert (layout(database), revision(database)) == (before, found)
    terms = StandbySettings(role="standby", lease_ms=60_000)
    waiting = Follower(engine.database.__class__(settings, tmp_path / "engine.anchor", tmp_path / "engine", terms), terms)
    with pytest.raises(DatabaseError, match=r"GENESIS-3901"):
        waiting.step()
    waiting.close()


async def test_who_may_not_see_standbys_is_refused_where_they_are_asked_for(
    server: PostgresServer, database: Database, tmp_path: Path
) -> None:
    seen: list[int] = []
    asked = settings_of(database, standbys=1)
    lookout = Lookout(asked, seen.append)
    lookout.begin()
    until(lambda: seen == [0])
    lookout.stop()
    with server.connect() as admin:
        admin.execute(f'REVOKE pg_monitor FROM "{database.user}"')
    with pytest.raises(DatabaseError, match=rf"expected a role that sees the server's standbys.*GRANT pg_monitor TO {database.user}"):
        Engine(asked, tmp_path)
    engine = Engine(settings_of(database), tmp_path)
    await engine.close()

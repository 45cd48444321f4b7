"""Migrations from every earlier schema, with real content, killed at each step: the schema is old or new, the rows are the same, and a
restart finishes (I34, CP-M1, CP-M2)."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from genesis.data import migrate
from genesis.data.anchor import beside
from genesis.data.audit import audit
from genesis.data.recovery import recover
from genesis.data.sqlite import open_writer
from genesis.data.upgrade import upgrade
from tests.engine_shell.support import Book, life_of_an_order, opening_facts
from tests.engine_shell.test_migrations import created, objects

ROOT = Path(__file__).resolve().parents[2]
_START = """
import os, sys
from pathlib import Path
from genesis import hooks
from genesis.core.money import install_context
from genesis.data.recovery import recover
install_context()
hooks.switch_on(os.environ)
path = Path(sys.argv[1])
recover(path, path.with_name(path.name + ".anchor")).connection.close()
"""
Rows = dict[str, list[tuple[Any, ...]]]


async def of_revision(folder: Path, revision: str, orders: int = 5, days: Mapping[int, int] | None = None) -> Path:
    """The database that an engine of that schema has left: the same facts, the tables as they were then. `days`: order -> the day on
    which it began."""
    book = Book(folder)
    await book.write(opening_facts())
    for number in range(1, orders + 1):
        book.day = (days or {}).get(number, book.day)
        await book.write(life_of_an_order(number), snapshot=number == 3)
    await book.close()
    old = folder / "old.db"
    open_writer(old).close()
    upgrade(old, revision)
    with closing(sqlite3.connect(old, isolation_level=None)) as connection:
        connection.execute("ATTACH ? AS present", (str(book.path),))
        for table, columns in _columns(connection, "main").items():
            present = _columns(connection, "present").get(table, [])
            names = ", ".join(f'"{name}"' for name in columns if name in present)
            if table != "alembic_version" and names:
                connection.execute(f"INSERT INTO main.{table} ({names}) SELECT {names} FROM present.{table} ORDER BY rowid")
    shutil.move(old, book.path)
    return book.path


def _columns(connection: sqlite3.Connection, schema: str) -> dict[str, list[str]]:
    tables = [name for (name,) in connection.execute(f"SELECT name FROM {schema}.sqlite_master WHERE type = 'table'")]
    order = ["events", *(name for name in tables if name != "events")]
    return {name: [row[1] for row in connection.execute(f"PRAGMA {schema}.table_info('{name}')")] for name in order if name in tables}


def old_rows(path: Path, columns: dict[str, list[str]]) -> Rows:
    """The rows as the old schema has them, whatever the schema is by now."""
    with closing(sqlite3.connect(path)) as connection:
        return {
            table: sorted(connection.execute(f"SELECT {', '.join(names)} FROM {table}"), key=repr)
            for table, names in columns.items()
            if table != "alembic_version"
        }


def revision(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        return str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])


def start(path: Path, crash: str) -> int:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "GENESIS_CRASH": crash}
    done = subprocess.run([sys.executable, "-c", _START, str(path)], env=environment, cwd=ROOT, check=False, capture_output=True)
    assert done.returncode in (0, -signal.SIGKILL), done.stderr.decode()
    return done.returncode


@pytest.mark.parametrize("old", migrate.REVISIONS[:-1])
async def test_a_migration_killed_at_each_step_is_not_begun_or_done(tmp_path: Path, old: str) -> None:
    original = await of_revision(tmp_path, old)
    with closing(sqlite3.connect(original)) as connection:
        columns = _columns(connection, "main")
    before, old_schema, new_schema = old_rows(original, columns), objects(original), objects(created(tmp_path / "new.db"))
    assert len(before["events"]) == 24
    steps = 0
    for point in ("CP-M1a", "CP-M1b", "CP-M1c", "CP-M1d"):
        for nth in range(1, 100):
            folder = tmp_path / f"{point}-{nth}"
            os.mkdir(folder)
            path = folder / "engine.db"
            shutil.copy(original, path)
            shutil.copy(beside(original), beside(path))
            if await asyncio.to_thread(start, path, f"{point}:{nth}:kill") == 0:
                assert nth > 1, f"{point} was never reached"
                break
            steps += 1
            done = point == "CP-M1d"
            assert revision(path) == (migrate.HEAD if done else old)
            assert [text for text in objects(path) if "sqlite_" not in text[1]] == [
                text for text in (new_schema if done else old_schema) if "sqlite_" not in text[1]
            ]
            assert old_rows(path, columns) == before
            assert await asyncio.to_thread(start, path, "") == 0
            finished(path, before, columns, new_schema)
    assert steps >= 4


def finished(path: Path, before: Rows, columns: dict[str, list[str]], new_schema: list[tuple[str, str, str]]) -> None:
    assert revision(path) == migrate.HEAD
    assert objects(path) == new_schema
    assert old_rows(path, columns) == before
    assert audit(path).violations == []


async def test_days_are_filled_in_in_batches_and_a_kill_between_two_leaves_the_old_schema(tmp_path: Path) -> None:
    """CP-M2: more events than one batch of the migration holds."""
    original = await of_revision(tmp_path, "0002", orders=300)
    for nth in (1, 2):
        code = await asyncio.to_thread(start, original, f"CP-M2:{nth}:kill")
        assert (code, revision(original)) == ((-signal.SIGKILL, "0002") if nth == 1 else (0, migrate.HEAD))
    with closing(sqlite3.connect(original)) as connection:
        assert connection.execute("SELECT number, first_seq FROM days").fetchall() == [(1_700_000_000_000 // 86_400_000, 1)]
    assert audit(original).violations == []


async def test_days_of_an_older_journal_begin_where_the_clock_first_came_to_them(tmp_path: Path) -> None:
    day = 1_700_000_000_000 // 86_400_000
    path = await of_revision(tmp_path, "0002", days={3: 1, 4: -2, 5: 7})
    assert await asyncio.to_thread(start, path, "") == 0
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT number, first_seq FROM days").fetchall() == [(day, 1), (day + 1, 13), (day + 7, 21)]


@pytest.mark.parametrize("old", migrate.REVISIONS[:-1])
async def test_what_an_older_engine_left_is_folded_to_the_same_state(tmp_path: Path, old: str) -> None:
    (tmp_path / "present").mkdir()
    present = Book(tmp_path / "present")
    await present.write(opening_facts())
    for number in range(1, 6):
        await present.write(life_of_an_order(number))
    await present.close()
    path = await of_revision(tmp_path, old)
    found = recover(path, beside(path))
    assert (found.state.digest(), found.notices) == (present.state.digest(), ())
    found.connection.close()
    assert audit(path).violations == []
    again = Book(tmp_path)
    await again.write(life_of_an_order(6))
    await again.close()
    assert audit(path).violations == []


async def test_an_older_engine_refuses_a_newer_schema_without_a_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """CP-M3: the build before this one meets what this one has written."""
    book = Book(tmp_path)
    await book.write(opening_facts())
    await book.close()
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.suffix in (".db", ".anchor")}  # noqa: ASYNC240
    monkeypatch.setattr(migrate, "REVISIONS", migrate.REVISIONS[:-1])
    monkeypatch.setattr(migrate, "HEAD", migrate.REVISIONS[-1])
    with pytest.raises(Exception, match="start the version of the engine that wrote it, nothing was changed"):
        recover(book.path, book.anchor)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.name in before} == before  # noqa: ASYNC240

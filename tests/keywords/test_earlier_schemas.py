"""The database that the keywords make one of an earlier version is what that version made (I34)."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from genesis.data import migrate
from genesis.data.sqlite import open_writer
from genesis.data.upgrade import upgrade
from libraries.common.errors import WrongArgument
from libraries.ledger_keywords.schema import make_older

Shape = dict[str, list[tuple[object, ...]]]


def created(path: Path) -> Path:
    with closing(open_writer(path)) as connection:
        migrate.ensure_schema(connection, path)
    return path


def shape(path: Path) -> Shape:
    """Indexes and triggers by their text, tables by their columns: a table that lost a column keeps another text."""
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute("SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY name").fetchall()
        return {
            name: connection.execute(f"PRAGMA table_info({name})").fetchall() if kind == "table" else [(sql,)] for kind, name, sql in found
        }


@pytest.mark.parametrize("revision", migrate.REVISIONS)
def test_an_earlier_schema_is_the_one_that_its_engine_made(tmp_path: Path, revision: str) -> None:
    old, made = tmp_path / "old.db", created(tmp_path / "made.db")
    open_writer(old).close()
    upgrade(old, revision)
    with closing(sqlite3.connect(made, isolation_level=None)) as connection:
        make_older(connection, revision)
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(revision,)]
    assert shape(made) == shape(old)


def test_rows_that_no_older_engine_wrote_are_refused(tmp_path: Path) -> None:
    path = created(tmp_path / "made.db")
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("INSERT INTO archives VALUES (1, 1, 'a', 'b', 'c', 'd')")
        with pytest.raises(WrongArgument, match="1 rows of archives are such as no engine before revision 0003 has written"):
            make_older(connection, "0002")

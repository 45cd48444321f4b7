"""The schema: Alembic's revisions, the script of a new database, and the tables in code say the same."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from genesis.core.errors import DatabaseError
from genesis.data import migrate, statements
from genesis.data.ahead import head_script, statements_file
from genesis.data.recovery import recover
from genesis.data.schema import PROJECTIONS, metadata
from genesis.data.sqlite import open_writer
from genesis.data.upgrade import alembic_config, upgrade

ROOT = Path(__file__).resolve().parents[2]


def objects(path: Path) -> list[tuple[str, str, str]]:
    connection = sqlite3.connect(path)
    found = connection.execute("SELECT type, name, coalesce(sql, '') FROM sqlite_master ORDER BY 1, 2").fetchall()
    connection.close()
    return [(kind, name, " ".join(text.split())) for kind, name, text in found]


def created(path: Path) -> Path:
    connection = open_writer(path)
    migrate.ensure_schema(connection, path)
    connection.close()
    return path


def test_the_script_is_what_alembic_writes_today() -> None:
    assert migrate.HEAD_SCRIPT.read_text(encoding="utf-8") == head_script()


def test_the_statements_are_what_sqlalchemy_compiles_today() -> None:
    assert migrate.STATEMENTS_FILE.read_text(encoding="utf-8") == statements_file()


def test_the_columns_of_the_projections_are_those_of_the_schema() -> None:
    assert {table.name: tuple(column.name for column in table.columns) for table in PROJECTIONS} == statements.PROJECTIONS


def test_the_script_and_the_revisions_give_the_same_database(tmp_path: Path) -> None:
    by_script = created(tmp_path / "script.db")
    by_alembic = tmp_path / "alembic.db"
    open_writer(by_alembic).close()
    upgrade(by_alembic)
    assert objects(by_script) == objects(by_alembic)
    assert len([name for kind, name, _ in objects(by_script) if kind == "trigger"]) == 5


def test_head_is_the_last_revision() -> None:
    script = ScriptDirectory.from_config(alembic_config())
    assert script.get_current_head() == migrate.HEAD
    assert {revision.revision for revision in script.walk_revisions()} == set(migrate.REVISIONS)


def test_the_tables_in_code_are_those_of_the_revisions(tmp_path: Path) -> None:
    engine = sa.create_engine(f"sqlite:///{created(tmp_path / 'engine.db')}")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()
    tables = [text for kind, name, text in objects(tmp_path / "engine.db") if kind == "table" and name in metadata.tables]
    assert len(tables) == len(metadata.tables)
    assert all(text.endswith("STRICT") for text in tables)


def test_orders_of_a_state_are_searched_for_newest_first_and_never_sorted_or_scanned(tmp_path: Path) -> None:
    connection = sqlite3.connect(created(tmp_path / "engine.db"))
    plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statements.SELECT_ORDERS_IN_STATE}", ("OPEN",))]
    connection.close()
    assert plan == ["SEARCH orders USING INDEX orders_by_state (state=?)"]


def test_a_crash_between_two_steps_leaves_the_old_schema(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "head.sql"
    broken.write_text(head_script().replace("CREATE TABLE fills", "CREATE TABEL fills"))
    monkeypatch.setattr(migrate, "HEAD_SCRIPT", broken)
    with pytest.raises(DatabaseError):
        recover(tmp_path / "engine.db", tmp_path / "anchor")
    assert objects(tmp_path / "engine.db") == []


@pytest.mark.parametrize("revision", ["0005", "nonsense"])
def test_a_newer_schema_is_refused_and_not_touched(tmp_path: Path, revision: str) -> None:
    path = created(tmp_path / "engine.db")
    connection = sqlite3.connect(path)
    connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))
    connection.commit()
    connection.close()
    before = path.read_bytes()
    with pytest.raises(DatabaseError, match=f"expected a schema revision up to 0004, got {revision}"):
        recover(path, tmp_path / "anchor")
    assert path.read_bytes() == before


def test_another_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE letters (text TEXT)")
    connection.close()
    with pytest.raises(DatabaseError, match="one with other tables"):
        recover(path, tmp_path / "anchor")


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "engine.db"
    path.write_bytes(b"this is not a database, it is a letter to my aunt, and it is long enough" * 20)
    with pytest.raises(DatabaseError, match="a file that is none"):
        recover(path, tmp_path / "anchor")


def test_a_directory_as_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "engine.db").mkdir()
    with pytest.raises(DatabaseError, match="cannot open"):
        recover(tmp_path / "engine.db", tmp_path / "anchor")

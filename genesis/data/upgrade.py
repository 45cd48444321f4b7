"""Alembic at work on a database. Imported only when needed (see `genesis.data.migrate`)."""

from __future__ import annotations

import io
import sqlite3
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from genesis import hooks
from genesis.data.migrate import FOLDER
from genesis.data.postgres.connection import Session


def alembic_config(output: io.StringIO | None = None, dialect: str = "sqlite") -> Config:
    """The Alembic configuration of the engine's revisions; SQL of offline runs goes to `output`, for `dialect`."""
    config = Config(output_buffer=output) if output is not None else Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("dialect", dialect)
    return config


def upgrade(path: Path, target: str = "head") -> None:
    """Run Alembic's migrations on the file, all in one transaction (I34).

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the database refuses; the schema is as it was.
    """
    hooks.reached("CP-M1a")
    engine = sa.create_engine("sqlite://", creator=lambda: sqlite3.connect(path, isolation_level=None), poolclass=sa.NullPool)
    with engine.connect() as connection:
        # pysqlite would commit before the first DDL statement; an explicit BEGIN keeps all of them together
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        _tell_steps(connection)
        config = alembic_config()
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, target)
        except BaseException:
            connection.exec_driver_sql("ROLLBACK")
            raise
        connection.exec_driver_sql("COMMIT")
    engine.dispose()
    hooks.reached("CP-M1d")


def upgrade_server(session: Session, target: str = "head") -> None:
    """The same on a PostgreSQL server, by a session of its own that is closed then.

    Raises:
        StoreError: it refuses, or nobody knows whether it committed; the schema is old or new, never between.
    """
    hooks.reached("CP-M1a")
    engine = sa.create_engine("postgresql+psycopg://", creator=lambda: session.raw, poolclass=sa.StaticPool, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.begin()  # never committed by SQLAlchemy: BEGIN and COMMIT are the session's
            _tell_steps(connection)
            config = alembic_config()
            config.attributes["connection"] = connection
            session.write(lambda _cursor: command.upgrade(config, target))
    finally:
        session.close()
    hooks.reached("CP-M1d")


def _tell_steps(connection: sa.Connection) -> None:
    """Crash points before each change of the version row and after every other step."""

    def before(*event: Any) -> None:
        if _changes_version(event[2]):
            hooks.reached("CP-M1c")

    def after(*event: Any) -> None:
        if not _changes_version(event[2]) and event[2].lstrip().upper().startswith(_STEPS):
            hooks.reached("CP-M1b")

    sa.event.listen(connection, "before_cursor_execute", before)
    sa.event.listen(connection, "after_cursor_execute", after)


_STEPS: Final = ("CREATE", "ALTER", "DROP", "INSERT", "UPDATE", "DELETE")


def _changes_version(statement: str) -> bool:
    return "alembic_version" in statement and not statement.lstrip().upper().startswith(("SELECT", "CREATE", "PRAGMA"))

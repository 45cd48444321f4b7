"""Alembic at work on a database. Imported only when needed (see `genesis.data.migrate`)."""

from __future__ import annotations

import io
import sqlite3
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from genesis.data.migrate import FOLDER


def alembic_config(output: io.StringIO | None = None) -> Config:
    """The Alembic configuration of the engine's revisions; SQL of offline runs goes to `output`."""
    config = Config(output_buffer=output) if output is not None else Config()
    config.set_main_option("script_location", str(FOLDER))
    return config


def upgrade(path: Path, target: str = "head") -> None:
    """Run Alembic's migrations on the file, all in one transaction (I34).

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the database refuses; the schema is as it was.
    """
    engine = sa.create_engine("sqlite://", creator=lambda: sqlite3.connect(path, isolation_level=None), poolclass=sa.NullPool)
    with engine.connect() as connection:
        # pysqlite would commit before the first DDL statement; an explicit BEGIN keeps all of them together
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        config = alembic_config()
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, target)
        except BaseException:
            connection.exec_driver_sql("ROLLBACK")
            raise
        connection.exec_driver_sql("COMMIT")
    engine.dispose()

"""The schema of an engine's database: one of an earlier version, what it is now, and whether the rows are still the same (I34)."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from typing import Final

from assertionengine import AssertionOperator
from robot.api.deco import keyword

from libraries.auditor.invariants.schema import schema_of
from libraries.auditor.schemas import REVISIONS, VERSION_TABLE
from libraries.auditor.witnesses.database import Store, read_store
from libraries.common.amounts import Quantity
from libraries.common.assertions import ONCE, Question, ask
from libraries.common.component import Component, member
from libraries.common.errors import WrongArgument
from libraries.common.types import NOT_GIVEN, Purpose, Side, Symbol
from libraries.engine_keywords.outgoing import Wish, send
from libraries.ledger_keywords.damage import still

UNDONE: Final = {
    "0004": ("DROP INDEX orders_by_state",),
    "0003": (
        "DROP TABLE archives",
        "DROP TABLE days",
        "DROP TRIGGER events_no_delete",
        "CREATE TRIGGER events_no_delete BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'events is append-only'); END",
    ),
    "0002": ("ALTER TABLE orders DROP COLUMN stop_price",),
}
"""Revision -> the statements that take back what it brought; the newest first."""
_LATER: Final = {"0003": ("archives", "1"), "0002": ("orders", "stop_price IS NOT NULL")}
"""Revision -> table and rows that an engine without it could not have written."""
_LOOK: Final = "the tables of engine.db in the kept world"


class SchemaKeywords(Component):
    """The engine is stopped or killed first. What its tables must be is known here and by the auditor, not read from the engine."""

    @keyword
    def give_the_database_the_schema_of(self, revision: str, *, engine: str = NOT_GIVEN) -> None:
        """Make the database one that an earlier version of the engine has left: the same facts and rows, the tables as they were then.

        Args:
            revision: Of the schema, such as `0002`.
            engine: Alias; default: the first engine.

        Raises:
            WrongArgument: the engine runs, no such revision, or the rows are such as an engine of that version could not write.
            AssertionError: what came out is not that schema.

        Example:
            ```robotframework
            Kill The Engine
            Give The Database The Schema Of    0002
            The Engine Dies While It Recovers    CP-M1b
            The Schema Is Whole    0002
            ```
        """
        path = still(self.engine(engine))
        member("revision", revision, list(REVISIONS))
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            make_older(connection, revision)
        self.the_schema_is_whole(revision, engine=engine)
        self.note("schema of an earlier version", revision=revision)

    @keyword
    def the_schema_is_whole(self, revision: str, *, engine: str = NOT_GIVEN) -> None:
        """The database has exactly the tables, columns, indexes and triggers of this revision, and names it: nothing between (I34).

        Args:
            revision: Of the schema, such as `0004`.
            engine: Alias; default: the first engine. It is stopped or killed.

        Raises:
            WrongArgument: the engine runs, or no such revision.
            AssertionError: another revision, or a part of one; with each difference.

        Example:
            ```robotframework
            The Schema Is Whole    0004
            ```
        """
        member("revision", revision, list(REVISIONS))
        store = self._store(engine)
        named = ", ".join(str(row["version_num"]) for row in store.tables[VERSION_TABLE].rows)
        if named != revision:
            raise AssertionError(f"the schema should be of revision {revision}, it says {named or 'none'}. Look at: {_LOOK}")
        found = schema_of(store).violations
        if found:
            listed = "; ".join(f"{each.what}: expected {each.expected}, got {each.got}" for each in found)
            raise AssertionError(f"the schema of revision {revision} should be whole: {listed}. Look at: {_LOOK}")

    @keyword
    def get_digest_of_the_rows(
        self, operator: AssertionOperator = NOT_GIVEN, expected: str = NOT_GIVEN, *, revision: str, engine: str = NOT_GIVEN
    ) -> str:
        """The digest of every row of every table, as far as a schema of this revision has its columns: a migration does not change it.

        Args:
            operator: `==` or `!=`; left out, the digest is only returned.
            expected: A digest that this keyword returned before.
            revision: Of the schema whose tables and columns count, such as `0002`.
            engine: Alias; default: the first engine. It is stopped or killed.

        Returns:
            The digest, 64 hexadecimal characters.

        Raises:
            WrongArgument: the engine runs, or no such revision.

        Example:
            ```robotframework
            ${rows} =    Get Digest Of The Rows    revision=0002
            The Engine Dies While It Recovers    CP-M1d
            Get Digest Of The Rows    ==    ${rows}    revision=0002
            ```
        """
        member("revision", revision, list(REVISIONS))
        question = Question(lambda: _digest(self._store(engine), revision), f"digest of the rows of revision {revision}", _LOOK)
        return ask(question, operator, expected, ONCE)

    @keyword
    def fill_the_journal(self, symbol: Symbol, *, events: int, venue: str = NOT_GIVEN, engine: str = NOT_GIVEN) -> int:
        """Send signals that nobody believes in (confidence 0), so that risk denies them, until the journal has so many events.

        Args:
            symbol: Of the signals, such as `BTCUSDT`.
            events: How many there must be at least, such as `1001`.
            venue: Alias of the venue; default: the first one opened.
            engine: Alias; default: the first engine. It runs.

        Returns:
            How many there are.

        Raises:
            AssertionError: a signal was accepted.

        Example:
            ```robotframework
            Fill The Journal    BTCUSDT    events=1001
            ```
        """
        used = self.engine(engine)
        wish = Wish(Side.BUY, symbol, Quantity(1), None, None, None, Quantity(0), Purpose.ENTRY, None)
        while (count := int(used.control.health()["journal_seq"])) < events:
            for _ in range(50):
                answer = send(used, wish.document(self.exchange(venue).alias))
                if answer.ok:
                    raise AssertionError(f"a signal of confidence 0 should be denied, it was accepted: {answer.body}")
        return count

    def _store(self, engine: str | None) -> Store:
        return read_store(still(self.engine(engine)), live=False)


def make_older(connection: sqlite3.Connection, revision: str) -> None:
    """Take back what every later revision brought. `connection` is in autocommit mode.

    Raises:
        WrongArgument: rows are there that an engine of that revision could not write.
    """
    connection.execute("BEGIN IMMEDIATE")
    for undone in (name for name in UNDONE if name > revision):
        _must_be_older(connection, undone)
        for statement in UNDONE[undone]:
            connection.execute(statement)
    connection.execute(f"UPDATE {VERSION_TABLE} SET version_num = ?", (revision,))  # noqa: S608 - a constant
    connection.execute("COMMIT")


def _must_be_older(connection: sqlite3.Connection, undone: str) -> None:
    table, newer = _LATER.get(undone, ("events", "0"))
    (rows,) = connection.execute(f"SELECT count(*) FROM {table} WHERE {newer}").fetchone()  # noqa: S608 - constants
    if rows:
        raise WrongArgument(f"{rows} rows of {table} are such as no engine before revision {undone} has written; make a database without")


def _digest(store: Store, revision: str) -> str:
    digest = hashlib.sha256()
    for name, columns in sorted(REVISIONS[revision].tables.items()):
        if name != VERSION_TABLE:
            rows = sorted(repr([row[column] for column in columns]) for row in store.tables[name].rows)
            digest.update("\n".join([name, *rows, ""]).encode())
    return digest.hexdigest()

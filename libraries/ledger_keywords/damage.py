"""Damage to the files of an engine that does not run: bytes, rows, pages, whole files. Each keyword says what it did to which file."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from robot.api.deco import keyword

from libraries.common.component import Component, member
from libraries.common.errors import WrongArgument
from libraries.common.types import NOT_GIVEN, TornLog
from libraries.ledger_keywords.database import condition
from libraries.ledger_keywords.log_frames import commits_of
from libraries.world.engine import Engine

_LETTER = b"Dear aunt, this is a letter and no database. "
_TRIGGERS = ("events_no_update", "events_no_delete", "events_chain")


class DamageKeywords(Component):
    """The engine is stopped or killed first: what a running one holds open would be written over."""

    @keyword
    def flip_a_byte_in_the_journal(self, *, before_the_end: int = 3, engine: str = NOT_GIVEN) -> int:
        """Change one byte of one event in the database file, as a dying disk does. SQLite does not notice. Stop or kill the engine first.

        A start verifies the events after the last snapshot; a clean stop leaves one, so kill the engine if its start has to notice.

        Args:
            before_the_end: Which event: so many before the last one.
            engine: Alias; default: the first engine.

        Returns:
            The event's sequence number.

        Raises:
            WrongArgument: the engine runs, or the journal has no such event in one piece.

        Example:
            ```robotframework
            Kill The Engine
            Flip A Byte In The Journal
            The Damaged Database Is Refused    chain broken
            ```
        """
        path = self._database(engine)
        with closing(sqlite3.connect(path)) as connection:
            rows = connection.execute("SELECT seq, prev_hash, hash FROM events ORDER BY seq DESC LIMIT -1 OFFSET ?", (before_the_end,))
            events = rows.fetchmany(50)
        raw = path.read_bytes()
        for seq, previous, digest in events:
            place = raw.find(f"{previous}{digest}".encode())  # the two columns behind the payload, which ends in a brace
            if place > 0 and raw[place - 1 : place] == b"}":
                _put(path, place - 2, bytes([raw[place - 2] ^ 1]))
                self.note("byte flipped", event=seq, offset=place - 2)
                return int(seq)
        raise WrongArgument(f"expected an event at least {before_the_end} before the end of the journal, got none that lies in one page")

    @keyword
    def cut_the_database_short(self, *, by: int = 1000, engine: str = NOT_GIVEN) -> int:
        """Cut bytes off the end of the database file. Stop the engine first.

        Args:
            by: How many bytes.
            engine: Alias; default: the first engine.

        Returns:
            The size that is left, in bytes; 0 of an emptied file.

        Raises:
            WrongArgument: the engine runs.

        Example:
            ```robotframework
            Stop The Engine
            Cut The Database Short    by=1000
            ```
        """
        path = self._database(engine)
        left = max(path.stat().st_size - by, 0)
        with path.open("r+b") as file:
            file.truncate(left)
        self.note("database cut", left=left)
        return left

    @keyword
    def wipe_a_page_of_the_database(self, table: str, *, engine: str = NOT_GIVEN) -> int:
        """Write zeros over the first page of a table. Stop the engine first.

        Args:
            table: Such as `events` or `fills`.
            engine: Alias; default: the first engine.

        Returns:
            The page's number, from 1.

        Raises:
            WrongArgument: the engine runs, or there is no such table.

        Example:
            ```robotframework
            Stop The Engine
            Wipe A Page Of The Database    fills
            ```
        """
        path = self._database(engine)
        with closing(sqlite3.connect(path)) as connection:
            pages = dict(connection.execute("SELECT name, rootpage FROM sqlite_master WHERE type = 'table'").fetchall())
            (size,) = connection.execute("PRAGMA page_size").fetchone()
        page = int(pages[member("table", table, sorted(pages))])
        _put(path, (page - 1) * size, bytes(size))
        self.note("page wiped", table=table, page=page)
        return page

    @keyword("Tear The Write-Ahead Log")
    def tear_the_write_ahead_log(self, how: TornLog, *, engine: str = NOT_GIVEN) -> None:
        """Damage the log in which the last transactions of a killed engine are. Kill the engine first: a clean stop leaves no log.

        Args:
            how: `LAST_TRANSACTION` (its last frame is cut in the middle), `LAST_BYTE` (one byte of the last transaction is flipped),
                `GARBAGE` (a few strange bytes follow), `EARLIER_TRANSACTION` (a byte is flipped, and whole transactions follow).
            engine: Alias; default: the first engine.

        Raises:
            WrongArgument: the engine runs, or there are too few transactions in its log.

        Example:
            ```robotframework
            Kill The Engine
            Tear The Write-Ahead Log    LAST_TRANSACTION
            Restart The Engine
            ```
        """
        path = self._database(engine)
        log = path.with_name(path.name + "-wal")
        commits = commits_of(log) if log.exists() else []
        wanted = 3 if how is TornLog.EARLIER_TRANSACTION else 1
        if len(commits) < wanted:
            raise WrongArgument(f"expected a log with {wanted} transactions or more, got {len(commits)}; kill the engine while it trades")
        raw = log.read_bytes()
        last = commits[-1]
        if how is TornLog.LAST_TRANSACTION:
            log.write_bytes(raw[: last + 24 + 1_000])
        elif how is TornLog.GARBAGE:
            log.write_bytes(raw + b"\x99" * 17)
        else:
            place = (last if how is TornLog.LAST_BYTE else commits[-3]) + 200
            _put(log, place, bytes([raw[place] ^ 1]))
        self.note("log torn", how=how.value)

    @keyword
    def change_a_row(self, table: str, column: str, value: str, *, where: str, engine: str = NOT_GIVEN) -> int:
        """Change one column of rows behind the engine's back. Stop or kill the engine first.

        Args:
            table: Such as `balances`.
            column: Such as `total`.
            value: What it says from now on.
            where: Which rows: column and value, such as `asset=USDT`.
            engine: Alias; default: the first engine.

        Returns:
            How many rows were changed.

        Raises:
            WrongArgument: the engine runs, no such table or column, no such row.

        Example:
            ```robotframework
            Stop The Engine
            Change A Row    balances    total    1000000    where=asset=USDT
            ```
        """
        return self._tamper(engine, table, f'UPDATE "{table}" SET "{column}" = :value', {"value": value}, where, (column,))  # noqa: S608 - checked

    @keyword
    def delete_a_row(self, table: str, *, where: str, engine: str = NOT_GIVEN) -> int:
        """Delete rows behind the engine's back. Stop or kill the engine first.

        Args:
            table: Such as `fills`.
            where: Which rows: column and value, such as `trade_id=1`.
            engine: Alias; default: the first engine.

        Returns:
            How many rows were deleted.

        Raises:
            WrongArgument: the engine runs, no such table or column, no such row.

        Example:
            ```robotframework
            Stop The Engine
            Delete A Row    fills    where=symbol=BTCUSDT
            ```
        """
        return self._tamper(engine, table, f'DELETE FROM "{table}"', {}, where, ())  # noqa: S608 - the name is checked

    @keyword
    def add_a_row_like(self, table: str, column: str, value: str, *, where: str, engine: str = NOT_GIVEN) -> int:
        """Add a row that is like another one but for one column, behind the engine's back. Stop or kill the engine first.

        Args:
            table: Such as `positions`.
            column: The column that differs, such as `symbol`.
            value: What it says there.
            where: The row that it is like: column and value, such as `symbol=BTCUSDT`.
            engine: Alias; default: the first engine.

        Returns:
            How many rows were added.

        Raises:
            WrongArgument: the engine runs, no such table or column, no such row.

        Example:
            ```robotframework
            Stop The Engine
            Add A Row Like    positions    symbol    ETHUSDT    where=symbol=BTCUSDT
            ```
        """
        with closing(sqlite3.connect(self._database(engine))) as connection:
            columns = [row[1] for row in connection.execute(f'PRAGMA table_info("{table}")')]
        taken = ", ".join(":value" if name == column else f'"{name}"' for name in columns)
        statement = f'INSERT INTO "{table}" SELECT {taken} FROM "{table}"'  # noqa: S608 - names are checked
        return self._tamper(engine, table, statement, {"value": value}, where, (column,))

    @keyword
    def cut_off_the_end_of_the_journal(self, *, facts: int = 2, engine: str = NOT_GIVEN) -> int:
        """Delete the last facts of the journal, with the triggers that forbid it out of the way. Stop the engine first.

        Args:
            facts: How many.
            engine: Alias; default: the first engine.

        Returns:
            The last sequence number that is left.

        Raises:
            WrongArgument: the engine runs.

        Example:
            ```robotframework
            Stop The Engine
            Cut Off The End Of The Journal    facts=2
            ```
        """
        path = self._database(engine)
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            triggers = [connection.execute("SELECT sql FROM sqlite_master WHERE name = ?", (name,)).fetchone()[0] for name in _TRIGGERS]
            left = int(connection.execute("SELECT max(seq) FROM events").fetchone()[0]) - facts
            for name in _TRIGGERS:
                connection.execute(f"DROP TRIGGER {name}")
            connection.execute("DELETE FROM snapshots WHERE seq > ?", (left,))
            connection.execute("DELETE FROM commits WHERE last_seq > ?", (left,))
            connection.execute("DELETE FROM events WHERE seq > ?", (left,))
            for trigger in triggers:
                connection.execute(trigger)
        self.note("journal cut", left=left)
        return left

    @keyword
    def replace_the_database_by_a_letter(self, *, engine: str = NOT_GIVEN) -> None:
        """Write something else into the database file, which is no database. Stop the engine first.

        Args:
            engine: Alias; default: the first engine.

        Raises:
            WrongArgument: the engine runs.

        Example:
            ```robotframework
            Stop The Engine
            Replace The Database By A Letter
            ```
        """
        self._database(engine).write_bytes(_LETTER * 500)
        self.note("database replaced")

    @keyword
    def remove_the_anchor(self, *, engine: str = NOT_GIVEN) -> None:
        """Remove the file that anchors the journal's chain. Stop or kill the engine first.

        Args:
            engine: Alias; default: the first engine.

        Raises:
            WrongArgument: the engine runs.

        Example:
            ```robotframework
            Stop The Engine
            Remove The Anchor
            ```
        """
        self._database(engine)
        self.engine(engine).anchor_path.unlink()
        self.note("anchor removed")

    @keyword
    def damage_the_anchor(self, *, engine: str = NOT_GIVEN) -> None:
        """Write nonsense into the first line of the anchor file. Stop or kill the engine first.

        Args:
            engine: Alias; default: the first engine.

        Raises:
            WrongArgument: the engine runs.

        Example:
            ```robotframework
            Stop The Engine
            Damage The Anchor
            ```
        """
        self._database(engine)
        _put(self.engine(engine).anchor_path, 0, b"#")
        self.note("anchor damaged")

    def _database(self, engine: str | None) -> Path:
        used = self.engine(engine)
        return still(used)

    def _tamper(  # noqa: PLR0917 - one statement and what it is about
        self, engine: str | None, table: str, statement: str, values: dict[str, str], where: str, columns: tuple[str, ...]
    ) -> int:
        conditions = condition(where)
        with closing(sqlite3.connect(self._database(engine), isolation_level=None)) as connection:
            tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
            member("table", table, tables)
            known = [row[1] for row in connection.execute(f'PRAGMA table_info("{table}")')]
            for column in (*columns, *conditions):
                member(f"column of {table}", column, known)
            ((column, found),) = conditions.items()
            changed = connection.execute(f'{statement} WHERE CAST("{column}" AS TEXT) = :found', values | {"found": found}).rowcount
        if not changed:
            raise WrongArgument(f"expected a row of {table} where {where}, got none")
        self.note("rows tampered with", table=table, rows=changed)
        return changed


def still(engine: Engine) -> Path:
    """The database of an engine that does not run.

    Raises:
        WrongArgument: it runs, or has none.
    """
    if engine.alive:
        raise WrongArgument(f"engine {engine.alias} runs; stop or kill it first (keywords: Stop The Engine, Kill The Engine)")
    if not engine.database_path.exists():
        raise WrongArgument(f"engine {engine.alias} has no database; start it first (keyword: Start A Fresh Engine)")
    return engine.database_path


def _put(path: Path, offset: int, content: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(content)

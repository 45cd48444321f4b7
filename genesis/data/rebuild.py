"""`genesis rebuild`: all tables anew from the journal, into a new file that takes the old one's place in one step.

The events are copied as they are and verified on the way; nothing of the old tables is read but to tell what differed. Until the
rename the old file is whole, after it the new one is: a kill at any moment loses nothing.
"""

from __future__ import annotations

import contextlib
import sqlite3
import sys
from pathlib import Path
from typing import Final

import msgspec

from genesis.core.errors import EXIT_OK, MIGRATION, ROLLBACK, CommandLineError, DamagedDatabase, DatabaseError
from genesis.core.money import install_context
from genesis.core.state import State
from genesis.data import anchor, files, identity, migrate, preflight, quarantine, statements, wal
from genesis.data.audit import database_of, digest_of, server_of, tables_in
from genesis.data.codec import GENESIS_HASH, UnknownFact, compact_json, fact_from
from genesis.data.lock import DatabaseLock
from genesis.data.recovery import believing, chain, from_snapshot, opened
from genesis.data.rows import differing_rows, upserts_of
from genesis.data.sqlite import is_damage, is_foreign, no_database, open_reader, open_writer
from genesis.engine.ports import Head

_MOST_SHOWN: Final = 20
_WRITTEN_ANEW: Final = ("snapshots", "alembic_version")


class Rebuilt(msgspec.Struct, kw_only=True):
    """What was done. `rows_before` names the tables as they were ("unreadable" where they could not be read), `rows_after` as they are;
    both are equal when nothing differed. `copy`: where the files are kept as they were, "" when nothing differed."""

    verdict: str
    events: int
    head_hash: str
    digest: str
    rows_before: str
    rows_after: str
    counts: dict[str, int]
    differences: list[str]
    copy: str
    accepted: list[str]
    instance_id: str


def main(url: str, anchor_file: str | None, *, accept_loss: bool) -> int:
    """Rebuild and print the report as JSON on stdout; the exit code.

    Raises:
        CommandLineError: no such URL.
        DatabaseError: an engine holds the lock, the journal is not whole, or the disk refuses; the file is as it was.
    """
    install_context()
    server = server_of(url)
    if server is None:
        path = database_of(url)
        report = rebuild(path, Path(anchor_file) if anchor_file else anchor.beside(path), accept_loss=accept_loss)
    else:
        from genesis.data.postgres.commands import rebuilt  # noqa: PLC0415 - its driver is not always needed

        if not anchor_file:
            raise CommandLineError("--anchor: expected the anchor file of this machine, as [database] anchor names it, got nothing")
        report = rebuilt(server, Path(anchor_file), accept_loss=accept_loss)
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(report)).decode() + "\n")
    return EXIT_OK


def rebuild(path: Path, anchor_path: Path, *, accept_loss: bool = False) -> Rebuilt:
    """Write every table anew. `accept_loss`: take the journal as far as it is whole, whatever anchor and log say of more; client order
    ids bear a new instance from then on, for numbers of the old one may have been given.

    Raises:
        DatabaseError: see `main`.
    """
    if not path.is_file():
        raise DatabaseError(f"{path}: expected an engine's database, got no such file")
    lock = DatabaseLock(path)
    try:
        with believing(path, anchor_path):
            return _rebuild(path, anchor_path, accept_loss=accept_loss)
    except sqlite3.Error as error:
        raise DatabaseError(f"{path}: cannot be read: {type(error).__name__}: {error}; free or repair the disk", ROLLBACK) from error
    except OSError as error:
        raise DatabaseError(f"{path}: cannot be rebuilt: {error.strerror}; free or repair the disk", ROLLBACK) from error
    finally:
        lock.release()


def _rebuild(path: Path, anchor_path: Path, *, accept_loss: bool) -> Rebuilt:
    new = path.with_name(path.name + ".rebuild")
    files.forget(new)
    accepted = _look(path, anchor_path, accept_loss=accept_loss)
    try:
        report = _write(new, path)
    except BaseException:
        files.forget(new)
        raise
    differ = report.differences or report.rows_before != report.rows_after
    if differ or accepted:
        report.copy = str(quarantine.keep(path, anchor_path))
        report.verdict = "repaired" if differ else "equal"
    if accepted:
        report.accepted, report.instance_id = accepted, _take_new_identity(new)
    _put_in_place(new, path)
    if accepted:
        anchor.replace(anchor_path, seq=report.events, chain_hash=report.head_hash, reason="accepted")
    return report


def _look(path: Path, anchor_path: Path, *, accept_loss: bool) -> list[str]:
    """Whether the files are those of an engine of this version and nothing of the journal's end is lost; what is accepted all the same.

    Raises:
        DamagedDatabase: they are not, or something is lost.
    """
    connection = opened(path, open_reader)
    try:
        connection.execute("BEGIN")
        revision = migrate.revision_of(connection, path)
        if revision != migrate.HEAD:
            raise DatabaseError(
                f"{path}: expected schema revision {migrate.HEAD}, got {revision or 'an empty database'}; "
                "start the engine once, it migrates what is older",
                MIGRATION,
            )
        accepted: list[str] = []
        tail = wal.tail(path)
        head = connection.execute("SELECT seq, hash FROM events ORDER BY seq DESC LIMIT 1").fetchone() or (0, GENESIS_HASH)
        for check in (
            lambda: preflight.check_log(path, tail),
            lambda: preflight.check_anchor(connection, Head(*head), anchor_path),
        ):
            try:
                check()
            except DamagedDatabase as error:
                if not accept_loss or error.way_out not in (preflight.ACCEPT, anchor.WAY_OUT):
                    raise
                accepted.append(error.message)
        return accepted
    except sqlite3.DatabaseError as error:
        if is_foreign(error):
            raise no_database(path, error) from error
        if is_damage(error):
            raise DamagedDatabase(f"{path}: damaged pages where the journal is: {error}") from error
        raise
    finally:
        connection.close()


def _write(new: Path, path: Path) -> Rebuilt:
    """The new file: the journal copied and verified, the tables folded from it."""
    connection = sqlite3.connect(new.absolute().as_uri(), uri=True, isolation_level=None)
    try:
        new.chmod(0o600)
        connection.execute("PRAGMA journal_mode=OFF")  # it is thrown away if this is interrupted, and synced as a whole at the end
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.executescript(migrate.HEAD_SCRIPT.read_text(encoding="utf-8"))
        connection.execute("ATTACH ? AS former", (f"{path.absolute().as_uri()}?mode=ro",))
        connection.execute("BEGIN")
        _copy_journal(connection, path)
        state, head = _fold_into(connection, path)
        _snapshot(connection, state, head)
        before, differences = _compare(connection, path)
        connection.execute("COMMIT")
        after = tables_in(connection)
        connection.execute("DETACH former")
        connection.execute("PRAGMA journal_mode=WAL")
        known = dict(connection.execute("SELECT key, value FROM meta"))
    finally:
        connection.close()
    files.sync(new)
    return Rebuilt(
        verdict="equal",
        events=head.seq,
        head_hash=head.hash,
        digest=state.digest(),
        rows_before=before,
        rows_after=digest_of(after),
        counts={name: len(rows) for name, rows in after.items()},
        differences=differences[:_MOST_SHOWN],
        copy="",
        accepted=[],
        instance_id=known.get("instance_id", ""),
    )


def _copy_journal(connection: sqlite3.Connection, path: Path) -> None:
    """Everything that no fold gives back. The chain's own trigger is for one event at a time; `chain` verifies all of them after."""
    (trigger,) = connection.execute("SELECT sql FROM sqlite_master WHERE name = 'events_chain'").fetchone()
    connection.execute("DROP TRIGGER events_chain")
    try:
        tables = [name for (name,) in connection.execute("SELECT name FROM main.sqlite_master WHERE type = 'table' ORDER BY rowid")]
        for table in tables:
            if table not in (*statements.PROJECTIONS, *_WRITTEN_ANEW):
                names = ", ".join(f'"{row[1]}"' for row in connection.execute(f"PRAGMA main.table_info({table})"))
                connection.execute(f"INSERT INTO main.{table} ({names}) SELECT {names} FROM former.{table}")  # noqa: S608 - of the schema
    except sqlite3.DatabaseError as error:
        if is_damage(error):
            raise DamagedDatabase(f"{path}: damaged pages where the journal is: {error}") from error
        raise
    connection.execute(trigger)


def _fold_into(connection: sqlite3.Connection, path: Path) -> tuple[State, Head]:
    """Write the rows in the order in which their facts came, each under the epoch of the process that wrote it.

    Raises:
        DamagedDatabase: the chain is broken, or a fact is unknown.
    """
    state, head = State(), Head(0, GENESIS_HASH)
    for event in chain(connection, path, head):
        try:
            state.apply(fact_from(event.kind, event.correlation_id, event.payload))
        except (UnknownFact, KeyError, ValueError, ArithmeticError) as error:
            raise DamagedDatabase(
                f"{path}: event {event.seq} cannot be folded: {type(error).__name__}: {error}",
                MIGRATION,
                way_out="use the version of the engine that wrote it",
            ) from error
        for statement, rows in upserts_of(state, state.take_dirty(), event.epoch):
            connection.executemany(statement, rows)
        head = Head(event.seq, event.hash)
    return state, head


def _snapshot(connection: sqlite3.Connection, state: State, head: Head) -> None:
    """One of the end, in place of those that were there: they are folds as well."""
    if head.seq == 0:
        return
    (wall_ms,) = connection.execute("SELECT wall_ms FROM events WHERE seq = ?", (head.seq,)).fetchone()
    row = (head.seq, head.hash, state.digest(), wall_ms, compact_json(state.document()))
    connection.execute(statements.UPSERT_SNAPSHOT, row)


def _compare(connection: sqlite3.Connection, path: Path) -> tuple[str, list[str]]:
    """The digest of the tables as they were, and what differs."""
    expected = tables_in(connection)
    try:
        with contextlib.closing(open_reader(path)) as old:
            found = tables_in(old)
    except (sqlite3.Error, ValueError) as error:
        return "unreadable", [f"the tables cannot be read: {error}"]
    differences = [line for name, rows in expected.items() for line in differing_rows(name, rows, found[name])]
    return digest_of(found), differences + _damaged_snapshots(connection)


def _damaged_snapshots(connection: sqlite3.Connection) -> list[str]:
    found = []
    for row in connection.execute("SELECT seq, hash, digest, document FROM former.snapshots").fetchall():
        try:
            from_snapshot(connection, row)
        except ValueError as error:
            found.append(f"snapshot {row[0]} is damaged: {error}")
    return found


def _take_new_identity(new: Path) -> str:
    connection = open_writer(new)
    try:
        instance_id = identity.renew(connection)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connection.close()
    files.sync(new)
    return instance_id


def _put_in_place(new: Path, path: Path) -> None:
    """The old file takes in its log, which must not be found beside the new one; then the new one takes its name."""
    connection = opened(path, open_writer)
    try:
        busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        connection.close()
    log = path.with_name(path.name + "-wal")
    if busy or (log.exists() and log.stat().st_size):
        raise DatabaseError(f"{path}: expected to be alone with the database, but another process reads it; end that")
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    new.replace(path)
    files.sync_directory(path.parent)

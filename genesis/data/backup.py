"""`genesis backup` and `genesis restore`: a verified copy while the engine trades, and a database made of one.

A backup is one moment of the database, taken by SQLite's own backup on a connection that only reads, and the anchor file as it was just
before. It bears its name only after all of its journal was verified and folded, and its tables were compared.
"""

from __future__ import annotations

import contextlib
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from genesis.core.errors import DAMAGED, EXIT_OK, ROLLBACK, CommandLineError, DatabaseError
from genesis.core.money import install_context
from genesis.data import anchor, archive, audit, files, identity
from genesis.data.lock import DatabaseLock
from genesis.data.recovery import opened
from genesis.data.sqlite import is_foreign, no_database, open_reader, open_writer

_AFTER_RESTORE: Final = (
    "the database was restored from a backup that ends at event {seq}: what the engine did after it is read from the venue; "
    "pauses, halts and settings of after it are lost"
)


class Copied(msgspec.Struct, kw_only=True):
    """`digest` is the state's, as `/state` shows it. `instance_id`: what client order ids bear from the next start on."""

    verdict: str
    file: str
    events: int
    head_hash: str
    digest: str
    rows: str
    instance_id: str


def backup_main(url: str, anchor_file: str | None, to: str) -> int:
    """Back up and print the report as JSON on stdout; the exit code.

    Raises:
        CommandLineError: no such URL, or the target is there already.
        DatabaseError: the database is not whole, or the disk refuses; no backup is left.
    """
    path = _file_of(url)
    install_context()
    return _tell(backup(path, Path(anchor_file) if anchor_file else anchor.beside(path), Path(to)))


def restore_main(source: str, url: str, anchor_file: str | None) -> int:
    """Restore and print the report as JSON on stdout; the exit code.

    Raises:
        CommandLineError: no such URL, or there is a database already.
        DatabaseError: the backup is not whole, an engine holds the lock, or the disk refuses; no database is left.
    """
    path = _file_of(url)
    install_context()
    return _tell(restore(Path(source), path, Path(anchor_file) if anchor_file else anchor.beside(path)))


def _file_of(url: str) -> Path:
    if audit.server_of(url) is not None:
        raise CommandLineError("--database: expected a sqlite:// URL; a PostgreSQL server is backed up and restored with pg_basebackup")
    return audit.database_of(url)


def _tell(report: Copied) -> int:
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(report)).decode() + "\n")
    return EXIT_OK


def backup(path: Path, anchor_path: Path, to: Path) -> Copied:
    """A verified copy of the database at `to` and of its anchor beside it, while an engine may be writing."""
    if not path.is_file():
        raise DatabaseError(f"{path}: expected an engine's database, got no such file")
    _must_not_be_there((to, anchor.beside(to), archive.directory_of(to)), "a backup is never overwritten; name another file")
    partial = to.with_name(to.name + ".partial")
    with _finished_or_gone(partial, path):
        anchors = anchor.whole_lines(anchor_path)
        _copy(path, partial, anchors)
        report = _verified(partial, path)
        _put_in_place(partial, to, anchor.beside(to))
    return msgspec.structs.replace(report, verdict="backed up", file=str(to))


def restore(source: Path, path: Path, anchor_path: Path) -> Copied:
    """A database made of a backup. It takes another instance for its client order ids: the venue may have seen numbers of the old one that
    the backup does not know (R26)."""
    if not source.is_file():
        raise DatabaseError(f"{source}: expected a backup, got no such file")
    lock = DatabaseLock(path)
    try:
        _must_not_be_there((path, anchor_path, archive.directory_of(path), *files.beside(path)), "move the old files away first")
        partial = path.with_name(path.name + ".partial")
        with _finished_or_gone(partial, source):
            anchors = anchor.whole_lines(anchor.beside(source))
            _copy(source, partial, anchors)
            report = _verified(partial, source)
            instance_id = _begin_anew(partial, report.events)
            _put_in_place(partial, path, anchor_path)
    finally:
        lock.release()
    return msgspec.structs.replace(report, verdict="restored", file=str(path), instance_id=instance_id)


def _must_not_be_there(paths: tuple[Path, ...], what_helps: str) -> None:
    for path in paths:
        if path.exists():
            raise CommandLineError(f"{path}: expected no such file, got one; {what_helps}")


@contextlib.contextmanager
def _finished_or_gone(partial: Path, source: Path) -> Iterator[None]:
    """Whatever ends it early leaves nothing.

    Raises:
        DatabaseError: the source is damaged, or the disk refuses.
    """
    files.forget(partial)
    try:
        yield
    except sqlite3.Error as error:
        if is_foreign(error):
            raise no_database(source, error) from error
        raise DatabaseError(f"{source}: cannot be copied: {type(error).__name__}: {error}", ROLLBACK) from error
    except OSError as error:
        raise DatabaseError(f"{source}: cannot be copied to {partial.parent}: {error.strerror}", ROLLBACK) from error
    finally:
        files.forget(partial)


def _copy(source: Path, target: Path, anchors: bytes) -> None:
    """One moment of the database. The anchors were read before, so that they name no event that the copy lacks."""
    target.touch(0o600)
    with contextlib.closing(opened(source, open_reader)) as reading, contextlib.closing(sqlite3.connect(target)) as writing:
        reading.backup(writing)
    anchor.write(anchor.beside(target), anchors)
    _copy_archives(source, target)


def _copy_archives(source: Path, target: Path) -> None:
    """Those that the copy names; what the engine archives from now on is in its table."""
    with contextlib.closing(open_reader(target)) as connection:
        named = archive.archives_in(connection)
    if named:
        archive.directory_of(target).mkdir(mode=0o700)
    for known in named:
        files.copy(archive.directory_of(source) / known.file, archive.directory_of(target) / known.file)


def _verified(copy: Path, source: Path) -> Copied:
    found = audit.audit(copy)
    if found.violations:
        raise DatabaseError(
            f"{source}: expected a database that `genesis audit` finds whole, got {len(found.violations)} findings: {found.violations[0]}; "
            "nothing was copied",
            DAMAGED,
        )
    with contextlib.closing(open_reader(copy)) as connection:
        meta = dict(connection.execute("SELECT key, value FROM meta"))
    return Copied(
        verdict="",
        file="",
        events=found.events,
        head_hash=found.head_hash,
        digest=found.digest_journal,
        rows=found.rows_tables,
        instance_id=meta.get(identity.INSTANCE, ""),
    )


def _begin_anew(copy: Path, events: int) -> str:
    connection = open_writer(copy)
    try:
        epoch = dict(connection.execute("SELECT key, value FROM meta")).get("epoch", "0")
        return identity.renew(connection, **{identity.RESTORED: f"{epoch}:{_AFTER_RESTORE.format(seq=events)}"})
    finally:
        connection.close()  # the last connection: the log is taken in


def _put_in_place(partial: Path, to: Path, anchor_path: Path) -> None:
    """Anchor and archives first: a database that bears its name is whole."""
    for path in files.beside(partial):
        path.unlink()
    files.sync(partial)
    if archive.directory_of(partial).exists():
        files.sync_directory(archive.directory_of(partial))
        archive.directory_of(partial).replace(archive.directory_of(to))
    anchor.beside(partial).replace(anchor_path)
    partial.replace(to)
    for folder in {to.parent, anchor_path.parent}:
        files.sync_directory(folder)

"""`genesis audit`: verify the whole chain, refold the journal, compare with the tables. Reads only (R27, I19, I21).

The independent auditor (`libraries/auditor`) checks the same from outside; this one knows the fold itself.
"""

from __future__ import annotations

import hashlib
import os
import re
import sqlite3
import sys
from pathlib import Path
from typing import Any, Final

import msgspec

from genesis.core.errors import EXIT_AUDIT, EXIT_OK, CommandLineError, DatabaseError
from genesis.core.money import install_context
from genesis.core.secret import Secret
from genesis.core.state import State
from genesis.data import anchor, statements
from genesis.data.codec import GENESIS_HASH, UnknownFact, fact_from
from genesis.data.migrate import revision_of
from genesis.data.postgres.settings import PostgresSettings, from_url
from genesis.data.recovery import chain
from genesis.data.rows import Row, differing_rows, tables_of
from genesis.data.sqlite import open_reader, path_of
from genesis.engine.ports import Head

_URL: Final = re.compile(r"sqlite:////[^\x00?#]+")
_MOST_SHOWN: Final = 20
PASSWORD_VARIABLE: Final = "GENESIS_DATABASE_PASSWORD"  # noqa: S105 - a name
"""Of a server, for commands; without it PGPASSWORD and ~/.pgpass are looked at."""


class Report(msgspec.Struct, kw_only=True):
    """`violations` is empty when everything holds; each names what was expected, what was found and where."""

    verdict: str
    events: int
    head_hash: str
    digest_journal: str
    rows_journal: str
    rows_tables: str
    counts: dict[str, int]
    violations: list[str]


def main(url: str) -> int:
    """Audit and print the report as JSON on stdout; the exit code (0, or 6 with a violation).

    Raises:
        CommandLineError: no such URL.
        DatabaseError: the database cannot be read, or holds no engine's schema.
    """
    install_context()
    server = server_of(url)
    if server is None:
        report = audit(database_of(url))
    else:
        from genesis.data.postgres.commands import audited  # noqa: PLC0415 - its driver is not always needed

        report = audited(server)
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(report)).decode() + "\n")
    return EXIT_AUDIT if report.violations else EXIT_OK


def database_of(url: str) -> Path:
    """The file of a `--database` option.

    Raises:
        CommandLineError: no such URL.
    """
    if not _URL.fullmatch(url):
        expected = "a URL such as sqlite:////var/lib/genesis/engine.db or postgresql://user@host:5432/name"
        raise CommandLineError(f"--database: expected {expected}, got {url[:80]!r}")
    return path_of(url)


def server_of(url: str) -> PostgresSettings | None:
    """The server of a `--database` option, None if it names none. Its password comes by environment variable."""
    return from_url(url, password=Secret(os.environ.get(PASSWORD_VARIABLE, "")))


def audit(path: Path) -> Report:
    """Verify, refold, compare. The anchor is the file beside the database, if it is there.

    Raises:
        DatabaseError: see `main`.
    """
    if not path.is_file():
        raise DatabaseError(f"{path}: expected an engine's database, got no such file")
    connection = open_reader(path)
    try:
        connection.execute("BEGIN")  # one snapshot for everything that is read below
        if revision_of(connection, path) is None:
            raise DatabaseError(f"{path}: expected an engine's database, got an empty file")
        return _report(connection, path)
    except sqlite3.Error as error:
        raise DatabaseError(f"{path}: cannot be read: {type(error).__name__}: {error}") from error
    finally:
        connection.close()


def _report(connection: sqlite3.Connection, path: Path) -> Report:
    violations: list[str] = []
    state, head = State(), Head(0, GENESIS_HASH)
    hashes = {}
    snapshots = {seq: (found, digest) for seq, found, digest in connection.execute("SELECT seq, hash, digest FROM snapshots")}
    try:
        for event in chain(connection, path, head):
            state.apply(fact_from(event.kind, event.correlation_id, event.payload))
            head = Head(event.seq, event.hash)
            hashes[event.seq] = event.hash
            if event.seq in snapshots and snapshots[event.seq] != (event.hash, state.digest()):
                violations.append(f"snapshot {event.seq}: expected hash {event.hash} and the digest of the fold, found others")
    except DatabaseError as error:
        violations.append(error.message)
    except (UnknownFact, KeyError, ValueError, ArithmeticError) as error:
        violations.append(f"event {head.seq + 1}: cannot be folded: {type(error).__name__}: {error}")
    violations += _differing_anchors(anchor.beside(path), hashes)
    expected, found = tables_of(state), tables_in(connection)
    for name in expected:
        violations += differing_rows(name, expected[name], found[name])
    return Report(
        verdict="violated" if violations else "held",
        events=head.seq,
        head_hash=head.hash,
        digest_journal=state.digest(),
        rows_journal=digest_of(expected),
        rows_tables=digest_of(found),
        counts={name: len(rows) for name, rows in found.items()},
        violations=violations[:_MOST_SHOWN],
    )


def _differing_anchors(path: Path, hashes: dict[int, str]) -> list[str]:
    if not path.exists():
        return []
    try:
        anchors = anchor.read(path)
    except DatabaseError as error:
        return [error.message]
    return [
        f"{path}: expected event {line.seq} with the anchored hash {line.hash[:12]}..., found {hashes.get(line.seq, 'no such event')[:12]}"
        for line in anchors
        if hashes.get(line.seq) != line.hash
    ]


def tables_in(connection: sqlite3.Connection) -> dict[str, list[Row]]:
    """Every projection table as it is, sorted by key, to be compared with `tables_of`."""
    tables = {}
    for name, columns in statements.PROJECTIONS.items():
        compared = [column for column in columns if (name, column) != ("orders", "epoch")]
        tables[name] = sorted(connection.execute(f"SELECT {', '.join(compared)} FROM {name}").fetchall())  # noqa: S608 - names of the schema
    return tables


def digest_of(tables: dict[str, list[Row]]) -> str:
    """sha256 (hex) over the rows of all tables."""
    plain: dict[str, Any] = {name: tables[name] for name in sorted(tables)}
    return hashlib.sha256(msgspec.json.encode(plain)).hexdigest()

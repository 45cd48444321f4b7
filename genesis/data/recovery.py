"""From the database file to the state: lock, schema, snapshot, later facts, all verified (R30)."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from genesis import hooks
from genesis.core.errors import CHAIN_BROKEN, MIGRATION, ROLLBACK, DatabaseError
from genesis.core.state import State
from genesis.data import anchor, migrate
from genesis.data.codec import GENESIS_HASH, EventRow, UnknownFact, chain_hash, fact_from
from genesis.data.sqlite import is_locked, open_writer
from genesis.engine.ports import Head

_ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz0123456789"
_INSTANCE_LENGTH: Final = 8
_OPEN_ATTEMPTS: Final = 20
_COLUMNS: Final = "seq, epoch, wall_ms, mono_ns, kind, correlation_id, payload, prev_hash, hash"


class Recovered(NamedTuple):
    """What the database gave back. `epoch` is that of the previous process (0 = none)."""

    connection: sqlite3.Connection
    state: State
    head: Head
    epoch: int
    instance_id: str


class Verified(NamedTuple):
    """One event whose place in the chain was checked."""

    seq: int
    kind: str
    correlation_id: str
    payload: str
    hash: str


def recover(path: Path, anchor_path: Path) -> Recovered:
    """Open the database (created when there is none), verify it, and fold it.

    Raises:
        DatabaseError: schema unknown, chain broken, anchor missing or not in the chain, snapshot damaged, disk refuses.
    """
    connection = _open(path)
    try:
        hooks.reached("CP-S3")
        migrate.ensure_schema(connection, path)
        state, head = restore(connection, path)
        _check_anchor(connection, head, anchor_path)
        known = dict(connection.execute("SELECT key, value FROM meta"))
    except sqlite3.Error as error:
        connection.close()
        raise DatabaseError(f"{path}: cannot be read: {type(error).__name__}: {error}; free or repair the disk", ROLLBACK) from error
    except BaseException:
        connection.close()
        raise
    instance_id = known.get("instance_id") or "".join(secrets.choice(_ALPHABET) for _ in range(_INSTANCE_LENGTH))
    return Recovered(connection, state, head, int(known.get("epoch", "0")), instance_id)


def _open(path: Path) -> sqlite3.Connection:
    """A writer's connection; a lock that somebody holds for a moment is waited for (each attempt waits by itself)."""
    for attempt in range(1, _OPEN_ATTEMPTS + 1):
        try:
            return open_writer(path)
        except sqlite3.Error as error:
            if not is_locked(error) or attempt == _OPEN_ATTEMPTS:
                raise DatabaseError(
                    f"{path}: cannot open: {error}; end the other writer, or give the engine a directory it may write to"
                ) from error
    raise AssertionError("unreachable")


def restore(connection: sqlite3.Connection, path: Path) -> tuple[State, Head]:
    """The latest snapshot, verified, with every later fact folded in.

    Raises:
        DatabaseError: see `recover`.
    """
    row = connection.execute("SELECT seq, hash, digest, document FROM snapshots ORDER BY seq DESC LIMIT 1").fetchone()
    if row is None:
        state, head = State(), Head(0, GENESIS_HASH)
    else:
        state, head = _from_snapshot(connection, path, row)
    for event in chain(connection, path, head):
        try:
            state.apply(fact_from(event.kind, event.correlation_id, event.payload))
        except UnknownFact as error:
            raise DatabaseError(f"{path}: event {event.seq}: {error}; start the version of the engine that wrote it", MIGRATION) from error
        head = Head(event.seq, event.hash)
    state.take_dirty()  # what was folded is in the tables already
    return state, head


def _from_snapshot(connection: sqlite3.Connection, path: Path, row: tuple[int, str, str, str]) -> tuple[State, Head]:
    seq, chained, digest, document = row
    event = connection.execute("SELECT hash FROM events WHERE seq = ?", (seq,)).fetchone()
    if event is None or event[0] != chained:
        raise DatabaseError(
            f"{path}: expected snapshot {seq} to stand on event {seq}, but its hash is not there; restore the database from a backup",
            CHAIN_BROKEN,
        )
    try:
        decoded: dict[str, Any] = msgspec.json.decode(document, type=dict[str, Any])
        state = State.from_document(decoded)
        found = state.digest()
    except (msgspec.DecodeError, msgspec.ValidationError, KeyError, ValueError, TypeError, ArithmeticError) as error:
        raise DatabaseError(f"{path}: snapshot {seq} is damaged ({error}); restore the database from a backup", CHAIN_BROKEN) from error
    if found != digest:
        raise DatabaseError(f"{path}: snapshot {seq} is damaged: expected digest {digest}, got {found}; restore the database", CHAIN_BROKEN)
    return state, Head(seq, chained)


def chain(connection: sqlite3.Connection, path: Path, after: Head) -> Iterator[Verified]:
    """Every event after `after`, in order, each verified against its predecessor (I19).

    Raises:
        DatabaseError: a gap, a wrong predecessor or a wrong hash, naming the event.
    """
    head = after
    for row in connection.execute(f"SELECT {_COLUMNS} FROM events WHERE seq > ? ORDER BY seq", (after.seq,)):  # noqa: S608 - constant columns
        event: EventRow = row[:7]
        seq, _, _, _, kind, correlation_id, payload = event
        previous, found = row[7:]
        expected = chain_hash(head.hash, event)
        if seq != head.seq + 1 or previous != head.hash or found != expected:
            raise DatabaseError(
                f"{path}: chain broken at event {seq}: expected seq {head.seq + 1} with hash {expected[:12]}... after {head.hash[:12]}..., "
                f"got hash {found[:12]}... after {previous[:12]}...; restore the database from a backup",
                CHAIN_BROKEN,
            )
        head = Head(seq, found)
        yield Verified(seq, kind, correlation_id, payload, found)


def _check_anchor(connection: sqlite3.Connection, head: Head, anchor_path: Path) -> None:
    """The chain must contain what was anchored last; of a new database the anchor file is created."""
    if head.seq == 0 and not anchor_path.exists():
        anchor.create(anchor_path)
        return
    anchors = anchor.read(anchor_path)
    if not anchors:
        return
    last = anchors[-1]
    row = connection.execute("SELECT hash FROM events WHERE seq = ?", (last.seq,)).fetchone()
    if row is None or row[0] != last.hash:
        found = f"ends at event {head.seq}" if row is None else f"has {row[0][:12]}... there"
        raise DatabaseError(
            f"{anchor_path}: expected event {last.seq} with the anchored hash {last.hash[:12]}..., but the journal {found}; "
            "restore the database from a backup",
            CHAIN_BROKEN,
        )

"""From the database file to the state: lock, schema, snapshot, later facts, all verified (R30)."""

from __future__ import annotations

import contextlib
import gc
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from genesis import hooks
from genesis.core.errors import CHAIN_BROKEN, MIGRATION, ROLLBACK, DamagedDatabase, DatabaseError
from genesis.core.state import State, digest_of
from genesis.data import anchor, archive, identity, migrate, preflight, quarantine, statements, wal
from genesis.data.codec import GENESIS_HASH, UnknownFact, chain_hash, fact_from
from genesis.data.sqlite import is_damage, is_foreign, is_locked, no_database, open_reader, open_writer
from genesis.engine.ports import Head

_OPEN_ATTEMPTS: Final = 20
APART_FROM: Final = 50_000
"""From so many facts on, their chain is verified by another process while this one folds them."""
_NOTED: Final = 10_000
"""After so many facts the notes of what they touched are thrown away: nothing of it is to be written."""
_TAIL: Final = "SELECT seq, kind, correlation_id, payload FROM events WHERE seq > ? ORDER BY seq"
_COLUMNS: Final = "seq, epoch, wall_ms, mono_ns, kind, correlation_id, payload, prev_hash, hash"


class Recovered(NamedTuple):
    """What the database gave back. `epoch` is that of the previous process (0 = none), `former` the instances of before; `notices` say
    what was wrong with the files and did not hinder."""

    connection: sqlite3.Connection
    state: State
    head: Head
    epoch: int
    instance_id: str
    former: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()


class Verified(NamedTuple):
    """One event whose place in the chain was checked."""

    seq: int
    epoch: int
    kind: str
    correlation_id: str
    payload: str
    hash: str


def recover(path: Path, anchor_path: Path) -> Recovered:
    """Verify the database, which is created when there is none, fold it, and open it for writing. What is refused is not written to;
    of what cannot be believed a copy is kept.

    Raises:
        DatabaseError: schema unknown, files damaged, chain broken, anchor missing or not in the chain, disk refuses.
    """
    try:
        with believing(path, anchor_path):
            found = read(path, anchor_path)
        return _ready(path, anchor_path, found)
    except (sqlite3.Error, OSError) as error:
        raise DatabaseError(f"{path}: cannot be read: {type(error).__name__}: {error}; free or repair the disk", ROLLBACK) from error


@contextlib.contextmanager
def believing(path: Path, anchor_path: Path) -> Iterator[None]:
    """Whatever is found damaged within is copied before anybody is told.

    Raises:
        DatabaseError: what was found, where the copy is, and the way out, in one line.
    """
    try:
        yield
    except DamagedDatabase as error:
        raise DatabaseError(f"{error.message}; {_kept(path, anchor_path)}; {error.way_out}", error.code) from error


def _kept(path: Path, anchor_path: Path) -> str:
    try:
        return f"a copy is in {quarantine.keep(path, anchor_path)}"
    except OSError as error:
        return f"no copy could be made ({error.strerror})"


class Found(NamedTuple):
    """What reading gave. `revision` None: an empty database. `damaged`: snapshots that are not believed."""

    revision: str | None
    state: State
    head: Head
    meta: dict[str, str]
    notices: tuple[str, ...]
    damaged: tuple[int, ...]
    torn: bool


def read(path: Path, anchor_path: Path) -> Found:
    """Everything that is verified at a start, by a connection that cannot write.

    Raises:
        DamagedDatabase: see `recover`.
        DatabaseError: it cannot be opened.
        sqlite3.Error: the disk refuses.
    """
    if not path.exists() or path.stat().st_size == 0:
        preflight.must_be_new(path, anchor_path, "an empty file" if path.exists() else "no such file")
        return Found(None, State(), Head(0, GENESIS_HASH), {}, (), (), torn=False)
    connection = opened(path, open_reader)
    try:
        hooks.reached("CP-S3")
        return _read(connection, path, anchor_path)
    except sqlite3.DatabaseError as error:
        if is_foreign(error):
            raise no_database(path, error) from error
        if is_damage(error):
            raise DamagedDatabase(f"{path}: damaged pages: {error}") from error
        raise
    finally:
        connection.close()


def _read(connection: sqlite3.Connection, path: Path, anchor_path: Path) -> Found:
    connection.execute("BEGIN")
    revision = migrate.revision_of(connection, path)
    tail = wal.tail(path)
    torn = preflight.check_log(path, tail)
    preflight.check_pages(connection, path, tail)
    if revision is None:
        preflight.must_be_new(path, anchor_path, "a database without tables")
        return Found(None, State(), Head(0, GENESIS_HASH), {}, (), (), torn=False)
    state, head, damaged = restore(connection, path)
    preflight.check_anchor(connection, head, anchor_path)
    if revision == migrate.HEAD:
        preflight.check_tables(connection, path, state)
    meta = dict(connection.execute("SELECT key, value FROM meta"))
    notices = [text for text in (torn, identity.restored(meta)) if text] + [what for _, what in damaged]
    return Found(revision, state, head, meta, tuple(notices), tuple(seq for seq, _ in damaged), torn=tail.torn)


def _ready(path: Path, anchor_path: Path, found: Found) -> Recovered:
    """The writer's connection to what was read, with a schema of this version and without what is not believed."""
    kept = f"; {_kept(path, anchor_path)}" if found.damaged or found.torn else ""
    connection = opened(path, open_writer)
    try:
        if found.revision is None:
            hooks.reached("CP-S3")
        migrate.ensure_schema(connection, path)
        if found.head.seq == 0 and not anchor_path.exists():
            anchor.create(anchor_path)
        _must_be_unchanged(connection, path, found.head)
        meta = _identity(found)
        if found.damaged or found.torn:
            _clean_up(connection, found.damaged, meta)
    except BaseException:
        connection.close()
        raise
    return Recovered(
        connection=connection,
        state=found.state,
        head=found.head,
        epoch=int(found.meta.get("epoch", "0")),
        instance_id=meta[identity.INSTANCE],
        former=tuple(meta.get(identity.FORMER, "").split()),
        notices=tuple(f"{notice}{kept}" for notice in found.notices),
    )


def _must_be_unchanged(connection: sqlite3.Connection, path: Path, head: Head) -> None:
    row = connection.execute("SELECT seq, hash FROM events ORDER BY seq DESC LIMIT 1").fetchone()
    if (Head(*row) if row else Head(0, GENESIS_HASH)) != head:
        raise DatabaseError(f"{path}: expected the chain to end at event {head.seq}, as it was read, but another process goes on writing")


def _identity(found: Found) -> dict[str, str]:
    """The instance of the database. Behind a torn log there may have been an order whose number nobody knows: another one then."""
    if found.torn and identity.INSTANCE in found.meta:
        return identity.successor(found.meta)
    return {identity.INSTANCE: identity.new_instance(), **found.meta}


def _clean_up(connection: sqlite3.Connection, damaged: tuple[int, ...], meta: dict[str, str]) -> None:
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany("DELETE FROM snapshots WHERE seq = ?", [(seq,) for seq in damaged])
    connection.executemany(statements.UPSERT_META, list(meta.items()))
    connection.execute("COMMIT")


def opened(path: Path, opening: Callable[[Path], sqlite3.Connection]) -> sqlite3.Connection:
    """A connection; a lock that somebody holds for a moment is waited for (each attempt waits by itself)."""
    for attempt in range(1, _OPEN_ATTEMPTS + 1):
        try:
            return opening(path)
        except sqlite3.Error as error:
            if not is_locked(error) or attempt == _OPEN_ATTEMPTS:
                raise DatabaseError(
                    f"{path}: cannot open: {error}; end the other writer, or give the engine a directory it may write to"
                ) from error
    raise AssertionError("unreachable")


def restore(connection: sqlite3.Connection, path: Path) -> tuple[State, Head, list[tuple[int, str]]]:
    """The latest snapshot that is whole, with every later fact folded in; and the later snapshots that are not, with what is wrong
    with each. The journal is the truth: where no snapshot is whole, all of it is folded.

    Raises:
        DamagedDatabase: the chain is broken, or a fact is unknown.
    """
    collecting = gc.isenabled()
    gc.disable()  # what is folded stays: looking for cycles in it, over and over, is a third of the time
    try:
        state, head, damaged = _from_snapshots(connection)
        head = _fold(connection, path, state, head)
        state.take_dirty()  # what was folded is in the tables already
    finally:
        if collecting:
            gc.enable()
    return state, head, damaged


def _fold(connection: sqlite3.Connection, path: Path, state: State, head: Head) -> Head:
    """Fold every fact after `head`; the new head. A long tail is verified by another process meanwhile."""
    first, last = connection.execute("SELECT min(seq), max(seq) FROM events").fetchone()
    if last is None or last - head.seq < APART_FROM or first > head.seq + 1:
        return _fold_verified(connection, path, state, head)
    from genesis.data.apart import Verdict  # noqa: PLC0415 - it needs this module, and is seldom needed

    (end,) = connection.execute("SELECT hash FROM events WHERE seq = ?", (last,)).fetchone()
    try:
        with Verdict(path, head, last) as verdict:
            _fold_all(state, path, connection.execute(_TAIL, (head.seq,)))
            whole = verdict.is_whole(end)
    except Exception:
        _verify(connection, path, head)  # facts that were altered are no facts: that is what has to be said
        raise
    if not whole:
        _verify(connection, path, head)
    return Head(last, end)


def _verify(connection: sqlite3.Connection, path: Path, head: Head) -> None:
    """Verify all that follows `head`.

    Raises:
        DamagedDatabase: the chain is broken.
    """
    for _ in chain(connection, path, head):
        pass


def _fold_verified(connection: sqlite3.Connection, path: Path, state: State, head: Head) -> Head:
    end = head

    def told() -> Iterator[tuple[int, str, str, str]]:
        nonlocal end
        seq, found = head.seq, head.hash
        for seq, _, kind, correlation_id, payload, found in chain(connection, path, head):  # noqa: B007 - of the last one
            yield seq, kind, correlation_id, payload
        end = Head(seq, found)

    _fold_all(state, path, told())
    return end


def _fold_all(state: State, path: Path, facts: Iterable[tuple[int, str, str, str]]) -> None:
    seq = 0
    try:
        for seq, kind, correlation_id, payload in facts:
            state.apply(fact_from(kind, correlation_id, payload))
            if seq % _NOTED == 0:
                state.take_dirty()
    except UnknownFact as error:
        raise DamagedDatabase(
            f"{path}: event {seq}: {error}", MIGRATION, way_out="start the version of the engine that wrote it"
        ) from error


def _from_snapshots(connection: sqlite3.Connection) -> tuple[State, Head, list[tuple[int, str]]]:
    damaged: list[tuple[int, str]] = []
    for row in connection.execute("SELECT seq, hash, digest, document FROM snapshots ORDER BY seq DESC"):
        try:
            return *from_snapshot(connection, row), damaged
        except ValueError as error:
            damaged.append((row[0], f"snapshot {row[0]} is damaged and was passed over: {error}"))
    return State(), Head(0, GENESIS_HASH), damaged


def from_snapshot(connection: sqlite3.Connection, row: tuple[int, str, str, str]) -> tuple[State, Head]:
    """The state that a row of `snapshots` (seq, hash, digest, document) describes.

    Raises:
        ValueError: it is not what was written, or does not stand on its event.
    """
    seq, chained, digest, document = row
    event = connection.execute("SELECT hash FROM events WHERE seq = ?", (seq,)).fetchone()
    if event is None or event[0] != chained:
        raise ValueError(f"expected it to stand on event {seq}, whose hash is another one")
    try:
        found = digest_of(msgspec.json.decode(document, type=dict[str, Any]))
        state = State.from_document(document)
    except (msgspec.DecodeError, msgspec.ValidationError, KeyError, TypeError, ArithmeticError) as error:
        raise ValueError(str(error)) from error
    if found != digest:
        raise ValueError(f"expected digest {digest}, got {found}")
    return state, Head(seq, chained)


def chain(connection: sqlite3.Connection, path: Path, after: Head) -> Iterator[Verified]:
    """Every event after `after`, in order, each verified against its predecessor (I19): those of the archives, then the table's.

    Raises:
        DamagedDatabase: a gap, a wrong predecessor or a wrong hash, naming the event.
    """
    last, last_hash = after.seq, after.hash
    for seq, epoch, wall_ms, mono_ns, kind, correlation_id, payload, previous, found in _rows(connection, path, after.seq):
        expected = chain_hash(last_hash, (seq, epoch, wall_ms, mono_ns, kind, correlation_id, payload))
        if seq != last + 1 or previous != last_hash or found != expected:
            raise DamagedDatabase(
                f"{path}: chain broken at event {seq}: expected seq {last + 1} with hash {expected[:12]}... after {last_hash[:12]}..., "
                f"got hash {found[:12]}... after {previous[:12]}...",
                CHAIN_BROKEN,
            )
        last, last_hash = seq, found
        yield Verified(seq, epoch, kind, correlation_id, payload, found)


def _rows(connection: sqlite3.Connection, path: Path, after: int) -> Iterator[tuple[Any, ...]]:
    for archived in archive.archives_in(connection, after):
        for event in archive.events_in(archived, archive.directory_of(path)):
            if event.seq > after:
                yield *event.row, event.prev_hash, event.hash
        after = archived.last_seq
    yield from connection.execute(f"SELECT {_COLUMNS} FROM events WHERE seq > ? ORDER BY seq", (after,))  # noqa: S608 - constant columns

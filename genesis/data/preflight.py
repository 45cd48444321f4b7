"""What is looked at before a database is opened for writing: whether its files are whole, and say the same (R30, I19).

Everything here only reads: what is refused stays byte for byte as it was found.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final

from genesis.core.errors import CHAIN_BROKEN, DamagedDatabase
from genesis.core.state import State
from genesis.data import anchor, rows, statements, wal
from genesis.engine.ports import Head

QUICK_CHECK_BYTES: Final = 64 << 20
"""Files up to this size are checked page by page at each start (a quarter of a second); larger ones where they are read, and by the
commands audit, backup and rebuild: the time of a start must not grow with history."""
ACCEPT: Final = (
    "restore a backup (python -m genesis restore), or take the journal as far as it is whole (python -m genesis rebuild --accept-loss)"
)


def names_something(path: Path) -> bool:
    """Whether an anchor file says that its journal has events. A damaged one does."""
    return path.exists() and path.stat().st_size > 0


def must_be_new(path: Path, anchor_path: Path, found: str) -> None:
    """There is nothing in the database: right for a new one only.

    Raises:
        DamagedDatabase: the anchor tells of events.
    """
    if names_something(anchor_path):
        anchors = anchor.read(anchor_path)
        seq = anchors[-1].seq if anchors else 1
        raise DamagedDatabase(f"{path}: expected the journal up to event {seq}, which {anchor_path.name} names, got {found}", CHAIN_BROKEN)


def check_pages(connection: sqlite3.Connection, path: Path, tail: wal.Tail) -> None:
    """Every page that the database counts is there, and, of a file that is not large, is in order.

    Raises:
        DamagedDatabase: it was cut, or a page is damaged.
    """
    pages, page_size = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size"))
    size = path.stat().st_size
    there = size // page_size
    cut = next((page for page in range(there + 1, pages + 1) if page not in tail.believed), None)
    if cut is not None:
        raise DamagedDatabase(f"{path}: expected {pages} pages of {page_size} bytes, got {size} bytes: page {cut} is cut off")
    if size <= QUICK_CHECK_BYTES:
        complaints = [text for (text,) in connection.execute("PRAGMA quick_check(3)") if text != "ok"]
        if complaints:
            raise DamagedDatabase(f"{path}: damaged pages: {'; '.join(complaints)}".replace("\n", " "))


def check_log(path: Path, tail: wal.Tail) -> str:
    """What is to be said of a write-ahead log whose end was torn, "" of a whole one.

    Raises:
        DamagedDatabase: transactions behind the torn place were durable once: acknowledged facts are lost.
    """
    if tail.commits > 1:
        raise DamagedDatabase(
            f"{path}-wal: expected a log that is whole or ends in one torn transaction, got {tail.commits} committed ones behind a damaged "
            "place: acknowledged facts are lost",
            way_out=ACCEPT,
        )
    return f"{path.name}-wal ended in a torn transaction, which nobody need have been told of" if tail.torn else ""


def check_anchor(connection: sqlite3.Connection, head: Head, anchor_path: Path) -> None:
    """The chain contains what was anchored last.

    Raises:
        DamagedDatabase: it does not, or the file is missing or damaged.
    """
    if head.seq == 0 and not anchor_path.exists():
        return
    anchors = anchor.read(anchor_path)
    if not anchors:
        return
    last = anchors[-1]
    row = connection.execute("SELECT hash FROM events WHERE seq = ?", (last.seq,)).fetchone()
    if row is None or row[0] != last.hash:
        found = f"ends at event {head.seq}" if row is None else f"has {row[0][:12]}... there"
        raise DamagedDatabase(
            f"{anchor_path}: expected event {last.seq} with the anchored hash {last.hash[:12]}..., but the journal {found}",
            CHAIN_BROKEN,
            way_out=ACCEPT if row is None else "restore a backup (python -m genesis restore)",
        )


def check_tables(connection: sqlite3.Connection, path: Path, state: State) -> None:
    """Positions, balances, strategies and open orders are as the journal says; `genesis audit` compares everything else as well.

    Raises:
        DamagedDatabase: a row differs.
    """
    expected = {
        "balances": map(rows.balance_row, state.balances.values()),
        "positions": map(rows.position_row, state.positions.values()),
        "strategies": ((name, str(value)) for name, value in state.strategies.items()),
    }
    found = [line for table, wanted in expected.items() for line in rows.differing_rows(table, wanted, _rows_of(connection, table))]
    found += rows.differing_rows(
        "orders",
        (rows.order_row(order, 0)[:-1] for order in state.open.by_id.values()),
        (row[:-1] for key in state.open.by_id for row in connection.execute(statements.SELECT_ORDER, (key,))),
    )
    if found:
        raise DamagedDatabase(
            f"{path}: {found[0]}{f' (and {len(found) - 1} more)' if found[1:] else ''}",
            way_out=f"write the tables anew from the journal (python -m genesis rebuild --database sqlite:///{path})",
        )


def _rows_of(connection: sqlite3.Connection, table: str) -> sqlite3.Cursor:
    return connection.execute(f"SELECT {', '.join(statements.PROJECTIONS[table])} FROM {table}")  # noqa: S608 - names of the schema

"""I06: no float anywhere, every amount a canonical text."""

from __future__ import annotations

import json
from typing import Any

from libraries.auditor.amounts import Fractional, is_canonical
from libraries.auditor.examination import Examination
from libraries.auditor.witnesses.database import TABLES, Table
from libraries.auditor.witnesses.ledger import LedgerLine
from libraries.auditor.witnesses.rows import AMOUNT_COLUMNS
from libraries.auditor.world import World

AMOUNT_KEYS = AMOUNT_COLUMNS | frozenset(
    {
        "amount",
        "trigger_price",
        "net",
        "confidence",
        "equity",
        "tick_size",
        "min_price",
        "max_price",
        "step_size",
        "min_qty",
        "max_qty",
        "min_notional",
        "bid",
        "bid_quantity",
        "ask",
        "ask_quantity",
        "quote_order_qty",
    }
)
"""Keys of payloads, snapshots and ledger entries that hold an amount."""


def no_float(world: World) -> Examination:
    """I06: STRICT tables of TEXT and INTEGER only; money columns are TEXT; no JSON number has a fraction; each amount of rows,
    facts, snapshots and ledger entries is canonical (str -> Decimal -> str gives the same bytes). Objects: amounts.

    Amounts of refused requests are what somebody sent, not what was stored: they need not be canonical.
    """
    found = Examination()
    for name in TABLES:
        _table(found, world.store.tables[name])
    for event in world.journal.events:
        _document(found, event.data, event.where)
    for row in world.store.tables["multi_leg_trades"].rows:
        _text(found, row["legs"], f"multi_leg_trades {row['multi_leg_id']} legs")
    for row in world.store.tables["snapshots"].rows:
        _text(found, row["document"], f"snapshots seq={row['seq']} document")
    for venue in world.venues.values():
        for line in venue.lines:
            _ledger_line(found, line, f"ledger {venue.name} line {line.number}")
    return found


def _table(found: Examination, table: Table) -> None:
    found.require(table.strict, f"table {table.name}", "STRICT", "not STRICT", f"schema of {table.name}")
    for column in table.columns:
        where = f"schema of {table.name}.{column.name}"
        allowed = ("TEXT",) if column.name in AMOUNT_COLUMNS else ("TEXT", "INTEGER")
        found.require(column.declared in allowed, "declared type", " or ".join(allowed), column.declared, where)
    for number, row in enumerate(table.rows, start=1):
        for name, value in row.items():
            where = f"{table.name}.{name} row {number}"
            if name in AMOUNT_COLUMNS and value is not None:
                found.look()
                found.require(is_canonical(value), "stored amount", "a canonical text", repr(value), where)
            elif isinstance(value, float | bytes):
                found.fail("stored value", "a text or a whole number", repr(value), where)


def _ledger_line(found: Examination, line: LedgerLine, where: str) -> None:
    refused = line.kind == "request" and line.data.get("outcome") == "rejected"
    if not refused:
        _document(found, line.data, where)
    for posting in line.data.get("postings") or ():
        found.look()
        if not is_canonical(posting[3]):
            found.fail("posted amount", "a canonical text", repr(posting[3]), where)


def _text(found: Examination, text: object, where: str) -> None:
    try:
        value = json.loads(str(text), parse_float=Fractional, parse_constant=Fractional)
    except ValueError:
        found.fail("stored document", "JSON", str(text)[:60], where)
        return
    _document(found, value, where)


def _document(found: Examination, value: Any, where: str, key: str = "") -> None:
    """Every value inside of `value`, each under the key that names it; "" in a list."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if type(inner) is not str or name in AMOUNT_KEYS:  # most values are words: a text under any other key may be any text
                _document(found, inner, where, name)
    elif isinstance(value, list):
        for inner in value:
            _document(found, inner, where)
    elif isinstance(value, Fractional):
        found.fail(f"number under {key!r}", "no fraction and no exponent: an amount is a text", str(value), where)
    elif key in AMOUNT_KEYS and value is not None:
        found.look()
        if not is_canonical(value):
            found.fail(f"amount under {key!r}", "a canonical text", repr(value), where)

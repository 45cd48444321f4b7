"""The revisions of the engine's schema that this program knows, as docs/engine.md, Database tells them (I34).

A new migration of the engine gets its revision here: what it adds, beside the revision that it follows.
"""

from __future__ import annotations

from dataclasses import dataclass

VERSION_TABLE = "alembic_version"
_TYPES = {"": "TEXT", "i": "INTEGER", "v": "VARCHAR(32)"}


@dataclass(frozen=True)
class Shape:
    """One column: declared type, whether it may be NULL, its place in the primary key (0 = none)."""

    declared: str
    nullable: bool
    key: int


Tables = dict[str, dict[str, Shape]]


@dataclass(frozen=True)
class Revision:
    """What a whole schema of this revision is: tables with their columns, and what stands beside them, as name -> kind."""

    tables: Tables
    beside: dict[str, str]


def _columns(text: str) -> dict[str, Shape]:
    """Words of the form `name[:i|:v][?][#place in the key]`."""
    columns = {}
    for word in text.split():
        rest, _, key = word.partition("#")
        name, _, kind = rest.removesuffix("?").partition(":")
        columns[name] = Shape(_TYPES[kind], rest.endswith("?"), int(key or 0))
    return columns


_FIRST = Revision(
    tables={
        name: _columns(columns)
        for name, columns in {
            VERSION_TABLE: "version_num:v#1",
            "events": "seq:i#1 epoch:i wall_ms:i mono_ns:i kind correlation_id payload prev_hash hash",
            "commits": "last_seq:i#1 committed_ns:i",
            "snapshots": "seq:i#1 hash digest wall_ms:i document",
            "meta": "key#1 value",
            "orders": "client_order_id#1 venue symbol side order_type time_in_force? quantity price? purpose strategy correlation_id"
            " multi_leg_id? leg:i? state pending knowledge venue_order_id:i? executed cum_quote reserved_asset reserved reason"
            " created_ms:i updated_ms:i epoch:i",
            "fills": "venue#1 symbol#2 trade_id:i#3 client_order_id side price quantity quote_quantity fee fee_asset maker:i"
            " venue_time_ms:i",
            "positions": "venue#1 symbol#2 state quantity cost realised stop_price? stop_order_id? opened_ms:i",
            "balances": "venue#1 asset#2 opening total free locked target",
            "multi_leg_trades": "multi_leg_id#1 kind strategy state legs expected_net created_ms:i pnl?",
            "strategies": "name#1 state",
        }.items()
    },
    beside={
        "orders_by_correlation": "index",
        "fills_by_order": "index",
        "events_no_update": "trigger",
        "events_no_delete": "trigger",
        "events_chain": "trigger",
    },
)


def _with(revision: Revision, added: dict[str, str], triggers: tuple[str, ...] = (), indexes: tuple[str, ...] = ()) -> Revision:
    """The same with more columns (of a table that is there), tables, triggers, or indexes."""
    tables = dict(revision.tables)
    for name, columns in added.items():
        tables[name] = tables.get(name, {}) | _columns(columns)
    return Revision(tables, revision.beside | dict.fromkeys(triggers, "trigger") | dict.fromkeys(indexes, "index"))


_SECOND = _with(_FIRST, {"orders": "stop_price?"})
_ARCHIVES = {"archives": "last_seq:i#1 first_seq:i prev_hash last_hash sha256 file", "days": "number:i#1 first_seq:i"}

_THIRD = _with(_SECOND, _ARCHIVES, ("archives_no_update", "archives_no_delete"))

REVISIONS: dict[str, Revision] = {
    "0001": _FIRST,
    "0002": _SECOND,
    "0003": _THIRD,
    "0004": _with(_THIRD, {}, indexes=("orders_by_state",)),
}

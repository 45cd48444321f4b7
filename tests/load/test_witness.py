"""What venue and engine wrote is read as it stands: ledger lines of one account, facts of the journal, the commit that covers a fact."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from libraries.load import witness


def ledger(tmp_path: Path, *lines: dict[str, Any], torn: str = "") -> Path:
    file = tmp_path / "ledger.jsonl"
    text = "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines)
    file.write_text(text + torn, "utf-8")
    return file


def trade(trade_id: int, maker: tuple[str, str], taker: tuple[str, str]) -> dict[str, Any]:
    sides = {name: {"account": side[0], "client_order_id": side[1]} for name, side in (("maker", maker), ("taker", taker))}
    return {"type": "trade", "seq": 1, "symbol": "L000USDT", "trade_id": trade_id, **sides}


def test_of_the_ledger_only_the_accounts_own_orders_and_fills_are_read(tmp_path: Path) -> None:
    file = ledger(
        tmp_path,
        {"type": "venue", "version": 1},
        {"type": "order", "account": "engine", "client_order_id": "g-1", "received_ns": 5},
        {"type": "order", "account": "market", "client_order_id": "m-1", "received_ns": 6},
        trade(7, ("market", "m-1"), ("engine", "g-1")),
        trade(8, ("market", "m-1"), ("crowd", "c-1")),
        torn='{"type":"order","account":"engine","client_order_id":"g-2"',
    )
    says = witness.venue_says(file, "engine")
    assert (dict(says.arrived_ns), dict(says.fills)) == ({"g-1": 5}, {("L000USDT", 7): "g-1"})


FACTS = [
    (1, 100, "OrderIntended", {"order": {"client_order_id": "g-1", "correlation_id": "ticks-0-L000USDT-t7-1"}}),
    (2, 150, "OrderChanged", {"client_order_id": "g-1", "after": "SUBMITTED"}),
    (3, 200, "OrderFilled", {"fill": {"client_order_id": "g-1", "symbol": "L000USDT", "trade_id": 9}}),
    (4, 210, "OrderChanged", {"client_order_id": "g-1", "after": "FILLED"}),
    (5, 300, "OrderIntended", {"order": {"client_order_id": "g-2", "correlation_id": "stop-loss-2"}}),
    (6, 310, "RiskDenied", {"rule": "R9", "signal_id": "ticks-0-L000USDT-t8-1"}),
]


@pytest.fixture
def database(tmp_path: Path) -> Path:
    file = tmp_path / "engine.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(
            "CREATE TABLE events (seq INTEGER, mono_ns INTEGER, kind TEXT, payload TEXT);"
            "CREATE TABLE commits (last_seq INTEGER, committed_ns INTEGER);"
            "CREATE TABLE orders (client_order_id TEXT); CREATE TABLE fills (trade_id INTEGER);"
            "INSERT INTO orders VALUES ('g-1'), ('g-2'); INSERT INTO fills VALUES (9); INSERT INTO commits VALUES (2, 180), (4, 250);"
        )
        connection.executemany("INSERT INTO events VALUES (?, ?, ?, ?)", [(*fact[:3], json.dumps(fact[3])) for fact in FACTS])
        connection.commit()
    return file


def test_a_fill_is_durable_with_the_commit_that_covers_it(database: Path) -> None:
    says = witness.engine_says(database)
    order = says.orders["g-1"]
    assert (order.tick, order.decided_ns, order.acked_ns, order.durable_ns) == (("L000USDT", 7), 100, 200, 250)
    assert (says.order_rows, says.fill_rows, dict(says.fills)) == (2, 1, {("L000USDT", 9): "g-1"})
    assert dict(says.denied) == {("L000USDT", 8): "R9"}


def test_an_order_of_no_tick_and_one_without_a_fill_are_none_of_the_journeys(database: Path) -> None:
    order = witness.engine_says(database).orders["g-2"]
    assert (order.tick, order.acked_ns, order.durable_ns) == (None, 0, 0)


def test_what_no_commit_covers_yet_is_not_durable(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("DELETE FROM commits WHERE last_seq = 4")
        connection.commit()
    assert witness.engine_says(database).orders["g-1"].durable_ns == 0

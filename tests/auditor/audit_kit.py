"""A world on paper: ledger lines, facts and rows as plain dictionaries, to be corrupted and then written as real files.

Nothing here is computed by the code under test: the numbers of `audit_scenario` are worked out by hand, the SQL and the
chain's hash follow docs/engine.md, Database.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import sqlite3
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

from libraries.auditor.cli import main
from libraries.auditor.invariants.alerts import Conditions, asked_by

Row = dict[str, Any]
VENUE, ACCOUNT = "binance", "engine-1"

MONEY = {"quantity", "price", "executed", "cum_quote", "reserved", "quote_quantity", "fee", "cost", "realised", "stop_price"}
MONEY |= {"opening", "total", "free", "locked", "target", "expected_net", "pnl"}
COLUMNS = {
    "events": "seq:I epoch:I wall_ms:I mono_ns:I kind correlation_id payload prev_hash hash",
    "commits": "last_seq:I committed_ns:I",
    "orders": "client_order_id venue symbol side order_type time_in_force? quantity price? stop_price? purpose strategy correlation_id"
    " multi_leg_id? leg:I? state pending knowledge venue_order_id:I? executed cum_quote reserved_asset reserved reason"
    " created_ms:I updated_ms:I epoch:I",
    "fills": "venue symbol trade_id:I client_order_id side price quantity quote_quantity fee fee_asset maker:I venue_time_ms:I",
    "positions": "venue symbol state quantity cost realised stop_price? stop_order_id? opened_ms:I",
    "balances": "venue asset opening total free locked target",
    "multi_leg_trades": "multi_leg_id kind strategy state legs expected_net created_ms:I pnl?",
    "strategies": "name state",
    "snapshots": "seq:I hash digest wall_ms:I document",
    "archives": "last_seq:I first_seq:I prev_hash last_hash sha256 file",
    "days": "number:I first_seq:I",
    "meta": "key value",
    "alembic_version": "version_num",
}
KEYS = {
    "events": "seq",
    "commits": "last_seq",
    "orders": "client_order_id",
    "fills": "venue, symbol, trade_id",
    "positions": "venue, symbol",
    "balances": "venue, asset",
    "multi_leg_trades": "multi_leg_id",
    "strategies": "name",
    "snapshots": "seq",
    "archives": "last_seq",
    "days": "number",
    "meta": "key",
    "alembic_version": "version_num",
}
INDEXES = """
CREATE INDEX orders_by_correlation ON orders (correlation_id);
CREATE INDEX orders_by_state ON orders (state);
CREATE INDEX fills_by_order ON fills (client_order_id);
"""
GUARDS = """
CREATE TRIGGER events_no_update BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER events_no_delete BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER archives_no_update BEFORE UPDATE ON archives BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER archives_no_delete BEFORE DELETE ON archives BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER events_chain BEFORE INSERT ON events WHEN NOT (NEW.epoch >= coalesce((SELECT max(epoch) FROM events), 1))
BEGIN SELECT RAISE(ABORT, 'wrong epoch'); END;
"""


def plain(number: Decimal) -> str:
    text = format(number, "f")
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"


def create_table(name: str, *, strict: bool = True, real: str = "") -> str:
    """The table of docs/engine.md, Database; `real` names a column to declare REAL instead."""
    if name == "alembic_version":
        return "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, PRIMARY KEY (version_num))"
    columns = []
    for spec in COLUMNS[name].split():
        column = spec.removesuffix("?").removesuffix(":I")
        kind = "REAL" if column == real else "INTEGER" if ":I" in spec else "TEXT"
        reference = " REFERENCES orders(client_order_id)" if (name, column) == ("fills", "client_order_id") else ""
        columns.append(f"{column} {kind}{'' if spec.endswith('?') else ' NOT NULL'}{reference}")
    return f"CREATE TABLE {name} ({', '.join(columns)}, PRIMARY KEY ({KEYS[name]})){' STRICT' if strict else ''}"


def chain_hash(event: Row, previous: str) -> str:
    parts = [previous, *(event[key] for key in ("seq", "epoch", "wall_ms", "mono_ns", "kind", "correlation_id", "payload"))]
    return hashlib.sha256("|".join(map(str, parts)).encode()).hexdigest()


class PaperWorld:
    """Mutable lists of everything. Time is one counter for all: each step is later than the one before."""

    def __init__(self) -> None:
        self.now = 1_000_000
        self.epoch = 1
        self.conditions = Conditions()
        self.took: list[Row] = []
        """The alerts that the engine's file has."""
        self.events: list[Row] = []
        self.commits: list[Row] = []
        self.tables: dict[str, list[Row]] = {name: [] for name in COLUMNS if name not in ("events", "commits")}
        self.ledger: list[Row] = []
        self.history: list[Row] | None = None
        self.secrets: dict[str, str] = {}
        self.log = ""
        self.sometimes: list[str] = []
        self.twin: PaperWorld | None = None
        """An engine that was given the same script."""
        self.anchor_reasons = {1: "start"}
        self.anchored: list[Row] = []  # lines of the anchor file as they were written once, whatever the events are now
        self.create = {name: create_table(name) for name in COLUMNS}
        self.tables["alembic_version"] = [{"version_num": "0004"}]
        self.indexes = INDEXES
        self.guards = GUARDS
        self.journal_mode = "wal"
        self.archived: list[int] = []
        """The last event of each archive."""

    def tick(self) -> int:
        self.now += 1_000
        return self.now

    # engine

    def fact(self, kind: str, correlation_id: str = "", **payload: Any) -> Row:
        event = {
            "seq": len(self.events) + 1,
            "epoch": self.epoch,
            "wall_ms": 1_700_000_000_000 + self.tick() // 1_000,
            "mono_ns": self.now,
            "kind": kind,
            "correlation_id": correlation_id,
            "payload": payload,
        }
        self.events.append(event)
        self._tell(kind, payload)
        return event

    def _tell(self, kind: str, payload: Row) -> None:
        """Whoever must hear of a fact hears of it (I37): its alert, and a sink that has it, at the same moment."""
        if kind == "EngineStarted":
            self.conditions.forget()
        text = asked_by(self.conditions, kind, payload)
        if text:
            self.alert(text)

    def alert(self, text: str, *, code: str = "", delivered: bool = True) -> str:
        """An alert and its delivery; its id."""
        alert_id = f"alert-{len(self.events) + 1}"
        wall_ms = 1_700_000_000_000 + self.now // 1_000
        raised = {"alert_id": alert_id, "severity": "critical", "code": code, "text": text, "at_ms": wall_ms}
        facts = [("AlertRaised", raised), *([("AlertDelivered", {"alert_id": alert_id, "sink": "file"})] if delivered else [])]
        for kind, payload in facts:
            place = {"seq": len(self.events) + 1, "epoch": self.epoch, "wall_ms": wall_ms, "mono_ns": self.now}
            self.events.append({**place, "kind": kind, "correlation_id": alert_id, "payload": payload})
        if delivered:
            self.took.append({"alert_id": alert_id, "severity": "critical", "code": code, "text": text, "raised_ms": wall_ms})
        return alert_id

    def commit(self) -> None:
        self.commits.append({"last_seq": self.events[-1]["seq"], "committed_ns": self.tick()})

    def row(self, table: str, **match: Any) -> Row:
        """The one row with these values."""
        (found,) = [row for row in self.tables[table] if all(row[key] == value for key, value in match.items())]
        return found

    def event(self, kind: str, nth: int = 0, **match: Any) -> Row:
        """The nth event of a kind whose payload has these values."""
        found = [e for e in self.events if e["kind"] == kind and all(e["payload"].get(k) == v for k, v in match.items())]
        return found[nth]

    def renumber(self) -> None:
        """Close the gaps that a removed event leaves, commits included."""
        new = {event["seq"]: number for number, event in enumerate(self.events, start=1)}
        for event in self.events:
            event["seq"] = new[event["seq"]]
        self.commits = [{**c, "last_seq": new[c["last_seq"]]} for c in self.commits if c["last_seq"] in new]

    # venue

    def line(self, kind: str, **fields: Any) -> Row:
        line = {"seq": len(self.ledger) + 1, "t": 1_700_000_000_000 + self.tick() // 1_000, "mono": self.now, "type": kind, **fields}
        self.ledger.append(line)
        return line

    def ledger_line(self, kind: str, nth: int = 0, **match: Any) -> Row:
        return [line for line in self.ledger if line["type"] == kind and all(line.get(k) == v for k, v in match.items())][nth]

    def deposit(self, account: str, asset: str, amount: str) -> None:
        postings = [["external", asset, "free", f"-{amount}"], [account, asset, "free", amount]]
        self.line("transfer", account=account, asset=asset, amount=amount, postings=postings)

    def request(
        self, account: str, client_id: str, *, action: str = "place", outcome: str = "accepted", via: str = "ws-api", **terms: Any
    ) -> Row:
        fields = {"symbol": None, "side": None, "order_type": None, "time_in_force": None, "quantity": None, "price": None, **terms}
        return self.line(
            "request",
            account=account,
            action=action,
            via=via,
            client_order_id=client_id,
            **fields,
            quote_order_qty=None,
            outcome=outcome,
            code=None if outcome == "accepted" else -2010,
            msg=None,
            received_ns=self.tick(),
        )

    def order(self, account: str, order_id: int, client_id: str, lock: tuple[str, str], **terms: Any) -> None:
        asset, amount = lock
        postings = [[account, asset, "free", f"-{amount}"], [account, asset, "locked", amount]]
        self.line("order", account=account, order_id=order_id, client_order_id=client_id, **terms, quote_order_qty=None, postings=postings)

    def closed(
        self, account: str, order_id: int, client_id: str, symbol: str, status: str, executed: str, cum_quote: str, unlock: Any = None
    ) -> None:
        postings = []
        if unlock:
            postings = [[account, unlock[0], "locked", f"-{unlock[1]}"], [account, unlock[0], "free", unlock[1]]]
        self.line(
            "closed",
            account=account,
            order_id=order_id,
            client_order_id=client_id,
            symbol=symbol,
            status=status,
            executed=executed,
            cum_quote=cum_quote,
            reason=None,
            cancel_id=None,
            postings=postings,
        )

    def trade(self, symbol: str, trade_id: int, price: str, quantity: str, quote: str, taker_side: str, maker: Row, taker: Row) -> Row:
        """`maker` and `taker`: account, order_id, client_order_id, fee, fee_asset, executed, cum_quote, and `lock` = what the
        buyer had locked for this quantity (default: exactly the quote)."""
        base, quote_asset = symbol.removesuffix("USDT"), "USDT"
        buyer, seller = (taker, maker) if taker_side == "BUY" else (maker, taker)
        released = buyer.pop("lock", quote)
        change = Decimal(released) - Decimal(quote)
        postings = [
            [seller["account"], base, "locked", f"-{quantity}"],
            [seller["account"], quote_asset, "free", plain(Decimal(quote) - Decimal(seller["fee"]))],
            ["fees", seller["fee_asset"], "free", seller["fee"]],
            [buyer["account"], quote_asset, "locked", f"-{released}"],
            [buyer["account"], base, "free", plain(Decimal(quantity) - Decimal(buyer["fee"]))],
            ["fees", buyer["fee_asset"], "free", buyer["fee"]],
        ]
        if change:
            postings.append([buyer["account"], quote_asset, "free", plain(change)])
        return self.line(
            "trade",
            t=400 + trade_id,
            trade_id=trade_id,
            symbol=symbol,
            price=price,
            quantity=quantity,
            quote_quantity=quote,
            taker_side=taker_side,
            maker=maker,
            taker=taker,
            postings=postings,
        )

    # files

    def write_empty(self, folder: Path) -> Files:
        """The world of an engine that never came to its first commit: no event, so nothing to anchor."""
        self.anchor_reasons = {}
        return self.write(folder)

    def write(self, folder: Path) -> Files:
        files = Files(folder)
        files.ledger.write_bytes(b"".join(json.dumps(line).encode() + b"\n" for line in self.ledger))
        hashes = self._write_database(files.database)
        anchors = self.anchored + [
            {"seq": seq, "hash": hashes[seq], "wall_ms": 1, "reason": reason} for seq, reason in self.anchor_reasons.items()
        ]
        files.anchor.write_text("".join(json.dumps(anchor) + "\n" for anchor in anchors))
        if self.history is not None:
            files.history.write_text("".join(json.dumps(record) + "\n" for record in self.history))
            files.has_history = True
        if self.secrets:
            files.keep_secrets(self.secrets)
            files.log.write_text(self.log)
            files.more += ["--secrets", str(files.secrets), "--log", str(files.log)]
        if self.twin is not None:
            twin = folder / "twin.db"
            self.twin._write_database(twin)
            files.more += ["--twin", f"quiesced={twin}"]
        files.alerts.write_text("".join(json.dumps(alert) + "\n" for alert in self.took))
        files.more += ["--alerts", f"file={files.alerts}"]
        if self.sometimes:
            files.more += ["--sometimes", *self.sometimes]
        return files

    def chained(self) -> list[Row]:
        """The events as rows, each with the hash of the one before."""
        previous, rows = "0" * 64, []
        for event in self.events:
            payload = event["payload"] if isinstance(event["payload"], str) else json.dumps(event["payload"], separators=(",", ":"))
            row = {**event, "payload": payload, "prev_hash": previous}
            row["hash"] = previous = chain_hash(row, previous)
            rows.append(row)
        return rows

    def _write_database(self, path: Path) -> dict[int, str]:
        rows = self.chained()
        hashes = {row["seq"]: str(row["hash"]) for row in rows}
        rows = self._archive(path, rows)
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute(f"PRAGMA journal_mode = {self.journal_mode}")
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute("BEGIN")
            for sql in self.create.values():
                connection.execute(sql)
            kept = [commit for commit in self.commits if commit["last_seq"] > max(self.archived, default=0)]
            for table, content in {**self.tables, "events": rows, "commits": kept}.items():
                for row in [{**row, "hash": hashes[row["seq"]]} if row.get("hash", "") is None else row for row in content]:
                    marks = ", ".join("?" * len(row))
                    connection.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", list(row.values()))
            connection.execute("COMMIT")
            connection.executescript(self.indexes + self.guards)
        return hashes

    def _archive(self, path: Path, rows: list[Row]) -> list[Row]:
        """Write the archives as docs/engine.md says; the rows that stay in the table."""
        durable = {commit["last_seq"]: commit["committed_ns"] for commit in self.commits}
        folder = path.with_name(path.name + ".archive")
        for number, last in enumerate(self.archived, start=1):
            folder.mkdir(exist_ok=True)
            part, rows = [row for row in rows if row["seq"] <= last], [row for row in rows if row["seq"] > last]
            lines = [json.dumps({**row, "committed_ns": durable.get(row["seq"])}) + "\n" for row in part]
            packed = gzip.compress("".join(lines).encode())
            name = f"{number:04d}-{part[0]['seq']}-{last}.jsonl.gz"
            (folder / name).write_bytes(packed)
            ends = {"last_seq": last, "first_seq": part[0]["seq"], "prev_hash": part[0]["prev_hash"], "last_hash": part[-1]["hash"]}
            self.tables["archives"].append({**ends, "sha256": hashlib.sha256(packed).hexdigest(), "file": name})
        return rows


class Files:
    """The written witnesses, and the audit of them."""

    def __init__(self, folder: Path) -> None:
        self.database, self.anchor = folder / "engine.db", folder / "engine.db.anchor"
        self.ledger, self.history, self.report = folder / "ledger.jsonl", folder / "history.jsonl", folder / "audit.json"
        self.alerts = folder / "engine.db.alerts"
        self.secrets, self.log = folder / "secrets.json", folder / "engine.log"
        self.has_history = False
        self.more: list[str] = []

    def keep_secrets(self, secrets: dict[str, str]) -> None:
        self.secrets.touch(mode=0o600)
        self.secrets.write_text(json.dumps(secrets))

    def arguments(self, *extra: str, engine: str = "quiesced", offset: str = "all") -> list[str]:
        history = ["--history", str(self.history)] if self.has_history else []
        venue = f"{VENUE}={self.ledger}:{offset}:{ACCOUNT}"
        named = ["--database", str(self.database), "--anchor", str(self.anchor), "--venue", venue]
        return [*named, *history, *self.more, "--engine", engine, "--report", str(self.report), *extra]

    def audit(self, *extra: str, engine: str = "quiesced", offset: str = "all") -> Outcome:
        code = main(self.arguments(*extra, engine=engine, offset=offset))
        return Outcome(code, json.loads(self.report.read_text()))

    def sql(self, script: str) -> None:
        """Tamper with the database file."""
        with closing(sqlite3.connect(self.database)) as connection:
            connection.executescript(script)


class Outcome:
    def __init__(self, code: int, report: Row) -> None:
        self.code, self.report = code, report

    @property
    def violated(self) -> set[str]:
        return {name for name, result in self.report["invariants"].items() if result["status"] == "violated"}

    def status(self, name: str) -> str:
        return str(self.report["invariants"][name]["status"])

    def objects(self, name: str) -> int:
        return int(self.report["invariants"][name]["objects"])

    def said(self, name: str) -> str:
        return json.dumps(self.report["invariants"][name]["violations"])

    def sentences(self, name: str) -> str:
        """The violations as a person reads them, one a line."""
        found = self.report["invariants"][name]["violations"]
        return "\n".join(f"{one['what']}: expected {one['expected']}, got {one['got']} at {one['where']}" for one in found)

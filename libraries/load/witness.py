"""Reads what venue and engine wrote about a load: the venue's ledger, the engine's journal and tables."""

from __future__ import annotations

import bisect
import re
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import msgspec

from libraries.load.journeys import Decided, EngineSays, Sent, Tick, VenueSays

_OF_TICK = re.compile(r"-(?P<symbol>[A-Z0-9]+)-t(?P<trade>\d+)-\d+$")
"""The end of the id of a signal that answers a public trade (docs/engine.md, Strategies)."""
WORDS_OF_THE_VENUE = frozenset({"OPEN", "PARTIALLY_FILLED", "FILLED", "CANCELLED", "REJECTED", "EXPIRED"})


class _Side(msgspec.Struct):
    account: str
    client_order_id: str


class _Line(msgspec.Struct):
    """What is read of a ledger line."""

    type: str
    account: str = ""
    client_order_id: str | None = None
    received_ns: int = 0
    symbol: str | None = None
    trade_id: int = 0
    maker: _Side | None = None
    taker: _Side | None = None


class _Order(msgspec.Struct):
    client_order_id: str
    correlation_id: str


class _Intended(msgspec.Struct):
    order: _Order


class _Changed(msgspec.Struct):
    client_order_id: str
    after: str


class _Fill(msgspec.Struct):
    client_order_id: str
    symbol: str
    trade_id: int


class _Filled(msgspec.Struct):
    fill: _Fill


class _Denied(msgspec.Struct):
    rule: str
    signal_id: str


_intended = msgspec.json.Decoder(_Intended).decode
_changed = msgspec.json.Decoder(_Changed).decode
_filled = msgspec.json.Decoder(_Filled).decode
_denied = msgspec.json.Decoder(_Denied).decode


def sent_ticks(symbols: list[str], rows: Iterable[list[int]]) -> list[Sent]:
    """Ticks as the venue's admin API tells of them."""
    return [Sent((symbols[at], trade), due, sent) for at, trade, due, sent in rows]


def _tick_of(signal_id: str) -> Tick | None:
    found = _OF_TICK.search(signal_id)
    return (found["symbol"], int(found["trade"])) if found else None


def venue_says(ledger: Path, account: str) -> VenueSays:
    """Orders and fills of one account, from the venue's ledger file."""
    decode = msgspec.json.Decoder(_Line).decode
    arrived: dict[str, int] = {}
    fills: dict[Tick, str] = {}
    with ledger.open("rb") as file:
        for raw in file:
            if not raw.endswith(b"\n"):
                break
            if b'"type":"order"' in raw:
                line = decode(raw)
                if line.account == account and line.client_order_id is not None:
                    arrived[line.client_order_id] = line.received_ns
            elif b'"type":"trade"' in raw:
                line = decode(raw)
                for side in (line.maker, line.taker):
                    if side is not None and side.account == account:
                        fills[line.symbol or "", line.trade_id] = side.client_order_id
    return VenueSays(arrived_ns=arrived, fills=fills)


def engine_says(database: Path) -> EngineSays:
    """Orders, fills and denials, from the journal of an engine's SQLite file; read-only, while it runs or after.

    Raises:
        sqlite3.Error: it cannot be read.
    """
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        return _Reading(connection).all()


class _Reading:
    """One pass over the journal."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        commits = connection.execute("SELECT last_seq, committed_ns FROM commits ORDER BY last_seq").fetchall()
        self._ends = [seq for seq, _ in commits]
        self._committed = [at_ns for _, at_ns in commits]
        self._order: dict[str, tuple[str, int]] = {}
        self._acked: dict[str, int] = {}
        self._not_sent: set[str] = set()
        self._last_fill: dict[str, int] = {}
        self._fills: dict[Tick, str] = {}
        self._denied: dict[Tick, str] = {}

    def all(self) -> EngineSays:
        kinds = "('OrderIntended', 'OrderChanged', 'OrderFilled', 'RiskDenied')"
        for seq, mono_ns, kind, payload in self._connection.execute(
            f"SELECT seq, mono_ns, kind, payload FROM events WHERE kind IN {kinds} ORDER BY seq"  # noqa: S608 - a constant
        ):
            self._see(seq, mono_ns, kind, payload)
        return EngineSays(
            orders={name: self._decided(name) for name in self._order},
            fills=self._fills,
            order_rows=self._count("orders"),
            fill_rows=self._count("fills"),
            denied=self._denied,
        )

    def _see(self, seq: int, mono_ns: int, kind: str, payload: str) -> None:
        match kind:
            case "OrderIntended":
                order = _intended(payload).order
                self._order[order.client_order_id] = (order.correlation_id, mono_ns)
            case "OrderChanged":
                changed = _changed(payload)
                if changed.after == "NOT_SENT":
                    self._not_sent.add(changed.client_order_id)
                if changed.after in WORDS_OF_THE_VENUE:
                    self._acked.setdefault(changed.client_order_id, mono_ns)
            case "OrderFilled":
                fill = _filled(payload).fill
                self._fills[fill.symbol, fill.trade_id] = fill.client_order_id
                self._last_fill[fill.client_order_id] = seq
                self._acked.setdefault(fill.client_order_id, mono_ns)
            case _:
                denied = _denied(payload)
                tick = _tick_of(denied.signal_id)
                if tick is not None:
                    self._denied[tick] = denied.rule

    def _decided(self, name: str) -> Decided:
        signal_id, decided_ns = self._order[name]
        return Decided(
            client_order_id=name,
            signal_id=signal_id,
            tick=_tick_of(signal_id),
            decided_ns=decided_ns,
            acked_ns=self._acked.get(name, 0),
            durable_ns=self._durable_ns(self._last_fill.get(name)),
            not_sent=name in self._not_sent,
        )

    def _durable_ns(self, seq: int | None) -> int:
        """When the commit that ended with or after `seq` was on disk. Of the very last one nobody has written that yet: 0."""
        if seq is None:
            return 0
        at = bisect.bisect_left(self._ends, seq)
        return self._committed[at] if at < len(self._ends) else 0

    def _count(self, table: str) -> int:
        return int(self._connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608 - a constant

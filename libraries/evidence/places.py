"""The rows that a finding of the auditor points at: `fills binance BTCUSDT 3; ledger line 65` becomes the row and the line themselves."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from libraries.evidence.readings import Witnesses

MOST = 24
"""Rows shown; the auditor's report in the kept world names all."""
_LONGEST = 600
_TABLES = {
    "orders": "client_order_id = ?",
    "fills": "venue = ? AND symbol = ? AND trade_id = ?",
    "balances": "venue = ? AND asset = ?",
    "positions": "venue = ? AND symbol = ?",
}
_ROW = re.compile(r"\b(?P<table>orders|fills|balances|positions) (?P<key>[^;,()]+)")
_EVENT = re.compile(r"\bevents seq=(?P<number>\d+)")
_LINE = re.compile(r"\b(?P<file>ledger|history)(?: (?P<venue>[^\s;,]+))? line (?P<number>\d+)")


@dataclass(frozen=True)
class Place:
    """Something that a finding names. `key`: of a row; `number`: of an event (its seq) or of a line, from 1."""

    kind: str
    key: tuple[str, ...] = ()
    number: int = 0

    @property
    def name(self) -> str:
        return f"{self.kind} {' '.join(self.key)}" if self.key else f"{self.kind} {self.number}"


def places(where: str) -> Iterator[Place]:
    """What the auditor's `where` names, of all kinds that can be looked up."""
    for match in _ROW.finditer(where):
        key = tuple(match["key"].split())
        if len(key) == _TABLES[match["table"]].count("?"):
            yield Place(match["table"], key)
    for match in _EVENT.finditer(where):
        yield Place("event", number=int(match["number"]))
    for match in _LINE.finditer(where):
        yield Place(f"{match['file']} line", number=int(match["number"]))


def rows_behind(wheres: Iterable[str], witnesses: Witnesses) -> list[Sequence[object]]:
    """(what, its content as it stands) of everything that the findings name, each once."""
    named = dict.fromkeys(place for where in wheres for place in places(where))
    return [(place.name, _content(place, witnesses)[:_LONGEST]) for place in list(named)[:MOST]]


def _content(place: Place, witnesses: Witnesses) -> str:
    look_up: dict[str, Callable[[], Any]] = {
        "event": lambda: witnesses.rows("SELECT seq, kind, correlation_id, payload FROM events WHERE seq = ?", place.number),
        "ledger line": lambda: witnesses.ledger_line(place.number),
        "history line": lambda: witnesses.history_line(place.number),
    }
    if place.kind in look_up:
        found = look_up[place.kind]()
    else:
        found = witnesses.rows(f"SELECT * FROM {place.kind} WHERE {_TABLES[place.kind]}", *place.key)  # noqa: S608 - a name of _TABLES
    if isinstance(found, list):
        found = "; ".join(_fields(row) for row in found)
    return found or "there is none"


def _fields(row: dict[str, Any]) -> str:
    return ", ".join(f"{name}={value}" for name, value in row.items() if value not in (None, ""))

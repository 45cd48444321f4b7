"""What a red test's evidence is read from: the engine's database, the exchange's ledger file, the keywords' history. Read-only.

Ledger and history are files and the database of a dead engine is copied, so that evidence of dead processes is as good as of living ones.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from libraries.world.directories import copy_database, read_only
from libraries.world.engine import Engine, VenueLink
from libraries.world.exchange import Exchange

Row = dict[str, Any]
_MARKETS = frozenset({"market", "crowd"})
"""Accounts of the exchange's own market."""
LARGEST = 200 * 1024 * 1024
"""Bytes of a ledger that are read; of a longer one (hours of load) only the end counts."""


@dataclass(frozen=True)
class Begin:
    """Where a test's own part of longer records begins: exchanges are older, and so is the history of a suite with one engine."""

    history: Path
    mono_ns: int


class Traces:
    """What a test left at one exchange, and in its own history."""

    def __init__(self, exchange: Exchange, begin: Begin) -> None:
        self.exchange = exchange
        self.begin = begin

    @property
    def name(self) -> str:
        return f"exchange {self.exchange.alias}"

    @property
    def accounts(self) -> frozenset[str]:
        """Those that the test opened."""
        return frozenset(line["account"] for line in self.own_ledger if line["type"] == "account") - _MARKETS

    @cached_property
    def ledger(self) -> list[Row]:
        """All lines of the exchange's ledger; a line that is half written is not there yet."""
        return [json.loads(line) for line in _lines(self.exchange.ledger_path)]

    @property
    def own_ledger(self) -> list[Row]:
        """The lines since the test began."""
        return [line for line in self.ledger if line["mono"] >= self.begin.mono_ns]

    def requests(self) -> list[Row]:
        """What the exchange was asked since then, by anyone; of a dead one nothing.

        Raises:
            WorldError: it does not answer.
        """
        if not self.exchange.alive:
            return []
        return [request for request in self.exchange.admin.requests() if request["mono_ns"] >= self.begin.mono_ns]

    def ledger_line(self, number: int) -> str:
        """The line of the ledger with that number, from 1."""
        return next((json.dumps(line, separators=(",", ":")) for line in self.ledger if line["seq"] == number), "")

    @property
    def history(self) -> list[Row]:
        """What the test's keywords did."""
        return [record for record in map(json.loads, _lines(self.begin.history)) if record["mono_ns"] >= self.begin.mono_ns]


class Witnesses(Traces):
    """Of one engine on one of its venues."""

    def __init__(self, engine: Engine, link: VenueLink, begin: Begin, directory: Path) -> None:
        """`directory`: of the test's world."""
        super().__init__(link.exchange, begin)
        self.engine = engine
        self.link = link
        self._directory = directory

    @property
    def name(self) -> str:
        return f"engine {self.engine.alias} at {self.link.name}"

    @property
    def accounts(self) -> frozenset[str]:
        """The engine's own."""
        return frozenset({self.link.account.name})

    def requests(self) -> list[Row]:
        """Of the engine's account."""
        return self.exchange.admin.requests(self.link.account.name) if self.exchange.alive else []

    @cached_property
    def database(self) -> Path:
        """The live file, or a copy of a dead engine's."""
        if self.engine.alive:
            return self.engine.database_path
        return copy_database(self.engine.database_path, self._directory / f"evidence-{self.engine.alias}")

    def rows(self, query: str, *values: object) -> list[Row]:
        """Rows of the engine's database.

        Raises:
            sqlite3.Error: there is none, or it is damaged.
        """
        with closing(read_only(self.database)) as connection:
            return [dict(row) for row in connection.execute(query, values)]

    @property
    def without_database(self) -> str:
        """Why no row can be read; empty if rows can be."""
        try:
            self.rows("SELECT seq FROM events LIMIT 1")
        except (sqlite3.Error, OSError) as error:
            return f"the engine's database cannot be read: {error}"
        return ""

    def facts(self, most: int) -> list[Row]:
        """The last facts of the journal, oldest first, payloads decoded."""
        query = "SELECT seq, epoch, wall_ms, mono_ns, kind, correlation_id, payload FROM events ORDER BY seq DESC LIMIT ?"
        return [{**fact, "payload": json.loads(fact["payload"])} for fact in reversed(self.rows(query, most))]

    def history_line(self, number: int) -> str:
        """The line with that number of the history that the auditor read."""
        own = self._directory / f"history-{self.engine.alias}.jsonl"
        return next((line for index, line in enumerate(_lines(own), 1) if index == number), "")


def _lines(path: Path) -> Iterator[str]:
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - LARGEST))
        if size > LARGEST:
            file.readline()  # the rest of a line whose begin is not read
        for line in file:
            if line.endswith(b"\n"):
                yield line.decode()

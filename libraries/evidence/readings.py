"""What a red test's evidence is read from: the engine's database, the exchange's ledger file, the keywords' history. Read-only.

Ledger and history are files and the database of a dead engine is copied, so that evidence of dead processes is as good as of living ones.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import cached_property
from pathlib import Path
from typing import Any

from libraries.world.directories import copy_database, read_only
from libraries.world.engine import Engine, VenueLink

Row = dict[str, Any]
LARGEST = 200 * 1024 * 1024
"""Bytes of a ledger that are read; of a longer one (hours of load) only the end counts."""


class Witnesses:
    """Of one engine on one of its venues."""

    def __init__(self, engine: Engine, link: VenueLink, history: Path, directory: Path) -> None:
        self.engine = engine
        self.link = link
        self._history = history
        self._directory = directory

    @property
    def account(self) -> str:
        return self.link.account.name

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

    @cached_property
    def ledger(self) -> list[Row]:
        """All lines of the exchange's ledger; a line that is half written is not there yet."""
        return [json.loads(line) for line in _lines(self.link.exchange.ledger_path)]

    def ledger_line(self, number: int) -> str:
        """The line of the file with that number, from 1."""
        return next((json.dumps(line, separators=(",", ":")) for line in self.ledger if line["seq"] == number), "")

    def history(self) -> list[Row]:
        return [json.loads(line) for line in _lines(self._history)]

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

"""Clients that write to a database while it is broken, and count what became of every write: acknowledged, lost, phantom, indeterminate."""

from __future__ import annotations

import itertools
import os
import socket
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field

import psycopg

from libraries.world.deadlines import Deadline, poll
from libraries.world.errors import WorldError
from libraries.world.servers.database import Connection, Database

Key = tuple[int, int]
_TABLE = "CREATE TABLE IF NOT EXISTS written (writer int, number int, PRIMARY KEY (writer, number))"
_INSERT = "INSERT INTO written VALUES (%s, %s)"
_ENDS_S = 30.0
_AGAIN_S = 0.02
_PATIENCE_S = 2.0
"""Who has no answer for so long leaves its connection: a frozen server never says anything."""


@dataclass
class Counts:
    """What became of the writes. Lost and phantom ones are known once the table was read."""

    acknowledged: int = 0
    indeterminate: int = 0
    lost: list[Key] = field(default_factory=list)
    phantom: list[Key] = field(default_factory=list)
    longest_gap_s: float = 0.0


class Writer(threading.Thread):
    """One client: a row, its commit, the next row. A write whose connection broke is indeterminate, and never repeated."""

    def __init__(self, number: int, database: Database, stop: threading.Event) -> None:
        super().__init__(name=f"writer {number} of database {database.name}", daemon=True)
        self.number = number
        self.acknowledged: list[tuple[int, float]] = []
        self.indeterminate: set[int] = set()
        self.connection: Connection | None = None
        self._database = database
        self._ending = stop
        self._warned = False
        self._since: float | None = None

    def run(self) -> None:
        number = 0
        while not self._ending.is_set():
            connection = self._connected()
            if connection is None:
                self._ending.wait(_AGAIN_S)
                continue
            number += 1
            self._write(connection, number)

    def _connected(self) -> Connection | None:
        if self.connection is None or self.connection.closed:
            try:
                self.connection = self._database.connect()
            except psycopg.Error:
                return None
            self.connection.add_notice_handler(self._notice)
        return self.connection

    def _notice(self, _: object) -> None:
        """ "Canceling wait for synchronous replication" comes with success: that is none."""
        self._warned = True

    def _write(self, connection: Connection, number: int) -> None:
        self._warned = False
        self._since = time.monotonic()
        try:
            connection.execute(_INSERT, (self.number, number))
        except psycopg.Error:
            self.indeterminate.add(number)
            connection.close()
            return
        finally:
            self._since = None
        if self._warned:
            self.indeterminate.add(number)
        else:
            self.acknowledged.append((number, time.monotonic()))

    def abandon(self, patience_s: float) -> None:
        """Break the connection on which it has waited longer than that; called by another thread."""
        since, connection = self._since, self.connection
        if since is None or connection is None or connection.closed or time.monotonic() - since < patience_s:
            return
        with suppress(OSError, psycopg.Error), socket.socket(fileno=os.dup(connection.fileno())) as line:
            line.shutdown(socket.SHUT_RDWR)


class Writers:
    """So many clients at the same time."""

    def __init__(self, database: Database, count: int) -> None:
        self.database = database
        with database.connect() as connection:
            connection.execute(_TABLE)
        self._stop = threading.Event()
        self._writers = [Writer(number + 1, database, self._stop) for number in range(count)]
        self._watch = threading.Thread(target=self._lose_patience, name=f"patience with database {database.name}", daemon=True)
        for thread in (*self._writers, self._watch):
            thread.start()

    def _lose_patience(self) -> None:
        while any(writer.is_alive() for writer in self._writers):
            for writer in self._writers:
                writer.abandon(_PATIENCE_S)
            threading.Event().wait(_AGAIN_S * 5)

    def acknowledged(self) -> int:
        """So far."""
        return sum(len(writer.acknowledged) for writer in self._writers)

    def wait_for(self, more: int, deadline: Deadline) -> int:
        """Wait until so many more writes are acknowledged; how many are then.

        Raises:
            WorldError: not in time.
        """
        before = self.acknowledged()
        enough = poll(lambda: True if self.acknowledged() >= before + more else None, deadline, threading.Event().wait)
        seen = self.acknowledged()
        if enough is None:
            raise WorldError(f"{more} more writes should be acknowledged within {deadline.seconds:g} s, {seen - before} were")
        return seen

    def count_for(self, deadline: Deadline) -> int:
        """How many writes are acknowledged until then; ends at the first."""
        before = self.acknowledged()
        poll(lambda: True if self.acknowledged() > before else None, deadline, threading.Event().wait)
        return self.acknowledged() - before

    def pause(self, deadline: Deadline) -> None:
        """What was on its way when something broke may still be acknowledged."""
        poll(lambda: None, deadline, threading.Event().wait)

    def end(self) -> Counts:
        """Stop them, and compare what they were told with what is there.

        Raises:
            WorldError: a writer still waits for its answer.
        """
        self.stop()
        told = {(writer.number, number) for writer in self._writers for number, _ in writer.acknowledged}
        unknown = {(writer.number, number) for writer in self._writers for number in writer.indeterminate}
        with self.database.connect() as connection:
            there = {(int(writer), int(number)) for writer, number in connection.execute("SELECT writer, number FROM written")}
        times = sorted(moment for writer in self._writers for _, moment in writer.acknowledged)
        gap = max((after - before for before, after in itertools.pairwise(times)), default=0.0)
        return Counts(len(told), len(unknown), sorted(told - there), sorted(there - told - unknown), gap)

    def stop(self) -> None:
        """Raises WorldError: a writer still waits for its answer."""
        self._stop.set()
        deadline = Deadline(_ENDS_S)
        self._watch.join(deadline.remaining())
        for writer in self._writers:
            writer.join(max(deadline.remaining(), 0.001))
            if writer.connection is not None and not writer.is_alive():
                writer.connection.close()
        waiting = [writer.name for writer in self._writers if writer.is_alive()]
        if waiting:
            raise WorldError(f"these still wait for an answer of the database {_ENDS_S:g} s after their last write: {', '.join(waiting)}")

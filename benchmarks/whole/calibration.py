"""How fast the machine is today: interpreter, processor, disk and loopback, by figures that nothing of this project changes."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from libraries.load.machine import Hiccups
from libraries.load.pinning import ENGINE_CORE, VENUE_CORE, on_core, pin

from .table import Line

SECONDS, TURNS = 0.2, 5
MEMBERS = 12
_PARTS = {"symbol": "BTCUSDT", "orderId": 28, "price": "0.00000000", "executedQty": "10.00000000", "status": "FILLED", "side": "SELL"}
_ANSWER = json.dumps({f"{name}{number}": value for number in range(MEMBERS) for name, value in _PARTS.items()})
"""About as long as the venue's answer to an order."""
_KEY, _QUERY = b"k" * 64, b"symbol=BTCUSDT&side=SELL&type=LIMIT&timeInForce=GTC&quantity=1&price=0.2&recvWindow=5000&timestamp=1668481559"
_ECHO = """
import socket
server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)
connection, _ = server.accept()
connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
while data := connection.recv(64):
    connection.send(data)
"""


def measured(place: Path) -> list[Line]:
    """`place`: a directory on the disk that databases will be on."""
    with Hiccups() as probe:
        lines = [
            _line("machine.loop", "machine: additions by the interpreter", _rate(_loop, 10_000)),
            _line("machine.json", f"machine: json.loads of {len(_ANSWER)} bytes", _rate(lambda: json.loads(_ANSWER))),
            _line("machine.hmac", f"machine: HMAC-SHA256 of {len(_QUERY)} bytes", _rate(_sign)),
            _line("machine.commit", "machine: SQLite commits of one row, WAL, synchronous=FULL", _commits(place)),
            _line("machine.loopback", "machine: loopback round trips between two cores", _round_trips()),
        ]
    stalled = Line(key="machine.stalled", what="machine: time in stalls over 5 ms", unit="%", reached=probe.stalled * 100, more=False)
    return [*lines, stalled]


def _line(key: str, what: str, rate: float) -> Line:
    return Line(key=key, what=what, unit="/s", reached=rate)


def _rate(act: Callable[[], object], times: int = 1) -> float:
    """How often a second, the median of some turns; one `act` counts `times`."""
    rates = []
    for _ in range(TURNS):
        done, begun = 0, time.perf_counter()
        while (spent := time.perf_counter() - begun) < SECONDS:
            act()
            done += 1
        rates.append(done * times / spent)
    return statistics.median(rates)


def _loop() -> int:
    number = 0
    for _ in range(10_000):
        number += 1
    return number


def _sign() -> str:
    return hmac.new(_KEY, _QUERY, hashlib.sha256).hexdigest()


def _commits(place: Path) -> float:
    path = place / "calibration.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("CREATE TABLE rows (value TEXT) STRICT")
        rate = _rate(lambda: connection.execute("INSERT INTO rows VALUES (?)", (_ANSWER,)))
    for name in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
        name.unlink(missing_ok=True)
    return rate


def _round_trips() -> float:
    """The answering process on the venue's core, this one on the engine's: what waking the other core costs is part of it."""
    with subprocess.Popen([sys.executable, "-c", _ECHO], stdout=subprocess.PIPE) as echo:
        try:
            pin(echo.pid, VENUE_CORE)
            assert echo.stdout is not None
            address = ("127.0.0.1", int(echo.stdout.readline()))
            with on_core(ENGINE_CORE), socket.create_connection(address, timeout=10) as line:
                line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return _rate(lambda: (line.send(b"ping"), line.recv(64)))
        finally:
            echo.kill()

"""A venue process on a core of its own, with a ledger file, two rich accounts and raised limits."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import psutil

from .signing import ACCOUNTS

ROOT = Path(__file__).resolve().parents[2]
SERVER_CORE, CLIENT_CORE = 0, 1
LEDGER = "ledger.jsonl"
_MARKET = """
[[symbol]]
symbol = "BTCUSDT"
base = "BTC"
quote = "USDT"
[limits]
request_weight = 100_000_000
raw_requests = 100_000_000
orders_10s = 100_000_000
orders_1d = 100_000_000
"""
_ACCOUNT = """
[[account]]
name = "{name}"
api_key = "{key}"
api_secret = "{secret}"
balances = {{ USDT = "90000000000", BTC = "9000000" }}
"""


class Server(msgspec.Struct, frozen=True):
    """A running server that takes the orders of `ACCOUNTS`: its addresses and its process."""

    addresses: dict[str, Any]
    process: psutil.Process

    def memory_mb(self) -> float:
        return float(self.process.memory_info().rss / 2**20)

    def cpu_s(self) -> float:
        times = self.process.cpu_times()
        return float(times.user + times.system)


@contextmanager
def running(folder: Path) -> Iterator[Server]:
    """Start the venue in `folder` (empty or new), pinned to one core while this process takes another (where there are two)."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "market.toml").write_text(_MARKET, "utf-8")
    text = "".join(_ACCOUNT.format(name=f"bench{n}", key=each.api_key, secret=each.secret) for n, each in enumerate(ACCOUNTS))
    (folder / "accounts.toml").write_text(text, "utf-8")
    command = [sys.executable, "-m", "libraries.mock_exchange", "--market", str(folder / "market.toml")]
    command += ["--accounts", str(folder / "accounts.toml"), "--ledger", str(folder / LEDGER)]
    with _on_a_core(command) as server:
        yield server


@contextmanager
def running_bare() -> Iterator[Server]:
    """The server that venues are compared with, pinned in the same way."""
    with _on_a_core([sys.executable, "-m", "benchmarks.venue.bare_server"]) as server:
        yield server


@contextmanager
def _on_a_core(command: list[str]) -> Iterator[Server]:
    child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
    cores = os.sched_getaffinity(0)
    try:
        if len(cores) > 1:
            os.sched_setaffinity(child.pid, {SERVER_CORE})
            os.sched_setaffinity(0, {CLIENT_CORE})
        assert child.stdout is not None
        yield Server(json.loads(child.stdout.readline()), psutil.Process(child.pid))
    finally:
        os.sched_setaffinity(0, cores)
        child.terminate()
        child.wait(timeout=30)

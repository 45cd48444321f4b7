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

from .signing import Account

ROOT = Path(__file__).resolve().parents[2]
SERVER_CORE, CLIENT_CORE = 0, 1
_KEYS = ("A" * 64, "B" * 64)
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
    """A running venue: its addresses, the accounts that may trade, its process."""

    addresses: dict[str, Any]
    accounts: tuple[Account, Account]
    process: psutil.Process
    ledger: Path

    def memory_mb(self) -> float:
        return float(self.process.memory_info().rss / 2**20)

    def cpu_s(self) -> float:
        times = self.process.cpu_times()
        return float(times.user + times.system)


@contextmanager
def running(folder: Path) -> Iterator[Server]:
    """Start the venue in `folder`, pinned to one core while this process takes another (where there are two)."""
    folder.mkdir(parents=True, exist_ok=True)
    accounts = (Account(_KEYS[0], "a" * 64), Account(_KEYS[1], "b" * 64))
    (folder / "market.toml").write_text(_MARKET, "utf-8")
    text = "".join(_ACCOUNT.format(name=f"bench{n}", key=each.api_key, secret=each.secret) for n, each in enumerate(accounts))
    (folder / "accounts.toml").write_text(text, "utf-8")
    ledger = folder / "ledger.jsonl"
    ledger.unlink(missing_ok=True)
    command = [sys.executable, "-m", "libraries.mock_exchange", "--market", str(folder / "market.toml")]
    command += ["--accounts", str(folder / "accounts.toml"), "--ledger", str(ledger)]
    child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
    cores = os.sched_getaffinity(0)
    try:
        if len(cores) > 1:
            os.sched_setaffinity(child.pid, {SERVER_CORE})
            os.sched_setaffinity(0, {CLIENT_CORE})
        assert child.stdout is not None
        yield Server(json.loads(child.stdout.readline()), accounts, psutil.Process(child.pid), ledger)
    finally:
        os.sched_setaffinity(0, cores)
        child.terminate()
        child.wait(timeout=30)

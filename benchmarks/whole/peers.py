"""Public clients on the same exchange: their bare order creation, from a process on the engine's core, each in its own environment."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any, Final

import msgspec

from libraries.client_keywords.environments import environment_for
from libraries.load.pinning import ENGINE_CORE, on_core
from libraries.world.exchange import REPOSITORY, Exchange

from .venue import FUNDS, trades_of, written

HOME: Final = REPOSITORY / "benchmarks" / "peers"
WINDOWS: Final = (10, 50, 100, 200)
EQUAL: Final = 50
"""Orders in flight at which all are compared with each other."""
WARM_UP: Final = 200
LONGEST_S: Final = 600.0


class Peer(msgspec.Struct, frozen=True):
    """Who it is, what pins it, what drives it, over which surface, and by how much the whole path is to be faster: at the best window of
    each, and at the same one."""

    name: str
    title: str
    requirements: str
    runner: str
    surface: str
    best_goal: float
    equal_goal: float


PEERS: Final = (
    Peer("ccxt", "ccxt async create_order (REST)", "ccxt.txt", "ccxt_runner.py", "rest", 10, 5),
    Peer("binance-rest", "python-binance AsyncClient REST", "python_binance.txt", "python_binance_runner.py", "rest", 6, 3),
    Peer("binance-ws", "python-binance AsyncClient WebSocket API", "python_binance.txt", "python_binance_runner.py", "ws", 3, 1.5),
    Peer("nautilus-http", "NautilusTrader's HTTP client", "nautilus_trader.txt", "nautilus_http_runner.py", "rest", 2, 1),
)
BACKTEST_GOAL: Final = 5.0


class Failed(Exception):
    """A peer was installed and did not do what was asked: the end of what it said."""


class Reached(msgspec.Struct, frozen=True):
    """Orders a second by window, and what one costs the client's processor in microseconds at its best window."""

    by_window: dict[int, float]
    cpu_us: float

    @property
    def best(self) -> tuple[int, float]:
        """(window, orders a second)"""
        return max(self.by_window.items(), key=lambda each: each[1])


def measure(peer: Peer, exchange: Exchange, orders: int, turn: int) -> Reached:
    """One run over all windows on an account of its own.

    Raises:
        ClientMissing: it cannot be installed here.
        Failed: it did not come to its end, or the venue counts other orders than it does.
    """
    account = exchange.admin.create_account(f"{peer.name}-{turn}", FUNDS)
    asked = {
        "rest_url": exchange.rest_url,
        "ws_api_url": exchange.ws_api_url,
        "api_key": account.api_key,
        "api_secret": account.api_secret,
        "surface": peer.surface,
        "orders": orders,
        "windows": WINDOWS,
        "warm_up": WARM_UP,
    }
    since = written(exchange)
    said = _run(peer.requirements, peer.runner, asked)
    told = said["warmed"] + sum(run["filled"] for run in said["runs"])
    at_venue = trades_of(exchange, account.name, since, written(exchange))
    if told != at_venue:
        raise Failed(f"{peer.title} says that {told} orders were filled, the venue has {at_venue} trades of it")
    rates = {run["window"]: run["filled"] / run["seconds"] for run in said["runs"]}
    costs = {run["window"]: run["cpu_s"] / run["filled"] * 1e6 for run in said["runs"]}
    return Reached(rates, costs[max(rates, key=lambda window: rates[window])])


def backtest(orders: int) -> float:
    """Filled orders a second of NautilusTrader's BacktestEngine, in memory.

    Raises:
        ClientMissing: it cannot be installed here.
        Failed: it did not come to its end, or did not fill all orders.
    """
    said = _run("nautilus_trader.txt", "nautilus_backtest_runner.py", {"orders": orders})
    if said["filled"] != orders:
        raise Failed(f"{orders} orders were to be filled, NautilusTrader counts {said['filled']}")
    return float(said["filled"] / said["seconds"])


def _run(requirements: str, runner: str, asked: dict[str, Any]) -> dict[str, Any]:
    """What the peer's script says at its end. The keys go by stdin: a command line is read by everybody."""
    python = environment_for(HOME / requirements)
    with on_core(ENGINE_CORE):
        try:
            done = subprocess.run(
                [str(python), str(HOME / runner)],
                input=json.dumps(asked),
                capture_output=True,
                text=True,
                check=False,
                cwd=Path(HOME),
                timeout=LONGEST_S,
            )
        except subprocess.TimeoutExpired:
            raise Failed(f"{runner} was not done within {LONGEST_S:g} s") from None
    if done.returncode:
        raise Failed(f"{runner} ended with exit code {done.returncode}: {(done.stderr.strip() or 'no word').splitlines()[-1]}")
    return dict(json.loads(done.stdout.splitlines()[-1]))

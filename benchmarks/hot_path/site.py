"""A venue and an engine of real processes, with limits that a thousand orders a second fit into; nothing is switched off."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import tomli_w

from libraries.world.deadlines import Deadline
from libraries.world.engine import Engine, VenueLink
from libraries.world.exchange import REPOSITORY, Exchange, ExchangeOptions
from libraries.world.processes import Children

START_S = 60.0
LIMITS = {
    "risk": {
        "trades_a_day": 1_000_000,
        "max_correlation": "1",
        "tiers": {"ARCHITECT": {"open_positions": 1_000, "daily_loss": "100000000"}},
    },
    "rate": {"orders_10s": 1_000_000_000, "orders_1d": 1_000_000_000, "weight_1m": 1_000_000_000, "requests_5m": 1_000_000_000},
}
"""The engine's limits that are raised; every rule goes on being looked at."""


@dataclass(frozen=True)
class Site:
    """Both processes run, and every book is in step."""

    exchange: Exchange
    engine: Engine

    @property
    def pids(self) -> dict[str, int]:
        """Of the processes that are measured."""
        children = {"engine": self.engine.child, "venue": self.exchange.child}
        return {name: child.pid for name, child in children.items() if child is not None}


def symbols_of(number: int) -> tuple[str, ...]:
    """The names of so many symbols."""
    return tuple(f"S{index:02}USDT" for index in range(number))


@contextlib.contextmanager
def site(symbols: int, settings: dict[str, dict[str, object]] | None = None) -> Iterator[Site]:
    """Start a venue with deep books and an engine with a large account; both are ended and their files removed afterwards.

    Raises:
        WorldError: one of them did not start.
    """
    names = symbols_of(symbols)
    with tempfile.TemporaryDirectory(prefix="genesis-hot-path-") as directory:
        base, children = Path(directory), Children()
        exchange = Exchange("venue", base / "venue", ExchangeOptions(market=_market(base, names)))
        try:
            exchange.start(children, Deadline(START_S))
            balances = {"USDT": "1000000000", **{name.removesuffix("USDT"): "100000" for name in names}}
            link = VenueLink(exchange, exchange.admin.create_account("engine", balances), names)
            sections = LIMITS | (settings or {})
            engine = Engine("main", directory=base / "engine", root=REPOSITORY, links=(link,), children=children, settings=sections)
            engine.start(Deadline(START_S))
            yield Site(exchange, engine)
        finally:
            children.kill_all("the measurement is over")


def _market(base: Path, names: tuple[str, ...]) -> Path:
    depth = "9000"
    rows = [
        {
            "symbol": name,
            "base": name.removesuffix("USDT"),
            "quote": "USDT",
            "tick_size": "0.01",
            "step_size": "0.00001",
            "min_notional": "5.00",
            "bids": [["100.00", depth], ["99.99", depth]],
            "asks": [["100.01", depth], ["100.02", depth]],
        }
        for name in names
    ]
    path = base / "market.toml"
    path.write_text(tomli_w.dumps({"symbol": rows}), encoding="utf-8")
    return path

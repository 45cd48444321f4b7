"""A venue and an engine of real processes, with limits that a thousand orders a second fit into; nothing is switched off."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from libraries.campaign.lone import lone_engine
from libraries.load import profile
from libraries.load import site as load
from libraries.world.deadlines import Deadline
from libraries.world.engine import Engine
from libraries.world.exchange import REPOSITORY, Exchange, ExchangeOptions
from libraries.world.processes import Children

START_S = 60.0
HELD = "100000"
"""Base of each symbol: who sells in turn must have it."""


@dataclass(frozen=True)
class Site:
    """Both processes run, and every book is in step."""

    exchange: Exchange
    engine: Engine
    symbols: tuple[str, ...]

    @property
    def pids(self) -> dict[str, int]:
        """Of the processes that are measured."""
        children = {"engine": self.engine.child, "venue": self.exchange.child}
        return {name: child.pid for name, child in children.items() if child is not None}


@contextlib.contextmanager
def site(symbols: int) -> Iterator[Site]:
    """Start a venue with deep books and an engine with a large account, both on profiles/load.toml; both are ended and their files removed
    afterwards.

    Raises:
        WorldError: one of them did not start.
    """
    names = load.names(symbols)
    with tempfile.TemporaryDirectory(prefix="genesis-hot-path-") as directory:
        base, children = Path(directory), Children()
        options = ExchangeOptions(market=load.write_listing(base / "market.toml", names), limits=profile.venue_limits(base / "limits.toml"))
        exchange = Exchange("venue", base / "venue", options)
        try:
            exchange.start(children, Deadline(START_S))
            funds = {"USDT": load.FUNDS, **{name.removesuffix("USDT"): HELD for name in names}}
            settings = profile.engine_settings()
            with lone_engine("engine", exchange, REPOSITORY, base, funds=funds, symbols=names, settings=settings) as (engine, _):
                engine.start(Deadline(START_S))
                yield Site(exchange, engine, names)
        finally:
            children.kill_all("the measurement is over")
            exchange.close()

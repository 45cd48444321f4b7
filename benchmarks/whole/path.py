"""Our own engine on the exchange that the peers are measured on: public trade -> strategy -> risk -> durable intent -> signed order over
the WebSocket API -> match -> report -> durable fill. Every rule, signature check and fsync is on; limits are numbers, and are raised.

Closed loop: the engine's strategy answers each public trade of its symbol with one entry, and each of its orders is one trade, which is
public. So `window` trades of somebody else keep exactly so many orders in flight, without a client that costs anything.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

import msgspec

from benchmarks.hot_path.cost import Cost, counted
from libraries.campaign.lone import lone_engine
from libraries.evidence.audit import Auditor, audit_world
from libraries.load.pinning import ENGINE_CORE, pin
from libraries.load.profile import engine_settings
from libraries.world.control import ControlClient
from libraries.world.deadlines import Deadline, poll
from libraries.world.engine import Engine
from libraries.world.exchange import REPOSITORY, Exchange
from libraries.world.history import History

from .venue import CROWD, FUNDS, START_S, SYMBOL, trades_of, written

WINDOWS: Final = (50, 256, 1_024)
QUANTITY: Final = "0.0002"
NAME: Final = "every-trade"
LOT: Final = "0.00001"
"""Base of a tick that the venue makes: no fill of the engine's is as small."""
WARM_UP_S: Final = 0.5
QUIET_S: Final = 60.0
AUDIT_S: Final = 900.0


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """Orders a second by window; what one costs engine and exchange at the best window, in words; filled orders in all, and what the
    auditor says about them."""

    by_window: dict[int, float]
    cost: str
    orders: int
    audit: str

    @property
    def best(self) -> tuple[int, float]:
        """(window, orders a second)"""
        return max(self.by_window.items(), key=lambda each: each[1])


class Wrong(Exception):
    """Venue, database and auditor do not agree about what was measured; or the loop broke off."""


@contextmanager
def engine_on(exchange: Exchange, name: str, place: Path, parameters: dict[str, str]) -> Iterator[tuple[Engine, History]]:
    """A fresh engine on its core, on profiles/load.toml, RUNNING, with account, database and history of its own. Its strategy answers
    trades: with `parameters` {} all, its own fills too.

    Raises:
        WorldError: it did not start.
    """
    (place / name).mkdir(parents=True)
    settings = engine_settings()
    with lone_engine(name, exchange, REPOSITORY, place / name, funds=FUNDS, symbols=(SYMBOL,), settings=settings) as (engine, history):
        given = {"quantity": QUANTITY} | parameters
        engine.strategies = [{"name": NAME, "kind": "tick_probe", "symbols": [SYMBOL], "interval": "1m", "parameters": given}]
        engine.test_hooks = True  # the kind of strategy is one of them
        engine.start(Deadline(START_S))
        assert engine.child is not None
        pin(engine.child.pid, ENGINE_CORE)
        yield engine, history


def closed_loop(exchange: Exchange, place: Path, turn: int, seconds: float) -> Outcome:
    """Each window for `seconds`, then the auditor.

    Raises:
        Wrong: counts differ, the audit was violated, or fewer orders were in flight than the window says.
    """
    name = f"engine-{turn}"
    with engine_on(exchange, name, place, {}) as (engine, history):
        rates: dict[int, float] = {}
        costs: dict[int, str] = {}
        for window in WINDOWS:
            rates[window], costs[window] = _window(exchange, engine, name, window, seconds)
        orders, audit = _agreed(exchange, engine, name, history, place)
    best = max(rates, key=lambda window: rates[window])
    return Outcome(by_window=rates, cost=costs[best], orders=orders, audit=audit)


def _window(exchange: Exchange, engine: Engine, name: str, window: int, seconds: float) -> tuple[float, str]:
    """(orders a second, what one costs in words) with so many in flight."""
    assert engine.child is not None
    _run_strategy(engine.control)
    seeded = written(exchange)
    for _ in range(window):
        exchange.admin.place_order(symbol=SYMBOL, side="BUY", order_type="MARKET", quantity=QUANTITY, account=CROWD)
    _turning(exchange, name, window, seeded)
    with counted({"engine": engine.child.pid, "exchange": exchange.running_child().pid}) as costs:
        begun, since = time.perf_counter(), written(exchange)
        time.sleep(seconds)
        spent, until = time.perf_counter() - begun, written(exchange)
    _operate(engine.control, "pause")
    _at_rest(engine.control)
    done = trades_of(exchange, name, since, until)
    if not done:
        raise Wrong(f"nothing was traded in {spent:.1f} s with {window} in flight: the loop broke off")
    return done / spent, " and ".join(f"the {process} {_each(cost, done)}" for process, cost in costs.items())


def _turning(exchange: Exchange, name: str, window: int, since: int) -> None:
    """As many orders as are in flight have been filled: the loop turns, and is warm.

    Raises:
        Wrong: it does not.
    """
    deadline = Deadline(QUIET_S)
    while (done := trades_of(exchange, name, since, written(exchange))) < window:
        if deadline.expired:
            raise Wrong(f"{window} orders should go round, {done} were filled within {QUIET_S:g} s")
        time.sleep(WARM_UP_S)


def _each(cost: Cost, orders: int) -> str:
    """Of one order."""
    counts = "" if cost.instructions is None else f" ({cost.instructions / orders / 1_000:,.0f} thousand instructions)"
    return f"{cost.cpu_s / orders * 1e6:,.0f} us of processor{counts}"


def _run_strategy(control: ControlClient) -> None:
    """From here on it answers trades.

    Raises:
        Wrong: it is not RUNNING in time.
    """
    if control.strategies()[0]["state"] == "PAUSED":
        _operate(control, "start")
    if not poll(lambda: control.strategies()[0]["state"] == "RUNNING" or None, Deadline(QUIET_S), time.sleep):
        raise Wrong(f"the strategy should be RUNNING within {QUIET_S:g} s: {control.strategies()[0]}")


def _operate(control: ControlClient, action: str) -> None:
    """Raises Wrong: the strategy is not where it can be told so."""
    answer = control.request("POST", f"/strategies/{NAME}/{action}", json={}, timeout=QUIET_S)
    if not answer.ok:
        raise Wrong(f"the strategy could not be told to {action}: {answer.body}")


def _at_rest(control: ControlClient) -> None:
    """Nothing is in flight any more.

    Raises:
        Wrong: something still was when the time was over.
    """
    quiet = control.quiesce(round(QUIET_S * 1_000))
    control.control("resume")
    if not quiet.ok:
        raise Wrong(f"the engine did not come to rest within {QUIET_S:g} s: {quiet.body}")


def _agreed(exchange: Exchange, engine: Engine, name: str, history: History, place: Path) -> tuple[int, str]:
    """(filled orders, the audit in words), where venue, database and auditor agree.

    Raises:
        Wrong: they do not.
    """
    at_venue = trades_of(exchange, name, 0, written(exchange))
    with closing(sqlite3.connect(f"file:{engine.database_path}?mode=ro", uri=True)) as database:
        (fills,) = database.execute("SELECT count(*) FROM fills").fetchone()
        (filled,) = database.execute("SELECT count(*) FROM orders WHERE state = 'FILLED'").fetchone()
    if not at_venue == fills == filled:
        raise Wrong(f"the venue has {at_venue} trades of {name}, the database {fills} fills of {filled} filled orders")
    verdict = audit_world([engine], [exchange], history, place / name, auditor=Auditor(timeout=AUDIT_S))
    if verdict.failures:
        raise Wrong(f"the audit of {name}: {'; '.join(verdict.failures)}")
    return filled, verdict.line()

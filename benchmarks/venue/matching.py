"""The matching core beside public ones: the same commands, the same fills, in turns, medians of the turns."""

from __future__ import annotations

import gc
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.row import Row, must, ratio
from libraries.client_keywords.environments import environment_for
from libraries.mock_exchange.core.order_book import OrderBook

from . import flow
from .core_runner import play
from .server import ROOT

PEERS = ROOT / "benchmarks" / "venue" / "peers"
GOALS = {"lightmatchingengine": 4.0, "liquibook": 2.0, "order_matching": 300.0}
COMMANDS = 200_000
OF_ORDER_MATCHING = 20_000
"""It takes longer for each command the more orders it holds; all of the flow would take an hour."""
TURNS, OUR_TURNS = 3, 5
"""Ours are more, for they are short."""
RESTING = (1_000, 10_000, 100_000, 1_000_000)
ON_THE_DEEP_BOOK = 50_000
FLAT = 4.0
"""A deep book does not fit into the processor's caches: up to this factor counts as flat; a scan would be a factor of hundreds."""


def measured(folder: Path, seed: int) -> list[Row]:
    """Rows of all peers and of the deep books. Raises AssertionError: a core gives other fills than the reference."""
    python = environment_for(PEERS / "requirements.txt")
    rows: list[Row] = []
    for peer, goal in GOALS.items():
        count = OF_ORDER_MATCHING if peer == "order_matching" else COMMANDS
        commands, fills = flow.mixed(count, seed)
        path = folder / f"flow-{count}.json"
        flow.write(path, commands)
        ours, theirs = _in_turns(peer, python, path, flow.digest(fills), 1 if peer == "order_matching" else TURNS)
        rows.append(ratio(f"matching core: {count:,} commands, beside {peer} ({count / theirs:,.0f}/s)", theirs / ours, goal))
        if count == COMMANDS and len(rows) == 1:
            rows.insert(0, Row(name="matching core: mixed flow", reached=f"{count / ours:,.0f} commands/s"))
    return rows + _deep(seed)


def _in_turns(peer: str, python: Path, path: Path, digest: str, turns: int) -> tuple[float, float]:
    """(our seconds, their seconds), medians; theirs of `turns`."""
    ours: list[float] = []
    theirs: list[float] = []
    core = ("the venue's core", [sys.executable, "-m", "benchmarks.venue.core_runner", str(path)], ours)
    other = (peer, [str(python), str(PEERS / f"{peer}_runner.py"), str(path)], theirs)
    for turn in range(OUR_TURNS):
        for name, command, seconds in (core, other) if turn < turns else (core,):
            told = _run(command)
            assert told["digest"] == digest, f"{name} gives other fills ({told['fills']}) than the reference for {path.name}"
            seconds.append(float(told["seconds"]))
    return statistics.median(ours), statistics.median(theirs)


def _run(command: list[str]) -> dict[str, Any]:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command} ended with {done.returncode}: {done.stderr[-2000:]}"
    return dict(json.loads(done.stdout))


def _deep(seed: int) -> list[Row]:
    """Microseconds a command on books of growing depth."""
    costs: list[float] = []
    for resting in RESTING:
        build, commands = flow.deep(resting, ON_THE_DEEP_BOOK, seed)
        book: OrderBook[None] = OrderBook()
        play(book, build)
        gc.collect()
        gc.disable()
        started = time.perf_counter()
        play(book, commands)
        costs.append((time.perf_counter() - started) / len(commands) * 1e6)
        gc.enable()
    shown = ", ".join(f"{cost:.2f} at {resting:,}" for cost, resting in zip(costs, RESTING, strict=True))
    growth = max(costs) / costs[0]
    return [must("matching core: cost of a command by orders resting (us)", growth <= FLAT, shown, f"flat: at most {FLAT:g} x")]

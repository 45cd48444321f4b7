"""`python -m libraries.campaign --kills N --seed N --results DIR`: plays the schedule, prints the figures, writes campaign.json and .md.

Exit codes: 0 all survived and every point reached, 1 not, 2 command line.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path

from libraries.campaign.figures import count
from libraries.campaign.plan import SYMBOLS, Round, schedule
from libraries.campaign.rounds import START_S, Outcome, survive
from libraries.exchange_keywords.markets import write_market
from libraries.world.deadlines import Deadline
from libraries.world.engine import Engine, VenueLink
from libraries.world.exchange import REPOSITORY, Exchange, ExchangeOptions
from libraries.world.locks import Mode, hold_machine
from libraries.world.processes import Children

FEE = Decimal("0.001")
MACHINE_FREE_WITHIN_S = 1_800.0
MOST_SHOWN = 30


def main(words: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m libraries.campaign", description=__doc__, allow_abbrev=False)
    parser.add_argument("--kills", type=int, default=200, help="rounds: each point once, some in other ways too, then random ones")
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same schedule")
    parser.add_argument("--processes", type=int, default=2, help="rounds at once, each worker with a venue of its own")
    parser.add_argument("--results", type=Path, default=REPOSITORY / "results", help="where the table and the worlds of failed rounds go")
    parser.add_argument("--engine-root", type=Path, default=REPOSITORY, help="directory of the engine build under test")
    parser.add_argument("--only", default="", help="only rounds of this crash point")
    given = parser.parse_args(words)
    if given.kills < 1 or given.processes < 1:
        parser.error("--kills and --processes: expected numbers above 0")
    machine = hold_machine(Mode.SHARED, Deadline(MACHINE_FREE_WITHIN_S))
    directory = Path(tempfile.mkdtemp(prefix="genesis-campaign-"))
    try:
        return _campaign(given, directory)
    finally:
        machine.release()
        shutil.rmtree(directory, ignore_errors=True)


def _campaign(given: argparse.Namespace, directory: Path) -> int:
    points = _defined(given.engine_root, directory / "points")
    plan = [one for one in schedule(given.kills, given.seed, points) if not given.only or one.point == given.only]
    parts = [plan[worker :: given.processes] for worker in range(given.processes)]
    with ProcessPoolExecutor(given.processes) as pool:
        work = [pool.submit(_worker, part, given.engine_root, directory / f"worker-{n}", given.results) for n, part in enumerate(parts)]
        outcomes = sorted((one for part in work for one in part.result()), key=lambda one: one.number)
    figures = count(outcomes, plan, points, given.seed)
    given.results.mkdir(parents=True, exist_ok=True)
    rounds = [{**asdict(one), "points": sorted(one.points), "invariants": {}} for one in outcomes]
    content = {"figures": figures.rows, "failures": figures.failures, "schedule": [asdict(one) for one in plan], "rounds": rounds}
    (given.results / "campaign.json").write_text(json.dumps(content, indent=1) + "\n", "utf-8")
    (given.results / "campaign.md").write_text(figures.text() + "\n", "utf-8")
    print(figures.text())
    for failure in figures.failures[:MOST_SHOWN]:
        print(f"FAILED {failure}")
    return int(bool(figures.failures))


def _defined(root: Path, directory: Path) -> list[str]:
    """The crash points of the engine under test, in its own words."""
    children = Children()
    exchange = _venue(directory, children)
    try:
        account = exchange.admin.create_account("points", {"USDT": "100"})
        link = VenueLink(exchange, account, SYMBOLS, name=exchange.alias)
        engine = Engine("points", directory=directory / "engine", root=root, links=(link,), children=children)
        engine.test_hooks = True
        engine.start(Deadline(START_S), until=None)
        known = engine.control.request("GET", "/control/crash").body["points"]
        engine.close_client()
    finally:
        children.kill_all("the points are known")
        exchange.close()
    return list(known)


def _venue(directory: Path, children: Children) -> Exchange:
    directory.mkdir(parents=True, exist_ok=True)
    market = write_market(directory / "market.toml", SYMBOLS, FEE, FEE)
    exchange = Exchange("binance", directory / "exchange", ExchangeOptions(market=market))
    exchange.start(children, Deadline(START_S))
    return exchange


def _worker(plan: list[Round], root: Path, directory: Path, results: Path) -> list[Outcome]:
    """Plays its rounds one after another on one venue; keeps the worlds of those that failed."""
    children = Children()
    exchange = _venue(directory, children)
    outcomes = []
    try:
        for one in plan:
            world = directory / f"round-{one.number}"
            world.mkdir()
            outcome = survive(one, exchange, root, world)
            outcomes.append(outcome)
            print(f"{'survived' if not outcome.failures else 'FAILED  '} {one.name}", file=sys.stderr, flush=True)
            if outcome.failures:
                _keep(world, exchange, results / "campaign-worlds" / world.name)
            shutil.rmtree(world, ignore_errors=True)
    finally:
        children.kill_all("end of the campaign")
        exchange.close()
    return outcomes


def _keep(world: Path, exchange: Exchange, target: Path) -> None:
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(world, target)
    shutil.copy(exchange.ledger_path, target / "ledger.jsonl")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

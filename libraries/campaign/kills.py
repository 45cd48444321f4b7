"""The kill campaign: engines that die at crash points and at random moments."""

from __future__ import annotations

import argparse
import contextlib
import shutil
import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial
from pathlib import Path

from libraries.campaign.faults.house import Shared
from libraries.campaign.figures import count
from libraries.campaign.leases import survive_by_a_standby
from libraries.campaign.plan import SYMBOLS, Round, When, schedule
from libraries.campaign.report import Report
from libraries.campaign.rounds import START_S, Outcome, survive
from libraries.campaign.workers import Workers
from libraries.common.errors import WrongArgument
from libraries.exchange_keywords.markets import write_market
from libraries.world.deadlines import Deadline
from libraries.world.engine import Engine, VenueLink
from libraries.world.exchange import Exchange, ExchangeOptions
from libraries.world.processes import Children

FEE = Decimal("0.001")
WORLDS = "campaign-worlds"


def run(given: argparse.Namespace, directory: Path) -> Report:
    """Play the schedule, or what `--only` leaves of it.

    Raises:
        WrongArgument: `--only` leaves nothing.
    """
    points = _defined(given.engine_root, directory / "points")
    plan = _chosen(schedule(given.kills, given.seed, points), given.only)
    parts = [plan[worker :: given.processes] for worker in range(given.processes)]
    workers: Workers[Round, Outcome] = Workers(parts, partial(_stage, given, directory))
    workers.run()
    figures = count(workers.outcomes, plan, points, given.seed)
    command = f"inv campaign --kills {given.kills} --seed {given.seed}"
    return Report.of("campaign", figures, plan, workers, command=command, worlds=given.results / WORLDS)


def _chosen(plan: list[Round], only: str) -> list[Round]:
    """Raises WrongArgument: nothing is left."""
    left = [one for one in plan if not only or only in (one.point, str(one.number))]
    if not left:
        raise WrongArgument(f"--only: expected a round from 1 to {len(plan)} or a crash point of the schedule such as CP-O4, got {only!r}")
    return left


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


@contextlib.contextmanager
def _stage(given: argparse.Namespace, directory: Path, number: int) -> Iterator[Callable[[Round], Outcome]]:
    """A venue for all rounds of a worker, and a PostgreSQL server once it is needed; the worlds of those that failed are kept."""
    children = Children()
    place = directory / f"worker-{number}"
    exchange = _venue(place, children)
    shared = Shared(place / "databases")

    def play(one: Round) -> Outcome:
        world = place / f"round-{one.number}"
        world.mkdir()
        if one.when is When.LEASE:
            outcome = survive_by_a_standby(one, exchange, given.engine_root, world, shared.server())
        else:
            outcome = survive(one, exchange, given.engine_root, world)
        print(f"{'survived' if not outcome.failures else 'FAILED  '} {one.name}", file=sys.stderr, flush=True)
        if outcome.failures:
            _keep(world, exchange, given.results / WORLDS / world.name)
        shutil.rmtree(world, ignore_errors=True)
        return outcome

    try:
        yield play
    finally:
        shared.close()
        children.kill_all("end of the campaign")
        exchange.close()


def _keep(world: Path, exchange: Exchange, target: Path) -> None:
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(world, target)
    shutil.copy(exchange.ledger_path, target / "ledger.jsonl")

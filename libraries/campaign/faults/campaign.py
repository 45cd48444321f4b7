"""The fault campaign: rounds of faults that overlap under load."""

from __future__ import annotations

import argparse
import contextlib
import shutil
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from libraries.campaign.faults.figures import count
from libraries.campaign.faults.house import Shared
from libraries.campaign.faults.plan import Round, schedule, shared_out
from libraries.campaign.faults.rounds import Outcome, survive
from libraries.campaign.report import Report
from libraries.campaign.workers import Workers
from libraries.common.errors import WrongArgument

NAME = "campaign-faults"
WORLDS = "campaign-faults-worlds"


def run(given: argparse.Namespace, directory: Path) -> Report:
    """Play the schedule, or the one round that `--only` names.

    Raises:
        WrongArgument: the schedule has no such round.
    """
    whole = schedule(given.faults, given.seed)
    plan = [one for one in whole if given.only in ("", str(one.number))]
    if not plan:
        raise WrongArgument(f"--only: expected a round from 1 to {len(whole)}, got {given.only!r}")
    workers: Workers[Round, Outcome] = Workers(shared_out(plan, given.processes), partial(_stage, given, directory))
    workers.run()
    figures = count(workers.outcomes, plan, given.seed)
    command = f"inv campaign --faults {given.faults} --seed {given.seed}"
    return Report.of(NAME, figures, plan, workers, command=command, worlds=given.results / WORLDS)


@contextlib.contextmanager
def _stage(given: argparse.Namespace, directory: Path, number: int) -> Iterator[Callable[[Round], Outcome]]:
    """The database servers of a worker; the worlds of rounds that failed are kept."""
    place = directory / f"worker-{number}"
    place.mkdir()
    shared = Shared(place / "databases")

    def play(one: Round) -> Outcome:
        world = place / f"round-{one.number}"
        world.mkdir()
        outcome = survive(one, shared, given.engine_root, world)
        print(f"{'survived' if not outcome.failures else 'FAILED  '} {one.name}", file=sys.stderr, flush=True)
        if outcome.failures:
            (world / "failures.txt").write_text("\n".join([one.name, *outcome.failures]) + "\n", encoding="utf-8")
            target = given.results / WORLDS / world.name
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(world, target)
        shutil.rmtree(world, ignore_errors=True)
        return outcome

    try:
        yield play
    finally:
        shared.close()

"""`python -m libraries.campaign --kills N | --faults N`, with `--seed N`: plays the schedule, prints the figures and writes them.

Exit codes: 0 all survived and everything demanded occurred, 1 not, 2 command line, 130 interrupted (SIGINT, SIGTERM): the figures are
those of the rounds that were played.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from libraries.campaign import kills
from libraries.campaign.faults import campaign as faults
from libraries.common.errors import WrongArgument
from libraries.world.deadlines import Deadline
from libraries.world.errors import WorldError
from libraries.world.exchange import REPOSITORY
from libraries.world.locks import Mode, hold_machine

MACHINE_FREE_WITHIN_S = 1_800.0
KILLS = 200
INTERRUPTED = 130


def above_zero(text: str) -> int:
    """Raises argparse.ArgumentTypeError, whose text argparse shows."""
    if not (text.isascii() and text.isdecimal() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"expected a whole number above 0, got {text!r}")
    return int(text)


def build(text: str) -> Path:
    """Raises argparse.ArgumentTypeError, whose text argparse shows."""
    if not (Path(text) / "genesis" / "__main__.py").is_file():
        raise argparse.ArgumentTypeError(f"expected a directory that holds genesis/, got {text!r}")
    return Path(text).resolve()


def parser() -> argparse.ArgumentParser:
    result = argparse.ArgumentParser(prog="python -m libraries.campaign", description=__doc__, allow_abbrev=False)
    which = result.add_mutually_exclusive_group()
    which.add_argument("--kills", type=above_zero, metavar="N", help=f"engines that die: each crash point, then random moments ({KILLS})")
    which.add_argument("--faults", type=above_zero, metavar="N", help="faults of all classes, one to three at a time, under load")
    result.add_argument("--seed", type=int, default=1, help="the same seed gives the same schedule")
    result.add_argument("--processes", type=above_zero, default=2, metavar="N", help="rounds at once")
    result.add_argument("--results", type=Path, default=REPOSITORY / "results", help="where the table and the worlds of failed rounds go")
    result.add_argument("--engine-root", type=build, default=REPOSITORY, help="directory of the engine build under test")
    result.add_argument("--only", default="", metavar="ROUND", help="only this round of the schedule; of kills also only a crash point")
    return result


def main(words: Sequence[str]) -> int:
    command = parser()
    given = command.parse_args(words)
    given.kills = given.kills or KILLS
    run = faults.run if given.faults else kills.run
    directory = Path(tempfile.mkdtemp(prefix="genesis-campaign-"))
    try:
        machine = hold_machine(Mode.SHARED, Deadline(MACHINE_FREE_WITHIN_S))
        try:
            report = run(given, directory)
        finally:
            machine.release()
    except WrongArgument as error:
        command.error(str(error))
    except WorldError as error:
        print(f"campaign: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("campaign: interrupted before the first round", file=sys.stderr)
        return INTERRUPTED
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    report.tell_and_keep(given.results)
    return INTERRUPTED if report.interrupted else int(bool(report.figures.failures))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

"""`python -m mutations.sabotage`: break genesis, venue or keywords in one small way at a time; a named Robot test must turn red.

First the same tests must be green where nothing is broken; a patch whose tests all are skipped there (a limit on a machine that is not
quiet) is left for another time. What is printed, and written to `results/sabotage.md` and `.json`, is patch -> red test with what it
said; `--record` writes `mutations/recorded.json`. A run that was interrupted goes on where it was, for the same code. Exit code 0 if each
patch was noticed, 1 if one survived or was not tried, 2 for a catalogue or a selection that cannot be used or tests that are red already.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

from mutations.catalogue import ROOT, CatalogueError, Mutation, RobotTest, areas, chosen, load
from mutations.checkout import Checkout
from mutations.progress import Progress, commit
from mutations.record import Row, publish, record
from mutations.saboteur import Saboteur


def main(arguments: Sequence[str] | None = None) -> int:
    """See above."""
    options = _options(arguments)
    try:
        selected = tuple(options.area) or areas()
        patches = _named(chosen((one for area in selected for one in load(area) if one.suites), options.rule), options.patch)
        at = commit()
        if options.record and not at:
            raise CatalogueError("--record: expected nothing changed, so that the commit says what was tested; commit first")
        for mutation in patches:
            if mutation.file:
                mutation.applied(ROOT)  # an entry that no longer fits is told before anything runs
        rows = list(_rows(patches, options.results, Progress(options.results, at), max(options.processes, 1)))
        untried = len(patches) - len(rows)
    except CatalogueError as error:
        print(error, file=sys.stderr)
        return 2
    if options.record:
        record(rows, at)
    return max(publish(options.results, rows), int(untried > 0))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m mutations.sabotage", description="Break things and see which Robot test turns red.")
    parser.add_argument(
        "--area", action="append", default=[], help=f"only this catalogue: {', '.join(areas())}; may be given several times"
    )
    parser.add_argument("--rule", action="append", default=[], help="only this rule; may be given several times")
    parser.add_argument("--patch", action="append", default=[], help="only this patch, by its short name; may be given several times")
    parser.add_argument("--results", type=Path, default=Path("results"), help="where table, logs and progress go")
    parser.add_argument("--processes", type=int, default=1, help="how many copies of the project at once")
    parser.add_argument("--record", action="store_true", help="keep what was noticed in mutations/recorded.json (nothing uncommitted)")
    return parser.parse_args(arguments)


def _named(patches: list[Mutation], names: list[str]) -> list[Mutation]:
    known = {mutation.patch: mutation for mutation in patches}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise CatalogueError(f"--patch: expected short names such as {next(iter(known))}, got {', '.join(unknown)}")
    return [known[name] for name in names] or patches


def _rows(patches: Sequence[Mutation], results: Path, progress: Progress, processes: int) -> Iterator[Row]:
    """A line is printed for each patch as it happens."""
    with tempfile.TemporaryDirectory(prefix="sabotage-") as directory, ThreadPoolExecutor(processes) as pool:
        idle: SimpleQueue[Checkout] = SimpleQueue()
        for number in range(processes):
            idle.put(Checkout(Path(directory) / str(number)))
        saboteur = Saboteur(idle, progress, results / "sabotage")
        wanted = sorted({test for mutation in patches for test in mutation.robot_tests})
        groups = {suite: [test.test for test in wanted if test.suite == suite] for suite in dict.fromkeys(test.suite for test in wanted)}
        found = list(pool.map(saboteur.unbroken, groups, groups.values()))
        if red := [words for one in found for words in one.red]:
            raise CatalogueError("expected green tests before anything is broken, got\n" + "\n".join(red))
        for row in pool.map(saboteur.row, tried_here(patches, {test for one in found for test in one.undecided})):
            print(row.line(), flush=True)
            yield row


def tried_here(patches: Sequence[Mutation], undecided: set[RobotTest]) -> list[Mutation]:
    """Those of which a test can say something here; the others are named."""
    left = [mutation for mutation in patches if undecided.issuperset(mutation.robot_tests)]
    for mutation in left:
        print(f"{mutation.rule:5} {mutation.what} -> NOT TRIED: where nothing is broken its tests are skipped here, too", flush=True)
    return [mutation for mutation in patches if mutation not in left]


if __name__ == "__main__":
    sys.exit(main())

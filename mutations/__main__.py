"""`python -m mutations AREA` (risk, errors, failover): break each rule of a catalogue once; a named pytest must turn red each time.

What the Robot tests notice is asked by `python -m mutations.sabotage`.

Exit code 0 if each was noticed, 1 if one was not, 2 for a catalogue that cannot be used or tests that are red already.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

from mutations.catalogue import ROOT, CatalogueError, Mutation, chosen, load
from mutations.checkout import Checkout, Run
from mutations.table import publish


def main(arguments: Sequence[str] | None = None) -> int:
    """See above."""
    parser = argparse.ArgumentParser(prog="python -m mutations", description="Break rules on purpose and see which test notices.")
    parser.add_argument("catalogue", help="a file of mutations/ whose entries name tests, without .yaml")
    parser.add_argument("--rule", action="append", default=[], help="only this rule; may be given several times")
    parser.add_argument("--results", type=Path, default=Path("results"), help="where the table goes")
    parser.add_argument("--processes", type=int, default=2, help="how many copies of the project at once")
    options = parser.parse_args(arguments)
    try:
        patches = chosen((mutation for mutation in load(options.catalogue) if mutation.tests), options.rule)
        for mutation in patches:
            mutation.applied(ROOT)  # an entry that no longer fits is told before anything runs
        with tempfile.TemporaryDirectory(prefix="mutations-") as directory:
            copies = [Checkout(Path(directory) / str(number)) for number in range(max(options.processes, 1))]
            return publish(options.results, f"mutate-{options.catalogue}", _measured(patches, copies))
    except CatalogueError as error:
        print(error, file=sys.stderr)
        return 2


def _measured(mutations: list[Mutation], copies: list[Checkout]) -> Iterable[tuple[Mutation, Run]]:
    """What each broken rule came to, in the order of the catalogue; first the tests must be green where nothing is broken."""
    idle: SimpleQueue[Checkout] = SimpleQueue()
    for copy in copies:
        idle.put(copy)
    with ThreadPoolExecutor(len(copies)) as pool:
        selections = list(dict.fromkeys(selection for mutation in mutations for selection in mutation.tests))
        for selection, run in zip(selections, pool.map(lambda wanted: _whole(idle, wanted), selections), strict=True):
            if run.failed or run.broken:
                raise CatalogueError(
                    f"{selection}: expected green tests before a rule is broken, got {run.broken or ', '.join(run.failed)}"
                )
        yield from zip(mutations, pool.map(lambda mutation: _broken(idle, mutation), mutations), strict=True)


def _whole(idle: SimpleQueue[Checkout], selection: str) -> Run:
    copy = idle.get()
    try:
        return copy.tests(selection)
    finally:
        idle.put(copy)


def _broken(idle: SimpleQueue[Checkout], mutation: Mutation) -> Run:
    copy = idle.get()
    try:
        return copy.with_rule_broken(mutation)
    finally:
        idle.put(copy)


if __name__ == "__main__":
    sys.exit(main())

"""`python -m libraries.cross_check --runs N --results DIR`: all suites but load and campaigns, N times, each time in another order.

Goes on where an earlier sitting ended. Writes cross-check.jsonl (a line a run), cross-check.md and, for the summary of the same directory,
cross-check.json; keeps the output of runs that did not pass (cross-check/run-NN/). Exit codes: 0 all runs were made and passed, 1 one did
not, 2 command line or a record that cannot be read.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from libraries.common.kept import tell_and_keep
from libraries.cross_check import records, table
from libraries.cross_check.runs import ROOT, Plan, place_of, run_all
from libraries.evidence.summary.surroundings import commit_of


def main(arguments: list[str]) -> int:
    given = _given(arguments)
    folder = given.results.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    commit, changed = commit_of(ROOT)
    known = commit[:12] + " with changes" * bool(changed)
    plan = Plan(seed=given.seed, at_once=given.at_once, burden=given.burden, suites=given.suites, commit=known)
    try:
        todo = records.missing(given.runs, records.read(folder))
        for begin in range(0, len(todo), given.at_once):
            _sit(folder, todo[begin : begin + given.at_once], plan)
        made = records.read(folder)
    except records.Unreadable as error:
        print(f"cross-check: {error}", file=sys.stderr)
        return 2
    figures, failures = table.figures(made, given.runs), table.red_tests(made)
    tell_and_keep(folder, "cross-check", table.rendered(made, given.runs), {"figures": figures, "failures": failures})
    return int(not table.good(made, given.runs))


def _sit(folder: Path, numbers: list[int], plan: Plan) -> None:
    for record in run_all(folder, numbers, plan):
        records.keep(folder, record)
        outcome = "passed" if record.passed else f"NOT passed, see {place_of(folder, record.number)}"
        red = "; ".join(each.name for each in record.red)
        print(f"run {record.number}: {record.tests} tests, {len(record.red)} red, {outcome} ({record.seconds:.0f} s) {red}", flush=True)


def _given(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m libraries.cross_check", description=__doc__, allow_abbrev=False)
    parser.add_argument("--runs", type=int, default=20, help="how many in all (default 20)")
    parser.add_argument("--seed", type=int, default=1, help="seed + number of the run = seed of its order (default 1)")
    parser.add_argument("--at-once", type=int, default=1, help="runs at the same time (default 1)")
    parser.add_argument("--burden", type=int, default=0, help="processes per core that only compute meanwhile (default 0)")
    parser.add_argument("--suites", default="suites", help="file or folder to run (default: all suites)")
    parser.add_argument("--results", type=Path, required=True, help="where records and table go")
    given = parser.parse_args(arguments)
    if given.runs < 1 or given.at_once < 1 or given.burden < 0:
        parser.error(
            f"expected --runs and --at-once of 1 or more and --burden of 0 or more, got {given.runs}, {given.at_once}, {given.burden}"
        )
    return given


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

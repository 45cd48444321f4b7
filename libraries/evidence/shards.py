"""One report of a run that was spread over machines: `pabot --shard i/n` on each, then this where their output directories were brought.

    python -m libraries.evidence.shards --suites suites --results results [--include TAG] [--exclude TAG] shard-1 shard-2 ...

`rebot --merge` makes one report; audits, problems and worlds of red tests come along; then the completeness check looks at the whole, so
that a machine that was lost makes every test red that it should have run. A test that two machines ran is refused: `rebot --merge` would
keep the later result and drop a red one. Exit codes: 0 complete and green, 1 not, 2 command line.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from robot.api import ExecutionResult
from robot.errors import DataError
from robot.rebot import rebot

from libraries.evidence import completeness

JOINED = ("audit.jsonl", "figures.jsonl", "happenings.jsonl", "problems.jsonl", "progress.jsonl")
"""Lines of all machines count."""
WORLDS = "worlds"


def without_output(shards: Sequence[Path]) -> list[str]:
    """What is wrong with shards that brought no result; their tests will be missed."""
    return [
        f"{shard} has no output.xml: its machine did not finish, or its results were not brought" for shard in shards if not _out(shard)
    ]


def ran_twice(shards: Sequence[Path]) -> list[str]:
    """Tests that more than one shard reports.

    Raises:
        DataError: an output.xml cannot be read.
    """
    seen: dict[tuple[str, str], list[str]] = defaultdict(list)
    for shard in shards:
        if output := _out(shard):
            for test in ExecutionResult(output).suite.all_tests:
                seen[test.full_name, test.name].append(shard.name)
    twice = {name: where for (name, _), where in seen.items() if len(where) > 1}
    return [
        f"{name} was run by {' and by '.join(where)}; give each machine another --shard i/n of the same n" for name, where in twice.items()
    ]


def merge(shards: Sequence[Path], results: Path) -> None:
    """Write output.xml, log.html and report.html of all shards that have one, and what lies beside."""
    results.mkdir(parents=True, exist_ok=True)
    outputs = [output for shard in shards if (output := _out(shard))]
    if outputs:
        rebot(*map(str, outputs), merge=True, outputdir=str(results), output="output.xml", stdout=None, consolecolors="off")
    for name in JOINED:
        lines = [(shard / name).read_text("utf-8") for shard in shards if (shard / name).exists()]
        (results / name).write_text("".join(lines), "utf-8")
    for shard in shards:
        if (shard / WORLDS).is_dir():
            shutil.copytree(shard / WORLDS, results / WORLDS / shard.name, dirs_exist_ok=True)


def _out(shard: Path) -> Path | None:
    output = shard / "output.xml"
    return output if output.is_file() else None


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="shards", description="Make one report of shards that ran on several machines.")
    parser.add_argument("--suites", type=Path, required=True, help="what was run, as on the machines")
    parser.add_argument("--results", type=Path, required=True, help="where the report of all goes")
    parser.add_argument("--include", action="append", default=[], metavar="TAG", help="as given to the runs; may repeat")
    parser.add_argument("--exclude", action="append", default=[], metavar="TAG", help="as given to the runs; may repeat")
    parser.add_argument("shards", nargs="+", type=Path, metavar="DIR", help="output directory of one shard")
    given = parser.parse_args(arguments)
    try:
        wrong = [*without_output(given.shards), *ran_twice(given.shards)]
        merge(given.shards, given.results)
        tags = [word for option in ("include", "exclude") for tag in getattr(given, option) for word in (f"--{option}", tag)]
        incomplete = completeness.main(["--suites", str(given.suites), "--results", str(given.results), *tags])
        red = ExecutionResult(given.results / "output.xml").suite.statistics.failed
    except DataError as error:
        print(f"shards: {error.message}", file=sys.stderr)
        return 1
    for text in wrong:
        print(f"shards: {text}", file=sys.stderr)
    print(f"shards: {len(given.shards)} merged, {red} red; report: {given.results / 'report.html'}")
    return int(bool(wrong or incomplete or red))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

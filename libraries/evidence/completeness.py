"""Collected = reported. A suite process that dies vanishes from pabot's report and leaves it green; here each missing test becomes red.

    python -m libraries.evidence.completeness --suites suites --results results [--include TAG] [--exclude TAG]

Also red: an invariant that a folder declares (`exercised.yaml`) and no test of a whole run exercised, and what went wrong after a suite.
If anything is red here, output.xml, log.html and report.html are written anew.
Exit codes: 0 complete, 1 something was added (or the suites cannot be read), 2 command line.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from robot.api import ExecutionResult, ResultWriter, TestSuite, TestSuiteBuilder
from robot.errors import DataError
from robot.result import Result
from robot.result import TestSuite as ResultSuite

from libraries.evidence.exercised import declarations, not_exercised, read_audits

LOST = "This test was collected but not reported: its process died (see pabot_results/ and the console), or its suite could not be read."


@dataclass(frozen=True)
class Collected:
    """A test that should have run. `path`: names of its suites from the root on."""

    source: str
    path: tuple[str, ...]
    name: str


@dataclass(frozen=True)
class Red:
    """A test to add."""

    path: tuple[str, ...]
    source: str
    name: str
    message: str


def collect(suites: Path, include: Sequence[str] = (), exclude: Sequence[str] = ()) -> list[Collected]:
    """The tests that robot would run from `suites` with these tag patterns.

    Raises:
        DataError: `suites` cannot be read or holds no suite.
    """
    root = TestSuiteBuilder().build(suites)
    root.filter(included_tags=list(include) or None, excluded_tags=[*exclude, "robot:exclude"])
    return list(_walk(root, ()))


def _walk(suite: TestSuite, above: tuple[str, ...]) -> Iterable[Collected]:
    path = (*above, suite.name)
    for test in suite.tests:
        yield Collected(str(suite.source), path, test.name)
    for child in suite.suites:
        yield from _walk(child, path)


def missing(collected: Sequence[Collected], result: Result) -> list[Collected]:
    """Those not reported; by file and name, since a report's root may bear another name. Equal names are counted."""
    reported = Counter((str(test.parent.source), test.name) for test in result.suite.all_tests)
    lost = []
    for test in collected:
        key = (test.source, test.name)
        if reported[key]:
            reported[key] -= 1
        else:
            lost.append(test)
    return lost


def is_whole(suites: Path, include: Sequence[str]) -> bool:
    """Whether declarations count: a folder was run, and no tag narrowed the run."""
    return suites.is_dir() and not include


def reds(suites: Path, results: Path, collected: Sequence[Collected], result: Result, *, whole: bool) -> list[Red]:
    """Everything that this check adds. `whole`: declared invariants are looked at, too."""
    found = [Red(test.path, test.source, test.name, LOST) for test in missing(collected, result)]
    audits = read_audits(results)
    for declaration in declarations(suites) if whole else ():
        path = _folder_path(declaration.folder, collected)
        if declaration.error:
            found.append(Red(path, str(declaration.folder), "Declared Invariants Can Be Read", declaration.error))
        for name in not_exercised(declaration, audits):
            message = f"{name} is declared in {declaration.folder.name}/exercised.yaml, but no test of this run exercised it"
            found.append(Red(path, str(declaration.folder), f"Invariant {name} Is Exercised In {declaration.folder.name}", message))
    problems = results / "problems.jsonl"
    for line in problems.read_text(encoding="utf-8").splitlines() if problems.exists() else ():
        record = json.loads(line)
        name, message = f"After Suite {record['suite']}", "\n".join(record["problems"])
        found.append(Red(tuple(record["suite"].split(".")), record["source"], name, message))
    return found


def _folder_path(folder: Path, collected: Sequence[Collected]) -> tuple[str, ...]:
    """Suite names of a folder, from any test below it."""
    for test in collected:
        source = Path(test.source)
        if source.is_relative_to(folder):
            return test.path[: len(test.path) - len(source.relative_to(folder).parts)]
    return (folder.name,)


def add(result: Result, found: Iterable[Red]) -> None:
    """Put each as a failed test where it belongs."""
    for red in found:
        suite = _suite_for(result.suite, red)
        test = suite.tests.create(name=red.name, status="FAIL", message=red.message)
        test.metadata["Audit"] = "no world"


def _suite_for(root: ResultSuite, red: Red) -> ResultSuite:
    """The suite of that file, or a new one at its path below the root."""
    for suite in _all_suites(root):
        if str(suite.source) == red.source:
            return suite
    suite = root
    for name in red.path[1:]:
        suite = next((child for child in suite.suites if child.name == name), None) or suite.suites.create(name=name)
    if suite is not root and suite.source is None:
        suite.source = Path(red.source)
    return suite


def _all_suites(suite: ResultSuite) -> Iterable[ResultSuite]:
    yield suite
    for child in suite.suites:
        yield from _all_suites(child)


def read_result(results: Path, collected: Sequence[Collected]) -> Result:
    """output.xml of the run, or an empty result under the collected root's name if there is none."""
    output = results / "output.xml"
    if output.exists():
        return ExecutionResult(output)
    return Result(suite=ResultSuite(name=collected[0].path[0] if collected else "Suites"))


def check(suites: Path, results: Path, include: Sequence[str] = (), exclude: Sequence[str] = ()) -> list[Red]:
    """Compare, and rewrite the report if anything must be added.

    Raises:
        DataError: suites or output.xml cannot be read.
    """
    suites, results = suites.resolve(), results.resolve()
    collected = collect(suites, include, exclude)
    result = read_result(results, collected)
    found = reds(suites, results, collected, result, whole=is_whole(suites, include))
    if found:
        add(result, found)
        ResultWriter(result).write_results(
            outputdir=str(results), output="output.xml", log="log.html", report="report.html", stdout=None, consolecolors="off"
        )
    return found


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="completeness", description="Put tests that were collected but not reported into the report, red."
    )
    parser.add_argument("--suites", type=Path, required=True, help="what was run: a file or folder of suites")
    parser.add_argument("--results", type=Path, required=True, help="the run's output directory")
    parser.add_argument("--include", action="append", default=[], metavar="TAG", help="as given to the run; may repeat")
    parser.add_argument("--exclude", action="append", default=[], metavar="TAG", help="as given to the run; may repeat")
    options = parser.parse_args(arguments)
    try:
        found = check(options.suites, options.results, options.include, options.exclude)
    except DataError as error:
        print(f"completeness: {error.message}", file=sys.stderr)
        return 1
    for red in found:
        print(f"completeness: {'.'.join(red.path)}.{red.name}: {red.message}", file=sys.stderr)
    if not found:
        whole = is_whole(options.suites, options.include)
        exercised = "every declared invariant was exercised" if whole else "declared invariants are looked at in whole runs only"
        print(f"completeness: every collected test was reported; {exercised}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

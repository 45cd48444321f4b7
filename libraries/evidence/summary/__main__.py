"""`python -m libraries.evidence.summary --results DIR`: summary.html, summary.md, metrics.json and xunit.xml of a run, and its history.

Exit codes: 0 written, whatever the verdict (it stands in the files and on the console); 2 command line, or what the summary is made of is
absent or cannot be read. A history that cannot be written is told and changes no exit code.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Sequence
from pathlib import Path

from robot.rebot import rebot

from libraries.evidence.summary import history, render
from libraries.evidence.summary.making import make
from libraries.evidence.summary.metrics import metrics
from libraries.evidence.summary.model import Summary
from libraries.evidence.summary.proof import RECORD
from libraries.evidence.summary.reading import SummaryError

SUITES = Path(__file__).resolve().parents[3] / "suites"
FILES = (
    ("report.html", "Report of all tests"),
    ("log.html", "Log of all tests"),
    (history.DASHBOARD, "Runs compared"),
    ("summary.md", "This as Markdown"),
    ("metrics.json", "This for machines"),
    ("xunit.xml", "xUnit"),
)


def write(results: Path, suites: Path, record: Path = RECORD, *, compare: bool = True) -> Summary:
    """Everything that is made of a run. `compare`: also the history across runs.

    Raises:
        SummaryError: what it is made of is absent or cannot be read.
    """
    made = make(results, suites, record)
    (results / "metrics.json").write_bytes(metrics(made))
    rebot(str(results / "output.xml"), outputdir=str(results), log="NONE", report="NONE", xunit="xunit.xml", stdout=io.StringIO())
    trouble = ""
    if compare:
        history.remember(results, made.surroundings.started)
        trouble = history.dashboard(results)
    (results / "summary.md").write_text(render.markdown(made), "utf-8")
    beside = [(name, what) for name, what in FILES if (results / name).exists()]
    (results / "summary.html").write_text(render.html(made, beside), "utf-8")
    if trouble:
        print(f"summary: no history of runs: {trouble}", file=sys.stderr)
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """See above."""
    parser = argparse.ArgumentParser(prog="python -m libraries.evidence.summary", description="Make the summary of a run.")
    parser.add_argument("--results", type=Path, required=True, help="the run's output directory")
    parser.add_argument(
        "--suites", type=Path, default=SUITES, help="what there is to run, for what the run left out (default: the checkout's)"
    )
    parser.add_argument("--record", type=Path, default=RECORD, help="the run with broken rules (default: mutations/recorded.json)")
    parser.add_argument("--no-history", action="store_true", help="do not add the run to the history, write no dashboard.html")
    given = parser.parse_args(arguments)
    try:
        made = write(given.results, given.suites, given.record, compare=not given.no_history)
    except SummaryError as error:
        print(f"summary: {error}", file=sys.stderr)
        return 2
    print(f"verdict: {made.verdict.value.upper()}")
    for reason in made.reasons:
        print(f"  - {reason}")
    print(f"summary: {given.results / 'summary.html'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

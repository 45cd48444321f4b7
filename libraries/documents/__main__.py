"""`inv docs-test`: run or check every command, suite and link of README.md and docs/. Exit code 0, or 1 when one is wrong."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from pathlib import Path

from libraries.documents.checks import ROOT, NotACommand, check
from libraries.documents.pages import broken_links, documents, guides
from libraries.documents.reading import Command, Document, Place
from libraries.documents.running import Outcome, first_screen, is_short, makes_an_environment, run_command, run_suites, scratch_copy
from libraries.documents.suites import NotASuite, PageSuite, suites_of

FIRST_SUITE = "suites/flow/order_lifecycle.robot"


def main(arguments: list[str] | None = None) -> int:
    """Print one line for everything that was looked at, the wrong ones last."""
    parser = argparse.ArgumentParser(prog="python -m libraries.documents", description=__doc__)
    parser.add_argument("--results", default="results/docs-test", help="where the report of the suites goes")
    parser.add_argument("--cheap", action="store_true", help="check all, run nothing")
    parser.add_argument(
        "--fresh", action="store_true", help="also run the newcomer's commands in clean clones, with a new environment each"
    )
    chosen = parser.parse_args(arguments)
    report = Report()
    pages = guides(ROOT)
    suites = page_suites(pages, report)
    commands = [command for page in pages for command in page.commands()]
    made = frozenset(suite.saved_as for suite in suites if suite.saved_as)
    for command in commands:
        check_command(command, made, report)
    for place, problem in broken_links(ROOT, documents(ROOT)):
        report.say("link", Outcome(place, "", problem))
    if not chosen.cheap:
        run_all(commands, suites, (ROOT / chosen.results).resolve(), report)
    if chosen.fresh:
        with tempfile.TemporaryDirectory() as folder:
            for outcome in first_screen([one for one in commands if makes_an_environment(one)], Path(folder), FIRST_SUITE):
                report.say("fresh", outcome)
    return report.end()


class Report:
    """What was looked at, and how: `run` and `suite` were run, `checked` would be taken by their program, `fresh` ran in a clean clone."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.wrong: list[str] = []

    def say(self, how: str, outcome: Outcome, remark: str = "") -> None:
        """One line, at once."""
        self.counts[how] += 1
        line = f"{how:8} {outcome.place}  {outcome.text}"
        if outcome.problem:
            self.wrong.append(f"{line}\n         {outcome.problem}")
            line = f"WRONG    {line}"
        print(f"{line}  ({remark})" if remark else line, flush=True)

    def end(self) -> int:
        """Counts, then everything that is wrong with its place."""
        print("\n" + ", ".join(f"{number} {how}" for how, number in sorted(self.counts.items())) + f", {len(self.wrong)} wrong")
        print("\n".join(self.wrong))
        return 1 if self.wrong else 0


def check_command(command: Command, made: frozenset[str], report: Report) -> None:
    """Would its program take it? Short commands are run later."""
    try:
        said = check(command.text, made)
    except NotACommand as error:
        report.say("checked", Outcome(command.place, command.text, str(error)))
        return
    if not is_short(command.text):
        report.say("checked", Outcome(command.place, command.text, ""), said)


def page_suites(pages: list[Document], report: Report) -> list[PageSuite]:
    """The suites of all pages; a page whose robot code is not one is wrong."""
    found: list[PageSuite] = []
    for page in pages:
        try:
            found += suites_of(page)
        except NotASuite as error:
            report.say("suite", Outcome(Place(page.file, 1), "", str(error)))
    return found


def run_all(commands: list[Command], suites: list[PageSuite], results: Path, report: Report) -> None:
    """Every short command once, in a scratch copy; then all robot code."""
    with tempfile.TemporaryDirectory() as folder:
        copy = scratch_copy(Path(folder))
        for suite in suites:
            if suite.saved_as:
                (copy / suite.saved_as).write_text(suite.text, encoding="utf-8")
        ran: dict[str, Outcome] = {}
        for command in commands:
            if is_short(command.text):
                if command.text not in ran:
                    ran[command.text] = run_command(command, copy)
                report.say("run", Outcome(command.place, command.text, ran[command.text].problem))
    for outcome in run_suites(suites, results):
        report.say("suite", outcome)


if __name__ == "__main__":
    sys.exit(main())

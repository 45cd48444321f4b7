"""Runs what the documents show: short commands in a scratch copy of the project, robot code against real engines."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from robot.api import ExecutionResult

from libraries.documents.checks import BIN, ROOT
from libraries.documents.reading import Command, Place, is_command
from libraries.documents.suites import PageSuite

LIMIT_S = 600
READY_S = 60
# Commands that end within a minute or so, and need nothing that only the reader has.
SHORT = (
    r"python -m [\w.]+( [a-z-]+)? --help",
    r"python -m libraries\.common\.vocabulary",
    r"robot suites/flow/\w+\.robot",
    r"inv (docs|new-suite [\w/]+)",
)
SERVER = r"python -m libraries\.mock_exchange( --market \w+)?"


@dataclass(frozen=True)
class Outcome:
    """What came of a command or a test; `problem` is empty if it did as it should."""

    place: Place
    text: str
    problem: str


def is_short(command: str) -> bool:
    """Whether it is run; everything else is checked only."""
    return any(re.fullmatch(pattern, command) for pattern in (*SHORT, SERVER))


def scratch_copy(target: Path) -> Path:
    """The project as git has it and as it was changed, without what is ignored."""
    listed = subprocess.run(["git", "ls-files", "-z", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True)
    for name in filter(None, listed.stdout.split("\0")):
        source = ROOT / name
        if source.exists() or source.is_symlink():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target / name, follow_symlinks=False)
    return target


def run_command(command: Command, where: Path) -> Outcome:
    """Run a short command, or start a server, see it ready and end it."""
    if re.fullmatch(SERVER, command.text):
        return Outcome(command.place, command.text, _serve(command.text, where))
    try:
        ended = subprocess.run(
            ["/bin/sh", "-c", command.text],  # as its reader would
            cwd=where,
            env=_environment(),
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Outcome(command.place, command.text, f"expected an end within {LIMIT_S} s, got none")
    problem = f"expected exit code 0, got {ended.returncode}:\n{(ended.stdout + ended.stderr)[-2000:]}" if ended.returncode else ""
    return Outcome(command.place, command.text, problem)


def _serve(text: str, where: Path) -> str:
    with subprocess.Popen(text.split(), cwd=where, env=_environment(), stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            line = server.stdout.readline()  # the venue prints it when it is ready, or ends
        finally:
            server.send_signal(signal.SIGTERM)
        code = server.wait(READY_S)
    return "" if line.startswith("{") and code == 0 else f"expected a line of JSON and exit code 0, got {line!r} and {code}"


def run_suites(suites: list[PageSuite], results: Path) -> Iterator[Outcome]:
    """Run all suites of the documents in one robot; one outcome for each of their tests."""
    folder = results / "suites"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for suite in suites:
        (folder / f"{suite.name}.robot").write_text(suite.at(ROOT), encoding="utf-8")
    output = results / "output.xml"
    output.unlink(missing_ok=True)
    command = [sys.executable, "-m", "robot", "--outputdir", str(results), "--console", "dotted", str(folder)]
    ended = subprocess.run(command, cwd=ROOT, env=_environment(), check=False, capture_output=True, text=True)
    if not output.exists():
        said = (ended.stdout + ended.stderr)[-2000:]
        yield Outcome(suites[0].place, "suites of the documents", f"expected {output}, got exit code {ended.returncode}:\n{said}")
        return
    tests = {(test.parent.source.name, test.name): test for test in ExecutionResult(output).suite.all_tests}
    for suite in suites:
        for name, place in suite.tests.items():
            test = tests.get((f"{suite.name}.robot", name))
            problem = "it did not run" if test is None else "" if test.passed else f"{test.status}: {test.message}"
            yield Outcome(place, name, problem)


def first_screen(commands: list[Command], where: Path, suite: str) -> Iterator[Outcome]:
    """Run commands that make an environment of their own, in a clean clone; what they run last, on one suite only."""
    for command in commands:
        target = where / f"clone-{command.place.line}"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(target)], check=True)
        parts = [part.strip() for part in command.text.split("&&")]
        if parts[-1].endswith("inv test"):
            parts[-1] = parts[-1].replace("inv test", "inv lint")
        else:
            parts[-1] += f" --suites {suite}"
        yield run_command(Command(command.place, " && ".join(parts)), target)


def makes_an_environment(command: Command) -> bool:
    """Whether a command is one of those for a newcomer."""
    return is_command(command.text) and "-m venv .venv &&" in command.text


def _environment() -> dict[str, str]:
    return {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}

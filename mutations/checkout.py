"""A copy of the project in which a rule may be broken, and the tests run there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from xml.etree import ElementTree  # reads only what our own tools have just written

import msgspec

from libraries.evidence import campaigns
from mutations.catalogue import ROOT, Mutation

COPIED = ("genesis", "libraries", "tests", "suites", "resources", "docs", "benchmarks", "mutations", "conformance", "profiles")
FILES = ("pyproject.toml", "robot.toml", "requirements.txt", "README.md", "tasks.py")
MOST_S = 900
FAILED, PASSED = 1, 0


class Run(msgspec.Struct, frozen=True):
    """What came of tests: the names of the failed ones, and what went wrong if they did not run as tests at all."""

    failed: tuple[str, ...] = ()
    broken: str = ""


class Checkout:
    """One copy below `directory`; not for two threads at once."""

    def __init__(self, directory: Path) -> None:
        self.root = directory / "checkout"
        self._output = directory / "output"
        ignored = shutil.ignore_patterns("__pycache__", ".*")
        for name in COPIED:
            shutil.copytree(ROOT / name, self.root / name, ignore=ignored)
        for name in FILES:
            shutil.copy(ROOT / name, self.root / name)

    def with_rule_broken(self, mutation: Mutation) -> Run:
        """Break the rule, run the tests of the entry one after the other until one notices, and put the rule back."""
        with self.broken(mutation):
            for selection in mutation.tests:
                run = self.tests(selection)
                if run.failed or run.broken:
                    return run
        return Run()

    @contextmanager
    def broken(self, mutation: Mutation) -> Iterator[None]:
        """The rule is broken in this copy meanwhile."""
        path = self.root / mutation.file
        whole = path.read_text("utf-8")
        path.write_text(mutation.applied(self.root), "utf-8")
        try:
            yield
        finally:
            path.write_text(whole, "utf-8")

    def tests(self, selection: str) -> Run:
        """Run one selection of pytest."""
        report = self._fresh("pytest.xml")
        options = ["-p", "no:cacheprovider", "--maxfail", "3", f"--junitxml={report}"]
        code, said = self._call("-m", "pytest", *options, selection)
        cases = ElementTree.parse(report).getroot().iter("testcase") if report.exists() else ()  # noqa: S314
        failed = tuple(case.attrib["name"] for case in cases if case.find("failure") is not None or case.find("error") is not None)
        return self._judged(selection, code, failed, said)

    def robot(self, suite: str, tests: Sequence[str], engine: str = "") -> Path | str:
        """Run these tests of one suite against the engine of this copy, or the one in the directory `engine` of it.

        Returns the output directory, or what went wrong if there is no output.xml.
        """
        report = self._fresh("output.xml")
        options = ["--outputdir", str(self._output), "--console", "none", "--variable", f"{campaigns.SWITCH}:{campaigns.ON}"]
        options += [word for test in tests for word in ("--test", test)]
        options += ["--variable", f"ENGINE_ROOT:{self.root / engine}"] if engine else []
        code, said = self._call("-m", "robot", *options, suite)
        return self._output if report.exists() else f"{suite} ended with code {code} and without output.xml: {said[-2_000:]}"

    @staticmethod
    def _judged(selection: str, code: int, failed: tuple[str, ...], said: str) -> Run:
        if (code == PASSED and not failed) or (code == FAILED and failed):
            return Run(failed=failed)
        return Run(broken=f"{selection} ended with code {code} and {len(failed)} failed tests: {said[-2_000:]}")

    def _fresh(self, name: str) -> Path:
        self._output.mkdir(exist_ok=True)
        report = self._output / name
        report.unlink(missing_ok=True)
        return report

    def _call(self, *arguments: str) -> tuple[int, str]:
        recorded = os.environ.get("GENESIS_DATA_DIR", str(ROOT.parent / "shared" / "data"))  # is beside the project, not beside its copy
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "GENESIS_DATA_DIR": recorded}
        command = [sys.executable, *arguments]
        try:
            done = subprocess.run(command, cwd=self.root, env=environment, capture_output=True, text=True, timeout=MOST_S, check=False)
        except subprocess.TimeoutExpired:
            return -1, f"not finished within {MOST_S} s"
        return done.returncode, done.stdout + done.stderr

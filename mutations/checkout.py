"""A copy of the project in which a rule may be broken, and the tests run there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree  # reads only what our own tools have just written

import msgspec

from mutations.catalogue import ROOT, Mutation

COPIED = ("genesis", "libraries", "tests", "suites", "resources", "docs", "benchmarks", "mutations", "conformance")
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
        path = self.root / mutation.file
        whole = path.read_text("utf-8")
        path.write_text(mutation.applied(self.root), "utf-8")
        try:
            for selection in mutation.tests:
                run = self.tests(selection)
                if run.failed or run.broken:
                    return run
            return Run()
        finally:
            path.write_text(whole, "utf-8")

    def tests(self, selection: str) -> Run:
        """Run one selection: of pytest, or a suite against the engine of this copy."""
        return self._suite(selection) if selection.startswith("suites/") else self._pytest(selection)

    def _pytest(self, selection: str) -> Run:
        report = self._fresh("pytest.xml")
        options = ["-p", "no:cacheprovider", "--maxfail", "3", f"--junitxml={report}"]
        code, said = self._call("-m", "pytest", *options, selection)
        cases = ElementTree.parse(report).getroot().iter("testcase") if report.exists() else ()  # noqa: S314
        failed = tuple(case.attrib["name"] for case in cases if case.find("failure") is not None or case.find("error") is not None)
        return self._judged(selection, code, failed, said)

    def _suite(self, selection: str) -> Run:
        report = self._fresh("output.xml")
        options = ["--outputdir", str(self._output), "--exclude", "campaign", "--exitonfailure"]
        code, said = self._call("-m", "robot", *options, selection)
        statuses = ElementTree.parse(report).getroot().iterfind(".//test") if report.exists() else ()  # noqa: S314
        failed = tuple(test.attrib["name"] for test in statuses if test.find("status[@status='FAIL']") is not None)
        return self._judged(selection, min(code, FAILED) if failed else code, failed, said)

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
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
        command = [sys.executable, *arguments]
        try:
            done = subprocess.run(command, cwd=self.root, env=environment, capture_output=True, text=True, timeout=MOST_S, check=False)
        except subprocess.TimeoutExpired:
            return -1, f"not finished within {MOST_S} s"
        return done.returncode, done.stdout + done.stderr

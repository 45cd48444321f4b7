"""How many corruptions the tests of the auditor injected and how many were caught: `results/corruptions.json`, and a line at the end."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

PROPERTY = "corruptions"
"""A test's property: a list of the invariants that its corruptions are about, one entry per corruption."""
UNSEEN = "corruptions_unseen"
"""The same of those that nobody can notice; the test names each with the reason."""
FILE = "corruptions.json"


class CorruptionCount:
    """A plugin of pytest. It counts in the process that hears of all tests, whoever runs them."""

    def __init__(self, results: Path) -> None:
        self._results = results
        self._injected: Counter[str] = Counter()
        self._caught: Counter[str] = Counter()
        self._unseen: Counter[str] = Counter()

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.when != "call":
            return
        for name, about in report.user_properties:
            if name == PROPERTY:
                self._injected.update(about)
                if report.passed:
                    self._caught.update(about)
            elif name == UNSEEN:
                self._injected.update(about)
                self._unseen.update(about)

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        if self._injected:
            said = self.document()
            self._results.mkdir(exist_ok=True)
            (self._results / FILE).write_text(json.dumps(said, indent=2) + "\n", encoding="utf-8")
            terminalreporter.write_line(
                f"corruptions caught / injected: {said['caught']} / {said['injected']}, {said['unseen']} by nature unseen"
            )

    def document(self) -> dict[str, Any]:
        return {
            "injected": self._injected.total(),
            "caught": self._caught.total(),
            "unseen": self._unseen.total(),
            "invariants": {name: {"injected": self._injected[name], "caught": self._caught[name]} for name in sorted(self._injected)},
        }

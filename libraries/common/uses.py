"""Where suites use a keyword: the step of a test, in suites/ or in the documents. Suites are read, not run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from robot.api.parsing import ModelVisitor, get_model

from libraries.documents.pages import guides
from libraries.documents.suites import suites_of

_SPOKEN = re.compile(r"^(given|when|then|and|but) ", re.IGNORECASE)


@dataclass(frozen=True)
class Use:
    """A step: in which file, in which test (or phrase), as which line."""

    file: Path
    inside: str
    in_phrase: bool
    campaign: bool
    step: str


def same(name: str) -> str:
    """A keyword's name as Robot Framework compares it."""
    return re.sub(r"[ _]", "", _SPOKEN.sub("", name)).lower()


def uses(root: Path) -> dict[str, list[Use]]:
    """By compared name, the best to show first: a step of a test of the default run, without variables, short.

    Tests of the documents (`inv docs-test`) are uses too.
    """
    found: dict[str, list[Use]] = {}
    files = [*sorted((root / "suites").rglob("*.robot")), *sorted((root / "resources").glob("*.resource"))]
    texts = [(file.relative_to(root), file.read_text(encoding="utf-8")) for file in files]
    texts += [(page.file, suite.text) for page in guides(root) for suite in suites_of(page)]
    for file, text in texts:
        steps = _Steps(file)
        steps.visit(get_model(text))
        for name, use in steps.found:
            found.setdefault(same(name), []).append(use)
    for known in found.values():
        known.sort(key=_worth)
    return found


def unused(names: list[str], found: dict[str, list[Use]]) -> list[str]:
    """Keywords that no test reaches, neither in a step of its own nor through the phrases that it says."""
    reached = {same(name) for name, known in found.items() if any(not use.in_phrase for use in known)}
    while True:
        more = {name for name, known in found.items() if any(same(use.inside) in reached for use in known)} - reached
        if not more:
            return [name for name in names if same(name) not in reached]
        reached |= more


def _worth(use: Use) -> tuple[bool, bool, bool, bool, int, str, str]:
    variables = "${" in use.step or "&{" in use.step or "@{" in use.step
    return use.in_phrase, use.campaign, use.file.suffix == ".md", variables, abs(len(use.step) - 60), str(use.file), use.inside


class _Steps(ModelVisitor):
    """Collects the steps of one file. Names of keywords among the arguments (`Run Keyword And Expect Error`) count as steps too."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.found: list[tuple[str, Use]] = []
        self.inside = ""
        self.in_phrase = file.suffix == ".resource"
        self.campaign = self.all_campaign = False
        self.template = ""

    def visit_TestTags(self, node: Any) -> None:
        self.all_campaign = "campaign" in node.values

    def visit_TestTemplate(self, node: Any) -> None:
        self.template = node.value or ""

    def visit_TestCase(self, node: Any) -> None:
        tags = [tag for statement in node.body for tag in getattr(statement, "values", ()) if type(statement).__name__ == "Tags"]
        self.inside, self.campaign = node.name, self.all_campaign or "campaign" in tags
        self.generic_visit(node)
        self.inside, self.campaign = "", self.all_campaign

    def visit_Keyword(self, node: Any) -> None:
        self.inside, self.in_phrase = node.name, True
        self.generic_visit(node)
        self.inside, self.in_phrase = "", self.file.suffix == ".resource"

    def visit_KeywordCall(self, node: Any) -> None:
        if node.keyword:
            self._add(node.keyword, node.args, node.assign)

    def visit_TemplateArguments(self, node: Any) -> None:
        if self.template:
            self._add(self.template, node.args)

    def visit_ForHeader(self, node: Any) -> None:
        for name in _words(node.values):
            self._add(name, ())

    def visit_Setup(self, node: Any) -> None:
        if node.name:
            self._add(node.name, node.args)

    visit_Teardown = visit_SuiteSetup = visit_SuiteTeardown = visit_TestSetup = visit_TestTeardown = visit_Setup

    def _add(self, name: str, arguments: tuple[str, ...], assigned: tuple[str, ...] = ()) -> None:
        step = "    ".join((*assigned, _SPOKEN.sub("", name), *arguments))
        use = Use(self.file, self.inside, self.in_phrase, self.campaign, step)
        for each in dict.fromkeys([name, *_words(arguments)]):
            self.found.append((each, use))


def _words(arguments: tuple[str, ...]) -> Iterator[str]:
    """Arguments that could be names of keywords: words that begin with capitals."""
    return (word for word in arguments if re.fullmatch(r"(?:[A-Z][\w']* ?)+", word) and " " in word)

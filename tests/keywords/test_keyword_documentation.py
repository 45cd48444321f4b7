"""Every keyword is documented: its arguments, what it returns, an example that is right, a test that uses it; the pages are current."""

from __future__ import annotations

import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from robot.libdoc import LibraryDocumentation

from libraries.common import reference, vocabulary
from libraries.common.uses import unused, uses

REPOSITORY = Path(__file__).resolve().parents[2]
LIBRARIES = sorted(path.stem for path in (REPOSITORY / "libraries").glob("*Library.py"))


@cache
def documented(library: str) -> Any:
    return LibraryDocumentation(str(REPOSITORY / "libraries" / f"{library}.py"))


def keywords() -> list[Any]:
    return [pytest.param(keyword, id=keyword.name) for library in LIBRARIES for keyword in reference.public(documented(library))]


def phrases() -> list[Any]:
    documentation = [LibraryDocumentation(str(source)) for source in reference.sources(REPOSITORY) if source.suffix == ".resource"]
    return [pytest.param(phrase, id=f"{one.name}: {phrase.name}") for one in documentation for phrase in reference.public(one)]


def test_every_library_is_looked_at() -> None:
    assert {"EngineLibrary", "EvidenceLibrary", "LoadLibrary", "StrategyLibrary"} < set(LIBRARIES)
    assert len(keywords()) >= 440
    assert len(phrases()) >= 180


@pytest.mark.parametrize("keyword", keywords())
def test_a_keyword_has_an_example(keyword: Any) -> None:
    assert "```robotframework" in keyword.doc, "no example"


@pytest.mark.parametrize("keyword", keywords() + phrases())
def test_a_keyword_says_all_a_reader_needs(keyword: Any) -> None:
    arguments = [argument for argument in keyword.args if argument.kind not in ("NAMED_ONLY_MARKER", "POSITIONAL_ONLY_MARKER")]
    assert keyword.doc.strip(), "no documentation"
    returns = str(keyword.args.return_type or "None") != "None"
    assert not returns or keyword.args.return_doc, "what it returns is not said"
    untyped = [argument.name for argument in arguments if argument.type is None]
    assert untyped == []
    undocumented = [argument.name for argument in arguments if not documents(keyword, argument.name)]
    assert undocumented == []


def documents(keyword: Any, name: str) -> bool:
    """Libdoc keeps the Args section of a docstring beside the text."""
    argument = next(argument for argument in keyword.args if argument.name == name)
    return bool(getattr(argument, "doc", "")) or re.search(rf"^\s*\**`?{re.escape(name)}`?\s*:", keyword.doc, re.MULTILINE) is not None


def test_the_examples_are_right(tmp_path: Path) -> None:
    """Each example becomes a group, each library a test; a dry run checks names and numbers of arguments."""
    resources = [f"Resource    {REPOSITORY}/resources/{name}.resource" for name in ("trading", "raw_rest", "clients")]
    libraries = [f"Library    {REPOSITORY}/libraries/{library}.py" for library in LIBRARIES]
    lines = ["*** Settings ***", *resources, *libraries, "", "*** Test Cases ***"]
    for library in LIBRARIES:  # a test each: what the listener does for every test takes longer than the dry run itself
        lines += [library, "    [Tags]    AC1.1"]
        for keyword in reference.public(documented(library)):
            example = re.search(r"```robotframework\n(.*?)```", keyword.doc, re.DOTALL)
            assert example is not None
            steps = [f"        {line.strip()}" for line in example[1].strip().splitlines()]
            lines += [f"    GROUP    {keyword.name}", *steps, "    END"]
    suite = tmp_path / "examples.robot"
    suite.write_text("\n".join(lines) + "\n", encoding="utf-8")
    command = [sys.executable, "-m", "robot", "--dryrun", "--output", "NONE", "--log", "NONE", "--report", "NONE", str(suite)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=280, check=False, cwd=tmp_path)
    assert result.returncode == 0, result.stdout


def test_the_vocabulary_is_current() -> None:
    written = vocabulary.TARGET.read_text(encoding="utf-8")
    assert written == vocabulary.page(), "run: python -m libraries.common.vocabulary"


def test_the_reference_is_current() -> None:
    expected = reference.pages(REPOSITORY)
    written = {path.relative_to(REPOSITORY): path.read_text(encoding="utf-8") for path in (REPOSITORY / reference.TARGET).glob("*.md")}
    assert sorted(written) == sorted(expected), "run: python -m libraries.common.vocabulary"
    stale = [str(path) for path, text in expected.items() if written[path] != text]
    assert stale == [], "run: python -m libraries.common.vocabulary"


def test_the_reference_names_no_place_of_this_machine() -> None:
    page = (REPOSITORY / "docs" / "keywords" / "LoadLibrary.md").read_text("utf-8")
    assert "| `file` | Path | `profiles/load.toml` |" in page, "a default that is a file of the project"
    assert [path.name for path in (REPOSITORY / "docs" / "keywords").glob("*.md") if str(REPOSITORY) in path.read_text("utf-8")] == []


def test_every_keyword_is_used_by_a_test() -> None:
    names = [keyword.name for source in reference.sources(REPOSITORY) for keyword in reference.public(LibraryDocumentation(str(source)))]
    assert unused(names, uses(REPOSITORY)) == []


def test_a_keyword_that_only_an_unused_phrase_says_is_unused() -> None:
    found = uses(REPOSITORY)
    assert unused(["The Engine Places", "No Such Keyword"], found) == ["No Such Keyword"]

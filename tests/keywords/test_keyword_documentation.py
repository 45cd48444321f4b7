"""Every keyword is documented: its arguments, and an example with existing keywords and right arguments; the vocabulary is current."""

from __future__ import annotations

import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from robot.libdoc import LibraryDocumentation

from libraries.common import vocabulary

REPOSITORY = Path(__file__).resolve().parents[2]
LIBRARIES = ("EngineLibrary", "ExchangeLibrary", "MarketDataLibrary", "LedgerLibrary", "ClientLibrary", "FaultLibrary")


@cache
def documented(library: str) -> Any:
    return LibraryDocumentation(str(REPOSITORY / "libraries" / f"{library}.py"))


def keywords() -> list[Any]:
    return [pytest.param(keyword, id=keyword.name) for library in LIBRARIES for keyword in documented(library).keywords]


@pytest.mark.parametrize("keyword", keywords())
def test_a_keyword_says_all_a_reader_needs(keyword: Any) -> None:
    arguments = [argument for argument in keyword.args if argument.kind not in ("NAMED_ONLY_MARKER", "POSITIONAL_ONLY_MARKER")]
    assert keyword.doc.strip(), "no documentation"
    assert "```robotframework" in keyword.doc, "no example"
    untyped = [argument.name for argument in arguments if argument.type is None]
    assert untyped == []
    undocumented = [argument.name for argument in arguments if not documents(keyword, argument.name)]
    assert undocumented == []


def documents(keyword: Any, name: str) -> bool:
    """Libdoc keeps the Args section of a docstring beside the text."""
    argument = next(argument for argument in keyword.args if argument.name == name)
    return bool(getattr(argument, "doc", "")) or re.search(rf"^\s*\**`?{re.escape(name)}`?\s*:", keyword.doc, re.MULTILINE) is not None


def test_the_examples_are_right(tmp_path: Path) -> None:
    """Each example becomes a test of its own; a dry run checks names and numbers of arguments."""
    resources = [f"Resource    {REPOSITORY}/resources/{name}.resource" for name in ("trading", "raw_rest", "clients")]
    lines = ["*** Settings ***", *resources, "", "*** Test Cases ***"]
    for library in LIBRARIES:
        for keyword in documented(library).keywords:
            example = re.search(r"```robotframework\n(.*?)```", keyword.doc, re.DOTALL)
            assert example is not None
            lines += [f"{library} {keyword.name}", "    [Tags]    AC1.1"]
            lines += ["    " + line.strip() for line in example[1].strip().splitlines()]
    suite = tmp_path / "examples.robot"
    suite.write_text("\n".join(lines) + "\n", encoding="utf-8")
    command = [sys.executable, "-m", "robot", "--dryrun", "--output", "NONE", "--log", "NONE", "--report", "NONE", str(suite)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=280, check=False, cwd=tmp_path)
    assert result.returncode == 0, result.stdout


def test_the_vocabulary_is_current() -> None:
    written = vocabulary.TARGET.read_text(encoding="utf-8")
    assert written == vocabulary.page(), "run: python -m libraries.common.vocabulary"

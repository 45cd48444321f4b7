"""Robot code of the documents as suites that run.

On a page, a block with a Settings section begins a suite; the blocks after it are its further tests and keywords. So a page of recipes
shows its settings once, and every recipe runs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from libraries.documents.reading import Document, Place

LANGUAGE = "robotframework"
_SAVED = re.compile(r"Save it as `([^`]+\.robot)`")
_SECTION = re.compile(r"^\*\*\* (Settings|Test Cases|Keywords|Variables) \*\*\*$", re.MULTILINE)


class NotASuite(Exception):
    """Robot code that cannot be run as it is printed."""


@dataclass
class PageSuite:
    """A suite of a page; `tests` says where each of its tests stands."""

    place: Place
    saved_as: str
    text: str
    tests: dict[str, Place] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """A file name that names page and line."""
        return f"{self.place.file.stem}_{self.place.line}".replace("-", "_")

    def at(self, root: Path) -> str:
        """Its text for a place outside of suites/: resources are named by their full paths."""
        return self.text.replace("${CURDIR}/../..", str(root)).replace("../../resources", str(root / "resources"))


def suites_of(document: Document) -> list[PageSuite]:
    """The suites of a page, in their order.

    Raises:
        NotASuite: a block comes before any settings, or two tests of a suite have one name.
    """
    found: list[PageSuite] = []
    saved = iter([name for _, line in document.prose() for name in _SAVED.findall(line)])
    for block in document.blocks():
        if block.language != LANGUAGE:
            continue
        if "*** Settings ***" in block.text:
            found.append(PageSuite(block.place, next(saved, ""), block.text))
        elif not found:
            raise NotASuite(f"{block.place}: expected a block with *** Settings *** before the first test of a page, got none")
        else:
            found[-1].text += "\n" + (block.text if _SECTION.search(block.text) else f"*** Test Cases ***\n{block.text}")
        for name, line in _tests(block.text, sectioned=bool(_SECTION.search(block.text))):
            if name in found[-1].tests:
                raise NotASuite(f"{document.file}:{block.place.line + line}: expected a name of its own, got a second test {name!r}")
            found[-1].tests[name] = Place(document.file, block.place.line + line)
    return found


def _tests(text: str, *, sectioned: bool) -> list[tuple[str, int]]:
    section = "" if sectioned else "Test Cases"
    names = []
    for number, line in enumerate(text.splitlines()):
        heading = _SECTION.match(line)
        if heading:
            section = heading[1]
        elif section == "Test Cases" and line.strip() and not line.startswith((" ", "#")):
            names.append((line.strip(), number))
    return names

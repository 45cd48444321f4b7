"""Markdown read for what can be run: commands, code blocks, links, headings. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

STARTERS = ("inv", "robot", "pabot", "rebot", "python", "python3.11", "pip", "robotcode", "locust", "patroni", "patronictl", "export", ".")
_ASSIGNMENT = r"[A-Z_]+=\S+"
_CODE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
_LINK = re.compile(r"\]\(([^()\s]+)\)|(?:src|srcset)=\"([^\"]+)\"")
_COMMENT = re.compile(r"(?:^|\s+)#\s.*$")


@dataclass(frozen=True, order=True)
class Place:
    """Where something stands in a document; line from 1."""

    file: Path
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True)
class Block:
    """A fenced block; `place` is its first line of content."""

    place: Place
    language: str
    text: str


@dataclass(frozen=True)
class Command:
    """A command as it is printed, without its comment."""

    place: Place
    text: str


@dataclass(frozen=True)
class Document:
    """A document; `file` is relative to the repository."""

    file: Path
    lines: tuple[str, ...]

    def blocks(self) -> Iterator[Block]:
        """All fenced blocks.

        Raises:
            ValueError: a fence is not closed.
        """
        opened: Place | None = None
        language, inside = "", list[str]()
        for number, line in enumerate(self.lines, 1):
            fence = line.strip()
            if opened is None and fence.startswith("```"):
                opened, language, inside = Place(self.file, number + 1), fence.strip("`").strip(), []
            elif opened is not None and fence == "```":
                yield Block(opened, language, "\n".join(inside) + "\n")
                opened = None
            elif opened is not None:
                inside.append(line)
        if opened is not None:
            raise ValueError(f"{opened}: expected the end of a code block (```), got the end of the file")

    def commands(self) -> Iterator[Command]:
        """Commands of `sh` blocks, line by line, then those between backticks in prose and tables."""
        for block in self.blocks():
            if block.language == "sh":
                yield from _lines(block)
        for number, line in self.prose():
            for span in _CODE.findall(line.replace("\\|", "|")):
                if is_command(span):
                    yield Command(Place(self.file, number), span)

    def prose(self) -> Iterator[tuple[int, str]]:
        """Numbered lines outside of fenced blocks."""
        inside = False
        for number, line in enumerate(self.lines, 1):
            if line.strip().startswith("```"):
                inside = not inside
            elif not inside:
                yield number, line

    def links(self) -> Iterator[tuple[Place, str]]:
        """Targets of links and pictures."""
        for number, line in self.prose():
            for markdown, picture in _LINK.findall(_CODE.sub("", line)):
                yield Place(self.file, number), markdown or picture

    def anchors(self) -> set[str]:
        """What `#...` may name here: the headings, as GitHub writes them."""
        return {anchor(line.lstrip("#")) for _, line in self.prose() if re.match(r"#{1,6} ", line)}


def read(root: Path, files: Iterable[Path]) -> list[Document]:
    """Documents by their paths, each relative to `root`."""
    return [Document(file.relative_to(root), tuple(file.read_text(encoding="utf-8").splitlines())) for file in files]


def is_command(text: str) -> bool:
    """A program with at least one argument; a program's bare name is a name."""
    words = [word for word in text.split() if not re.fullmatch(_ASSIGNMENT, word)]
    return len(words) > 1 and program(words[0]) in STARTERS


def program(word: str) -> str:
    """The program's own name, also where it is called by the path into a virtual environment."""
    return re.sub(r"^\S+/bin/", "", word)


def anchor(heading: str) -> str:
    """The anchor of a heading, as GitHub makes it."""
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
    return re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")


def _lines(block: Block) -> Iterator[Command]:
    """One command for each line; a line that ends with a backslash goes on."""
    begun, first = "", 0
    for number, line in enumerate(block.text.splitlines(), block.place.line):
        first = first or number
        begun += _COMMENT.sub("", line).rstrip()
        if begun.endswith("\\"):
            begun = begun[:-1]
            continue
        if begun.strip():
            yield Command(Place(block.place.file, first), begun.strip())
        begun, first = "", 0

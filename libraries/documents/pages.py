"""Which documents there are, and whether what they link to exists."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from libraries.documents.reading import Document, Place, read

REFERENCE = Path("docs/keywords")
DECISIONS = Path("docs/decisions")


def documents(root: Path) -> list[Document]:
    """README and everything under docs/."""
    return read(root, [root / "README.md", *sorted((root / "docs").rglob("*.md"))])


def guides(root: Path) -> list[Document]:
    """The documents whose commands are run: not the keyword reference, which has tests of its own, nor decisions, which are history."""
    return [document for document in documents(root) if document.file.parent not in (REFERENCE, DECISIONS)]


def broken_links(root: Path, pages: list[Document]) -> Iterator[tuple[Place, str]]:
    """Links to files or headings that do not exist, with what was expected. Addresses of the web are not asked."""
    anchors = {page.file: page.anchors() for page in pages}
    for page in pages:
        for place, target in page.links():
            if target.startswith(("http://", "https://", "mailto:")):
                continue
            name, _, heading = target.partition("#")
            file = (page.file.parent / name) if name else page.file
            resolved = (root / file).resolve()
            if not resolved.exists():
                yield place, f"expected a file, got the link {target}"
            elif heading and heading not in anchors.get(resolved.relative_to(root.resolve()), set()):
                yield place, f"expected a heading of {resolved.name}, got the link {target}"

"""Evidence as HTML for log.html: tables and folded sections, without scripts. Every text is escaped and passed through redact()."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from libraries.evidence.redaction import redact

LONGEST_SECTION = 24_000
"""Characters of one section; a run's log must stay small."""

_TABLE = '<table border="1" cellpadding="3" style="border-collapse:collapse;font-family:monospace;font-size:.9em">'
_BOX = '<div style="overflow-x:auto;max-width:94vw">'
"""What is wider than a phone scrolls inside of its own box."""

_LONG = 60
"""Characters of a cell that may need more than its line."""
_OPEN = {True: ' open="open"', False: ""}


@dataclass(frozen=True)
class Section:
    """One folded part of the evidence."""

    title: str
    html: str
    shown: bool = False
    """Whether it is open when the reader comes."""


@dataclass(frozen=True)
class Marked:
    """A cell, or parts of it, that shall be seen first. `parts`: (text, whether it is marked)."""

    content: str
    parts: tuple[tuple[str, bool], ...] = ()

    @classmethod
    def of_parts(cls, parts: Iterable[tuple[str, bool]]) -> Marked:
        return cls("", tuple(parts))

    def plain(self) -> str:
        return self.content or ", ".join(part for part, _ in self.parts)

    def html(self) -> str:
        parts = self.parts or ((self.content, True),)
        return ", ".join(f"<b>{text(part)}</b>" if marked else text(part) for part, marked in parts if part)


def text(value: object) -> str:
    """`value` as safe HTML text; None is a dash."""
    return "-" if value is None else escape(redact(str(value)))


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A small table; says so if there are no rows."""
    body = "".join("<tr>" + "".join(f"<td{_wrap(cell)}>{_cell(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    if not body:
        return "<i>none</i>"
    header = "".join(f"<th>{text(cell)}</th>" for cell in head)
    return f"{_BOX}{_cut(f'{_TABLE}<tr>{header}</tr>{body}</table>')}</div>"


def _cell(cell: object) -> str:
    return cell.html() if isinstance(cell, Marked) else text(cell)


def _wrap(cell: object) -> str:
    """A long text without blanks is broken anywhere; a short one nowhere."""
    return ' style="overflow-wrap:anywhere;min-width:24em"' if len(cell.plain() if isinstance(cell, Marked) else str(cell)) > _LONG else ""


def pre(content: str) -> str:
    """Preformatted text; of a long one the end."""
    shown = content if len(content) <= LONGEST_SECTION else "...\n" + content[-LONGEST_SECTION:]
    return f'<pre style="white-space:pre-wrap;overflow-wrap:anywhere;margin:.2em 0">{text(shown)}</pre>'


def document(title: str, sections: Iterable[Section]) -> str:
    """All sections, each folded or open."""
    parts = "".join(
        f"<details{_OPEN[section.shown]}><summary>{text(section.title)}</summary>{section.html}</details>" for section in sections
    )
    return f"<b>{text(title)}</b>{parts}"


def _cut(html: str) -> str:
    """Whole rows only, so that the HTML stays well formed."""
    if len(html) <= LONGEST_SECTION:
        return html
    end = html.rfind("</tr>", 0, LONGEST_SECTION)
    return html[: end + len("</tr>")] + "</table><i>... cut; the kept world holds all of it</i>"

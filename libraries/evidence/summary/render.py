"""summary.html and summary.md of a summary. Every text is escaped by the template engine; the page needs no script and no other file."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from jinja2 import Environment, PackageLoader, StrictUndefined

from libraries.evidence.summary.model import Standing, Summary, Verdict
from libraries.evidence.summary.pictures import BASE, HEIGHT, WIDTH, pictures

GOOD, BAD, OPEN = "good", "bad", "open"
_CLASSES = {
    "PASS": GOOD,
    "FAIL": BAD,
    "SKIP": OPEN,
    "passed": GOOD,
    "failed": BAD,
    "met": GOOD,
    "missed": BAD,
    Verdict.RELEASE.value: GOOD,
    Verdict.DO_NOT.value: BAD,
    Standing.PROVEN.value: GOOD,
}
_FAMILIES = {
    "acceptance": "Acceptance criteria",
    "critical_paths": "Critical paths",
    "integration_points": "Integration points",
    "limits": "Limits",
    "scenarios": "Scenarios",
    "run": "The run",
    "rules": "Rules",
    "invariants": "Invariants",
    "venue_scenarios": "Exchange scenarios",
    "crash_points": "Crash points",
}


def html(summary: Summary, files: Sequence[tuple[str, str]] = ()) -> str:
    """The page. `files`: (name, what it is) of what lies beside it."""
    environment = _environment(autoescape=True)
    return environment.get_template("summary.html.j2").render(_content(summary, files))


def markdown(summary: Summary, files: Sequence[tuple[str, str]] = ()) -> str:
    """The same, shorter, for a terminal or a pull request."""
    environment = _environment(autoescape=False)
    environment.filters["cell"] = _cell
    return environment.get_template("summary.md.j2").render(_content(summary, files))


def _environment(*, autoescape: bool) -> Environment:
    environment = Environment(
        loader=PackageLoader("libraries.evidence.summary"),
        autoescape=autoescape,  # noqa: S701 - Markdown escapes by its own filter
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"mark": _mark, "number": number, "duration": duration, "moment": moment}
    return environment


def _content(summary: Summary, files: Sequence[tuple[str, str]]) -> dict[str, object]:
    families = [(_FAMILIES.get(name, name), list(rows)) for name, rows in groupby(summary.requirements, key=lambda row: row.family)]
    return {
        "s": summary,
        "files": files,
        "families": families,
        "invariants": [row for row in summary.requirements if row.family == "invariants"],
        "pictures": pictures(summary.limits),
        "size": (WIDTH, HEIGHT, BASE),
    }


def _mark(word: str) -> str:
    """The class that colours a word; the word itself says the same to whoever sees no colour."""
    return _CLASSES.get(word, OPEN)


def _cell(value: object) -> str:
    """Text in a Markdown table: nothing in it ends the cell, the row, or begins HTML."""
    text = str(value).replace("&", "&amp;").replace("<", "&lt;").replace("|", "\\|")
    return " ".join(text.split())


def number(value: float | None) -> str:
    """Three digits, or whole with thousands; a dash for nothing."""
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 100 and value == round(value) else f"{value:,.4g}" if abs(value) < 1e6 else f"{value:,.0f}"


def duration(seconds: float | None) -> str:
    """`13 min 5 s`; below ten seconds with two digits."""
    if seconds is None:
        return "-"
    if seconds < 10:
        return f"{seconds:.2f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def moment(iso: str) -> str:
    """`2026-11-27 18:06 UTC` of an ISO time in UTC."""
    return f"{iso[:10]} {iso[11:16]} UTC" if iso else "at an unknown time"

"""Evidence is safe HTML whatever order names, logs or payloads hold, and it stays short."""

from __future__ import annotations

from xml.etree import ElementTree

from libraries.evidence.redaction import register_secret
from libraries.evidence.render import LONGEST_SECTION, Marked, Section, document, pre, table

HOSTILE = "<script>alert('x')</script> & \"quoted\""


def parsed(html: str) -> ElementTree.Element:
    return ElementTree.fromstring(f"<div>{html}</div>")


def test_every_text_is_escaped() -> None:
    html = document(HOSTILE, [Section(HOSTILE, pre(HOSTILE)), Section("rows", table([HOSTILE], [[HOSTILE]]))])
    assert "<script>" not in html
    assert "".join(parsed(html).itertext()).count(HOSTILE) == 5


def test_every_text_is_redacted() -> None:
    secret = register_secret("render-secret-123456")
    html = document(secret, [Section(secret, pre(secret) + table([secret], [[secret]]))])
    assert secret not in html


def test_long_evidence_is_cut_and_stays_well_formed() -> None:
    rows = table(["a", "b"], [[f"<{number}>", "x" * 50] for number in range(5_000)])
    lines = pre("first\n" + "<line>\n" * 50_000 + "last")
    assert len(rows) < LONGEST_SECTION + 200
    assert "cut; the kept world holds all of it" in rows
    assert parsed(rows).find(".//table") is not None
    assert "last" in parsed(lines)[0].itertext().__next__()
    assert "first" not in lines


def test_nothing_is_said_so() -> None:
    assert table(["a"], []) == "<i>none</i>"
    assert parsed(table(["a"], [[None]])).findtext(".//table/tr/td") == "-"


def test_long_cells_wrap_and_short_ones_stay_narrow() -> None:
    cells = [cell.get("style", "") for cell in parsed(table(["a", "b", "c"], [["x" * 99, "short", Marked("1.0")]])).iter("td")]
    assert ["anywhere" in style for style in cells] == [True, False, False]
    cells = [cell.get("style", "") for cell in parsed(table(["a"], [[Marked.of_parts([("price=1", True), ("y" * 99, False)])]])).iter("td")]
    assert "anywhere" in cells[0]

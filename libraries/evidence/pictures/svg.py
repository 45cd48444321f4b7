"""The few SVG elements that the pictures need. Every text is escaped and redacted; colours are readable on white and on black."""

from __future__ import annotations

from collections.abc import Iterable

from libraries.evidence.render import text as safe

BLUE, GREEN, AMBER, RED, VIOLET, GREY = "#2f81f7", "#2da44e", "#bf8700", "#e5534b", "#a371f7", "#8b949e"
INK = "currentColor"
"""The page's own text colour, in light and in dark."""
CHARACTER = 7.25
"""Width of one character of the pictures' font, in units of the picture."""
_NARROWEST = 620
"""Pixels below which texts could not be read: on a phone a picture scrolls inside of its own box."""


def label(
    x: float, y: float, content: object, *, colour: str = INK, anchor: str = "start", weight: str = "normal", longest: int = 0
) -> str:
    """A text; one that is longer than `longest` characters (0 = any length) is cut, its whole is shown by the mouse."""
    whole = str(content)
    shown = whole if not longest or len(whole) <= longest else whole[: longest - 1] + "…"
    tip = f"<title>{safe(whole)}</title>" if shown != whole else ""
    return f'<text x="{x:g}" y="{y:g}" fill="{colour}" text-anchor="{anchor}" font-weight="{weight}">{safe(shown)}{tip}</text>'


def bar(x: float, y: float, width: float, height: float, colour: str, *, opacity: float = 1.0) -> str:
    return f'<rect x="{x:g}" y="{y:g}" width="{max(width, 0):g}" height="{max(height, 0):g}" fill="{colour}" opacity="{opacity:g}"/>'


def line(x1: float, y1: float, x2: float, y2: float, *, colour: str = GREY, dash: str = "") -> str:
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    return f'<line x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}" stroke="{colour}"{dashes}/>'


def dot(x: float, y: float, colour: str, radius: float = 4) -> str:
    return f'<circle cx="{x:g}" cy="{y:g}" r="{radius:g}" fill="{colour}"/>'


def picture(title: str, width: float, height: float, parts: Iterable[str]) -> str:
    """One `<svg>` in a box of its own that scrolls where the page is narrower than can be read."""
    return (
        '<div style="overflow-x:auto;max-width:94vw">'
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{safe(title)}" viewBox="0 0 {width:g} {height:g}" '
        f'style="width:100%;min-width:{_NARROWEST}px;max-width:{width:g}px;display:block" '
        f'font-family="ui-monospace,DejaVu Sans Mono,monospace" font-size="12">{"".join(parts)}</svg></div>'
    )

"""How a living engine saw its world when its test failed: taken before the audit, which stops it, and may have to kill it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from libraries.evidence.pictures.ladder import Book
from libraries.world.engine import Engine
from libraries.world.errors import WorldError

_SHOWN = 200
"""Characters of an answer that is none."""
ANSWER_S = 1.0
"""Seconds for one answer: an engine that is frozen is asked once."""


@dataclass(frozen=True)
class View:
    """Of one engine. `why_not`: why there is none."""

    health: Any = None
    market: Any = None
    """Its market connections and their counters."""
    books: dict[tuple[str, str], Book] = field(default_factory=dict)
    """(venue, symbol) -> its own book."""
    why_not: str = ""

    def book(self, venue: str, symbol: str) -> Book:
        return self.books.get((venue, symbol), Book(why_not=self.why_not or "not asked"))


def views(engines: Iterable[Engine]) -> dict[str, View]:
    """Alias -> view. Raises nothing: an engine that does not answer has a view that says so."""
    return {engine.alias: _view(engine) for engine in engines if engine.starts}


def _view(engine: Engine) -> View:
    if not engine.alive:
        return View(why_not="dead")
    try:
        health = engine.control.request("GET", "/health", timeout=ANSWER_S).body
        market = engine.control.request("GET", "/market", timeout=ANSWER_S).body
        books = {(link.name, symbol): _book(engine, link.name, symbol) for link in engine.links for symbol in link.symbols}
    except WorldError as error:
        return View(why_not=f"did not answer: {error}")
    return View(health, market, books)


def _book(engine: Engine, venue: str, symbol: str) -> Book:
    answer = engine.control.request("GET", f"/books/{quote(venue, safe='')}/{quote(symbol, safe='')}", timeout=ANSWER_S)
    try:
        return book_of(answer.body) if answer.ok else Book(why_not="no book that it trusts")
    except (KeyError, TypeError):
        return Book(why_not=f"answered no book: {str(answer.body)[:_SHOWN]}")


def book_of(answer: dict[str, Any]) -> Book:
    """A book as engine and exchange both tell it."""
    return Book(answer["bids"], answer["asks"], str(answer["update_id"]))

"""Requirement ids as tags: known ones become metadata, unknown ones and missing ones are red.

The catalogue is `docs/requirements.yaml`. Spelling is that of the project: AC1.2, P1, IP3, L2, S4, R6, I19, X14, CP-O4, RUN.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

CATALOGUE = Path(__file__).resolve().parents[2] / "docs" / "requirements.yaml"
WITHOUT = "keyword-errors"
"""Tests with this tag are about the keywords themselves and need no requirement id."""

_LOOKS_LIKE_ID = re.compile(r"^(?:AC\d+(?:\.\d+)*|(?:IP|P|L|S|R|I|X)\d+|CP-\S+|RUN)$", re.IGNORECASE)


@cache
def families() -> dict[str, dict[str, str]]:
    """Family -> id -> its one line, in the order of the file."""
    import yaml  # noqa: PLC0415 - only when the first test starts, libraries must import quickly

    return {str(family): dict(ids) for family, ids in yaml.safe_load(CATALOGUE.read_text(encoding="utf-8")).items()}


@cache
def catalogue() -> dict[str, str]:
    """Every id -> its one line; families are only for readers."""
    return {identifier: text for family in families().values() for identifier, text in family.items()}


def text_of(identifier: str) -> str:
    """The line of an id, empty if there is none."""
    return catalogue().get(identifier, "")


def requirement_ids(tags: Iterable[str]) -> list[str]:
    """The tags that look like requirement ids, known or not, in the catalogue's order, unknown ones last."""
    order = {identifier: number for number, identifier in enumerate(catalogue())}
    return sorted((tag for tag in tags if _LOOKS_LIKE_ID.match(tag)), key=lambda tag: (order.get(tag, len(order)), tag))


def objection(tags: Iterable[str], source: Path | None) -> str | None:
    """Why a test with these tags must not pass; None if it may.

    A test needs an id if its file lies in a folder called `suites`.
    """
    tags = list(tags)
    ids = requirement_ids(tags)
    unknown = [identifier for identifier in ids if identifier not in catalogue()]
    if unknown:
        return (
            f"unknown requirement id {', '.join(unknown)}; expected ids of docs/requirements.yaml such as AC1.2, R6 or I19: correct the tag"
        )
    if not ids and WITHOUT not in tags and source is not None and "suites" in source.parts[:-1]:
        return (
            "no requirement id: expected at least one tag from docs/requirements.yaml (for example AC1.2, P1, R6), "
            f"or the tag {WITHOUT} for a test of the keywords' own errors"
        )
    return None

"""mutations/recorded.json: what each broken rule turned red, in a run that was recorded once and committed.

An id is proven by a test that carries it and went red when the id's own rule was broken; an area, path, point, limit or scenario by a test
that carries it and went red with any rule broken. A test that is not there any more, or does not carry the id any more, proves nothing.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Mapping
from pathlib import Path

import msgspec

from libraries.evidence.summary.matrix import with_areas
from libraries.evidence.summary.model import Proof
from libraries.evidence.summary.reading import SummaryError, from_suites

RECORD = Path(__file__).resolve().parents[3] / "mutations" / "recorded.json"
_BY_ANY_RULE = re.compile(r"(?:AC|P|S|IP|L)\d+(?:\.\d+)?|RUN")
_ID = re.compile(r"[A-Z][A-Za-z0-9.-]*")


class Red(msgspec.Struct, frozen=True):
    """A test that turned red."""

    suite: str
    test: str
    ids: list[str]


class Row(msgspec.Struct, frozen=True):
    """A broken rule."""

    patch: str
    rule: str
    what: str
    file: str
    red: list[Red]


class Record(msgspec.Struct, frozen=True):
    """The file."""

    commit: str
    date: str
    patches: int
    rows: list[Row]


class Proven(msgspec.Struct, frozen=True):
    """`by_id`: id -> "patch: suite, test" of each proof."""

    proof: Proof
    by_id: Mapping[str, list[str]]


def read_record(path: Path) -> Record | None:
    """The record; None if there is none.

    Raises:
        SummaryError: it has another form.
    """
    if not path.exists():
        return None
    try:
        return msgspec.json.decode(path.read_bytes(), type=Record)
    except msgspec.DecodeError as error:
        raise SummaryError(f"expected the form of `inv sabotage` in {path}, got: {error}; record it anew") from None


def proven(record: Record | None, tests: Mapping[tuple[str, str], Collection[str]]) -> Proven:
    """`tests`: (file from `suites/` on, name) -> ids, of this run and of the suites as they are."""
    if record is None:
        absent = (
            "no run with broken rules is recorded (mutations/recorded.json is absent), so nothing is proven; `inv sabotage` records one"
        )
        return Proven(Proof(absent=absent), {})
    by_id: dict[str, list[str]] = defaultdict(list)
    stale: list[str] = []
    for row in record.rows:
        rules = set(_ID.findall(row.rule))
        for red in row.red:
            now = tests.get((from_suites(Path(red.suite)), red.test))
            if now is None:
                stale.append(f"{red.suite}: {red.test} (patch {row.patch})")
                continue
            for name in with_areas(one for one in red.ids if one in now):
                if name in rules or _BY_ANY_RULE.fullmatch(name):
                    by_id[name].append(f"{row.patch}: {red.test}")
    survivors = [f"{row.patch} ({row.rule}): {row.what}" for row in record.rows if not row.red]
    return Proven(
        Proof(
            commit=record.commit,
            date=record.date,
            patches=record.patches,
            noticed=len(record.rows) - len(survivors),
            survivors=survivors,
            stale=list(dict.fromkeys(stale)),
        ),
        by_id,
    )

"""Patch -> red tests: on the console, in `results/`, and as the record that the summary of a run reads."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

from mutations.catalogue import ROOT, Mutation, RobotTest
from mutations.robot_runs import Outcome

RECORDED: Final = ROOT / "mutations" / "recorded.json"
_SHORT: Final = 110
_COPY: Final = re.compile(r"/\S+/(checkout|output)/|/tmp/sabotage-\S*$")
"""Where the copy of the project lay is nobody's business."""


class RedTest(msgspec.Struct, frozen=True):
    """A test that noticed, and the requirement ids that it carries."""

    suite: str
    test: str
    ids: tuple[str, ...]


class Row(msgspec.Struct, frozen=True):
    """What one patch came to. Nobody noticed if `red` is empty; then `said` is why."""

    patch: str
    rule: str
    what: str
    file: str
    red: tuple[RedTest, ...]
    said: str

    @classmethod
    def of(cls, mutation: Mutation, found: Mapping[RobotTest, Outcome], broken: str) -> Row:
        red = tuple(RedTest(test.suite, test.test, outcome.ids) for test, outcome in found.items() if outcome.red)
        said = next((outcome.said for outcome in found.values() if outcome.red), "")
        hollow = [f"{test.test}: {outcome.hollow}: {outcome.said}" for test, outcome in found.items() if outcome.hollow]
        skipped = [f"{test.test}: skipped: {outcome.said}" for test, outcome in found.items() if outcome.skipped]
        why = broken or "; ".join([*hollow, *skipped]) or "its tests stayed green"
        said = _COPY.sub(lambda found: f"{found[1]}/" if found[1] else "...", said or why)
        return cls(mutation.patch, mutation.rule, mutation.what, mutation.file or mutation.engine, red, said)

    def line(self) -> str:
        noticed = f"{self.red[0].test} [{len(self.red)}]: {self.said}" if self.red else f"SURVIVED: {self.said}"
        return f"{self.rule:5} {self.what} -> {noticed}"


class Record(msgspec.Struct, frozen=True):
    """`mutations/recorded.json`. Written by `inv sabotage --record`, never by hand."""

    commit: str
    date: str
    patches: int
    rows: tuple[Row, ...]


def record(rows: Sequence[Row], commit: str, path: Path = RECORDED) -> None:
    """Keep what this commit's tests noticed. Of the same commit the rows of other patches stay: a record is made in several sittings."""
    today = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
    known = {row.patch: row for row in _recorded(path, commit)} | {row.patch: row for row in rows}
    document = Record(commit, today, len(known), tuple(known[patch] for patch in sorted(known)))
    path.write_bytes(msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n")


def _recorded(path: Path, commit: str) -> tuple[Row, ...]:
    if not path.exists():
        return ()
    before = msgspec.json.decode(path.read_bytes(), type=Record)
    return before.rows if before.commit == commit else ()


def publish(results: Path, rows: Sequence[Row]) -> int:
    """Write `sabotage.md` and `sabotage.json`, print the rate, and say the exit code: 1 if a patch survived."""
    survivors = [row for row in rows if not row.red]
    rate = f"{len(rows)} patches, {len(rows) - len(survivors)} noticed, {len(survivors)} survived"
    print(rate)
    lines = ["# Sabotage", "", rate, "", "| rule | broken | in | red | it said |", "|---|---|---|---|---|", *(_cells(row) for row in rows)]
    results.mkdir(parents=True, exist_ok=True)
    (results / "sabotage.md").write_text("\n".join(lines) + "\n", "utf-8")
    (results / "sabotage.json").write_bytes(msgspec.json.format(msgspec.json.encode(rows), indent=1) + b"\n")
    return int(bool(survivors))


def _cells(row: Row) -> str:
    tests = "<br>".join(f"`{red.suite}` {red.test}" for red in row.red) or "**survived**"
    said = row.said if len(row.said) <= _SHORT else row.said[:_SHORT] + "..."
    return f"| {row.rule} | {row.what} | `{row.file}` | {tests} | {said.replace('|', '&#124;')} |"

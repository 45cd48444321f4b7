"""What came of each run, kept a line each: a sitting that is broken off goes on with the next one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

NAME = "cross-check.jsonl"


class RedTest(msgspec.Struct, frozen=True):
    """One test that failed, and the first line of why."""

    name: str
    why: str


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One run. `order`: the seed of its order; `beside`: further runs at the same time; `burden`: processes per core that only computed
    meanwhile; `passed`: the exit code of the whole, completeness and secrets included; `load`: the system's load average at its end."""

    number: int
    order: int
    commit: str
    beside: int
    burden: int
    passed: bool
    tests: int
    red: list[RedTest]
    seconds: float
    load: float


class Unreadable(Exception):
    """A line that is no record."""


def read(folder: Path) -> list[Record]:
    """By the number of the run; of one that was made again the last.

    Raises:
        Unreadable: names file and line.
    """
    file = folder / NAME
    if not file.exists():
        return []
    found: dict[int, Record] = {}
    for number, line in enumerate(file.read_text("utf-8").splitlines(), start=1):
        try:
            record = msgspec.json.decode(line, type=Record)
        except msgspec.DecodeError as error:
            raise Unreadable(f"{file}, line {number}: expected the record of a run, got {line[:60]!r} ({error}); delete the line") from None
        found[record.number] = record
    return [found[number] for number in sorted(found)]


def keep(folder: Path, record: Record) -> None:
    """Append it."""
    with (folder / NAME).open("a", encoding="utf-8") as file:
        file.write(msgspec.json.encode(record).decode() + "\n")


def missing(runs: int, records: Sequence[Record]) -> list[int]:
    """The numbers 1 to `runs` of which there is no record yet."""
    made = {record.number for record in records}
    return [number for number in range(1, runs + 1) if number not in made]

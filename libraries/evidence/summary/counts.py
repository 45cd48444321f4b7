"""Faults, kills, failovers, restarts and operations over all tests; campaigns and coverage whose files lie in the results directory."""

from __future__ import annotations

import json
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from libraries.evidence.coverage import figures_of
from libraries.evidence.happenings import HAPPENINGS, Happenings
from libraries.evidence.leaks.__main__ import REPORT as SEARCHED
from libraries.evidence.summary.model import Campaign, Coverage, Happened, Secrets, Times
from libraries.evidence.summary.reading import SummaryError

CAMPAIGNS = ("campaign.json", "campaign-faults.json", "soak.json", "corruptions.json", "cross-check.json")
_SHOWN = 30


def read_happenings(results: Path) -> list[Happenings]:
    """What each test told.

    Raises:
        SummaryError: a line has another form.
    """
    path = results / HAPPENINGS
    try:
        return [msgspec.json.decode(line, type=Happenings) for line in path.read_bytes().splitlines()] if path.exists() else []
    except msgspec.DecodeError as error:
        raise SummaryError(f"expected one test's happenings a line in {path}, got: {error}; remove the file or run anew") from None


def added_up(told: Sequence[Happenings]) -> Happened:
    """Over all tests."""
    faults: dict[str, Counter[str]] = defaultdict(Counter)
    failovers: Counter[str] = Counter()
    for each in told:
        failovers.update(each.failovers)
        for kind, of_kind in each.faults.items():
            faults[kind].update(of_kind)
    return Happened(
        recorded=len(told),
        faults={kind: dict(found.most_common()) for kind, found in sorted(faults.items(), key=lambda one: -one[1].total())},
        kills=sum(each.kills for each in told),
        failovers=dict(failovers.most_common()),
        recoveries=times(seconds for each in told for seconds in each.recoveries_s),
        acknowledged=sum(each.acknowledged for each in told),
        refused=sum(each.refused for each in told),
        indeterminate=sum(each.indeterminate for each in told),
        lost=sum(each.lost for each in told),
        phantom=sum(each.phantom for each in told),
        duplicate=sum(each.duplicate for each in told),
    )


def times(seconds: Iterable[float]) -> Times:
    """Median and longest."""
    listed = list(seconds)
    return Times(
        count=len(listed),
        p50_s=round(statistics.median(listed), 3) if listed else None,
        max_s=round(max(listed), 3) if listed else None,
    )


def read_campaigns(results: Path) -> list[Campaign]:
    """Those that left their table in this directory, each with the time of its file.

    Raises:
        SummaryError: a file is no JSON object.
    """
    return [_campaign(results / name) for name in CAMPAIGNS if (results / name).is_file()]


def _campaign(path: Path) -> Campaign:
    try:
        content: dict[str, Any] = json.loads(path.read_text("utf-8"))
        rows = content.get("figures") or {name: value for name, value in content.items() if not isinstance(value, dict | list)}
        shown = [(str(name), str(value)) for name, value in rows.items()]
        points = sorted({str(point) for played in content.get("rounds", ()) for point in played.get("points", ())})
    except (ValueError, AttributeError, TypeError) as error:
        raise SummaryError(f"expected the JSON that a campaign writes in {path}, got: {error}; remove the file or run it anew") from None
    failures = [str(failure).splitlines()[0] for failure in content.get("failures", ())]
    return Campaign(name=path.stem, made=made(path), rows=shown[:_SHOWN], failures=failures[:_SHOWN], points=points)


def made(path: Path) -> str:
    """When a file was written, UTC."""
    return datetime.fromtimestamp(path.stat().st_mtime, UTC).isoformat(timespec="seconds")


class _Leak(msgspec.Struct):
    path: str
    inside: str
    form: str


class _Searched(msgspec.Struct):
    """secrets.json (libraries/evidence/leaks)."""

    files: int
    canaries: int
    leaks: list[_Leak]
    unread: list[str]


def read_secrets(results: Path) -> Secrets:
    """What the search for secrets found in this directory.

    Raises:
        SummaryError: secrets.json has another form.
    """
    path = results / SEARCHED
    if not path.is_file():
        return Secrets(absent="not searched for in this run; `python -m libraries.evidence.leaks` searches")
    try:
        found = msgspec.json.decode(path.read_bytes(), type=_Searched)
    except msgspec.DecodeError as error:
        raise SummaryError(f"expected what libraries.evidence.leaks writes in {path}, got: {error}; search anew") from None
    leaks = [f"{leak.path}{leak.inside}: {leak.form}" for leak in found.leaks]
    return Secrets(files=found.files, canaries=found.canaries, leaks=leaks, unread=found.unread)


def read_coverage(results: Path) -> Coverage:
    """Of the engine and its processes, if it was measured into this directory.

    Raises:
        SummaryError: coverage.json has another form.
    """
    path = results / "coverage" / "coverage.json"
    if not path.is_file():
        return Coverage(absent="not measured in this run; `inv coverage` measures it")
    try:
        everything, money = figures_of(path)
    except msgspec.DecodeError as error:
        raise SummaryError(f"expected what coverage.py writes in {path}, got: {error}; run `inv coverage` anew") from None
    return Coverage(
        made=made(path),
        everything=everything.percent,
        money=money.percent,
        files=everything.files,
        money_files=money.files,
        lacking=sorted(money.lacking.items()),
    )

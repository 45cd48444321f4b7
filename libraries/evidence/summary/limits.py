"""Performance: required, aimed at, reached. A limit is reached by a figure of a test that carries its id; a benchmark's figure counts where
its file lies in the results directory, and says when it was made. Pure but for reading those files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from libraries.evidence.figures import FIGURES, Figure, factor
from libraries.evidence.summary.model import Happened, Limit, Test
from libraries.evidence.summary.reading import SummaryError


class _Wanted(msgspec.Struct, frozen=True):
    """A limit of the mission (L1 to L11, AC7.2) and the goal of this project; who measures it."""

    id: str
    what: str
    unit: str
    required: float
    goal: float | None
    more: bool
    figures: tuple[str, ...]
    benches: tuple[str, ...]


_BENCH = "inv bench"
WANTED = (
    _Wanted("L1", "market analysis of a pair, p99", "ms", 10, 0.1, False, ("decision, p99",), ("analysis.",)),
    _Wanted("L2", "order execution, p50", "ms", 50, 1.5, False, ("execution, p50",), ("execution.p50",)),
    _Wanted("AC7.2", "tick to fill on disk, p99", "ms", 50, 10, False, ("end to end, p99",), ("latency.1000.p99",)),
    _Wanted("L3", "a strategy's cycle, p99", "ms", 100, 1, False, ("decision, p99",), ("strategy.cycle",)),
    _Wanted("L4", "a WebSocket message, p99", "ms", 5, 0.25, False, ("decision, p99",), ("message",)),
    _Wanted("L5", "a database query, p99", "ms", 10, 1, False, ("database query, p99",), ("database.",)),
    _Wanted("L6", "memory of the engine, at most", "MB", 2_048, 200, False, ("memory of the engine",), ("memory",)),
    _Wanted("L7", "processor with ten strategies", "% of a core", 50, None, False, ("processor of the engine",), ()),
    _Wanted(
        "L8", "orders through the whole path", "orders/s", 1_000, 10_000, True, ("orders through the whole path",), ("path.sustained",)
    ),
    _Wanted("L9", "availability", "% of a day", 99.9, None, True, ("availability",), ()),
)


class _Line(msgspec.Struct):
    """A row of bench.json (benchmarks/whole/table.py)."""

    key: str
    what: str
    reached: float | None = None
    note: str = ""


class _Bench(msgspec.Struct):
    lines: list[_Line]
    environment: dict[str, object] = {}
    quick: bool = False


def read_figures(results: Path) -> list[Figure]:
    """The figures of the run's tests.

    Raises:
        SummaryError: a line has another form.
    """
    path = results / FIGURES
    try:
        lines = path.read_bytes().splitlines() if path.exists() else []
        return [msgspec.json.decode(line, type=Figure) for line in lines]
    except msgspec.DecodeError as error:
        raise SummaryError(f"expected one figure a line in {path}, got: {error}; remove the file or run anew") from None


def read_bench(results: Path) -> tuple[str, dict[str, float]]:
    """When bench.json of this directory was made ("" = there is none, or it only tried whether it runs), and its figures.

    Raises:
        SummaryError: it has another form.
    """
    path = results / "bench.json"
    if not path.exists():
        return "", {}
    try:
        found = msgspec.json.decode(path.read_bytes(), type=_Bench)
    except msgspec.DecodeError as error:
        raise SummaryError(f"expected the form of `inv bench` in {path}, got: {error}; remove the file or measure anew") from None
    made = str(found.environment.get("at", datetime.fromtimestamp(path.stat().st_mtime, UTC).isoformat(timespec="seconds")))
    return ("", {}) if found.quick else (made, {line.key: line.reached for line in found.lines if line.reached is not None})


def limits(figures: Sequence[Figure], tests: Iterable[Test], bench: tuple[str, Mapping[str, float]], happened: Happened) -> list[Limit]:
    """The table: one row for each limit and source that measured it, one that says "not measured" where none did."""
    ids = {(test.suite, test.name): test.ids for test in tests}
    rows: list[Limit] = []
    for wanted in WANTED:
        measured = [*_of_tests(wanted, figures, ids), *_of_bench(wanted, *bench)]
        rows += measured or [
            _row(wanted, None, f"`{_BENCH}` measures it" if wanted.benches else "no test that carries it recorded a figure")
        ]
    return [*rows, *_of_happened(happened)]


def _of_tests(wanted: _Wanted, figures: Iterable[Figure], ids: Mapping[tuple[str, str], tuple[str, ...]]) -> list[Limit]:
    """The worst figure of tests that carry the limit's id."""
    mine = [each for each in figures if each.name in wanted.figures and wanted.id in ids.get((each.suite, each.test), ())]
    if not mine:
        return []
    worst = (min if wanted.more else max)(mine, key=lambda each: each.value)
    return [_row(wanted, worst.value, f"test {worst.test}", worst.context, worst.histogram)]


def _of_bench(wanted: _Wanted, made: str, reached: Mapping[str, float]) -> list[Limit]:
    mine = [value for key, value in reached.items() if any(_names(bench, key) for bench in wanted.benches)]
    return [_row(wanted, (min if wanted.more else max)(mine), f"{_BENCH} of {made}")] if mine else []


def _names(bench: str, key: str) -> bool:
    """`database.` names every key that begins so."""
    return key.startswith(bench) if bench.endswith(".") else key == bench


def _of_happened(happened: Happened) -> list[Limit]:
    """L10 and L11 are counted over all tests of the run."""
    lost = _Wanted("L10", "acknowledged operations that were lost", "", 0, 0, False, (), ())
    recovery = _Wanted("L11", "recovery, start to RUNNING, at most", "s", 300, 5, False, (), ())
    told = f"{happened.acknowledged:,} acknowledged operations of {happened.recorded:,} tests"
    none = "no test of this run recorded it"
    return [
        _row(lost, float(happened.lost) if happened.acknowledged else None, told if happened.acknowledged else none),
        _row(
            recovery, happened.recoveries.max_s, f"{happened.recoveries.count:,} restarts in tests" if happened.recoveries.count else none
        ),
    ]


def _row(wanted: _Wanted, reached: float | None, source: str, context: str = "", histogram: Sequence[tuple[float, int]] = ()) -> Limit:
    return Limit(
        id=wanted.id,
        what=wanted.what,
        unit=wanted.unit,
        required=wanted.required,
        goal=wanted.goal,
        more=wanted.more,
        reached=reached,
        factor=_factor(wanted, reached),
        source=source,
        context=context,
        histogram=list(histogram),
    )


def _factor(wanted: _Wanted, reached: float | None) -> float | None:
    if reached is None:
        return None
    if not wanted.required:  # nothing may be lost: met or not, no ratio
        return 1.0 if reached <= wanted.required else 0.0
    found = factor(reached, wanted.required, more=wanted.more)
    return None if found is None else min(found, 1e6)

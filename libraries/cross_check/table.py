"""What all runs together say. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from libraries.cross_check.records import Record, missing


def good(records: Sequence[Record], runs: int) -> bool:
    """Whether all runs were made, and passed."""
    return not missing(runs, records) and all(record.passed for record in records)


def figures(records: Sequence[Record], runs: int) -> dict[str, str]:
    """What the summary shows of it."""
    beside, burdened = sum(record.beside > 0 for record in records), sum(record.burden > 0 for record in records)
    return {
        "runs passed / made / asked for": f"{sum(record.passed for record in records)} / {len(records)} / {runs}",
        "tests, over all runs": str(sum(record.tests for record in records)),
        "orders (seeds)": ", ".join(str(record.order) for record in records),
        "beside other runs / on a burdened machine": f"{beside} / {burdened}",
        "commits": ", ".join(_commits(records)),
    }


def rendered(records: Sequence[Record], runs: int) -> str:
    """As Markdown: the runs, then each test that was red, with the orders in which it was."""
    passed = sum(record.passed for record in records)
    lines = [
        "# Cross check",
        "",
        f"{passed} of {len(records)} runs passed; {runs} are asked for. Commits: {', '.join(_commits(records)) or 'none yet'}.",
        "",
        "| run | order | beside it | tests | red | passed | seconds | load |",
        "|---|---|---|---|---|---|---|---|",
        *(_row(record) for record in records),
        "",
        "## Red tests",
        "",
        *([f"- {line}" for line in red_tests(records)] or ["None."]),
    ]
    return "\n".join(lines)


def _commits(records: Sequence[Record]) -> list[str]:
    return list(dict.fromkeys(record.commit for record in records))


def _row(record: Record) -> str:
    beside = ", ".join(
        [f"{record.beside} more runs"] * bool(record.beside) + [f"{record.burden} computing processes per core"] * bool(record.burden)
    )
    return (
        f"| {record.number} | {record.order} | {beside or '-'} | {record.tests} | {len(record.red)} | {'yes' if record.passed else 'NO'} "
        f"| {record.seconds:.0f} | {record.load:.1f} |"
    )


def red_tests(records: Sequence[Record]) -> list[str]:
    """Runs that did not pass without a red test; then once for each test: in how many of all runs, in which orders, why the first time."""
    found: dict[str, list[tuple[int, str]]] = {}
    for record in records:
        for red in record.red:
            found.setdefault(red.name, []).append((record.order, red.why))
    died = [f"run {record.number} did not pass, and no test of it is red: see its console.txt" for record in records if _died(record)]
    return died + [
        f"**{name}**: {len(times)} of {len(records)} runs ({'always' if len(times) == len(records) else 'flaky'}; "
        f"orders {', '.join(str(order) for order, _ in times)}). {times[0][1]}"
        for name, times in sorted(found.items(), key=lambda each: (-len(each[1]), each[0]))
    ]


def _died(record: Record) -> bool:
    """A suite process died, a test was not reported, or a secret was found: nothing that a red test would tell."""
    return not record.passed and not record.red

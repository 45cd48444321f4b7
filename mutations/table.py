"""Rule -> the test that noticed, on the console as it happens and in `results/`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from mutations.catalogue import Mutation
from mutations.checkout import Run


def publish(results: Path, name: str, measured: Iterable[tuple[Mutation, Run]]) -> int:
    """Print a line for each broken rule, write `name`.md and `name`.json, and say the exit code: 1 if one was not noticed."""
    rows: list[dict[str, object]] = []
    for mutation, run in measured:
        noticed = ", ".join(run.failed) if run.failed else f"NOT NOTICED {run.broken}".strip()
        rows.append({"rule": mutation.rule, "what": mutation.what, "tests": list(run.failed), "broken": run.broken})
        print(f"{mutation.rule:5} {mutation.what} -> {noticed}", flush=True)
    missed = [row for row in rows if not row["tests"]]
    print(f"{len(rows)} rules broken, {len(rows) - len(missed)} noticed")
    lines = ["| rule | broken | noticed by |", "|---|---|---|", *(_line(row) for row in rows)]
    results.mkdir(parents=True, exist_ok=True)
    (results / f"{name}.md").write_text("\n".join(lines) + "\n", "utf-8")
    (results / f"{name}.json").write_text(json.dumps(rows, indent=1) + "\n", "utf-8")
    return int(bool(missed))


def _line(row: dict[str, object]) -> str:
    tests = row["tests"]
    noticed = "<br>".join(f"`{test}`" for test in tests) if isinstance(tests, list) and tests else "**not noticed**"
    return f"| {row['rule']} | {row['what']} | {noticed} |"

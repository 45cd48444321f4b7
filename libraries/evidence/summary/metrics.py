"""metrics.json: the summary for machines. Of a requirement's tests the names only: they repeat in many rows."""

from __future__ import annotations

from typing import Any

import msgspec

from libraries.evidence.summary.model import Requirement, Summary


def metrics(summary: Summary) -> bytes:
    """The file's content (docs/summary.md says what each name means)."""
    content: dict[str, Any] = msgspec.to_builtins(summary)
    content["requirements"] = [_requirement(row) for row in summary.requirements]
    content["areas"] = [
        {"id": area.id, "text": area.text, "status": area.status, "passed": area.passed, "failed": area.failed, "skipped": area.skipped}
        for area in summary.areas
    ]
    content["limits"] = [{**msgspec.to_builtins(limit), "state": limit.state} for limit in summary.limits]
    content["proof"]["rate"] = round(summary.proof.rate, 4)
    return msgspec.json.format(msgspec.json.encode(content), indent=1) + b"\n"


def _requirement(row: Requirement) -> dict[str, Any]:
    return {**msgspec.to_builtins(row), "tests": [f"{test.suite}.{test.name}" for test in row.tests]}

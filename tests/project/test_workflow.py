"""What a schema cannot know of the workflow: names that must fit each other, the environment, the order of its steps."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

import tasks

ROOT = Path(__file__).parents[2]
WORKFLOW: dict[str, Any] = yaml.safe_load((ROOT / ".github" / "workflows" / "acceptance.yml").read_text("utf-8"))
JOBS: dict[str, dict[str, Any]] = WORKFLOW["jobs"]


def steps(word: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """(job, step) of all steps that use or run something with `word` in its name."""
    return ((name, step) for name, job in JOBS.items() for step in job["steps"] if word in step.get("uses", step.get("run", "")))


def test_jobs_need_jobs_that_there_are_and_end_some_time() -> None:
    needed = {job["needs"] for job in JOBS.values() if "needs" in job}
    assert needed <= set(JOBS)
    assert [name for name, job in JOBS.items() if not 0 < job.get("timeout-minutes", 0) <= 60] == []


def test_nothing_may_write_to_the_repository() -> None:
    assert WORKFLOW["permissions"] == {"contents": "read"}
    assert [step["with"]["persist-credentials"] for _, step in steps("actions/checkout")] == [False] * len(JOBS)


def test_every_job_installs_what_is_locked_on_the_same_python() -> None:
    assert [job for job, _ in steps("--require-hashes -r requirements.lock")] == list(JOBS)
    assert {step["with"]["python-version"] for _, step in steps("actions/setup-python")} == {"3.11"}


def test_every_task_is_one_of_the_project() -> None:
    words = [word for _, step in steps("inv ") for word in step["run"].split()[1:] if re.fullmatch(r"[a-z][a-z-]*", word)]
    known = {name.replace("_", "-") for name, value in vars(tasks).items() if type(value).__name__ == "Task"}
    assert {"lint", "unit", "acceptance", "merge-shards", "audit-packages"} <= set(words)
    assert set(words) <= known


def test_what_shards_keep_is_what_the_report_fetches() -> None:
    kept = {job: step["with"] for job, step in steps("upload-artifact")}
    (fetched,) = (step["with"] for _, step in steps("download-artifact"))
    assert kept["shard"]["name"].startswith(fetched["pattern"].rstrip("*"))
    assert kept["shard"]["path"].startswith(f"{fetched['path']}/")
    assert kept["report"]["path"] == "results"


def test_the_summary_is_shown_even_when_the_run_is_red() -> None:
    (shown,) = (step for _, step in steps("GITHUB_STEP_SUMMARY"))
    assert "results/summary.md" in shown["run"]
    assert shown["if"] == "always()"


def test_a_server_that_cannot_be_started_fails() -> None:
    assert WORKFLOW["env"]["GENESIS_REQUIRE_SERVERS"] == "1"

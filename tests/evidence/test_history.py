"""Runs compared: the history outlives runs, the page needs no network; the next run begins with the longest suite."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from libraries.evidence import ordering
from libraries.evidence.summary import history
from libraries.evidence.summary.__main__ import main, write
from tests.evidence.summary_kit import RED, run, run_robot

REQUESTS = re.compile(r"<(?:script|link|img|iframe)\b[^>]*\b(?:src|href)=[\"']?(?:https?:)?//")


def _runs(results: Path) -> int:
    with closing(sqlite3.connect(results / "history" / "runs.db")) as database:
        return int(database.execute("SELECT count(*) FROM runs").fetchone()[0])


def test_runs_add_up_and_the_page_loads_nothing_from_elsewhere(tmp_path: Path) -> None:
    for more in ("", RED):
        results = run(tmp_path, more)
        write(results, tmp_path / "suites", tmp_path / "none.json")
    write(results, tmp_path / "suites", tmp_path / "none.json")  # the same run again is no third one
    page = (results / "dashboard.html").read_text("utf-8")
    assert "Genesis acceptance: runs compared" in page
    assert REQUESTS.search(page) is None
    assert REQUESTS.search("<script src='https://cdn.example/x.js'>"), "what is looked for would be found"
    assert _runs(results) == 2
    assert len(list((results / "history").glob("metrics-*.json"))) == 2
    assert 'href="dashboard.html"' in (results / "summary.html").read_text("utf-8")


def test_the_results_may_be_named_from_where_one_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    results = run(tmp_path)
    monkeypatch.chdir(results.parent)
    assert main(["--results", results.name, "--suites", str(tmp_path / "suites")]) == 0
    assert (results / "dashboard.html").is_file()
    assert _runs(results) == 1


def test_a_history_that_cannot_be_written_is_told_and_the_summary_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(history, "_PROGRAM", "raise SystemExit('no space left')")
    results = run(tmp_path)
    assert main(["--results", str(results), "--suites", str(tmp_path / "suites")]) == 0
    assert "no history of runs: robotframework-dashboard ended with exit code 1: no space left" in capsys.readouterr().err
    assert (results / "summary.html").exists()


def test_the_oldest_figures_leave(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "KEPT", 2)
    (tmp_path / "metrics.json").write_text("{}", "utf-8")
    for day in (1, 2, 3):
        history.remember(tmp_path, f"2026-01-0{day}T00:00:00+00:00")
    assert [path.name[:16] for path in sorted((tmp_path / "history").iterdir())] == ["metrics-20260102", "metrics-20260103"]


# ---- longest first ----


def test_the_longest_suite_of_the_last_run_begins_the_next(tmp_path: Path) -> None:
    (tmp_path / "suites").mkdir()
    (tmp_path / "suites" / "long.robot").write_text("*** Test Cases ***\nLong\n    Sleep    0.5s\n", "utf-8")
    results = run(tmp_path)
    run_robot(tmp_path)
    assert ordering.ordering(results, "suites") is None, "there was no run yet"
    ordering.remember(results, "suites")
    found = ordering.ordering(results, "suites")
    assert found is not None
    assert found.read_text("utf-8") == "--suite Suites.Long\n--suite Suites.Flow.Small\n"
    assert ordering.ordering(results, "suites/flow") is None, "its suites bear other names"


def test_a_run_without_output_is_not_remembered_and_a_damaged_memory_is_none(tmp_path: Path) -> None:
    ordering.remember(tmp_path, "suites")
    assert not (tmp_path / "history").exists()
    (tmp_path / "history").mkdir()
    (tmp_path / "history" / "durations.json").write_text("[]", "utf-8")
    assert ordering.ordering(tmp_path, "suites") is None

"""What the listener and keywords write down for the summary, in a real robot; what a new run deletes and what it leaves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import tasks
from tests.world.generated import robot, settings

SUITE = """
Killed And Back
    Start Fake Engine
    Kill Engine Announced
    Restart Engine
    Restart Engine    times=0

Measured
    Start The Stopwatch
    Stop The Stopwatch    a short walk    most=5 seconds
"""
KEYWORDS = """
from libraries.world.deadlines import Deadline
from libraries.world.session import session


def restart_engine(times: int = 1) -> None:
    for _ in range(times):
        session.history.note("kill", engine="main")
        session.engine().restart(Deadline(5))
"""


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_each_test_tells_what_it_did_and_measured(tmp_path: Path) -> None:
    (tmp_path / "suites").mkdir()
    (tmp_path / "Restarting.py").write_text(KEYWORDS, "utf-8")
    text = settings(extra=f"Library    {tmp_path / 'Restarting.py'}") + SUITE
    (tmp_path / "suites" / "told.robot").write_text(text, "utf-8")
    run = robot(tmp_path / "suites", tmp_path / "results", temp=tmp_path)
    assert run.code == 0, run.output
    told = {line["test"]: line for line in _lines(run.results / "happenings.jsonl")}
    assert set(told) == {"Killed And Back", "Measured"}
    killed = told["Killed And Back"]
    assert (killed["kills"], len(killed["recoveries_s"]), killed["suite"]) == (1, 1, "Suites.Told")
    assert killed["recoveries_s"][0] > 0
    (figure,) = _lines(run.results / "figures.jsonl")
    assert (figure["name"], figure["unit"], figure["required"], figure["test"]) == ("a short walk", "s", 5.0, "Measured")
    assert 0 <= figure["value"] < 5


def test_a_new_run_deletes_what_the_last_one_left_and_never_the_history(tmp_path: Path) -> None:
    (tmp_path / "history").mkdir()
    for name in ("summary.html", "metrics.json", "figures.jsonl", "happenings.jsonl", "secrets.json", "history/runs.db", "bench.json"):
        (tmp_path / name).write_text("x", "utf-8")
    tasks._clear(tmp_path)
    assert {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()} == {"history/runs.db", "bench.json"}


def test_the_command_that_repeats_a_run_names_what_was_asked_for() -> None:
    assert tasks._as_typed(suites="suites", results="results", include="", randomize="") == "inv acceptance"
    asked = tasks._as_typed(suites="suites/flow", results="my results", randomize="all:7")
    assert asked == "inv acceptance --suites suites/flow --results 'my results' --randomize all:7"

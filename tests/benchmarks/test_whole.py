"""`inv bench`: what is missed or does not add up fails it, what cannot be measured says so, and runs are remembered."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benchmarks.instructions.__main__ import _of_callgrind, _of_perf
from benchmarks.whole import peers
from benchmarks.whole.comparison import _without
from benchmarks.whole.history import last_run, remember
from benchmarks.whole.peers import PEERS, Failed, measure
from benchmarks.whole.table import Line, rendered
from benchmarks.whole.venue import venue
from libraries.common.errors import ClientMissing


def line(**fields: Any) -> Line:
    return Line(key="k", what="w", unit="ms", **fields)


@pytest.mark.parametrize(
    ("given", "times", "fails"),
    [
        (line(reached=2_000.0, required=1_000), 2.0, False),
        (line(reached=500.0, required=1_000), 0.5, True),
        (line(reached=25.0, required=50, more=False), 2.0, False),
        (line(reached=100.0, required=50, more=False), 0.5, True),
        (line(required=50), None, False),
        (line(required=50, wrong=True), None, True),
    ],
)
def test_what_is_missed_or_wrong_fails_and_what_was_not_measured_does_not(given: Line, times: float | None, fails: bool) -> None:
    assert (given.factor(given.required), given.fails) == (times, fails)


def test_a_missed_goal_is_told_and_fails_nothing() -> None:
    missed = line(reached=9.0, required=50, goal=1, more=False)
    assert not missed.fails
    row = rendered([missed], {"k": 8.0}).splitlines()[-1]
    assert row == "| w | ms | <= 50 | <= 1 | 9 | 5.56 x | 0.111 x | 8 | goal missed |"


def test_a_client_that_is_not_here_is_not_measured_and_one_that_fails_is_wrong() -> None:
    missing, failed = _without("k", "w", ClientMissing("no index")), _without("k", "w", Failed("exit code 1"))
    assert (missing.reached, missing.note, missing.fails) == (None, "not measured: no index", False)
    assert (failed.reached, failed.fails) == (None, True)
    assert "WRONG; not measured: exit code 1" in rendered([failed], {})


def test_a_peer_that_counts_other_orders_than_the_venue_is_found_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    said = {"warmed": 0, "runs": [{"window": 50, "seconds": 1.0, "cpu_s": 0.1, "filled": 7}]}
    monkeypatch.setattr(peers, "_run", lambda *_given: said)
    with venue(tmp_path) as exchange, pytest.raises(Failed, match="says that 7 orders were filled, the venue has 0 trades of it"):
        measure(PEERS[0], exchange, 7, 0)


def test_each_run_is_a_line_of_its_own_and_the_last_one_is_compared_with(tmp_path: Path) -> None:
    assert last_run(tmp_path) == {}
    for reached in (1.0, 2.0):
        remember(tmp_path, {"at": "now"}, [line(reached=reached), line()])
    assert last_run(tmp_path) == {"k": 2.0}
    assert len((tmp_path / "bench-history.jsonl").read_text("utf-8").splitlines()) == 2


def test_a_counter_that_counts_nothing_is_not_taken_for_none_counted() -> None:
    assert _of_perf("<not supported>,,instructions:u,0,100.00,,\n") is None
    assert _of_perf("123456,,instructions:u,1000,100.00,,\n") == 123_456
    assert _of_callgrind("==1== Collected : 987654\n") == 987_654
    assert _of_callgrind("valgrind: failed\n") is None

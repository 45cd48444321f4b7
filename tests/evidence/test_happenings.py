"""What is counted of a test's history, and that no fault keyword is forgotten."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from libraries.evidence.audit import Verdict
from libraries.evidence.happenings import FAILOVERS, FAULTS, HARMLESS, KILL, counted, read_history
from libraries.world.history import History

LIBRARIES = Path(__file__).resolve().parents[2] / "libraries"
HEALING = re.compile(r"healed|started again|thawed|back\b|has room|ended|without a standby|write to the database|node started")


def _history(path: Path) -> History:
    return History(path / "history.jsonl")


def test_operations_are_counted_by_their_outcome(tmp_path: Path) -> None:
    history = _history(tmp_path)
    done, refused, unknown = (history.invoke("signal", engine="main") for _ in range(3))
    history.invoke("cancel", engine="main")  # nobody ever said what became of it
    history.ok(done)
    history.fail(refused)
    history.unknown(unknown)
    history.ok(history.invoke("quiesce", engine="main"))
    found = counted(read_history(history.path, 0), [], Verdict(), ())
    assert (found.acknowledged, found.refused, found.indeterminate) == (1, 1, 2)


def test_faults_kills_and_failovers_are_counted(tmp_path: Path) -> None:
    history = _history(tmp_path)
    history.note("fault armed", what={"action": [{"type": "delay"}, {"type": "drop"}]})
    history.note("fault armed", what={"action": "drop"})
    history.note("cache killed", cache="c")
    history.note("faults together", faults=["engine killed"])
    history.note("kill", engine="main", points=["CP-R1", "CP-R1"])
    history.note("kill", engine="main")
    history.note("standby took over", engine="standby")
    history.note("book", bids=[])
    found = counted(read_history(history.path, 0), [0.51234], Verdict(), ())
    assert found.faults == {
        "exchange answers, events and rules": {"delay": 1, "drop": 2},
        "cache": {"cache killed": 1},
        "several at once": {"engine killed": 1},
    }
    assert (found.kills, found.failovers, found.recoveries_s) == (3, {"standby engine took over": 1}, [0.512])


def test_findings_that_a_test_announced_are_none() -> None:
    finding: dict[str, Any] = {"status": "violated", "objects": 1, "violations": [{}, {}]}
    verdict = Verdict(invariants={"I14": finding, "I15": finding, "I08": finding})
    found = counted([], [], verdict, {"I15"})
    assert (found.lost, found.phantom, found.duplicate) == (2, 0, 2)


def test_a_test_on_a_shared_history_counts_its_own_part(tmp_path: Path) -> None:
    history = _history(tmp_path)
    history.note("kill", engine="main")
    begun = history.path.stat().st_size
    history.note("kill", engine="main")
    assert counted(read_history(history.path, begun), [], Verdict(), ()).kills == 1


def test_every_note_of_a_fault_keyword_is_counted_or_known_as_harmless() -> None:
    noted = set()
    for path in (LIBRARIES / "fault_keywords").glob("*.py"):
        noted |= set(re.findall(r'(?:\.note|_break_primary)\(\s*f?"([^"]+)"', path.read_text("utf-8")))
    assert len(noted) > 40
    counted_ones = {*FAULTS, *FAILOVERS, *HARMLESS, KILL, "fault armed", "faults together"}
    assert {name for name in noted if name not in counted_ones and not HEALING.search(name)} == set()

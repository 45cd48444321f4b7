"""I37: what is allowed all the same, and what a sink's record may look like."""

from __future__ import annotations

from pathlib import Path

import pytest

from libraries.auditor.witnesses.errors import WitnessError
from libraries.auditor.witnesses.sinks import read_sink
from tests.auditor.audit_corruptions import told_world
from tests.auditor.audit_corruptions_alerts import with_alerts


def test_alerts_that_are_raised_and_delivered_in_order_hold(tmp_path: Path) -> None:
    outcome = with_alerts().write(tmp_path).audit()
    assert outcome.violated == set(), outcome.sentences("I37")
    assert outcome.status("I37") == "held"


def test_without_an_alert_it_is_not_exercised(tmp_path: Path) -> None:
    assert told_world().write(tmp_path).audit().status("I37") == "not exercised"


@pytest.mark.parametrize(
    ("code", "text"), [("GENESIS-3701", "the database is late"), ("GENESIS-3703", "the database has 0 synchronous standbys, 1 required")]
)
def test_what_the_database_could_not_take_overtakes_what_waits_and_may_have_no_fact(tmp_path: Path, code: str, text: str) -> None:
    world = with_alerts()
    waiting = world.alert("a stop executed", delivered=False)
    world.alert(f"{code}: {text}", code=code)
    delivery = {"alert_id": waiting, "sink": "file"}
    world.took.append({**world.took[-1], "alert_id": waiting, "text": "a stop executed", "code": ""})
    world.fact("AlertDelivered", waiting, **delivery)
    world.took.append({**world.took[0], "alert_id": "0" * 32, "code": "GENESIS-6902", "text": "the engine halts"})
    world.commit()
    outcome = world.write(tmp_path).audit(engine="dead")
    assert outcome.status("I37") == "held", outcome.sentences("I37")


def test_that_a_standby_is_missing_is_told_at_once_and_by_no_fact(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = with_alerts()
    monkeypatch.setattr(world, "alert", lambda _text: "")
    world.fact("HaltBegan", "NO_STANDBY", halt={"kind": "NO_STANDBY", "code": "GENESIS-3703", "until_ms": 0})
    world.commit()
    assert "I37" not in world.write(tmp_path).audit().violated


@pytest.mark.parametrize(("state", "held"), [("CLOSED", True), ("OPEN", False)])
def test_a_breaker_that_is_closed_when_a_process_begins_wakes_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, state: str, held: bool
) -> None:
    world = with_alerts()
    monkeypatch.setattr(world, "alert", lambda _text: "")
    world.fact("ConditionChanged", "binance/circuit/orders", name="binance/circuit/orders", state=state, detail="")
    world.commit()
    assert ("I37" not in world.write(tmp_path).audit().violated) is held


def test_the_last_alerts_of_a_dead_engine_may_wait_for_the_next_process(tmp_path: Path) -> None:
    world = with_alerts()
    world.alert("a stop executed", delivered=False)
    world.commit()
    assert "I37" not in world.write(tmp_path).audit(engine="dead").violated


def test_what_is_raised_after_the_look_at_a_living_database_is_not_examined(tmp_path: Path) -> None:
    world = with_alerts()
    world.took.append({**world.took[0], "alert_id": "1" * 32, "raised_ms": world.events[-1]["wall_ms"] + 5})
    files = world.write(tmp_path)
    assert files.audit().status("I37") == "held"
    assert files.audit(engine="dead").status("I37") == "violated"


def test_a_receivers_record_counts_what_it_took(tmp_path: Path) -> None:
    record = tmp_path / "came.jsonl"
    lines = (
        '{"path": "/alerts", "taken": true, "body": {"alert_id": "a"}}',
        '{"path": "/alerts", "taken": false, "body": {"alert_id": "b"}}',
        '{"path": "/heartbeats", "taken": true, "body": {"heartbeat": 1}}',
        '{"alert_id": "c"}',
        '{"alert_id": "cut o',
    )
    record.write_text("\n".join(lines))
    assert [came.alert_id for came in read_sink(record)] == ["a", "c"]
    assert read_sink(tmp_path / "never.jsonl") == []


def test_a_record_that_is_no_json_is_no_witness(tmp_path: Path) -> None:
    record = tmp_path / "came.jsonl"
    record.write_text("{not json}\n")
    with pytest.raises(WitnessError, match=r"came\.jsonl"):
        read_sink(record)


@pytest.mark.parametrize("both", [False, True])
def test_engines_on_one_database_have_a_file_each(tmp_path: Path, both: bool) -> None:
    files = with_alerts().write(tmp_path)
    first, *others = files.alerts.read_text().splitlines(keepends=True)
    of_another = tmp_path / "another.alerts"
    of_another.write_text(first)
    files.alerts.write_text("".join(others))
    outcome = files.audit(*(["--alerts", f"file={of_another}"] if both else []))
    assert outcome.status("I37") == ("held" if both else "violated")

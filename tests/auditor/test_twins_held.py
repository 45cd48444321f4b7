"""What I26 allows: other ids, other times, other quantities at the best prices, symbols in another order; and that it asks for a twin."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from libraries.auditor.cli import main
from tests.auditor.audit_corruptions import told_world
from tests.auditor.audit_corruptions_twins import twin_of, twins


def test_without_a_twin_there_is_nothing_to_compare(tmp_path: Path) -> None:
    assert told_world().write(tmp_path).audit().status("I26") == "not exercised"


def test_equal_decisions_are_counted(tmp_path: Path) -> None:
    outcome = twins().write(tmp_path).audit()
    assert outcome.status("I26") == "held"
    assert outcome.objects("I26") >= 5


def test_ids_times_and_the_quantities_of_the_book_may_differ(tmp_path: Path) -> None:
    world = twins()
    text = json.dumps(twin_of(world).events).replace("gabcdef-", "gother-").replace('"s-', '"t-')
    twin_of(world).events = json.loads(text)
    for event in twin_of(world).events:
        event["wall_ms"] += 5_000
        top = event["payload"].get("top")
        if top:
            top["bid_quantity"], top["update_id"] = "77", 99
    assert world.write(tmp_path).audit().status("I26") == "held"


@pytest.mark.parametrize("given", ["engine.db", "alive=engine.db", "dead="])
def test_a_twin_is_named_with_its_state(given: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = told_world().write(tmp_path)
    with pytest.raises(SystemExit):
        main(files.arguments("--twin", given))
    assert "expected STATE=FILE with a state of quiesced, stopped, dead" in capsys.readouterr().err

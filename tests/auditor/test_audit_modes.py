"""What may be asked of a quiet, a stopped and a killed engine; expected violations; invariants without objects."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from libraries.auditor.registry import INVARIANTS
from libraries.auditor.witnesses import database
from tests.auditor.audit_kit import ACCOUNT, PaperWorld
from tests.auditor.audit_scenario import Scenario, consistent_world, with_history


def venue_goes_on(world: Scenario) -> None:
    """The resting bid is filled by another 0.05 that the engine never heard of."""
    terms = {"symbol": "BTCUSDT", "side": "SELL", "order_type": "LIMIT", "time_in_force": "GTC", "quantity": "0.05", "price": "100"}
    world.order("market", 60, "m-9", ("BTC", "0.05"), **terms)
    bid = {"account": ACCOUNT, "order_id": 11, "client_order_id": "gabcdef-2", "fee": "0.00005", "fee_asset": "BTC", "executed": "0.1"}
    ask = {"account": "market", "order_id": 60, "client_order_id": "m-9", "fee": "0.005", "fee_asset": "USDT", "executed": "0.05"}
    world.trade("BTCUSDT", 6, "100", "0.05", "5", "SELL", {**bid, "cum_quote": "10"}, {**ask, "cum_quote": "5"})


def stop(world: Scenario, *, clean: bool = True) -> None:
    world.fact("EngineStopped", digest="d", clean=clean)
    world.commit()
    world.anchor_reasons[len(world.events)] = "stop"


def unanswered_order(world: Scenario) -> None:
    """An intent whose outcome the engine did not live to learn; the venue never got it."""
    world.signal(30, price="100", time_in_force="GTC")
    world.intend(30, price="100", time_in_force="GTC", reserved="20")
    world.change(30, "SUBMITTED", knowledge="UNKNOWN")
    world.row("balances", asset="USDT").update(locked="35", free="948.651599")


def test_a_quiet_engine_must_agree_with_the_venue(tmp_path: Path) -> None:
    world = consistent_world()
    venue_goes_on(world)
    assert world.write(tmp_path).audit().violated == {"I02", "I09", "I10"}


def test_a_killed_engine_may_be_behind_the_venue(tmp_path: Path) -> None:
    world = consistent_world()
    unanswered_order(world)
    venue_goes_on(world)
    outcome = world.write(tmp_path).audit(engine="dead")
    assert outcome.code == 0, outcome.report
    assert {outcome.status("I02"), outcome.status("I12")} == {"not exercised"}
    assert outcome.status("I09") == "held"


def test_a_killed_engine_may_not_be_ahead_of_the_venue(tmp_path: Path) -> None:
    world = consistent_world()
    invented = {**world.row("fills", trade_id=3), "trade_id": 77}
    world.tables["fills"].append(invented)
    assert "I09" in world.write(tmp_path).audit(engine="dead").violated


def test_a_killed_engine_may_not_know_a_state_that_the_venue_never_caused(tmp_path: Path) -> None:
    world = consistent_world()
    unanswered_order(world)
    world.change(30, "OPEN", pending="NONE", knowledge="KNOWN")
    assert world.write(tmp_path).audit(engine="dead").violated == {"I07"}


def test_a_killed_engine_must_not_be_wrong_about_a_finished_order(tmp_path: Path) -> None:
    world = consistent_world()
    world.change(2, "CANCELLED", reserved="0")
    world.row("balances", asset="USDT").update(locked="0", free="983.651599")
    assert world.write(tmp_path).audit(engine="dead").violated == {"I10"}


def test_a_stopped_engine_answers_for_the_time_until_it_stopped(tmp_path: Path) -> None:
    world = consistent_world()
    stop(world)
    venue_goes_on(world)
    outcome = world.write(tmp_path).audit(engine="stopped")
    assert outcome.code == 0, outcome.report
    assert outcome.objects("I02") == 3


def test_a_foreign_order_after_the_stop_is_seen(tmp_path: Path) -> None:
    world = consistent_world()
    stop(world)
    terms = {"symbol": "BTCUSDT", "side": "BUY", "order_type": "LIMIT", "time_in_force": "GTC", "quantity": "0.1", "price": "90"}
    world.order(ACCOUNT, 50, "by-hand", ("USDT", "9"), **terms)
    assert world.write(tmp_path).audit(engine="stopped").violated == {"I07"}


def test_a_stopped_engine_must_have_said_so(tmp_path: Path) -> None:
    assert consistent_world().write(tmp_path).audit(engine="stopped").violated == {"I19", "I20"}


def test_an_unclean_stop_is_judged_as_a_death(tmp_path: Path) -> None:
    world = consistent_world()
    unanswered_order(world)
    stop(world, clean=False)
    venue_goes_on(world)
    outcome = world.write(tmp_path).audit(engine="stopped")
    assert outcome.code == 0, outcome.report
    assert outcome.status("I12") == "not exercised"


def test_a_dead_engine_s_files_are_left_as_they_were(tmp_path: Path) -> None:
    files = consistent_world().write(tmp_path)
    die_in_the_middle(files.database)
    assert (tmp_path / "engine.db-wal").stat().st_size > 0
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert files.audit(engine="dead").code == 0
    after = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path != files.report}
    assert after == before


def die_in_the_middle(database: Path) -> None:
    """A writer is killed after its commit: its log stays behind, unmerged."""
    script = """
import os, signal, sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("INSERT INTO meta VALUES ('note', 'written last')")
os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run([sys.executable, "-c", script, str(database)], check=False, timeout=280)
    assert done.returncode == -signal.SIGKILL


def test_all_tables_show_one_instant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A live engine commits while the auditor reads: it sees the world as it was when it began."""
    files = consistent_world().write(tmp_path)
    table = database.Table

    def reads_while_somebody_writes(*values: Any) -> database.Table:
        files.sql("UPDATE balances SET total = '9', free = '9'; DELETE FROM fills; DELETE FROM positions;")
        return table(*values)

    monkeypatch.setattr(database, "Table", reads_while_somebody_writes)
    assert files.audit().code == 0


def test_a_request_by_the_exchange_s_admin_is_not_the_engine_s(tmp_path: Path) -> None:
    world = consistent_world()
    terms = {"symbol": "BTCUSDT", "side": "BUY", "order_type": "LIMIT", "time_in_force": "GTC", "quantity": "0.1", "price": "90.001"}
    world.request(ACCOUNT, "by-hand", via="admin", outcome="rejected", **terms)
    assert world.write(tmp_path).audit().code == 0


def test_the_log_of_a_killed_writer_is_read(tmp_path: Path) -> None:
    files = consistent_world().write(tmp_path)
    with closing(sqlite3.connect(files.database, isolation_level=None)) as writer:
        writer.execute("PRAGMA wal_autocheckpoint = 0")
        writer.execute("UPDATE balances SET total = '1.3', free = '1.3' WHERE asset = 'BTC'")  # in the -wal file only
        assert "I03" in files.audit(engine="dead").violated
        assert "I03" in files.audit(engine="quiesced").violated


def test_a_restart_begins_a_new_epoch(tmp_path: Path) -> None:
    world = consistent_world()
    world.epoch = 2
    world.fact("EngineStarted", epoch=2, version="1", config_digest="d", test_hooks=False)
    world.fact("EngineStateChanged", before="STARTING", after="RECONCILING", reason="")
    world.change(2, "PARTIALLY_FILLED", reason="seen again")
    world.tables["meta"][1]["value"] = "2"
    outcome = world.write(tmp_path).audit()
    assert outcome.code == 0, outcome.report
    assert outcome.report["counts"]["epochs"] == 2


def test_an_account_may_be_older_than_the_database(tmp_path: Path) -> None:
    """What another client asked and traded before this engine's first fact is not this engine's."""
    world = consistent_world()
    later, world.now = world.now, 0
    terms = {"symbol": "BTCUSDT", "side": "BUY", "order_type": "MARKET", "time_in_force": None, "quantity": "0.01", "price": None}
    world.deposit(ACCOUNT, "USDT", "1.01001")
    world.request(ACCOUNT, "old", **{**terms, "quantity": "0.0100001"}, outcome="rejected")
    world.request(ACCOUNT, "old", **terms)
    world.order(ACCOUNT, 70, "old", ("USDT", "1.02"), **terms)
    taker = {"account": ACCOUNT, "order_id": 70, "client_order_id": "old", "fee": "0.00001", "fee_asset": "BTC", "executed": "0.01"}
    maker = {"account": "market", "order_id": 2, "client_order_id": "m-2", "fee": "0.00102", "fee_asset": "USDT", "executed": "0.11"}
    world.trade("BTCUSDT", 90, "102", "0.01", "1.02", "BUY", {**maker, "cum_quote": "11.22"}, {**taker, "cum_quote": "1.02"})
    world.closed(ACCOUNT, 70, "old", "BTCUSDT", "FILLED", "0.01", "1.02")
    world.now = later
    outcome = world.write(tmp_path).audit()
    assert outcome.violated == {"I02"}, outcome.report  # its money did move: the opening balance of the scenario knows nothing of it
    assert outcome.objects("I09") == 7


def test_backward_steps_of_the_wall_clock_are_reported_not_forbidden(tmp_path: Path) -> None:
    world = consistent_world()
    world.events[-1]["wall_ms"] -= 3_600_000
    outcome = world.write(tmp_path).audit()
    assert (outcome.code, outcome.report["counts"]["wall_clock_backward_jumps"]) == (0, 1)


def test_refused_requests_are_counted(tmp_path: Path) -> None:
    counts = consistent_world().write(tmp_path).audit().report["counts"]
    assert (counts["requests"], counts["requests_rejected"]) == (9, 1)


def test_an_expected_violation_holds(tmp_path: Path) -> None:
    world = consistent_world()
    world.row("positions", symbol="BTCUSDT")["cost"] = "1"
    outcome = world.write(tmp_path).audit("--expect", "I04", "I21")
    assert (outcome.code, outcome.report["verdict"]) == (0, "held")
    assert outcome.status("I04") == "violated"


def test_an_expected_violation_that_does_not_come_is_a_violation(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outcome = consistent_world().write(tmp_path).audit("--expect", "I19")
    assert (outcome.code, outcome.report["verdict"], outcome.report["expected_missing"]) == (1, "violated", ["I19"])
    assert "I19: expected violation did not come" in capsys.readouterr().err


def test_an_expected_violation_excuses_no_other(tmp_path: Path) -> None:
    world = consistent_world()
    world.row("positions", symbol="BTCUSDT")["cost"] = "1"
    assert world.write(tmp_path).audit("--expect", "I04").code == 1


def test_what_has_no_object_is_not_exercised(tmp_path: Path) -> None:
    world = PaperWorld()
    world.line("venue", version=1, seed=1, maker="0", taker="0", symbols=[])
    world.line("account", account=ACCOUNT, key_id="")
    outcome = world.write_empty(tmp_path).audit()
    statuses = {name: outcome.status(name) for name in INVARIANTS}
    assert (statuses.pop("I18"), statuses.pop("I34")) == ("held", "held")  # the file itself is an object
    assert statuses == dict.fromkeys(statuses, "not exercised")
    assert outcome.code == 0


def test_history_is_needed_to_exercise_what_is_about_it(tmp_path: Path) -> None:
    without = consistent_world().write(tmp_path).audit()
    assert without.status("I14") == "not exercised"
    assert without.objects("I15") == 1  # the leg of the engine's own trade


def test_an_unknown_outcome_explains_an_order(tmp_path: Path) -> None:
    world = with_history(consistent_world())
    assert world.history is not None
    world.history = [record for record in world.history if not (record["id"] == "h2" and record["op"] == "ok")]
    for record in world.history:
        if record["id"] == "h2":
            del record["signal_id"]  # the caller never learned the id
    assert world.write(tmp_path).audit().code == 0


def test_every_venue_of_the_database_needs_its_ledger(tmp_path: Path) -> None:
    world = consistent_world()
    world.tables["balances"].append({**world.row("balances", asset="BTC"), "venue": "other"})
    outcome = world.write(tmp_path).audit()
    assert outcome.code == 3
    assert "knows other" in outcome.report["error"]


def test_an_audit_of_a_test_s_world_is_quick(tmp_path: Path) -> None:
    files = consistent_world().write(tmp_path)
    best = min(files.audit().report["elapsed_ms"] for _ in range(5))
    assert best < 150

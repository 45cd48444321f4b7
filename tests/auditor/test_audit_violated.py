"""Each invariant catches its corruption, and names it. The expected set is exact: no corruption may hide, none may spread."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from libraries.auditor.registry import INVARIANTS
from tests.auditor.audit_kit import ACCOUNT, chain_hash, create_table
from tests.auditor.audit_scenario import Scenario, consistent_world, intent_of, with_history

Corruption = Callable[[Scenario], object]
CASES: list[tuple[str, str, Corruption]] = []


def corrupts(violated: str) -> Callable[[Corruption], Corruption]:
    """Register a corruption with the invariants that it must violate; the first is the one it is about."""

    def register(corruption: Corruption) -> Corruption:
        CASES.append((violated, corruption.__name__, corruption))
        return corruption

    return register


# I01: the venue's own double entry


@corrupts("I01")
def a_posting_of_the_ledger_is_altered(world: Scenario) -> None:
    world.ledger_line("trade", 4)["postings"][2][3] = "0.0098"  # the fee that the fee account gets


@corrupts("I01")
def the_fee_of_a_trade_is_not_the_published_one(world: Scenario) -> None:
    trade = world.ledger_line("trade", 2)
    trade["taker"]["fee"] = "0.006"  # the other account's: nothing of the engine changes
    trade["postings"][1][3], trade["postings"][2][3] = "4.994", "0.006"


@corrupts("I01")
def money_appears_without_a_transfer(world: Scenario) -> None:
    world.ledger_line("transfer", 1)["amount"] = "101"


@corrupts("I01")
def a_line_of_the_ledger_is_missing(world: Scenario) -> None:
    del world.ledger[1]  # the account line of "market" moves no money


@corrupts("I01")
def an_account_goes_negative(world: Scenario) -> None:
    world.line(
        "order",
        account="market",
        order_id=99,
        client_order_id="m-99",
        postings=[["market", "ETH", "free", "-50"], ["market", "ETH", "locked", "50"]],
    )


# I02, I03, I05: balances


@corrupts("I02 I03 I21")
def a_digit_of_a_balance_is_flipped(world: Scenario) -> None:
    world.row("balances", asset="BTC").update(total="1.24936", free="1.24936")


@corrupts("I02 I21")
def opening_and_total_are_both_wrong(world: Scenario) -> None:
    world.row("balances", asset="USDT").update(opening="1001", total="984.651599", free="969.651599")


@corrupts("I02")
def the_venue_moved_money_that_the_engine_never_heard_of(world: Scenario) -> None:
    world.deposit(ACCOUNT, "BNB", "1")


@corrupts("I03 I02 I21")
def a_transfer_was_not_booked(world: Scenario) -> None:
    world.row("balances", asset="USDT").update(total="973.651599", free="958.651599")


@corrupts("I05 I02 I21")
def a_cancelled_order_keeps_its_reservation(world: Scenario) -> None:
    world.row("orders", client_order_id="gabcdef-3")["reserved"] = "29.4"
    world.row("balances", asset="USDT").update(locked="44.4", free="939.251599")


@corrupts("I05 I21")
def the_reservation_ignores_the_partial_fill(world: Scenario) -> None:
    world.row("orders", client_order_id="gabcdef-2")["reserved"] = "20"


@corrupts("I05 I02")
def the_venue_does_not_unlock(world: Scenario) -> None:
    world.ledger_line("closed", status="CANCELED")["postings"] = []


@corrupts("I05 I02 I21")
def free_is_not_total_less_locked(world: Scenario) -> None:
    world.row("balances", asset="USDT")["free"] = "983.651599"


# I04: positions


@corrupts("I04 I21")
def the_quantity_of_a_position_forgets_the_fee(world: Scenario) -> None:
    world.row("positions", symbol="BTCUSDT")["quantity"] = "0.35"


@corrupts("I04 I21")
def the_realised_profit_is_rounded(world: Scenario) -> None:
    world.row("positions", symbol="BTCUSDT")["realised"] = "-0.68"


@corrupts("I04 I21")
def the_cost_is_one_unit_off(world: Scenario) -> None:
    world.row("positions", symbol="BTCUSDT")["cost"] = "35.34656966"


@corrupts("I04 I17 I21")
def a_position_is_lost(world: Scenario) -> None:
    world.tables["positions"].pop(0)


@corrupts("I04 I21")
def what_leaves_as_dust_is_not_what_was_left(world: Scenario) -> None:
    world.event("TargetAdjusted")["payload"]["cost"] = "0.09"


@corrupts("I04")
def what_leaves_as_dust_could_have_been_sold(world: Scenario) -> None:
    eth = world.event("RulesLoaded")["payload"]["rules"][1]
    eth.update(step_size="0.00001", min_notional="0.01")


# I06: no float


@corrupts("I06")
def a_money_column_is_real(world: Scenario) -> None:
    world.create["balances"] = create_table("balances", real="target")
    for row in world.tables["balances"]:
        row["target"] = float(row["target"])


@corrupts("I06")
def a_table_is_not_strict(world: Scenario) -> None:
    world.create["fills"] = create_table("fills", strict=False)


@corrupts("I06")
def an_amount_has_trailing_zeros(world: Scenario) -> None:
    world.row("fills", trade_id=3)["fee"] = "0.000050"


@corrupts("I06")
def a_fact_holds_a_json_number(world: Scenario) -> None:
    world.event("SignalReceived")["payload"]["signal"]["confidence"] = 0.8


@corrupts("I06")
def a_fact_holds_an_exponent(world: Scenario) -> None:
    world.event("RiskDenied")["payload"]["net"] = "1E-8"


@corrupts("I06")
def the_ledger_holds_a_number(world: Scenario) -> None:
    world.ledger_line("transfer", 0)["amount"] = 100000.0


@corrupts("I06")
def a_snapshot_holds_a_float(world: Scenario) -> None:
    world.tables["snapshots"] = [{"seq": 1, "hash": first_hash(world), "digest": "", "wall_ms": 1, "document": '{"equity": 1.5}'}]


# I07 to I10: orders and fills on both sides


def foreign_order(world: Scenario) -> None:
    terms = {"symbol": "BTCUSDT", "side": "BUY", "order_type": "LIMIT", "time_in_force": "GTC", "quantity": "0.1", "price": "90"}
    world.request(ACCOUNT, "by-hand", via="admin", **terms)
    world.order(ACCOUNT, 50, "by-hand", ("USDT", "9"), **terms)


@corrupts("I07 I02")
def an_order_at_the_venue_that_the_engine_never_made(world: Scenario) -> None:
    foreign_order(world)


@corrupts("I07")
def an_order_of_the_engine_that_the_venue_never_saw(world: Scenario) -> None:
    world.signal(30, price="100")
    world.intend(30, price="100", time_in_force="GTC", reserved="0")
    world.change(30, "CANCELLED", pending="NONE")
    ask_for(world, 30)


@corrupts("I07 I10 I12 I11")
def a_rejected_order_that_the_venue_accepted(world: Scenario) -> None:
    world.event("OrderChanged", client_order_id="gabcdef-3", after="CANCELLED")["payload"]["after"] = "REJECTED"
    world.row("orders", client_order_id="gabcdef-3")["state"] = "REJECTED"
    world.row("orders", client_order_id="gabcdef-3")["pending"] = "CANCEL"
    world.event("OrderChanged", client_order_id="gabcdef-3", after="REJECTED")["payload"]["pending"] = "CANCEL"


@corrupts("I07 I21")
def the_price_of_an_order_differs(world: Scenario) -> None:
    world.row("orders", client_order_id="gabcdef-3")["price"] = "98.01"


@corrupts("I08 I02 I10")
def a_retry_is_accepted_again(world: Scenario) -> None:
    terms = {"symbol": "BTCUSDT", "side": "BUY", "order_type": "LIMIT", "time_in_force": "GTC", "quantity": "0.3", "price": "98"}
    world.request(ACCOUNT, "gabcdef-3", **terms)
    world.order(ACCOUNT, 51, "gabcdef-3", ("USDT", "29.4"), **terms)


@corrupts("I08 I17 I21")
def an_id_is_minted_twice(world: Scenario) -> None:
    world.fact("OrderIntended", "s-6", order=intent_of(6, price="100", reserved="20"))


def drop_fill(world: Scenario, trade_id: int) -> None:
    world.tables["fills"] = [row for row in world.tables["fills"] if row["trade_id"] != trade_id]


@corrupts("I09 I03 I04 I10 I17 I21")
def a_fill_is_deleted(world: Scenario) -> None:
    drop_fill(world, 3)


@corrupts("I09 I21")
def the_maker_flag_of_a_fill_is_wrong(world: Scenario) -> None:
    world.row("fills", trade_id=3)["maker"] = 0


@corrupts("I09 I03 I04 I10 I17 I20 I21")
def a_fill_is_invented(world: Scenario) -> None:
    world.tables["fills"].append({**world.row("fills", trade_id=3), "trade_id": 77})


@corrupts("I10 I21")
def the_executed_quantity_is_not_the_sum_of_the_fills(world: Scenario) -> None:
    world.row("orders", client_order_id="gabcdef-1")["executed"] = "0.5"


@corrupts("I10")
def the_venue_says_another_executed_quantity_than_it_traded(world: Scenario) -> None:
    world.ledger_line("closed", client_order_id="gabcdef-1")["executed"] = "0.5"


@corrupts("I10 I21")
def the_state_is_not_what_the_venue_says(world: Scenario) -> None:
    world.row("orders", client_order_id="gabcdef-3")["state"] = "EXPIRED"


# I11, I12: the state machine


@corrupts("I11")
def a_terminal_state_is_left(world: Scenario) -> None:
    world.change(5, "OPEN")
    world.change(5, "REJECTED")


@corrupts("I11")
def executed_goes_back(world: Scenario) -> None:
    world.change(2, "PARTIALLY_FILLED", executed="0.04")
    world.change(2, "PARTIALLY_FILLED", executed="0.05")


@corrupts("I11")
def a_change_starts_from_a_state_that_was_not_there(world: Scenario) -> None:
    world.event("OrderChanged", client_order_id="gabcdef-1", after="FILLED")["payload"]["before"] = "OPEN"


@corrupts("I11")
def the_engine_state_jumps(world: Scenario) -> None:
    world.event("EngineStateChanged", 1)["payload"]["before"] = "PAUSED"


@corrupts("I12")
def an_order_is_left_unknown(world: Scenario) -> None:
    world.change(2, "PARTIALLY_FILLED", knowledge="UNKNOWN")


@corrupts("I12")
def a_cancel_is_left_pending(world: Scenario) -> None:
    world.change(2, "PARTIALLY_FILLED", pending="CANCEL")


# I13: filters


def refused(world: Scenario, **terms: str) -> None:
    """A request that the venue refused, with its intent, so that only the filter is at fault."""
    asked = {"quantity": "0.1", "price": "100", **terms}
    world.signal(40)
    world.intend(40, **asked, reserved="0")
    world.request(ACCOUNT, "gabcdef-40", outcome="rejected", symbol="BTCUSDT", side="BUY", order_type="LIMIT", time_in_force="GTC", **asked)
    world.change(40, "REJECTED", pending="NONE")
    ask_for(world, 40)


@corrupts("I13")
def a_refused_request_was_off_tick(world: Scenario) -> None:
    refused(world, price="100.001")


@corrupts("I13")
def a_refused_request_was_off_step(world: Scenario) -> None:
    refused(world, quantity="0.100001")


@corrupts("I13")
def a_refused_request_was_below_the_least_notional(world: Scenario) -> None:
    refused(world, quantity="0.01")


@corrupts("I13")
def a_refused_request_was_above_the_largest_quantity(world: Scenario) -> None:
    refused(world, quantity="9001", price="1")


@corrupts("I13")
def a_refused_request_was_above_the_price_band(world: Scenario) -> None:
    refused(world, price="1000000.01")


@corrupts("I13")
def a_request_was_no_number(world: Scenario) -> None:
    refused(world)
    world.ledger_line("request", client_order_id="gabcdef-40")["quantity"] = "much"


# I14, I15: the history of the tests


@corrupts("I14")
def an_acknowledged_signal_is_nowhere(world: Scenario) -> None:
    say(world, "ok", "signal", signal_id="s-lost", client_order_id="gabcdef-77")


@corrupts("I14")
def a_signal_was_acknowledged_before_it_was_durable(world: Scenario) -> None:
    assert world.history is not None
    acknowledged = next(record for record in world.history if record["op"] == "ok" and record["id"] == "h1")
    acknowledged["mono_ns"] = world.event("OrderIntended")["mono_ns"]


@corrupts("I14")
def an_acknowledged_cancel_left_no_trace(world: Scenario) -> None:
    say(world, "ok", "cancel", client_order_id="gabcdef-2")


@corrupts("I14")
def an_acknowledged_pause_left_no_trace(world: Scenario) -> None:
    say(world, "ok", "pause")


@corrupts("I15")
def a_refused_signal_became_an_order(world: Scenario) -> None:
    assert world.history is not None
    for record in world.history:
        if record["id"] == "h6" and record["op"] == "ok":
            record["op"] = "fail"


@corrupts("I15")
def nobody_asked_for_an_order(world: Scenario) -> None:
    assert world.history is not None
    world.history = [record for record in world.history if record["id"] != "h2"]


@corrupts("I15 I20")
def a_stop_order_without_a_fired_stop(world: Scenario) -> None:
    order = world.row("orders", client_order_id="gabcdef-4")
    order["purpose"] = world.event("OrderIntended", 3)["payload"]["order"]["purpose"] = "STOP"


# I16: write-ahead


@corrupts("I16")
def the_intent_is_later_than_the_receipt(world: Scenario) -> None:
    world.commits = []  # the process did not live to say when it committed
    world.ledger_line("request", client_order_id="gabcdef-4")["received_ns"] = world.event("OrderIntended", 3)["mono_ns"]


@corrupts("I16")
def the_commit_is_later_than_the_receipt(world: Scenario) -> None:
    request = world.ledger_line("request", client_order_id="gabcdef-4")
    request["received_ns"] = world.event("OrderIntended", 3)["mono_ns"] + 1


@corrupts("I16 I07 I02")
def an_order_left_without_an_intent(world: Scenario) -> None:
    foreign_order(world)
    world.ledger[-2]["via"] = "ws-api"


@corrupts("I16")
def a_cancel_left_before_it_was_durable(world: Scenario) -> None:
    world.ledger_line("request", action="cancel")["received_ns"] = world.event(
        "OrderChanged", client_order_id="gabcdef-3", pending="CANCEL"
    )["mono_ns"]


# I17, I18: the store


@corrupts("I17 I20 I21")
def a_balance_row_without_its_fact(world: Scenario) -> None:
    world.tables["balances"].append(
        {"venue": "binance", "asset": "BNB", "opening": "0", "total": "0", "free": "0", "locked": "0", "target": "0"}
    )


@corrupts("I17 I14 I21")
def an_order_row_is_missing(world: Scenario) -> None:
    world.tables["orders"] = [row for row in world.tables["orders"] if row["client_order_id"] != "gabcdef-5"]


@corrupts("I18")
def the_journal_mode_is_not_wal(world: Scenario) -> None:
    world.journal_mode = "delete"


@corrupts("I18")
def events_may_be_deleted(world: Scenario) -> None:
    world.guards = world.guards.replace("BEFORE DELETE", "AFTER DELETE")


@corrupts("I18 I09 I10 I17 I21")
def a_foreign_key_is_broken(world: Scenario) -> None:
    world.row("fills", trade_id=3)["client_order_id"] = "gabcdef-404"


# I20 to I22: the trail


@corrupts("I20 I21")
def a_strategy_changes_without_a_fact(world: Scenario) -> None:
    world.tables["strategies"].append({"name": "momentum", "state": "RUNNING"})


@corrupts("I20")
def a_signal_was_never_decided(world: Scenario) -> None:
    world.signal(50)


@corrupts("I20")
def a_denial_of_nothing(world: Scenario) -> None:
    world.fact("RiskDenied", "s-51", signal_id="s-51", rule="R8", code="GENESIS-5701", limit="", value="", message="")


@corrupts("I20")
def a_fill_carries_another_correlation_id(world: Scenario) -> None:
    world.event("OrderFilled", 2)["correlation_id"] = "s-1"


@corrupts("I20")
def a_process_started_without_saying_so(world: Scenario) -> None:
    world.epoch = 2
    world.fact("EngineStateChanged", before="RUNNING", after="RUNNING", reason="")
    world.tables["meta"][1]["value"] = "2"


@corrupts("I20")
def something_happened_after_the_engine_stopped(world: Scenario) -> None:
    world.fact("EngineStopped", digest="d", clean=True)
    world.fact("ConditionChanged", name="x", state="UP", detail="")


@corrupts("I20 I21")
def a_payload_is_not_json(world: Scenario) -> None:
    world.event("StopArmed")["payload"] = "{"


@corrupts("I21")
def the_stop_of_a_position_is_not_the_armed_one(world: Scenario) -> None:
    world.row("positions", symbol="BTCUSDT")["stop_price"] = "99.26"


@corrupts("I21")
def the_state_of_a_position_is_wrong(world: Scenario) -> None:
    world.row("positions", symbol="BTCUSDT")["state"] = "CLOSING"


@corrupts("I21")
def the_result_of_a_multi_leg_trade_is_wrong(world: Scenario) -> None:
    world.tables["multi_leg_trades"][0]["pnl"] = "9.9"


@corrupts("I21")
def an_unknown_kind_of_fact(world: Scenario) -> None:
    world.fact("PositionTeleported")


@corrupts("I22")
def time_goes_back(world: Scenario) -> None:
    world.events[-1]["mono_ns"] = world.events[-2]["mono_ns"] - 1


@corrupts("I22")
def a_commit_is_older_than_its_fact(world: Scenario) -> None:
    world.commits[0]["committed_ns"] = 1


@corrupts("I22 I20")
def an_older_process_writes_again(world: Scenario) -> None:
    world.events[0]["epoch"] = 2


def first_hash(world: Scenario) -> str:
    event = {**world.events[0], "payload": json.dumps(world.events[0]["payload"], separators=(",", ":"))}
    return chain_hash(event, "0" * 64)


def ask_for(world: Scenario, number: int) -> None:
    """A test asked for this order and was told that it exists."""
    say(world, "ok", "signal", signal_id=f"s-{number}", client_order_id=f"gabcdef-{number}")


def say(world: Scenario, op: str, action: str, **values: str) -> None:
    assert world.history is not None
    world.history.append({"op": op, "id": "h99", "action": action, "mono_ns": world.tick(), **values})


@pytest.mark.parametrize(("violated", "corruption"), [pytest.param(case[0], case[2], id=case[1]) for case in CASES])
def test_the_corruption_is_caught(tmp_path: Path, violated: str, corruption: Corruption) -> None:
    world = with_history(consistent_world())
    corruption(world)
    outcome = world.write(tmp_path).audit()
    assert outcome.violated == set(violated.split()), {name: outcome.said(name) for name in outcome.violated}
    assert outcome.code == 1
    first = outcome.report["invariants"][violated.split(maxsplit=1)[0]]
    assert all(set(violation) == {"what", "expected", "got", "where"} for violation in first["violations"])


def test_every_invariant_has_a_corruption() -> None:
    covered = {case[0].split(maxsplit=1)[0] for case in CASES}
    tampered = {"I19"}  # test_audit_tampering.py
    assert covered | tampered == set(INVARIANTS)

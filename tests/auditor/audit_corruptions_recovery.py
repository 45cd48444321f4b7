"""Corruptions of how a process ends and how the next one begins: I31 and I32."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.auditor.audit_corruptions import corrupts, told_world
from tests.auditor.audit_kit import ACCOUNT
from tests.auditor.audit_scenario import Scenario, begun, filled_while_down, forgetful, read, restarted, stopped


def stopped_and_restarted() -> Scenario:
    return restarted(stopped(told_world()), previous="clean")


def forgetful_and_stopped() -> Scenario:
    return restarted(stopped(forgetful(told_world(), 1)), previous="clean")


def killed_and_restarted() -> Scenario:
    return filled_while_down(told_world())


# I31: snapshots


def in_snapshot(world: Scenario, change: Callable[[dict[str, Any]], object]) -> None:
    (row,) = world.tables["snapshots"]
    document = json.loads(row["document"])
    change(document)
    row["document"] = json.dumps(document)


@corrupts("I31", says="total in a snapshot", of=stopped_and_restarted)
def one_bit_of_a_balance_is_flipped_in_a_snapshot(world: Scenario) -> None:
    """1 is 0x31, 3 is 0x33."""
    in_snapshot(world, lambda document: document["balances"][1].update(total="3.24935"))


@corrupts("I31", says="row of orders in a snapshot", of=stopped_and_restarted)
def an_order_is_missing_in_a_snapshot(world: Scenario) -> None:
    in_snapshot(world, lambda document: document["orders"].pop(0))


@corrupts("I31", says="row of orders in a snapshot: expected none, got a row", of=forgetful_and_stopped)
def a_forgotten_order_comes_back_in_a_snapshot(world: Scenario) -> None:
    row = world.row("orders", client_order_id="gabcdef-1")
    in_snapshot(world, lambda document: document["orders"].append({key: value for key, value in row.items() if key != "epoch"}))


@corrupts("I21", says="order gabcdef-2 was forgotten in state PARTIALLY_FILLED")
def an_open_order_is_forgotten(world: Scenario) -> None:
    forgetful(world, 2)


@corrupts("I21 I17", says="was booked twice", of=forgetful_and_stopped)
def a_fill_of_a_forgotten_order_is_booked_again(world: Scenario) -> None:
    event = next(event for event in world.events if event["kind"] == "OrderFilled")
    world.fact("OrderFilled", event["correlation_id"], **event["payload"])


@corrupts("I31", says="row of fills in a snapshot", of=stopped_and_restarted)
def a_fill_is_missing_in_a_snapshot(world: Scenario) -> None:
    in_snapshot(world, lambda document: document["fills"].pop(2))


@corrupts("I31", says="row of fills in a snapshot: expected none, got a row", of=stopped_and_restarted)
def a_fill_is_invented_in_a_snapshot(world: Scenario) -> None:
    in_snapshot(world, lambda document: document["fills"].append({**document["fills"][0], "trade_id": 88}))


@corrupts("I31", says="quantity in a snapshot: expected 0.34935", of=stopped_and_restarted)
def a_position_is_another_one_in_a_snapshot(world: Scenario) -> None:
    in_snapshot(world, lambda document: document["positions"][0].update(quantity="0.34936"))


@corrupts("I31", says="pnl in a snapshot", of=stopped_and_restarted)
def a_result_is_another_one_in_a_snapshot(world: Scenario) -> None:
    in_snapshot(world, lambda document: document["multi_legs"][0].update(pnl="1"))


KILLED = {"kind": "KILL_SWITCH", "until_ms": 0}


def stopped_under_a_kill_switch() -> Scenario:
    world = told_world()
    world.fact("HaltBegan", "KILL_SWITCH", halt=KILLED)
    world = stopped(world)
    in_snapshot(world, lambda document: document.update(halts={"KILL_SWITCH": KILLED}))
    return restarted(world, previous="clean")


@corrupts("I31", says="halts in a snapshot", of=stopped_under_a_kill_switch)
def a_snapshot_forgets_a_halt(world: Scenario) -> None:
    """Whoever starts on it trades although the kill switch is pressed."""
    in_snapshot(world, lambda document: document.update(halts={}))


@corrupts("I31", says="operator_mode in a snapshot", of=stopped_and_restarted)
def a_snapshot_forgets_a_pause(world: Scenario) -> None:
    in_snapshot(world, lambda document: document.update(operator_mode="PAUSE"))


@corrupts("I31", says="next_order_number in a snapshot", of=stopped_and_restarted)
def a_snapshot_would_mint_an_id_again(world: Scenario) -> None:
    in_snapshot(world, lambda document: document.update(next_order_number=3))


@corrupts("I31", says="reached of the day in a snapshot", of=stopped_and_restarted)
def a_snapshot_forgets_how_far_the_loss_of_the_day_has_gone(world: Scenario) -> None:
    in_snapshot(world, lambda document: document["day"].update(reached=["WARN"]))


@corrupts("I31", says="digest of the snapshot of a stop", of=stopped_and_restarted)
def a_stop_names_another_digest_than_its_snapshot(world: Scenario) -> None:
    world.event("EngineStopped")["payload"]["digest"] = "another"


@corrupts("I31 I06", says="document of a snapshot", of=stopped_and_restarted)
def a_snapshot_is_cut_off(world: Scenario) -> None:
    (row,) = world.tables["snapshots"]
    row["document"] = row["document"][:-1]


# I31: recoveries


@corrupts("I31", says="trade 6 of BTCUSDT that a recovery booked", of=killed_and_restarted)
def a_recovery_books_a_fill_that_had_not_happened(world: Scenario) -> None:
    world.ledger_line("trade", trade_id=6)["mono"] = world.tick()


@corrupts("I31", says="executed of gabcdef-2 after a recovery: expected at most 0.05, got 0.1", of=killed_and_restarted)
def a_recovery_believes_in_more_than_the_venue_had_traded(world: Scenario) -> None:
    world.ledger_line("trade", trade_id=6)["mono"] = world.tick()


def cancelled_while_down() -> Scenario:
    """Somebody cancels the bid at the venue while no process runs; the next one learns of it."""
    world = told_world()
    world.closed(ACCOUNT, 11, "gabcdef-2", "BTCUSDT", "CANCELED", "0.05", "5", ("USDT", "15"))
    begun(world, "recovered")
    world.change(2, "CANCELLED", source="reconcile", reserved="0")
    world.row("balances", asset="USDT").update(free="983.651599", locked="0")
    read(world, "repaired")
    return world


@corrupts("I31", says="end of gabcdef-2 that a recovery booked", of=cancelled_while_down)
def a_recovery_ends_an_order_that_the_venue_had_not_closed(world: Scenario) -> None:
    world.ledger_line("closed", client_order_id="gabcdef-2")["mono"] = world.tick()


def transferred_while_down() -> Scenario:
    """A deposit of 1 BNB, whose balance the next process opens and books."""
    world = told_world()
    world.deposit(ACCOUNT, "BNB", "1")
    from_nothing = {"venue": "binance", "asset": "BNB"}
    world.epoch += 1
    world.fact("EngineStarted", epoch=2, version="1", config_digest="d", test_hooks=False, previous="recovered")
    world.fact("BalanceOpened", **from_nothing, amount="0", target="0")
    world.fact("BalanceTransferred", **from_nothing, amount="1", to_target=False)
    world.tables["balances"].append({**from_nothing, "opening": "0", "total": "1", "free": "1", "locked": "0", "target": "0"})
    world.row("meta", key="epoch")["value"] = "2"
    world.commit()
    return world


@corrupts("I31", says="transfer of BNB that a recovery booked", of=transferred_while_down)
def a_recovery_books_a_transfer_that_had_not_happened(world: Scenario) -> None:
    world.ledger_line("transfer", asset="BNB")["mono"] = world.tick()


# I32: the end


def at_a_stop(world: Scenario, **terms: Any) -> None:
    """The last word on the bid before the stop is another one; the venue's stays."""
    world.event("OrderChanged", client_order_id="gabcdef-2", after="CANCELLED")["payload"].update(terms)


@corrupts("I32 I21 I31", says="order gabcdef-2 at a clean stop", of=stopped_and_restarted)
def a_stop_is_called_clean_with_a_cancel_under_way(world: Scenario) -> None:
    at_a_stop(world, after="PARTIALLY_FILLED", pending="CANCEL")


@corrupts("I32 I11 I21 I31", says="trade t-1 at a clean stop", of=stopped_and_restarted)
def a_stop_is_called_clean_between_two_legs(world: Scenario) -> None:
    world.event("MultiLegChanged", after="CLOSED")["payload"].update(after="LEGGING")


@corrupts("I32 I21 I31", says="expected cancelled, as others were", of=stopped_and_restarted)
def a_stop_cancels_one_order_and_leaves_another(world: Scenario) -> None:
    world.event("OrderChanged", client_order_id="gabcdef-6", after="NOT_SENT")["payload"].update(after="OPEN")


@corrupts("I32 I21 I31", says="expected one that rests by the policy, got LIMIT at", of=stopped_and_restarted)
def a_stop_leaves_an_order_that_does_not_rest(world: Scenario) -> None:
    """Where the policy leaves resting orders, the shutdown cancels none."""
    world.event("OrderChanged", source="operator")["payload"].update(source="send")
    world.event("OrderChanged", client_order_id="gabcdef-6", after="NOT_SENT")["payload"].update(after="OPEN")


@corrupts("I32", says="cancel of gabcdef-2 after a clean stop", of=stopped_and_restarted)
def a_request_leaves_after_a_clean_stop(world: Scenario) -> None:
    stop = world.event("EngineStopped")
    world.ledger_line("request", action="cancel", client_order_id="gabcdef-2")["received_ns"] = stop["mono_ns"] + 1


@corrupts("I32", says="anchor of a clean stop", of=stopped_and_restarted)
def a_clean_stop_was_not_anchored(world: Scenario) -> None:
    del world.anchor_reasons[world.event("EngineStopped")["seq"]]


@corrupts("I32", says="exit code 0: expected an EngineStopped that says clean", of=stopped_and_restarted)
def a_process_leaves_with_code_0_and_is_not_clean(world: Scenario) -> None:
    world.event("EngineStopped")["payload"]["clean"] = False
    world.event("EngineStarted", 1)["payload"]["previous"] = "recovered"


@corrupts("I32", says="how the process before ended: expected clean, got recovered", of=stopped_and_restarted)
def a_start_after_a_clean_stop_says_recovered(world: Scenario) -> None:
    world.event("EngineStarted", 1)["payload"]["previous"] = "recovered"


@corrupts("I32", says="how the process before ended: expected recovered, got clean", of=killed_and_restarted)
def a_start_after_a_kill_says_clean(world: Scenario) -> None:
    world.event("EngineStarted", 1)["payload"]["previous"] = "clean"


@corrupts("I32", says="how the process before ended: expected first, got recovered", of=told_world)
def a_first_start_says_that_there_was_one_before(world: Scenario) -> None:
    world.event("EngineStarted")["payload"]["previous"] = "recovered"

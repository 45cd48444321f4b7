"""Corruptions of orders, fills and what the tests were told: I07 to I15."""

from __future__ import annotations

from tests.auditor.audit_corruptions import ask_for, corrupts, foreign_order, say
from tests.auditor.audit_kit import ACCOUNT
from tests.auditor.audit_scenario import Scenario, intent_of

# I07 to I10: orders and fills on both sides


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


@corrupts("I13 I16")
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


# I16: what the venue received


@corrupts("I16", says="price of the request for gabcdef-5 = as intended: expected 105, got 106")
def a_request_that_was_refused_had_another_price_than_was_intended(world: Scenario) -> None:
    world.ledger_line("request", client_order_id="gabcdef-5")["price"] = "106"


@corrupts("I16", says="side of the request for gabcdef-5")
def a_request_was_for_the_other_side(world: Scenario) -> None:
    world.ledger_line("request", client_order_id="gabcdef-5")["side"] = "SELL"


@corrupts("I16", says="order gabcdef-4 at the venue: expected a request for it in the ledger, got none")
def an_order_is_at_the_venue_that_nobody_asked_for_there(world: Scenario) -> None:
    world.ledger_line("request", client_order_id="gabcdef-4")["account"] = "somebody"

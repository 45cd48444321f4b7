"""Corruptions of the store and of the trail: I16 to I22, I25 (I19 is tampered with in test_audit_tampering.py)."""

from __future__ import annotations

from tests.auditor.audit_corruptions import corrupts, foreign_order
from tests.auditor.audit_scenario import Scenario

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


@corrupts("I04 I21")
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


# I25: data that cannot be trusted


@corrupts("I25")
def the_book_was_never_whole(world: Scenario) -> None:
    world.event("ConditionChanged", name="binance/BTCUSDT/book")["payload"]["state"] = "DOWN"


@corrupts("I25")
def another_symbols_book_was_whole(world: Scenario) -> None:
    world.event("ConditionChanged", name="binance/ETHUSDT/book")["payload"]["name"] = "binance/BNBUSDT/book"


@corrupts("I25")
def the_market_channel_was_down(world: Scenario) -> None:
    world.event("ConditionChanged", name="binance/market")["payload"]["state"] = "DOWN"


@corrupts("I25")
def the_orders_channel_was_down(world: Scenario) -> None:
    world.event("ConditionChanged", name="binance/orders")["payload"]["state"] = "DOWN"


@corrupts("I25")
def the_venue_and_the_engine_differed(world: Scenario) -> None:
    world.event("Reconciled")["payload"]["result"] = "blocked"


@corrupts("I25")
def another_venue_was_read(world: Scenario) -> None:
    world.event("Reconciled")["payload"]["venue"] = "second"


@corrupts("I25")
def the_orders_channel_came_up_after_the_reading(world: Scenario) -> None:
    """It was down in between, and what happened meanwhile nobody knows."""
    reading, orders = world.event("Reconciled"), world.event("ConditionChanged", name="binance/orders")
    reading["kind"], orders["kind"] = orders["kind"], reading["kind"]
    reading["payload"], orders["payload"] = orders["payload"], reading["payload"]


@corrupts("I25")
def a_signal_was_decided_without_a_book(world: Scenario) -> None:
    world.event("SignalReceived")["payload"]["top"] = None

"""The finer checks inside the invariants: each says its own sentence about its own corruption."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.auditor.audit_scenario import Scenario, consistent_world, intent_of, with_history

Corruption = Callable[[Scenario], Any]
CASES: list[tuple[str, str, Corruption]] = []


def says(invariant: str, sentence: str) -> Callable[[Corruption], Corruption]:
    """Register a corruption with the invariant it violates and a part of what the report then says."""

    def register(corruption: Corruption) -> Corruption:
        CASES.append((invariant, sentence, corruption))
        return corruption

    return register


# money


@says("I01", "quote of the trade")
def quote_is_not_price_times_quantity(world: Scenario) -> None:
    world.ledger_line("trade", 2)["price"] = "101"


@says("I01", "fee asset of the maker")
def fee_is_paid_in_another_asset(world: Scenario) -> None:
    world.ledger_line("trade", 2)["maker"]["fee_asset"] = "USDT"


@says("I03", "rules of BTCUSDT")
@says("I04", "rules of BTCUSDT")
def nobody_says_what_a_symbol_is_made_of(world: Scenario) -> None:
    del world.event("RulesLoaded")["payload"]["rules"][0]


@says("I03", "balance of BTC")
@says("I17", "balance of the fill")
def balance_of_a_traded_asset_is_missing(world: Scenario) -> None:
    world.tables["balances"] = [row for row in world.tables["balances"] if row["asset"] != "BTC"]


@says("I05", "reserved asset")
def wrong_asset_is_reserved(world: Scenario) -> None:
    world.row("orders", client_order_id="gabcdef-2")["reserved_asset"] = "BTC"


def open_order(world: Scenario, **terms: Any) -> None:
    """An order that is under way, as a killed engine may leave it."""
    world.signal(30)
    world.intend(30, **terms)


@says("I05", "reservation of a SELL = remaining")
def sell_reserves_too_little(world: Scenario) -> None:
    open_order(world, side="SELL", price="110", reserved_asset="BTC", reserved="0.1")


@says("I05", "reservation of an order that is held back")
def held_order_reserves_something(world: Scenario) -> None:
    open_order(world, side="SELL", price="110", reserved_asset="BTC", reserved="0.1", pending="HOLD")


@says("I05", "reservation of a MARKET BUY")
def market_buy_reserves_less_than_nothing(world: Scenario) -> None:
    open_order(world, order_type="MARKET", reserved="-1")


@says("I04", "quantity that leaves as dust")
def another_quantity_leaves_as_dust(world: Scenario) -> None:
    world.event("TargetAdjusted", reason="dust")["payload"]["quantity"] = "0.0001"


@says("I04", "move of the inventory target")
def target_moves_by_another_amount(world: Scenario) -> None:
    world.event("TargetAdjusted", reason="dust")["payload"]["amount"] = "0.0001"


# texts


@says("I06", "stored value")
def whole_number_is_stored_as_real(world: Scenario) -> None:
    world.create["positions"] = world.create["positions"].replace("opened_ms INTEGER", "opened_ms REAL")


@says("I06", "posted amount")
def posting_has_trailing_zeros(world: Scenario) -> None:
    world.ledger_line("transfer")["postings"][0][3] = "-100000.0"


@says("I06", "stored document")
def snapshot_is_no_json(world: Scenario) -> None:
    world.tables["snapshots"] = [{"seq": 1, "hash": "", "digest": "", "wall_ms": 1, "document": "{"}]


# orders


@says("I07", "time in force of the order")
def time_in_force_differs(world: Scenario) -> None:
    world.row("orders", client_order_id="gabcdef-2")["time_in_force"] = "IOC"


@says("I07", "venue's order id")
def venue_order_id_differs(world: Scenario) -> None:
    world.row("orders", client_order_id="gabcdef-2")["venue_order_id"] = 12


@says("I09", "trade 3 of BTCUSDT")
def venue_books_a_trade_twice(world: Scenario) -> None:
    world.ledger.append({**world.ledger_line("trade", 2), "seq": len(world.ledger) + 1})


@says("I09", "venue_time_ms of the fill")
def time_of_a_fill_differs(world: Scenario) -> None:
    world.row("fills", trade_id=3)["venue_time_ms"] = 1


@says("I10", "at most 0.5")
def engine_executed_more_than_it_ordered(world: Scenario) -> None:
    world.row("orders", client_order_id="gabcdef-1")["quantity"] = "0.5"


@says("I10", "executed of gabcdef-1")
def venue_executed_more_than_was_ordered(world: Scenario) -> None:
    world.ledger_line("order", client_order_id="gabcdef-1")["quantity"] = "0.5"


@says("I10", "executed of the filled gabcdef-1")
def venue_calls_a_part_filled(world: Scenario) -> None:
    world.ledger_line("order", client_order_id="gabcdef-1")["quantity"] = "0.7"


@says("I10", "cum_quote of gabcdef-1 = sum of its trades")
def venue_says_another_quote(world: Scenario) -> None:
    world.ledger_line("closed", client_order_id="gabcdef-1")["cum_quote"] = "60"


@says("I12", "neither PENDING nor SUBMITTED")
def order_is_left_submitted(world: Scenario) -> None:
    world.row("orders", client_order_id="gabcdef-6")["state"] = "SUBMITTED"


# state machine


@says("I11", "state of an intent")
def order_is_born_open(world: Scenario) -> None:
    world.fact("OrderIntended", order=intent_of(31, state="OPEN"))


@says("I11", "pending action of an intent")
def order_is_born_without_a_request(world: Scenario) -> None:
    world.fact("OrderIntended", order=intent_of(31, pending="NONE"))


@says("I11", "executed of an intent")
def order_is_born_executed(world: Scenario) -> None:
    world.fact("OrderIntended", order=intent_of(31, executed="0.1"))


@says("I11", "an OrderIntended before it")
def order_changes_that_was_never_born(world: Scenario) -> None:
    world.event("OrderChanged")["payload"]["client_order_id"] = "gabcdef-99"


@says("I11", "pending action")
def pending_action_is_unheard_of(world: Scenario) -> None:
    world.event("OrderChanged")["payload"]["pending"] = "MAYBE"


@says("I11", "knowledge")
def knowledge_is_unheard_of(world: Scenario) -> None:
    world.event("OrderChanged")["payload"]["knowledge"] = "GUESSED"


@says("I11", "cum_quote")
def quote_goes_back(world: Scenario) -> None:
    world.change(2, "PARTIALLY_FILLED", cum_quote="4")


@says("I11", "executed of a FILLED order")
def filled_order_lacks_a_part(world: Scenario) -> None:
    world.event("OrderChanged", after="FILLED")["payload"]["executed"] = "0.5"


@says("I11", "executed of a PARTIALLY_FILLED order")
def partly_filled_order_is_whole(world: Scenario) -> None:
    world.change(2, "PARTIALLY_FILLED", executed="0.2")


@says("I11", "executed of a OPEN order")
def open_order_has_executed(world: Scenario) -> None:
    world.event("OrderChanged", after="OPEN")["payload"]["executed"] = "0.01"


# filters


@says("I13", "symbol of the request")
def symbol_is_not_traded(world: Scenario) -> None:
    world.ledger_line("request", client_order_id="gabcdef-5")["symbol"] = "DOGEUSDT"


@says("I13", "at least 0.01")
def price_is_below_the_band(world: Scenario) -> None:
    world.ledger_line("request", client_order_id="gabcdef-5")["price"] = "0"


# history


def acknowledged(world: Scenario, **values: str) -> None:
    assert world.history is not None
    world.history.append({"op": "ok", "id": "h99", "mono_ns": world.tick(), **values})


@says("I14", "signal_id and client_order_id in the history")
def history_does_not_say_what_was_acknowledged(world: Scenario) -> None:
    acknowledged(world, action="signal", signal_id="s-1")


@says("I14", "correlation id of gabcdef-2")
def acknowledged_order_is_of_another_signal(world: Scenario) -> None:
    acknowledged(world, action="signal", signal_id="s-1", client_order_id="gabcdef-2")


@says("I14", "acknowledged cancel")
def order_of_an_acknowledged_cancel_is_missing(world: Scenario) -> None:
    acknowledged(world, action="cancel", client_order_id="gabcdef-404")


# store and trail


@says("I20", "SignalReceived facts of s-1")
def signal_is_received_twice(world: Scenario) -> None:
    world.signal(1)


@says("I22", "sequence number")
def sequence_number_is_used_twice(world: Scenario) -> None:
    world.create["events"] = world.create["events"].replace("PRIMARY KEY (seq)", "CHECK (1)")
    world.events[-1]["seq"] -= 1


@says("I22", "an event that it ends with")
def commit_of_nothing(world: Scenario) -> None:
    world.commits.append({"last_seq": 999, "committed_ns": world.tick()})


@says("I22", "committed_ns")
def commits_are_out_of_order(world: Scenario) -> None:
    world.commits[0]["committed_ns"] = world.tick()


@pytest.mark.parametrize(
    ("invariant", "sentence", "corruption"), [pytest.param(*case, id=f"{case[0]}-{case[2].__name__}") for case in CASES]
)
def test_the_check_speaks(tmp_path: Path, invariant: str, sentence: str, corruption: Corruption) -> None:
    world = with_history(consistent_world())
    corruption(world)
    outcome = world.write(tmp_path).audit()
    assert outcome.code == 1
    assert sentence in outcome.said(invariant)


def test_a_killed_engine_may_not_have_executed_more_than_the_venue(tmp_path: Path) -> None:
    world = consistent_world()
    world.row("orders", client_order_id="gabcdef-2")["executed"] = "0.1"
    assert "executed in the engine" in world.write(tmp_path).audit(engine="dead").said("I10")


@pytest.mark.parametrize("engine", ["quiesced", "dead"])
def test_an_index_that_does_not_fit_its_table_is_seen(tmp_path: Path, engine: str) -> None:
    files = consistent_world().write(tmp_path)
    files.sql("CREATE INDEX by_maker ON fills (maker); PRAGMA writable_schema = ON;")
    files.sql("PRAGMA writable_schema = ON; UPDATE sqlite_master SET sql = 'CREATE INDEX by_maker ON fills (fee)' WHERE name = 'by_maker';")
    assert "integrity_check" in files.audit(engine=engine).said("I18")

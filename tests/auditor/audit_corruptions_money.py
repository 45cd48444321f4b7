"""Corruptions of money and of its texts: I01 to I06."""

from __future__ import annotations

from tests.auditor.audit_corruptions import corrupts, first_hash
from tests.auditor.audit_kit import ACCOUNT, create_table
from tests.auditor.audit_scenario import Scenario

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


@corrupts("I01", says="bucket of a posting")
def money_lies_where_nobody_looks(world: Scenario) -> None:
    """The fees of a trade."""
    world.ledger_line("trade", 2)["postings"][2][2] = "hidden"


@corrupts("I01", says="posting of the account of a transfer")
def a_transfer_names_another_account_than_it_pays(world: Scenario) -> None:
    world.ledger_line("transfer", account="market")["account"] = "engine-2"


@corrupts("I01", says="kind of a line: expected one of the ledger, got refund")
def a_line_is_of_no_known_kind(world: Scenario) -> None:
    world.line("refund", account=ACCOUNT)


@corrupts("I01", says="side of the taker")
def a_trade_has_no_side(world: Scenario) -> None:
    world.ledger_line("trade", 2)["taker_side"] = "SALE"


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
    world.event("TargetAdjusted", reason="dust")["payload"]["cost"] = "0.09"


@corrupts("I04")
def the_profit_of_a_multi_leg_trade_is_not_that_of_its_fills(world: Scenario) -> None:
    for place in (world.event("MultiLegChanged", after="CLOSED")["payload"], world.tables["multi_leg_trades"][0]):
        place["pnl"] = "9.8901"  # what a trade would show that forgets its residual


@corrupts("I04")
def the_residual_of_a_multi_leg_trade_moves_the_target_by_another_amount(world: Scenario) -> None:
    world.event("TargetAdjusted", reason="multi-leg")["payload"]["amount"] = "-0.11"
    world.row("balances", asset="BTC")["target"] = "0.89"


@corrupts("I04")
def what_leaves_as_dust_could_have_been_sold(world: Scenario) -> None:
    eth = world.event("RulesLoaded")["payload"]["rules"][1]
    eth.update(step_size="0.00001", min_notional="0.01")


# I06: no float


@corrupts("I06 I34")
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


@corrupts("I06 I31")
def a_snapshot_holds_a_float(world: Scenario) -> None:
    world.tables["snapshots"] = [{"seq": 1, "hash": first_hash(world), "digest": "", "wall_ms": 1, "document": '{"equity": 1.5}'}]

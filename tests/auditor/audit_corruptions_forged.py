"""What somebody writes who knows how: facts are dropped, swapped, doubled, cut off, changed, and every hash behind them is computed anew.
The chain is whole then. It is the anchor file, the tests' own memory of what the engine told them, or the venue's ledger that knows better.
"""

from __future__ import annotations

from tests.auditor.audit_corruptions import corrupts, told_world
from tests.auditor.audit_kit import ACCOUNT
from tests.auditor.audit_scenario import Scenario, consistent_world


def quiet_end(world: Scenario) -> Scenario:
    """Something at the end whose loss nobody else would notice."""
    world.fact("ConditionChanged", name="binance/requests", state="FREE", detail="")
    world.commit()
    return world


def anchored() -> Scenario:
    """The anchor file has the head of the true chain."""
    world = quiet_end(told_world())
    head = world.chained()[-1]
    world.anchored = [{"seq": head["seq"], "hash": head["hash"], "wall_ms": 1, "reason": "snapshot"}]
    return world


def remembered() -> Scenario:
    """Whoever forges rewrites the anchor file too; but a test was told the head of the chain."""
    world = quiet_end(told_world())
    head = world.chained()[-1]
    assert world.history is not None
    told = {"journal_seq": head["seq"], "head_hash": head["hash"]}
    world.history.append({"op": "info", "id": "h60", "action": "quiesce", "mono_ns": world.now, **told})
    return world


def denied(world: Scenario) -> None:
    """A signal that was denied never was: both facts are gone, and what follows moves up."""
    world.events = [event for event in world.events if event["correlation_id"] != "s-7"]
    world.renumber()


def changed(world: Scenario) -> None:
    world.event("EngineStarted")["payload"]["version"] = "2"


def swapped(world: Scenario) -> None:
    first, second = world.event("ConditionChanged"), world.event("ConditionChanged", 1)
    first["payload"], second["payload"] = second["payload"], first["payload"]


def doubled(world: Scenario) -> None:
    twin = world.event("ConditionChanged")
    world.events.insert(world.events.index(twin), dict(twin))
    commits = {commit["last_seq"] for commit in world.commits}
    last = [event for event in world.events if event["seq"] in commits]
    for seq, event in enumerate(world.events, start=1):
        event["seq"] = seq
    for commit, event in zip(world.commits, last, strict=True):
        commit["last_seq"] = event["seq"]


def cut_off(world: Scenario) -> None:
    world.events.pop()
    world.commits.pop()


@corrupts("I19", says="anchored event: expected event", of=anchored)
def two_facts_are_dropped_from_an_anchored_chain(world: Scenario) -> None:
    denied(world)


@corrupts("I19", says="hash of event", of=anchored)
def a_fact_is_changed_in_an_anchored_chain(world: Scenario) -> None:
    changed(world)


@corrupts("I19", says="hash of event", of=anchored)
def two_facts_are_swapped_in_an_anchored_chain(world: Scenario) -> None:
    swapped(world)


@corrupts("I19", says="hash of event", of=anchored)
def a_fact_is_doubled_in_an_anchored_chain(world: Scenario) -> None:
    doubled(world)


@corrupts("I19", says="the chain ends at", of=anchored)
def an_anchored_chain_is_cut_off(world: Scenario) -> None:
    cut_off(world)


@corrupts("I19", says="at anchor line 1", of=anchored)
def an_anchor_is_moved_to_another_event(world: Scenario) -> None:
    world.anchored[0]["seq"] -= 1


@corrupts("I19", says="history line", of=remembered)
def two_facts_are_dropped_that_a_test_remembers(world: Scenario) -> None:
    denied(world)


@corrupts("I19", says="history line", of=remembered)
def a_fact_is_changed_that_a_test_remembers(world: Scenario) -> None:
    changed(world)


@corrupts("I19", says="history line", of=remembered)
def a_tail_is_cut_off_that_a_test_remembers(world: Scenario) -> None:
    cut_off(world)


# neither anchor nor history: the ledger


def unwitnessed() -> Scenario:
    return quiet_end(consistent_world())


def without_fill(world: Scenario) -> None:
    """The fill of 0.05 BTC at 100 never was, in no row and in no fact, and every number agrees with that."""
    world.tables["fills"] = [row for row in world.tables["fills"] if row["trade_id"] != 3]
    world.events = [event for event in world.events if event["payload"].get("fill", {}).get("trade_id") != 3]
    partly = world.event("OrderChanged", client_order_id="gabcdef-2", after="PARTIALLY_FILLED")
    world.events.remove(partly)
    world.renumber()
    world.commits = [commit for commit in world.commits if commit["last_seq"] <= len(world.events)]
    as_open = {"executed": "0", "cum_quote": "0", "reserved": "20"}
    world.row("orders", client_order_id="gabcdef-2").update(as_open, state="OPEN")
    # 0.5994 for 60.7, of which 0.3 are sold at 29.6703 net: cost 60.7 x 0.3 / 0.5994 = 30.38038038 (cut)
    world.row("positions", symbol="BTCUSDT").update(quantity="0.2994", cost="30.31961962", realised="-0.71008038")
    world.row("balances", asset="BTC").update(total="1.1994", free="1.1994")
    world.row("balances", asset="USDT").update(total="988.651599", free="968.651599", locked="20")


@corrupts("I09 I02 I10", says="fill 3 of BTCUSDT", of=unwitnessed)
def a_fill_is_deleted_everywhere(world: Scenario) -> None:
    """Row, fact, and all that follows from them."""
    without_fill(world)


@corrupts("I17 I09 I03 I04 I10 I21", says="OrderFilled fact", of=unwitnessed)
def a_fill_is_deleted_and_its_fact_is_not(world: Scenario) -> None:
    world.tables["fills"] = [row for row in world.tables["fills"] if row["trade_id"] != 3]


@corrupts("I20 I04 I17 I21 I37", says="row of fills", of=unwitnessed)
def the_fact_of_a_fill_is_deleted_and_its_row_is_not(world: Scenario) -> None:
    world.event("OrderFilled", 2)["kind"] = "ErrorRecorded"


@corrupts("I17 I21", says="number of OrderFilled facts", of=unwitnessed)
def a_fill_is_booked_twice(world: Scenario) -> None:
    world.fact("OrderFilled", "s-2", fill=world.event("OrderFilled", 2)["payload"]["fill"])


@corrupts("I02", says="total USDT", of=unwitnessed)
def one_bit_of_a_balance_is_flipped_from_its_beginning_on(world: Scenario) -> None:
    """983.651599 becomes 987.651599 (0x33 to 0x37): its opening says so too."""
    world.event("BalanceOpened", asset="USDT")["payload"]["amount"] = "1004"
    world.row("balances", asset="USDT").update(opening="1004", total="987.651599", free="972.651599")


# told so well that one invariant alone knows better


@corrupts("I09", says="venue_time_ms of the fill", of=unwitnessed)
def the_venue_traded_at_another_time(world: Scenario) -> None:
    world.ledger_line("trade", trade_id=3)["t"] += 1


@corrupts("I05", says="locked", of=unwitnessed)
def engine_and_venue_agree_on_a_lock_that_is_too_small(world: Scenario) -> None:
    """0.15 BTC at 100 need 15 USDT; both say 14."""
    trade = world.ledger_line("trade", trade_id=3)
    lock = next(posting for posting in trade["postings"] if posting[:3] == [ACCOUNT, "USDT", "locked"])
    lock[3] = "-6"
    trade["postings"].append([ACCOUNT, "USDT", "free", "1"])
    partly = world.event("OrderChanged", client_order_id="gabcdef-2", after="PARTIALLY_FILLED")
    partly["payload"]["reserved"] = world.row("orders", client_order_id="gabcdef-2")["reserved"] = "14"
    world.row("balances", asset="USDT").update(free="969.651599", locked="14")


@corrupts("I08", says="gabcdef-3", of=unwitnessed)
def an_order_is_accepted_twice_and_cancelled_twice(world: Scenario) -> None:
    terms = {"symbol": "BTCUSDT", "side": "BUY", "order_type": "LIMIT", "time_in_force": "GTC", "quantity": "0.3", "price": "98"}
    world.order(ACCOUNT, 51, "gabcdef-3", ("USDT", "29.4"), **terms)
    world.closed(ACCOUNT, 51, "gabcdef-3", "BTCUSDT", "CANCELED", "0", "0", ("USDT", "29.4"))


@corrupts("I17", says="number of BalanceOpened facts", of=unwitnessed)
def a_balance_is_opened_twice(world: Scenario) -> None:
    """Of nothing, before anything moved: the tables are the same. The state of a strategy gives its place."""
    began = world.event("StrategyChanged")
    began["kind"], began["payload"] = "BalanceOpened", dict(world.event("BalanceOpened", asset="ETH")["payload"])
    world.tables["strategies"] = []

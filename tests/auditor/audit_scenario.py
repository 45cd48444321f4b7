"""The consistent world that the tests corrupt. Every number is worked out by hand.

Fees 0.1 %. The engine buys 0.6 BTC at market (0.5 at 101, 0.1 at 102), a bid of 0.2 at 100 is filled by 0.05 and rests, a bid
at 98 is cancelled, 0.3 BTC are sold at 99, one order is refused by the venue, one is not sent, one signal is denied, a leg
of a multi-leg trade sells 0.1 BTC at 99, 10 USDT come in, and 0.01 ETH are bought and 0.0099 sold, which leaves dust.
"""

from __future__ import annotations

import json
from typing import Any

from tests.auditor.audit_kit import ACCOUNT, VENUE, PaperWorld, Row

BTC_RULES = {"tick_size": "0.01", "min_price": "0.01", "max_price": "1000000", "step_size": "0.00001", "min_qty": "0.00001"}
BTC_RULES |= {"max_qty": "9000", "min_notional": "5"}
ETH_RULES = {**BTC_RULES, "step_size": "0.0001", "min_qty": "0.0001"}
TOP = {
    "venue": VENUE,
    "symbol": "BTCUSDT",
    "bid": "99",
    "bid_quantity": "1",
    "ask": "101",
    "ask_quantity": "0.5",
    "update_id": 7,
    "received_ns": 5,
}


def intent_of(number: int, **terms: Any) -> Row:
    """The order of an OrderIntended payload; terms override."""
    return {
        "client_order_id": f"gabcdef-{number}",
        "venue": VENUE,
        "symbol": "BTCUSDT",
        "side": "BUY",
        "order_type": "LIMIT",
        "quantity": "0.2",
        "purpose": "ENTRY",
        "strategy": "external",
        "correlation_id": f"s-{number}",
        "created_ms": 100 + number,
        "updated_ms": 100 + number,
        "price": None,
        "stop_price": None,
        "time_in_force": None,
        "multi_leg_id": None,
        "leg": None,
        "state": "PENDING",
        "pending": "NEW",
        "knowledge": "KNOWN",
        "venue_order_id": None,
        "executed": "0",
        "cum_quote": "0",
        "reserved_asset": "USDT",
        "reserved": "0",
        "reason": "",
        **terms,
    }


class Scenario(PaperWorld):
    """Steps of the engine, each writing the facts; the final rows are written by `consistent_world` itself."""

    def signal(self, number: int, **terms: Any) -> None:
        signal = {
            "signal_id": f"s-{number}",
            "source": "external",
            "strategy": "external",
            "venue": VENUE,
            "symbol": "BTCUSDT",
            "side": "BUY",
        }
        signal |= {
            "order_type": "LIMIT",
            "quantity": "0.2",
            "confidence": "0.8",
            "purpose": "ENTRY",
            "price": None,
            "time_in_force": None,
            **terms,
        }
        self.fact("SignalReceived", f"s-{number}", signal=signal, top=TOP)

    def intend(self, number: int, **terms: Any) -> Row:
        """The intent, durable before anything leaves; the row follows the changes of the order."""
        order = intent_of(number, **terms)
        self.fact("OrderIntended", order["correlation_id"], order=order)
        self.tables["orders"].append({**order, "epoch": self.epoch})
        self.commit()
        return order

    def change(self, number: int, after: str, source: str = "stream", **terms: Any) -> Row:
        row = self.row("orders", client_order_id=f"gabcdef-{number}")
        now = {key: row[key] for key in ("pending", "knowledge", "venue_order_id", "executed", "cum_quote", "reserved", "reason")}
        now |= terms
        payload = {
            "client_order_id": row["client_order_id"],
            "before": row["state"],
            "after": after,
            **now,
            "source": source,
            "changed_ms": 500,
        }
        row.update(now, state=after, updated_ms=500, epoch=self.epoch)
        return self.fact("OrderChanged", row["correlation_id"], **payload)

    def fill(
        self, number: int, trade_id: int, symbol: str, side: str, price: str, quantity: str, quote: str, fee: str, maker: bool = False
    ) -> None:
        fee_asset = symbol.removesuffix("USDT") if side == "BUY" else "USDT"
        fill = {
            "venue": VENUE,
            "symbol": symbol,
            "trade_id": trade_id,
            "client_order_id": f"gabcdef-{number}",
            "side": side,
            "price": price,
        }
        fill |= {
            "quantity": quantity,
            "quote_quantity": quote,
            "fee": fee,
            "fee_asset": fee_asset,
            "maker": maker,
            "venue_time_ms": 400 + trade_id,
        }
        correlation = self.row("orders", client_order_id=f"gabcdef-{number}")["correlation_id"]
        self.fact("OrderFilled", correlation, fill=fill)
        self.tables["fills"].append({**fill, "maker": int(maker)})


def consistent_world() -> Scenario:
    """Every invariant holds, and each has objects (I14 and I15 with `with_history`)."""
    world = Scenario()
    _opening(world)
    _market_buy(world)
    _resting_bid(world)
    _cancelled_bid(world)
    _exit(world)
    _never_accepted(world)
    _multi_leg(world)
    _dust(world)
    world.commit()
    _rows(world)
    return world


def with_history(world: Scenario) -> Scenario:
    """The history of the external signals: six acknowledged, one refused, one cancel."""
    records: list[Row] = []

    def record(op: str, action: str, identity: int, at: int, **values: Any) -> None:
        records.append({"op": op, "id": f"h{identity}", "action": action, "mono_ns": at, **values})

    for number in (1, 2, 3, 4, 5, 6, 8, 9):
        record("invoke", "signal", number, 5, signal_id=f"s-{number}")
        record("ok", "signal", number, world.now + 1, signal_id=f"s-{number}", client_order_id=f"gabcdef-{number}")
    record("invoke", "signal", 20, 6, signal_id="s-7")
    record("fail", "signal", 20, world.now + 2, code="GENESIS-5701")
    record("invoke", "cancel", 21, 7, client_order_id="gabcdef-3")
    record("ok", "cancel", 21, world.now + 3)
    record("info", "kill", 22, world.now + 4)
    world.history = records
    return world


def restarted(world: Scenario, previous: str = "recovered", found: str = "clean") -> Scenario:
    """The next process has read the venue and trades again."""
    begun(world, previous)
    read(world, found)
    return world


def begun(world: Scenario, previous: str) -> None:
    world.epoch += 1
    world.fact("EngineStarted", epoch=world.epoch, version="1", config_digest="d", test_hooks=False, previous=previous)
    world.fact("EngineStateChanged", before="STARTING", after="RECONCILING", reason="started")
    for name in ("market", "orders", "BTCUSDT/book", "ETHUSDT/book"):
        world.fact("ConditionChanged", name=f"{VENUE}/{name}", state="UP", detail="")
    world.row("meta", key="epoch")["value"] = str(world.epoch)
    world.commit()


def read(world: Scenario, result: str = "clean") -> None:
    world.fact("Reconciled", venue=VENUE, result=result, differences=[])
    world.fact("EngineStateChanged", before="RECONCILING", after="RUNNING", reason="")
    world.commit()


def filled_while_down(world: Scenario) -> Scenario:
    """The process is killed; the resting bid is filled by another 0.05 meanwhile; the next process books it before it trades again."""
    terms = {"symbol": "BTCUSDT", "order_type": "LIMIT", "time_in_force": "GTC", "quantity": "0.05", "price": "100"}
    world.order("market", 30, "m-7", ("BTC", "0.05"), **{**terms, "side": "SELL"})
    world.trade(
        "BTCUSDT", 6, "100", "0.05", "5", "SELL",
        _party(ACCOUNT, 11, "gabcdef-2", "0.00005", "BTC", "0.1", "10"),
        _party("market", 30, "m-7", "0.005", "USDT", "0.05", "5"),
    )  # fmt: skip
    world.closed("market", 30, "m-7", "BTCUSDT", "FILLED", "0.05", "5")
    begun(world, "recovered")
    world.fill(2, 6, "BTCUSDT", "BUY", "100", "0.05", "5", "0.00005", maker=True)
    world.change(2, "PARTIALLY_FILLED", source="reconcile", executed="0.1", cum_quote="10", reserved="10")
    world.row("positions", symbol="BTCUSDT").update(quantity="0.3993", cost="40.34656965")
    world.row("balances", asset="BTC").update(total="1.2993", free="1.2993")
    world.row("balances", asset="USDT").update(total="978.651599", locked="10")
    read(world, "repaired")
    return world


def stopped(world: Scenario) -> Scenario:
    """A shutdown in good order: the resting bid is cancelled, then the process says that it is clean, snapshots and anchors."""
    world.fact("EngineStateChanged", before="RUNNING", after="STOPPING", reason="SIGTERM")
    world.change(2, "PARTIALLY_FILLED", source="operator", pending="CANCEL")
    world.commit()
    world.request(ACCOUNT, "gabcdef-2", action="cancel", symbol="BTCUSDT")
    world.closed(ACCOUNT, 11, "gabcdef-2", "BTCUSDT", "CANCELED", "0.05", "5", ("USDT", "15"))
    world.change(2, "CANCELLED", pending="NONE", reserved="0")
    world.row("balances", asset="USDT").update(free="983.651599", locked="0")
    world.fact("EngineStateChanged", before="STOPPING", after="STOPPED", reason="shutdown complete")
    last = world.fact("EngineStopped", f"epoch-{world.epoch}", digest="as-it-ended", clean=True)
    world.commit()
    snapshot(world, "as-it-ended")
    world.anchor_reasons[last["seq"]] = "stop"
    if world.history is not None:
        world.history.append({"op": "info", "id": "h80", "action": "stop", "mono_ns": world.tick(), "exit_code": 0})
    return world


def forgetful(world: Scenario, *orders: int) -> Scenario:
    """These orders leave the engine's memory, with their signals."""
    names = [f"gabcdef-{number}" for number in orders]
    signals = [world.row("orders", client_order_id=name)["correlation_id"] for name in names]
    world.fact("HistoryForgotten", "history", orders=names, signals=signals, parents=[], trades=[], ids_kept=20_000)
    world.commit()
    return world


def snapshot(world: Scenario, digest: str) -> None:
    """What the tables hold now, as a snapshot holds it; the hash is that of the last event."""
    gone = {name for event in world.events if event["kind"] == "HistoryForgotten" for name in event["payload"]["orders"]}
    tables = {
        **world.tables,
        **{name: [row for row in world.tables[name] if row["client_order_id"] not in gone] for name in ("orders", "fills")},
    }
    document = {
        "version": 1,
        "orders": [{key: value for key, value in row.items() if key != "epoch"} for row in tables["orders"]],
        "fills": [{**row, "maker": bool(row["maker"])} for row in tables["fills"]],
        "positions": tables["positions"],
        "balances": [{key: value for key, value in row.items() if key != "free"} for row in tables["balances"]],
        "multi_legs": [{**row, "legs": json.loads(row["legs"])} for row in tables["multi_leg_trades"]],
        "strategies": {row["name"]: row["state"] for row in tables["strategies"]},
        "tier": None,
        "halts": {},
        "operator_mode": "RUN",
        "next_order_number": len(world.tables["orders"]) + 1,
        "epoch": world.epoch,
        "day": {"number": -1, "value": "0", "equity": "0", "reached": [], "overrides": 0, "override_until_ms": 0},
    }
    row = {"seq": world.events[-1]["seq"], "hash": None, "digest": digest, "wall_ms": 1, "document": json.dumps(document)}
    world.tables["snapshots"].append(row)


def _opening(world: Scenario) -> None:
    btc = {"symbol": "BTCUSDT", "base": "BTC", "quote": "USDT", **BTC_RULES}
    eth = {"symbol": "ETHUSDT", "base": "ETH", "quote": "USDT", **ETH_RULES}
    world.line("venue", version=1, seed=1, maker="0.001", taker="0.001", symbols=[btc, eth])
    world.line("account", account="market", key_id="")
    world.line("account", account=ACCOUNT, key_id="0123456789abcdef")
    for account, asset, amount in (("market", "USDT", "100000"), ("market", "BTC", "100"), ("market", "ETH", "10")):
        world.deposit(account, asset, amount)
    world.deposit(ACCOUNT, "USDT", "1000")
    world.deposit(ACCOUNT, "BTC", "1")
    ask = {"symbol": "BTCUSDT", "side": "SELL", "order_type": "LIMIT", "time_in_force": "GTC", "quantity": "0.5"}
    world.order("market", 1, "m-1", ("BTC", "0.5"), **ask, price="101")
    world.order("market", 2, "m-2", ("BTC", "0.5"), **ask, price="102")
    world.order("market", 3, "m-3", ("USDT", "99"), **{**ask, "side": "BUY", "quantity": "1"}, price="99")
    world.fact("EngineStarted", epoch=1, version="1", config_digest="d", test_hooks=False)
    world.fact("EngineStateChanged", before="STARTING", after="RECONCILING", reason="")
    for name in ("market", "orders", "BTCUSDT/book", "ETHUSDT/book"):
        world.fact("ConditionChanged", name=f"{VENUE}/{name}", state="UP", detail="")
    world.fact("RulesLoaded", venue=VENUE, rules=[{"venue": VENUE, "status": "TRADING", **rules} for rules in (btc, eth)])
    for asset, amount, target in (("USDT", "1000", "0"), ("BTC", "1", "1"), ("ETH", "0", "0")):
        world.fact("BalanceOpened", venue=VENUE, asset=asset, amount=amount, target=target)
    world.fact("Reconciled", venue=VENUE, result="clean", differences=[])
    world.fact("EngineStateChanged", before="RECONCILING", after="RUNNING", reason="")
    world.fact("StrategyChanged", strategy="simple_arbitrage", before="IDLE", after="RUNNING", reason="")
    world.commit()


def _accepted(world: Scenario, number: int, order_id: int, lock: tuple[str, str], **terms: Any) -> None:
    world.request(ACCOUNT, f"gabcdef-{number}", **terms)
    world.order(ACCOUNT, order_id, f"gabcdef-{number}", lock, **terms)
    world.change(number, "SUBMITTED")


def _party(account: str, order_id: int, client_id: str, fee: str, fee_asset: str, executed: str, cum_quote: str, **more: str) -> Row:
    row = {"account": account, "order_id": order_id, "client_order_id": client_id, "fee": fee, "fee_asset": fee_asset}
    return {**row, "executed": executed, "cum_quote": cum_quote, **more}


def _market_buy(world: Scenario) -> None:
    terms = {"symbol": "BTCUSDT", "side": "BUY", "order_type": "MARKET", "time_in_force": None, "quantity": "0.6", "price": None}
    world.signal(1, order_type="MARKET", quantity="0.6")
    world.intend(1, order_type="MARKET", quantity="0.6", reserved="61.206")
    _accepted(world, 1, 10, ("USDT", "60.7"), **terms)
    world.trade(
        "BTCUSDT", 1, "101", "0.5", "50.5", "BUY",
        _party("market", 1, "m-1", "0.0505", "USDT", "0.5", "50.5"),
        _party(ACCOUNT, 10, "gabcdef-1", "0.0005", "BTC", "0.5", "50.5"),
    )  # fmt: skip
    world.closed("market", 1, "m-1", "BTCUSDT", "FILLED", "0.5", "50.5")
    world.trade(
        "BTCUSDT", 2, "102", "0.1", "10.2", "BUY",
        _party("market", 2, "m-2", "0.0102", "USDT", "0.1", "10.2"),
        _party(ACCOUNT, 10, "gabcdef-1", "0.0001", "BTC", "0.6", "60.7"),
    )  # fmt: skip
    world.closed(ACCOUNT, 10, "gabcdef-1", "BTCUSDT", "FILLED", "0.6", "60.7")
    world.fill(1, 1, "BTCUSDT", "BUY", "101", "0.5", "50.5", "0.0005")
    world.fill(1, 2, "BTCUSDT", "BUY", "102", "0.1", "10.2", "0.0001")
    world.change(1, "FILLED", pending="NONE", venue_order_id=10, executed="0.6", cum_quote="60.7", reserved="0")
    world.fact("StopArmed", "s-1", venue=VENUE, symbol="BTCUSDT", stop_price="99.25")
    world.commit()


def _resting_bid(world: Scenario) -> None:
    terms = {"symbol": "BTCUSDT", "side": "BUY", "order_type": "LIMIT", "time_in_force": "GTC", "quantity": "0.2", "price": "100"}
    world.signal(2, price="100", time_in_force="GTC")
    world.intend(2, price="100", time_in_force="GTC", reserved="20")
    _accepted(world, 2, 11, ("USDT", "20"), **terms)
    world.change(2, "OPEN", pending="NONE", venue_order_id=11)
    world.order("market", 12, "m-4", ("BTC", "0.05"), **{**terms, "side": "SELL", "quantity": "0.05"})
    world.trade(
        "BTCUSDT", 3, "100", "0.05", "5", "SELL",
        _party(ACCOUNT, 11, "gabcdef-2", "0.00005", "BTC", "0.05", "5"),
        _party("market", 12, "m-4", "0.005", "USDT", "0.05", "5"),
    )  # fmt: skip
    world.closed("market", 12, "m-4", "BTCUSDT", "FILLED", "0.05", "5")
    world.fill(2, 3, "BTCUSDT", "BUY", "100", "0.05", "5", "0.00005", maker=True)
    world.change(2, "PARTIALLY_FILLED", executed="0.05", cum_quote="5", reserved="15")
    world.commit()


def _cancelled_bid(world: Scenario) -> None:
    terms = {"symbol": "BTCUSDT", "side": "BUY", "order_type": "LIMIT", "time_in_force": "GTC", "quantity": "0.3", "price": "98"}
    world.signal(3, quantity="0.3", price="98", time_in_force="GTC")
    world.intend(3, quantity="0.3", price="98", time_in_force="GTC", reserved="29.4")
    _accepted(world, 3, 13, ("USDT", "29.4"), **terms)
    world.change(3, "OPEN", pending="NONE", venue_order_id=13)
    world.change(3, "OPEN", pending="CANCEL")
    world.commit()
    world.request(ACCOUNT, "gabcdef-3", action="cancel", symbol="BTCUSDT")
    world.closed(ACCOUNT, 13, "gabcdef-3", "BTCUSDT", "CANCELED", "0", "0", ("USDT", "29.4"))
    world.change(3, "CANCELLED", pending="NONE", reserved="0")
    world.deposit(ACCOUNT, "USDT", "10")
    world.fact("BalanceTransferred", venue=VENUE, asset="USDT", amount="10", to_target=False)


def _exit(world: Scenario) -> None:
    terms = {"symbol": "BTCUSDT", "side": "SELL", "order_type": "MARKET", "time_in_force": None, "quantity": "0.3", "price": None}
    sell = {"side": "SELL", "order_type": "MARKET", "quantity": "0.3", "purpose": "EXIT"}
    world.signal(4, **sell)
    world.intend(4, **sell, reserved_asset="BTC", reserved="0.3")
    _accepted(world, 4, 14, ("BTC", "0.3"), **terms)
    world.trade(
        "BTCUSDT", 4, "99", "0.3", "29.7", "SELL",
        _party("market", 3, "m-3", "0.0003", "BTC", "0.3", "29.7"),
        _party(ACCOUNT, 14, "gabcdef-4", "0.0297", "USDT", "0.3", "29.7"),
    )  # fmt: skip
    world.closed(ACCOUNT, 14, "gabcdef-4", "BTCUSDT", "FILLED", "0.3", "29.7")
    world.fill(4, 4, "BTCUSDT", "SELL", "99", "0.3", "29.7", "0.0297")
    world.change(4, "FILLED", pending="NONE", venue_order_id=14, executed="0.3", cum_quote="29.7", reserved="0")


def _never_accepted(world: Scenario) -> None:
    terms = {"symbol": "BTCUSDT", "side": "BUY", "order_type": "LIMIT_MAKER", "time_in_force": None, "quantity": "0.1", "price": "105"}
    world.signal(5, order_type="LIMIT_MAKER", quantity="0.1", price="105")
    world.intend(5, order_type="LIMIT_MAKER", quantity="0.1", price="105", reserved="10.5")
    world.request(ACCOUNT, "gabcdef-5", outcome="rejected", **terms)
    world.change(5, "SUBMITTED")
    world.change(5, "REJECTED", pending="NONE", reserved="0", reason="-2010")
    world.signal(6)
    world.intend(6, price="100", reserved="20")
    world.change(6, "NOT_SENT", pending="NONE", reserved="0", reason="too old")
    world.signal(7, quantity="50")
    world.fact("RiskDenied", "s-7", signal_id="s-7", rule="R1", code="GENESIS-5701", limit="50", value="5050", message="too large")


def _multi_leg(world: Scenario) -> None:
    terms = {"symbol": "BTCUSDT", "side": "SELL", "order_type": "MARKET", "time_in_force": None, "quantity": "0.1", "price": None}
    leg = {"venue": VENUE, "symbol": "BTCUSDT", "side": "SELL", "quantity": "0.1", "client_order_id": None}
    trade = {
        "multi_leg_id": "t-1",
        "opportunity": "TRIANGULAR",
        "strategy": "simple_arbitrage",
        "expected_net": "0.004",
        "changed_ms": 77,
        "reason": "",
    }
    world.fact("MultiLegChanged", "t-1", **trade, before="", after="PLANNED", legs=[leg], pnl=None)
    terms_of_leg = {"side": "SELL", "order_type": "MARKET", "quantity": "0.1", "purpose": "LEG", "strategy": "simple_arbitrage"}
    world.intend(7, **terms_of_leg, reserved_asset="BTC", reserved="0.1", multi_leg_id="t-1", leg=0, correlation_id="t-1")
    legs = [{**leg, "client_order_id": "gabcdef-7"}]
    world.fact("MultiLegChanged", "t-1", **trade, before="PLANNED", after="LEGGING", legs=legs, pnl=None)
    _accepted(world, 7, 15, ("BTC", "0.1"), **terms)
    world.trade(
        "BTCUSDT", 5, "99", "0.1", "9.9", "SELL",
        _party("market", 3, "m-3", "0.0001", "BTC", "0.4", "39.6"),
        _party(ACCOUNT, 15, "gabcdef-7", "0.0099", "USDT", "0.1", "9.9"),
    )  # fmt: skip
    world.closed(ACCOUNT, 15, "gabcdef-7", "BTCUSDT", "FILLED", "0.1", "9.9")
    world.fill(7, 5, "BTCUSDT", "SELL", "99", "0.1", "9.9", "0.0099")
    world.change(7, "FILLED", pending="NONE", venue_order_id=15, executed="0.1", cum_quote="9.9", reserved="0")
    world.fact("MultiLegChanged", "t-1", **trade, before="LEGGING", after="COMPLETE", legs=legs, pnl=None)
    world.fact("TargetAdjusted", "t-1", venue=VENUE, asset="BTC", amount="-0.1", reason="multi-leg", symbol="", quantity="0", cost="0")
    world.fact("MultiLegChanged", "t-1", **trade, before="COMPLETE", after="CLOSED", legs=legs, pnl="-0.0099")


def _dust(world: Scenario) -> None:
    buy = {"symbol": "ETHUSDT", "side": "BUY", "order_type": "MARKET", "time_in_force": None, "quantity": "0.01", "price": None}
    sell = {**buy, "side": "SELL", "quantity": "0.0099"}
    world.order(
        "market", 20, "m-5", ("ETH", "1"), **{**sell, "order_type": "LIMIT", "time_in_force": "GTC", "quantity": "1", "price": "1000"}
    )
    world.order(
        "market", 21, "m-6", ("USDT", "990"), **{**buy, "order_type": "LIMIT", "time_in_force": "GTC", "quantity": "1", "price": "990"}
    )
    world.signal(8, symbol="ETHUSDT", order_type="MARKET", quantity="0.01")
    world.intend(8, symbol="ETHUSDT", order_type="MARKET", quantity="0.01", reserved="10.1")
    _accepted(world, 8, 22, ("USDT", "10"), **buy)
    world.trade(
        "ETHUSDT", 1, "1000", "0.01", "10", "BUY",
        _party("market", 20, "m-5", "0.01", "USDT", "0.01", "10"),
        _party(ACCOUNT, 22, "gabcdef-8", "0.00001", "ETH", "0.01", "10"),
    )  # fmt: skip
    world.closed(ACCOUNT, 22, "gabcdef-8", "ETHUSDT", "FILLED", "0.01", "10")
    world.fill(8, 1, "ETHUSDT", "BUY", "1000", "0.01", "10", "0.00001")
    world.change(8, "FILLED", pending="NONE", venue_order_id=22, executed="0.01", cum_quote="10", reserved="0")
    terms = {"symbol": "ETHUSDT", "side": "SELL", "order_type": "MARKET", "quantity": "0.0099", "purpose": "EXIT"}
    world.signal(9, **terms)
    world.intend(9, **terms, reserved_asset="ETH", reserved="0.0099")
    _accepted(world, 9, 23, ("ETH", "0.0099"), **sell)
    world.trade(
        "ETHUSDT", 2, "990", "0.0099", "9.801", "SELL",
        _party("market", 21, "m-6", "0.0000099", "ETH", "0.0099", "9.801"),
        _party(ACCOUNT, 23, "gabcdef-9", "0.009801", "USDT", "0.0099", "9.801"),
    )  # fmt: skip
    world.closed(ACCOUNT, 23, "gabcdef-9", "ETHUSDT", "FILLED", "0.0099", "9.801")
    world.fill(9, 2, "ETHUSDT", "SELL", "990", "0.0099", "9.801", "0.009801")
    world.change(9, "FILLED", pending="NONE", venue_order_id=23, executed="0.0099", cum_quote="9.801", reserved="0")
    dust = {"venue": VENUE, "asset": "ETH", "amount": "0.00009", "reason": "dust", "symbol": "ETHUSDT"}
    world.fact("TargetAdjusted", "s-9", **dust, quantity="0.00009", cost="0.0900901")


def _rows(world: Scenario) -> None:
    """Hand arithmetic.

    BTC: 0.5994 for 60.7, then 0.04995 for 5: 0.64935 at 65.7. Sold 0.3 for 29.6703 net: cost 65.7 x 0.3 / 0.64935 = 30.35343035
    (cut), realised 29.6703 - 30.35343035. ETH: 0.00999 for 10; sold 0.0099 for 9.791199 net: cost 9.9099099 (cut).
    USDT: 1000 - 60.7 - 5 + 29.6703 + 9.8901 - 10 + 9.791199 + 10; BTC: 1 + 0.5994 + 0.04995 - 0.3 - 0.1.
    """
    position = {"venue": VENUE, "stop_price": None, "stop_order_id": None}
    world.tables["positions"] = [
        {**position, "symbol": "BTCUSDT", "state": "OPEN", "quantity": "0.34935", "cost": "35.34656965", "realised": "-0.68313035"}
        | {"stop_price": "99.25", "opened_ms": 401},
        {**position, "symbol": "ETHUSDT", "state": "CLOSED", "quantity": "0", "cost": "0", "realised": "-0.1187109", "opened_ms": 401},
    ]
    world.tables["balances"] = [
        {"venue": VENUE, "asset": "USDT", "opening": "1000", "total": "983.651599", "free": "968.651599", "locked": "15", "target": "0"},
        {"venue": VENUE, "asset": "BTC", "opening": "1", "total": "1.24935", "free": "1.24935", "locked": "0", "target": "0.9"},
        {"venue": VENUE, "asset": "ETH", "opening": "0", "total": "0.00009", "free": "0.00009", "locked": "0", "target": "0.00009"},
    ]
    leg = {"venue": VENUE, "symbol": "BTCUSDT", "side": "SELL", "quantity": "0.1", "client_order_id": "gabcdef-7"}

    world.tables["multi_leg_trades"] = [
        {"multi_leg_id": "t-1", "kind": "TRIANGULAR", "strategy": "simple_arbitrage", "state": "CLOSED", "legs": json.dumps([leg])}
        | {"expected_net": "0.004", "created_ms": 77, "pnl": "-0.0099"},
    ]
    world.tables["strategies"] = [{"name": "simple_arbitrage", "state": "RUNNING"}]
    world.tables["meta"] = [{"key": "instance_id", "value": "abcdef"}, {"key": "epoch", "value": "1"}]

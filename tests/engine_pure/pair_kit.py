"""A strategy `one` that wishes what the test says for BTCUSDT and ETHUSDT as a pair, on an engine whose venue fills at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from genesis.core.facts import MultiLegChanged
from genesis.core.models import MultiLegTrade, Order, Purpose, Side
from genesis.core.settings import StrategyTerms
from genesis.engine.pairs import carry_out
from genesis.engine.strategy_view import StrategyView
from genesis.strategies.base import Wish
from tests.builders import VENUE, Amount, d
from tests.engine_pure.strategy_kit import SECOND, Stage, probe, with_probes

BOTH = ("BTCUSDT", "ETHUSDT")
HUNTER: dict[str, Amount] = {"USDT": 5_000, "BTC": 5, "ETH": 20}
"""7,500 USDT at prices of 100: R1 is 375 USDT."""


def pair_stage(*others: StrategyTerms, funds: Mapping[str, Amount] | None = None, share: str = "0.5", **changes: Any) -> Stage:
    """A HUNTER with `one` (and others), RUNNING, both books at 100."""
    of_stage = {key: changes.pop(key) for key in ("listed",) if key in changes}
    terms = probe("one", symbols=BOTH, capital_share=d(share), priority=5)
    return Stage(with_probes(terms, *others, **changes), funds=funds or HUNTER, **of_stage).open()


def leg(symbol: str, side: Side, weight: Amount = 1, **changes: Any) -> Wish:
    """One leg of the pair `one-BTC-ETH`."""
    values = {"purpose": Purpose.ENTRY, "confidence": d(1), "reason": "wide", "inputs": {"z": "2.1"}, "pair": "one-BTC-ETH"}
    return Wish(venue=VENUE, symbol=symbol, side=side, weight=d(weight), **(values | changes))


def entry(weight: Amount = "1.5", **changes: Any) -> list[Wish]:
    """Sell BTCUSDT, buy `weight` times as much of ETHUSDT."""
    return [leg("BTCUSDT", Side.SELL, **changes), leg("ETHUSDT", Side.BUY, weight, **changes)]


def leaving() -> list[Wish]:
    return [leg(symbol, side, purpose=Purpose.EXIT, reason="back") for symbol, side in zip(BOTH, (Side.BUY, Side.SELL), strict=True)]


def wish(stage: Stage, wished: list[Wish], *, strategy: str = "one", untraded: Any = None, bars: int = 1) -> None:
    """What a cycle of the strategy at the last bar would do with these wishes, and nothing is filled yet."""
    desk = stage.engine._desk
    desk.begin(stage.now)
    carry_out(desk, strategy, wished, stage.engine.runtime.feeds[VENUE, "BTCUSDT", SECOND].history[-bars], untraded or {})
    stage.facts += desk.facts
    stage.all_facts += desk.facts
    stage.commands += desk.commands


def held_pair(stage: Stage) -> Stage:
    """The pair was entered and filled a bar ago: COMPLETE."""
    wish(stage, entry())
    stage.settle()
    stage.second(BTCUSDT=100, ETHUSDT=100)
    assert trade(stage).state == "COMPLETE", trade(stage)
    stage.forget()
    return stage


def trade(stage: Stage) -> MultiLegTrade:
    (found,) = stage.state.multi_legs.values()
    return found


def leg_orders(stage: Stage) -> list[Order]:
    """The orders of the trade, in order."""
    return [stage.state.orders[leg.client_order_id] for leg in trade(stage).legs if leg.client_order_id is not None]


def seen(stage: Stage, strategy: str = "one") -> StrategyView:
    """What the strategy sees."""
    return StrategyView(stage.engine._desk, strategy, stage.wall_ms, lambda *_: None, lambda *_: None)


def moves(stage: Stage) -> list[tuple[str, str]]:
    """(state, reason) of every step of the trade since the last `forget`."""
    return [(str(fact.after), fact.reason) for fact in stage.said(MultiLegChanged)]

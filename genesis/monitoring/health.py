"""What `/health` and `/state` say: pure reads of the loop."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

from genesis.analytics.book_metrics import measure
from genesis.core import money
from genesis.core.codec import to_plain
from genesis.core.models import PAIR, Balance
from genesis.core.money import ZERO
from genesis.core.shares import trade_holdings
from genesis.engine.loop import EngineLoop
from genesis.engine.ports import Cached
from genesis.engine.redundancy import ALONE
from genesis.monitoring.components import Components


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """Who answers: `instance` echoes GENESIS_INSTANCE, `package_path` is where the engine's code lies."""

    instance: str
    pid: int
    version: str
    package_path: str
    test_hooks: bool = False
    previous: str = ""  # how the process before this one ended: first (there was none), clean, recovered


def health(loop: EngineLoop, identity: Identity, components: Components) -> dict[str, Any]:
    """The answer of `GET /health`. Never waits: it has to come when the disk does not answer."""
    return {
        "state": loop.visible_state.value,
        "instance": identity.instance,
        "pid": identity.pid,
        "version": identity.version,
        "package_path": identity.package_path,
        "epoch": loop.journal.epoch,
        "previous": identity.previous,
        "test_hooks": identity.test_hooks,
        "journal_seq": loop.journal.head.seq,
        "database": {"ok": not loop.trouble, "detail": loop.trouble, **redundancy(loop)},
        "venues": {
            name: {
                "orders": status.orders,
                "market": status.market,
                "reconciled": status.reconciled,
                "differences": "; ".join(loop.engine.differences(name)) or "none",
                "address": loop.gateways[name].address_status() if name in loop.gateways else None,
            }
            for name, status in loop.engine.venues().items()
        },
        "books": loop.engine.books(loop.now()),
        "circuits": loop.engine.circuits(),
        "components": components.status(),
        "alerts_waiting": len(loop.engine.state.alerts),
        "serving": {name: loop.engine.runtime.serving(name).terms.venue for name in loop.engine.runtime.seats},
        "in_flight": len(loop.in_flight()),
        "tilt": loop.engine.tilt(loop.now()),
        "halts": sorted(loop.engine.state.halts),
        "day": loop.engine.day(loop.now()),
        "tier_grace": loop.engine.tier_grace(loop.now()),
    }


def redundancy(loop: EngineLoop) -> dict[str, Any]:
    """How many synchronous standbys have what is committed, how many the configuration asks for, and who goes on without and why."""
    seen = loop.redundancy
    return {"standbys": seen.standbys, "required": seen.required, "alone": loop.engine.state.conditions.get(ALONE, "")}


def cache(cached: Cached | None) -> dict[str, Any]:
    """How the cache does: of no use is no failure of the engine, whose decisions are equal without it."""
    if cached is None:
        return {"ok": True, "breaker": "none", "detail": "no cache is configured"}
    status = cached.status()
    return {name: status[name] for name in ("ok", "breaker", "opened", "detail", "waiting")}


def state(loop: EngineLoop) -> dict[str, Any]:
    """The answer of `GET /state`, as of the last fact that the state has folded; the journal's head is added by the caller."""
    engine_state = loop.engine.state
    now = loop.now()
    realised = sum((position.realised for position in engine_state.positions.values()), ZERO)
    return {
        "state": engine_state.engine_state.value,
        "digest": engine_state.digest(),
        "tier": engine_state.tier.value if engine_state.tier else None,
        "equity": _text(loop.engine.equity(now)),
        "balances": [_balance(balance) for balance in engine_state.balances.values()],
        "pnl": {
            "realised": money.text(realised),
            "unrealised": _text(loop.engine.unrealised(now)),
            "realised_shown": money.text(money.shown(realised)),
        },
        "strategies": dict(engine_state.strategies),
        "conditions": dict(engine_state.conditions),
        "in_flight": len(loop.in_flight()),
        "epoch": loop.journal.epoch,
    }


def _balance(balance: Balance) -> dict[str, str]:
    row: dict[str, str] = to_plain(balance)
    return {**row, "free": money.text(balance.free)}


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else money.text(amount)


def signals(loop: EngineLoop) -> list[dict[str, Any]]:
    """The answer of `GET /signals`: what became of each signal."""
    return [{"signal_id": signal_id, **to_plain(outcome)} for signal_id, outcome in loop.engine.state.signal_outcomes.items()]


def opportunities(loop: EngineLoop) -> list[dict[str, Any]]:
    """The answer of `GET /opportunities`, oldest first."""
    return [{key: value for key, value in to_plain(seen).items() if key != "kind"} for seen in loop.engine.state.opportunities]


def emergencies(loop: EngineLoop) -> dict[str, Any]:
    """The answer of `GET /emergency`: what blocks entries, orders that are being cancelled together, the emergency close that is under
    way and how the last one ended (R22, R23, R34, kill switch)."""
    known = loop.engine.state
    last = known.last_emergency
    return {
        "halts": [to_plain(halt) for halt in known.halts.values()],
        "cancelling": [to_plain(run) for run in known.cancelling.values()],
        "emergency_close": to_plain(known.emergency) if known.emergency is not None else None,
        "last_emergency_close": {key: value for key, value in to_plain(last).items() if key != "kind"} if last is not None else None,
    }


def book_metrics(loop: EngineLoop, bids: list[tuple[str, str]], asks: list[tuple[str, str]]) -> dict[str, Any] | None:
    """What a book offers, for `GET /books/{venue}/{symbol}`; None while a side is empty."""
    settings = loop.engine.settings.market_states
    sides = [[(Decimal(price), Decimal(quantity)) for price, quantity in side] for side in (bids, asks)]
    metrics = measure(*sides, within_bps=settings.liquidity_bps, levels=settings.imbalance_levels)
    return None if metrics is None else to_plain(metrics)


def strategies(loop: EngineLoop) -> list[dict[str, Any]]:
    """The answer of `GET /strategies`, the highest priority first; those of a table of their own (arbitrage) have no terms."""
    known = loop.engine.state
    runtime = loop.engine.runtime
    seats = runtime.seats
    names = [*seats, *(name for name in known.strategies if name not in seats)]
    legs = [leg for trade in known.multi_legs.values() if trade.kind == PAIR and trade.pnl is None for leg in trade_holdings(known, trade)]
    return [
        {
            "name": name,
            "state": known.strategies.get(name, "IDLE"),
            "reason": known.strategy_reasons.get(name, ""),
            "errors": known.strategy_errors.get(name, 0),
            "warm": runtime.serving(name).warm if name in seats else True,
            "venue": runtime.serving(name).terms.venue if name in seats else None,
            "terms": to_plain(seats[name].terms) if name in seats else None,
            "holdings": [to_plain(holding) for holding in (*known.holdings.values(), *legs) if holding.strategy == name],
            "results": to_plain(known.results[name]) if name in known.results else None,
        }
        for name in names
    ]


def parents(loop: EngineLoop) -> list[dict[str, Any]]:
    """The answer of `GET /parents`: icebergs and TWAPs with the orders of their slices, oldest first."""
    return [to_plain(parent) for parent in loop.engine.state.parents.values()]


def bars(loop: EngineLoop) -> list[dict[str, Any]]:
    """The answer of `GET /bars`: every symbol and interval that a strategy watches, with its last closed bar (null before the first)."""
    feeds = loop.engine.runtime.feeds.items()
    return [
        {"venue": venue, "symbol": symbol, "interval_ms": interval_ms, "last": to_plain(feed.history[-1]) if feed.history else None}
        for (venue, symbol, interval_ms), feed in feeds
    ]


def limits(loop: EngineLoop) -> dict[str, Any]:
    """The limits of the configuration by key, and what of them other starts changed, the last 1,000."""
    state = loop.engine.state
    return {"limits": dict(state.limits), "changes": to_plain(state.limit_changes)}

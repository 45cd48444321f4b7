"""The result of a backtest as plain data: what the page shows and the JSON file holds. The same run gives the same bytes."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, Final

import msgspec

from genesis.backtesting.metrics import Metrics, measured
from genesis.backtesting.runner import Outcome
from genesis.backtesting.trades import RoundTrip
from genesis.core.money import CONTEXT, EIGHT_PLACES, text

VERSION: Final = 1


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Where a result comes from: enough to run it again."""

    seed: int
    config_digest: str
    data: tuple[str, ...]
    """`venue/symbol name sha256` of each file, or what was generated."""


def metrics_of(outcome: Outcome, sample_ms: int, risk_free: Decimal) -> Metrics:
    """The measures of an outcome; trades that are still open count in the equity, not among the trades."""
    return measured(
        [equity for _, equity in outcome.samples],
        [trade.net for trade in outcome.trades],
        sample_ms=sample_ms,
        elapsed_ms=outcome.to_ms - outcome.from_ms,
        drawdown=outcome.max_drawdown,
        risk_free=risk_free,
    )


def document(outcome: Outcome, metrics: Metrics, origin: Origin) -> dict[str, Any]:
    """Everything, JSON-able: amounts are exact text in the quote asset, ratios text of 8 places, times milliseconds (UTC)."""
    return {
        "version": VERSION,
        "seed": origin.seed,
        "config_digest": origin.config_digest,
        "data": list(origin.data),
        "from_ms": outcome.from_ms,
        "to_ms": outcome.to_ms,
        "prints": outcome.prints,
        "stopped": outcome.stopped or None,
        "balance": {
            "start": text(outcome.start),
            "end": text(outcome.end),
            "gross_pnl": text(outcome.gross),
            "fees": text(outcome.fees),
            "revaluation": text(outcome.revaluation),
        },
        "metrics": {name: value if isinstance(value, int) else rounded(value) for name, value in msgspec.structs.asdict(metrics).items()},
        "orders": outcome.orders,
        "fills": outcome.fills,
        "denials": outcome.denials,
        "alerts": outcome.alerts,
        "trades": [_trade(trade) for trade in outcome.trades],
        "unfinished": [_trade(trade) for trade in outcome.unfinished],
        "equity": [
            [at_ms, text(equity), rounded(drawdown)] for (at_ms, equity), drawdown in zip(outcome.samples, outcome.drawdowns, strict=True)
        ],
        "engine_digest": outcome.digest,
    }


def rounded(value: Decimal | None) -> str | None:
    """A ratio of 8 places; None stays None."""
    return text(value.quantize(EIGHT_PLACES, rounding=ROUND_HALF_EVEN, context=CONTEXT)) if value is not None else None


def _trade(trade: RoundTrip) -> dict[str, Any]:
    return {
        "name": trade.name,
        "strategy": trade.strategy,
        "symbol": trade.symbol,
        "side": trade.side,
        "opened_ms": trade.opened_ms,
        "closed_ms": trade.closed_ms,
        "fills": trade.fills,
        "gross": text(trade.gross),
        "fees": text(trade.fees),
        "net": text(trade.net),
    }


def encoded(result: dict[str, Any]) -> bytes:
    """The JSON file's content."""
    return msgspec.json.format(msgspec.json.encode(result), indent=1) + b"\n"

"""The market files that `Open The Venue` writes: which symbols the venue lists, with which rules and fees."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import tomli_w

from libraries.common.amounts import plain
from libraries.common.errors import refuse_unknown


@dataclass(frozen=True)
class Listing:
    """One symbol as the venue lists it: tick in quote, step in base, smallest notional in quote."""

    symbol: str
    base: str
    quote: str
    tick_size: str
    step_size: str
    min_notional: str

    def section(self) -> dict[str, Any]:
        return {
            "symbol": self.symbol,
            "base": self.base,
            "quote": self.quote,
            "tick_size": self.tick_size,
            "step_size": self.step_size,
            "min_qty": self.step_size,
            "min_notional": self.min_notional,
        }


LISTINGS = {
    listing.symbol: listing
    for listing in (
        Listing("BTCUSDT", "BTC", "USDT", "0.01", "0.00001", "5.00"),
        Listing("ETHUSDT", "ETH", "USDT", "0.01", "0.0001", "5.00"),
        Listing("ETHBTC", "ETH", "BTC", "0.00001", "0.0001", "0.0001"),
        Listing("BNBUSDT", "BNB", "USDT", "0.01", "0.001", "5.00"),
    )
}


def listing(symbol: str) -> Listing:
    """What a venue of `Open The Venue` knows of `symbol`.

    Raises:
        WrongArgument: not one of the listed symbols.
    """
    if symbol not in LISTINGS:
        raise refuse_unknown("symbol", symbol, list(LISTINGS))
    return LISTINGS[symbol]


def write_market(path: Path, symbols: tuple[str, ...], maker_fee: Decimal, taker_fee: Decimal, lenient: tuple[str, ...] = ()) -> Path:
    """A market file with these symbols, empty books and these leniencies."""
    document = {
        "lenient": list(lenient),
        "commission": {"maker": plain(maker_fee), "taker": plain(taker_fee)},
        "symbol": [listing(symbol).section() for symbol in symbols],
    }
    path.write_text(tomli_w.dumps(document), encoding="utf-8")
    return path


def write_recorded_market(path: Path, symbol: str, trades: Path, quotes: Path) -> Path:
    """A market file whose symbol moves as two recorded files say. The symbol's step is fine enough for recorded sizes."""
    document = {
        "commission": {"maker": "0.001", "taker": "0.001"},
        "symbol": [listing(symbol).section() | {"step_size": RECORDED_STEP, "min_qty": RECORDED_STEP}],
        "recorded": {"symbol": symbol, "trades": str(trades), "quotes": str(quotes)},
    }
    path.write_text(tomli_w.dumps(document), encoding="utf-8")
    return path


RECORDED_STEP = "0.000001"
"""The venue's lot size of the symbol on the recorded day."""

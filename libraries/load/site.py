"""What a load is played on: symbols that are quoted with more than it takes, strategies that answer their ticks. For suites, soak and
benchmarks."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import tomli_w

from libraries.common.amounts import plain
from libraries.load.running import ANSWERS_TICKS

FUNDS = "900000000"
"""USDT: a million orders of 20 USDT are far from R5."""
OFFERED = "80000000"
"""Base, on each side of each book: no load takes it all."""
QUANTITY = Decimal("0.2")
"""Base, of each entry: 20 USDT, above R2."""
LOT = "0.001"


def names(number: int) -> tuple[str, ...]:
    """Of so many symbols: `L000USDT`, `L001USDT`, ..."""
    return tuple(f"L{index:03}USDT" for index in range(number))


def write_listing(to: Path, symbols: Sequence[str]) -> Path:
    """The venue's market as a file (`--market`): each symbol quoted 99.99 to 100.01."""
    to.write_text(tomli_w.dumps({"symbol": [_listing(name) for name in symbols]}), encoding="utf-8")
    return to


def answering(number: int, symbols: Sequence[str], strategies: int) -> dict[str, Any]:
    """The `[[strategy]]` table of one of so many that answer every tick of their symbols with one order."""
    share = Decimal(1) / strategies
    return {
        "name": f"ticks-{number}",
        "kind": ANSWERS_TICKS,
        "symbols": list(symbols),
        "capital_share": plain(share.quantize(Decimal("0.0001"), rounding="ROUND_DOWN")),
        "interval": "1m",
        "parameters": {"quantity": plain(QUANTITY), "up_to": LOT},
    }


def _listing(name: str) -> dict[str, Any]:
    rules = {"tick_size": "0.01", "step_size": LOT, "min_qty": LOT, "max_qty": "90000000", "min_notional": "5"}
    return {
        "symbol": name,
        "base": name.removesuffix("USDT"),
        "quote": "USDT",
        **rules,
        "bids": [["99.99", OFFERED]],
        "asks": [["100.01", OFFERED]],
    }

"""The exchange that everybody is measured on: one process on a core of its own, one deep symbol, and an account for each who trades."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec
import tomli_w

from libraries.load.pinning import VENUE_CORE, pin
from libraries.load.profile import venue_limits
from libraries.world.deadlines import Deadline
from libraries.world.exchange import Exchange, ExchangeOptions
from libraries.world.processes import Children

SYMBOL: Final = "BTCUSDT"
FUNDS: Final = {"USDT": "9000000000", "BTC": "100000"}
CROWD: Final = "somebody"
"""Who trades besides."""
START_S: Final = 60.0
_DEPTH: Final = "9000"
_MARKET: Final = {
    "symbol": [
        {
            "symbol": SYMBOL,
            "base": "BTC",
            "quote": "USDT",
            "tick_size": "0.01",
            "step_size": "0.00001",
            "min_notional": "5.00",
            "bids": [["100000.00", _DEPTH], ["99999.99", _DEPTH]],
            "asks": [["100000.01", _DEPTH], ["100000.02", _DEPTH]],
        }
    ]
}
"""A level outlasts millions of orders, so that each of them is one trade."""


@contextmanager
def venue(place: Path) -> Iterator[Exchange]:
    """Start it in `place` (empty or new); its processes end with the block.

    Raises:
        WorldError: it did not start.
    """
    place.mkdir(parents=True, exist_ok=True)
    market = place / "market.toml"
    market.write_text(tomli_w.dumps(_MARKET), "utf-8")
    children = Children()
    options = ExchangeOptions(market=market, limits=venue_limits(place / "limits.toml"))
    exchange = Exchange("venue", place / "venue", options)
    try:
        exchange.start(children, Deadline(START_S))
        pin(exchange.running_child().pid, VENUE_CORE)
        exchange.admin.create_account(CROWD, FUNDS)
        yield exchange
    finally:
        children.kill_all("the measurement is over")
        exchange.close()


class _Party(msgspec.Struct):
    account: str


class _Trade(msgspec.Struct):
    maker: _Party
    taker: _Party


_decode = msgspec.json.Decoder(_Trade).decode


def written(exchange: Exchange) -> int:
    """How many bytes of its ledger the venue has handed to the operating system: a moment, which costs nobody anything."""
    return exchange.ledger_path.stat().st_size


def trades_of(exchange: Exchange, account: str, since: int, until: int) -> int:
    """How often the account traded between two moments, by the ledger's lines that begin between them."""
    trades = 0
    with exchange.ledger_path.open("rb") as ledger:
        ledger.seek(since)
        if since:
            ledger.readline()  # begun before
        while ledger.tell() < until and (line := ledger.readline()).endswith(b"\n"):
            if b'"type":"trade"' in line:
                trade = _decode(line)
                trades += account in (trade.maker.account, trade.taker.account)
    return trades

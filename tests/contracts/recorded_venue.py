"""The venue that cassettes are recorded from: the real one, in this process, on a clock that stands still.

So ids and times are the same at each recording, and a cassette differs only where the venue's answers do.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web

from libraries.mock_exchange.core.amounts import parse_e8
from libraries.mock_exchange.core.orders import CancelRequest, NewOrder
from libraries.mock_exchange.core.venue import Venue
from libraries.mock_exchange.settings import load_market
from libraries.mock_exchange.shell.api import Exchange
from libraries.mock_exchange.shell.clock import VenueClock
from libraries.mock_exchange.shell.keys import hmac_key
from libraries.mock_exchange.shell.rest import RestApi
from tests.contracts.gateway import API_KEY, API_SECRET, NOW_MS

MARKET = """
[[symbol]]
symbol = "BTCUSDT"
base = "BTC"
quote = "USDT"
tick_size = "0.01"
min_price = "0.01"
max_price = "1000000"
step_size = "0.00001"
min_qty = "0.00001"
max_qty = "9000"
min_notional = "5"
bids = [["99.00", "1.0"]]
asks = [["101.00", "1.0"], ["102.00", "2.0"]]
"""
OURS = "engine"


class _StoppedClock(VenueClock):
    def now_ms(self) -> int:
        return NOW_MS

    def now_us(self) -> int:
        return NOW_MS * 1_000

    def monotonic_ns(self) -> int:
        return 0


@asynccontextmanager
async def venue_with_a_history(directory: Path) -> AsyncIterator[str]:
    """Serves it on a port of its own; the address."""
    market_file = directory / "market.toml"
    market_file.write_text(MARKET, encoding="utf-8")
    market = load_market(market_file)
    clock = _StoppedClock()
    venue = Venue(market.specs, clock, market.fees, 1)
    venue.start()
    for symbol, (bids, asks) in market.books.items():
        venue.set_market_book(symbol, bids, asks)
    key = hmac_key(OURS, API_KEY, API_SECRET)
    _trade(venue, key.key_id)
    exchange = Exchange(venue, clock, _must_not_fail)
    exchange.keys.add(key)
    runner = web.ServerRunner(web.Server(RestApi(exchange).handle, access_log=None), shutdown_timeout=1.0)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def _trade(venue: Venue, key_id: str) -> None:
    """One order of each kind of end: filled in two parts, cancelled after a partial fill, resting; and one that never came."""
    venue.create_account(OURS, key_id, {"USDT": parse_e8("1000"), "BTC": parse_e8("1.8")})
    venue.create_account("other", "key-other", {"USDT": parse_e8("1000"), "BTC": parse_e8("1")})
    venue.place(OURS, _order("BUY", "MARKET", "1.5", client_id="gcontract-market"), "rest")
    cancelled = venue.place(OURS, _order("BUY", "LIMIT", "0.5", price="100", client_id="gcontract-cancelled"), "rest")
    venue.place("other", _order("SELL", "LIMIT", "0.2", price="100", client_id="other-1"), "rest")
    venue.cancel(OURS, CancelRequest(symbol="BTCUSDT", order_id=cancelled.order.order_id, cancel_id="cancel-1"), "rest")
    venue.place(OURS, _order("SELL", "LIMIT", "1", price="110", client_id="gcontract-resting"), "rest")


def _order(side: str, kind: str, quantity: str, *, client_id: str, price: str | None = None) -> NewOrder:
    return NewOrder(
        symbol="BTCUSDT",
        side=side,  # type: ignore[arg-type]
        type=kind,  # type: ignore[arg-type]
        quantity=parse_e8(quantity),
        price=parse_e8(price) if price else None,
        time_in_force="GTC" if kind == "LIMIT" else None,
        client_order_id=client_id,
    )


def _must_not_fail(error: BaseException) -> None:
    raise AssertionError(f"the venue failed while it was recorded: {error!r}")

"""Many symbols to many subscribers: what is sent, what arrives, and how fast. A benchmark calls `measure` with larger numbers."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import AsyncExitStack
from typing import Any

import msgspec
from aiohttp import ClientSession, ClientWebSocketResponse, web

from libraries.mock_exchange import streams
from libraries.mock_exchange.core.orders import NewOrder
from libraries.mock_exchange.core.venue import Venue
from libraries.mock_exchange.shell.clock import VenueClock
from tests.mock_exchange_streams.kit_streams import spec, units

KINDS = ("trade", "aggTrade", "bookTicker", "depth@100ms")
_SILENT_S = 30.0
_decode = msgspec.json.Decoder().decode


class Outcome(msgspec.Struct, frozen=True):
    """`lost`: messages that should have arrived and did not, or arrived out of order; `cut`: subscribers that the server cut.

    `messages` is over all subscribers; `seconds` runs from the first command to the last message.
    """

    messages: int
    seconds: float
    lost: int
    cut: int

    @property
    def messages_per_second(self) -> float:
        return self.messages / self.seconds


class _Tally:
    """What one subscriber got: every trade and aggregate in order, and depth without a gap, up to the venue's last ids."""

    def __init__(self) -> None:
        self.messages = 0
        self.lost = 0
        self.trades: dict[str, int] = {}
        self.aggregates: dict[str, int] = {}
        self.updates: dict[str, int] = {}
        self.best: dict[str, int] = {}

    def add(self, data: dict[str, Any]) -> str:
        """Take a message; its symbol."""
        self.messages += 1
        symbol: str = data["s"]
        match data.get("e"):
            case "trade":
                self._follow(self.trades, symbol, data["t"], data["t"])
            case "aggTrade":
                self._follow(self.aggregates, symbol, data["a"], data["a"])
            case "depthUpdate":
                self._follow(self.updates, symbol, data["U"], data["u"])
            case _:
                self.best[symbol] = data["u"]
        return symbol

    def is_at(self, symbol: str, rounds: int, update_id: int) -> bool:
        """Whether everything of a symbol arrived."""
        ids = (self.trades.get(symbol), self.aggregates.get(symbol), self.updates.get(symbol))
        return ids == (rounds, rounds, update_id)

    def _follow(self, last: dict[str, int], symbol: str, first: int, now: int) -> None:
        if symbol in last:
            self.lost += abs(first - last[symbol] - 1)
        last[symbol] = now


async def measure(symbols: int = 50, subscribers: int = 20, rounds: int = 20, pause_s: float = 0.0) -> Outcome:
    """Trade `rounds` times on each symbol while each subscriber reads trade, aggTrade, bookTicker and depth@100ms of all of them."""
    names = [f"S{number:02d}USDT" for number in range(symbols)]
    clock = VenueClock()
    venue = Venue([spec(name) for name in names], clock)
    venue.start()
    server = streams.build(venue, clock)
    async with AsyncExitStack() as stack:
        runner = web.ServerRunner(web.Server(server.handle))
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        stack.push_async_callback(server.close)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        session = await stack.enter_async_context(ClientSession())
        query = "/".join(f"{name.lower()}@{kind}" for name in names for kind in KINDS)
        url = f"http://127.0.0.1:{runner.addresses[0][1]}/stream?streams={query}"
        sockets = [await session.ws_connect(url) for _ in range(subscribers)]
        tallies = [_Tally() for _ in sockets]
        for name in names:
            venue.set_market_book(name, [(units("99"), units("1"))], [(units("101"), units("5"))])
        started = time.perf_counter()
        last: dict[str, int] = {}
        readers = [asyncio.create_task(_read(socket, tally, rounds, last)) for socket, tally in zip(sockets, tallies, strict=True)]
        for number in range(rounds):
            for name in names:
                _trade(venue, name, number)
            if number == rounds - 1:
                last |= {name: venue.depth(name, 1)[0] for name in names}
            await asyncio.sleep(pause_s)
        await asyncio.gather(*readers)
        seconds = time.perf_counter() - started
        lost = sum(tally.lost + sum(not tally.is_at(name, rounds, last[name]) for name in names) for tally in tallies)
        return Outcome(sum(tally.messages for tally in tallies), seconds, lost, subscribers - len(server.connections()))


def _trade(venue: Venue, symbol: str, number: int) -> None:
    """One trade of 1, and the market quotes anew."""
    venue.place_as_market(NewOrder(symbol=symbol, side="BUY", type="MARKET", quantity=units("1")), "crowd")
    venue.set_market_book(symbol, [(units("99"), units(str(1 + number % 3)))], [(units("101"), units("5"))])


async def _read(socket: ClientWebSocketResponse, tally: _Tally, rounds: int, last: dict[str, int]) -> None:
    """Until everything of every symbol arrived, or nothing comes any more. `last`: update ids, filled when the commands are over."""
    complete: set[str] = set()
    try:
        while not last or len(complete) < len(last):
            symbol = tally.add(_decode((await socket.receive_str(timeout=_SILENT_S)).encode())["data"])
            if symbol in last and tally.is_at(symbol, rounds, last[symbol]):
                complete.add(symbol)
    except (TimeoutError, TypeError):
        return


if __name__ == "__main__":
    print(json.dumps(msgspec.to_builtins(asyncio.run(measure(rounds=100)))))

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


class _Truth:
    """What the venue did, by its own questions: the ids before the first command, and each change of the best prices."""

    def __init__(self, venue: Venue, names: list[str]) -> None:
        self._venue = venue
        self._seen = {name: venue.best(name) for name in names}
        self.begun = {name: venue.depth(name, 1)[0] for name in names}
        self.best: dict[str, list[int]] = {name: [] for name in names}
        self.last: dict[str, int] = {}
        """Update ids, filled when the commands are over."""

    def look(self, name: str) -> None:
        """Called when the loop is about to take its turn: the best prices are told once in each."""
        best = self._venue.best(name)
        if best != self._seen[name]:
            self._seen[name] = best
            self.best[name].append(self._venue.depth(name, 1)[0])


class _Tally:
    """What one subscriber got: every trade and aggregate from the first on, every best price, and depth without a gap."""

    def __init__(self, truth: _Truth) -> None:
        self._truth = truth
        self.messages = 0
        self.gaps = 0
        self.trades = dict.fromkeys(truth.begun, 0)
        self.aggregates = dict.fromkeys(truth.begun, 0)
        self.updates = dict(truth.begun)
        self.best: dict[str, list[int]] = {name: [] for name in truth.begun}

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
                self.best[symbol].append(data["u"])
        return symbol

    def is_at(self, symbol: str, rounds: int) -> bool:
        """Whether the last of everything of a symbol arrived."""
        ids = (self.trades[symbol], self.aggregates[symbol], self.updates[symbol], self.best[symbol][-1:])
        return ids == (rounds, rounds, self._truth.last[symbol], self._truth.best[symbol][-1:])

    def lost(self, rounds: int) -> int:
        """Gaps, symbols that ended early, and best prices that are not those of the venue, one by one."""
        early = sum(not self.is_at(symbol, rounds) for symbol in self.best)
        wrong = sum(max(1, abs(len(self.best[name]) - len(ids))) for name, ids in self._truth.best.items() if self.best[name] != ids)
        return self.gaps + early + wrong

    def _follow(self, last: dict[str, int], symbol: str, first: int, now: int) -> None:
        self.gaps += abs(first - last[symbol] - 1)
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
        truth = _Truth(venue, names)
        tallies = [_Tally(truth) for _ in sockets]
        for name in names:
            venue.set_market_book(name, [(units("99"), units("1"))], [(units("101"), units("5"))])
        started = time.perf_counter()
        readers = [asyncio.create_task(_read(socket, tally, rounds, truth)) for socket, tally in zip(sockets, tallies, strict=True)]
        for number in range(rounds):
            for name in names:
                _trade(venue, name, number)
                truth.look(name)
            if number == rounds - 1:
                truth.last |= {name: venue.depth(name, 1)[0] for name in names}
            await asyncio.sleep(pause_s)
        await asyncio.gather(*readers)
        seconds = time.perf_counter() - started
        lost = sum(tally.lost(rounds) for tally in tallies)
        return Outcome(sum(tally.messages for tally in tallies), seconds, lost, subscribers - len(server.connections()))


def _trade(venue: Venue, symbol: str, number: int) -> None:
    """One trade of 1, and the market quotes anew."""
    venue.place_as_market(NewOrder(symbol=symbol, side="BUY", type="MARKET", quantity=units("1")), "crowd")
    venue.set_market_book(symbol, [(units("99"), units(str(1 + number % 3)))], [(units("101"), units("5"))])


async def _read(socket: ClientWebSocketResponse, tally: _Tally, rounds: int, truth: _Truth) -> None:
    """Until everything of every symbol arrived, or nothing comes any more."""
    complete: set[str] = set()
    try:
        while not truth.last or len(complete) < len(truth.last):
            symbol = tally.add(_decode((await socket.receive_str(timeout=_SILENT_S)).encode())["data"])
            if truth.last and tally.is_at(symbol, rounds):
                complete.add(symbol)
    except (TimeoutError, TypeError):
        return


if __name__ == "__main__":
    print(json.dumps(msgspec.to_builtins(asyncio.run(measure(rounds=100)))))

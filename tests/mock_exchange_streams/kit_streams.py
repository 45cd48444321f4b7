"""What these tests share: a venue with a hub on hand-driven time, subscribers, a local book by the documented rules."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from libraries.mock_exchange.core.orders import NewOrder, Placement
from libraries.mock_exchange.core.symbols import SymbolSpec
from libraries.mock_exchange.core.time_unit import MILLISECOND, TimeUnit
from libraries.mock_exchange.core.venue import Venue
from libraries.mock_exchange.core.venue_events import E8
from libraries.mock_exchange.streams.hub import Hub

START_MS = 1_700_000_000_000
DATA_DIR = Path(os.environ.get("GENESIS_DATA_DIR") or Path(__file__).resolve().parents[3] / "shared" / "data")


def units(text: str) -> int:
    whole, _, fraction = text.partition(".")
    return int(whole) * E8 + int(fraction.ljust(8, "0") or "0")


def spec(symbol: str = "BTCUSDT", **changes: Any) -> SymbolSpec:
    values: dict[str, Any] = {
        "symbol": symbol,
        "base": "BTC",
        "quote": "USDT",
        "tick_size": units("0.01"),
        "min_price": units("0.01"),
        "max_price": units("1000000"),
        "step_size": units("0.00001"),
        "min_qty": units("0.00001"),
        "max_qty": units("9000"),
        "min_notional": units("5"),
    }
    return SymbolSpec(**(values | changes))


class HandClock:
    """The venue's clock, moved by the test."""

    def __init__(self) -> None:
        self.ms = START_MS

    def now_ms(self) -> int:
        return self.ms

    def now_us(self) -> int:
        return self.ms * 1000

    def monotonic_ns(self) -> int:
        return self.ms * 1_000_000


class HandTimers:
    """The hub's timers: `settle` ends a command, `pass_ms` lets time pass from due timer to due timer."""

    def __init__(self, clock: HandClock) -> None:
        self._clock = clock
        self._soon: list[Callable[[], None]] = []
        self._due: dict[int, tuple[int, Callable[[], None]]] = {}
        self._number = 0
        self._elapsed = START_MS

    def now_us(self) -> int:
        return self._clock.now_us()

    def soon(self, callback: Callable[[], None]) -> None:
        self._soon.append(callback)

    def grid(self, period_ms: int, callback: Callable[[], None], wall: bool = False) -> Callable[[], None]:
        now = self._clock.ms if wall else self._elapsed
        self._number += 1
        number = self._number
        self._due[number] = (self._elapsed + period_ms - now % period_ms, callback)
        return lambda: self._due.pop(number, None) and None

    def settle(self) -> None:
        while self._soon:
            self._soon.pop(0)()

    def pass_ms(self, milliseconds: int) -> None:
        self.settle()
        end = self._elapsed + milliseconds
        while self._due and min(self._due.values(), key=lambda due: due[0])[0] <= end:
            number = min(self._due, key=lambda each: self._due[each][0])
            at, callback = self._due.pop(number)
            self._clock.ms += at - self._elapsed
            self._elapsed = at
            callback()
            self.settle()
        self._clock.ms += end - self._elapsed
        self._elapsed = end

    @property
    def armed(self) -> int:
        return len(self._due)


class Reader:
    """A subscriber that keeps what it got."""

    def __init__(self, combined: bool = False, time_unit: TimeUnit = MILLISECOND) -> None:
        self.combined = combined
        self.time_unit = time_unit
        self.raw: list[bytes] = []

    def send(self, message: bytes) -> None:
        self.raw.append(message)

    def take(self) -> list[Any]:
        messages, self.raw = [json.loads(message) for message in self.raw], []
        return messages


class World:
    """A venue with one hub on hand-driven time."""

    def __init__(self, *specs: SymbolSpec) -> None:
        self.clock = HandClock()
        self.timers = HandTimers(self.clock)
        self.venue = Venue(specs or [spec()], self.clock)
        self.venue.start()
        self.hub = Hub(self.timers, self.venue)
        self.venue.listen(self.hub.on_event)

    def read(self, *names: str, combined: bool = False, time_unit: TimeUnit = MILLISECOND) -> Reader:
        reader = Reader(combined, time_unit)
        for name in names:
            self.hub.subscribe(name, reader)
        return reader

    def book(self, bids: dict[str, str], asks: dict[str, str], symbol: str = "BTCUSDT") -> None:
        sides = [[(units(price), units(quantity)) for price, quantity in side.items()] for side in (bids, asks)]
        self.venue.set_market_book(symbol, *sides)

    def crowd(self, side: Any, quantity: str, price: str | None = None, tif: Any = "GTC", symbol: str = "BTCUSDT") -> Placement:
        order = NewOrder(
            symbol=symbol,
            side=side,
            type="MARKET" if price is None else "LIMIT",
            quantity=units(quantity),
            price=None if price is None else units(price),
            time_in_force=None if price is None else tif,
        )
        return self.venue.place_as_market(order, "crowd")


class LocalBook:
    """A client's book by the documented rules (binance-spot 1.9), and nothing else."""

    def __init__(self, snapshot: dict[str, Any]) -> None:
        self.id = snapshot["lastUpdateId"]
        self.bids = {units(price): units(quantity) for price, quantity in snapshot["bids"]}
        self.asks = {units(price): units(quantity) for price, quantity in snapshot["asks"]}
        self._synced = False

    def apply(self, event: dict[str, Any]) -> None:
        if event["u"] <= self.id:
            return
        if not self._synced:
            assert event["U"] <= self.id + 1, f"the first event {event['U']}..{event['u']} does not join the snapshot {self.id}"
            self._synced = True
        else:
            assert event["U"] == self.id + 1, f"gap: U={event['U']} after {self.id}"
        for side, levels in ((self.bids, event["b"]), (self.asks, event["a"])):
            for price, quantity in levels:
                side[units(price)] = units(quantity)
                if not units(quantity):
                    del side[units(price)]
        self.id = event["u"]

    def levels(self) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
        return sorted(self.bids.items(), reverse=True), sorted(self.asks.items())

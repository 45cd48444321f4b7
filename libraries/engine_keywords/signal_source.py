"""Sources that send signals all the time, each its own connection and symbol, and what the engine said to every one of them."""

from __future__ import annotations

import itertools
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from libraries.common.amounts import Quantity
from libraries.common.types import Purpose, Side, Symbol
from libraries.engine_keywords.outgoing import Wish, own_client, send
from libraries.world.deadlines import Deadline, poll
from libraries.world.engine import Engine
from libraries.world.errors import WorldError

_BUYS, _SELLS = Quantity("0.10"), Quantity("0.09")
_ENDS_S = 20.0
_runs = itertools.count(1)


@dataclass
class Sent:
    """What became of the signals. Lost and phantom ones are known once the journal was read."""

    acknowledged: int = 0
    refused: int = 0
    unknown: int = 0
    lost: list[str] = field(default_factory=list)
    phantom: list[str] = field(default_factory=list)


class SignalSource(threading.Thread):
    """Buys, and sells most of it again, for ever. A signal without an answer is of unknown outcome and never repeated."""

    def __init__(self, prefix: str, engine: Engine, venue: str, symbol: Symbol, *, pace_s: float, ending: threading.Event) -> None:
        super().__init__(name=f"signals of {symbol}", daemon=True)
        self.acknowledged: list[tuple[str, float, float]] = []
        """Signal id, and when it was asked and acknowledged (monotonic seconds)."""
        self.refused: set[str] = set()
        self.unknown: set[str] = set()
        self.last_refusal = ""
        self._prefix = f"{prefix}{symbol}"
        self._engine = engine
        self._venue = venue
        self._symbol = symbol
        self._pace_s = pace_s
        self._ending = ending

    def run(self) -> None:
        client = own_client(self._engine)
        try:
            for number in itertools.count(1):
                if self._ending.wait(self._pace_s):
                    return
                self._send(client, self._wish(number))
        finally:
            client.close()

    def _wish(self, number: int) -> Wish:
        side, quantity, purpose = (Side.BUY, _BUYS, Purpose.ENTRY) if number % 2 else (Side.SELL, _SELLS, Purpose.EXIT)
        return Wish(side, self._symbol, quantity, None, None, None, None, purpose, f"{self._prefix}-{number}")

    def _send(self, client: Any, wish: Wish) -> None:
        assert wish.signal_id is not None
        asked = time.monotonic()
        try:
            answer = send(self._engine, wish.document(self._venue), client)
        except WorldError:
            self.unknown.add(wish.signal_id)
            return
        if answer.ok:
            self.acknowledged.append((wish.signal_id, asked, time.monotonic()))
        elif answer.status < 500 or answer.status == 503:
            self.refused.add(wish.signal_id)
            self.last_refusal = f"{answer.status}: {answer.body}"
        else:
            self.unknown.add(wish.signal_id)


class SignalSources:
    """One source for each symbol."""

    def __init__(self, engine: Engine, venue: str, symbols: tuple[Symbol, ...], pace_s: float) -> None:
        self.engine = engine
        self.counted_from = time.monotonic()
        self._ending = threading.Event()
        self._prefix = f"load-{next(_runs)}-"
        self._sources = [SignalSource(self._prefix, engine, venue, symbol, pace_s=pace_s, ending=self._ending) for symbol in symbols]
        for source in self._sources:
            source.start()

    def acknowledged_since(self) -> list[tuple[float, float]]:
        """When such were asked and acknowledged that were asked since it is counted."""
        every = [entry for source in self._sources for entry in list(source.acknowledged)]
        return sorted((told, asked) for _, asked, told in every if asked >= self.counted_from)

    def wait_for(self, orders: int, deadline: Deadline) -> float:
        """Wait until so many are acknowledged of those asked since it is counted; seconds from there to the last of them.

        Raises:
            AssertionError: not in time.
        """
        poll(lambda: True if len(self.acknowledged_since()) >= orders else None, deadline, threading.Event().wait)
        seen = self.acknowledged_since()
        if len(seen) < orders:
            said = f"{orders} orders should be acknowledged within {deadline.seconds:g} s, {len(seen)} were"
            raise AssertionError(f"{said}; {self._others()}")
        return seen[orders - 1][0] - self.counted_from

    def _others(self) -> str:
        refused = sum(len(source.refused) for source in self._sources)
        unknown = sum(len(source.unknown) for source in self._sources)
        last = next((source.last_refusal for source in self._sources if source.last_refusal), "none")
        return f"{refused} were refused (for example {last}), of {unknown} nobody knows. Look at: the engine's log and RiskDenied facts"

    def end(self, journaled: list[str], ordered: list[str]) -> Sent:
        """Compare what the sources were told with the journal. `journaled`: its signal ids; `ordered`: those an order came of."""
        told = {name for source in self._sources for name, _, _ in source.acknowledged}
        refused = {name for source in self._sources for name in source.refused}
        unknown = {name for source in self._sources for name in source.unknown}
        known = set(journaled) & set(ordered)
        ours = [name for name in journaled if name.startswith(self._prefix)]  # a test may send others beside
        orders = [name for name in ordered if name.startswith(self._prefix)]
        phantom = (set(ours) - told - refused - unknown) | (set(orders) - told - unknown)
        phantom |= {name for names in (ours, orders) for name, count in Counter(names).items() if count > 1}
        return Sent(len(told), len(refused), len(unknown), sorted(told - known), sorted(phantom))

    def stop(self) -> None:
        """Raises WorldError: a source still waits for its answer."""
        self._ending.set()
        deadline = Deadline(_ENDS_S)
        for source in self._sources:
            source.join(max(deadline.remaining(), 0.001))
        waiting = [source.name for source in self._sources if source.is_alive()]
        if waiting:
            raise WorldError(f"these still wait for an answer of the engine {_ENDS_S:g} s after their last signal: {', '.join(waiting)}")

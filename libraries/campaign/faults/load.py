"""The load of a round: threads that ask for orders and cancels, a market that moves, and a probe that notes when orders are filled."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from decimal import Decimal
from typing import Final

from libraries.campaign.faults.asking import Asker, Filled, Told, now
from libraries.campaign.faults.house import SYMBOLS, House
from libraries.world.admin import AdminClient
from libraries.world.deadlines import Deadline, poll
from libraries.world.errors import WorldError

BID, ASK, INSIDE, BELOW = "99.50", "100.50", "99.90", "98.00"
_DEPTHS: Final = ("500", "501")
_TRADERS: Final = 2
_PAUSE_S: Final = 0.12
_MARKET_S: Final = 0.3
_PROBE_S: Final = 0.15
_FILLED_S: Final = 1.0
_LOOK_S: Final = 0.03
_ENDS_S: Final = 30.0
_PROBE: Final = "0.12"
_KEPT: Final = 8
"""So many orders of a trader rest at the most; then it cancels."""


class Load:
    """Begins with `open_market` and `start`, ends with `stop`. `filled`: the probe's orders, as they were filled."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._over = threading.Event()
        self._lock = threading.Lock()
        self.told = Told()
        self.filled: list[Filled] = []
        self.failures: list[str] = []
        self._threads: list[threading.Thread] = []

    def open_market(self) -> None:
        """It is quoted, and moves from now on."""
        for symbol in SYMBOLS:
            self._house.exchange.admin.set_book(symbol, [(BID, _DEPTHS[0])], [(ASK, _DEPTHS[0])])
        self._begin(self._market)

    def start(self) -> None:
        """Everybody begins who asks something of the engines, which run."""
        for work in [self._script] if self._house.plan.twin else [self._probe, *[self._trade] * _TRADERS]:
            self._begin(work)

    def _begin(self, work: Callable[[random.Random], None]) -> None:
        seed = f"{self._house.plan.seed} {len(self._threads)}"
        thread = threading.Thread(target=self._work, args=(work, seed), name=f"load: {work.__name__.strip('_')}", daemon=True)
        self._threads.append(thread)
        thread.start()

    def stop(self) -> None:
        """Nobody asks any more, and every answer has come or was given up."""
        self._over.set()
        deadline = Deadline(_ENDS_S)
        for thread in self._threads:
            thread.join(max(deadline.remaining(), 0.01))
        waiting = [thread.name for thread in self._threads if thread.is_alive()]
        if waiting:
            self.failures.append(f"these still wait for an answer {_ENDS_S:g} s after the end of the load: {', '.join(waiting)}")

    def wait_filled(self, after: float, seconds: float, symbol: str | None = None) -> float | None:
        """When the first order that was asked for after that moment was filled, in seconds from then; None = not in time."""

        def first() -> float | None:
            with self._lock:
                done = [each.done for each in self.filled if each.asked > after and symbol in (None, each.symbol)]
            return min(done, default=None)

        seen = poll(first, Deadline(seconds), self._over.wait)
        return None if seen is None else seen - after

    def _work(self, work: Callable[[random.Random], None], seed: str) -> None:
        """A thread. The market is the venue's and no fault of it may hide behind one of ours."""
        try:
            work(random.Random(seed))  # noqa: S311 - repeatable on purpose
        except (WorldError, AssertionError) as error:
            self.failures.append(f"the load broke: {type(error).__name__}: {error}")

    # ---- what each does ----

    def _trade(self, dice: random.Random) -> None:
        asker = Asker(self._house, self.told, self._lock)
        resting: list[str] = []
        while not self._over.wait(_PAUSE_S):
            symbol, quantity = dice.choice(SYMBOLS), f"0.{dice.randint(12, 30)}"
            fate = dice.random()
            if (fate < 0.15 and resting) or len(resting) > _KEPT:
                asker.cancel(resting.pop(dice.randrange(len(resting))))
            elif fate < 0.4:
                order = asker.signal(symbol, "BUY", quantity, price=INSIDE)
                resting += [order] if order is not None else []
            elif fate < 0.6:
                asker.signal(symbol, "SELL", quantity, purpose="EXIT")
            else:
                asker.signal(symbol, "BUY", quantity)
        asker.close()

    def _probe(self, _: random.Random) -> None:
        """One small order after the other, each of the other symbol than the one before."""
        asker = Asker(self._house, self.told, self._lock)
        number = 0
        while not self._over.wait(_PROBE_S):
            number += 1
            self._note([asker], SYMBOLS[number % len(SYMBOLS)])
        asker.close()

    def _script(self, _: random.Random) -> None:
        """What both of two engines are given, one after the other (I26): fills, bids that rest and are cancelled, exits, one denial."""
        twins = [Asker(self._house, self.told, self._lock, engine) for engine in self._house.engines]
        number = 0
        while not self._over.wait(_PROBE_S):
            number += 1
            symbol = SYMBOLS[number % len(SYMBOLS)]
            self._note(twins, symbol)
            for twin in twins:
                if number % 4 == 0:
                    order = twin.signal(symbol, "BUY", "0.15", price=BELOW)
                    if order is not None and self._ends(twin, order, "OPEN"):
                        twin.cancel(order)
                        self._ends(twin, order, "CANCELLED")
                elif number % 4 == 2:
                    self._ends(twin, twin.signal(symbol, "SELL", "0.05", purpose="EXIT"), "FILLED")
                elif number % 8 == 3:
                    twin.signal(symbol, "BUY", "50")  # more than R1 allows
        for twin in twins:
            twin.close()

    def _note(self, askers: list[Asker], symbol: str) -> None:
        """Each asks for the same; how long the first one's took."""
        for asker in askers:
            asked, waited = now(), asker.waited_s()
            order = asker.signal(symbol, "BUY", _PROBE)
            answered, waited = now(), asker.waited_s() - waited
            if self._ends(asker, order, "FILLED") and asker is askers[0]:
                with self._lock:
                    self.filled.append(Filled(asked, answered, now(), symbol, max(0.0, waited)))

    def _ends(self, asker: Asker, order: str | None, state: str) -> bool:
        if order is None:
            return False
        pause = threading.Event()
        return poll(lambda: True if asker.state(order) == state else None, Deadline(_FILLED_S), pause.wait, _LOOK_S) is not None

    def _market(self, dice: random.Random) -> None:
        """Others quote, and trade with what rests inside; where two engines are compared only the sizes change."""
        told = self._house.exchange.admin.client
        admin = AdminClient(told.owner, told.base_url, told.token)
        number = 0
        while not self._over.wait(_MARKET_S):
            number += 1
            depth = _DEPTHS[number % 2]
            for symbol in SYMBOLS:
                admin.set_book(symbol, [(BID, depth)], [(ASK, depth)])
            if not self._house.plan.twin:
                self._hit(admin, dice)
        admin.close()

    def _hit(self, admin: AdminClient, dice: random.Random) -> None:
        """Somebody sells to what rests, whole or in part."""
        symbol = dice.choice(SYMBOLS)
        rests = [order for order in admin.orders(self._house.account.name, symbol) if _rests(order)]
        if rests and dice.random() < 0.7:
            left = Decimal(rests[0]["quantity"]) - Decimal(rests[0]["executed"])
            part = left if dice.random() < 0.5 else (left / 2).quantize(Decimal("0.01"))
            if part * Decimal(INSIDE) >= 5:
                admin.place_order(symbol=symbol, side="SELL", order_type="LIMIT", quantity=f"{part:f}", price=INSIDE, time_in_force="IOC")


def _rests(order: dict[str, str]) -> bool:
    return order["type"] == "LIMIT" and order["status"] in ("NEW", "PARTIALLY_FILLED")

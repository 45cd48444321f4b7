"""A seeded mix of order-entry commands of several accounts (X13): same seed, same commands. Pure."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

Params = dict[str, str]
MIDDLE = 10_000
"""In ticks of 0.01."""
_REMEMBERED = 40
"""Cancels aim at one of this many newest orders of the account: some are open, some long done."""


@dataclass(frozen=True)
class Command:
    """One WebSocket API request of account `actor` (from 0), without key, time stamp and signature."""

    actor: int
    method: str
    params: Params


class _Mix:
    def __init__(self, symbol: str, actors: int, seed: int) -> None:
        self._symbol = symbol
        self._dice = random.Random(seed)  # noqa: S311 - reproducible commands, not secrets
        self._actors = actors
        self._recent: list[deque[str]] = [deque(maxlen=_REMEMBERED) for _ in range(actors)]
        self._number = 0

    def next(self) -> Command:
        actor = self._dice.randrange(self._actors)
        draw = self._dice.random()
        if draw < 0.25 and self._recent[actor]:
            return self._cancel(actor)
        if draw < 0.26:
            return Command(actor, "openOrders.cancelAll", {"symbol": self._symbol})
        return Command(actor, "order.place", self._order(actor))

    def _cancel(self, actor: int) -> Command:
        return Command(actor, "order.cancel", {"symbol": self._symbol, "origClientOrderId": self._dice.choice(self._recent[actor])})

    def _order(self, actor: int) -> Params:
        dice = self._dice
        self._number += 1
        identity = f"mix{self._number}"
        self._recent[actor].append(identity)
        base = {
            "symbol": self._symbol,
            "side": dice.choice(("BUY", "SELL")),
            "quantity": f"{dice.randint(10, 300) / 100:.2f}",
            "newClientOrderId": identity,
            "newOrderRespType": "ACK",
        }
        kind = dice.choices(("LIMIT", "MARKET", "LIMIT_MAKER", "STOP_LOSS_LIMIT", "TAKE_PROFIT"), (70, 8, 10, 8, 4))[0]
        if kind == "LIMIT":
            return base | {"type": kind, "price": self._price(30), "timeInForce": dice.choices(("GTC", "IOC", "FOK"), (8, 1, 1))[0]}
        if kind == "LIMIT_MAKER":
            return base | {"type": kind, "price": self._price(60)}
        if kind == "STOP_LOSS_LIMIT":
            return base | {"type": kind, "price": self._price(40), "stopPrice": self._price(60), "timeInForce": "GTC"}
        if kind == "TAKE_PROFIT":
            return base | {"type": kind, "stopPrice": self._price(60)}
        return base | {"type": kind}

    def _price(self, away: int) -> str:
        return f"{(MIDDLE + self._dice.randint(-away, away)) / 100:.2f}"


def commands(symbol: str, actors: int, count: int, seed: int) -> Iterator[Command]:
    """`count` commands; at the end every account cancels what it still has open on the symbol."""
    mix = _Mix(symbol, actors, seed)
    for _ in range(count):
        yield mix.next()
    for actor in range(actors):
        yield Command(actor, "openOrders.cancelAll", {"symbol": symbol})

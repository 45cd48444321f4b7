"""A seeded trading session of an engine and of others around it: the same seed wishes the same, in the same order."""

from __future__ import annotations

import random
from collections.abc import Callable
from decimal import Decimal

from libraries.common.amounts import Price, Quantity, plain
from libraries.common.types import OrderType, Purpose, Side, Symbol, TimeInForce
from libraries.engine_keywords.outgoing import Wish, cancel, send
from libraries.world.engine import Engine
from libraries.world.errors import WorldError
from libraries.world.exchange import Exchange

MIDDLE, TICK = Decimal(100), Decimal("0.01")
_ANSWERS = frozenset({201, 409, 422, 503})
"""What an engine may say to a signal: taken, seen before, denied, not now."""


class RandomSession:
    """`step` does one thing: an entry, an exit, a cancel, somebody else's trade, a move of the book."""

    def __init__(self, engine: Engine, exchange: Exchange, symbol: Symbol, seed: int) -> None:
        self._engine = engine
        self._exchange = exchange
        self._symbol = symbol
        self._account = next(link.account.name for link in engine.links if link.exchange is exchange)
        self._dice = random.Random(seed)  # noqa: S311 - repeatable, not secret
        self.accepted = 0
        """Signals that the engine has taken."""

    def step(self) -> None:
        """One thing of whoever may do one: while the engine is dead, the others."""
        acts: list[Callable[[], None]] = [self._someone_trades, self._someone_trades, self._book_moves]
        if self._engine.alive:
            acts += [self._enter, self._enter, self._enter, self._exit, self._cancel]
        self._dice.choice(acts)()

    def _enter(self) -> None:
        price = self._price(-150, 60) if self._dice.random() < 0.6 else None
        self._signal(Side.BUY, price, Purpose.ENTRY)

    def _exit(self) -> None:
        price = self._price(-60, 150) if self._dice.random() < 0.3 else None
        self._signal(Side.SELL, price, Purpose.EXIT)

    def _signal(self, side: Side, price: Price | None, purpose: Purpose) -> None:
        quantity = Quantity(self._dice.randrange(11_000, 60_000)) / Quantity(100_000)
        tif = TimeInForce(self._dice.choice(("GTC", "GTC", "IOC", "FOK"))) if price is not None else None
        order_type = OrderType.MARKET if price is None else OrderType.LIMIT
        wish = Wish(side, self._symbol, Quantity(quantity), price, order_type, tif, None, purpose, None)
        answer = send(self._engine, wish.document(self._exchange.alias))
        if answer.status not in _ANSWERS:
            raise AssertionError(f"expected an answer of {sorted(_ANSWERS)} to a signal, got {answer.status}: {answer.body}")
        self.accepted += answer.status == 201

    def _cancel(self) -> None:
        resting = [row for row in self._engine.control.orders() if row["state"] in ("OPEN", "PARTIALLY_FILLED")]
        if not resting:
            return
        name = str(self._dice.choice(resting)["client_order_id"])
        cancel(self._engine, name)

    def _someone_trades(self) -> None:
        side = self._dice.choice((Side.BUY, Side.SELL))
        reach = self._price(20, 180) if side is Side.BUY else self._price(-180, -20)
        try:
            self._exchange.admin.place_order(
                symbol=self._symbol,
                side=side.value,
                order_type="LIMIT",
                quantity=plain(Decimal(self._dice.randrange(10_000, 150_000)) / 100_000),
                price=plain(reach),
                time_in_force="IOC",
            )
        except WorldError as refused:
            raise AssertionError(f"somebody's order should be accepted by the venue: {refused}") from None

    def _book_moves(self) -> None:
        middle = self._price(-80, 80)
        bids = [(plain(middle - step * TICK * 25), "0.4") for step in range(1, 6)]
        asks = [(plain(middle + step * TICK * 25), "0.4") for step in range(1, 6)]
        self._exchange.admin.set_book(self._symbol, bids, asks)

    def _price(self, low: int, high: int) -> Price:
        """So many ticks around the middle."""
        return Price(MIDDLE + self._dice.randint(low, high) * TICK)

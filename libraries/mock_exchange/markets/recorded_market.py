"""The driver of a recorded CSV market: quotes give the book of account `market`, recorded trades hit it (docs/mock-exchange.md, Files).

What a recorded trade (taker side, price p, quantity q) does, as one unbroken step:
1. `market` withdraws its own quote on the maker side, and on the other side if it would cross p.
2. `market` rests q at p, behind all orders of others. Where orders of others on the other side cross p, they are filled first, whole:
   the market traded through them.
3. `crowd` takes exactly q as LIMIT IOC at p. Orders of others at p or better are filled first, by price-time priority; the public
   trade between `crowd` and `market` bears the recorded id. If others filled all of q, that id does not appear.
4. `market` quotes the last recorded quote again.
So between steps the book holds the last recorded quote (less what others took since) and the orders of others, nothing else.
"""

from __future__ import annotations

import asyncio
from typing import Any

import structlog

from ..core.accounts import CROWD
from ..core.orders import NewOrder
from ..core.venue import Venue
from .recorded_plan import Quote, RecordedPlan, RecordedTrade

OTHER_TRADES_FROM = 10**12 + 1
"""Trade ids of everything that is no recorded trade."""
_STEPS_BETWEEN_BREATHS = 25

_log = structlog.get_logger("mock_exchange.markets")
Side = list[tuple[int, int]]


class RecordedMarket:
    """Fulfils shell.market_driver.MarketDriver for `[recorded]` of a market file."""

    def __init__(self, venue: Venue, symbol: str, plan: RecordedPlan) -> None:
        self._venue = venue
        self._symbol = symbol
        self._plan = plan
        self._quote: Quote | None = None
        self._position = 0
        self._last_trade_id: int | None = None
        self._paused = False
        self._playing = asyncio.Lock()
        venue.number_other_trades_from(symbol, OTHER_TRADES_FROM)

    async def start(self) -> None:
        """Nothing moves before the first advance. A venue that goes on from a ledger goes on after the last recorded trade in it."""
        played = [trade.trade_id for trade in self._venue.recent_trades(self._symbol, 1000) if trade.trade_id < OTHER_TRADES_FROM]
        if played and played[-1] in self._plan.trade_ids:
            self._last_trade_id = played[-1]
            self._position = self._plan.position_after(played[-1])
            earlier = [step for step in self._plan.steps[: self._position] if isinstance(step, Quote)]
            self._quote = earlier[-1] if earlier else None
        _log.info("recorded market ready", symbol=self._symbol, steps=len(self._plan.steps), skipped_trades=len(self._plan.skipped))

    async def advance(self, *, steps: int | None = None, until_trade_id: int | None = None, to_end: bool = False) -> dict[str, Any]:
        """Play that far (inclusive). Raises ValueError saying what was expected and what came."""
        if self._paused:
            raise ValueError("the market is quiesced and does not move; POST /admin/resume first")
        async with self._playing:
            target = self._target(steps, until_trade_id, to_end)
            while self._position < target:
                self._play(self._position)
                self._position += 1
                if self._position % _STEPS_BETWEEN_BREATHS == 0:
                    await asyncio.sleep(0)
            return {"position": self._position, "last_trade_id": self._last_trade_id, "remaining": len(self._plan.steps) - self._position}

    def pause(self) -> None:
        self._paused = True

    def resume(self) -> None:
        self._paused = False

    def exchange_info(self) -> dict[str, Any] | None:
        return None

    def depth_snapshot(self, symbol: str) -> dict[str, Any] | None:
        return None

    async def close(self) -> None:
        """Nothing runs between advances."""

    def _target(self, steps: int | None, until_trade_id: int | None, to_end: bool) -> int:
        end = len(self._plan.steps)
        if steps is not None:
            return min(self._position + steps_asked(steps), end)
        if until_trade_id is None:
            assert to_end, "advance takes one of steps, until_trade_id and to_end"
            return end
        try:
            target = self._plan.position_after(until_trade_id)
        except KeyError:
            ids = self._plan.trade_ids
            raise ValueError(
                f"until_trade_id: expected the id of a recorded trade ({ids[0]} to {ids[-1]}), came {until_trade_id}"
            ) from None
        if target < self._position and until_trade_id != self._last_trade_id:
            raise ValueError(
                f"until_trade_id: trade {until_trade_id} was already played (the last was {self._last_trade_id}); choose a later one"
            )
        return target

    def _play(self, index: int) -> None:
        step = self._plan.steps[index]
        if isinstance(step, Quote):
            self._quote = step
            self._set_book(*_sides(step))
            return
        self._last_trade_id = step.trade_id
        if step.quantity:
            self._offer(step)
            self._take(step)
            self._set_book(*_sides(self._quote))

    def _offer(self, trade: RecordedTrade) -> None:
        """Steps 1 and 2 of a recorded trade."""
        bids, asks = _sides(self._quote)
        buys = trade.taker_side == "BUY"
        if buys:
            bids, asks = [level for level in bids if level[0] < trade.price], []
        else:
            bids, asks = [], [level for level in asks if level[0] > trade.price]
        # Withdrawn first, so that what rests below stands behind the orders of others also where the quote had the same price and size.
        self._set_book(bids, asks)
        offered = trade.quantity + self._crossing(trade)
        most = self._venue.symbols[self._symbol].max_qty
        level = [(trade.price, min(offered, most) if most else offered)]
        self._set_book(*((bids, level) if buys else (level, asks)))

    def _crossing(self, trade: RecordedTrade) -> int:
        """Quantity of others' orders that stand on the taker's side at the trade's price or through it."""
        _, bids, asks = self._venue.depth(self._symbol)
        if trade.taker_side == "BUY":
            return sum(quantity for price, quantity in bids if price >= trade.price)
        return sum(quantity for price, quantity in asks if price <= trade.price)

    def _take(self, trade: RecordedTrade) -> None:
        self._venue.force_next_trade_id(self._symbol, trade.trade_id)
        order = NewOrder(
            symbol=self._symbol,
            side=trade.taker_side,
            type="LIMIT",
            time_in_force="IOC",
            quantity=trade.quantity,
            price=trade.price,
        )
        placed = self._venue.place_as_market(order, CROWD).order
        if placed.executed != trade.quantity:
            _log.warning("recorded trade filled in part", trade_id=trade.trade_id, asked=trade.quantity, filled=placed.executed)

    def _set_book(self, bids: Side, asks: Side) -> None:
        self._venue.set_market_book(self._symbol, bids, asks)


def steps_asked(steps: int) -> int:
    if steps < 1:
        raise ValueError(f"steps: expected a whole number of at least 1, came {steps}")
    return steps


def _sides(quote: Quote | None) -> tuple[Side, Side]:
    if quote is None:
        return [], []
    return [(quote.bid, quote.bid_size)], [(quote.ask, quote.ask_size)]

"""Does at the venue what steps say: the ladders of account `market`, the trades of account `crowd`, recorded prints, statuses.

What a print (taker side, price p, quantity q) does, as one unbroken step:
1. `market` withdraws its own ladder on the maker side at p and through it, and on the other side if it would cross p.
2. `market` rests q at p, behind all orders of others. Where orders of others on the other side cross p, they are filled first, whole:
   the market traded through them.
3. `crowd` takes exactly q as LIMIT IOC at p. Orders of others at p or better are filled first, by price-time priority; the public
   trade between `crowd` and `market` bears the recorded id. If others filled all of q, that id does not appear.
4. `market` offers its ladder again.
So between steps the book holds that ladder (less what others took since) and the orders of others, nothing else.
"""

from __future__ import annotations

from typing import Protocol

import structlog

from ..core.accounts import CROWD, MARKET
from ..core.amounts import floor_to
from ..core.errors import VenueError
from ..core.orders import CancelRequest, NewOrder, Side
from ..core.venue import Venue
from .steps import Book, Cancel, Command, Levels, MoveClock, Print, Publish, Rest, Shift, Status, Take

OTHER_TRADES_FROM = 10**12 + 1
"""Trade ids of everything that is no recorded trade, where recorded ids are used."""
_LOOK_BACK = 1_000
"""How many of the newest trades are looked through for the last recorded one."""
_log = structlog.get_logger("mock_exchange.markets")


class Publisher(Protocol):
    """Where recorded messages go: the stream server."""

    def publish(self, name: str, data: bytes) -> None: ...


class MovableClock(Protocol):
    """The venue's clock, as a script sets it."""

    def advance(self, milliseconds: int) -> None: ...

    def skew(self, milliseconds: int) -> None: ...


class Desk:
    """Account `market`'s ladders and what is traded with them. A command that the venue refuses is logged with its reason and skipped."""

    def __init__(self, venue: Venue, clock: MovableClock, publisher: Publisher | None, recorded: frozenset[str] = frozenset()) -> None:
        self._venue = venue
        self._recorded = recorded
        self._clock = clock
        self._publisher = publisher
        self._ladders: dict[str, tuple[Levels, Levels]] = {}
        self.refused = 0
        self._told: set[tuple[str, int]] = set()
        for symbol in recorded:
            venue.number_other_trades_from(symbol, OTHER_TRADES_FROM)

    def apply(self, command: Command) -> None:
        """Do it. A `Pause` is the player's business."""
        try:
            self._do(command)
        except VenueError as error:
            self.refused += 1
            told = (type(command).__name__, error.code)
            if told not in self._told:
                self._told.add(told)
                _log.warning(
                    "a market command was refused; further ones like it are only counted", command=told[0], code=error.code, msg=error.msg
                )

    def remember(self, book: Book) -> None:
        """The ladder that a recorded symbol comes back to after each print, whatever others took of it; the book does not change yet."""
        if book.symbol in self._recorded:
            self._ladders[book.symbol] = (book.bids, book.asks)

    def last_recorded_trade(self) -> int | None:
        """The id of the last recorded trade that was printed here, where one symbol is recorded."""
        if len(self._recorded) != 1:
            return None
        [symbol] = self._recorded
        ids = [trade.trade_id for trade in self._venue.recent_trades(symbol, _LOOK_BACK) if trade.trade_id < OTHER_TRADES_FROM]
        return ids[-1] if ids else None

    def _do(self, command: Command) -> None:
        match command:
            case Book():
                self.remember(command)
                self._venue.set_market_book(command.symbol, command.bids, command.asks)
            case Take():
                self._take(command.symbol, command.side, command.quantity, command.price)
            case Print():
                self._print(command)
            case Shift():
                self._shift(command)
            case Publish():
                if self._publisher is not None:
                    self._publisher.publish(command.stream, command.data)
            case _:
                self._do_rarely(command)

    def _do_rarely(self, command: Command) -> None:
        match command:
            case Rest():
                self._rest(command)
            case Cancel():
                self._venue.cancel(CROWD, CancelRequest(symbol=command.symbol, client_order_id=command.name), "admin")
            case Status():
                self._venue.set_status(command.symbol, command.status)
            case MoveClock(advance_ms=int(milliseconds)):
                self._clock.advance(milliseconds)
            case MoveClock(skew_ms=int(milliseconds)):
                self._clock.skew(milliseconds)

    def _rest(self, asked: Rest) -> None:
        order = NewOrder(
            symbol=asked.symbol,
            side=asked.side,
            type="LIMIT",
            time_in_force="GTC",
            price=asked.price,
            quantity=asked.quantity,
            client_order_id=asked.name,
        )
        self._venue.place_as_market(order, CROWD)

    def _take(self, symbol: str, side: Side, quantity: int, price: int | None = None) -> int:
        """How much was filled."""
        order = NewOrder(
            symbol=symbol,
            side=side,
            type="MARKET" if price is None else "LIMIT",
            time_in_force=None if price is None else "IOC",
            quantity=quantity,
            price=price,
        )
        return self._venue.place_as_market(order, CROWD).order.executed

    # -- prints ------------------------------------------------------------------------------------------------------

    def _print(self, asked: Print) -> None:
        bids, asks = self._ladder(asked.symbol)
        self._offer(asked, bids, asks)
        if asked.trade_id is not None:
            self._venue.force_next_trade_id(asked.symbol, asked.trade_id)
        filled = self._take(asked.symbol, asked.side, asked.quantity, asked.price)
        if filled != asked.quantity:
            _log.warning("a print was filled in part", trade_id=asked.trade_id, asked=asked.quantity, filled=filled)
        self._venue.set_market_book(asked.symbol, bids, asks)

    def _offer(self, asked: Print, bids: Levels, asks: Levels) -> None:
        """Steps 1 and 2 of a print."""
        buys = asked.side == "BUY"
        if buys:
            bids, asks = [level for level in bids if level[0] < asked.price], []
        else:
            bids, asks = [], [level for level in asks if level[0] > asked.price]
        # Withdrawn first, so that what rests below stands behind the orders of others also where the ladder had the same price and size.
        self._venue.set_market_book(asked.symbol, bids, asks)
        offered = asked.quantity + self._crossing(asked)
        most = self._venue.symbols[asked.symbol].max_qty
        level = [(asked.price, min(offered, most) if most else offered)]
        self._venue.set_market_book(asked.symbol, *((bids, level) if buys else (level, asks)))

    def _crossing(self, asked: Print) -> int:
        """Quantity of others' orders that stand on the taker's side at the print's price or through it."""
        _, bids, asks = self._venue.depth(asked.symbol)
        if asked.side == "BUY":
            return sum(quantity for price, quantity in bids if price >= asked.price)
        return sum(quantity for price, quantity in asks if price <= asked.price)

    def _ladder(self, symbol: str) -> tuple[Levels, Levels]:
        """What `market` offers: of a recorded symbol as last recorded, else as it rests in the book."""
        return self._ladders.get(symbol) or self._resting(symbol)

    def _resting(self, symbol: str) -> tuple[Levels, Levels]:
        sides: dict[Side, dict[int, int]] = {"BUY": {}, "SELL": {}}
        for order in self._venue.open_orders(MARKET, symbol):
            levels = sides[order.side]
            levels[order.price] = levels.get(order.price, 0) + order.remaining
        return sorted(sides["BUY"].items(), reverse=True), sorted(sides["SELL"].items())

    # -- moves -------------------------------------------------------------------------------------------------------

    def middle(self, symbol: str) -> int | None:
        """The middle of `market`'s best bid and ask, rounded down; the only best price where one side is empty; None without a ladder."""
        bids, asks = self._resting(symbol)
        best = [side[0][0] for side in (bids, asks) if side]
        return sum(best) // len(best) if best else None

    def _shift(self, asked: Shift) -> None:
        """Every level keeps its quantity (also what is traded at the new price is offered again) and its distance from the middle."""
        middle = self.middle(asked.symbol)
        if middle is None:
            return
        spec = self._venue.symbols[asked.symbol]
        by = floor_to(asked.mid, spec.tick_size) - floor_to(middle, spec.tick_size)
        bids, asks = self._resting(asked.symbol)
        lowest = max(spec.min_price, spec.tick_size, 1)
        moved = [[(price + by, quantity) for price, quantity in side if price + by >= lowest] for side in (bids, asks)]
        self._ladders.pop(asked.symbol, None)
        self._venue.set_market_book(asked.symbol, moved[0], moved[1])
        side: Side = "SELL" if by < 0 else "BUY"
        touched = moved[0] if side == "SELL" else moved[1]
        if touched:
            smallest = max(spec.min_qty, spec.step_size, 1)
            self._take(asked.symbol, side, min(smallest, touched[0][1]), touched[0][0])
            self._venue.set_market_book(asked.symbol, moved[0], moved[1])

"""Bars out of real trades without waiting: trades are printed at the venue, then its clock and the engine's are moved on.

Clocks run on while they are moved. Bars of a second may therefore have one without a trade between them; a trade in the middle
of a minute stays in that minute, however slow the machine is, so minutes follow each other without a gap.
"""

from __future__ import annotations

import time
from typing import Any

from robot.api.deco import keyword
from robot.utils import timestr_to_secs

from libraries.common.amounts import exact, plain
from libraries.common.component import Component
from libraries.common.errors import WrongArgument
from libraries.common.types import NOT_GIVEN, Duration, Symbol, Timeout, milliseconds
from libraries.world.deadlines import Deadline, poll
from libraries.world.engine import Engine
from libraries.world.exchange import Exchange
from libraries.world.session import session

SECOND_MS, MINUTE_MS = 1_000, 60_000
DEPTH = "1000"
_STRIDE_MS = 5 * SECOND_MS
"""How far at once where bars are a minute or longer: far below what an engine takes for a silence."""
_BAR_WAIT = Timeout(seconds=15)
_LOOK_S = 0.008


class BarKeywords(Component):
    """The engine must have been started with a strategy on bars, which also makes its clock movable. A bar is as long as the shortest
    of the strategies that are planned, a second where none is.
    """

    @keyword
    def close_a_bar(
        self, *, wait: bool = True, timeout: Timeout = NOT_GIVEN, engine: str = NOT_GIVEN, venue: str = NOT_GIVEN, **prices: str
    ) -> None:
        """In one bar's time these symbols trade once each, at these prices, then that time ends and the bars close.

        The book of each symbol stands 0.01 below and above its price. The clocks of venues and engines move, nothing waits. It
        ends when the engine has closed the bars and nothing of what came of them is on its way any more.

        Args:
            wait: `False`: print the trades and ask nothing of the engine, which may never answer again; bars of a second close by
                themselves.
            timeout: How long the engine may take; default 15 seconds.
            engine: Alias of the engine whose bars are waited for; default: the first one. All running engines see the trades.
            venue: Alias of the venue that trades; default: the first one.
            prices: `SYMBOL=price`, such as `BTCUSDT=101.00`, or `SYMBOL=quantity@price`; 1 is traded unless a quantity is given.

        Raises:
            WrongArgument: no price, or one that is no number.
            AssertionError: the engine did not close the bars, or has orders under way, when the time was over.

        Example:
            ```robotframework
            Close A Bar    BTCUSDT=101.00    ETHUSDT=50.00
            ```
        """
        if not prices:
            raise WrongArgument("Close A Bar needs at least one price, such as BTCUSDT=101.00")
        running = self.engine(engine)
        length_ms = self._bar_ms()
        traded = self.exchange(venue)
        self._pass(_until_trade(self._venue_ms(traded), length_ms))
        deadline = Deadline(timeout or _BAR_WAIT)
        ids = {symbol: self._print(symbol, price, traded) for symbol, price in prices.items()}
        if not wait:
            self.note("bar not waited for", **prices)
            return
        self._until(
            running, deadline, f"the engine should see the trades {ids} and their books", lambda: _sees(running, traded, ids, prices)
        )
        closes_ms = self._venue_ms(traded) // length_ms * length_ms + length_ms - 1
        self._pass(length_ms - self._venue_ms(traded) % length_ms)
        self.note("bar", closes_ms=closes_ms, **prices)
        wanted = f"the engine should close the bars of {', '.join(prices)} that end at {closes_ms}, and have no order under way"
        keys = [(traded.alias, symbol) for symbol in prices]
        self._until(running, deadline, wanted, lambda: _closed(running, keys, length_ms, closes_ms) and not _under_way(running))

    @keyword
    def close_bars(self, symbol: Symbol, *prices: str, timeout: Timeout = NOT_GIVEN, engine: str = NOT_GIVEN) -> None:
        """One bar after another of one symbol, each with one trade.

        Args:
            symbol: Such as `BTCUSDT`.
            prices: Such as `100.00    101.00    1.5@102.00`: what is traded, 1 unless a quantity is given, and its price.
            timeout: How long the engine may take for each; default 15 seconds.
            engine: Alias of the engine whose bars are waited for; default: the first one.

        Example:
            ```robotframework
            Close Bars    BTCUSDT    100.00    101.00    102.00
            ```
        """
        for price in prices:
            self.close_a_bar(timeout=timeout, engine=engine, **{symbol: price})

    @keyword
    def let_seconds_pass(self, duration: Duration, *, engine: str = NOT_GIVEN) -> None:
        """The clocks of all venues and running engines move on together, in small steps; nobody trades.

        Args:
            duration: Such as `11s`.
            engine: Alias of an engine; default: the first one.

        Example:
            ```robotframework
            Let Seconds Pass    11s
            ```
        """
        self._pass(milliseconds(duration) // SECOND_MS * SECOND_MS)

    @keyword
    def the_market_has_traded(self, symbol: Symbol, *prices: str) -> None:
        """Before the engine starts: a bar for each price, with one trade. The venue has them to be read.

        Args:
            symbol: Such as `BTCUSDT`.
            prices: Such as `100.00    101.00    1.5@102.00`: what was traded, 1 unless a quantity is given, and its price.

        Example:
            ```robotframework
            The Market Has Traded    BTCUSDT    100.00    101.00    102.00
            ```
        """
        venue, length_ms = self.exchange().admin, self._bar_ms()
        for price in prices:
            venue.advance_clock(_until_trade(self._venue_ms(), length_ms))
            self._print(symbol, price, self.exchange())
        venue.advance_clock(length_ms - self._venue_ms() % length_ms)

    @keyword
    def the_markets_have_traded(self, **prices: str) -> None:
        """Before the engine starts: bars of several symbols side by side, with one trade each. The venue has them to be read.

        Args:
            prices: `SYMBOL=prices`, such as `ETHUSDT=50.00 50.50`: one price for each bar, 1 is traded; as many for every symbol.

        Raises:
            WrongArgument: no symbol, or not as many prices for each.

        Example:
            ```robotframework
            The Markets Have Traded    ETHUSDT=50.00 50.50 51.00    BTCUSDT=100.00 100.50 101.00
            ```
        """
        bars = {symbol: told.split() for symbol, told in prices.items()}
        numbers = {len(told) for told in bars.values()}
        if len(numbers) != 1:
            raise WrongArgument(f"The Markets Have Traded needs as many prices for each symbol, got {sorted(numbers) or 'none'}")
        venue, length_ms = self.exchange().admin, self._bar_ms()
        for number in range(numbers.pop()):
            venue.advance_clock(_until_trade(self._venue_ms(), length_ms))
            for symbol, told in bars.items():
                self._print(symbol, told[number], self.exchange())
            venue.advance_clock(length_ms - self._venue_ms() % length_ms)

    def _bar_ms(self) -> int:
        intervals = [int(timestr_to_secs(planned["interval"]) * 1_000) for planned in self.notes.strategies]
        return min(intervals, default=SECOND_MS)

    def _pass(self, duration_ms: int) -> None:
        """The clocks of all venues and engines move on together, in small steps: nobody takes it for a silence."""
        step_ms = SECOND_MS if self._bar_ms() < MINUTE_MS else _STRIDE_MS
        for passed_ms in range(0, duration_ms, step_ms):
            self._move(min(step_ms, duration_ms - passed_ms))

    def _move(self, by_ms: int) -> None:
        for venue in session.exchanges():
            venue.admin.advance_clock(by_ms)
        for engine in session.engines():
            if engine.test_hooks:
                engine.move_clock(by_ms)

    def _venue_ms(self, venue: Exchange | None = None) -> int:
        return int((venue or self.exchange()).admin.clock()["server_ms"])

    def _print(self, symbol: str, price: str, at: Exchange) -> int:
        """One trade at that price, the book around it; the trade's id."""
        venue, before = at.admin, _last_id(at, symbol)
        asked = venue.script_market(_rows(symbol, price))
        venue.run_market(max(int(asked["ends_in_ms"]), 1))
        printed = poll(lambda: now if (now := _last_id(at, symbol)) != before else None, Deadline(_BAR_WAIT), time.sleep, _LOOK_S)
        if printed is None:
            raise AssertionError(f"the venue should have printed a trade of {symbol} at {price}, its last one is {before}")
        return printed

    def _until(self, running: Engine, deadline: Deadline, wanted: str, reached: Any) -> None:
        child = running.child
        assert child is not None
        if poll(lambda: True if reached() else None, deadline, child.wait, _LOOK_S) is None:
            raise AssertionError(f"{wanted}; it did not within {deadline.seconds:g} s. Last seen: {running.control.bars()}")


def _last_id(venue: Exchange, symbol: str) -> int:
    """The id of the venue's last trade of a symbol; -1 before the first."""
    trades = venue.public.expect("GET", "/api/v3/trades", params={"symbol": symbol, "limit": "1"})
    return int(trades[-1]["id"]) if trades else -1


def _sees(running: Engine, venue: Exchange, ids: dict[str, int], prices: dict[str, str]) -> bool:
    for symbol, trade_id in ids.items():
        tick, book = running.control.tick(venue.alias, symbol), running.control.book(venue.alias, symbol)
        bid = _around(symbol, prices[symbol])[0]
        if tick is None or int(tick["trade_id"]) < trade_id or book is None or [row[0] for row in book["bids"][:1]] != [bid]:
            return False
    return True


def _until_trade(now_ms: int, length_ms: int) -> int:
    """How far it is to where a trade belongs: the begin of the next second, the middle of this or the next longer bar."""
    if length_ms < MINUTE_MS:
        return length_ms - now_ms % length_ms
    return (length_ms // 2 - now_ms) % length_ms


def _around(symbol: str, price: str) -> tuple[str, str, str]:
    """Best bid, price and best ask as the engine writes them."""
    at, tick = exact(price.rpartition("@")[2], symbol, "101.00", 8), exact("0.01", "tick", "0.01", 8)
    return plain(at - tick), plain(at), plain(at + tick)


def _rows(symbol: str, price: str) -> list[dict[str, Any]]:
    bid, at, ask = _around(symbol, price)
    quantity = plain(exact(price.rpartition("@")[0] or "1", f"quantity of {symbol}", "1.5@101.00", 8))
    book = {"do": "book", "symbol": symbol, "bids": [[bid, DEPTH]], "asks": [[ask, DEPTH]]}
    return [book, {"do": "print", "symbol": symbol, "price": at, "quantity": quantity, "side": "BUY"}]


def _closed(running: Engine, keys: list[tuple[str, str]], length_ms: int, closes_ms: int) -> bool:
    watched = [row for row in running.control.bars() if (row["venue"], row["symbol"]) in keys and row["interval_ms"] == length_ms]
    return all(row["last"] is not None and int(row["last"]["close_ms"]) >= closes_ms for row in watched)


def _under_way(running: Engine) -> bool:
    return bool(running.control.state()["in_flight"])

"""What a market did, by the venue's public answers and its ledger; compared with dumps, with another venue, with statistics."""

from __future__ import annotations

import csv
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from math import log
from pathlib import Path
from statistics import correlation
from typing import Any

from assertionengine import AssertionOperator
from robot.api.deco import keyword

from libraries.common.amounts import Price, exact, plain
from libraries.common.assertions import Question, ask
from libraries.common.component import Component
from libraries.common.errors import NotYet, WrongArgument
from libraries.common.types import NOT_GIVEN, BookSide, Duration, Symbol, Timeout

_LOOK = "GET /api/v3/klines and /api/v3/trades of the venue, and its ledger.jsonl"
_TIMEOUT_S = 30.0
_MOST_CANDLES = 1_000
_FEWEST_RETURNS = 20


class MarketGetterKeywords(Component):
    """Everything is asked for at the venue's public REST interface, as any client would."""

    @keyword
    def get_last_trade_price(
        self,
        symbol: Symbol,
        operator: AssertionOperator = NOT_GIVEN,
        expected: Price = NOT_GIVEN,
        *,
        venue: str = NOT_GIVEN,
        timeout: Timeout = NOT_GIVEN,
    ) -> Price:
        """The price of the last public trade of a symbol.

        Args:
            symbol: The symbol, such as `BTCUSDT`.
            operator: A comparison; left out, the price is only returned.
            expected: The price to compare with.
            venue: Alias of the venue; default: the first one opened.
            timeout: How long to ask again; default 5 seconds.

        Returns:
            The price, in quote per base.

        Example:
            ```robotframework
            Get Last Trade Price    BTCUSDT    ==    90.00
            ```
        """

        def read() -> Price:
            trades = self._ask(venue, "trades", symbol=symbol, limit=1)
            if not trades:
                raise NotYet("no trade")
            return Price(trades[-1]["price"])

        return ask(Question(read, f"last trade price of {symbol}", _LOOK), operator, expected, timeout)

    @keyword
    def get_lowest_trade_price(
        self,
        symbol: Symbol,
        operator: AssertionOperator = NOT_GIVEN,
        expected: Price = NOT_GIVEN,
        *,
        venue: str = NOT_GIVEN,
        timeout: Timeout = NOT_GIVEN,
    ) -> Price:
        """The lowest price at which a symbol was traded in the last 1,000 seconds of the venue's time.

        Args:
            symbol: The symbol, such as `BTCUSDT`.
            operator: A comparison; left out, the price is only returned.
            expected: The price to compare with.
            venue: Alias of the venue; default: the first one opened.
            timeout: How long to ask again; default 5 seconds.

        Returns:
            The price, in quote per base.

        Example:
            ```robotframework
            Get Lowest Trade Price    BTCUSDT    <=    90.00
            ```
        """

        def read() -> Price:
            candles = self._candles(venue, symbol, "1s")
            if not candles:
                raise NotYet("no trade")
            return Price(min(Decimal(row[3]) for row in candles))

        return ask(Question(read, f"lowest trade price of {symbol}", _LOOK), operator, expected, timeout)

    @keyword
    def get_best_venue_price(
        self,
        symbol: Symbol,
        side: BookSide,
        operator: AssertionOperator = NOT_GIVEN,
        expected: Price = NOT_GIVEN,
        *,
        venue: str = NOT_GIVEN,
        timeout: Timeout = NOT_GIVEN,
    ) -> Price:
        """The best bid or ask of a symbol at the venue.

        Args:
            symbol: The symbol, such as `BTCUSDT`.
            side: `BID` or `ASK`.
            operator: A comparison; left out, the price is only returned.
            expected: The price to compare with.
            venue: Alias of the venue; default: the first one opened.
            timeout: How long to ask again; default 5 seconds.

        Returns:
            The price, in quote per base.

        Example:
            ```robotframework
            Get Best Venue Price    BTCUSDT    ASK    ==    101.00
            ```
        """

        def read() -> Price:
            levels = self._ask(venue, "depth", symbol=symbol, limit=5)["bids" if side is BookSide.BID else "asks"]
            if not levels:
                raise NotYet("an empty side")
            return Price(levels[0][0])

        return ask(Question(read, f"best {side.value.lower()} of {symbol}", _LOOK), operator, expected, timeout)

    @keyword
    def get_trade_count(
        self,
        symbol: Symbol,
        operator: AssertionOperator = NOT_GIVEN,
        expected: int = NOT_GIVEN,
        *,
        venue: str = NOT_GIVEN,
        timeout: Timeout = NOT_GIVEN,
    ) -> int:
        """How many public trades of a symbol the venue shows, at most the last 1,000.

        Args:
            symbol: The symbol, such as `BTCUSDT`.
            operator: A comparison; left out, the number is only returned.
            expected: The number to compare with.
            venue: Alias of the venue; default: the first one opened.
            timeout: How long to ask again; default 5 seconds.

        Returns:
            The number.

        Example:
            ```robotframework
            Get Trade Count    BTCUSDT    >=    10
            ```
        """
        question = Question(lambda: len(self._ask(venue, "trades", symbol=symbol, limit=1000)), f"number of trades of {symbol}", _LOOK)
        return ask(question, operator, expected, timeout)

    @keyword
    def get_time_between_trades(
        self,
        symbol: Symbol,
        operator: AssertionOperator = NOT_GIVEN,
        expected: Duration = NOT_GIVEN,
        *,
        venue: str = NOT_GIVEN,
        timeout: Timeout = NOT_GIVEN,
    ) -> timedelta:
        """The venue's time from the first to the last public trade of a symbol (of at most 1,000).

        Args:
            symbol: The symbol, such as `BTCUSDT`.
            operator: A comparison; left out, the time is only returned.
            expected: The time to compare with, such as `6s`.
            venue: Alias of the venue; default: the first one opened.
            timeout: How long to ask again; default 5 seconds.

        Returns:
            The time, by the venue's clock.

        Example:
            ```robotframework
            Get Time Between Trades    BTCUSDT    ==    6s
            ```
        """

        def read() -> timedelta:
            trades = self._ask(venue, "trades", symbol=symbol, limit=1000)
            if not trades:
                raise NotYet("no trade")
            return timedelta(milliseconds=trades[-1]["time"] - trades[0]["time"])

        return ask(Question(read, f"time between trades of {symbol}", _LOOK), operator, expected, timeout)

    @keyword
    def the_correlation_of_trades_is(
        self, symbol: Symbol, other: Symbol, *, least: str, most: str, every: int = 5, venue: str = NOT_GIVEN
    ) -> float:
        """The correlation of two symbols' returns, measured from the closes of their traded candles, lies between two bounds.

        A figure of statistics, and so a float; it never becomes a price.

        Args:
            symbol: The one symbol.
            other: The other symbol.
            least: Lowest correlation, such as `0.6`.
            most: Highest correlation, such as `0.95`.
            every: Seconds from one close to the next; the longer, the less the spread between bid and ask blurs the returns.
            venue: Alias of the venue; default: the first one opened.

        Returns:
            The correlation.

        Raises:
            WrongArgument: fewer than 20 returns could be measured: let the market run longer.
            AssertionError: it lies outside.

        Example:
            ```robotframework
            The Correlation Of Trades Is    BTCUSDT    ETHUSDT    least=0.6    most=0.95
            ```
        """
        bounds = exact(least, "least", "0.6", 8), exact(most, "most", "0.95", 8)
        closes = [{row[0]: float(row[4]) for row in self._candles(venue, name, "1s")} for name in (symbol, other)]
        times = sorted(set(closes[0]) & set(closes[1]))[::every]
        series = [[log(side[after] / side[before]) for before, after in pairwise(times)] for side in closes]
        if len(series[0]) < _FEWEST_RETURNS:
            raise WrongArgument(f"{len(series[0])} returns are too few for a correlation; let the market run longer, or measure more often")
        measured = correlation(*series)
        if not bounds[0] <= Decimal(measured) <= bounds[1]:
            raise AssertionError(
                f"the correlation of {symbol} and {other} should lie between {least} and {most}, it is {measured:.4f} "
                f"over {len(series[0])} returns. Look at: {_LOOK}"
            )
        return measured

    @keyword
    def the_venue_serves_these_candles(self, symbol: Symbol, interval: str, file: Path, *, venue: str = NOT_GIVEN) -> int:
        """Every candle of a kline dump comes back from `/api/v3/klines`: times, open, high, low, close, volume, taker buy volume.

        Args:
            symbol: The symbol, such as `BTCUSDT`.
            interval: The dump's interval, such as `1m`.
            file: Path of the dump (at most 1,000 candles, with or without a header, in milliseconds or microseconds).
            venue: Alias of the venue; default: the first one opened.

        Returns:
            The number of candles.

        Raises:
            AssertionError: one is missing or differs; the first difference is in the message.

        Example:
            ```robotframework
            The Venue Serves These Candles    BTCUSDT    1m    ${CURDIR}/data/minutes.csv
            ```
        """
        wanted = _dumped(file)
        served = {row[0]: row for row in self._ask(venue, "klines", symbol=symbol, interval=interval, limit=1000, startTime=wanted[0][0])}
        for opened, closed, *amounts in wanted:
            row = served.get(opened)
            if row is None:
                raise AssertionError(f"the venue should serve a candle that opens at {opened}, it has none. Look at: {_LOOK}")
            got = [row[6], *(plain(Decimal(row[index])) for index in (1, 2, 3, 4, 5, 9))]
            if got != [closed, *amounts]:
                raise AssertionError(f"the candle that opens at {opened} should be {[closed, *amounts]}, it is {got}. Look at: {_LOOK}")
        return len(wanted)

    @keyword
    def the_ledgers_are_equal(self, venue: str, other: str) -> int:
        """Two venues wrote the same ledgers, byte for byte.

        Args:
            venue: Alias of the one venue.
            other: Alias of the other venue.

        Returns:
            The number of lines.

        Raises:
            AssertionError: they differ; the first line that does is in the message.

        Example:
            ```robotframework
            The Ledgers Are Equal    first    second
            ```
        """
        lines = [self._ledger(alias) for alias in (venue, other)]
        for number, (ours, theirs) in enumerate(zip(*lines, strict=False), 1):
            if ours != theirs:
                raise AssertionError(f"line {number} of the ledgers differs: {venue} wrote {ours[:300]!r}, {other} wrote {theirs[:300]!r}")
        if len(lines[0]) != len(lines[1]):
            raise AssertionError(f"the ledger of {venue} has {len(lines[0])} lines, that of {other} has {len(lines[1])}")
        return len(lines[0])

    @keyword
    def the_ledgers_differ(self, venue: str, other: str) -> int:
        """Two venues wrote different ledgers.

        Args:
            venue: Alias of the one venue.
            other: Alias of the other venue.

        Returns:
            The number of the first line that differs.

        Raises:
            AssertionError: they are equal.

        Example:
            ```robotframework
            The Ledgers Differ    first    second
            ```
        """
        ours, theirs = self._ledger(venue), self._ledger(other)
        for number, pair in enumerate(zip(ours, theirs, strict=False), 1):
            if pair[0] != pair[1]:
                return number
        if len(ours) == len(theirs):
            raise AssertionError(f"the ledgers of {venue} and {other} should differ, all {len(ours)} lines are equal")
        return min(len(ours), len(theirs)) + 1

    def _ledger(self, alias: str) -> list[bytes]:
        return self.exchange(alias).ledger_path.read_bytes().splitlines()

    def _candles(self, venue: str | None, symbol: str, interval: str) -> list[Any]:
        """The last candles in which something was traded."""
        return [row for row in self._ask(venue, "klines", symbol=symbol, interval=interval, limit=_MOST_CANDLES) if row[8]]

    def _ask(self, venue: str | None, path: str, **params: object) -> Any:
        answer = self.exchange(venue).public.request("GET", f"/api/v3/{path}", params=params, timeout=_TIMEOUT_S)
        if not answer.ok:
            raise AssertionError(f"the venue should answer GET {path}, it says {answer.status}: {answer.body}")
        return answer.body


def _dumped(file: Path) -> list[list[Any]]:
    """[open time, close time, open, high, low, close, volume, taker buy volume], read here a second time and by other code."""
    with file.open(newline="", encoding="utf-8") as content:
        rows = [row for row in csv.reader(content) if row and row[0].isdigit()]
    if not 0 < len(rows) <= _MOST_CANDLES:
        raise WrongArgument(f"{file.name}: expected 1 to {_MOST_CANDLES} candles, got {len(rows)}")
    unit = 1000 if len(rows[0][0]) > 13 else 1
    return [[int(row[0]) // unit, int(row[6]) // unit, *(plain(Decimal(row[index])) for index in (1, 2, 3, 4, 5, 9))] for row in rows]

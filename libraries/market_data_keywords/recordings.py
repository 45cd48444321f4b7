"""Recorded markets: play them, and compare what the engine did with a table computed from the files."""

from __future__ import annotations

from decimal import Decimal
from html import escape
from typing import Any

from robot.api import logger
from robot.api.deco import keyword

from libraries.common.amounts import Quantity, plain, positive
from libraries.common.assertions import Question, settle
from libraries.common.component import Component
from libraries.common.errors import NotYet, WrongArgument
from libraries.common.types import NOT_GIVEN, Side, Symbol, Timeout
from libraries.exchange_keywords.markets import RECORDED_STEP, listing
from libraries.market_data_keywords.data_files import read_quotes, read_trades, recorded_file
from libraries.market_data_keywords.recorded_table import RecordedTable

_LOOK = "the table in this log (keyword Expect The Recorded Fill) and the fills in the evidence below"
_TAKER = Decimal("0.001")


class RecordingKeywords(Component):
    """The venue plays; the table is computed here, from the files alone."""

    @keyword
    def play_the_recording_until_trade(self, trade_id: int, *, venue: str = NOT_GIVEN) -> dict[str, Any]:
        """Play a recorded market up to and including one trade.

        Args:
            trade_id: The recorded trade's id.
            venue: Alias of the venue; default: the first one opened.

        Returns:
            `position`, `last_trade_id`, `remaining`.

        Raises:
            AssertionError: the venue stopped at another trade (there is none of that id, or it lies behind).

        Example:
            ```robotframework
            Play The Recording Until Trade    553287589
            ```
        """
        answer = self.exchange(venue).admin.advance_market(until_trade_id=trade_id)
        self.note("recording", until_trade_id=trade_id, answer=answer)
        if answer.get("last_trade_id") != trade_id:
            raise AssertionError(f"the recording should stand at trade {trade_id}, it stands at {answer.get('last_trade_id')}")
        return answer

    @keyword
    def play_the_recording_by(self, steps: int, *, venue: str = NOT_GIVEN) -> dict[str, Any]:
        """Play some more of a recorded market.

        Args:
            steps: Number of messages (capture) or of rows (trades and quotes), at least 1.
            venue: Alias of the venue; default: the first one opened.

        Returns:
            `position`, `last_trade_id`, `remaining`.

        Example:
            ```robotframework
            Play The Recording By    100
            ```
        """
        if steps < 1:
            raise WrongArgument(f"steps must be at least 1, got {steps}")
        answer = self.exchange(venue).admin.advance_market(steps=steps)
        self.note("recording", steps=steps, answer=answer)
        return answer

    @keyword
    def play_the_recording_to_the_end(self, *, venue: str = NOT_GIVEN) -> dict[str, Any]:
        """Play a recorded market to its end.

        Args:
            venue: Alias of the venue; default: the first one opened.

        Returns:
            `position`, `last_trade_id`, `remaining` (0).

        Raises:
            AssertionError: something remains.

        Example:
            ```robotframework
            Play The Recording To The End
            ```
        """
        answer = self.exchange(venue).admin.advance_market()
        self.note("recording", to_end=True, answer=answer)
        if answer.get("remaining") != 0:
            raise AssertionError(f"the recording should be played to its end, {answer.get('remaining')} messages remain")
        return answer

    @keyword
    def use_the_recorded_table(self, symbol: Symbol, *, trades: str, quotes: str) -> None:
        """Begin the table of expected fills of this test from two recorded files.

        Skipped, with the reason, where the recorded data is absent.

        Args:
            symbol: The symbol of both files.
            trades: File name of the trades inside the recorded data.
            quotes: File name of the best bid/ask rows inside the recorded data.

        Example:
            ```robotframework
            Use The Recorded Table    BTCUSDT    trades=BTCUSDT-trades-2021-01-08.csv
            ...    quotes=BTCUSDT-quotes-2021-01-08.csv
            ```
        """
        listed = listing(symbol)
        self.notes.table = RecordedTable(
            symbol=symbol,
            base=listed.base,
            quote=listed.quote,
            trades=read_trades(recorded_file(trades)),
            quotes=read_quotes(recorded_file(quotes)),
            step=Decimal(RECORDED_STEP),
            fee_rate=_TAKER,
        )

    @keyword
    def expect_the_recorded_fill(self, trade_id: int, side: Side, *, qty: Quantity) -> str:
        """Add to the table what a MARKET order right after a recorded trade must get, by the files alone.

        Args:
            trade_id: The recorded trade after which the order comes.
            side: `BUY` or `SELL`.
            qty: Quantity in base.

        Returns:
            The expected fill in words.

        Raises:
            WrongArgument: no table was begun, no such trade, or the files leave doubt at that trade (names the next one
                that leaves none).

        Example:
            ```robotframework
            Expect The Recorded Fill    553287589    BUY    qty=0.05
            ```
        """
        fill = self._table().expect(trade_id, side, positive(qty, "qty"))
        words = (
            f"{fill.side.value} {plain(fill.quantity)} at {plain(fill.price)}, quote {plain(fill.quote_quantity)}, "
            f"fee {plain(fill.fee)} {fill.fee_asset}"
        )
        logger.info(f"expected after trade {trade_id}: {words}")
        return words

    @keyword
    def the_fills_equal_the_recorded_table(self, *, timeout: Timeout = NOT_GIVEN, engine: str = NOT_GIVEN) -> int:
        """The engine's fills are exactly those of the table: side, price, quantity, quote, fee, fee asset, in this order.

        Args:
            timeout: How long to ask again; default 5 seconds.
            engine: Alias; default: the first engine.

        Returns:
            The number of fills.

        Raises:
            AssertionError: they differ; the first difference is in the message, the whole table in the log.

        Example:
            ```robotframework
            The Fills Equal The Recorded Table
            ```
        """
        expected: list[tuple[str, ...]] = [
            (fill.side.value, plain(fill.price), plain(fill.quantity), plain(fill.quote_quantity), plain(fill.fee), fill.fee_asset)
            for fill in self._table().fills
        ]

        def compare() -> int:
            rows = sorted(self.engine(engine).control.fills(), key=lambda row: int(row["trade_id"]))
            seen = [tuple(str(row[name]) for name in ("side", "price", "quantity", "quote_quantity", "fee", "fee_asset")) for row in rows]
            for number, (wanted, got) in enumerate(zip(expected, seen, strict=False), start=1):
                if wanted != got:
                    raise NotYet(f"fill {number} is {', '.join(got)}; the files say {', '.join(wanted)}")
            if len(expected) != len(seen):
                raise NotYet(f"{len(seen)} fills; the files say {len(expected)}")
            return len(seen)

        _log_table(expected)
        return settle(Question(compare, "fills", _LOOK), "be those of the table", lambda _: True, timeout)

    @keyword
    def the_position_equals_the_recorded_table(
        self, *, timeout: Timeout = NOT_GIVEN, venue: str = NOT_GIVEN, engine: str = NOT_GIVEN
    ) -> None:
        """The engine's position, its cost and its realised P&L are exactly those of the table.

        Args:
            timeout: How long to ask again; default 5 seconds.
            venue: Alias of the venue; default: the first one opened.
            engine: Alias; default: the first engine.

        Raises:
            AssertionError: they differ; both are in the message.

        Example:
            ```robotframework
            The Position Equals The Recorded Table
            ```
        """
        table = self._table()
        wanted = {"quantity": plain(table.position), "cost": plain(table.cost), "realised": plain(table.realised)}
        name = self.exchange(venue).alias

        def read() -> dict[str, str]:
            for row in self.engine(engine).control.positions():
                if row["venue"] == name and row["symbol"] == table.symbol:
                    return {field: str(row[field]) for field in wanted}
            raise NotYet("no position")

        wish = "have " + ", ".join(f"{field}={value}" for field, value in wanted.items())
        settle(Question(read, f"position of {table.symbol}", _LOOK), wish, lambda seen: seen == wanted, timeout)

    def _table(self) -> RecordedTable:
        if self.notes.table is None:
            raise WrongArgument("no table was begun in this test; begin with Use The Recorded Table")
        return self.notes.table


def _log_table(rows: list[tuple[str, ...]]) -> None:
    head = "".join(f"<th>{name}</th>" for name in ("side", "price", "quantity", "quote", "fee", "fee asset"))
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    logger.info(f"<table><tr>{head}</tr>{body}</table>", html=True)

"""Moves of a market: let it run, let a price go somewhere, let it crash, print a trade, play a script."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from robot.api.deco import keyword

from libraries.common.amounts import Price, Quantity, plain, positive
from libraries.common.component import Component
from libraries.common.errors import WrongArgument
from libraries.common.types import NOT_GIVEN, Duration, Side, Symbol, milliseconds
from libraries.exchange_keywords.percent import Percent

SMALL = Quantity("0.001")
_WHOLE = "100%"


class MoveKeywords(Component):
    """On a virtual clock these moves take the venue's time, on the machine's clock they happen at once (docs/mock-exchange.md, Markets)."""

    @keyword
    def let_the_market_run(self, duration: Duration, *, venue: str = NOT_GIVEN) -> dict[str, Any]:
        """Play the market for so long, as fast as its readers take it.

        Args:
            duration: Such as `60s`: time of the venue's clock.
            venue: Alias of the venue; default: the first one opened.

        Returns:
            `position` (steps played), `last_trade_id`, `remaining`.

        Example:
            ```robotframework
            Let The Market Run    60s
            ```
        """
        answer = self.exchange(venue).admin.run_market(_above_zero_ms(duration, "duration"))
        self.note("market ran", venue=venue, duration=str(duration), answer=answer)
        return answer

    @keyword
    def let_the_price_move(
        self, symbol: Symbol, start: Price, end: Price, *, steps: int, within: Duration = NOT_GIVEN, venue: str = NOT_GIVEN
    ) -> dict[str, Any]:
        """Move the middle of the scripted book from one price to another in even steps; at each step somebody trades there.

        Every level keeps its quantity and its distance from the middle.

        Args:
            symbol: The symbol, such as `BTCUSDT`; its book must be set.
            start: Middle before the first step, in quote per base.
            end: Middle after the last step.
            steps: Number of steps, at least 1.
            within: How much of the venue's time the steps take. Default: none, all at once.
            venue: Alias of the venue; default: the first one opened.

        Returns:
            `position`, `last_trade_id`, `remaining` (0).

        Raises:
            WorldError: the venue refused a value; it says which.

        Example:
            ```robotframework
            Set The Book    BTCUSDT    bid=99.00    ask=101.00
            Let The Price Move    BTCUSDT    100.00    110.00    steps=10    within=5s
            ```
        """
        over = 0 if within is None else _above_zero_ms(within, "within")
        row = {"do": "move", "symbol": symbol, "start": plain(start), "to": plain(end), "steps": steps, "over_ms": over}
        return self._play([row], venue)

    @keyword
    def crash_the_market(
        self, symbol: Symbol, *, by: Percent, within: Duration, play: bool = True, venue: str = NOT_GIVEN
    ) -> dict[str, Any]:
        """Let the price of a symbol fall by a share within a time, in even steps that are traded on the way.

        In a generated market the symbol leaves its regime for that time, and those that depend on it follow.

        Args:
            symbol: The symbol, such as `BTCUSDT`.
            by: How far, such as `10%`: above 0% and below 100%.
            within: How long the fall takes, in the venue's time.
            play: Let that time pass at once (default); False: it passes with the venue's clock.
            venue: Alias of the venue; default: the first one opened.

        Returns:
            What the venue said to it: where it ends, in milliseconds from now.

        Raises:
            WrongArgument: a share that is no fall.
            WorldError: there is no book that could fall, or the symbol follows another by construction.

        Example:
            ```robotframework
            Set The Book    BTCUSDT    bid=99.00    ask=101.00
            Crash The Market    BTCUSDT    by=10%    within=60s
            ```
        """
        if not 0 < by < 1:
            raise WrongArgument(f"by must be a fall above 0% and below {_WHOLE}, got {plain(by * 100)}%")
        admin = self.exchange(venue).admin
        answer = admin.move_market(symbol, by=plain(-by), within_ms=_above_zero_ms(within, "within"))
        self.note("crash", venue=venue, symbol=symbol, by=f"{plain(by * 100)}%", within=str(within), answer=answer)
        if play:
            admin.run_market(max(int(answer["ends_in_ms"]), 1))
        return answer

    @keyword
    def print_a_trade_at(
        self, symbol: Symbol, price: Price, *, qty: Quantity = SMALL, side: Side = Side.BUY, venue: str = NOT_GIVEN
    ) -> dict[str, Any]:
        """One public trade of exactly this price and quantity; the scripted book stands as before.

        Orders of others that stand at the price or better are filled first, as a market that trades through them would.

        Args:
            symbol: The symbol, such as `BTCUSDT`.
            price: Price of the trade, in quote per base.
            qty: Quantity in base. Default 0.001.
            side: Side of the taker.
            venue: Alias of the venue; default: the first one opened.

        Returns:
            `position`, `last_trade_id`, `remaining` (0).

        Example:
            ```robotframework
            Print A Trade At    BTCUSDT    100.50    qty=0.1
            ```
        """
        row = {"do": "print", "symbol": symbol, "price": plain(price), "quantity": plain(positive(qty, "qty")), "side": side.value}
        return self._play([row], venue)

    @keyword
    def play_the_script(self, file: Path, *, venue: str = NOT_GIVEN) -> dict[str, Any]:
        """Play a script: JSON lines of timed steps (book, trade, print, order, cancel, move, pause, clock), to its end or first pause.

        Args:
            file: Path of the file; docs/mock-exchange.md says what a row may hold.
            venue: Alias of the venue; default: the first one opened.

        Returns:
            `position`, `last_trade_id`, `remaining` (steps behind a pause).

        Raises:
            WrongArgument: the file does not exist, or a line is no JSON (named by its number).
            WorldError: a row is wrong: line, key, what was expected and what came are in the message.

        Example:
            ```robotframework
            Play The Script    ${CURDIR}/data/flash.jsonl
            ```
        """
        if not file.is_file():
            raise WrongArgument(f"script {file} does not exist; expected a file of JSON lines")
        return self._play([_row(file, number, line) for number, line in enumerate(file.read_text("utf-8").splitlines(), 1)], venue)

    @keyword
    def pause_the_market(self, *, venue: str = NOT_GIVEN) -> dict[str, Any]:
        """Let the market stand still; `Let The Market Run` still moves it.

        Args:
            venue: Alias of the venue; default: the first one opened.

        Returns:
            Where the market stands: `position`, `at_ms`, `by_itself`, ...

        Example:
            ```robotframework
            Pause The Market
            ```
        """
        return self.exchange(venue).admin.hold_market()

    @keyword
    def resume_the_market(self, *, speed: str = NOT_GIVEN, venue: str = NOT_GIVEN) -> dict[str, Any]:
        """Let the market go on by itself, with the venue's clock.

        Args:
            speed: How many seconds of the market pass in one of the venue's, such as `10`; `max` = as fast as its readers take it.
                Default: as before.
            venue: Alias of the venue; default: the first one opened.

        Returns:
            Where the market stands: `position`, `at_ms`, `by_itself`, ...

        Example:
            ```robotframework
            Resume The Market    speed=10
            ```
        """
        return self.exchange(venue).admin.play_market(speed)

    @keyword
    def skip_the_market_to(self, time: Duration, *, venue: str = NOT_GIVEN) -> dict[str, Any]:
        """Skip a market forward without trading: the book is then as recorded at that time.

        Args:
            time: The market's time, counted from its beginning, such as `30s`; not before where it stands.
            venue: Alias of the venue; default: the first one opened.

        Returns:
            Where the market stands, and how many steps were `skipped`.

        Example:
            ```robotframework
            Skip The Market To    30s
            ```
        """
        return self.exchange(venue).admin.seek_market(_above_zero_ms(time, "time"))

    def _play(self, rows: list[dict[str, Any]], venue: str | None) -> dict[str, Any]:
        admin = self.exchange(venue).admin
        asked = admin.script_market([row for row in rows if row])
        answer = admin.run_market(max(int(asked["ends_in_ms"]), 1))
        self.note("script", venue=venue, rows=rows, answer=answer)
        return answer


def _row(file: Path, number: int, line: str) -> dict[str, Any]:
    if not line.strip():
        return {}
    try:
        row = json.loads(line)
    except ValueError as wrong:
        raise WrongArgument(f"{file.name}, line {number}: expected a JSON object, got {line[:80]!r} ({wrong})") from wrong
    if not isinstance(row, dict):
        raise WrongArgument(f"{file.name}, line {number}: expected a JSON object, got {line[:80]!r}")
    return row


def _above_zero_ms(duration: timedelta, name: str) -> int:
    if milliseconds(duration) < 1:
        raise WrongArgument(f"{name} must be a time above 0 such as 60s, got {duration}")
    return milliseconds(duration)

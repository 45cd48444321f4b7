"""What becomes of strategies: their states, what they hold and signal, what an operator does to them, and the watchdog."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from assertionengine import AssertionOperator
from robot.api.deco import keyword

from libraries.common.amounts import Quantity
from libraries.common.assertions import ask
from libraries.common.errors import NotYet, WrongArgument
from libraries.common.types import NOT_GIVEN, StrategyAction, StrategyStatus, Symbol, Timeout
from libraries.engine_keywords.reading import EngineReader, amount
from libraries.ledger_keywords.database import DatabaseReader
from libraries.world.deadlines import Deadline
from libraries.world.engine import Engine

EXIT_STRATEGY = 10
_BITE = Timeout(seconds=30)


class StrategyKeywords(EngineReader):
    """Getters over `GET /strategies`, and what an operator may do."""

    @keyword
    def get_strategy_state(
        self,
        name: str,
        operator: AssertionOperator = NOT_GIVEN,
        expected: StrategyStatus = NOT_GIVEN,
        *,
        timeout: Timeout = NOT_GIVEN,
        engine: str = NOT_GIVEN,
    ) -> str:
        """The state of a strategy.

        Args:
            name: The strategy's name.
            operator: `==` or `!=`; left out, the state is only returned.
            expected: Such as `RUNNING`, `PAUSED`, `ERROR`.
            timeout: How long to ask again; default 5 seconds.
            engine: Alias; default: the first engine.

        Returns:
            The state.

        Raises:
            WrongArgument: the engine has no such strategy; lists those that it has.

        Example:
            ```robotframework
            Get Strategy State    momentum-btc    ==    RUNNING
            ```
        """
        state = ask(
            self.question(engine, lambda running: StrategyStatus[_row(running, name)["state"]], f"state of strategy {name}"),
            operator,
            expected,
            timeout,
        )
        return str(state.value)

    @keyword
    def get_strategy_reason(
        self,
        name: str,
        operator: AssertionOperator = NOT_GIVEN,
        expected: str = NOT_GIVEN,
        *,
        timeout: Timeout = NOT_GIVEN,
        engine: str = NOT_GIVEN,
    ) -> str:
        """Why a strategy is in its state.

        Args:
            name: The strategy's name.
            operator: A text operator; left out, the reason is only returned.
            expected: The text to compare with.
            timeout: How long to ask again; default 5 seconds.
            engine: Alias; default: the first engine.

        Returns:
            The reason.

        Example:
            ```robotframework
            Get Strategy Reason    momentum-btc    contains    RANGING
            ```
        """
        return ask(
            self.question(engine, lambda running: str(_row(running, name)["reason"]), f"reason of {name}"), operator, expected, timeout
        )

    @keyword
    def get_strategy_errors(
        self,
        name: str,
        operator: AssertionOperator = NOT_GIVEN,
        expected: int = NOT_GIVEN,
        *,
        timeout: Timeout = NOT_GIVEN,
        engine: str = NOT_GIVEN,
    ) -> int:
        """How many health errors a strategy has had since its last start.

        Args:
            name: The strategy's name.
            operator: A comparison; left out, the number is only returned.
            expected: The number to compare with.
            timeout: How long to ask again; default 5 seconds.
            engine: Alias; default: the first engine.

        Returns:
            The number.

        Example:
            ```robotframework
            Get Strategy Errors    shaky    ==    5
            ```
        """
        return ask(
            self.question(engine, lambda running: int(_row(running, name)["errors"]), f"errors of {name}"), operator, expected, timeout
        )

    @keyword
    def get_strategy_holding(
        self,
        name: str,
        symbol: Symbol,
        operator: AssertionOperator = NOT_GIVEN,
        expected: Quantity = NOT_GIVEN,
        *,
        timeout: Timeout = NOT_GIVEN,
        engine: str = NOT_GIVEN,
    ) -> Decimal:
        """What a strategy holds of a symbol by its own fills, signed, in base.

        Args:
            name: The strategy's name.
            symbol: Such as `BTCUSDT`.
            operator: A comparison; left out, the quantity is only returned.
            expected: The quantity to compare with.
            timeout: How long to ask again; default 5 seconds.
            engine: Alias; default: the first engine.

        Returns:
            The quantity; 0 if it never held any.

        Example:
            ```robotframework
            Get Strategy Holding    buyer    BTCUSDT    ==    0.999
            ```
        """

        def held(running: Engine) -> Decimal:
            rows = [row for row in _row(running, name)["holdings"] if row["symbol"] == symbol]
            return sum((amount(row, "quantity") for row in rows), Decimal(0))

        return ask(self.question(engine, held, f"holding of {name} in {symbol}"), operator, expected, timeout)

    @keyword
    def operate_the_strategy(self, name: str, action: StrategyAction, *, status: int = 200, engine: str = NOT_GIVEN) -> None:
        """Start, pause or stop one strategy, as an operator.

        Args:
            name: The strategy's name.
            action: `START`, `PAUSE` or `STOP`.
            status: The HTTP status that must come: 200, 404 (no such strategy) or 409 (not in its state).
            engine: Alias; default: the first engine.

        Raises:
            AssertionError: another answer.

        Example:
            ```robotframework
            Operate The Strategy    momentum-btc    PAUSE
            ```
        """
        answer = self.engine(engine).control.operate_strategy(name, action.value.lower())
        self.note("strategy operated", strategy=name, wanted=action.value, status=answer.status)
        if answer.status != status:
            raise AssertionError(f"{action.value} of strategy {name} should be answered with {status}, got {answer.status}: {answer.body}")

    @keyword
    def the_watchdog_ends_the_engine(self, *, timeout: Timeout = NOT_GIVEN, engine: str = NOT_GIVEN) -> None:
        """The engine's process ends by itself with exit code 10: a strategy did not end its cycle. This death is the announced one.

        Args:
            timeout: How long it may take; default 30 seconds.
            engine: Alias; default: the first engine.

        Raises:
            AssertionError: it still runs, or ended otherwise.

        Example:
            ```robotframework
            Close A Bar    BTCUSDT=101.00    wait=False
            The Watchdog Ends The Engine
            Restart The Engine
            ```
        """
        self.engine(engine).end_by_itself("the watchdog, as the keyword expects", Deadline(timeout or _BITE), EXIT_STRATEGY)
        self.note("watchdog", engine=self.engine(engine).alias)


class StrategySignalKeywords(DatabaseReader):
    """What strategies signalled, from the journal."""

    @keyword
    def get_strategy_signals(self, name: str, *, engine: str = NOT_GIVEN) -> list[str]:
        """What a strategy signalled, oldest first, such as `BUY BTCUSDT 101`: side, symbol, and the close of the bar it decided on.

        Args:
            name: The strategy's name.
            engine: Alias; default: the first engine.

        Returns:
            A list of texts.

        Example:
            ```robotframework
            @{signals} =    Get Strategy Signals    buyer
            ```
        """
        return self._signals(name, engine)

    @keyword
    def the_strategy_signalled(self, name: str, *expected: str, engine: str = NOT_GIVEN) -> None:
        """A strategy signalled exactly this, in this order.

        Args:
            name: The strategy's name.
            expected: Texts as `Get Strategy Signals` returns them; none = it signalled nothing.
            engine: Alias; default: the first engine.

        Raises:
            AssertionError: something else; both are in the message.

        Example:
            ```robotframework
            The Strategy Signalled    buyer    BUY BTCUSDT 101    SELL BTCUSDT 103
            ```
        """
        found = self._signals(name, engine)
        if found != list(expected):
            raise AssertionError(f"strategy {name} should have signalled {list(expected)}, got {found}. Look at: SignalReceived facts")

    @keyword
    def the_strategy_signalled_alike(self, name: str, first: str, second: str) -> None:
        """A strategy signalled the same at two engines, and at least once.

        Args:
            name: The strategy's name.
            first: Alias of an engine.
            second: Alias of another one.

        Raises:
            AssertionError: they differ, or both signalled nothing.

        Example:
            ```robotframework
            The Strategy Signalled Alike    buyer    main    alone
            ```
        """
        here, there = self._signals(name, first), self._signals(name, second)
        if here != there or not here:
            raise AssertionError(f"strategy {name} should signal alike at {first} and {second}, got {here} and {there}")

    def _signals(self, name: str, engine: str | None) -> list[str]:
        found = []
        for row in self.facts(engine, "SignalReceived"):
            signal: dict[str, Any] = row["payload"]["signal"]
            if signal["strategy"] == name:
                found.append(f"{signal['side']} {signal['symbol']} {signal['inputs'].get('close', '')}".rstrip())
        return found


def _row(running: Engine, name: str) -> dict[str, Any]:
    rows = {row["name"]: row for row in running.control.strategies()}
    if name in rows:
        return dict(rows[name])
    if running.control.health()["state"] == "STARTING":
        raise NotYet(f"the engine has not started its strategies yet, {name} is not there")
    raise WrongArgument(f"the engine has no strategy {name!r}; it has {', '.join(sorted(rows)) or 'none'}")

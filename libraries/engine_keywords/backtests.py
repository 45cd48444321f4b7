"""Backtests as a QA engineer runs them: the command as a process of its own, its result read from its JSON file."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from assertionengine import AssertionOperator
from robot.api.deco import keyword

from libraries.common.amounts import Money, plain
from libraries.common.assertions import ONCE, Question, ask
from libraries.common.component import Component
from libraries.common.errors import WrongArgument, refuse_unknown
from libraries.common.types import NOT_GIVEN, Timeout
from libraries.engine_keywords.configuration import must_end, must_say
from libraries.market_data_keywords.data_files import recorded_file
from libraries.world.deadlines import Deadline
from libraries.world.processes import Finished, child_environment, python_command, run_to_end
from libraries.world.session import session

FIRST, RECORDED = "backtest", "recorded:"
_TIMEOUT = Timeout(seconds=60)
_BALANCES = ("start", "end", "gross_pnl", "fees", "revaluation")


class BacktestKeywords(Component):
    """A backtest needs neither a venue nor an engine: it brings its own. Its files lie in the test's directory."""

    @keyword
    def run_a_backtest(
        self,
        config: Path,
        *data: str,
        generate: int = NOT_GIVEN,
        seed: int = 1,
        backtest: str = FIRST,
        timeout: Timeout = NOT_GIVEN,
    ) -> str:
        """Run `python -m genesis backtest` to its end; it must end with exit code 0.

        Args:
            config: Path of the engine's TOML file; its table `[backtest]` sets balances, slippage, latency.
            data: Public dumps, each `FILE` or `SYMBOL=FILE`, or `recorded:NAME` for a file of the recorded data; where that is absent the
                test is skipped with the reason.
            generate: Instead of data: so many generated bars of every symbol.
            seed: Seed of the generated bars.
            backtest: Alias, for a second one in the same test.
            timeout: How long it may take; default 60 seconds.

        Returns:
            The directory of `result.json` and `report.html`.

        Raises:
            AssertionError: it ended otherwise; what it said is in the message.
            WrongArgument: neither data nor `generate`, or both.

        Example:
            ```robotframework
            Run A Backtest    ${CURDIR}/data/backtest.toml    generate=2000    seed=7
            Get Backtest Metric    max_drawdown    <=    0.2
            ```
        """
        out = self._directory(backtest)
        result = self._run(_words(config, data, generate, seed), out, timeout)
        must_end(result, 0, "backtest")
        self.note("backtest", backtest=backtest, config=str(config), data=list(data), generate=generate, seed=seed)
        return str(out)

    @keyword
    def the_backtest_is_refused(
        self,
        config: Path,
        *data: str,
        message: str,
        exit_code: int,
        generate: int = NOT_GIVEN,
        timeout: Timeout = NOT_GIVEN,
    ) -> str:
        """The backtest ends with a named error, without a traceback and without a result.

        Args:
            config: Path of the engine's TOML file.
            data: Public dumps, each `FILE` or `SYMBOL=FILE`.
            message: A part of what it must say on stderr.
            exit_code: 2 command line, 3 configuration, 9 data.
            generate: Instead of data: so many generated bars of every symbol.
            timeout: How long it may take; default 60 seconds.

        Returns:
            What it said.

        Raises:
            AssertionError: it accepted it, ended otherwise, said something else, or showed a traceback.

        Example:
            ```robotframework
            The Backtest Is Refused    ${CONFIG}    BTCUSDT=${DATA}/bad.csv    exit_code=9    message=column high
            ```
        """
        out = self._directory("refused")
        result = self._run(_words(config, data, generate, 1), out, timeout)
        must_end(result, exit_code, "backtest")
        must_say(result.stderr, message)
        if (out / "result.json").exists():
            raise AssertionError(f"a refused backtest should leave no result, it left {out / 'result.json'}")
        return result.stderr

    @keyword
    def get_backtest_metric(
        self, name: str, operator: AssertionOperator = NOT_GIVEN, expected: Money = NOT_GIVEN, *, backtest: str = FIRST
    ) -> Decimal | None:
        """A measure of a backtest.

        Args:
            name: `sharpe`, `sortino`, `calmar`, `profit_factor`, `win_rate`, `max_drawdown`, `total_return`, `annual_return` or
                `trades`. Rates, returns and drawdown are fractions: 0.25 is 25 %.
            operator: A comparison; left out, the measure is only returned.
            expected: The number to compare with.
            backtest: Alias.

        Returns:
            The measure; None where the data do not define it.

        Raises:
            AssertionError: the comparison does not hold, or the measure is not defined.
            WrongArgument: no such measure, or no such backtest ran.

        Example:
            ```robotframework
            Get Backtest Metric    win_rate    >=    0.5
            ```
        """
        metrics = self._result(backtest)["metrics"]
        if name not in metrics:
            raise refuse_unknown("metric", name, sorted(metrics))
        value = metrics[name]
        if value is None:
            if operator is None:
                return None
            raise AssertionError(f"{name} should be a number, it is not defined: too few trades, losses or samples")
        return _asked(Money(str(value)), name, operator, expected)

    @keyword
    def get_backtest_balance(
        self, field: str, operator: AssertionOperator = NOT_GIVEN, expected: Money = NOT_GIVEN, *, backtest: str = FIRST
    ) -> Decimal:
        """An amount of a backtest, in the quote asset, exact.

        Args:
            field: `start`, `end`, `gross_pnl`, `fees` or `revaluation`.
            operator: A comparison; left out, the amount is only returned.
            expected: The amount to compare with.
            backtest: Alias.

        Returns:
            The amount.

        Raises:
            AssertionError: the comparison does not hold.
            WrongArgument: no such field, or no such backtest ran.

        Example:
            ```robotframework
            Get Backtest Balance    start    ==    10000
            ```
        """
        if field not in _BALANCES:
            raise refuse_unknown("field", field, list(_BALANCES))
        return _asked(Money(self._result(backtest)["balance"][field]), field, operator, expected)

    @keyword
    def the_backtest_adds_up(self, *, backtest: str = FIRST) -> Decimal:
        """End less start is the sum of the trades' results less their fees, and the revaluation of holdings: to the last digit.

        Added up here, from the list of trades, with exact decimals.

        Args:
            backtest: Alias.

        Returns:
            What the account gained.

        Raises:
            AssertionError: it does not; both sums are in the message.

        Example:
            ```robotframework
            The Backtest Adds Up
            ```
        """
        result = self._result(backtest)
        balance = {field: Decimal(result["balance"][field]) for field in _BALANCES}
        trades = [*result["trades"], *result["unfinished"]]
        told = sum((Decimal(trade["gross"]) - Decimal(trade["fees"]) for trade in trades), Decimal(0)) + balance["revaluation"]
        gained = balance["end"] - balance["start"]
        if gained != told:
            raise AssertionError(f"the account gained {plain(gained)}, its {len(trades)} trades and holdings tell of {plain(told)}")
        return gained

    @keyword
    def get_backtest_stop(self, *, backtest: str = FIRST) -> str:
        """Why a backtest ended before its data did.

        Args:
            backtest: Alias.

        Returns:
            `drawdown`, or an empty text if it played all its data.

        Example:
            ```robotframework
            ${stopped} =    Get Backtest Stop
            Should Be Equal    ${stopped}    drawdown
            ```
        """
        return str(self._result(backtest)["stopped"] or "")

    @keyword
    def get_refusals_of_the_backtest(
        self, rule: str, operator: AssertionOperator = NOT_GIVEN, expected: int = NOT_GIVEN, *, backtest: str = FIRST
    ) -> int:
        """How many signals the risk engine refused by one rule.

        Args:
            rule: Such as `R1`.
            operator: A comparison; left out, the number is only returned.
            expected: The number to compare with.
            backtest: Alias.

        Returns:
            The number.

        Example:
            ```robotframework
            Get Refusals Of The Backtest    R9    ==    0
            ```
        """
        count = int(self._result(backtest)["denials"].get(rule, 0))
        return ask(Question(lambda: count, f"refusals by {rule}", "denials in result.json"), operator, expected, ONCE)

    @keyword
    def the_backtests_are_equal(self, first: str, second: str) -> None:
        """Result and page of two backtests are the same bytes.

        Args:
            first: Alias.
            second: Alias.

        Raises:
            AssertionError: they differ; says in which file and from which byte on.

        Example:
            ```robotframework
            Run A Backtest    ${CONFIG}    generate=500    backtest=first
            Run A Backtest    ${CONFIG}    generate=500    backtest=second
            The Backtests Are Equal    first    second
            ```
        """
        for name in ("result.json", "report.html"):
            one, other = (self._file(alias, name).read_bytes() for alias in (first, second))
            if one != other:
                at = next((index for index, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
                raise AssertionError(
                    f"{name} of {first} and {second} should be equal, they differ from byte {at} on: {one[at : at + 60]!r}"
                )

    @keyword
    def the_backtests_differ(self, first: str, second: str) -> None:
        """The results of two backtests are not the same bytes.

        Args:
            first: Alias.
            second: Alias.

        Raises:
            AssertionError: they are equal.

        Example:
            ```robotframework
            The Backtests Differ    seven    eight
            ```
        """
        if self._file(first, "result.json").read_bytes() == self._file(second, "result.json").read_bytes():
            raise AssertionError(f"result.json of {first} and {second} should differ, they are equal")

    def _run(self, words: list[str], out: Path, timeout: Timeout | None) -> Finished:
        command = python_command("genesis", "backtest", *words, "--out", str(out))
        environment = child_environment({"GENESIS_TEST_HOOKS": "1"}, session.engine_root)
        deadline = Deadline(timeout or _TIMEOUT)
        return run_to_end("genesis backtest", command, directory=session.scope.directory, environment=environment, deadline=deadline)

    @staticmethod
    def _directory(alias: str) -> Path:
        return session.scope.directory / f"backtest-{alias}"

    def _file(self, alias: str, name: str) -> Path:
        file = self._directory(alias) / name
        if not file.is_file():
            raise WrongArgument(f"no backtest {alias!r} ran in this test; run it first (keyword: Run A Backtest)")
        return file

    def _result(self, alias: str) -> dict[str, Any]:
        return dict(json.loads(self._file(alias, "result.json").read_text(encoding="utf-8")))


def _asked(value: Money, subject: str, operator: AssertionOperator | None, expected: Money | None) -> Decimal:
    """The value is there and does not change: asked once."""
    return ask(Question(lambda: value, subject, "result.json of the backtest"), operator, expected, ONCE)


def _file(data: str) -> str:
    """Raises DataMissing: recorded data is absent, the test is skipped."""
    return str(recorded_file(data.removeprefix(RECORDED))) if data.startswith(RECORDED) else data


def _words(config: Path, data: tuple[str, ...], generate: int | None, seed: int) -> list[str]:
    if not config.is_file():
        raise WrongArgument(f"config {config} does not exist; expected the engine's TOML file")
    if bool(data) is (generate is not None):
        raise WrongArgument("give either data files or generate=BARS")
    source = ["--data", *map(_file, data)] if data else ["--generate", str(generate)]
    return ["--config", str(config), *source, "--seed", str(seed)]

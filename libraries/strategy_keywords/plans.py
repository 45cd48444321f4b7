"""Which strategies the next engine gets: one `[[strategy]]` of its configuration each."""

from __future__ import annotations

import re
from typing import Any

from robot.api.deco import keyword

from libraries.common.amounts import Quantity, plain
from libraries.common.component import Component
from libraries.common.errors import WrongArgument
from libraries.common.types import Execution, Symbol

FIRST_SHARE = Quantity("0.3")


class PlanKeywords(Component):
    """They take effect with `Start A Fresh Engine`."""

    @keyword
    def plan_the_strategy(
        self,
        name: str,
        kind: str,
        *symbols: Symbol,
        priority: int = 0,
        share: Quantity = FIRST_SHARE,
        interval: str = "1s",
        execution: Execution = Execution.PLAIN,
        reroute: bool = True,
        **parameters: str,
    ) -> None:
        """The next engine of this test gets this strategy.

        Args:
            name: Its name, such as `momentum-btc`.
            kind: `momentum`, `mean_reversion`, `pairs_trading`, or `probe`: a strategy for tests that does what its `plan` says
                when a bar closes at a price, such as `plan=101:BUY 103:EXIT` (BUY, SELL, EXIT, RAISE, NONSENSE, LEAVE, SPIN, LOOP;
                `*` = at every price).
            symbols: What it watches and trades.
            priority: The higher one wins a conflict (R36).
            share: Its share of the balance, above 0 and at most 1; together they have at most 1.
            interval: Length of its bars: `1s` unless given, `1m`, `5m`, ...
            execution: How its entries are sent: `PLAIN`, `ICEBERG` or `TWAP`.
            reroute: `False`: it stays with its venue while the reserve of that takes the entries.
            parameters: The kind's own, such as `lookback_bars=10` or `plan=101:BUY`.

        Raises:
            WrongArgument: no symbol, or a name that is planned already.

        Example:
            ```robotframework
            Plan The Strategy    buyer    probe    BTCUSDT    priority=2    plan=101.00:BUY 103.00:EXIT
            Start A Fresh Engine    tier=HUNTER
            ```
        """
        if not symbols:
            raise WrongArgument(f"strategy {name!r} needs at least one symbol, such as BTCUSDT")
        if any(planned["name"] == name for planned in self.notes.strategies):
            raise WrongArgument(f"strategy {name!r} is planned already; give the second one another name")
        table: dict[str, Any] = {
            "name": name,
            "kind": kind,
            "symbols": list(symbols),
            "priority": priority,
            "capital_share": plain(share),
            "interval": interval,
            "execution": execution.value,
            "parameters": {key: _canonical(key, value) for key, value in parameters.items()},
        }
        if not reroute:
            table["reroute"] = False
        self.notes.strategies.append(table)

    @keyword
    def forget_the_strategies(self) -> None:
        """What was planned so far is forgotten: the next engine of this test has other strategies, or none.

        Example:
            ```robotframework
            Forget The Strategies
            Plan The Strategy    alone    probe    BTCUSDT    plan=101.00:BUY
            Start A Fresh Engine    engine=second
            ```
        """
        self.notes.strategies.clear()


def _canonical(key: str, value: object) -> str:
    """Prices of a plan as the engine writes them: without zeros at the end."""
    if key != "plan":
        return str(value)
    return re.sub(r"(\d+)\.(\d*?)0*(?=:)", lambda price: f"{price[1]}.{price[2]}".rstrip("."), str(value))

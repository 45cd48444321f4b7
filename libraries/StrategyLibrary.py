"""Keywords over strategies that live together: which the engine gets, the bars that they see, what becomes of them."""

import _bootstrap  # noqa: F401

from robot.api.deco import library
from robotlibcore import DynamicCore

from libraries.common.types import CONVERTERS
from libraries.strategy_keywords.bars import BarKeywords
from libraries.strategy_keywords.operating import StrategyKeywords, StrategySignalKeywords
from libraries.strategy_keywords.plans import PlanKeywords


@library(scope="GLOBAL", converters=CONVERTERS, doc_format="MARKDOWN")
class StrategyLibrary(DynamicCore):
    """Strategies of the engine under test. Plan them, start an engine, let bars close: no keyword waits for time to pass.

    Example:
        ```robotframework
        Plan The Strategy    buyer    probe    BTCUSDT    plan=101.00:BUY
        Start A Fresh Engine    tier=HUNTER
        Close A Bar    BTCUSDT=101.00
        The Strategy Signalled    buyer    BUY BTCUSDT 101
        ```
    """

    def __init__(self) -> None:
        super().__init__([PlanKeywords(), BarKeywords(), StrategyKeywords(), StrategySignalKeywords()])

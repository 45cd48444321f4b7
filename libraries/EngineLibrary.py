"""Keywords over the engine: its process, its orders, its money, and what it says of itself."""

import _bootstrap  # noqa: F401

from robot.api.deco import library
from robotlibcore import DynamicCore

from libraries.common.types import CONVERTERS
from libraries.engine_keywords.backtests import BacktestKeywords
from libraries.engine_keywords.configuration import ConfigurationKeywords
from libraries.engine_keywords.control import ControlKeywords
from libraries.engine_keywords.emergencies import EmergencyKeywords
from libraries.engine_keywords.engine_getters import EngineGetterKeywords
from libraries.engine_keywords.fill_getters import FillGetterKeywords
from libraries.engine_keywords.health import HealthKeywords
from libraries.engine_keywords.lifecycle import LifecycleKeywords
from libraries.engine_keywords.market_getters import MarketGetterKeywords
from libraries.engine_keywords.money_getters import MoneyGetterKeywords
from libraries.engine_keywords.opportunity_getters import OpportunityGetterKeywords
from libraries.engine_keywords.order_getters import OrderGetterKeywords
from libraries.engine_keywords.passing_time import PassingTimeKeywords
from libraries.engine_keywords.rate_getters import RateGetterKeywords
from libraries.engine_keywords.recovery import RecoveryKeywords
from libraries.engine_keywords.redundancy import RedundancyKeywords
from libraries.engine_keywords.signals import SignalKeywords
from libraries.engine_keywords.standby import StandbyKeywords
from libraries.engine_keywords.stopping import StoppingKeywords


@library(scope="GLOBAL", converters=CONVERTERS, doc_format="MARKDOWN")
class EngineLibrary(DynamicCore):
    """The engine under test: an operating system process with a database of its own, new for each test.

    Amounts are exact decimal text (`100.25`), never floats (`${0.1}` is refused). Getters are assertions: with an
    operator and an expected value they ask again until it holds or the timeout (5 seconds unless given) has passed;
    then they tell what was expected, what was last seen, and where to look. The order that a keyword placed last is
    *the order*; name another one with `order=`.

    Example:
        ```robotframework
        Start A Fresh Engine    tier=HUNTER
        The Engine Places    BUY    BTCUSDT    qty=1.0    price=100.00
        The Order    status=FILLED    filled=1.0
        Get Position    BTCUSDT    ==    0.999
        ```
    """

    def __init__(self) -> None:
        super().__init__(
            [
                LifecycleKeywords(),
                StandbyKeywords(),
                RedundancyKeywords(),
                StoppingKeywords(),
                ConfigurationKeywords(),
                SignalKeywords(),
                ControlKeywords(),
                EmergencyKeywords(),
                OrderGetterKeywords(),
                FillGetterKeywords(),
                MoneyGetterKeywords(),
                MarketGetterKeywords(),
                EngineGetterKeywords(),
                HealthKeywords(),
                OpportunityGetterKeywords(),
                RateGetterKeywords(),
                RecoveryKeywords(),
                BacktestKeywords(),
                PassingTimeKeywords(),
            ]
        )

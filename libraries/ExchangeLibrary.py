"""Keywords over the venue: its process, its books, its accounts, and what it saw."""

import _bootstrap  # noqa: F401

from robot.api.deco import library
from robotlibcore import DynamicCore

from libraries.common.types import CONVERTERS, typed
from libraries.exchange_keywords.access import AccessKeywords
from libraries.exchange_keywords.accounts import AccountKeywords
from libraries.exchange_keywords.books import BookKeywords
from libraries.exchange_keywords.endpoints import EndpointKeywords
from libraries.exchange_keywords.getters import VenueGetterKeywords
from libraries.exchange_keywords.levels import Level, to_level
from libraries.exchange_keywords.limit_witness import LimitWitnessKeywords
from libraries.exchange_keywords.market_getters import MarketGetterKeywords
from libraries.exchange_keywords.moves import MoveKeywords
from libraries.exchange_keywords.moving_venues import MovingVenueKeywords
from libraries.exchange_keywords.percent import Pair, Percent, to_pair, to_percent
from libraries.exchange_keywords.random_trading import RandomTradingKeywords
from libraries.exchange_keywords.raw import RawKeywords
from libraries.exchange_keywords.silence import SilenceKeywords
from libraries.exchange_keywords.venue import VenueKeywords
from libraries.exchange_keywords.websocket_events import WebsocketEventKeywords
from libraries.exchange_keywords.websockets import WebsocketKeywords


@library(scope="GLOBAL", converters={**CONVERTERS, **typed({Level: to_level, Percent: to_percent, Pair: to_pair})}, doc_format="MARKDOWN")
class ExchangeLibrary(DynamicCore):
    """The venue: a real exchange process that speaks Binance Spot, one per suite file.

    Open it in Suite Setup; each test that starts an engine gets an account of its own there. Amounts are exact decimal
    text (`100.25`), never floats (`${0.1}` is refused). Getters are assertions: with an operator and an expected value
    they ask again until it holds or the timeout (5 seconds unless given) has passed.

    Example:
        ```robotframework
        Open The Venue    BTCUSDT
        Set The Book    BTCUSDT    bid=99.00    ask=101.00
        Someone Sells    BTCUSDT    qty=0.4    price=100.00
        Get Venue Order Status    ==    PARTIALLY_FILLED
        ```
    """

    def __init__(self) -> None:
        components = [VenueKeywords(), BookKeywords(), AccountKeywords(), VenueGetterKeywords(), SilenceKeywords(), EndpointKeywords()]
        markets = [MovingVenueKeywords(), MoveKeywords(), MarketGetterKeywords(), RandomTradingKeywords()]
        raw = [AccessKeywords(), LimitWitnessKeywords(), RawKeywords(), WebsocketKeywords(), WebsocketEventKeywords()]
        super().__init__([*components, *markets, *raw])

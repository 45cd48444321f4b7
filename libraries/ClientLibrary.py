"""Keywords over public clients (ccxt, ccxt.pro, binance-sdk-spot) that trade on the venue."""

import _bootstrap  # noqa: F401

from robot.api.deco import library
from robotlibcore import DynamicCore

from libraries.client_keywords.clients import ClientKeywords
from libraries.common.types import CONVERTERS


@library(scope="GLOBAL", converters=CONVERTERS, doc_format="MARKDOWN")
class ClientLibrary(DynamicCore):
    """A public client as it comes from its package index, in its own virtual environment, pointed at the venue.

    Suite Setup: `Start The Client`; Test Setup: `Open The Client`. The client calls its own methods by their own names; what it answers
    is compared to the last digit.

    Example:
        ```robotframework
        Start The Client    ccxt
        Open The Client    USDT:100000    BTC:10
        The Client Calls    create_order    BTC/USDT    limit    buy    0.5    100
        The Client Answered    status=open    remaining=0.5
        ```
    """

    def __init__(self) -> None:
        super().__init__([ClientKeywords()])

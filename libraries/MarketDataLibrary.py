"""Keywords over market data: independent observers, independent books, recorded markets."""

import _bootstrap  # noqa: F401

from robot.api.deco import library
from robotlibcore import DynamicCore

from libraries.common.types import CONVERTERS
from libraries.market_data_keywords.books import BookEqualityKeywords
from libraries.market_data_keywords.recordings import RecordingKeywords
from libraries.market_data_keywords.streams import StreamKeywords
from libraries.market_data_keywords.witnesses import WitnessKeywords


@library(scope="GLOBAL", converters=CONVERTERS, doc_format="MARKDOWN")
class MarketDataLibrary(DynamicCore):
    """The market as somebody else than the engine sees it.

    An observer (websocket-client and requests) reads the venue's public streams beside the engine; books and tables are
    computed a second time, from streams or from recorded files, and compared with the engine's. Recorded data lies in
    the directory that the environment variable `GENESIS_DATA_DIR` names (default: `../shared/data` beside the
    checkout); a test that needs absent data is skipped with the reason.

    Example:
        ```robotframework
        Watch The Book    BTCUSDT
        Set The Book    BTCUSDT    bid=99.00    ask=101.00    depth=20
        The Engine Book Equals The Watched Book    BTCUSDT
        ```
    """

    def __init__(self) -> None:
        streams = StreamKeywords()
        super().__init__([streams, BookEqualityKeywords(streams), RecordingKeywords(), WitnessKeywords()])

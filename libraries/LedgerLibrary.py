"""Keywords over the books: the engine's database and journal, and the venue's ledger, as independent witnesses."""

import _bootstrap  # noqa: F401

from robot.api.deco import library
from robotlibcore import DynamicCore

from libraries.common.types import CONVERTERS
from libraries.ledger_keywords.after_a_halt import AfterAHaltKeywords
from libraries.ledger_keywords.archives import ArchiveKeywords
from libraries.ledger_keywords.counting import CountingKeywords
from libraries.ledger_keywords.damage import DamageKeywords
from libraries.ledger_keywords.journal import JournalKeywords
from libraries.ledger_keywords.locks import LockKeywords
from libraries.ledger_keywords.order_flow import OrderFlowKeywords
from libraries.ledger_keywords.order_history import OrderHistoryKeywords
from libraries.ledger_keywords.rescue import RescueKeywords
from libraries.ledger_keywords.rows import RowKeywords
from libraries.ledger_keywords.schema import SchemaKeywords
from libraries.ledger_keywords.signal_load import SignalLoadKeywords
from libraries.ledger_keywords.venue_ledger import VenueLedgerKeywords


@library(scope="GLOBAL", converters=CONVERTERS, doc_format="MARKDOWN")
class LedgerLibrary(DynamicCore):
    """What is written down: rows and facts of the engine's database (read-only), lines of the venue's ledger file.

    Works on running, stopped and killed engines alike. Getters are assertions: with an operator and an expected value
    they ask again until it holds or the timeout (5 seconds unless given) has passed.

    Example:
        ```robotframework
        Get Row Count    fills    ==    2
        Get Fact Field    RiskDenied    rule    ==    R1
        The Order Was Written Before It Was Sent
        ```
    """

    def __init__(self) -> None:
        super().__init__(
            [
                RowKeywords(),
                JournalKeywords(),
                VenueLedgerKeywords(),
                LockKeywords(),
                CountingKeywords(),
                OrderFlowKeywords(),
                AfterAHaltKeywords(),
                DamageKeywords(),
                ArchiveKeywords(),
                RescueKeywords(),
                SchemaKeywords(),
                OrderHistoryKeywords(),
                SignalLoadKeywords(),
            ]
        )

"""Keywords for what goes wrong at the venue and on the way to it."""

import _bootstrap  # noqa: F401

from robot.api.deco import library
from robotlibcore import DynamicCore

from libraries.common.types import CONVERTERS
from libraries.fault_keywords import types
from libraries.fault_keywords.alert_sinks import AlertSinkKeywords
from libraries.fault_keywords.answers import AnswerKeywords
from libraries.fault_keywords.caches import CacheKeywords
from libraries.fault_keywords.combined import CombinedFaultKeywords
from libraries.fault_keywords.connections import ConnectionKeywords
from libraries.fault_keywords.database_cluster import DatabaseClusterKeywords
from libraries.fault_keywords.databases import DatabaseKeywords
from libraries.fault_keywords.database_writers import DatabaseWriterKeywords
from libraries.fault_keywords.machine import MachineFaultKeywords
from libraries.fault_keywords.crashes import CrashKeywords
from libraries.fault_keywords.outside_calls import OutsideCallKeywords
from libraries.fault_keywords.process import ProcessFaultKeywords
from libraries.fault_keywords.proxies import ProxyKeywords
from libraries.fault_keywords.rules import RuleKeywords
from libraries.fault_keywords.streams import StreamFaultKeywords
from libraries.fault_keywords.user_events import UserEventKeywords
from libraries.fault_keywords.venue import VenueFaultKeywords


@library(scope="GLOBAL", converters={**CONVERTERS, **types.CONVERTERS}, doc_format="MARKDOWN")
class FaultLibrary(DynamicCore):
    """Faults as data: each keyword arms a rule at the venue, which fires for what passes there, the same way every time.

    A fault happens once unless `times` says otherwise. Several may be armed at the same time. At the end of the test the venue is
    healed, and a fault that never happened makes the test red: no test is green because its fault did not come. Every hit is in
    the venue's ledger (lines of type `fault`). docs/mock-exchange.md, Faults, has the cookbook.

    Example:
        ```robotframework
        Answer With    503    code=-1007    of=order placement    point=after_match
        Lose The User Event    execution=TRADE
        Get Fault Hits    ==    0
        ```
    """

    def __init__(self) -> None:
        super().__init__(
            [
                RuleKeywords(),
                AnswerKeywords(),
                ConnectionKeywords(),
                StreamFaultKeywords(),
                UserEventKeywords(),
                VenueFaultKeywords(),
                ProcessFaultKeywords(),
                MachineFaultKeywords(),
                CrashKeywords(),
                AlertSinkKeywords(),
                OutsideCallKeywords(),
                CombinedFaultKeywords(),
                ProxyKeywords(),
                DatabaseKeywords(),
                DatabaseClusterKeywords(),
                DatabaseWriterKeywords(),
                CacheKeywords(),
            ]
        )

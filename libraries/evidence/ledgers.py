"""Audits of venues' ledgers for themselves, by the same functions as `python -m libraries.auditor --ledger FILE`, test after test."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from libraries.world.exchange import Exchange
from libraries.world.http import Json

if TYPE_CHECKING:
    from libraries.auditor.ledger_audit import GrowingLedger


class LedgerAudits:
    """Remembers how far each venue's ledger was audited: what an earlier test was told is not told again."""

    def __init__(self) -> None:
        self._ledgers: WeakKeyDictionary[Exchange, GrowingLedger] = WeakKeyDictionary()

    def examine(self, exchange: Exchange, offset: str) -> Json:
        """The auditor's report of what is new up to `offset`, a number of bytes or `all`.

        Raises:
            WitnessError: no ledger, or one that cannot be read.
        """
        from libraries.auditor import report  # noqa: PLC0415 (0.1 s, only where a venue is open)
        from libraries.auditor.ledger_audit import GrowingLedger  # noqa: PLC0415

        ledger = self._ledgers.setdefault(exchange, GrowingLedger(exchange.ledger_path))
        found = ledger.examine(None if offset == "all" else int(offset))
        return report.document(found, (), {}, 0)

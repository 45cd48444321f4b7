"""Faults of user data events, as sentences: the venue did it, and the account's stream tells it wrong, late or not at all."""

from __future__ import annotations

from typing import Any

from robot.api.deco import keyword

from libraries.common.types import NOT_GIVEN, Symbol, Timeout, milliseconds
from libraries.fault_keywords.arming import FaultComponent, Rule, finished, given
from libraries.fault_keywords.types import Times

EXECUTION_REPORT = "executionReport"


class UserEventKeywords(FaultComponent):
    """The ledger always has what happened."""

    @keyword
    def lose_the_user_event(
        self,
        *,
        event: str = EXECUTION_REPORT,
        execution: str = NOT_GIVEN,
        symbol: Symbol = NOT_GIVEN,
        nth: int = NOT_GIVEN,
        times: Times = NOT_GIVEN,
        venue: str = NOT_GIVEN,
    ) -> str:
        """An event never arrives.

        Args:
            event: Which event, such as `executionReport` (default), `outboundAccountPosition`, `balanceUpdate`.
            execution: Only reports of this execution type, such as `NEW`, `TRADE`, `CANCELED`.
            symbol: Only events of this symbol.
            nth: Only the n-th such event.
            times: How often, or `always`; default once.
            venue: Alias of the venue; default: the first one opened.

        Returns:
            The fault's id, for `Get Fault Hits`.

        Example:
            ```robotframework
            Lose The User Event    event=executionReport    execution=TRADE
            ```
        """
        return self._event(venue, {"type": "drop"}, times, event=event, execution=execution, symbol=symbol, nth=nth)

    @keyword
    def delay_the_user_event(
        self,
        *,
        by: Timeout,
        event: str = EXECUTION_REPORT,
        execution: str = NOT_GIVEN,
        symbol: Symbol = NOT_GIVEN,
        nth: int = NOT_GIVEN,
        times: Times = NOT_GIVEN,
        venue: str = NOT_GIVEN,
    ) -> str:
        """An event comes late; events behind it may overtake it.

        Args:
            by: How much later, such as `500ms`.
            event: Which event, such as `executionReport` (default), `outboundAccountPosition`, `balanceUpdate`.
            execution: Only reports of this execution type, such as `NEW`, `TRADE`, `CANCELED`.
            symbol: Only events of this symbol.
            nth: Only the n-th such event.
            times: How often, or `always`; default once.
            venue: Alias of the venue; default: the first one opened.

        Returns:
            The fault's id, for `Get Fault Hits`.

        Example:
            ```robotframework
            Delay The User Event    by=500ms    execution=TRADE
            ```
        """
        return self._event(
            venue,
            {"type": "delay", "ms": milliseconds(by), "overtaken": True},
            times,
            event=event,
            execution=execution,
            symbol=symbol,
            nth=nth,
        )

    @keyword
    def duplicate_the_user_event(
        self,
        *,
        event: str = EXECUTION_REPORT,
        execution: str = NOT_GIVEN,
        symbol: Symbol = NOT_GIVEN,
        nth: int = NOT_GIVEN,
        times: Times = NOT_GIVEN,
        venue: str = NOT_GIVEN,
    ) -> str:
        """An event comes once more.

        Args:
            event: Which event, such as `executionReport` (default), `outboundAccountPosition`, `balanceUpdate`.
            execution: Only reports of this execution type, such as `NEW`, `TRADE`, `CANCELED`.
            symbol: Only events of this symbol.
            nth: Only the n-th such event.
            times: How often, or `always`; default once.
            venue: Alias of the venue; default: the first one opened.

        Returns:
            The fault's id, for `Get Fault Hits`.

        Example:
            ```robotframework
            Duplicate The User Event    execution=TRADE
            ```
        """
        return self._event(venue, {"type": "duplicate"}, times, event=event, execution=execution, symbol=symbol, nth=nth)

    @keyword
    def reorder_the_user_events(
        self,
        *,
        event: str = EXECUTION_REPORT,
        execution: str = NOT_GIVEN,
        symbol: Symbol = NOT_GIVEN,
        nth: int = NOT_GIVEN,
        times: Times = NOT_GIVEN,
        venue: str = NOT_GIVEN,
    ) -> str:
        """An event comes after the next one.

        Args:
            event: Which event, such as `executionReport` (default), `outboundAccountPosition`, `balanceUpdate`.
            execution: Only reports of this execution type, such as `NEW`, `TRADE`, `CANCELED`.
            symbol: Only events of this symbol.
            nth: Only the n-th such event.
            times: How often, or `always`; default once.
            venue: Alias of the venue; default: the first one opened.

        Returns:
            The fault's id, for `Get Fault Hits`.

        Example:
            ```robotframework
            Reorder The User Events    execution=NEW
            ```
        """
        return self._event(venue, {"type": "reorder"}, times, event=event, execution=execution, symbol=symbol, nth=nth)

    def _event(self, venue: str | None, action: Rule, times: Times, **match: Any) -> str:
        return self.arm(venue, finished(given(**match), "event", action, times))

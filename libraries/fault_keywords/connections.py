"""Faults of connections, as sentences: cut, dead, slow, refused."""

from __future__ import annotations

from robot.api.deco import keyword

from libraries.common.types import NOT_GIVEN, Timeout, milliseconds
from libraries.fault_keywords.arming import FaultComponent, finished, request_rule
from libraries.fault_keywords.types import ORDER_PLACEMENT, Request, Times, Via


class ConnectionKeywords(FaultComponent):
    """TCP as it fails: a reset tells the client at once, a half-open connection never does."""

    @keyword
    def cut_the_connection_after_bytes(
        self, count: int = 0, *, of: Request = NOT_GIVEN, times: Times = NOT_GIVEN, via: Via = NOT_GIVEN, venue: str = NOT_GIVEN
    ) -> str:
        """The venue does what was asked; after so many bytes of its answer the connection is reset.

        Args:
            count: Bytes that arrive, the status line included; default: none.
            of: Which request, such as `order placement` (default).
            times: How often, or `always`; default once.
            via: Only requests by `rest` or `ws_api`.
            venue: Alias of the venue; default: the first one opened.

        Returns:
            The fault's id, for `Get Fault Hits`.

        Example:
            ```robotframework
            Cut The Connection After Bytes    17
            ```
        """
        return self.arm(
            venue, request_rule(of or ORDER_PLACEMENT, "mid_body", {"type": "reset", "after_bytes": count}, times=times, via=via)
        )

    @keyword
    def cut_the_connection_before_the_request(
        self, *, of: Request = NOT_GIVEN, times: Times = NOT_GIVEN, via: Via = NOT_GIVEN, venue: str = NOT_GIVEN
    ) -> str:
        """The connection is reset while the request is read: the venue does nothing of it.

        Args:
            of: Which request, such as `order placement` (default).
            times: How often, or `always`; default once.
            via: Only requests by `rest` or `ws_api`.
            venue: Alias of the venue; default: the first one opened.

        Returns:
            The fault's id, for `Get Fault Hits`.

        Example:
            ```robotframework
            Cut The Connection Before The Request    of=cancellation
            ```
        """
        return self.arm(venue, request_rule(of or ORDER_PLACEMENT, "before_parse", {"type": "reset"}, times=times, via=via))

    @keyword
    def reset_new_connections(self, *, times: Times = NOT_GIVEN, venue: str = NOT_GIVEN) -> str:
        """Connections to the venue are accepted and reset before a byte is read.

        Args:
            times: How many, or `always`; default one.
            venue: Alias of the venue; default: the first one opened.

        Returns:
            The fault's id, for `Get Fault Hits`.

        Example:
            ```robotframework
            Reset New Connections    times=2
            ```
        """
        return self.arm(venue, finished({"api": "tcp"}, "connect", {"type": "reset"}, times))

    @keyword
    def leave_the_connection_half_open(
        self, *, of: Request = NOT_GIVEN, times: Times = NOT_GIVEN, via: Via = NOT_GIVEN, venue: str = NOT_GIVEN
    ) -> str:
        """The venue does what was asked; from then on its connection is up and dead: nothing is read or written on it any more.

        Args:
            of: Which request, such as `order placement` (default).
            times: How often, or `always`; default once.
            via: Only requests by `rest` or `ws_api`.
            venue: Alias of the venue; default: the first one opened.

        Returns:
            The fault's id, for `Get Fault Hits`.

        Example:
            ```robotframework
            Leave The Connection Half Open    of=order placement    via=ws_api
            ```
        """
        return self.arm(venue, request_rule(of or ORDER_PLACEMENT, "after_match", {"type": "half_open"}, times=times, via=via))

    @keyword
    def send_the_answer_slowly(
        self,
        bytes: int,
        every: Timeout,
        *,
        of: Request = NOT_GIVEN,
        times: Times = NOT_GIVEN,
        via: Via = NOT_GIVEN,
        venue: str = NOT_GIVEN,
    ) -> str:
        """The answer's bytes leave in small portions.

        Args:
            bytes: How many at a time.
            every: How long between two portions, such as `10ms`.
            of: Which request, such as `order placement` (default).
            times: How often, or `always`; default once.
            via: Only requests by `rest` or `ws_api`.
            venue: Alias of the venue; default: the first one opened.

        Returns:
            The fault's id, for `Get Fault Hits`.

        Example:
            ```robotframework
            Send The Answer Slowly    bytes=20    every=10ms
            ```
        """
        action = {"type": "slow", "bytes": bytes, "every_ms": milliseconds(every)}
        return self.arm(venue, request_rule(of or ORDER_PLACEMENT, "mid_body", action, times=times, via=via))

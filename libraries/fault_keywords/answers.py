"""Faults of requests and their answers, as sentences. `of` says which request; everything else is optional."""

from __future__ import annotations

from typing import Any

from robot.api.deco import keyword

from libraries.common.types import NOT_GIVEN, Symbol, Timeout, milliseconds
from libraries.fault_keywords.arming import FaultComponent, request_rule
from libraries.fault_keywords.types import ANY_REQUEST, ORDER_PLACEMENT, FaultPoint, Packing, Request, Times, Via

_HTML = "<html><head><title>403 Forbidden</title></head><body><h1>403 Forbidden</h1></body></html>"


class AnswerKeywords(FaultComponent):
    """The venue has done what was asked, unless `point` says before; only the answer is not what it should be."""

    @keyword
    def lose_the_answer(
        self,
        *,
        of: Request = NOT_GIVEN,
        point: FaultPoint = FaultPoint.after_match,
        times: Times = NOT_GIVEN,
        nth: int = NOT_GIVEN,
        symbol: Symbol = NOT_GIVEN,
        order: str = NOT_GIVEN,
        via: Via = NOT_GIVEN,
        venue: str = NOT_GIVEN,
    ) -> str:
        """The venue does what was asked, and no answer ever leaves; the connection stays.

        Args:
            of: Which request, such as `order placement` (default), `cancellation`, `order.place`, `POST /api/v3/order`.
            point: `after_match` (default): it was done; `before_parse`: the request itself is lost.
            times: How often, or `always`; default once.
            nth: Only the n-th such request.
            symbol: Only requests of this symbol.
            order: Only the order of this client order id.
            via: Only requests by `rest` or `ws_api`.
            venue: Alias of the venue; default: the first one opened.

        Returns:
            The fault's id, for `Get Fault Hits`.

        Example:
            ```robotframework
            Lose The Answer    of=order placement    times=1
            ```
        """
        return self.arm(
            venue,
            request_rule(of or ORDER_PLACEMENT, point.value, {"type": "drop"}, times=times, nth=nth, symbol=symbol, order=order, via=via),
        )

    @keyword
    def delay_the_answer(
        self,
        by: Timeout,
        *,
        of: Request = NOT_GIVEN,
        point: FaultPoint = FaultPoint.before_reply,
        times: Times = NOT_GIVEN,
        nth: int = NOT_GIVEN,
        symbol: Symbol = NOT_GIVEN,
        order: str = NOT_GIVEN,
        via: Via = NOT_GIVEN,
        venue: str = NOT_GIVEN,
    ) -> str:
        """The answer comes late; user events of what was done come before it.

        Args:
            by: How much later, such as `500ms`.
            of: Which request, such as `order placement` (default) or `any request`.
            point: `before_reply` (default): done at once, answered late; `after_validate`: done late (recvWindow is checked after it).
            times: How often, or `always`; default once.
            nth: Only the n-th such request.
            symbol: Only requests of this symbol.
            order: Only the order of this client order id.
            via: Only requests by `rest` or `ws_api`.
            venue: Alias of the venue; default: the first one opened.

        Returns:
            The fault's id, for `Get Fault Hits`.

        Example:
            ```robotframework
            Delay The Answer    by=500ms
            ```
        """
        action = {"type": "delay", "ms": milliseconds(by)}
        return self.arm(
            venue, request_rule(of or ORDER_PLACEMENT, point.value, action, times=times, nth=nth, symbol=symbol, order=order, via=via)
        )

    @keyword
    def answer_with(
        self,
        status: int,
        *,
        code: int = NOT_GIVEN,
        message: str = NOT_GIVEN,
        retry_after: Timeout = NOT_GIVEN,
        of: Request = NOT_GIVEN,
        point: FaultPoint = FaultPoint.after_match,
        times: Times = NOT_GIVEN,
        nth: int = NOT_GIVEN,
        symbol: Symbol = NOT_GIVEN,
        order: str = NOT_GIVEN,
        via: Via = NOT_GIVEN,
        venue: str = NOT_GIVEN,
    ) -> str:
        """The venue answers an error instead: before it did what was asked, or after.

        Args:
            status: HTTP status, such as 503, 500, 429, 418; without a code the body is HTML, as of a gateway before the venue (403).
            code: Documented error code, such as `-1007`.
            message: Its text; default: the documented one.
            retry_after: For 429 and 418: when to come back, in whole seconds.
            of: Which request, such as `order placement` (default) or `any request`.
            point: `before_parse` or `after_validate`: nothing was done; `after_match` (default): it was done.
            times: How often, or `always`; default once.
            nth: Only the n-th such request.
            symbol: Only requests of this symbol.
            order: Only the order of this client order id.
            via: Only requests by `rest` or `ws_api`.
            venue: Alias of the venue; default: the first one opened.

        Returns:
            The fault's id, for `Get Fault Hits`.

        Raises:
            WrongArgument: a code without a documented text and no message.

        Example:
            ```robotframework
            Answer With    503    code=-1007    point=after_match
            Answer With    429    code=-1003    retry_after=3s    of=any request    point=before_parse
            Answer With    403    of=any request    point=before_parse
            ```
        """
        action: dict[str, Any] = {"type": "status", "status": status}
        action |= {"body": _HTML, "content_type": "text/html"} if code is None else {"code": code}
        if message is not None:
            action["msg"] = message
        if retry_after is not None:
            action["retry_after_s"] = round(retry_after.total_seconds())
        return self.arm(
            venue, request_rule(of or ORDER_PLACEMENT, point.value, action, times=times, nth=nth, symbol=symbol, order=order, via=via)
        )

    @keyword
    def replace_the_answer(
        self,
        body: str = "",
        *,
        content_type: str = NOT_GIVEN,
        size: int = NOT_GIVEN,
        packed: Packing = NOT_GIVEN,
        of: Request = NOT_GIVEN,
        times: Times = NOT_GIVEN,
        venue: str = NOT_GIVEN,
    ) -> str:
        """The answer's status stays, its body is another: HTML instead of JSON, nothing, the wrong type, far too much.

        Args:
            body: The whole body; default: empty.
            content_type: The header, such as `text/html`; default: as it was.
            size: The body is repeated or cut to this many bytes.
            packed: Over REST it travels compressed: `gzip` or `deflate`; a large one is a bomb.
            of: Which request, such as `order placement` (default).
            times: How often, or `always`; default once.
            venue: Alias of the venue; default: the first one opened.

        Returns:
            The fault's id, for `Get Fault Hits`.

        Example:
            ```robotframework
            Replace The Answer    <html>maintenance</html>    content_type=text/html
            Replace The Answer    x    size=5000000    of=depth snapshot
            Replace The Answer    x    size=60000000    packed=gzip    of=account query
            ```
        """
        action: dict[str, Any] = {"type": "replace", "body": body}
        action |= {} if content_type is None else {"content_type": content_type}
        action |= {} if size is None else {"size": size}
        action |= {} if packed is None else {"packed": packed.value}
        return self.arm(venue, request_rule(of or ORDER_PLACEMENT, "before_reply", action, times=times))

    @keyword
    def corrupt_the_answer(
        self, *, bytes: int = 1, of: Request = NOT_GIVEN, times: Times = NOT_GIVEN, seed: int = 1, venue: str = NOT_GIVEN
    ) -> str:
        """Some bytes of the answer are overwritten: no longer JSON.

        Args:
            bytes: How many.
            of: Which request, such as `order placement` (default).
            times: How often, or `always`; default once.
            seed: Decides which bytes.
            venue: Alias of the venue; default: the first one opened.

        Returns:
            The fault's id, for `Get Fault Hits`.

        Example:
            ```robotframework
            Corrupt The Answer    bytes=3    of=order query
            ```
        """
        rule = request_rule(of or ORDER_PLACEMENT, "before_reply", {"type": "corrupt", "count": bytes}, times=times)
        return self.arm(venue, rule | {"seed": seed})

    @keyword
    def truncate_the_answer(
        self, *, keep: int = NOT_GIVEN, of: Request = NOT_GIVEN, times: Times = NOT_GIVEN, venue: str = NOT_GIVEN
    ) -> str:
        """Only the beginning of the answer's JSON arrives; the answer itself is complete by its headers.

        Args:
            keep: How many bytes remain; default: half.
            of: Which request, such as `order placement` (default).
            times: How often, or `always`; default once.
            venue: Alias of the venue; default: the first one opened.

        Returns:
            The fault's id, for `Get Fault Hits`.

        Example:
            ```robotframework
            Truncate The Answer    keep=20
            ```
        """
        action = {"type": "truncate"} | ({} if keep is None else {"keep": keep})
        return self.arm(venue, request_rule(of or ORDER_PLACEMENT, "before_reply", action, times=times))

    @keyword
    def swap_two_answers(self, *, of: Request = NOT_GIVEN, times: Times = NOT_GIVEN, venue: str = NOT_GIVEN) -> str:
        """On the WebSocket API the answer and the next one on its connection bear each other's id.

        Args:
            of: Which request's answer is the first of the two; default any.
            times: How often, or `always`; default once.
            venue: Alias of the venue; default: the first one opened.

        Returns:
            The fault's id, for `Get Fault Hits`.

        Example:
            ```robotframework
            Swap Two Answers    of=order query
            ```
        """
        return self.arm(venue, request_rule(of or ANY_REQUEST, "before_reply", {"type": "swap_id"}, times=times, via=Via.ws_api))

    @keyword
    def hide_accepted_orders_for(
        self, period: Timeout, *, symbol: Symbol = NOT_GIVEN, times: Times = NOT_GIVEN, venue: str = NOT_GIVEN
    ) -> str:
        """Queries do not see an order for a while although it was accepted (read-after-write lag).

        Args:
            period: How long after it was accepted, such as `800ms`.
            symbol: Only orders of this symbol.
            times: How many orders, or `always`; default one.
            venue: Alias of the venue; default: the first one opened.

        Returns:
            The fault's id, for `Get Fault Hits`.

        Example:
            ```robotframework
            Hide Accepted Orders For    800ms
            ```
        """
        action = {"type": "hide", "ms": milliseconds(period)}
        return self.arm(venue, request_rule(ORDER_PLACEMENT, "after_match", action, times=times, symbol=symbol))

"""What is asked on the WebSocket API, and what is known of a question until it is answered."""

from __future__ import annotations

import asyncio
from enum import StrEnum

import msgspec

from genesis.core import money
from genesis.core.commands import CancelOrder
from genesis.core.models import Order, OrderType, TimeInForce
from genesis.exchange import outcomes
from genesis.exchange.circuits import Call
from genesis.exchange.rate_budget import Ticket


class Request(StrEnum):
    TIME = "time"
    SUBSCRIBE = "userDataStream.subscribe.signature"
    PLACE = "order.place"
    CANCEL = "order.cancel"
    PING = "ping"


class Pending(msgspec.Struct, kw_only=True):
    """A request without an answer. All have the same time to live, so the oldest in the table expires first."""

    request: Request
    sent_ns: int
    deadline_ns: int
    ticket: Ticket
    order: Order | None = None
    cancel: CancelOrder | None = None
    waiter: asyncio.Future[bool] | None = None
    call: Call | None = None  # of order entry, and how its circuit breaker is told (R24)

    def judge(self, status: int, code: int) -> None:
        """Tell the circuit breaker what an answer other than 200 is to it; of an unknown outcome the channel tells."""
        if self.call is None or status == 200:
            return
        if outcomes.is_rate_limited(status):
            self.call.let_go()
        elif not outcomes.tells_failure(status, code):
            self.call.answered()


def order_params(order: Order) -> dict[str, str | int]:
    """What order.place says of an order; not signed yet. Whatever a symbol's default is, we do not trade with ourselves (X10): what reduces
    risk outranks what rests, and an entry gives way."""
    params: dict[str, str | int] = {
        "symbol": order.symbol,
        "side": order.side.value,
        "type": order.order_type.value,
        "quantity": money.text(order.quantity),
        "newClientOrderId": order.client_order_id,
        "newOrderRespType": "FULL",
        "selfTradePreventionMode": "EXPIRE_MAKER" if order.purpose.reduces else "EXPIRE_TAKER",
    }
    if order.price is not None:
        params["price"] = money.text(order.price)
    if order.stop_price is not None:
        params["stopPrice"] = money.text(order.stop_price)
    if order.order_type in (OrderType.LIMIT, OrderType.STOP_LOSS_LIMIT):
        params["timeInForce"] = (order.time_in_force or TimeInForce.GTC).value
    return params

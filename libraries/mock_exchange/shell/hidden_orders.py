"""Read-after-write lag (X19): orders that were accepted and that queries do not see yet."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec

from ..core.errors import no_such_order

_encode = msgspec.json.Encoder().encode


class HiddenOrders:
    """Order ids; each is forgotten when its time is over. The venue's own books and the admin API always show them."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self._hidden: dict[int, asyncio.TimerHandle] = {}

    def __bool__(self) -> bool:
        return bool(self._hidden)

    def hide(self, order_ids: list[int], milliseconds: int) -> None:
        loop = asyncio.get_running_loop()
        for order_id in order_ids:
            earlier = self._hidden.pop(order_id, None)
            if earlier is not None:
                earlier.cancel()
            self._hidden[order_id] = loop.call_later(milliseconds / 1000, self._seen, order_id)
        self._changed()

    def forget(self) -> None:
        for timer in self._hidden.values():
            timer.cancel()
        self._hidden.clear()

    def without(self, answer: Any) -> Any:
        """A query's answer as it was before those orders existed. Raises VenueError -2013: the answer was one of them."""
        document = plain(answer)
        if isinstance(document, list):
            return [row for row in document if not self._is_hidden(row)]
        if self._is_hidden(document):
            raise no_such_order()
        return document

    def _is_hidden(self, row: Any) -> bool:
        return any(order_id in self._hidden for order_id in order_ids_of(row))

    def _seen(self, order_id: int) -> None:
        self._hidden.pop(order_id, None)
        if not self._hidden:
            self._changed()


def plain(answer: Any) -> Any:
    """An answer as the JSON that a client reads."""
    return msgspec.json.decode(_encode(answer))


def order_ids_of(document: Any) -> list[int]:
    """The order of an answer, the orders of an order list, or the new order of a replacement."""
    if not isinstance(document, dict):
        return []
    if isinstance(document.get("orders"), list):
        return [row["orderId"] for row in document["orders"] if isinstance(row, dict) and "orderId" in row]
    if isinstance(document.get("newOrderResponse"), dict):
        return order_ids_of(document["newOrderResponse"])
    return [document["orderId"]] if isinstance(document.get("orderId"), int) else []

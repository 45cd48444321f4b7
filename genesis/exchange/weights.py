"""What each call of ours weighs at the venue (binance-spot 1.2). The WebSocket API weighs as REST does, on the same address."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

CONNECT: Final = 2
"""Opening a connection to the WebSocket API."""
_BY_DEPTH: Final = ((100, 5), (500, 25), (1_000, 50), (5_000, 250))
_DEFAULT_DEPTH: Final = 100
_REST: Final = {"time": 1, "exchangeInfo": 20, "klines": 2, "account": 20, "order": 4, "allOrders": 20}
_WS: Final = {"time": 1, "ping": 1, "order.place": 1, "order.cancel": 1, "userDataStream.subscribe.signature": 2}


def of_question(path: str, params: Mapping[str, object]) -> int:
    """The weight of GET `/api/v3/<path>`.

    Raises:
        KeyError: a path whose weight nobody has written down.
    """
    match path:
        case "depth":
            levels = int(str(params.get("limit", _DEFAULT_DEPTH)))
            return next((weight for most, weight in _BY_DEPTH if levels <= most), _BY_DEPTH[-1][1])
        case "openOrders":
            return 6 if "symbol" in params else 80
        case "myTrades":
            return 5 if "orderId" in params else 20
        case _:
            return _REST[path]


def of_request(method: str) -> int:
    """The weight of a request on the WebSocket API.

    Raises:
        KeyError: a method whose weight nobody has written down.
    """
    return _WS[method]

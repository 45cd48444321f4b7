"""Requests that the venue may well accept, so that the fuzz run also reaches matching, lists and the ledger."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

Params = dict[str, Any]
SYMBOLS = ("BTCUSDT", "ETHUSDT")
_PRICES = ("99.5", "99.75", "100", "100.25", "100.5")
_NAMES = ("a", "b", "c", "d", "e")
_IDS = st.one_of(*[st.integers(1, 80).map(str)] * 3, st.sampled_from(["0", str(2**63 - 1), str(2**63), str(2**64)]))
_QUANTITIES = ("0.06", "0.1", "1", "2.5")
_SYMBOL = st.fixed_dictionaries({"symbol": st.sampled_from(SYMBOLS)})


def _of(*, may: Params | None = None, **fields: Any) -> st.SearchStrategy[Params]:
    """A symbol and these fields: of a tuple one value, else the value itself. `may`: fields that need not be there."""

    def drawn(given: Params) -> dict[str, st.SearchStrategy[Any]]:
        return {name: st.sampled_from(value) if isinstance(value, tuple) else st.just(value) for name, value in given.items()}

    return st.fixed_dictionaries(drawn({"symbol": SYMBOLS} | fields), optional=drawn(may or {}))


_SIDE = ("BUY", "SELL")
_FREE: Params = {"newClientOrderId": _NAMES, "newOrderRespType": ("ACK", "RESULT", "FULL")}
_FREE["selfTradePreventionMode"] = ("NONE", "EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH", "DECREMENT")
_LIMIT: Params = {"side": _SIDE, "type": "LIMIT", "timeInForce": ("GTC", "IOC", "FOK"), "quantity": _QUANTITIES, "price": _PRICES}
_PLACE = st.one_of(
    _of(**_LIMIT, may=_FREE),
    _of(side=_SIDE, type="MARKET", quantity=_QUANTITIES, may=_FREE),
    _of(side=_SIDE, type="LIMIT_MAKER", quantity=_QUANTITIES, price=_PRICES, may=_FREE),
    _of(side=_SIDE, type="STOP_LOSS", quantity=_QUANTITIES, stopPrice=("90", "99", "101", "110"), may=_FREE),
    _of(**_LIMIT | {"type": "TAKE_PROFIT_LIMIT", "stopPrice": ("90", "99", "101", "110")}, may=_FREE),
)
_ORDER = st.one_of(
    st.fixed_dictionaries({"symbol": st.sampled_from(SYMBOLS), "orderId": _IDS}),
    _of(origClientOrderId=_NAMES),
)
_PAIR_ABOVE: Params = {"AboveType": "LIMIT_MAKER", "AbovePrice": ("105", "110")}
_PAIR_BELOW: Params = {"BelowType": "STOP_LOSS", "BelowStopPrice": ("90", "95")}
_PAIR: Params = {f"pending{name}": value for name, value in (_PAIR_ABOVE | _PAIR_BELOW).items()} | {"pendingSide": "SELL"}
_WORKING: Params = {"workingType": "LIMIT", "workingSide": "BUY", "workingPrice": _PRICES, "workingQuantity": ("0.1", "1")}
_WORKING["workingTimeInForce"] = "GTC"
_PENDING: Params = {"pendingType": "LIMIT_MAKER", "pendingSide": "SELL", "pendingPrice": ("105", "120")}
_OCO = _of(
    **{"side": "SELL", "quantity": ("0.1", "1"), "aboveType": "LIMIT_MAKER", "abovePrice": ("105", "110")},
    **{"belowType": "STOP_LOSS", "belowStopPrice": ("90", "95")},
)
_OLDER_OCO = _of(side="SELL", quantity=("0.1", "1"), price=("105", "110"), stopPrice=("90", "95"))
_LIST = st.fixed_dictionaries({"orderListId": st.integers(0, 12).map(str)})
_LIST_OF_SYMBOL = st.fixed_dictionaries({"symbol": st.sampled_from(SYMBOLS), "orderListId": st.integers(0, 12).map(str)})
_AMEND = st.builds(lambda order, quantity: order | {"newQty": quantity}, _ORDER, st.sampled_from(["0.01", "0.06", "0.5", "2"]))
_REPLACE = st.builds(
    lambda order, mode, number: order | {"cancelReplaceMode": mode, "cancelOrderId": str(number)},
    _of(**_LIMIT, may=_FREE),
    st.sampled_from(["STOP_ON_FAILURE", "ALLOW_FAILURE"]),
    st.integers(1, 80),
)

REQUESTS: list[tuple[str, str, st.SearchStrategy[Params]]] = [
    ("POST /api/v3/order", "order.place", _PLACE),
    ("POST /api/v3/order", "order.place", _PLACE),
    ("POST /api/v3/order", "order.place", _PLACE),
    ("POST /api/v3/order/test", "order.test", _PLACE),
    ("GET /api/v3/order", "order.status", _ORDER),
    ("DELETE /api/v3/order", "order.cancel", _ORDER),
    ("PUT /api/v3/order/amend/keepPriority", "order.amend.keepPriority", _AMEND),
    ("POST /api/v3/order/cancelReplace", "order.cancelReplace", _REPLACE),
    ("DELETE /api/v3/openOrders", "openOrders.cancelAll", _SYMBOL),
    ("GET /api/v3/openOrders", "openOrders.status", _SYMBOL),
    ("GET /api/v3/allOrders", "allOrders", _SYMBOL),
    ("GET /api/v3/myTrades", "myTrades", _SYMBOL),
    ("GET /api/v3/account", "account.status", st.just({})),
    ("POST /api/v3/order/oco", "orderList.place", _OLDER_OCO),
    ("POST /api/v3/orderList/oco", "orderList.place.oco", _OCO),
    ("POST /api/v3/orderList/oto", "orderList.place.oto", _of(**_WORKING, **_PENDING, pendingQuantity=("0.1", "1"))),
    ("POST /api/v3/orderList/otoco", "orderList.place.otoco", _of(**_WORKING, **_PAIR, pendingQuantity=("0.1", "1"))),
    ("POST /api/v3/orderList/opo", "orderList.place.opo", _of(**_WORKING, **_PENDING)),
    ("POST /api/v3/orderList/opoco", "orderList.place.opoco", _of(**_WORKING, **_PAIR)),
    ("GET /api/v3/orderList", "orderList.status", _LIST),
    ("DELETE /api/v3/orderList", "orderList.cancel", _LIST_OF_SYMBOL),
]
"""(name over REST, name over the WebSocket API, parameters); placing comes more often."""

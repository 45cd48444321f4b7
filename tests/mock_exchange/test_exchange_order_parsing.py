"""Parameters of single orders, lists, cancel-replace and amendments: what each needs, refuses and becomes."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from libraries.mock_exchange.core import list_parsing, order_parsing, parsing
from libraries.mock_exchange.core.errors import VenueError
from libraries.mock_exchange.settings import built_in_market

SYMBOLS = {spec.symbol: spec for spec in built_in_market().specs}
E8 = 100_000_000
BASE = {"symbol": "BTCUSDT", "side": "BUY", "quantity": "1"}
LIMITED = BASE | {"timeInForce": "GTC", "price": "100"}
MANDATORY = "Mandatory parameter '%s' was not sent, was empty/null, or malformed."
EITHER = "Param '%s' or '%s' must be sent, but both were empty/null!"
NOT_REQUIRED = "Parameter '%s' sent when not required."

NEEDED = {
    "LIMIT": LIMITED,
    "MARKET": BASE,
    "LIMIT_MAKER": BASE | {"price": "100"},
    "STOP_LOSS": BASE | {"stopPrice": "110"},
    "STOP_LOSS_LIMIT": LIMITED | {"stopPrice": "110"},
    "TAKE_PROFIT": BASE | {"trailingDelta": "100"},
    "TAKE_PROFIT_LIMIT": LIMITED | {"stopPrice": "90", "trailingDelta": "100"},
}
EXTRA = {"quoteOrderQty": "1", "timeInForce": "GTC", "price": "1", "stopPrice": "1", "trailingDelta": "1", "icebergQty": "1"}
REFUSED = {
    "LIMIT": {"quoteOrderQty", "stopPrice", "trailingDelta"},
    "MARKET": {"quoteOrderQty", "timeInForce", "price", "stopPrice", "trailingDelta", "icebergQty"},
    "LIMIT_MAKER": {"quoteOrderQty", "timeInForce", "stopPrice", "trailingDelta"},
    "STOP_LOSS": {"quoteOrderQty", "timeInForce", "price", "icebergQty"},
    "STOP_LOSS_LIMIT": {"quoteOrderQty"},
    "TAKE_PROFIT": {"quoteOrderQty", "timeInForce", "price", "icebergQty"},
    "TAKE_PROFIT_LIMIT": {"quoteOrderQty"},
}


def refusal(parse: Any, params: dict[str, str], **changes: str | None) -> tuple[int, str]:
    given = {name: value for name, value in (params | changes).items() if value is not None}
    with pytest.raises(VenueError) as caught:
        parse(given, SYMBOLS, 0)
    return caught.value.code, caught.value.msg


@pytest.mark.parametrize("kind", list(NEEDED))
def test_a_type_takes_what_it_needs_and_nothing_less(kind: str) -> None:
    params = NEEDED[kind] | {"type": kind}
    assert order_parsing.new_order(params, SYMBOLS, 0).type == kind
    for name in params:
        if name in ("stopPrice", "trailingDelta"):
            continue
        expected = EITHER % ("quantity", "quoteOrderQty") if (kind, name) == ("MARKET", "quantity") else MANDATORY % name
        assert refusal(order_parsing.new_order, params, **{name: None}) == (-1102, expected)
    if "stopPrice" in params or "trailingDelta" in params:
        without: dict[str, Any] = {"stopPrice": None, "trailingDelta": None}
        assert refusal(order_parsing.new_order, params, **without) == (-1102, EITHER % ("stopPrice", "trailingDelta"))


@pytest.mark.parametrize("kind", list(NEEDED))
@pytest.mark.parametrize("extra", list(EXTRA))
def test_a_type_refuses_what_it_does_not_use(kind: str, extra: str) -> None:
    params = NEEDED[kind] | {"type": kind}
    if extra in REFUSED[kind]:
        assert refusal(order_parsing.new_order, params, **{extra: EXTRA[extra]}) == (-1106, NOT_REQUIRED % extra)
    else:
        order_parsing.new_order(params | {extra: EXTRA[extra]}, SYMBOLS, 0)


def test_all_fields_of_an_order_arrive() -> None:
    params = NEEDED["TAKE_PROFIT_LIMIT"] | {"type": "TAKE_PROFIT_LIMIT", "icebergQty": "0.5", "newClientOrderId": "a-b_1"}
    labels = {"strategyId": "7", "strategyType": "1000000", "selfTradePreventionMode": "DECREMENT"}
    shown = msgspec.structs.asdict(order_parsing.new_order(params | labels, SYMBOLS, 5))
    assert shown == {
        "symbol": "BTCUSDT",
        "side": "BUY",
        "type": "TAKE_PROFIT_LIMIT",
        "quantity": E8,
        "price": 100 * E8,
        "quote_order_qty": None,
        "time_in_force": "GTC",
        "client_order_id": "a-b_1",
        "stop_price": 90 * E8,
        "trailing_delta": 100,
        "iceberg_qty": E8 // 2,
        "stp_mode": "DECREMENT",
        "strategy_id": 7,
        "strategy_type": 1_000_000,
        "received_ns": 5,
    }


LIMIT = LIMITED | {"type": "LIMIT"}
SINGLE = [
    ({"timeInForce": "IOC", "icebergQty": "0.5"}, -1014, "Unsupported order combination."),
    ({"strategyType": "999999"}, -1134, "strategyType was less than 1000000."),
    ({"strategyId": str(2**63 - 1)}, None, ""),
    ({"strategyId": str(2**63)}, -1108, "Parameter 'strategyId' overflowed."),
    ({"price": "92233720368.54775808"}, -1108, "Parameter 'price' overflowed."),
    ({"price": "92233720368.54775807"}, None, ""),
    ({"selfTradePreventionMode": "SOMETIMES"}, -1130, "Data sent for parameter 'selfTradePreventionMode' is not valid."),
    ({"pegPriceType": "PRIMARY_PEG"}, -2010, "Pegged orders are not supported for this symbol."),
    ({"newClientOrderId": "x" * 36}, None, ""),
    ({"newClientOrderId": "-_"}, None, ""),
    ({"newClientOrderId": "x" * 37}, -1100, "newClientOrderId"),
    ({"newClientOrderId": "x.y"}, -1100, "newClientOrderId"),
    ({"newClientOrderId": "\u00e4"}, -1100, "newClientOrderId"),
    ({"icebergQty": "0"}, None, ""),
]


@pytest.mark.parametrize(("changes", "code", "msg"), SINGLE)
def test_single_orders(changes: dict[str, str], code: int | None, msg: str) -> None:
    if code is None:
        order_parsing.new_order(LIMIT | changes, SYMBOLS, 0)
        return
    seen = refusal(order_parsing.new_order, LIMIT, **changes)
    assert seen[0] == code
    assert msg in seen[1]


def test_precision_is_that_of_the_asset() -> None:
    spec = msgspec.structs.replace(SYMBOLS["BTCUSDT"], base_precision=3, quote_precision=2)
    known = {"BTCUSDT": spec}
    order_parsing.new_order(LIMIT | {"quantity": "1.001", "price": "1.01"}, known, 0)
    for name, value in (("quantity", "1.0001"), ("price", "1.001"), ("icebergQty", "0.0001")):
        with pytest.raises(VenueError) as caught:
            order_parsing.new_order(LIMIT | {name: value}, known, 0)
        assert (caught.value.code, caught.value.msg) == (-1111, f"Parameter '{name}' has too much precision.")


OCO = {
    **{"symbol": "BTCUSDT", "side": "SELL", "quantity": "1"},
    **{"aboveType": "LIMIT_MAKER", "abovePrice": "110", "belowType": "STOP_LOSS", "belowStopPrice": "90"},
}
BUY_OCO = {
    **{"symbol": "BTCUSDT", "side": "BUY", "quantity": "1"},
    **{"aboveType": "STOP_LOSS", "aboveStopPrice": "110", "belowType": "LIMIT_MAKER", "belowPrice": "90"},
}
LIMIT_STOP = {"belowType": "STOP_LOSS_LIMIT", "belowPrice": "89", "belowTimeInForce": "GTC"}
OTO = {
    **{"symbol": "BTCUSDT", "workingType": "LIMIT", "workingSide": "BUY", "workingPrice": "100", "workingQuantity": "1"},
    **{"workingTimeInForce": "GTC", "pendingType": "MARKET", "pendingSide": "SELL", "pendingQuantity": "1"},
}
WORKING = {name: value for name, value in OTO.items() if not name.startswith("pending")}
OTOCO = WORKING | {
    **{"pendingSide": "SELL", "pendingQuantity": "1", "pendingAboveType": "TAKE_PROFIT", "pendingAboveStopPrice": "110"},
    **{"pendingBelowType": "STOP_LOSS", "pendingBelowTrailingDelta": "100"},
}
OPO = OTO | {"pendingQuantity": None}
OPOCO = OTOCO | {"pendingQuantity": None}
OLDER = {"symbol": "BTCUSDT", "side": "SELL", "quantity": "1", "price": "110", "stopPrice": "90"}
LISTS: list[tuple[Any, dict[str, Any], dict[str, str | None], int, str]] = [
    (list_parsing.oco, OCO, {"aboveType": "LIMIT"}, -1158, "Order type not supported in OCO."),
    (list_parsing.oco, OCO, {"belowType": "MARKET"}, -1158, "Order type not supported in OCO."),
    (list_parsing.oco, OCO, {"aboveType": "ODD"}, -1116, "Invalid orderType."),
    (list_parsing.oco, OCO, {"aboveType": None}, -1102, MANDATORY % "aboveType"),
    (list_parsing.oco, OCO, {"abovePrice": None}, -1102, MANDATORY % "abovePrice"),
    (list_parsing.oco, OCO, {"quantity": None}, -1102, MANDATORY % "quantity"),
    (list_parsing.oco, OCO, {"side": "HOLD"}, -1117, "Invalid side."),
    (list_parsing.oco, OCO, {"belowStopPrice": None}, -1102, EITHER % ("belowStopPrice", "belowTrailingDelta")),
    (list_parsing.oco, OCO, {"belowTimeInForce": "GTC"}, -1114, "TimeInForce parameter sent when not required."),
    (list_parsing.oco, OCO, {"aboveStopPrice": "1"}, -1106, NOT_REQUIRED % "aboveStopPrice"),
    (list_parsing.oco, OCO, {"abovePegPriceType": "MARKET_PEG"}, -2010, "Pegged orders are not supported for this symbol."),
    (list_parsing.oco, OCO, {"belowStrategyType": "1"}, -1134, "strategyType was less than 1000000."),
    (list_parsing.oco, OCO, {"listClientOrderId": "no spaces"}, -1100, "listClientOrderId"),
    (list_parsing.oco, OCO | LIMIT_STOP, {"belowTimeInForce": None}, -1102, MANDATORY % "belowTimeInForce"),
    (list_parsing.oco, OCO | LIMIT_STOP, {"belowTimeInForce": "IOC", "belowIcebergQty": "0.5"}, -1160, "Parameter 'belowIcebergQty' is"),
    (list_parsing.oco, OCO, {"belowType": "LIMIT_MAKER"}, -1168, "At least one OCO order must be contingent."),
    (list_parsing.oco, BUY_OCO, {"aboveType": "LIMIT_MAKER", "belowType": "STOP_LOSS"}, -1165, "A limit order in a buy OCO must be below."),
    (list_parsing.oco, OCO, {"aboveType": "STOP_LOSS", "belowType": "LIMIT_MAKER"}, -1166, "A limit order in a sell OCO must be above."),
    (list_parsing.oco, BUY_OCO, {"belowType": "STOP_LOSS"}, -1196, "A stop loss order in a buy OCO must be above."),
    (list_parsing.oco, OCO, {"aboveType": "STOP_LOSS"}, -1197, "A stop loss order in a sell OCO must be below."),
    (list_parsing.oco, BUY_OCO, {"aboveType": "TAKE_PROFIT"}, -1198, "A take profit order in a buy OCO must be below."),
    (list_parsing.oco, OCO, {"belowType": "TAKE_PROFIT"}, -1199, "A take profit order in a sell OCO must be above."),
    (list_parsing.oto, OTO, {"workingType": "MARKET"}, -1130, "Data sent for parameter 'workingType' is not valid."),
    (list_parsing.oto, OTO, {"workingTimeInForce": None}, -1102, MANDATORY % "workingTimeInForce"),
    (list_parsing.oto, OTO, {"workingTimeInForce": "FOK", "workingIcebergQty": "0.5"}, -1160, "Parameter 'workingIcebergQty' is"),
    (list_parsing.oto, OTO, {"pendingQuantity": None}, -1102, MANDATORY % "pendingQuantity"),
    (list_parsing.oto, OTO, {"pendingSide": None}, -1102, MANDATORY % "pendingSide"),
    (list_parsing.oto, OTO, {"pendingPrice": "1"}, -1106, NOT_REQUIRED % "pendingPrice"),
    (list_parsing.oto, OTO, {"pendingType": "LIMIT", "pendingPrice": "1"}, -1102, MANDATORY % "pendingTimeInForce"),
    (list_parsing.otoco, OTOCO, {"pendingQuantity": None}, -1102, MANDATORY % "pendingQuantity"),
    (list_parsing.otoco, OTOCO, {"pendingBelowType": None}, -1102, MANDATORY % "pendingBelowType"),
    (list_parsing.otoco, OTOCO, {"pendingAboveType": "STOP_LOSS"}, -1197, "A stop loss order in a sell OCO must be below."),
    (list_parsing.opo, OPO, {"workingSide": "SELL"}, -1222, "Working order in an OPO list must be a bid."),
    (list_parsing.opo, OPO, {"pendingSide": "BUY"}, -1223, "Pending orders in an OPO list must be asks."),
    (list_parsing.opo, OPO, {"pendingQuantity": "1"}, -1225, "Pending orders should not include the 'pendingQuantity' tag."),
    (list_parsing.opoco, OPOCO, {"pendingQuantity": "1"}, -1225, "Pending orders should not include the 'pendingQuantity' tag."),
    (list_parsing.older_oco, OLDER, {"stopPrice": None}, -1102, EITHER % ("stopPrice", "trailingDelta")),
    (list_parsing.older_oco, OLDER, {"price": None}, -1102, MANDATORY % "price"),
    (list_parsing.older_oco, OLDER, {"stopLimitPrice": "1"}, -1102, MANDATORY % "stopLimitTimeInForce"),
    (list_parsing.older_oco, OLDER, {"stopLimitTimeInForce": "GTC"}, -1114, "TimeInForce parameter sent when not required."),
    (list_parsing.older_oco, OLDER, {"stopIcebergQty": "1"}, -1106, NOT_REQUIRED % "stopIcebergQty"),
]


@pytest.mark.parametrize(("parse", "params", "changes", "code", "msg"), LISTS, ids=[f"{n}{each[3]}" for n, each in enumerate(LISTS)])
def test_lists_are_refused(parse: Any, params: dict[str, Any], changes: dict[str, str | None], code: int, msg: str) -> None:
    parse({name: value for name, value in params.items() if value is not None}, SYMBOLS, 0)
    seen = refusal(parse, params, **changes)
    assert seen[0] == code
    assert msg in seen[1]


def test_the_stop_loss_of_a_pair_comes_first_on_either_side() -> None:
    def legs(parse: Any, params: dict[str, Any]) -> list[tuple[str, str, int | None, int | None, int | None]]:
        parsed = parse({name: value for name, value in params.items() if value is not None}, SYMBOLS, 0)
        return [(each.type, each.side, each.quantity, each.price, each.stop_price) for each in parsed.orders]

    stop, take = ("STOP_LOSS", "SELL", E8, None, 90 * E8), ("LIMIT_MAKER", "SELL", E8, 110 * E8, None)
    working = ("LIMIT", "BUY", E8, 100 * E8, None)
    assert legs(list_parsing.oco, OCO) == [stop, take]
    assert legs(list_parsing.older_oco, OLDER) == [stop, take]
    assert [each[0] for each in legs(list_parsing.older_oco, OLDER | {"side": "BUY"})] == ["STOP_LOSS", "LIMIT_MAKER"]
    assert legs(list_parsing.oto, OTO) == [working, ("MARKET", "SELL", E8, None, None)]
    assert legs(list_parsing.opo, OPO) == [working, ("MARKET", "SELL", None, None, None)]
    assert legs(list_parsing.otoco, OTOCO)[1:] == [("STOP_LOSS", "SELL", E8, None, None), ("TAKE_PROFIT", "SELL", E8, None, 110 * E8)]
    assert [each[2] for each in legs(list_parsing.opoco, OPOCO)] == [E8, None, None]
    limited = list_parsing.older_oco(OLDER | {"stopLimitPrice": "89", "stopLimitTimeInForce": "FOK", "stopClientOrderId": "s"}, SYMBOLS, 0)
    assert (limited.orders[0].type, limited.orders[0].time_in_force, limited.orders[0].client_order_id) == ("STOP_LOSS_LIMIT", "FOK", "s")


REPLACE = LIMIT | {"cancelReplaceMode": "STOP_ON_FAILURE", "cancelOrderId": "3"}


@pytest.mark.parametrize(
    ("changes", "code", "msg"),
    [
        ({"cancelReplaceMode": None}, -1102, MANDATORY % "cancelReplaceMode"),
        ({"cancelReplaceMode": "MAYBE"}, -1130, "Data sent for parameter 'cancelReplaceMode' is not valid."),
        ({"orderRateLimitExceededMode": "MAYBE"}, -1130, "Data sent for parameter 'orderRateLimitExceededMode' is not valid."),
        ({"cancelOrderId": None}, -1102, EITHER % ("cancelOrigClientOrderId", "cancelOrderId")),
        ({"cancelRestrictions": "ONLY_OLD"}, -1145, "Invalid cancelRestrictions"),
        ({"price": None}, -1102, MANDATORY % "price"),
    ],
)
def test_cancel_replace_is_refused(changes: dict[str, str | None], code: int, msg: str) -> None:
    assert refusal(order_parsing.cancel_replace, REPLACE, **changes) == (code, msg)


def test_cancel_replace_names_both_orders() -> None:
    ids = {"cancelNewClientOrderId": "c", "newClientOrderId": "n", "orderRateLimitExceededMode": "CANCEL_ONLY"}
    request = order_parsing.cancel_replace(REPLACE | ids, SYMBOLS, 0)
    assert (request.cancel.order_id, request.cancel.cancel_id, request.new.client_order_id) == (3, "c", "n")
    assert (request.mode, request.limit_mode) == ("STOP_ON_FAILURE", "CANCEL_ONLY")


def test_an_amendment_names_order_and_quantity() -> None:
    params = {"symbol": "BTCUSDT", "orderId": "3", "newQty": "0.5"}
    assert parsing.amend_request(params, SYMBOLS, 0).quantity == E8 // 2
    assert refusal(parsing.amend_request, params, newQty=None) == (-1102, MANDATORY % "newQty")
    assert refusal(parsing.amend_request, params, orderId=None) == (-1102, EITHER % ("origClientOrderId", "orderId"))
    assert refusal(parsing.amend_request, params, orderId=None, origClientOrderId="") == (-1119, "Original client order ID was empty.")

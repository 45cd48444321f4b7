"""Reports of orders and answers to orders, field by field: what cannot be true is refused by the field's name (facts A5). Pure: a few of
these rows are played to a whole engine in suites/errors/events.robot and answers.robot."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from genesis.exchange import strict_json, translate, wire
from genesis.exchange.errors import UNREADABLE, MalformedMessage
from tests.engine_exchange.kit_exchange import Json, answer_to, execution, order, trade

REQUEST = {"params": {"symbol": "BTCUSDT", "newClientOrderId": "gabcdef-1"}}
FILL = {"price": "100.00", "qty": "0.04", "commission": "0.00004", "commissionAsset": "BTC", "tradeId": 3}
_messages = msgspec.json.Decoder(wire.OrdersMessage)


def read_report(event: Json) -> Any:
    message = strict_json.read(msgspec.json.encode({"subscriptionId": 0, "event": event}), _messages)
    assert isinstance(message.event, wire.ExecutionReport | wire.AccountPosition | wire.BalanceUpdate)
    match message.event:
        case wire.ExecutionReport():
            return translate.execution_report("binance", message.event)
        case wire.AccountPosition():
            return translate.account_position("binance", message.event)
        case _:
            return translate.balance_update("binance", message.event)


def read_answer(**changes: object) -> Any:
    message = strict_json.read(msgspec.json.encode({"id": 1, **answer_to(REQUEST, **changes)}), _messages)
    assert message.result is not None
    return translate.placed(order(), message.result)


def test_true_ones_are_read() -> None:
    assert read_report(trade()).fills[0].trade_id == 11
    assert read_answer(executedQty="0.04", fills=[FILL], status="PARTIALLY_FILLED").executed == read_report(trade()).executed


REPORTS: list[tuple[Json, str]] = [
    (trade(l="-0.04"), "executionReport.l: expected an amount that is not negative"),
    (trade(l="+0.04"), "executionReport.l: expected a plain decimal number"),
    (trade(l=0.04), "Expected `str`"),
    (trade(l=None), "Expected `str`"),
    (trade(L="-100"), "executionReport.L"),
    (trade(L="NaN"), "executionReport.L"),
    (trade(L="Infinity"), "executionReport.L"),
    (trade(L="1e400"), "executionReport.L"),
    (trade(L="1" * 41), "executionReport.L"),
    (trade(L="98.80"), "executionReport: expected 3.952 for"),
    (trade(Y="40"), "executionReport: expected 4 for"),
    (trade(n="NaN"), "executionReport.n"),
    (trade(N="B\nTC"), "executionReport.N: expected a name"),
    (trade(z="-0.04"), "executionReport.z"),
    (trade(Z="1,00"), "executionReport.Z"),
    (trade(t=0), "executionReport.t"),
    (trade(t=-1), "executionReport.t"),
    (trade(t=2**63), "executionReport.t"),
    (trade(t="11"), "Expected `int`"),
    (trade(t=11.5), "Expected `int`"),
    (trade(i=0), "executionReport.i"),
    (trade(T=0), "executionReport.T"),
    (trade(T=-1), "executionReport.T"),
    (trade(T=1_700_000_000), "executionReport.T"),
    (trade(T=1_700_000_000_000_000), "executionReport.T"),
    (trade(S="HOLD"), "executionReport.S: expected BUY or SELL"),
    (trade(S=""), "executionReport.S"),
    (trade(s=""), "executionReport.s: expected a name"),
    (trade(X="x" * 41), "executionReport.X: expected a name"),
    (trade(c=""), "executionReport.c: expected a name"),
    (trade(c="g" * 41), "executionReport.c: expected a name"),
    (trade(m="yes"), "Expected `bool`"),
    (execution(x="REJECTED", X="REJECTED", r="no\n"), "executionReport.r: expected a name"),
    ({"e": "outboundAccountPosition", "u": 1, "B": [{"a": "BTC", "f": "-1", "l": "0"}]}, "balance of BTC, free"),
    ({"e": "outboundAccountPosition", "u": 1, "B": [{"a": "BTC", "f": "1", "l": "-1"}]}, "balance of BTC, locked"),
    ({"e": "outboundAccountPosition", "u": 1, "B": [{"a": "", "f": "1", "l": "1"}]}, "asset of a balance"),
    ({"e": "outboundAccountPosition", "u": 1, "B": {}}, "Expected `array`"),
    ({"e": "balanceUpdate", "a": "BTC", "d": "1e3", "T": 1}, "balanceUpdate.d"),
    ({"e": "balanceUpdate", "a": "x" * 41, "d": "1", "T": 1}, "balanceUpdate.a"),
]


@pytest.mark.parametrize(("event", "said"), REPORTS, ids=[f"{index} {said[:30]}" for index, (_, said) in enumerate(REPORTS)])
def test_a_false_report_is_named(event: Json, said: str) -> None:
    with pytest.raises((*UNREADABLE, MalformedMessage)) as error:
        read_report(event)
    assert said in str(error.value)


ANSWERS: list[tuple[Json, str]] = [
    ({"clientOrderId": "gother-1"}, "expected order gabcdef-1 of BTCUSDT, got 'gother-1'"),
    ({"clientOrderId": None}, "expected order gabcdef-1"),
    ({"symbol": "ETHUSDT"}, "of 'ETHUSDT'"),
    ({"orderId": None}, "expected orderId, status and transactTime"),
    ({"orderId": "7"}, "Expected `int"),
    ({"orderId": -7}, "answer.orderId"),
    ({"orderId": 2**63}, "answer.orderId"),
    ({"status": None}, "expected orderId, status and transactTime"),
    ({"status": "x" * 41}, "answer.status"),
    ({"executedQty": 0.1}, "Expected `str"),
    ({"executedQty": "NaN"}, "answer.executedQty"),
    ({"executedQty": "-0.1"}, "answer.executedQty"),
    ({"executedQty": None}, "expected executedQty"),
    ({"executedQty": "7"}, "expected fills that are executedQty 7, got no fills"),
    ({"cummulativeQuoteQty": "1e400"}, "answer.cummulativeQuoteQty"),
    ({"transactTime": 0}, "answer.transactTime"),
    ({"transactTime": 1_700_000_000}, "answer.transactTime"),
    ({"transactTime": 2**63}, "answer.transactTime"),
    ({"fills": None}, "Expected `array`"),
    ({"executedQty": "0.04", "fills": [{**FILL, "price": "-1"}]}, "answer.fills.price"),
    ({"executedQty": "0.04", "fills": [{**FILL, "tradeId": 0}]}, "answer.fills.tradeId"),
]


@pytest.mark.parametrize(("changes", "said"), ANSWERS, ids=[f"{index} {said[:30]}" for index, (_, said) in enumerate(ANSWERS)])
def test_a_false_answer_to_an_order_is_named(changes: Json, said: str) -> None:
    with pytest.raises((*UNREADABLE, MalformedMessage)) as error:
        read_answer(**changes)
    assert said in str(error.value)

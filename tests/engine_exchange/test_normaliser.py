"""One tick whatever the dialect, and every reason for which a message is not believed (AC3.2)."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from genesis.core.events import Event, MarketDataRefused, MarketTrade
from genesis.core.secret import Secret
from genesis.exchange import wire
from genesis.exchange.normaliser import Normaliser
from genesis.exchange.rejections import Reason, Rejected, Rejections
from genesis.exchange.settings import VenueSettings

NOW_MS = 1_700_000_000_000


def reader(**dialect: bool) -> Normaliser:
    settings = VenueSettings(
        name="binance",
        rest_url="",
        stream_url="",
        ws_api_url="",
        api_key=Secret("k"),
        api_secret=Secret("s"),
        symbols=("BTCUSDT", "ETHUSDT"),
        **dialect,
    )
    return Normaliser(settings, tick_age_ms=10_000)


def trade(**changes: object) -> dict[str, object]:
    fields = {"e": "trade", "E": NOW_MS, "s": "BTCUSDT", "t": 7, "p": "99.50", "q": "0.100", "T": NOW_MS, "m": True, "M": True}
    return {**fields, **changes}


def wrapped(data: dict[str, object], stream: str = "btcusdt@trade") -> bytes:
    return json.dumps({"stream": stream, "data": data}).encode()


def refused(normaliser: Normaliser, payload: bytes) -> Rejected:
    with pytest.raises(Rejected) as caught:
        normaliser.read(payload)
    return caught.value


TICK = MarketTrade(venue="binance", symbol="BTCUSDT", price=Decimal("99.5"), quantity=Decimal("0.1"), venue_time_ms=NOW_MS, trade_id=7)


@pytest.mark.parametrize("combined", [True, False])
@pytest.mark.parametrize("microseconds", [True, False])
@pytest.mark.parametrize("aggregated", [True, False])
def test_the_tick_is_the_same_in_every_dialect(combined: bool, microseconds: bool, aggregated: bool) -> None:
    time = NOW_MS * 1_000 + 999 if microseconds else NOW_MS
    data = trade(E=time, T=time)
    if aggregated:
        data |= {"e": "aggTrade", "a": 3, "f": 5, "l": 7}
        del data["t"]
    payload = wrapped(data) if combined else json.dumps(data).encode()
    assert reader(combined=combined, microseconds=microseconds, aggregated=aggregated).read(payload) == TICK


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"p": "NaN"}, Reason.NOT_A_NUMBER),
        ({"p": "Infinity"}, Reason.NOT_A_NUMBER),
        ({"p": "1e3"}, Reason.NOT_A_NUMBER),
        ({"q": "1,5"}, Reason.NOT_A_NUMBER),
        ({"q": ""}, Reason.NOT_A_NUMBER),
        ({"p": "-1"}, Reason.NOT_POSITIVE),
        ({"q": "0.000"}, Reason.NOT_POSITIVE),
        ({"p": 99.5}, Reason.WRONG_TYPE),
        ({"t": "7"}, Reason.WRONG_TYPE),
        ({"t": 7.5}, Reason.WRONG_TYPE),
        ({"s": None}, Reason.WRONG_TYPE),
        ({"t": 0}, Reason.WRONG_ORDER),
        ({"E": 0}, Reason.WRONG_TIME),
        ({"T": NOW_MS // 1_000}, Reason.WRONG_TIME),
        ({"T": NOW_MS * 1_000}, Reason.WRONG_TIME),
        ({"s": "ETHUSDT"}, Reason.WRONG_SYMBOL),
        ({"s": "DOGEUSDT"}, Reason.WRONG_SYMBOL),
    ],
)
def test_what_is_not_believed(changes: dict[str, object], reason: Reason) -> None:
    rejected = refused(reader(), wrapped(trade(**changes)))
    assert (rejected.reason, rejected.stream) == (reason, "trade")
    assert rejected.symbol == "BTCUSDT"


def test_a_symbol_that_is_none_of_ours() -> None:
    rejected = refused(reader(), wrapped(trade(s="DOGEUSDT"), "dogeusdt@trade"))
    assert (rejected.reason, rejected.symbol) == (Reason.UNKNOWN_SYMBOL, "")
    assert refused(reader(combined=False), json.dumps(trade(s="DOGEUSDT")).encode()).reason is Reason.UNKNOWN_SYMBOL


@pytest.mark.parametrize("payload", [b"", b"null", b"[]", b"{", b"<html>", b"\xff\xfe", b'{"stream":7}', b"[" * 10_000, b"{}" * 2])
def test_garbage_is_unreadable(payload: bytes) -> None:
    for combined in (True, False):
        assert refused(reader(combined=combined), payload).reason is Reason.UNREADABLE


def test_trades_come_once_and_forward_and_gaps_are_counted() -> None:
    normaliser = reader()
    normaliser.read(wrapped(trade(t=7)))
    assert refused(normaliser, wrapped(trade(t=7))).reason is Reason.DUPLICATE
    assert refused(normaliser, wrapped(trade(t=6))).reason is Reason.OUT_OF_ORDER
    normaliser.read(wrapped(trade(t=10)))
    assert normaliser.trades_missed == 2
    assert refused(normaliser, wrapped(trade(t=2**53 + 1))).reason is Reason.WRONG_ORDER
    normaliser.read(wrapped(trade(t=11)))
    assert normaliser.trades_missed == 2


def test_what_is_older_than_the_newest_by_more_than_allowed_is_stale() -> None:
    normaliser = reader()
    normaliser.read(wrapped(trade(t=1, E=NOW_MS)))
    normaliser.read(wrapped(trade(t=2, E=NOW_MS - 10_000)))
    assert refused(normaliser, wrapped(trade(t=3, E=NOW_MS - 10_001))).reason is Reason.STALE
    normaliser.forget_time()
    normaliser.read(wrapped(trade(t=3, E=NOW_MS - 10_001)))


def test_answers_and_announcements_are_told_from_ticks() -> None:
    for normaliser in (reader(), reader(combined=False)):
        assert normaliser.read(b'{"result":null,"id":3}') == wire.StreamReply(id=3)
        assert normaliser.read(b'{"code":2,"msg":"Invalid request","id":4}') == wire.StreamReply(id=4, code=2, msg="Invalid request")
    assert isinstance(reader().read(b'{"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1}}'), wire.MarketShutdown)
    assert isinstance(reader(combined=False).read(b'{"e":"serverShutdown","E":1}'), wire.MarketShutdown)


class StepClock:
    def __init__(self) -> None:
        self.ns = 0

    def wall_ms(self) -> int:
        return 0

    def mono_ns(self) -> int:
        return self.ns

    async def sleep(self, seconds: float) -> None:
        raise AssertionError(seconds)


def test_of_many_rejections_few_are_told_and_all_are_counted() -> None:
    told: list[Event] = []
    clock = StepClock()
    rejections = Rejections("binance", told.append, clock, every_ms=1_000)
    for number in range(50):
        rejections.note(Rejected(Reason.STALE, "BTCUSDT", "trade", str(number)))
    rejections.note(Rejected(Reason.STALE, "ETHUSDT", "trade", "another symbol"))
    rejections.flush()
    assert rejections.counts["stale"] == 51
    assert [_shown(event) for event in told] == [("BTCUSDT", "0", 1), ("ETHUSDT", "another symbol", 1)]
    clock.ns = 1_000_000_000
    rejections.flush()
    rejections.flush()
    assert [_shown(event) for event in told[2:]] == [("BTCUSDT", "49", 49)]


def _shown(event: Event) -> tuple[Any, ...]:
    assert isinstance(event, MarketDataRefused)
    return event.symbol, event.detail, event.count

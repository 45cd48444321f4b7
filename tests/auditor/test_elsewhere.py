"""I29 between two venues, by their facts alone: what is open at one is not opened at the other."""

from __future__ import annotations

from typing import Any

from libraries.auditor.examination import Examination
from libraries.auditor.invariants.elsewhere import examined
from libraries.auditor.witnesses.journal import Event

Fact = tuple[str, dict[str, Any]]
PAIR: list[Fact] = [("ConditionChanged", {"name": "second/reserve", "state": f"{duty} for binance"}) for duty in ("STANDBY", "ACTIVE")]


def intent(number: int, venue: str, **terms: str) -> Fact:
    order = {"client_order_id": f"g-{number}", "venue": venue, "symbol": "BTCUSDT", "purpose": "ENTRY", "order_type": "LIMIT"}
    return "OrderIntended", {"order": order | terms}


def change(number: int, after: str) -> Fact:
    return "OrderChanged", {"client_order_id": f"g-{number}", "after": after, "knowledge": "KNOWN"}


def of(*facts: Fact) -> Examination:
    return examined(Event(seq, 1, 0, 0, kind, data.get("signal", "s"), "", "", "", data) for seq, (kind, data) in enumerate(facts, 1))


def failures(*facts: Fact) -> list[str]:
    return [violation.what for violation in of(*facts).violations]


def test_what_has_ended_at_the_first_may_be_entered_at_the_reserve() -> None:
    found = of(intent(1, "binance"), change(1, "CANCELLED"), *PAIR, intent(2, "second"))
    assert (found.violations, found.objects) == ([], 1)


def test_what_is_open_at_the_first_must_not_be_entered_at_the_reserve() -> None:
    assert failures(intent(1, "binance"), change(1, "OPEN"), *PAIR, intent(2, "second")) == [
        "open orders in BTCUSDT at binance when g-2 was intended"
    ]


def test_what_is_open_at_the_reserve_must_not_be_entered_at_the_first() -> None:
    assert failures(*PAIR, intent(1, "second"), intent(2, "binance")) == ["open orders in BTCUSDT at second when g-2 was intended"]


def test_another_symbol_and_a_resting_stop_hinder_nobody() -> None:
    stop = intent(2, "binance", purpose="STOP", order_type="STOP_LOSS_LIMIT")
    assert failures(intent(1, "binance", symbol="ETHUSDT"), stop, *PAIR, intent(3, "second")) == []


def test_two_venues_of_which_none_is_the_others_reserve_are_not_examined() -> None:
    found = of(intent(1, "binance"), intent(2, "second"))
    assert (found.violations, found.objects) == ([], 0)


def test_a_new_process_has_to_say_anew_who_is_whose_reserve() -> None:
    assert of(*PAIR, ("EngineStarted", {}), intent(1, "second")).objects == 0


def of_bar(number: int, venue: str, signal: str, strategy: str = "one") -> list[Fact]:
    """An entry of a strategy's bar that is refused by its venue at once."""
    kind, data = intent(number, venue, strategy=strategy)
    return [(kind, data | {"signal": signal}), change(number, "REJECTED")]


def test_one_bar_of_a_strategy_must_not_be_entered_at_both_venues() -> None:
    at_the_first = of_bar(1, "binance", "one-BTCUSDT-1700000000999-1")
    assert failures(*PAIR, *at_the_first, *of_bar(2, "second", "one-BTCUSDT@second-1700000000999-2")) == [
        "venue of what g-2 enters of bar one-BTCUSDT-1700000000999"
    ]
    assert failures(*PAIR, *at_the_first, *of_bar(2, "second", "one-BTCUSDT@second-1700000001999-1")) == []
    assert failures(*PAIR, *at_the_first, *of_bar(2, "binance", "one-BTCUSDT-1700000000999-2")) == []


def test_trades_of_two_venues_and_signals_of_people_are_not_one_bar() -> None:
    trades = [*of_bar(1, "binance", "one-BTCUSDT-t7-1"), *of_bar(2, "second", "one-BTCUSDT@second-t7-1")]
    people = [*of_bar(3, "binance", "mine-BTCUSDT-7-1", "external"), *of_bar(4, "second", "mine-BTCUSDT-7-1", "external")]
    assert failures(*PAIR, *trades, *people) == []

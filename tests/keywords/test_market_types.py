"""Shares and pairs as arguments: what is taken, and what is refused with the right way to write it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from libraries.common.errors import WrongArgument
from libraries.exchange_keywords.percent import to_pair, to_percent


@pytest.mark.parametrize(("text", "fraction"), [("10%", "0.1"), ("0.05%", "0.0005"), ("-3 %", "-0.03"), ("150%", "1.5")])
def test_a_share_is_a_fraction(text: str, fraction: str) -> None:
    assert to_percent(text) == Decimal(fraction)


@pytest.mark.parametrize("wrong", ["10", "0.1", 0.1, 10, None, "", "ten%", "1e1%", "10%%"])
def test_a_share_without_its_sign_is_refused(wrong: object) -> None:
    with pytest.raises(WrongArgument, match=r"a share must be text with a percent sign such as 10%, got .*; write 10% for a tenth"):
        to_percent(wrong)


def test_a_pair_is_two_symbols_and_how_they_go_together() -> None:
    assert to_pair("BTCUSDT/ETHUSDT:-0.5").table == {"leader": "BTCUSDT", "follower": "ETHUSDT", "correlation": "-0.5"}
    assert to_pair("BTCUSDT/ETHUSDT:cointegrated").table == {"leader": "BTCUSDT", "follower": "ETHUSDT", "cointegrated": True}


@pytest.mark.parametrize("wrong", ["BTCUSDT/ETHUSDT", "BTCUSDT/ETHUSDT:1.5", "BTCUSDT:0.5", "btcusdt/ETHUSDT:0.5", 1, None])
def test_another_form_of_a_pair_is_refused(wrong: object) -> None:
    with pytest.raises(WrongArgument, match=r"a pair must be text such as BTCUSDT/ETHUSDT:0\.8 \(correlation -1 to 1\)"):
        to_pair(wrong)

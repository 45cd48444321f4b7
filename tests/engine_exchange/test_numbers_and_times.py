"""Numbers and times that the venue tells: what cannot be one is refused by its field's name, before anything is booked by it."""

from __future__ import annotations

import pytest

from genesis.exchange.errors import MalformedMessage
from genesis.exchange.translate import number, time_ms


@pytest.mark.parametrize("value", [1, 2**53 + 1, 2**63 - 1])
def test_a_number_of_the_venue(value: int) -> None:
    assert number(value, "trade.id") == value


@pytest.mark.parametrize("value", [0, -1, 2**63, 2**64 + 1])
def test_what_is_no_number_of_the_venue(value: int) -> None:
    with pytest.raises(MalformedMessage, match=rf"trade\.id: expected a number from 1 to 2\^63 - 1, got {value}"):
        number(value, "trade.id")


@pytest.mark.parametrize("value", [10**12, 1_700_000_000_000, 10**14 - 1])
def test_a_time_of_the_venue(value: int) -> None:
    assert time_ms(value, "trade.time") == value


@pytest.mark.parametrize("value", [0, -1, 1_700_000_000, 1_700_000_000_000_000, 2**63])
def test_what_is_no_time_of_the_venue(value: int) -> None:
    """Zero, below it, seconds, microseconds, more than 64 bits."""
    with pytest.raises(MalformedMessage, match=rf"trade\.time: expected a time in milliseconds since 1970, got {value}"):
        time_ms(value, "trade.time")

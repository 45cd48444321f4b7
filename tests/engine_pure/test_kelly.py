"""Kelly sizing (R14)."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genesis.core.strategy_settings import KellySettings
from genesis.strategies.kelly import kelly_fraction
from tests.builders import d


def kelly(trades: int, wins: int, won: str, lost: str, **changes: object) -> Decimal | None:
    return kelly_fraction(trades, wins, d(won), d(lost), KellySettings(**changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wins", "won", "lost", "fraction"),
    [
        (24, "48", "16", "0.1"),  # p = 0.6, b = 2 : 1, so f = (1.2 - 0.4) / 2 = 0.4
        (20, "40", "20", "0.0625"),  # p = 0.5, b = 2, f = 0.25
        (22, "22", "18", "0.025"),  # the textbook coin of 55 %: f = 0.1
        (40, "40", "0", "0.25"),  # never lost
    ],
)
def test_a_quarter_of_what_kelly_says(wins: int, won: str, lost: str, fraction: str) -> None:
    assert kelly(40, wins, won, lost) == d(fraction)


@pytest.mark.parametrize(("wins", "won", "lost"), [(20, "20", "20"), (10, "10", "30"), (0, "0", "40"), (0, "0", "0"), (39, "1", "1000")])
def test_no_edge_is_nothing(wins: int, won: str, lost: str) -> None:
    assert kelly(40, wins, won, lost) == 0


@pytest.mark.parametrize(("trades", "known"), [(19, False), (20, True)])
def test_twenty_trades_are_needed_to_tell(trades: int, known: bool) -> None:
    assert (kelly(trades, 12, "24", "7") is not None) is known


@pytest.mark.parametrize(("cap", "fraction"), [("0.5", "0.5"), ("0.3", "0.3"), ("1", "0.95")])
def test_it_never_exceeds_its_cap(cap: str, fraction: str) -> None:
    """Without the quarter: p = 0.95, hardly any loss, so nearly all of p."""
    found = kelly(40, 38, "38000000", "1", part=d(1), cap=d(cap))
    assert found is not None
    assert float(found) == pytest.approx(float(fraction), abs=1e-6)


@settings(deadline=None)
@given(st.lists(st.decimals(-100, 100, places=2), min_size=20, max_size=80))
def test_it_is_the_formula_over_the_closed_trades(results: list[Decimal]) -> None:
    """f = p (1 - sum of losses / sum of gains), the same formula with b written out, in exact fractions."""
    gains, losses = [one for one in results if one > 0], [-one for one in results if one <= 0]
    found = kelly_fraction(len(results), len(gains), sum(gains, Decimal(0)), sum(losses, Decimal(0)), KellySettings())
    if not gains:
        assert found == 0
        return
    exact = Fraction(len(gains), len(results)) * (1 - Fraction(sum(losses, Decimal(0))) / Fraction(sum(gains, Decimal(0))))
    assert found is not None
    assert float(found) == pytest.approx(float(max(Fraction(0), exact / 4)), abs=1e-12)

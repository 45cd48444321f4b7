"""How far apart two moments are, in words: raw nanoseconds of a clock tell nobody anything."""

from __future__ import annotations

import pytest

from libraries.auditor.moments import apart


@pytest.mark.parametrize(
    ("moment", "other", "words"),
    [
        (3_618_521_858_309, 3_618_064_183_948, "457.674 ms after"),
        (1_000_000, 1_004_000, "0.004 ms before"),
        (7_200_000_000_000, 0, "7,200,000.000 ms after"),
        (5, 5, "at that moment"),
    ],
)
def test_two_moments_are_so_far_apart(moment: int, other: int, words: str) -> None:
    assert apart(moment, other) == words

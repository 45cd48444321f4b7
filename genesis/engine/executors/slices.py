"""How an iceberg and a TWAP are cut: sizes from a seed, so that the same parent is always cut the same way (R12, R13). Pure."""

from __future__ import annotations

import hashlib
from decimal import ROUND_CEILING, Decimal

from genesis.core.money import ONE, ZERO, floor_to
from genesis.core.settings import ExecutionSettings

_FINE = 1 << 32


def iceberg_sizes(parent_id: str, quantity: Decimal, notional: Decimal, step: Decimal, settings: ExecutionSettings) -> tuple[Decimal, ...]:
    """R12: at least `iceberg_slices`, about `iceberg_slice` USDT each, every one within `iceberg_variation` of the mean."""
    wanted = (notional / settings.iceberg_slice).to_integral_value(ROUND_CEILING)
    count = max(settings.iceberg_slices, int(wanted))
    return _varied(parent_id, quantity, count, step, settings.iceberg_variation)


def twap_sizes(quantity: Decimal, duration_ms: int, step: Decimal, settings: ExecutionSettings) -> tuple[Decimal, ...]:
    """R13: equal slices, one every `twap_slice_ms`; the last one takes what the steps left over."""
    return _varied("", quantity, max(1, duration_ms // settings.twap_slice_ms), step, ZERO)


def _varied(seed: str, quantity: Decimal, count: int, step: Decimal, variation: Decimal) -> tuple[Decimal, ...]:
    """`count` sizes that add up to `quantity`, in whole steps. They deviate in couples, one up and one down, so that the mean stays."""
    mean = quantity / count
    sizes = []
    for index in range(count):
        couple, second = divmod(index, 2)
        lonely = not second and index == count - 1
        share = ZERO if lonely else variation * _chance(seed, couple) * (-ONE if second else ONE)
        size = mean * (ONE + share)
        sizes.append(floor_to(size, step) if step > ZERO else size)
    return _with_rest(sizes, quantity, step)


def _with_rest(sizes: list[Decimal], quantity: Decimal, step: Decimal) -> tuple[Decimal, ...]:
    """What rounding down left over goes to the smallest ones, a step each."""
    rest = quantity - sum(sizes, ZERO)
    while step > ZERO and rest >= step:
        smallest = sizes.index(min(sizes))
        sizes[smallest] += step
        rest -= step
    sizes[-1] += rest
    return tuple(size for size in sizes if size > ZERO)


def _chance(seed: str, index: int) -> Decimal:
    """A number in -1..1 that depends on the seed and on nothing else."""
    digest = hashlib.sha256(f"{seed}|{index}".encode()).digest()
    return Decimal(int.from_bytes(digest[:4], "big")) * 2 / _FINE - ONE

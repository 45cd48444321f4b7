"""The simulated venue's own books: what is free and what is locked. No amount is ever below 0."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from genesis.core.events import AssetBalance
from genesis.core.money import ZERO, text


class Account:
    """Balances of one account in units of the assets."""

    def __init__(self, balances: Mapping[str, Decimal]) -> None:
        self._free = dict(balances)
        self._locked: dict[str, Decimal] = {}

    def free(self, asset: str) -> Decimal:
        return self._free.get(asset, ZERO)

    def total(self, asset: str) -> Decimal:
        return self.free(asset) + self._locked.get(asset, ZERO)

    def totals(self) -> dict[str, Decimal]:
        """Free plus locked of every asset ever seen."""
        return {asset: self.total(asset) for asset in self._free}

    def lock(self, asset: str, amount: Decimal) -> None:
        """Move `amount` from free to locked; below 0 it goes back."""
        self._free[asset] = self.free(asset) - amount
        self._locked[asset] = self._locked.get(asset, ZERO) + amount
        assert self._free[asset] >= ZERO, f"{asset}: {text(self._free[asset])} free"
        assert self._locked[asset] >= ZERO, f"{asset}: {text(self._locked[asset])} locked"

    def move(self, asset: str, amount: Decimal) -> None:
        """Add `amount` (below 0: take it) to what is free."""
        self._free[asset] = self.free(asset) + amount
        assert self._free[asset] >= ZERO, f"{asset}: {text(self._free[asset])} free"

    def reported(self, assets: Iterable[str]) -> tuple[AssetBalance, ...]:
        """The venue's word on these assets."""
        return tuple(
            AssetBalance(asset=asset, free=self.free(asset), locked=self._locked.get(asset, ZERO)) for asset in sorted(set(assets))
        )

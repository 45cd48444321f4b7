"""What of the state goes into the cache: the rows that a batch changed, read when it is cut and handed over once it is durable (I16)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from genesis.core.codec import to_plain
from genesis.core.money import text
from genesis.core.state import State
from genesis.engine.ports import Cached, Shown


class CacheMirror:
    """Implements `genesis.engine.ports.Mirror`. The first batch of a process shows everything: nobody knows what the server has."""

    def __init__(self, cache: Cached) -> None:
        self._cache = cache
        self._whole = True

    def cut(self, state: State) -> Sequence[Shown]:
        """What the batch that is cut now changes for those who read the cache."""
        whole, self._whole = self._whole, False
        return list(_everything(state) if whole else _changed(state))

    def durable(self, shown: Sequence[Shown]) -> None:
        for key, document, keep in shown:
            self._cache.put(key, document, keep=keep)


def _everything(state: State) -> Iterator[Shown]:
    yield _engine(state)
    for order_id in state.open.by_id:
        yield from _order(state, order_id)
    yield from (_position(state, *key) for key in state.positions)
    yield from (_balance(state, *key) for key in state.balances)


def _changed(state: State) -> Iterator[Shown]:
    yield _engine(state)
    for order_id in sorted(state.dirty.orders):
        yield from _order(state, order_id)
    yield from (_position(state, *key) for key in sorted(state.dirty.positions))
    yield from (_balance(state, *key) for key in sorted(state.dirty.balances))


def _engine(state: State) -> Shown:
    document: dict[str, Any] = {"state": state.engine_state.value, "epoch": state.epoch, "strategies": dict(state.strategies)}
    return "engine", document, True


def _order(state: State, order_id: str) -> Iterator[Shown]:
    """One that has ended is written once more and lives as long as the cache lets it."""
    order = state.orders.get(order_id) or state.dirty.gone_orders.get(order_id)
    if order is not None:
        yield f"order:{order_id}", to_plain(order), order_id in state.open.by_id


def _position(state: State, venue: str, symbol: str) -> Shown:
    return f"position:{venue}/{symbol}", to_plain(state.positions[venue, symbol]), True


def _balance(state: State, venue: str, asset: str) -> Shown:
    balance = state.balances[venue, asset]
    return f"balance:{venue}/{asset}", {**to_plain(balance), "free": text(balance.free)}, True

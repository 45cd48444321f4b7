"""What a symbol traded: the newest trades and aggregates, and candles. Bounded: memory does not grow with the number of trades. Pure.

A venue restored from its ledger replays every trade of it, so that ids and candles go on where they stood.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from itertools import islice
from typing import TypeVar

from .agg_trades import AggTrade
from .klines import Klines
from .venue_events import PublicTrade

KEEP_TRADES = 10_000
"""Trades, and as many aggregates, that are kept per symbol; older ones are in the ledger only."""
Row = TypeVar("Row")


class TradeHistory:
    """Trades of one symbol in the order in which they happened."""

    def __init__(self) -> None:
        self.klines = Klines()
        self.last: PublicTrade | None = None
        self._trades: deque[PublicTrade] = deque(maxlen=KEEP_TRADES)
        self._aggregates: deque[AggTrade] = deque(maxlen=KEEP_TRADES)
        self._last_aggregate: AggTrade | None = None

    @property
    def last_aggregate_id(self) -> int:
        """0 before the first trade."""
        return self._last_aggregate.agg_id if self._last_aggregate else 0

    def append(self, trade: PublicTrade) -> None:
        self.last = trade
        self._trades.append(trade)
        self.klines.add(trade)
        current = self._last_aggregate
        if current is not None and current.takes(trade):
            current.add(trade)
            return
        self._last_aggregate = AggTrade.of(self.last_aggregate_id + 1, trade)
        self._aggregates.append(self._last_aggregate)

    def latest(self, limit: int) -> list[PublicTrade]:
        """The newest `limit` trades, oldest first."""
        return _newest(self._trades, limit)

    def from_id(self, first_id: int, limit: int) -> list[PublicTrade]:
        """The oldest `limit` kept trades whose id is not below `first_id`.

        Ids need not grow: a recorded market forces its own on its trades.
        """
        return _first(self._trades, limit, lambda trade: trade.trade_id >= first_id)

    def latest_aggregates(self, limit: int, end_ms: int | None = None) -> list[AggTrade]:
        """The newest `limit` aggregates, of those not after `end_ms` where it is given, oldest first."""
        if end_ms is None:
            return _newest(self._aggregates, limit)
        return [each for each in self._aggregates if each.time_ms <= end_ms][-limit:]

    def aggregates_from_id(self, first_id: int, limit: int) -> list[AggTrade]:
        return _first(self._aggregates, limit, lambda each: each.agg_id >= first_id)

    def aggregates_since(self, start_ms: int, end_ms: int | None, limit: int) -> list[AggTrade]:
        """The oldest `limit` aggregates from `start_ms` on, up to `end_ms`, both inclusive."""
        return _first(self._aggregates, limit, lambda each: each.time_ms >= start_ms and (end_ms is None or each.time_ms <= end_ms))

    def aggregates_after(self, agg_id: int) -> list[AggTrade]:
        """Those with a higher id, oldest first; of use where they are few."""
        return _newest(self._aggregates, self.last_aggregate_id - agg_id)


def _newest(rows: deque[Row], limit: int) -> list[Row]:
    newest = list(islice(reversed(rows), max(limit, 0)))
    newest.reverse()
    return newest


def _first(rows: Iterable[Row], limit: int, wanted: Callable[[Row], bool]) -> list[Row]:
    return list(islice(filter(wanted, rows), limit))

"""What a flash crash does (R23): a fall of 10 % within 60 s of any configured symbol cancels all open entries and blocks entries of
every symbol for 5 min. Stops, exits and positions stay.

Prices are public trades by the venue's time; they are no facts, so a new process sees only what falls after its start. While a
symbol goes on falling the block is made longer, so that it ends with the market's PANIC (R32).
"""

from __future__ import annotations

from genesis.analytics.market_state import FlashCrash
from genesis.core.errors import HALTED
from genesis.core.events import MarketTrade
from genesis.core.halts import Halt, HaltKind
from genesis.core.money import text
from genesis.core.state import SymbolKey
from genesis.engine import halts
from genesis.engine.cancel_all import ENTRIES, cancel_all
from genesis.engine.desk import Desk

RULE = "R23"


class FlashWatch:
    """Watches every configured symbol; one per engine."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        markets = desk.settings.market_states
        self._symbols: dict[SymbolKey, FlashCrash] = {
            (terms.name, symbol): FlashCrash(markets.flash_fall, markets.flash_window_ms)
            for terms in desk.settings.venues
            for symbol in terms.symbols
        }
        self._last: tuple[int, MarketTrade] | None = None  # (wall clock, trade) of the newest that was part of a crash

    def on_trade(self, trade: MarketTrade) -> None:
        """A public trade; reacts to the first of a crash."""
        watch = self._symbols.get((trade.venue, trade.symbol))
        if watch is None or not watch.on_price(trade.price, trade.venue_time_ms):
            return
        halts.settle(self._desk)
        self._last = (self._desk.now.wall_ms, trade)
        if HaltKind.FLASH_CRASH not in self._desk.state.halts:
            self._block(self._desk.now.wall_ms, trade)
            cancel_all(self._desk, f"{RULE}-{self._desk.now.wall_ms}", f"flash crash of {trade.symbol} (R23)", ENTRIES)

    def settle(self) -> None:
        """Before a block ends: is the last fall longer ago?"""
        halt = self._desk.state.halts.get(HaltKind.FLASH_CRASH)
        if halt is None or self._last is None or not halt.over(self._desk.now.wall_ms):
            return
        seen_ms, trade = self._last
        if seen_ms + self._desk.settings.market_states.panic_ms > self._desk.now.wall_ms:
            self._block(seen_ms, trade)

    def _block(self, seen_ms: int, trade: MarketTrade) -> None:
        markets = self._desk.settings.market_states
        fall = f"{text(markets.flash_fall * 100)} % in {markets.flash_window_ms} ms"
        halt = Halt(
            kind=HaltKind.FLASH_CRASH,
            rule=RULE,
            code=HALTED,
            limit=fall,
            value=text(trade.price),
            reason=f"{trade.symbol} at {trade.venue} fell to {text(trade.price)}, {fall} or more (R23)",
            began_ms=self._desk.now.wall_ms,
            until_ms=seen_ms + markets.panic_ms,
        )
        halts.begin(self._desk, halt)

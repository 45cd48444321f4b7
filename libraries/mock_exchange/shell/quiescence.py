"""The audit cut: no market movement, every received request answered, every event with the operating system."""

from __future__ import annotations

import asyncio

from .api import Exchange
from .rest import RestApi
from .ws_api import WsApi

_QUIET_TURNS = 3
_RETRY_S = 0.001


class Quiescence:
    """Reached and left by the admin API."""

    deadline_s = 5.0

    def __init__(self, exchange: Exchange, rest: RestApi, ws_api: WsApi) -> None:
        self._exchange = exchange
        self._rest = rest
        self._ws_api = ws_api

    async def reach(self) -> list[str]:
        """Stop the market and any load, and wait. The ids of connections that do not take their events within the deadline; [] = quiet."""
        if self._exchange.driver is not None:
            self._exchange.driver.pause()
        await self._exchange.load.stop()
        try:
            async with asyncio.timeout(self.deadline_s):
                await self._settle()
                if self._exchange.streams is not None:
                    await self._exchange.streams.flush()
        except TimeoutError:
            return self._unsent() or ["a request that is still being answered"]
        return []

    def leave(self) -> None:
        if self._exchange.driver is not None:
            self._exchange.driver.resume()

    async def _settle(self) -> None:
        """Bytes that arrived are read in the next turns of the loop; quiet is when several turns bring nothing new.

        Transports tell only by asking how much they still hold, hence the short retry.
        """
        quiet = 0
        seen = -1
        while quiet < _QUIET_TURNS:
            faults = self._exchange.faults
            answering = self._rest.in_flight - faults.unanswered > 0 or faults.pending > 0
            busy = answering or bool(self._unsent()) or self._exchange.transcript.seen != seen
            seen = self._exchange.transcript.seen
            quiet = 0 if busy else quiet + 1
            await asyncio.sleep(_RETRY_S)

    def _unsent(self) -> list[str]:
        return [each.id for each in self._ws_api.connections.values() if each.unsent_bytes()]

"""The driver of a recorded conversation: messages go out verbatim, in the file's order, when somebody advances it."""

from __future__ import annotations

import asyncio
from typing import Any, Protocol

from .capture import Capture
from .recorded_market import steps_asked

_MESSAGES_BETWEEN_BREATHS = 50


class Publisher(Protocol):
    """Where recorded messages go: the stream server."""

    def publish(self, name: str, data: bytes) -> None: ...


class CaptureMarket:
    """Fulfils shell.market_driver.MarketDriver for `--recording DIR`. A step is one message."""

    def __init__(self, capture: Capture, publisher: Publisher) -> None:
        self._capture = capture
        self._publisher = publisher
        self._position = 0
        self._paused = False
        self._playing = asyncio.Lock()

    async def start(self) -> None:
        """Nothing moves before the first advance."""

    async def advance(self, *, steps: int | None = None, until_trade_id: int | None = None, to_end: bool = False) -> dict[str, Any]:
        """Play that many messages, or all that remain. Raises ValueError saying what was expected and what came."""
        if self._paused:
            raise ValueError("the market is quiesced and does not move; POST /admin/resume first")
        if until_trade_id is not None:
            raise ValueError("until_trade_id: expected steps or to_end, because a recorded conversation is counted in messages")
        async with self._playing:
            messages = self._capture.messages
            target = len(messages) if steps is None else min(self._position + steps_asked(steps), len(messages))
            while self._position < target:
                message = messages[self._position]
                self._position += 1
                self._publisher.publish(message.stream, message.data)
                if self._position % _MESSAGES_BETWEEN_BREATHS == 0:
                    await asyncio.sleep(0)
            return {"position": self._position, "last_trade_id": None, "remaining": len(messages) - self._position}

    def pause(self) -> None:
        self._paused = True

    def resume(self) -> None:
        self._paused = False

    def exchange_info(self) -> dict[str, Any] | None:
        return self._capture.exchange_info

    def depth_snapshot(self, symbol: str) -> dict[str, Any] | None:
        return self._capture.snapshots.get(symbol)

    async def close(self) -> None:
        """Nothing runs between advances."""

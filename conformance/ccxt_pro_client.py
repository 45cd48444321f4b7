"""`python -m conformance.ccxt_pro_client`: drives ccxt.pro (streams and WebSocket API, asyncio), inside an environment that has it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import ccxt.pro

from conformance.ccxt_settings import configuration, shaped, with_spot_errors
from conformance.driver import serve, typed


class CcxtProClient:
    """`ccxt.pro.binance`, as it comes."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self._exchange = with_spot_errors(ccxt.pro.binance(configuration(settings)))

    def method(self, name: str) -> Callable[..., Any]:
        found: Callable[..., Any] = getattr(self._exchange, name)
        return found

    def shape(self, method: Callable[..., Any], arguments: list[Any], named: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
        return typed(method, *shaped(arguments, named))

    def plain(self, value: object) -> object:
        return json.loads(json.dumps(value, default=str))  # a copy: what a watch returns goes on changing

    async def watch(self, method: Callable[..., Any], arguments: list[Any], named: dict[str, Any]) -> AsyncIterator[object]:
        while True:
            brought = await method(*arguments, **named)
            for value in brought if isinstance(brought, list) else [brought]:
                yield value

    async def close(self) -> None:
        self._exchange.timeout_on_exit = 0  # ccxt's quarter of a second for the goodbyes of TLS connections; there is no TLS here
        await self._exchange.close()


async def _open(settings: dict[str, Any]) -> CcxtProClient:
    return CcxtProClient(settings)


if __name__ == "__main__":
    serve(_open)

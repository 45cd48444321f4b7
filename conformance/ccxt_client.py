"""`python -m conformance.ccxt_client`: drives ccxt (REST, synchronous), inside an environment that has it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ccxt

from conformance.ccxt_settings import configuration, shaped, with_spot_errors
from conformance.driver import serve, typed


class CcxtClient:
    """`ccxt.binance`, as it comes. It has no streams: `ccxt.pro` has."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self._exchange = with_spot_errors(ccxt.binance(configuration(settings)))

    def method(self, name: str) -> Callable[..., Any]:
        found: Callable[..., Any] = getattr(self._exchange, name)
        return found

    def shape(self, method: Callable[..., Any], arguments: list[Any], named: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
        return typed(method, *shaped(arguments, named))

    def plain(self, value: object) -> object:
        return value

    async def close(self) -> None:
        self._exchange.session.close()


async def _open(settings: dict[str, Any]) -> CcxtClient:
    return CcxtClient(settings)


if __name__ == "__main__":
    serve(_open)

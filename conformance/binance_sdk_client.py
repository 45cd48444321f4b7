"""`python -m conformance.binance_sdk_client`: drives Binance's official SDK, inside an environment that has it.

Methods are named by their surface: `rest_api.new_order`, `websocket_api.order_place`, `websocket_streams.trade`.
"""

from __future__ import annotations

import asyncio
import functools
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

from binance_sdk_spot.spot import ConfigurationRestAPI, ConfigurationWebSocketAPI, ConfigurationWebSocketStreams, Spot

from conformance.driver import serve, typed


class RefusedByTheVenue(Exception):
    """The SDK returns an error of the WebSocket API as an answer; here it is one."""


class BinanceSdkClient:
    """`binance_sdk_spot.spot.Spot`, as it comes: three addresses, a key and its secret."""

    def __init__(self, settings: dict[str, Any]) -> None:
        secret = settings["api_secret"]
        keys = {"api_key": settings["api_key"], "private_key" if "PRIVATE KEY" in secret else "api_secret": secret}
        self._spot = Spot(
            config_rest_api=ConfigurationRestAPI(**keys, base_path=settings["rest_url"]),
            config_ws_api=ConfigurationWebSocketAPI(**keys, stream_url=settings["ws_api_url"]),
            config_ws_streams=ConfigurationWebSocketStreams(stream_url=settings["stream_url"]),
        )
        self._connected: dict[str, Any] = {}
        self._connecting = asyncio.Lock()

    def method(self, name: str) -> Callable[..., Any]:
        surface, _, own = name.partition(".")
        if surface not in ("rest_api", "websocket_api", "websocket_streams"):
            raise AttributeError(f"write rest_api.{name}, websocket_api.{name} or websocket_streams.{name}")
        found: Callable[..., Any] = getattr(getattr(self._spot, surface), own)
        return found if surface == "rest_api" else self._over_connection(surface, found)

    def _over_connection(self, surface: str, method: Callable[..., Any]) -> Callable[..., Any]:
        """`method`, after the connection that a user of the SDK opens first."""

        @functools.wraps(method)
        async def call(*arguments: Any, **named: Any) -> Any:
            async with self._connecting:
                if surface not in self._connected:
                    self._connected[surface] = getattr(self._spot, surface)
                    await self._connected[surface].create_connection()
            return await method(*arguments, **named)

        return call

    def shape(self, method: Callable[..., Any], arguments: list[Any], named: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
        return typed(method, arguments, named)

    def plain(self, value: object) -> object:
        found = value.data() if hasattr(value, "data") else value
        plain = json.loads(json.dumps(found, default=_model))
        if isinstance(plain, dict) and set(plain) == {"error"}:
            raise RefusedByTheVenue(json.dumps(plain["error"]))
        return plain

    async def watch(self, method: Callable[..., Any], arguments: list[Any], named: dict[str, Any]) -> AsyncIterator[object]:
        brought: asyncio.Queue[object] = asyncio.Queue()
        subscribed = await method(*arguments, **named)
        stream = getattr(subscribed, "stream", subscribed)
        stream.on("message", brought.put_nowait)
        while True:
            yield await brought.get()

    async def close(self) -> None:
        for connected in self._connected.values():
            await connected.close_connection()


def _model(value: Any) -> object:
    """The SDK's models as the venue's JSON. An event has no `e` of its own: the SDK tells it by the class of its model."""
    if not hasattr(value, "to_dict"):
        return str(value)
    event = getattr(value, "actual_instance", None)
    fields: dict[str, Any] = value.to_dict()
    return fields if event is None else {"class": type(event).__name__, **fields}


async def _open(settings: dict[str, Any]) -> BinanceSdkClient:
    return BinanceSdkClient(settings)


if __name__ == "__main__":
    serve(_open)

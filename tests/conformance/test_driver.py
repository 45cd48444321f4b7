"""The driver of public clients: what a client raises is an answer, and what it cannot do is said before it is tried."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

from conformance.driver import Client, Driver


class OfTheClient(Exception):
    """An error class that only the client knows."""


class WithoutStreams:
    def method(self, name: str) -> Callable[..., Any]:
        def refuse() -> None:
            raise OfTheClient("no funds")

        return {"refuse": refuse}[name]

    def shape(self, method: Callable[..., Any], arguments: list[Any], named: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
        return arguments, named

    def plain(self, value: object) -> object:
        return value

    async def close(self) -> None:
        return


class WithStreams(WithoutStreams):
    async def watch(self, method: Callable[..., Any], arguments: list[Any], named: dict[str, Any]) -> AsyncIterator[object]:
        yield "first"
        method(*arguments, **named)


def request(do: str) -> dict[str, Any]:
    return {"do": do, "name": "mine", "method": "refuse", "arguments": [], "named": {}}


async def driver_of(client: Client) -> Driver:
    async def opened(_settings: dict[str, Any]) -> Client:
        return client

    driver = Driver(opened)
    assert await driver.answer({"do": "open", "settings": {}}) == {"value": None}
    return driver


REFUSED = {"refused": {"error": "OfTheClient", "message": "no funds"}}


async def test_what_a_client_raises_is_its_answer() -> None:
    driver = await driver_of(WithoutStreams())
    assert await driver.answer(request("call")) == REFUSED


async def test_a_client_without_streams_cannot_watch() -> None:
    driver = await driver_of(WithoutStreams())
    assert await driver.answer(request("watch")) == {"wrong": "refuse: this client has no streams; start one that has, such as ccxt.pro"}
    assert "nothing is watched" in (await driver.answer({"do": "seen", "name": "mine"}))["wrong"]


async def test_what_ends_a_watch_is_the_last_thing_that_it_brought() -> None:
    driver = await driver_of(WithStreams())
    assert await driver.answer(request("watch")) == {"value": None}
    assert "watched already" in (await driver.answer(request("watch")))["wrong"]
    await asyncio.gather(*asyncio.all_tasks() - {asyncio.current_task()})  # the watch, to its end
    assert await driver.answer({"do": "seen", "name": "mine"}) == {"value": ["first", REFUSED]}
    await driver.close()

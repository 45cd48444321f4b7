"""Sends signals to the control API as fast as they are answered, with little of its own: one process, keep-alive sockets, no library."""

from __future__ import annotations

import asyncio
import time
from itertools import count

import msgspec

QUANTITY = "0.2"
"""Base of one order: 20 USDT, well within every limit of one order."""


class Refused(Exception):
    """A signal was not taken: the answer."""


async def send(url: str, token: str, symbols: tuple[str, ...], orders: int, in_flight: int) -> list[float]:
    """MARKET entries, BUY and SELL in turn; how long each took to its answer, in seconds.

    Raises:
        Refused: one was not answered with 201.
    """
    host, _, port = url.removeprefix("http://").partition(":")
    numbers, taken = count(), []
    head = f"POST /signals HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: "

    async def worker(first: int) -> None:
        reader, writer = await asyncio.open_connection(host, int(port))
        while (number := next(numbers)) < orders:
            body = _body(f"{first}-{number}-{time.time_ns()}", symbols[number % len(symbols)], number // len(symbols))
            began = time.perf_counter()
            writer.write(f"{head}{len(body)}\r\n\r\n".encode() + body)
            await _answered(reader)
            taken.append(time.perf_counter() - began)
        writer.close()

    await asyncio.gather(*(worker(index) for index in range(in_flight)))
    return taken


def _body(signal_id: str, symbol: str, turn: int) -> bytes:
    side = "SELL" if turn % 2 else "BUY"
    return msgspec.json.encode({"signal_id": signal_id, "symbol": symbol, "side": side, "quantity": QUANTITY, "confidence": "1"})


async def _answered(reader: asyncio.StreamReader) -> None:
    answer = await reader.readuntil(b"\r\n\r\n")
    lengths = [line for line in answer.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    body = await reader.readexactly(int(lengths[0].partition(b":")[2]))
    if not answer.startswith(b"HTTP/1.1 201"):
        raise Refused(f"{answer.partition(bytes([13]))[0].decode()} {body.decode()}")

"""A cable of a node, as a process: it carries TCP connections from its ports to others until it is cut (stopped) or broken (killed).

    python -m libraries.world.servers.wire LISTEN:TARGET [LISTEN:TARGET ...]

All on loopback. What a stopped one has taken in and not passed on is lost when it is killed, as on a real cable.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from libraries.world.ports import HOST

INSTANCE = "GENESIS_WIRE_INSTANCE"
_PIECE = 64 * 1024


async def carry(pairs: Sequence[tuple[int, int]]) -> None:
    """Listen on the first port of each pair and connect whoever comes to the second."""
    for listen, target in pairs:
        await asyncio.start_server(_to(target), HOST, listen, reuse_address=True)
    print(json.dumps({"instance": os.environ.get(INSTANCE, ""), "pid": os.getpid()}), flush=True)
    await asyncio.Event().wait()


def _to(target: int) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
    async def met(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await asyncio.open_connection(HOST, target)
        except OSError:  # nobody listens: the caller is told by a closed connection
            writer.close()
            return
        async with asyncio.TaskGroup() as both:
            both.create_task(_pass_on(reader, back))
            both.create_task(_pass_on(there, writer))

    return met


async def _pass_on(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while piece := await source.read(_PIECE):
            sink.write(piece)
            await sink.drain()
    with suppress(OSError):
        sink.close()


if __name__ == "__main__":
    asyncio.run(carry([(int(pair.split(":")[0]), int(pair.split(":")[1])) for pair in sys.argv[1:]]))

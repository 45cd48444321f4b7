"""A server that does the least an exchange must: read a request, check its signature, answer. `python -m benchmarks.venue.bare_server`.

It is what the venue's order entry is compared with in the same run: what it costs more is matching, accounts, limits and the ledger.
"""

from __future__ import annotations

import asyncio
import gc

import msgspec
import uvloop
from aiohttp import WSMsgType, web

from libraries.mock_exchange.shell import frames
from libraries.mock_exchange.shell.params import PlainRequest, ws_payload, ws_request
from libraries.mock_exchange.shell.signatures import HmacSecret

from .signing import KEYS, SECRETS

HOST = "127.0.0.1"
_ANSWER = {"symbol": "BTCUSDT", "orderId": 1, "orderListId": -1, "clientOrderId": "b1", "transactTime": 1_700_000_000_000}
_encode = msgspec.json.Encoder().encode
_secrets = {key: HmacSecret(secret.encode()) for key, secret in zip(KEYS, SECRETS, strict=True)}


async def _serve(request: web.BaseRequest) -> web.StreamResponse:
    connection = web.WebSocketResponse(autoping=False, compress=False)
    await connection.prepare(request)
    assert request.transport is not None
    loop, transport = asyncio.get_running_loop(), request.transport
    answers: list[bytes] = []

    def flush() -> None:
        transport.write(b"".join(answers))
        answers.clear()

    while (message := await connection.receive()).type is WSMsgType.TEXT:
        if not answers:
            loop.call_soon(flush)
        answers.append(frames.frame(_answer(message.data)))
    return connection


def _answer(data: str) -> bytes:
    request = ws_request(data)
    assert isinstance(request, PlainRequest)
    signed = _secrets[request.params["apiKey"]].verify(ws_payload(request.params), request.params["signature"])
    return b'{"id":%s,"status":%d,"result":%s}' % (bytes(request.id), 200 if signed else 400, _encode(_ANSWER))


async def main() -> None:
    """Serve until the process is ended. Prints the address."""
    runner = web.ServerRunner(web.Server(_serve))
    await runner.setup()
    await web.TCPSite(runner, HOST, 0).start()
    print(f'{{"ws_api_url":"ws://{HOST}:{runner.addresses[0][1]}/"}}', flush=True)
    gc.freeze()
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main())

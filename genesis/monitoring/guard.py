"""The control API's door: who may ask, and how every failure is told (JSON with code and message, never a traceback)."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable

import msgspec
import structlog
from aiohttp import web
from aiohttp.typedefs import Middleware

from genesis.core.errors import INTERNAL, INVALID_PARAMETERS, NOT_ACCEPTING, TIMEOUT, GenesisError
from genesis.core.secret import Secret
from genesis.engine.callers import LoopEnded, Unanswered
from genesis.monitoring.signals import InvalidRequest

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Refusal(Exception):
    """An answer other than 2xx: HTTP status, GENESIS code and a message that says what was expected, what came, what to do."""

    def __init__(self, status: int, code: str, message: str, **more: object) -> None:
        super().__init__(message)
        self.status = status
        self.error = {"code": code, "message": message, **more}


def guard(token: Secret, failed: Callable[[str], None]) -> Middleware:
    """The middleware around every route; `failed` is told of failures that only a programmer can cause."""
    log = structlog.get_logger("control")
    expected = f"Bearer {token.reveal()}".encode()

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            _check_host(request)
            _check_token(request, expected)
            return await handler(request)
        except Exception as error:
            refusal = _refusal_of(request, error)
            if refusal is None:
                log.exception("a request failed", path=request.path, code=INTERNAL)
                failed(f"{request.method} {request.path}: {type(error).__name__}: {error}"[:500])
                refusal = Refusal(500, INTERNAL, "internal failure; see the engine's log")
            return web.json_response({"error": refusal.error}, status=refusal.status)

    return middleware


def _check_host(request: web.Request) -> None:
    """A page in a browser that resolves its own name to 127.0.0.1 must not get in (DNS rebinding)."""
    host, _, _port = request.host.partition(":")
    if host not in ("127.0.0.1", "localhost"):
        raise Refusal(403, INVALID_PARAMETERS, "expected the Host header 127.0.0.1 or localhost, got another; ask the loopback address")


def _check_token(request: web.Request, expected: bytes) -> None:
    given = request.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
    if not hmac.compare_digest(given, expected):
        came = "another token" if given else "no Authorization header"
        raise Refusal(401, INVALID_PARAMETERS, f"expected 'Authorization: Bearer <token of the ready line>', got {came}")


def _refusal_of(request: web.Request, error: Exception) -> Refusal | None:
    """How to tell what the outside can cause; None = only a programmer can have caused it."""
    match error:
        case Refusal():
            refusal = error
        case InvalidRequest():
            refusal = Refusal(400, INVALID_PARAMETERS, str(error))
        case GenesisError():
            refusal = Refusal(503, error.code, error.message)
        case Unanswered():
            refusal = Refusal(504, TIMEOUT, "the engine ended before the outcome was known; start it again, then see GET /signals")
        case LoopEnded():
            refusal = Refusal(503, NOT_ACCEPTING, "the engine is stopping or halted; see GET /health, then start it again")
        case TimeoutError():
            refusal = Refusal(504, TIMEOUT, "no durable answer in time, the outcome is unknown; see GET /health, then GET /signals")
        case web.HTTPException():
            refusal = Refusal(error.status, INVALID_PARAMETERS, _explained(request, error))
        case _:
            return None
    return refusal


def _explained(request: web.Request, error: web.HTTPException) -> str:
    match error:
        case web.HTTPNotFound():
            return f"no such route: {request.method} {request.path[:100]}"
        case web.HTTPMethodNotAllowed():
            return f"expected {' or '.join(sorted(error.allowed_methods))} on {request.path[:100]}, got {request.method}"
        case web.HTTPRequestEntityTooLarge():
            return "expected a body of at most 65536 bytes, got more"
        case _:
            return error.reason


async def read_body(request: web.Request) -> bytes:
    """The body of a request, which is JSON or empty.

    Raises:
        Refusal: 415, of another content type.
    """
    body = await request.read()
    if body and request.content_type != "application/json":
        raise Refusal(415, INVALID_PARAMETERS, f"expected Content-Type application/json, got {request.content_type[:60]!r}")
    return body


def json_answer(value: object, status: int = 200) -> web.Response:
    """The answer to a request, as JSON."""
    return web.Response(body=msgspec.json.encode(value), status=status, content_type="application/json")

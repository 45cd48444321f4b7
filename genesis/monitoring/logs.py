"""Logs: structlog, one JSON line per event on stderr, secrets never (I35)."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable, MutableMapping
from typing import Any, Final, TextIO

import msgspec
import structlog

from genesis.core.secret import Secret

_MASK: Final = "***"
SHORTEST_CUT: Final = 6
"""Cutting shorter texts out of every message would only make logs unreadable."""
_SERVER: Final = "aiohttp.server"
_MOST_ERROR: Final = 200
_SECRET_KEYS: Final = ("secret", "token", "signature", "api_key", "apikey", "password", "authorization")
_Event = MutableMapping[str, Any]


class _Redactor:
    """A processor: the known secrets are cut out of every text, and values of telling keys are masked."""

    def __init__(self, secrets: Iterable[Secret]) -> None:
        self._texts = [secret.reveal() for secret in secrets if len(secret.reveal()) >= SHORTEST_CUT]

    def __call__(self, _logger: Any, _method: str, event: _Event) -> _Event:
        return {key: _MASK if self._telling(key) else self._clean(value) for key, value in event.items()}

    @staticmethod
    def _telling(key: str) -> bool:
        return any(word in key.lower() for word in _SECRET_KEYS)

    def _clean(self, value: Any) -> Any:
        if isinstance(value, str):
            for secret in self._texts:
                value = value.replace(secret, _MASK)
            return value
        if isinstance(value, dict):
            return {key: _MASK if self._telling(str(key)) else self._clean(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self._clean(item) for item in value]
        if value is None or isinstance(value, bool | int):
            return value
        return self._clean(str(value))


class _Lines:
    """Writes lines to stderr; a reader that has gone must not end the engine."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, line: str) -> None:
        try:
            self._stream.write(line + "\n")
            self._stream.flush()
        except (OSError, ValueError):
            return  # a closed pipe or a full disk for logs: nobody is left to be told, trading goes on

    debug = info = warning = error = critical = exception = msg = write


class _Bridge(logging.Handler):
    """Records of libraries that use `logging` (asyncio, aiohttp) go the same way."""

    def emit(self, record: logging.LogRecord) -> None:
        event: dict[str, Any] = {"logger": record.name}
        if record.exc_info and record.name == _SERVER:
            event["error"] = str(record.exc_info[1])[:_MOST_ERROR]  # what a peer sent: no failure of ours, no traceback
        elif record.exc_info:
            event["exc_info"] = record.exc_info
        log = structlog.get_logger("library")
        log.log(record.levelno, record.getMessage(), **event)


def _render(_logger: Any, _method: str, event: _Event) -> str:
    return msgspec.json.encode(event).decode()


def configure(secrets: Iterable[Secret], level: int = logging.INFO, stream: TextIO | None = None) -> None:
    """Set up logging of this process; texts of `secrets` never reach a line."""
    target = stream or sys.stderr
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _Redactor(secrets),
            _render,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: _Lines(target),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers = [_Bridge()]
    root.setLevel(logging.WARNING)

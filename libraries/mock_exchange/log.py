"""Logs: structlog, JSON lines on stderr, no secrets."""

from __future__ import annotations

import logging
import sys

import structlog


def configure() -> None:
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(
        stream=sys.stderr, level=logging.WARNING, format='{"event": "%(message)s", "logger": "%(name)s", "level": "%(levelname)s"}'
    )


def warn(text: str, **context: object) -> None:
    structlog.get_logger("mock_exchange").warning(text, **context)

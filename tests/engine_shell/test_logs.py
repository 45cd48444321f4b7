"""Logs: JSON lines, secrets cut out, a gone reader does no harm, a peer's nonsense is no traceback."""

from __future__ import annotations

import io
import json
import logging
import pickle
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from genesis.core.secret import Secret
from genesis.monitoring import logs

SECRET = "canary-of-the-log-tests"


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    target = io.StringIO()
    logs.configure([Secret(SECRET)], stream=target)
    yield target
    logs.configure([])


def line(stream: io.StringIO) -> dict[str, Any]:
    text = stream.getvalue()
    assert SECRET not in text
    lines = text.splitlines()
    assert len(lines) == 1
    answer: dict[str, Any] = json.loads(lines[0])
    return answer


def test_secrets_are_cut_out_wherever_they_stand(stream: io.StringIO) -> None:
    structlog.get_logger("test").warning(
        f"url?key={SECRET}", api_key="short", nested={"text": [f"<{SECRET}>"], "signature": "abc"}, secret_object=Secret(SECRET), count=3
    )
    found = line(stream)
    assert found["event"] == "url?key=***"
    assert found["api_key"] == "***"
    assert found["nested"] == {"text": ["<***>"], "signature": "***"}
    assert (found["count"], found["level"]) == (3, "warning")


def test_an_exception_with_a_secret_and_line_ends_is_one_clean_line(stream: io.StringIO) -> None:
    try:
        raise ValueError(f"refused {SECRET}\r\nforged: line")
    except ValueError:
        structlog.get_logger("test").exception("failed")
    assert "ValueError: refused ***" in line(stream)["exception"]


def test_libraries_log_the_same_way(stream: io.StringIO) -> None:
    logging.getLogger("asyncio").error("from %s", SECRET)
    assert line(stream)["event"] == "from ***"


def test_what_a_peer_sends_is_no_traceback(stream: io.StringIO) -> None:
    try:
        raise ValueError("Got more than 8190 bytes")
    except ValueError:
        logging.getLogger("aiohttp.server").exception("Error handling request")
    found = line(stream)
    assert found["error"] == "Got more than 8190 bytes"
    assert "Traceback" not in stream.getvalue()


def test_a_reader_that_has_gone_does_no_harm() -> None:
    target = io.StringIO()
    logs.configure([], stream=target)
    target.close()
    structlog.get_logger("test").error("nobody listens")
    logs.configure([])


def test_a_secret_is_never_shown_or_stored() -> None:
    secret = Secret(SECRET)
    assert f"{secret} {secret!r} {secret:>5} {[secret]}" == "*** ***   *** [***]"
    assert secret.reveal() == SECRET
    with pytest.raises(TypeError, match="never serialised"):
        pickle.dumps(secret)

"""An HTTP answer that leaves with one write. The server library's own response costs as much as matching the order that it answers."""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import lru_cache
from http import HTTPStatus
from wsgiref.handlers import format_date_time

from aiohttp import HttpVersion11, web

_PHRASES = {each.value: each.phrase for each in HTTPStatus}


class HttpAnswer(web.StreamResponse):
    """Status, headers and a whole body. The connection stays as the request asked for."""

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        super().__init__(status=status)
        self._named = headers
        self._content = body
        self._keeps = False

    @property
    def keep_alive(self) -> bool | None:
        return self._keeps

    async def prepare(self, request: web.BaseRequest) -> None:
        """Write all of it. Raises ConnectionResetError: the client is gone."""
        transport = request.transport
        if transport is None or transport.is_closing():
            raise ConnectionResetError("the client is gone")
        self._keeps = request.keep_alive
        headers = dict(self._named)
        if not self._keeps:
            headers["Connection"] = "close"
        elif request.version < HttpVersion11:
            headers["Connection"] = "keep-alive"
        head = answer_head(self.status, headers, len(self._content))
        transport.write(head if request.method == "HEAD" else head + self._content)

    async def write_eof(self, data: bytes = b"") -> None:
        """Nothing is left to write."""


def answer_head(status: int, headers: Mapping[str, str], size: int) -> bytes:
    """Everything before the body of `size` bytes."""
    lines = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
    phrase = _PHRASES.get(status, "")
    return f"HTTP/1.1 {status} {phrase}\r\n{lines}Content-Length: {size}\r\nDate: {_date(int(time.time()))}\r\n\r\n".encode()


@lru_cache(maxsize=1)
def _date(second: int) -> str:
    return format_date_time(second)

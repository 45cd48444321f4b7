"""Sinks of alerts: a webhook, and the file that is left when no webhook answers."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import os
import ssl
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import urlsplit

import aiohttp

from genesis.monitoring.settings import Webhook

SIGNATURE: Final = "X-Genesis-Signature"
ALERT_ID: Final = "X-Genesis-Alert-Id"
_FLAGS: Final = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW


class SinkFailed(Exception):
    """A sink did not take an alert, or nobody knows whether it did."""


class Sink(Protocol):
    @property
    def name(self) -> str: ...

    async def take(self, alert_id: str, body: bytes) -> None:
        """Returns once the sink has it.

        Raises:
            SinkFailed: with the reason.
        """

    async def close(self) -> None: ...


class Post:
    """A webhook: one POST each, signed if there is a secret. Only a status from 200 to 299 means that it was taken."""

    def __init__(self, name: str, webhook: Webhook, timeout_s: float) -> None:
        self.name = name
        self._webhook = webhook
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._session: aiohttp.ClientSession | None = None

    async def take(self, alert_id: str, body: bytes) -> None:
        try:
            async with self._pool().post(
                self._webhook.url, data=body, headers=self._headers(alert_id, body), allow_redirects=False
            ) as answer:
                status = answer.status
        except TimeoutError:
            raise SinkFailed(f"no answer within {self._timeout.total:g} s") from None
        except (aiohttp.ClientError, OSError) as error:
            raise SinkFailed(f"{type(error).__name__}: {error}"[:200]) from error
        if not 200 <= status <= 299:
            raise SinkFailed(f"expected a status from 200 to 299, got {status}")

    def _headers(self, alert_id: str, body: bytes) -> dict[str, str]:
        headers = {"Content-Type": "application/json", ALERT_ID: alert_id}
        if self._webhook.secret is not None:
            digest = hmac.new(self._webhook.secret.reveal().encode(), body, hashlib.sha256).hexdigest()
            headers[SIGNATURE] = f"sha256={digest}"
        return headers

    def _pool(self) -> aiohttp.ClientSession:
        """No connection is kept: one that died in between would cost an alert its attempt."""
        if self._session is None:
            secure = urlsplit(self._webhook.url).scheme == "https"
            connector = aiohttp.TCPConnector(force_close=True, ssl=ssl.create_default_context() if secure else True)
            jar = aiohttp.DummyCookieJar()
            self._session = aiohttp.ClientSession(timeout=self._timeout, connector=connector, cookie_jar=jar, trust_env=False)
        return self._session

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()


class Lines:
    """A file of JSON lines, for its owner's eyes only; a line counts once it is on the disk."""

    name: Final = "file"

    def __init__(self, path: Path, timeout_s: float) -> None:
        self._path = path
        self._timeout_s = timeout_s

    async def take(self, alert_id: str, body: bytes) -> None:
        try:
            async with asyncio.timeout(self._timeout_s):
                await asyncio.to_thread(self._append, body)
        except TimeoutError:
            raise SinkFailed(f"{self._path}: not on the disk within {self._timeout_s:g} s") from None
        except OSError as error:
            raise SinkFailed(f"{self._path}: {error.strerror}") from error

    def _append(self, body: bytes) -> None:
        fresh = not self._path.exists()
        descriptor = os.open(self._path, _FLAGS, 0o600)
        try:
            os.fchmod(descriptor, 0o600)
            size = os.fstat(descriptor).st_size
            torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"  # a line that a crash cut off stays a line of its own
            left = (b"\n" if torn else b"") + body + b"\n"
            while left:
                left = left[os.write(descriptor, left) :]
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if fresh:
            directory = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                os.fsync(directory)
            finally:
                os.close(directory)

    async def close(self) -> None:
        """Nothing stays open between two lines."""

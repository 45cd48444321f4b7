"""Everything by which clients come in: the direct port, the addresses in front of it, and TLS on all of them."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import socket
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from ..command_line import Certificate
from .addresses import HOST, Addresses, direct, urls
from .announced import PrivatePort
from .tls import AUTHORITY, server_context


class Entrances:
    """`tls` = the context of the direct port, None for plain text."""

    def __init__(self, ports: list[int], tls_directory: Path | None, certificate: Certificate) -> None:
        """Reserve the ports of the addresses; make a certificate of kind `certificate` if the directory holds none.

        Raises:
            PortError: a port is in use.
            CertificateError: the directory cannot be used.
        """
        self.tls: ssl.SSLContext | None = None
        self._directory = tls_directory.absolute() if tls_directory is not None else None
        if self._directory is not None:
            from .certificates import provide  # noqa: PLC0415 - only TLS needs it, and start-up time counts

            provide(self._directory, certificate)
            self.tls = server_context(self._directory)
        self._token = secrets.token_hex(16)
        self._private: PrivatePort | None = None
        self.addresses = Addresses(ports, self._token, tls=self._directory)

    async def open(self, server: Callable[[], asyncio.BaseProtocol], stack: contextlib.AsyncExitStack) -> None:
        """Start the addresses; `server` makes the web server's protocols. `stack` is left before that server ends. Raises PortError."""
        if not self.addresses.names:
            return
        listening = socket.create_server((HOST, 0))
        listening.setblocking(False)
        self._private = PrivatePort(listening, self._token)
        await self._private.open(server)
        stack.callback(self._private.close)
        await self.addresses.start(self._private.number)

    def refuse(self, refusing: bool) -> None:
        """While the venue is down, clients of the addresses are cut as soon as they come."""
        if self._private is not None:
            self._private.refusing = refusing

    def ready(self, port: int) -> dict[str, Any]:
        """What the ready line says of the way in; `port` is the direct one."""
        secure = self._directory is not None
        said = msgspec.structs.asdict(urls(port, tls=secure)) | {"addresses": self.shown(port)}
        return said | ({"ca_file": str(self._directory / AUTHORITY)} if self._directory is not None else {})

    def shown(self, port: int) -> list[dict[str, Any]]:
        """The direct port, then every address."""
        return [direct(port, tls=self._directory is not None), *self.addresses.shown()]

    async def close(self) -> None:
        await self.addresses.close()

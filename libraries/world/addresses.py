"""The address processes of an exchange, as the world sees them: what they are called, where they listen, whether they live."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from typing import Any

import psutil

from libraries.world.deadlines import Deadline, poll
from libraries.world.errors import WorldError

GONE_WITHIN_S = 5.0
DIRECT = "direct"


class Address:
    """One way to an exchange. The direct one has the exchange's own process."""

    def __init__(self, entry: Mapping[str, Any]) -> None:
        """`entry` = as the exchange's ready line and its admin API show it."""
        self.name = str(entry["name"])
        self.pid = int(entry["pid"])
        self.rest_url = str(entry["rest_url"])
        self.stream_url = str(entry["stream_url"])
        self.ws_api_url = str(entry["ws_api_url"])
        self.announced: str | None = None
        try:
            self._process: psutil.Process | None = psutil.Process(self.pid)
        except psutil.NoSuchProcess:
            self._process = None

    @property
    def alive(self) -> bool:
        process = self._process
        try:
            return process is not None and process.is_running() and process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False

    @property
    def frozen(self) -> bool:
        """As the system says."""
        return self.alive and self._running().status() == psutil.STATUS_STOPPED

    def freeze(self) -> None:
        """SIGSTOP: connections stay, new ones are taken by the system alone, no byte is answered."""
        self._running().suspend()

    def thaw(self) -> None:
        """SIGCONT."""
        self._running().resume()

    def _running(self) -> psutil.Process:
        if not self.alive or self._process is None:
            raise WorldError(f"address {self.name} is not running{f' ({self.announced})' if self.announced else ''}; restart it first")
        return self._process

    def kill(self, reason: str) -> None:
        """SIGKILL, announced; returns when the process is gone.

        Raises:
            WorldError: it was dead already.
        """
        process = self._running()
        self.announced = self.announced or reason
        process.kill()
        wait_gone([self])


def wait_gone(addresses: Iterable[Address]) -> None:
    """Wait until these processes have ended.

    Raises:
        WorldError: one has not.
    """
    addresses = list(addresses)
    if poll(lambda: True if not any(each.alive for each in addresses) else None, Deadline(GONE_WITHIN_S), threading.Event().wait) is None:
        left = ", ".join(f"{each.name} (pid {each.pid})" for each in addresses if each.alive)
        raise WorldError(f"address processes should end with their exchange within {GONE_WITHIN_S:g} s, still running: {left}")

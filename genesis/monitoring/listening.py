"""Where the engine is asked: the control API and the scrapes, each on a port of its own."""

from __future__ import annotations

import socket
from typing import Final, NamedTuple

from genesis.core.errors import ControlPortError

HOST: Final = "127.0.0.1"


class Ports(NamedTuple):
    """0 = chosen by the system."""

    control: int = 0
    scrapes: int = 0


class Listening(NamedTuple):
    control: socket.socket
    scrapes: socket.socket

    @property
    def control_url(self) -> str:
        return f"http://{HOST}:{self.control.getsockname()[1]}"

    @property
    def metrics_url(self) -> str:
        return f"http://{HOST}:{self.scrapes.getsockname()[1]}"

    def again(self) -> Listening:
        """The same ports, for who stops listening before we do."""
        return Listening(self.control.dup(), self.scrapes.dup())

    def close(self) -> None:
        for each in self:
            each.close()


def listen(ports: Ports) -> Listening:
    """Listen on 127.0.0.1.

    Raises:
        ControlPortError: a port is taken or not allowed.
    """
    control = _listen("control.port", ports.control)
    try:
        return Listening(control, _listen("control.metrics_port", ports.scrapes))
    except ControlPortError:
        control.close()
        raise


def _listen(key: str, port: int) -> socket.socket:
    try:
        return socket.create_server((HOST, port))
    except OSError as error:
        raise ControlPortError(f"{key}: expected a free port on {HOST}, got {port}: {error.strerror}; use 0 or another") from error

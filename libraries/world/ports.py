"""Ports of an exchange, kept for it from before its first start until its world closes.

Bound without listening: while the exchange is down its clients are refused, and nobody else gets the port; the exchange, which sets
SO_REUSEADDR, binds and listens beside the reservation.
"""

from __future__ import annotations

import socket

HOST = "127.0.0.1"


class ReservedPorts:
    """`numbers` in the order of their use."""

    def __init__(self, count: int) -> None:
        self._sockets = [_bound() for _ in range(count)]
        self.numbers = [int(each.getsockname()[1]) for each in self._sockets]

    def release(self) -> None:
        for each in self._sockets:
            each.close()


def _bound() -> socket.socket:
    reserved = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    reserved.bind((HOST, 0))
    return reserved

"""What other machines can reach is told apart from what is on loopback, also as IPv6 writes it."""

from __future__ import annotations

import os
import socket

import pytest

from libraries.world.listening import is_loopback, open_to_others

HAS_IPV6 = socket.has_ipv6 and os.path.exists("/proc/net/if_inet6")


@pytest.mark.parametrize(
    ("address", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.8.0.9", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("0.0.0.0", False),
        ("::", False),
        ("10.0.0.7", False),
        ("::ffff:10.0.0.7", False),
    ],
)
def test_addresses_of_loopback(address: str, loopback: bool) -> None:
    assert is_loopback(address) is loopback


@pytest.mark.parametrize(
    ("family", "address", "expected"),
    [
        (socket.AF_INET, "127.0.0.1", 0),
        (socket.AF_INET, "0.0.0.0", 1),
        pytest.param(socket.AF_INET6, "::1", 0, marks=pytest.mark.skipif(not HAS_IPV6, reason="this machine has no IPv6")),
        pytest.param(socket.AF_INET6, "::", 1, marks=pytest.mark.skipif(not HAS_IPV6, reason="this machine has no IPv6")),
    ],
)
def test_an_open_socket_is_told_with_its_address_and_port(family: socket.AddressFamily, address: str, expected: int) -> None:
    with socket.create_server((address, 0), family=family) as server:
        found = [text for text in open_to_others(lambda: [os.getpid()]) if f"port {server.getsockname()[1]}:" in text]
        assert len(found) == expected
    assert all(f"listens on {address}, " in text and "expected 127.0.0.1" in text for text in found)


def test_a_process_that_has_ended_listens_nowhere() -> None:
    with socket.create_server(("0.0.0.0", 0)):
        assert open_to_others(lambda: [2**22 + 1]) == []

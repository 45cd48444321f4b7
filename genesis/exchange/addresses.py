"""Which addresses may be spoken to: plain text is for loopback only, everything else speaks TLS."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from genesis.exchange.errors import AddressError

_SECURE_SCHEME = {"http": "https", "ws": "wss"}


def checked(url: str, plain_scheme: str) -> str:
    """`url` itself, once it is fit for use.

    Args:
        url: an address such as `wss://host:9443/ws-api/v3`.
        plain_scheme: `http` or `ws`; the secure form is derived from it.

    Raises:
        AddressError: another scheme, no host, user or password inside, or plain text to a host that is not loopback.
    """
    parts = urlsplit(url)
    secure_scheme = _SECURE_SCHEME[plain_scheme]
    if parts.scheme not in (plain_scheme, secure_scheme) or not parts.hostname:
        raise AddressError(f"expected an address {secure_scheme}://host[:port]/..., got {parts.scheme}://{parts.hostname or ''}")
    if parts.username or parts.password:
        raise AddressError(f"expected an address without user and password for host {parts.hostname}; keys come by environment variable")
    if parts.scheme == plain_scheme and not is_loopback(parts.hostname):
        raise AddressError(f"expected {secure_scheme}:// for host {parts.hostname}: {plain_scheme}:// is for loopback addresses only")
    return url


def is_secure(url: str) -> bool:
    """Whether what is said there is encrypted, and who answers has a certificate."""
    return url.startswith(("https:", "wss:"))


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine: `localhost` or an address of the loopback range (other names are not resolved)."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False

"""Whether a venue is who it says it is: certificates are always checked, and one that is refused has a name.

There is no option to switch the checks off, and nothing ever falls back to plain text.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit

from genesis.core.errors import CERTIFICATE_EXPIRED, CERTIFICATE_HOST, CERTIFICATE_UNTRUSTED
from genesis.core.events import CertificateRefused
from genesis.exchange.addresses import is_secure

_HOST = (62, 64)  # X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH
_TIME = (9, 10)  # X509_V_ERR_CERT_NOT_YET_VALID, X509_V_ERR_CERT_HAS_EXPIRED


class Trust:
    """The authorities that a venue's certificate may come from: those of `ca_file` only, or the system's."""

    def __init__(self, venue: str, ca_file: Path | None, sink: Callable[[CertificateRefused], None]) -> None:
        """Raises OSError (ssl.SSLError among them): `ca_file` cannot be read or holds no certificate."""
        self._ca_file = ca_file
        if ca_file is not None:
            _ = self.context
        self._venue = venue
        self._remedy = f"correct ca_file ({ca_file})" if ca_file is not None else "name its authority with ca_file, if you trust it"
        self._sink = sink

    @cached_property
    def context(self) -> ssl.SSLContext:
        """Made when first needed: reading the system's authorities takes as long as a tenth of a start, and plain addresses need none."""
        context = ssl.create_default_context(cafile=self._ca_file)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        return context

    def of(self, url: str) -> ssl.SSLContext | bool:
        """What aiohttp is to trust at this address; without encryption there is nothing to trust, and True says only that."""
        return self.context if is_secure(url) else True

    def look_at(self, error: BaseException, url: str) -> str:
        """Tell the engine if this failure to connect is a refused certificate; returns what is wrong with it, or ""."""
        refused = _verification_error(error)
        if refused is None:
            return ""
        host = urlsplit(url).hostname or ""
        code, reason = self._named(refused, host)
        self._sink(CertificateRefused(venue=self._venue, code=code, reason=reason))
        return reason

    def _named(self, error: ssl.SSLCertVerificationError, host: str) -> tuple[str, str]:
        came = error.verify_message.rstrip(".")
        if error.verify_code in _HOST:
            return CERTIFICATE_HOST, (
                f"expected a certificate for {host}, came one for another host ({came}); "
                "correct the address, or have the certificate issued for this host"
            )
        if error.verify_code in _TIME:
            return CERTIFICATE_EXPIRED, (
                f"expected a certificate of {host} that is valid now, came one that is not ({came}); "
                "have it renewed, or set this machine's clock right"
            )
        return CERTIFICATE_UNTRUSTED, (
            f"expected a certificate of {host} that a known authority has signed, came one that cannot be verified ({came}); {self._remedy}"
        )


def _verification_error(error: BaseException | None) -> ssl.SSLCertVerificationError | None:
    """The refused certificate behind an error of a library, which may be its cause."""
    while error is not None:
        inner = getattr(error, "certificate_error", None)  # aiohttp's own kind of such an error, without the details
        if isinstance(inner, BaseException):
            error = inner
        elif isinstance(error, ssl.SSLCertVerificationError):
            return error
        else:
            error = error.__cause__ or error.__context__
    return None

"""TLS of a venue: the files of its directory, and the context that serves with them.

`server.pem` = certificate and chain, `server.key` = its key (0600), `ca.pem` = the authority that clients are to trust.
"""

from __future__ import annotations

import ssl
from pathlib import Path

from ..errors import CertificateError

CERTIFICATE = "server.pem"
KEY = "server.key"
AUTHORITY = "ca.pem"


def server_context(directory: Path) -> ssl.SSLContext:
    """A context for servers, TLS 1.2 or newer.

    Raises:
        CertificateError: a file is missing or none of its kind, or key and certificate do not belong together.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(directory / CERTIFICATE, directory / KEY)
    except (OSError, ssl.SSLError) as error:
        reason = error.strerror or str(error) or type(error).__name__
        raise CertificateError(
            f"--tls {directory}: expected {CERTIFICATE} and {KEY} in PEM that belong together, got: {reason}; "
            "give the directory of a certificate, or an empty one, which is filled"
        ) from None
    return context

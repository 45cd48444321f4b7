"""Certificates for a venue on loopback, made by trustme: a right one, and one for each way in which a certificate can be wrong."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme

from ..command_line import Certificate
from ..errors import CertificateError
from .tls import AUTHORITY, CERTIFICATE, KEY

HOSTS = ("localhost", "127.0.0.1", "::1")
OTHER_HOST = "venue.test"


def provide(directory: Path, kind: Certificate) -> None:
    """Fill `directory` with a certificate of this kind, unless it holds one: a venue that starts again keeps its own.

    Raises:
        CertificateError: the directory cannot be made or written.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        if not (directory / CERTIFICATE).exists() and not (directory / KEY).exists():
            _generate(directory, kind)
    except OSError as error:
        raise CertificateError(f"--tls {directory}: expected a directory that can be written, got: {error.strerror}") from None


def _generate(directory: Path, kind: Certificate) -> None:
    """`ca.pem` is of the authority to trust; in the case of an unknown authority another one has signed."""
    trusted = trustme.CA(organization_name="mock exchange", organization_unit_name="authority")
    signer = trustme.CA(organization_name="mock exchange", organization_unit_name="stranger") if kind == "unknown-authority" else trusted
    hosts = (OTHER_HOST,) if kind == "wrong-host" else HOSTS
    yesterday = datetime.now(UTC) - timedelta(days=1)
    not_after = yesterday if kind == "expired" else None
    issued = signer.issue_cert(*hosts, not_before=yesterday - timedelta(days=30), not_after=not_after)
    trusted.cert_pem.write_to_path(str(directory / AUTHORITY))
    (directory / KEY).touch(mode=0o600)
    os.chmod(directory / KEY, 0o600)
    issued.private_key_pem.write_to_path(str(directory / KEY))
    for number, blob in enumerate(issued.cert_chain_pems):
        blob.write_to_path(str(directory / CERTIFICATE), append=number > 0)

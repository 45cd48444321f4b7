"""The secrets of a world, and where they could have been written (I35). They come by the environment or in a file of the owner alone,
never on a command line, and no report repeats them.

`AUDITOR_SECRETS` or the file: a JSON object, name -> value.
"""

from __future__ import annotations

import gzip
import json
import os
import stat
import zlib
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from libraries.auditor.witnesses import files
from libraries.auditor.witnesses.errors import WitnessError

VARIABLE = "AUDITOR_SECRETS"
SHORTEST = 8
"""A shorter value would be found by chance."""


@dataclass(frozen=True)
class Written:
    """Bytes that a process has left somewhere."""

    where: str
    body: bytes


def read_secrets(path: Path | None, environment: Mapping[str, str]) -> dict[str, str]:
    """The secrets by name, of the file or else of the environment; empty if there are none.

    Raises:
        WitnessError: the file is missing or others may read it; not a JSON object of texts that are long enough.
    """
    if path is not None:
        source, text = f"secrets {path}", _private(path)
    elif VARIABLE in environment:
        source, text = f"secrets in {VARIABLE}", environment[VARIABLE]
    else:
        return {}
    try:
        secrets = json.loads(text)
    except ValueError:  # its text would repeat what it could not read
        secrets = None
    if not isinstance(secrets, dict) or not all(isinstance(value, str) and len(value) >= SHORTEST for value in secrets.values()):
        raise WitnessError(f"{source}: expected a JSON object, name -> text of at least {SHORTEST} characters")
    return secrets


def _private(path: Path) -> str:
    body = files.read(path, "secrets")
    found = path.stat()
    if found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) & 0o077:
        raise WitnessError(f"secrets {path}: expected a file that its owner alone may read, it has {found.st_mode & 0o777:04o}; chmod 600")
    return body.decode(errors="replace")


def forms(secret: str) -> dict[str, bytes]:
    """How a secret may be written: as it is, base64 (anywhere within a longer text), hexadecimal, in a URL, in JSON."""
    raw = secret.encode()
    found = {"as it is": raw, "hexadecimal": raw.hex().encode(), "HEXADECIMAL": raw.hex().upper().encode()}
    for shift, skipped in ((0, 0), (1, 2), (2, 3)):
        whole = b64encode(b"\0" * shift + raw)[skipped : (shift + len(raw)) * 8 // 6]
        found[f"base64, {shift} bytes in"] = whole
        found[f"base64 of URLs, {shift} bytes in"] = whole.translate(bytes.maketrans(b"+/", b"-_"))
    found["in a URL"] = quote(secret, safe="").encode()
    found["in JSON"] = json.dumps(secret)[1:-1].encode()
    return {name: body for body, name in {body: name for name, body in reversed(found.items())}.items()}


def read_written(database: Path, anchor: Path, logs: list[Path]) -> list[Written]:
    """The bytes of the database with its write-ahead log and its archives, of the anchor file and of logs. Raises WitnessError."""
    beside = [path for suffix in ("-wal", "-journal") if (path := database.with_name(database.name + suffix)).exists()]
    archives = sorted(database.with_name(f"{database.name}.archive").glob("*"))
    whole = [Written(path.name, files.read(path, "log" if path in logs else "database")) for path in [database, *beside, anchor, *logs]]
    return whole + [Written(path.name, _unpacked(files.read(path, "archive"))) for path in archives]


def _unpacked(body: bytes) -> bytes:
    """What a packed file says; one that is damaged (I19) is searched as it is."""
    try:
        return gzip.decompress(body)
    except (OSError, EOFError, zlib.error):
        return body

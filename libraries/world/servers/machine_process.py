"""A machine in miniature, as a process: it runs one command, adopts whatever that leaves behind, and nothing of it outlives the robot.

    python -m libraries.world.servers.machine_process --robot PID [--user NAME] [--remove DIRECTORY] -- COMMAND

PostgreSQL under Patroni detaches itself from its parent, and would stay when Patroni is killed; here every orphan becomes a child of this
process, so that "all processes of the node" is a question the operating system answers. It ends when nothing runs on it any more, with
the exit code of the command. When the robot process dies, everything on it is killed and DIRECTORY is removed.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import pwd
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import psutil

INSTANCE = "GENESIS_MACHINE_INSTANCE"
_SET_PDEATHSIG, _SET_CHILD_SUBREAPER = 1, 36
_LIBC = ctypes.CDLL(None, use_errno=True)


def main(arguments: Sequence[str]) -> int:
    """Run the command to the end of everything that came of it."""
    options = _options(arguments)
    _LIBC.prctl(_SET_CHILD_SUBREAPER, 1)
    _LIBC.prctl(_SET_PDEATHSIG, 0)  # it must outlive the robot by the moment that it takes to clean up
    if os.getppid() != options.robot:
        return 1
    robot = os.pidfd_open(options.robot)
    bell, ringer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(ringer, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    command = _start(options)
    signal.signal(signal.SIGTERM, lambda *_: command.terminate())
    ready = {"instance": os.environ.get(INSTANCE, ""), "pid": os.getpid(), "command": command.pid}
    print(json.dumps(ready), flush=True)
    return _watch(command.pid, robot, bell, options.remove)


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="machine_process", description=__doc__)
    parser.add_argument("--robot", type=int, required=True, help="process id of the robot")
    parser.add_argument("--user", help="run the command as this user (for root only)")
    parser.add_argument("--remove", type=Path, action="append", default=[], help="directory to remove when the robot has died")
    parser.add_argument("command", nargs="+")
    return parser.parse_args(arguments)


def _start(options: argparse.Namespace) -> subprocess.Popen[bytes]:
    entry = pwd.getpwnam(options.user) if options.user else None
    return subprocess.Popen(
        options.command,
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,
        user=entry.pw_uid if entry else None,
        group=entry.pw_gid if entry else None,
        extra_groups=[] if entry else None,
        umask=0o077,
        preexec_fn=lambda: _LIBC.prctl(_SET_PDEATHSIG, signal.SIGKILL),  # noqa: PLW1509 - only prctl, no lock is taken
    )


def _watch(command: int, robot: int, bell: int, remove: Sequence[Path]) -> int:
    """Bury the dead until nobody is left; if the robot dies, help them all to it."""
    code = 1
    while True:
        readable, _, _ = select.select([robot, bell], [], [])
        if bell in readable:
            os.read(bell, 4096)
        if robot in readable:
            _kill_everything()
            for directory in remove:
                shutil.rmtree(directory, ignore_errors=True)
            return 1
        try:
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                if ended[0] == command:
                    code = os.waitstatus_to_exitcode(ended[1])
        except ChildProcessError:
            return code if code >= 0 else 128 - code


def _kill_everything() -> None:
    while running := psutil.Process().children(recursive=True):
        for process in running:
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue
        try:
            while True:
                os.waitpid(-1, 0)
        except ChildProcessError:
            return


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

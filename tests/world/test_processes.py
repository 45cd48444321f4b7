"""Children: the readiness handshake, what their errors carry, deaths that nobody announced."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from libraries.world.deadlines import Deadline, poll
from libraries.world.errors import WorldError
from libraries.world.processes import Child, Children, child_environment, exit_words, run_to_end
from libraries.world.scope import Scope

ECHO = "import json,os; print(json.dumps({'instance': os.environ['TOKEN'], 'pid': os.getpid()}), flush=True); "
WAIT = "import signal; signal.pause()"


@pytest.fixture
def children() -> Iterator[Children]:
    started = Children()
    yield started
    started.kill_all("end of the test")


def start(children: Children, directory: Path, code: str) -> Child:
    return children.spawn(
        "probe",
        [sys.executable, "-c", code],
        directory=directory,
        environment=child_environment({}),
        log_name="probe",
        echo_variable="TOKEN",
    )


def test_ready_line_with_our_token_is_accepted(children: Children, tmp_path: Path) -> None:
    child = start(children, tmp_path, ECHO + WAIT)
    assert child.wait_ready(Deadline(5))["pid"] == child.pid


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("import json,os; print(json.dumps({'instance': 'another', 'pid': os.getpid()}), flush=True); " + WAIT, "is not the process"),
        ("import json,os; print(json.dumps({'instance': os.environ['TOKEN'], 'pid': 1}), flush=True); " + WAIT, "is not the process"),
        ("print('hello', flush=True); " + WAIT, "something else than its ready line"),
        ("print('[]', flush=True); " + WAIT, "something else than its ready line"),
        ("import sys; print('no such file', file=sys.stderr); sys.exit(3)", "ended before it was ready"),
    ],
    ids=["token of another", "pid of another", "no JSON", "no object", "dies"],
)
def test_what_is_not_our_process_is_refused_and_gone(children: Children, tmp_path: Path, code: str, expected: str) -> None:
    child = start(children, tmp_path, code)
    with pytest.raises(WorldError, match=expected):
        child.wait_ready(Deadline(5))
    assert not child.alive
    assert not children.unannounced_deaths(), "the error told about it already"


def test_a_child_that_says_nothing_is_refused_in_time(children: Children, tmp_path: Path) -> None:
    child = start(children, tmp_path, WAIT)
    deadline = Deadline(0.3)
    with pytest.raises(WorldError, match=r"said nothing within 0\.3 s"):
        child.wait_ready(deadline)
    assert deadline.elapsed() < 3
    assert not child.alive


def test_the_error_of_a_failed_start_carries_exit_code_and_log(children: Children, tmp_path: Path) -> None:
    child = start(children, tmp_path, "import sys; print('database locked', file=sys.stderr); sys.exit(4)")
    with pytest.raises(WorldError, match=r"(?s)exit code 4.*database locked"):
        child.wait_ready(Deadline(5))


def test_only_unannounced_deaths_are_reported(children: Children, tmp_path: Path) -> None:
    announced, sudden = (start(children, tmp_path, ECHO + WAIT) for _ in range(2))
    for child in (announced, sudden):
        child.wait_ready(Deadline(5))
    announced.kill("Kill The Engine")
    os.kill(sudden.pid, signal.SIGKILL)
    sudden.wait(5)
    (death,) = children.unannounced_deaths()
    assert (death.pid, death.exit) == (sudden.pid, "killed by SIGKILL")


def test_killing_the_dead_is_an_error_and_the_death_stays_unannounced(children: Children, tmp_path: Path) -> None:
    child = start(children, tmp_path, ECHO + "import sys; sys.exit(7)")
    child.wait_ready(Deadline(5))
    child.wait(5)
    with pytest.raises(WorldError, match=r"cannot kill probe: it is not running \(exit code 7, not announced by any keyword\)"):
        child.kill("Kill The Engine")
    assert len(children.unannounced_deaths()) == 1


def test_terminate_returns_the_exit_code_and_kills_the_stubborn(children: Children, tmp_path: Path) -> None:
    obedient = start(children, tmp_path, "import signal,sys; signal.signal(15, lambda *_: sys.exit(5)); " + ECHO + WAIT)
    stubborn = start(children, tmp_path, "import signal; signal.signal(15, signal.SIG_IGN); " + ECHO + "\nwhile True: signal.pause()")
    for child in (obedient, stubborn):
        child.wait_ready(Deadline(5))
    assert obedient.terminate("stop", Deadline(5)) == 5
    with pytest.raises(WorldError, match=r"did not end within 0\.2 s after SIGTERM and was killed"):
        stubborn.terminate("stop", Deadline(0.2))
    assert not stubborn.alive


def test_a_talkative_child_never_blocks(children: Children, tmp_path: Path) -> None:
    child = start(children, tmp_path, ECHO + "print('x' * 1_000_000, flush=True); import sys; sys.exit(0)")
    child.wait_ready(Deadline(5))
    assert child.wait(5) == 0
    assert child.out_path.stat().st_size > 1_000_000


def test_a_child_gets_neither_our_secrets_nor_our_python_path(children: Children, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_EXCHANGE_SECRET", "hidden")
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    environment = child_environment({"A": "1"}, tmp_path)
    assert "MY_EXCHANGE_SECRET" not in environment
    assert (environment["PYTHONPATH"], environment["A"]) == (str(tmp_path), "1")


def test_children_die_with_the_robot_process_even_if_that_is_killed(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys; from pathlib import Path; from libraries.world.processes import Children, child_environment; "
        f"c = Children().spawn('probe', [sys.executable, '-c', {WAIT!r}], directory=Path({str(tmp_path)!r}), "
        "environment=child_environment({}), log_name='probe', echo_variable='TOKEN'); "
        "print(c.pid, flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    )
    repository = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=repository, capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    pid = int(done.stdout)
    try:
        psutil.Process(pid).wait(timeout=5)
    except psutil.NoSuchProcess:
        return


def test_helpers_end_before_the_audit_and_their_end_is_no_news(tmp_path: Path) -> None:
    """A lock holder or a load generator would disturb the cut."""
    scope = Scope("test", "name", tmp_path)
    helper = start(scope.children, tmp_path, ECHO + WAIT)
    helper.wait_ready(Deadline(5))
    order: list[str] = []
    scope.cleanups += [lambda: order.append("opened first"), lambda: order.append("opened last")]
    assert not scope.finish()
    assert order == ["opened last", "opened first"]
    assert not helper.alive
    assert not scope.children.unannounced_deaths()
    scope.close()


def test_a_command_that_overruns_is_killed(tmp_path: Path) -> None:
    with pytest.raises(WorldError, match=r"the auditor did not end within 0\.2 s"):
        run_to_end(
            "the auditor", [sys.executable, "-c", WAIT], directory=tmp_path, environment=child_environment({}), deadline=Deadline(0.2)
        )


def test_deadlines_are_positive_and_a_poll_ends() -> None:
    with pytest.raises(ValueError, match="greater than 0"):
        Deadline(0)
    pauses: list[float] = []
    seen = iter([None, None, "there"])
    assert poll(lambda: next(seen), Deadline(60), pauses.append) == "there"
    assert len(pauses) == 2
    assert exit_words(None) == "still running"


def test_who_is_not_listened_to_finds_a_closed_pipe_and_a_full_log(children: Children, tmp_path: Path) -> None:
    """After the ready line its stdout is gone (EPIPE), and its stderr takes nothing (ENOSPC): it tells by its exit code."""
    tells = """
import errno, os, sys
def refused(number):
    while True:
        try:
            os.write(number, b'x\\n')
        except OSError as error:
            return error.errno
sys.exit(40 if (refused(1), refused(2)) == (errno.EPIPE, errno.ENOSPC) else 1)
"""
    child = children.spawn(
        "probe",
        [sys.executable, "-c", ECHO + "exec(os.environ['TELLS'])"],
        directory=tmp_path,
        environment=child_environment({"TELLS": tells}),
        log_name="probe",
        echo_variable="TOKEN",
        deaf=True,
        log_file=Path("/dev/full"),
    )
    child.wait_ready(Deadline(5))
    child.announce_death("it tells by its exit code")
    assert child.wait(5) == 40
    assert child.log_tail() == "(none: it goes to /dev/full)"

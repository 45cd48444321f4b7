"""Keywords of the generated suites in these tests: a world of stand-ins, and ways to hurt it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

from libraries.world.deadlines import Deadline, poll
from libraries.world.engine import VenueLink
from libraries.world.exchange import ExchangeOptions
from libraries.world.processes import child_environment
from libraries.world.session import session

FAKES = Path(__file__).resolve().parent
_never = threading.Event()


def open_fake_venue() -> None:
    session.open_exchange_with("venue", ExchangeOptions(module="fake_venue", source=FAKES / "venue_root"))


def start_fake_engine(mode: str = "good", audit: str = "held", account: str = "engine") -> None:
    exchange = session.exchange()
    owner = session.new_account(exchange, {"USDT": "1000"}, account)
    (session.directory / "audit-mode").write_text(audit)
    engine = session.new_engine("main", [VenueLink(exchange, owner, ("BTCUSDT",))], {"fake": {"mode": mode}})
    engine.start(Deadline(5))


def kill_engine_announced() -> None:
    session.engine().kill("Kill The Engine")


def stop_engine() -> None:
    session.engine().stop("Stop The Engine", Deadline(3))


def kill_engine_behind_the_keywords() -> None:
    child = session.engine().child
    assert child is not None
    os.kill(child.pid, signal.SIGKILL)
    child.wait(2)


def freeze_engine() -> None:
    child = session.engine().child
    assert child is not None
    child.send_signal(signal.SIGSTOP)


def freeze_engine_until_the_test_ends() -> None:
    child = session.engine().child
    assert child is not None
    child.send_signal(signal.SIGSTOP)
    session.scope.cleanups.append(lambda: child.send_signal(signal.SIGCONT))


def start_a_helper() -> None:
    """A child that is neither engine nor exchange: it must be gone before the auditor runs, and its death is no news."""
    session.scope.children.spawn(
        "helper",
        [sys.executable, "-c", "import signal; signal.pause()"],
        directory=session.directory,
        environment=child_environment({}),
        log_name="helper",
        echo_variable="HELPER_INSTANCE",
    )


def start_a_helper_that_everybody_reaches() -> None:
    """It says nothing when it listens, so that only the end of the test can tell."""
    code = "import pathlib, signal, socket; door = socket.create_server(('', 0)); pathlib.Path('listens').touch(); signal.pause()"
    session.scope.children.spawn(
        "helper",
        [sys.executable, "-c", code],
        directory=session.directory,
        environment=child_environment({}),
        log_name="helper",
        echo_variable="HELPER_INSTANCE",
    )
    assert poll(lambda: (session.directory / "listens").exists() or None, Deadline(5), _never.wait)


def cleanup_that_fails() -> None:
    def fails() -> None:
        raise RuntimeError("socket was closed twice")

    session.scope.cleanups.append(fails)


def kill_venue_behind_the_keywords() -> None:
    child = session.exchange().child
    assert child is not None
    os.kill(child.pid, signal.SIGKILL)
    child.wait(2)


def leave_a_process() -> None:
    subprocess.Popen([sys.executable, "-c", "import signal; signal.alarm(30); signal.pause()"])


def leave_a_thread() -> None:
    threading.Thread(target=_never.wait, name="forgotten", daemon=True).start()


def tell_the_secret() -> str:
    account = session.engine().links[0].account
    print(f"the secret is {account.api_secret}")
    return account.api_secret


def fail_with_the_secret() -> None:
    raise AssertionError(f"expected 1, got {session.engine().links[0].account.api_secret} <b>bold</b>")


def swallow(text: str) -> None:
    """Takes an argument, which robot writes into output.xml."""


def die_at_once() -> None:
    os._exit(3)

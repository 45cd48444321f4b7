"""Receivers of alerts and heartbeats: started, killed, refusing, slow; and what came there."""

from __future__ import annotations

import json
import socket
import time
from enum import Enum
from typing import Any
from urllib.parse import urlsplit

from assertionengine import AssertionOperator
from robot.api.deco import keyword

from libraries.common.assertions import Question, ask, settle
from libraries.common.component import Component
from libraries.common.errors import NotYet, WrongArgument
from libraries.common.types import NOT_GIVEN, Duration, Timeout, milliseconds
from libraries.world.alert_sink import AlertReceiver
from libraries.world.deadlines import Deadline
from libraries.world.http import JsonClient
from libraries.world.session import START_S, session

ALERTS, HEARTBEATS = "/alerts", "/heartbeat"


class Receiving(Enum):
    """What a receiver does with what comes."""

    take = "take"
    refuse = "refuse"
    delay = "delay"
    drop = "drop"


class AlertSinkKeywords(Component):
    """Receivers are processes of their own; they belong to the test that started them."""

    @keyword
    def start_an_alert_receiver(self, alias: str = "first") -> str:
        """Start a receiver of alerts and heartbeats on loopback.

        Args:
            alias: Its name in this test.

        Returns:
            The address for alerts, as `alerts.webhooks` takes it; several are written with blanks between them.

        Raises:
            WrongArgument: there is one of that name.
            WorldError: it was not ready in time; with the end of its log.

        Example:
            ```robotframework
            ${first} =    Start An Alert Receiver    first
            Start A Fresh Engine    alerts.webhooks=${first}
            ```
        """
        if alias in self.notes.receivers:
            raise WrongArgument(f"an alert receiver {alias!r} was started already; use another alias")
        receiver = AlertReceiver(alias, session.directory / f"receiver-{alias}", session.scope.children)
        session.scope.cleanups.append(receiver.close)
        receiver.start(Deadline(START_S))
        self.notes.receivers[alias] = receiver
        session.scope.receivers[f"{receiver.url}{ALERTS}"] = receiver.record
        return f"{receiver.url}{ALERTS}"

    @keyword
    def get_heartbeat_address(self, receiver: str = "first") -> str:
        """The address for heartbeats of a receiver, as `alerts.heartbeat` takes it.

        Args:
            receiver: Its alias.

        Returns:
            The address.

        Raises:
            WrongArgument: there is no receiver of that name.

        Example:
            ```robotframework
            ${beat} =    Get Heartbeat Address
            ```
        """
        return f"{self._receiver(receiver).url}{HEARTBEATS}"

    @keyword
    def kill_the_alert_receiver(self, receiver: str = "first") -> None:
        """Kill a receiver (SIGKILL): its port refuses connections.

        Args:
            receiver: Its alias.

        Raises:
            WrongArgument: there is no receiver of that name.
            WorldError: it is not running.

        Example:
            ```robotframework
            Kill The Alert Receiver    first
            ```
        """
        child = self._receiver(receiver).child
        assert child is not None
        child.kill("Kill The Alert Receiver")
        self.note("alert receiver killed", receiver=receiver)

    @keyword
    def bring_back_the_alert_receiver(self, receiver: str = "first") -> None:
        """Start a killed receiver again, at the same address; what it had is remembered.

        Args:
            receiver: Its alias.

        Raises:
            WrongArgument: there is no receiver of that name.

        Example:
            ```robotframework
            Bring Back The Alert Receiver    first
            ```
        """
        self._receiver(receiver).start(Deadline(START_S))
        self.note("alert receiver back", receiver=receiver)

    @keyword
    def the_alert_receiver_will(self, what: Receiving, *, for_: Duration = NOT_GIVEN, receiver: str = "first") -> None:
        """From now on a receiver takes what comes, refuses it (503), delays it, or drops the connection.

        Args:
            what: `take`, `refuse`, `delay` or `drop`.
            for_: With `delay`: for how long; default 10 seconds.
            receiver: Its alias.

        Raises:
            WrongArgument: there is no receiver of that name.

        Example:
            ```robotframework
            The Alert Receiver Will    refuse
            ```
        """
        seconds = milliseconds(for_) / 1_000 if for_ is not None else 10.0
        JsonClient(f"alert receiver {receiver}", self._receiver(receiver).url).expect(
            "POST", "/mode", json={"mode": what.value, "seconds": seconds}
        )
        self.note("alert receiver", receiver=receiver, mode=what.value)

    @keyword
    def get_alert_count(
        self,
        operator: AssertionOperator = NOT_GIVEN,
        expected: int = NOT_GIVEN,
        *,
        containing: str = "",
        receiver: str = "first",
        timeout: Timeout = NOT_GIVEN,
    ) -> int:
        """How many alerts a receiver took, counted by their ids: the same one that came twice counts once.

        Args:
            operator: A comparison; left out, the number is only returned.
            expected: The number to compare with.
            containing: Only alerts whose text has this.
            receiver: Its alias.
            timeout: How long to ask again; default 5 seconds.

        Returns:
            The number.

        Raises:
            AssertionError: not in time; with the value last seen.
            WrongArgument: there is no receiver of that name.

        Example:
            ```robotframework
            Get Alert Count    ==    1    containing=GENESIS-5901
            ```
        """

        def read() -> int:
            came = [line["body"] for line in self._receiver(receiver).came(ALERTS)]
            return len({alert["alert_id"] for alert in came if containing in alert["text"]})

        return ask(Question(read, f"alerts at receiver {receiver}", "came.jsonl of the receiver"), operator, expected, timeout)

    @keyword
    def the_alert_should_have_come(self, containing: str, *, receiver: str = "first", timeout: Timeout = NOT_GIVEN) -> dict[str, Any]:
        """A receiver has an alert with this in its text or as its code.

        Args:
            containing: A part of its text, such as `GENESIS-5901`.
            receiver: Its alias; `file` = the engine's file of last resort.
            timeout: How long it may take; default 5 seconds.

        Returns:
            The alert.

        Raises:
            AssertionError: not in time; with the value last seen.
            WrongArgument: there is no receiver of that name.

        Example:
            ```robotframework
            The Alert Should Have Come    GENESIS-5901    timeout=5 seconds
            ```
        """

        def read() -> dict[str, Any]:
            bodies = self._in_file() if receiver == "file" else [line["body"] for line in self._receiver(receiver).came(ALERTS)]
            for body in bodies:
                if containing in body["text"]:
                    return dict(body)
            raise NotYet(f"{len(bodies)} alerts came, none with {containing!r}")

        return settle(Question(read, f"alert at {receiver}", "came.jsonl of the receiver"), f"have {containing}", bool, timeout)

    @keyword
    def the_file_of_alerts_is_private(self) -> None:
        """The engine's file of last resort is its owner's alone (0600), whole lines of JSON.

        Raises:
            AssertionError: another mode, or a line that is no JSON.

        Example:
            ```robotframework
            The File Of Alerts Is Private
            ```
        """
        mode = self._file().stat().st_mode & 0o777
        if mode != 0o600:
            raise AssertionError(f"{self._file().name} should have the mode 0600, got {mode:04o}")
        self._in_file()

    @keyword
    def get_heartbeat_count(
        self,
        operator: AssertionOperator = NOT_GIVEN,
        expected: int = NOT_GIVEN,
        *,
        receiver: str = "first",
        timeout: Timeout = NOT_GIVEN,
    ) -> int:
        """How many heartbeats a receiver took.

        Args:
            operator: A comparison; left out, the number is only returned.
            expected: The number to compare with.
            receiver: Its alias.
            timeout: How long to ask again; default 5 seconds.

        Returns:
            The number.

        Raises:
            AssertionError: not in time; with the value last seen.
            WrongArgument: there is no receiver of that name.

        Example:
            ```robotframework
            Get Heartbeat Count    >=    2
            ```
        """
        question = Question(lambda: len(self._receiver(receiver).came(HEARTBEATS)), "heartbeats", "came.jsonl of the receiver")
        return ask(question, operator, expected, timeout)

    @keyword
    def get_heartbeat_age(
        self,
        operator: AssertionOperator = NOT_GIVEN,
        expected: int = NOT_GIVEN,
        *,
        receiver: str = "first",
        timeout: Timeout = NOT_GIVEN,
    ) -> int:
        """How many milliseconds ago the last heartbeat came: a monitor that sees it grow raises the alarm.

        Args:
            operator: A comparison; left out, the number is only returned.
            expected: Milliseconds.
            receiver: Its alias.
            timeout: How long to ask again; default 5 seconds.

        Returns:
            Milliseconds.

        Raises:
            AssertionError: not in time; with the value last seen.
            WrongArgument: there is no receiver of that name.

        Example:
            ```robotframework
            Get Heartbeat Age    >    2000    timeout=5 seconds
            ```
        """

        def read() -> int:
            came = self._receiver(receiver).came(HEARTBEATS)
            if not came:
                raise NotYet("no heartbeat came yet")
            return int((time.monotonic_ns() - came[-1]["mono_ns"]) // 1_000_000)

        return ask(Question(read, "age of the last heartbeat, ms", "came.jsonl of the receiver"), operator, expected, timeout)

    @keyword
    def scrapes_are_never_read(self, connections: int = 50, *, engine: str = NOT_GIVEN) -> None:
        """Open connections to the engine that ask for `/metrics` again and again and read no answer, until the end of the test.

        Args:
            connections: How many.
            engine: Alias; default: the first engine.

        Raises:
            WrongArgument: the engine is not running.

        Example:
            ```robotframework
            Scrapes Are Never Read    50
            ```
        """
        child = self.engine(engine).child
        if child is None:
            raise WrongArgument("the engine is not running; start it first (keyword: Start A Fresh Engine)")
        parts = urlsplit(str(child.ready["metrics_url"]))
        line = f"GET /metrics HTTP/1.1\r\nHost: {parts.netloc}\r\nAuthorization: Bearer {child.ready['token']}\r\n\r\n".encode()
        for _ in range(connections):
            opened = socket.create_connection((str(parts.hostname), int(parts.port or 0)), timeout=5)
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1_024)
            session.scope.cleanups.append(opened.close)
            opened.sendall(line * 20)
        self.note("scrapes that nobody reads", connections=connections)

    def _receiver(self, alias: str) -> AlertReceiver:
        if alias not in self.notes.receivers:
            raise WrongArgument(f"no alert receiver {alias!r}; start it first (keyword: Start An Alert Receiver)")
        return self.notes.receivers[alias]

    def _file(self) -> Any:
        return self.engine().directory / "engine.db.alerts"

    def _in_file(self) -> list[dict[str, Any]]:
        path = self._file()
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []

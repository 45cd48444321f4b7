"""The operator's switches: pause, resume, halt, quiesce."""

from __future__ import annotations

from typing import Any

from robot.api.deco import keyword

from libraries.common.component import Component
from libraries.common.types import DEFAULT_TIMEOUT, NOT_GIVEN, HttpMethod, Timeout, TokenKind, milliseconds
from libraries.engine_keywords.outgoing import ask as ask_engine
from libraries.world.session import session


class ControlKeywords(Component):
    """Each is acknowledged by the engine before the keyword returns."""

    @keyword
    def pause_the_engine(self, *, engine: str = NOT_GIVEN) -> str:
        """Pause: no new orders while ticks flow.

        Args:
            engine: Alias; default: the first engine.

        Returns:
            The engine's state after it.

        Example:
            ```robotframework
            Pause The Engine
            Get Engine State    ==    PAUSED
            ```
        """
        return self._control("pause", engine)

    @keyword
    def resume_the_engine(self, *, engine: str = NOT_GIVEN) -> str:
        """Resume after a pause or after `Quiesce The Engine`.

        Args:
            engine: Alias; default: the first engine.

        Returns:
            The engine's state after it.

        Example:
            ```robotframework
            Resume The Engine
            ```
        """
        return self._control("resume", engine)

    @keyword
    def halt_the_engine(self, *, engine: str = NOT_GIVEN) -> str:
        """Halt: from now on exits and cancels only.

        Args:
            engine: Alias; default: the first engine.

        Returns:
            The engine's state after it.

        Example:
            ```robotframework
            Halt The Engine
            The Engine Refuses    BUY    BTCUSDT    qty=0.5    status=503
            ```
        """
        return self._control("halt", engine)

    @keyword
    def quiesce_the_engine(self, timeout: Timeout = NOT_GIVEN, *, engine: str = NOT_GIVEN) -> dict[str, Any]:
        """Stop the sources of orders and wait until nothing is in flight any more.

        Args:
            timeout: At most this long; default 5 seconds.
            engine: Alias; default: the first engine.

        Returns:
            The cut: `quiet`, `journal_seq`, `head_hash`, `mono_ns`.

        Raises:
            AssertionError: orders are still in flight; they are named.

        Example:
            ```robotframework
            Quiesce The Engine    3s
            ```
        """
        within_ms = milliseconds(timeout or DEFAULT_TIMEOUT)
        running = self.engine(engine)
        invocation = session.history.invoke("quiesce", engine=running.alias)
        answer = running.control.quiesce(within_ms)
        session.history.answered(invocation, answer.status)
        if not answer.ok:
            raise AssertionError(f"the engine should come to rest within {within_ms} ms, still in flight: {answer.body}")
        return dict(answer.body)

    @keyword
    def the_control_api_answers(
        self, method: HttpMethod, path: str, status: int, *, token: TokenKind = TokenKind.RIGHT, engine: str = NOT_GIVEN
    ) -> Any:
        """A request to the engine's control interface is answered with this status.

        Args:
            method: `GET`, `POST`, `PUT` or `DELETE`.
            path: Such as `/health`.
            status: The HTTP status that must come, such as 200, 401 or 404.
            token: `RIGHT` (default), `WRONG`, or `NONE` for no token at all.
            engine: Alias; default: the first engine.

        Returns:
            The answer's body.

        Raises:
            AssertionError: another status; with the whole answer.

        Example:
            ```robotframework
            The Control Api Answers    GET    /state    401    token=NONE
            ```
        """
        used = {TokenKind.RIGHT: None, TokenKind.WRONG: "a-wrong-token", TokenKind.NONE: ""}[token]
        answer = self.engine(engine).control.request(method.value, path, token=used)
        if answer.status != status:
            raise AssertionError(f"{method.value} {path} should be answered with status {status}, got {answer.status}: {answer.body}")
        return answer.body

    def _control(self, verb: str, engine: str | None) -> str:
        running = self.engine(engine)
        answer = ask_engine(running, verb, f"/control/{verb}", {})
        if not answer.ok:
            raise AssertionError(
                f"the engine should {verb}, refused with status {answer.status}: {answer.error.get('message', answer.body)}"
            )
        return str(answer.body["state"])

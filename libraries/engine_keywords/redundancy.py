"""How many standbys have what the engine commits, and the person who lets it go on without."""

from __future__ import annotations

from assertionengine import AssertionOperator
from robot.api import logger
from robot.api.deco import keyword
from robot.libraries.BuiltIn import BuiltIn

from libraries.common.assertions import Question, ask
from libraries.common.errors import NotYet
from libraries.common.types import NOT_GIVEN, Timeout
from libraries.engine_keywords.outgoing import ask as ask_engine
from libraries.engine_keywords.reading import EngineReader
from libraries.world.session import session


class RedundancyKeywords(EngineReader):
    """Engines with `database.standbys=1` on a cluster (`Start A Database Cluster`)."""

    @keyword
    def let_the_engine_go_on_alone(self, *, who: str, why: str, status: int = 200, engine: str = NOT_GIVEN) -> str:
        """The operator's word to the engine: entries are made while no standby is there. Until one is again.

        Whether the database commits meanwhile is the operator's word to the database (`The Operator Goes On Without A Standby`). The report
        says of the test that redundancy was 0, and who decided so.

        Args:
            who: Name of a person, for the journal.
            why: Reason, for the journal.
            status: The HTTP status that must come: 200; 409 where no standby is missing, 400 without a name or a reason.
            engine: Alias; default: the first engine.

        Returns:
            What the engine has on record, or its refusal.

        Raises:
            AssertionError: another status; with the whole answer.

        Example:
            ```robotframework
            Let The Engine Go On Alone    who=Ada    why=both standbys burn
            Get Redundancy    ==    0
            ```
        """
        answer = ask_engine(self.engine(engine), "go-on-alone", "/control/go-on-alone", {"who": who, "why": why})
        if answer.status != status:
            raise AssertionError(f"to go on alone should be answered with status {status}, got {answer.status}: {answer.body}")
        if not answer.ok:
            return str(answer.error["message"])
        if session.test is not None:
            BuiltIn().set_test_message(f"Redundancy 0: the engine went on alone, decided by {answer.body['alone']}.", append=True)
        return str(answer.body["alone"])

    @keyword
    def get_redundancy(
        self,
        operator: AssertionOperator = NOT_GIVEN,
        expected: int = NOT_GIVEN,
        *,
        timeout: Timeout = NOT_GIVEN,
        engine: str = NOT_GIVEN,
    ) -> int:
        """How many synchronous standbys have what is committed: `/health` and `/metrics` must say the same.

        Args:
            operator: A comparison; left out, the number is only returned.
            expected: The number to compare with.
            timeout: How long to ask again; default 5 seconds.
            engine: Alias; default: the first engine.

        Returns:
            The number.

        Raises:
            AssertionError: another number, or the two say different ones.

        Example:
            ```robotframework
            Get Redundancy    ==    1    timeout=30s
            ```
        """
        running = self.engine(engine)

        def both() -> int:
            health = running.control.health()["database"]
            line = f"genesis_database_standbys {health['standbys']}.0"
            if line not in running.control.metrics().splitlines():
                raise NotYet(f"/health says {health['standbys']}, /metrics has no line {line!r}")
            logger.info(f"redundancy {health['standbys']} of {health['required']}, alone: {health['alone'] or 'no'}")
            return int(health["standbys"])

        return ask(
            Question(both, "redundancy of the database", "the engine's log and its ConditionChanged facts"), operator, expected, timeout
        )

"""The listener behind every test: opens its world's scope, judges it after its final status, takes it down, looks for leaks.

It is registered by EvidenceLibrary, which every resource imports. Robot calls `end_test` before it writes the test's status, and puts
what is logged there into the test. An error inside a listener does not fail a test by itself, so everything here ends in `result`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from libraries.evidence import campaigns
from libraries.evidence.audit import Auditor, Verdict, audit_world
from libraries.evidence.exercised import record_audit
from libraries.evidence.failure import FailedSteps
from libraries.evidence.gather import RedTest, gather, repeat_command
from libraries.evidence.happenings import Happenings, counted, read_history, record_happenings
from libraries.evidence.ledgers import LedgerAudits
from libraries.evidence.readings import Begin
from libraries.evidence.redaction import canaries, redact
from libraries.evidence.requirements import objection, requirement_ids
from libraries.evidence.views import View, views
from libraries.world import progress
from libraries.world.directories import pack, slug
from libraries.world.errors import WorldError
from libraries.world.leaks import Baseline, LeakCheck, own_processes
from libraries.world.listening import open_to_others
from libraries.world.locks import Mode
from libraries.world.processes import Child
from libraries.world.session import Session

EXCLUSIVE_TAG = "exclusive"
"""A test with this tag has the machine alone (load tests)."""
LOADS = 9
"""So many times longer may the auditor take after a load: it reads a hundred thousand facts."""
SUITE_TEARDOWN = "Close The World Of The Suite"


class EvidenceListener:
    """One per robot process."""

    ROBOT_LISTENER_API_VERSION = 3
    ROBOT_LISTENER_PRIORITY = -100  # other listeners first: the status that is judged is final

    def __init__(self, session: Session, auditor: Auditor) -> None:
        self._session = session
        self._auditor = auditor
        self._ledgers = LedgerAudits()
        self._leaks = LeakCheck()
        self._before: Baseline | None = None
        self._refused = False
        self._started = 0.0
        self._history_from = 0
        self._happened = Happenings()
        self._failed_steps = FailedSteps()

    def start_suite(self, data: Any, _result: Any) -> None:
        if campaigns.only_campaigns(data) and not campaigns.asked_now():
            campaigns.without_setup(data)

    # ---- a test begins ----

    def start_test(self, data: Any, result: Any) -> None:
        """Refuses what must not pass (`data.error` fails a test before its first keyword), then waits for the machine."""
        self._refused = True
        self._failed_steps.clear()
        try:
            self._close_with_the_suite(data.parent)
            source = Path(data.source) if data.source else None
            result.metadata["Requirement"] = ", ".join(requirement_ids(result.tags)) or "none"
            refusal = objection(result.tags, source)
            if refusal:
                data.error = refusal
                return
            if campaigns.TAG in result.tags and not campaigns.asked_now():
                campaigns.skip(data)
                return
            self._begin(result)
            self._refused = False
        except Exception as error:  # noqa: BLE001 - robot only logs what a listener raises: without a world, whatever the cause, no test may run
            data.error = redact(f"the world of the test could not begin: {error}")

    def _begin(self, result: Any) -> None:
        session = self._session
        session.suite_scope()
        mode = Mode.EXCLUSIVE if EXCLUSIVE_TAG in result.tags else Mode.SHARED
        waited = session.hold_machine(mode, session.show_waiting)
        if waited > 0.1:  # waiting is not the test's time
            result.start_time = datetime.now()
            if result.timeout:
                result.timeout.start()
        session.begin_test(result.name)
        self._history_from = session.history.path.stat().st_size
        self._before = self._leaks.baseline()
        self._started = time.monotonic()
        progress.report(session.results_directory, "start", session.suite_name, result.name)

    def _close_with_the_suite(self, suite: Any) -> None:
        """The suite's exchange goes down in a suite teardown, so that a leak or a death there turns the suite's tests red.

        A suite's own teardown runs first.
        """
        name, args = with_closing(suite.teardown.name if suite.has_teardown else "", tuple(suite.teardown.args))
        suite.teardown.config(name=name, args=args)

    # ---- a test ends ----

    def end_test(self, data: Any, result: Any) -> None:
        """Judges, shows evidence, takes the world down, names leaks. Whatever goes wrong here is red."""
        result.message = redact(result.message)
        if self._refused:
            result.metadata["Audit"] = "no world"
            return
        problems: list[str] = []
        verdict = Verdict()
        self._happened = Happenings()
        elapsed = time.monotonic() - self._started
        ending = time.monotonic()
        try:
            seen = views(self._session.engines()) if result.failed else {}
            problems += self._deaths(result.name)
            problems += open_to_others(own_processes)
            problems += self._session.test.finish() if self._session.test else []
            verdict = self._audit()
            problems += verdict.failures
            self._happened = self._happenings(verdict)
            problems += self._deaths(result.name)  # those that came while it was audited
            if problems or result.failed:
                self._show_evidence(verdict, self._red_test(data, result, problems=problems, elapsed=elapsed, seen=seen))
        except Exception as error:  # noqa: BLE001 - robot only logs what a listener raises: a test that was not judged must not be green
            problems.append(f"the audit itself failed: {type(error).__name__}: {error}")
        problems += self._take_down(result, bool(problems))
        result.metadata["Audit"] = verdict.line()
        _conclude(result, problems)
        self._record(data, result, verdict, elapsed, time.monotonic() - ending)

    def _deaths(self, test: str) -> list[str]:
        """Deaths that no keyword announced, each reported in one test only."""
        session = self._session
        found = []
        for scope in filter(None, (session.test, session.suite)):
            found += [death.text() for death in scope.unannounced_deaths()]
            scope.announce_deaths(f"unannounced; reported in test {test}")
        return found

    def _audit(self) -> Verdict:
        session = self._session
        verdict = audit_world(
            session.engines(),
            session.exchanges(),
            session.history,
            session.directory,
            expected=frozenset(session.expected_violations),
            auditor=self._auditor if session.shares_the_machine else replace(self._auditor, timeout=self._auditor.timeout * LOADS),
            ledgers=self._ledgers,
            sometimes=sorted(session.demanded_situations),
        )
        for exchange in session.suite.exchanges.values() if session.suite else ():
            if exchange.alive:
                exchange.admin.resume()
        for engine in session.suite.engines.values() if session.suite else ():
            if engine.alive:
                engine.control.control("resume")
        return verdict

    def _happenings(self, verdict: Verdict) -> Happenings:
        """What this test did to its world."""
        session = self._session
        recoveries = []
        for engine in session.engines():
            recoveries += engine.recoveries_s
            engine.recoveries_s = []  # an engine of the suite lives on
        records = read_history(session.history.path, self._history_from)
        return counted(records, recoveries, verdict, session.expected_violations)

    def _red_test(self, data: Any, result: Any, *, problems: list[str], elapsed: float, seen: dict[str, View]) -> RedTest:
        session, message = self._session, result.message if result.failed else ""
        repeat = self._repeat(Path(data.source) if data.source else None, result)
        begin = Begin(session.history.path, int(self._started * 1e9))
        return RedTest(message, self._failed_steps.way_to(message), problems, elapsed, repeat, begin, seen or views(session.engines()))

    def _repeat(self, source: Path | None, test: Any) -> str:
        """The command that runs a test again, and the seeds that it ran with."""
        session = self._session
        seeds = "\n".join(f"seed of exchange {exchange.alias}: {exchange.options.seed}" for exchange in session.exchanges())
        return f"{repeat_command(source, test.name, test.tags, session.given_variables)}\n{seeds}"

    def _show_evidence(self, verdict: Verdict, test: RedTest) -> None:
        from robot.api import logger  # noqa: PLC0415 - the world also works without robot

        session = self._session
        html = gather(test, session.engines(), session.exchanges(), verdict, session.directory)
        logger.info(html, html=True)

    def _take_down(self, result: Any, failed: bool) -> list[str]:
        """Close the test's world, keep or delete its directory, look for leaks."""
        session = self._session
        scope = session.test
        if scope is None:
            return []
        problems = _guarded("the world could not be taken down", session.end_test)
        problems += _guarded("the leak check failed", lambda: self._look_for_leaks(scope.children.all))
        if failed or problems or result.failed:
            problems += _guarded("the world could not be kept", lambda: self._keep(result.name, scope.directory))
        scope.remove()
        if session.suite is None or not session.suite.engines:
            session.release_machine()
        return problems

    def _look_for_leaks(self, ended: list[Child]) -> list[str]:
        living = self._session.suite.children.all if self._session.suite else []
        leaks = self._leaks.leaks(self._before, living, ended) if self._before is not None else []
        return [f"leak: {leak}" for leak in leaks]

    def _keep(self, test: str, directory: Path) -> list[str]:
        """The world of a red test stays, packed, under `<results>/worlds/`, with its suite's exchanges."""
        from robot.api import logger  # noqa: PLC0415 - the world also works without robot

        session = self._session
        parts = {"test": directory} | ({"suite": session.suite.directory} if session.suite else {})
        kept = pack(session.results_directory / "worlds" / f"{slug(session.suite_name)}.{slug(test)}.tar.gz", parts)
        logger.info(f"The world of this test is kept in {kept}")
        return []

    def _record(self, data: Any, result: Any, verdict: Verdict, elapsed: float, down: float) -> None:
        """Lines for the run: progress, and the audit for the check of exercised invariants; one line in the log."""
        from robot.api import logger  # noqa: PLC0415 - the world also works without robot

        session = self._session
        up = sum(engine.up_s for engine in session.last_engines)
        logger.info(f"Audit: {verdict.line()}. World up in {up:.2f} s, audited and down in {down:.2f} s.")
        record_audit(session.results_directory, str(data.source or ""), session.suite_name, result.name, verdict)
        record_happenings(session.results_directory, session.suite_name, result.name, self._happened)
        values = {"seconds": round(elapsed, 3), "up": round(up, 3), "down": round(down, 3), "audit": verdict.line(), "canaries": canaries()}
        progress.report(session.results_directory, result.status.lower(), session.suite_name, result.name, **values)

    # ---- a suite ends ----

    def close_suite(self) -> list[str]:
        """Take the suite's exchanges down; returns what is wrong (leaks, unannounced deaths, a bad exit code)."""
        session = self._session
        scope = session.suite
        if scope is None:
            return []
        before = self._before
        problems = [death.text() for death in scope.unannounced_deaths()]
        problems += scope.finish()
        problems += scope.stop_exchanges()
        problems += session.end_suite()
        if before is not None:
            own = scope.children.all
            readers = {child.reader_thread.ident for child in own}
            ours = {child.pid for child in own}.union(*(exchange.address_pids for exchange in scope.exchanges.values()))
            known = Baseline(before.threads - readers, before.processes - ours)
            problems += [f"leak: {leak}" for leak in self._leaks.leaks(known, [], scope.children.all)]
        scope.remove()
        return problems

    def end_suite(self, data: Any, result: Any) -> None:
        """The net under the suite teardown: if that did not run, the suite's world goes down here, and its problems are recorded."""
        try:
            problems = self.close_suite()
        except WorldError as error:
            problems = [str(error)]
        if problems:
            from robot.api import logger  # noqa: PLC0415 - the world also works without robot

            for problem in problems:
                logger.error(f"after suite {result.full_name}: {problem}")
            record = {"suite": result.full_name, "source": str(data.source or ""), "problems": problems}
            progress.append_line(self._session.results_directory / "problems.jsonl", record)

    def close(self) -> None:
        """The end of the robot process."""
        self._session.close()

    # ---- redaction ----

    def log_message(self, message: Any) -> None:
        """Messages of all libraries, RequestsLibrary's headers too."""
        clean = redact(message.message)
        if clean != message.message:
            message.message = clean

    def end_keyword(self, data: Any, result: Any) -> None:
        """Arguments are written when a keyword ends."""
        result.args = tuple(redact(argument) if isinstance(argument, str) else argument for argument in result.args)
        if result.message:
            result.message = redact(result.message)
        if result.failed:
            self._failed_steps.add(data, result)


def _guarded(what: str, step: Callable[[], list[str]]) -> list[str]:
    """The problems a step found; its own failure is one more, and hinders no later step."""
    try:
        return step()
    except Exception as error:  # noqa: BLE001 - one more problem of the test; the steps behind it must still run
        return [f"{what}: {type(error).__name__}: {error}"]


def with_closing(name: str, args: tuple[Any, ...]) -> tuple[str, tuple[Any, ...]]:
    """A suite teardown (keyword and arguments, "" if none) that closes the suite's world last; one that does already stays."""
    if name.upper() in ("", "NONE"):
        return SUITE_TEARDOWN, ()
    if name == SUITE_TEARDOWN or args[-1:] == (SUITE_TEARDOWN,):
        return name, args
    if name.lower().replace("_", " ").removeprefix("builtin.") == "run keywords":
        return name, (*args, *(["AND"] if "AND" in args else []), SUITE_TEARDOWN)
    return "Run Keywords", (name, *args, "AND", SUITE_TEARDOWN)


def _conclude(result: Any, problems: list[str]) -> None:
    """Problems are red, beside what the test itself said."""
    if problems:
        said = [result.message] if result.message else []
        result.status = "FAIL"
        result.message = redact("\n\n".join([*said, *problems]))

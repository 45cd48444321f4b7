"""Audit, evidence and redaction for every test; imported by every resource through `resources/evidence.resource`."""

from __future__ import annotations

import _bootstrap  # noqa: F401 - first: puts the repository on sys.path

import shlex
from datetime import timedelta

from robot.api.deco import library
from robotlibcore import DynamicCore

from libraries.evidence.audit import Auditor
from libraries.evidence.keywords import EvidenceKeywords
from libraries.evidence.listener import EvidenceListener
from libraries.world.session import session


@library(scope="GLOBAL", version="1.0.0", doc_format="MARKDOWN")
class EvidenceLibrary(DynamicCore):
    """What happens after every test, without a keyword in the suite.

    1. A process that died although no keyword announced it makes the test red.
    2. The audit: order sources are stopped, the venue's ledger and the engine's journal are cut at one moment in which nothing is in
       flight, and an independent program compares them (invariants I01 to I22, I25). A violation, a crash or an overrun of the auditor, or
       a missing witness is red. The test's metadata says `Audit: held 17, not exercised 5, violated 0`.
    3. A red test gets its evidence into `log.html`, and its world is kept, packed, in `results/worlds/`.
    4. The world goes down: the engine is killed (its state was audited; graceful stops have tests of their own), and what is left behind
       (processes, threads, ports, files) makes the test red.

    What a test measured and did to its world is written down for the run's summary (docs/summary.md).

    Secrets are removed from all log messages, keyword arguments and test messages, also from those of other libraries.

    A test carries requirement ids as tags (`AC1.2`, `P1`, `R6`); an unknown id, or none at all, is red. Tests with the tag
    `exclusive` have the machine to themselves; those with the tag `campaign` are skipped unless the run asks for campaigns
    (`--include campaign`, or `--variable CAMPAIGN:yes`).
    """

    def __init__(self, *, auditor: str | None = None, audit_timeout: timedelta = timedelta(seconds=20)):
        """Suites import this library without arguments.

        Args:
            auditor: another command in place of the auditor; for the tests of this library only.
            audit_timeout: the longest the auditor may take.
        """
        command = tuple(shlex.split(auditor or ""))
        listener = EvidenceListener(session, Auditor(command, audit_timeout.total_seconds()))
        super().__init__([EvidenceKeywords(session, listener), listener])

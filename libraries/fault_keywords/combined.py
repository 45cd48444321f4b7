"""Several faults at once, under load, in rounds of their own."""

from __future__ import annotations

from robot.api import logger
from robot.api.deco import keyword

from libraries.campaign.faults.figures import count
from libraries.campaign.faults.house import Shared
from libraries.campaign.faults.kinds import NATURES, Fault
from libraries.campaign.faults.plan import Round, round_of
from libraries.campaign.faults.rounds import Outcome, survive
from libraries.common.component import Component
from libraries.common.errors import WrongArgument, refuse_unknown
from libraries.world.session import session


class CombinedFaultKeywords(Component):
    """Each round has a venue, a database, engines and an audit of its own; `inv campaign --faults N` plays many of them by the dice."""

    @keyword
    def the_engine_survives_together(self, *faults: str, seed: int = 1) -> float:
        """A new engine trades under load, these faults overlap, all of them heal, and it must trade again, come to rest and be right. Every
        fault must have taken effect; where something takes over by itself (another address, a standby engine, another database node), or
        nothing may stop (etcd gone), orders must have been filled before the healing.

        Args:
            faults: One or more of the classes that docs/failover.md lists, such as `half-open connections`, `engine killed`.
            seed: Of their moments and numbers.

        Returns:
            Seconds from the healing to the first order that was filled.

        Raises:
            WrongArgument: no fault, no such class, or two that cannot be had together.
            AssertionError: the round was not survived; with everything that is wrong.

        Example:
            ```robotframework
            The Engine Survives Together    half-open connections    engine killed    seed=7
            ```
        """
        plan = _plan(faults, seed)
        directory = session.directory / f"round-{seed}"
        directory.mkdir()
        shared = Shared(directory / "databases")
        try:
            outcome = survive(plan, shared, session.engine_root, directory)
        finally:
            shared.close()
        self.note("faults together", faults=list(faults), seed=seed)
        figures = count([outcome], [plan], seed)
        logger.info(figures.text())
        wrong = not_shown(plan, outcome) + figures.failures
        if wrong or outcome.heal_s is None:
            raise AssertionError("\n".join(wrong))
        return outcome.heal_s[0]


def not_shown(plan: Round, outcome: Outcome) -> list[str]:
    """As sentences: what a round of these faults claims and this one has not shown."""
    missed = sorted(str(fault) for fault in plan.classes if not outcome.injected.get(str(fault)))
    found = [f"every fault should have taken effect, these did not: {', '.join(missed)}"] if missed else []
    found += [
        f"{fault}: {NATURES[fault].wish} before the healing, no order was filled until then"
        for fault in sorted(plan.classes)
        if NATURES[fault].by_itself and str(fault) not in outcome.from_fault
    ]
    return [*found, *(f"on a machine that is busy with other things nothing is decided: {text}" for text in outcome.undecided)]


def _plan(names: tuple[str, ...], seed: int) -> Round:
    known = [str(fault) for fault in Fault]
    for name in names:
        if name not in known:
            raise refuse_unknown("fault", name, known)
    try:
        return round_of([Fault(name) for name in names], seed)
    except ValueError as error:
        raise WrongArgument(str(error)) from None

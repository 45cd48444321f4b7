"""What a campaign leaves: figures on the console, `<name>.json` and `<name>.md` in the results, worlds of the rounds that failed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from libraries.campaign.figures import Figures
from libraries.campaign.workers import Workers
from libraries.common.kept import tell_and_keep

MOST_SHOWN = 30


@dataclass
class Report:
    """`failed`: numbers of the rounds that failed; `command` repeats the campaign, with ` --only N` behind it one round."""

    name: str
    figures: Figures
    schedule: Sequence[Any]
    rounds: Sequence[dict[str, Any]]
    command: str
    worlds: Path
    failed: Sequence[int] = ()
    interrupted: str = ""

    @classmethod
    def of(cls, name: str, figures: Figures, schedule: Sequence[Any], workers: Workers[Any, Any], *, command: str, worlds: Path) -> Report:
        """Of what workers played. One that broke fails the campaign: what it did not tell is not known."""
        outcomes = sorted(workers.outcomes, key=lambda one: one.number)
        rounds = [{**asdict(one), "invariants": {}} for one in outcomes]
        failed = [one.number for one in outcomes if one.failures]
        whole = Figures(figures.rows, [*workers.broke, *figures.failures])
        played = f"{len(rounds)} of {len(schedule)} rounds were played"
        interrupted = f"interrupted: {played}" if workers.interrupted else f"a worker broke: {played}" if workers.broke else ""
        return cls(name, whole, schedule, rounds, command, worlds, failed, interrupted)

    def tell_and_keep(self, results: Path) -> None:
        """On the console, and the files."""
        content: dict[str, Any] = {"figures": self.figures.rows, "failures": self.figures.failures, "interrupted": self.interrupted}
        content |= {"schedule": [asdict(one) for one in self.schedule], "rounds": list(self.rounds)}
        tell_and_keep(results, self.name, "\n".join([self.figures.text(), *self._ends()]), content)

    def _ends(self) -> list[str]:
        lines = [f"FAILED {failure}" for failure in self.figures.failures[:MOST_SHOWN]]
        lines += [f"repeat round {n} (its world: {self.worlds}/round-{n}) with: {self.command} --only {n}" for n in self.failed]
        return [*lines, self.interrupted] if self.interrupted else lines

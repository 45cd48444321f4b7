"""What a campaign leaves: figures on the console, `<name>.json` and `<name>.md` in the results, worlds of the rounds that failed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from libraries.campaign.figures import Figures
from libraries.campaign.workers import Workers

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

    def write(self, results: Path) -> None:
        """The files."""
        results.mkdir(parents=True, exist_ok=True)
        content: dict[str, Any] = {"figures": self.figures.rows, "failures": self.figures.failures, "interrupted": self.interrupted}
        content |= {"schedule": [asdict(one) for one in self.schedule], "rounds": list(self.rounds)}
        (results / f"{self.name}.json").write_text(json.dumps(content, indent=1, default=_plain) + "\n", "utf-8")
        (results / f"{self.name}.md").write_text(f"{self.figures.text()}\n" + "".join(f"{line}\n" for line in self._ends()), "utf-8")

    def show(self) -> None:
        """On the console."""
        print(self.figures.text())
        for line in self._ends():
            print(line)

    def _ends(self) -> list[str]:
        lines = [f"FAILED {failure}" for failure in self.figures.failures[:MOST_SHOWN]]
        lines += [f"repeat round {n} (its world: {self.worlds}/round-{n}) with: {self.command} --only {n}" for n in self.failed]
        return [*lines, self.interrupted] if self.interrupted else lines


def _plain(value: object) -> object:
    """What JSON has no word for."""
    return sorted(value) if isinstance(value, set) else str(value)

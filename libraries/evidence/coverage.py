"""Branch coverage of the engine over everything that ran its code: pytest, the suites, and every engine process they started.

    python -m libraries.evidence.coverage begin --directory results/coverage     writes the configuration, prints its path
    python -m libraries.evidence.coverage report --directory results/coverage    combines, reports, judges

Whatever runs in between with COVERAGE_PROCESS_START set to that path is measured; a process that is killed (SIGKILL) leaves nothing.
What decides about money must be covered whole: each line, each branch. Exit codes: 0 so, 1 not, 2 command line or nothing measured.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec
from coverage import Coverage
from coverage.exceptions import NoDataError

ROOT = Path(__file__).resolve().parents[2]
MONEY = (
    "genesis/core/day.py",
    "genesis/core/halts.py",
    "genesis/core/money.py",
    "genesis/core/order_state_machine.py",
    "genesis/core/portfolio.py",
    "genesis/core/shares.py",
    "genesis/engine/booking.py",
    "genesis/engine/closing.py",
    "genesis/engine/conflicts.py",
    "genesis/engine/day_loss.py",
    "genesis/engine/deleveraging.py",
    "genesis/engine/emergency.py",
    "genesis/engine/executors/",
    "genesis/engine/exposure.py",
    "genesis/engine/flash_crash.py",
    "genesis/engine/halts.py",
    "genesis/engine/kill_switch.py",
    "genesis/engine/ladder.py",
    "genesis/engine/legging.py",
    "genesis/engine/limits.py",
    "genesis/engine/orders.py",
    "genesis/engine/override.py",
    "genesis/engine/parents.py",
    "genesis/engine/protection.py",
    "genesis/engine/rate_limits.py",
    "genesis/engine/resting_stops.py",
    "genesis/engine/risk_engine.py",
    "genesis/engine/signals.py",
    "genesis/engine/standing.py",
    "genesis/engine/state_machine.py",
    "genesis/engine/tally.py",
    "genesis/engine/valuation.py",
    "genesis/engine/venue_rules.py",
    "genesis/engine/worth.py",
)
"""What decides about money: risk engine, state machines, portfolio, protection, and the executors' paths. A folder ends in "/"."""
_CONFIGURATION = """[run]
branch = true
parallel = true
data_file = {data}
source = {source}

[report]
exclude_also =
    if TYPE_CHECKING:
"""


class _Summary(msgspec.Struct):
    num_statements: int
    num_branches: int
    covered_lines: int
    covered_branches: int


class _File(msgspec.Struct):
    summary: _Summary
    missing_lines: list[int]
    missing_branches: list[tuple[int, int]]

    def gaps(self) -> str:
        """Lines and branches ("from->to") that nothing ran."""
        branches = [f"{start}->{end if end > 0 else 'exit'}" for start, end in self.missing_branches]
        return ", ".join([*map(str, self.missing_lines), *branches])


class _Report(msgspec.Struct):
    files: dict[str, _File]


class Measured(msgspec.Struct, frozen=True):
    """Of some files: lines and branches covered, in per cent; what nothing ran, by file."""

    percent: float
    files: int
    lacking: dict[str, str]


def figures_of(report_json: Path) -> tuple[Measured, Measured]:
    """Of all files of the engine, and of those that decide about money, from what `report` wrote.

    Raises:
        msgspec.DecodeError: it is no report.
    """
    everything, decisive = _parts(report_json)
    return _measured(everything), _measured(decisive)


def _parts(report_json: Path) -> tuple[dict[str, _File], dict[str, _File]]:
    files = msgspec.json.decode(report_json.read_bytes(), type=_Report).files
    everything = {_relative(name): found for name, found in files.items()}
    return everything, {name: found for name, found in everything.items() if name.startswith(MONEY)}


def _measured(files: dict[str, _File]) -> Measured:
    summaries = [found.summary for found in files.values()]
    of = sum(summary.num_statements + summary.num_branches for summary in summaries)
    covered = sum(summary.covered_lines + summary.covered_branches for summary in summaries)
    return Measured(100 * covered / max(of, 1), len(files), {name: gaps for name, found in files.items() if (gaps := found.gaps())})


def begin(directory: Path) -> Path:
    """Write the configuration of a measurement whose data lies in `directory` (emptied); its absolute path."""
    directory.mkdir(parents=True, exist_ok=True)
    for old in directory.glob("data*"):
        old.unlink()
    path = directory.resolve() / "coverage.ini"
    path.write_text(_CONFIGURATION.format(data=path.parent / "data", source=ROOT / "genesis"), "utf-8")
    return path


def report(directory: Path) -> int:
    """Combine what was measured, write index.html, coverage.json and coverage.md, print what is not covered; the exit code.

    Raises:
        NoDataError: nothing was measured.
    """
    measured = Coverage(config_file=str(directory / "coverage.ini"))
    measured.combine()
    measured.html_report(directory=str(directory), title="Genesis: branch coverage of the engine")
    measured.json_report(outfile=str(directory / "coverage.json"), pretty_print=False)
    everything, decisive = _parts(directory / "coverage.json")
    money = _measured(decisive)
    table = _table(_measured(everything), money)
    (directory / "coverage.md").write_text(table, "utf-8")
    print(table)
    return int(bool(money.lacking) or not all(any(name.startswith(wanted) for name in decisive) for wanted in MONEY))


def _relative(name: str) -> str:
    path = Path(name)
    return (path.relative_to(ROOT) if path.is_absolute() else path).as_posix()


def _table(everything: Measured, money: Measured) -> str:
    lines = ["| part of the engine | lines and branches covered |", "|---|---|"]
    for title, found in (("what decides about money (100 % required)", money), ("everything", everything)):
        lines.append(f"| {title}: {found.files} files | {found.percent:.2f} % |")
    lines += [f"| {name} | not covered: {gaps} |" for name, gaps in sorted(money.lacking.items())]
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """See above."""
    parser = argparse.ArgumentParser(prog="python -m libraries.evidence.coverage", description="Branch coverage of the engine.")
    parser.add_argument("what", choices=("begin", "report"))
    parser.add_argument("--directory", type=Path, required=True)
    options = parser.parse_args(arguments)
    if options.what == "begin":
        print(begin(options.directory))
        return 0
    try:
        return report(options.directory)
    except NoDataError as error:
        print(f"{error}: run something with COVERAGE_PROCESS_START={options.directory.resolve() / 'coverage.ini'} first", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())

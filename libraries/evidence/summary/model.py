"""What a summary says, as plain values: metrics.json is this, summary.html and summary.md show it."""

from __future__ import annotations

from enum import Enum

import msgspec

from libraries.evidence.figures import Figure

SCHEMA = 1
"""Version of metrics.json: raised when a name changes its meaning or goes away, not when one is added (docs/summary.md)."""


class Verdict(Enum):
    """Of the run."""

    RELEASE = "release"
    DO_NOT = "do not release"
    UNDECIDED = "not decided"


class Standing(Enum):
    """Of a requirement."""

    FAILED = "failed"
    PROVEN = "proven"
    """Its tests passed, and one that carries it has been seen red with the rule broken."""
    CLAIMED = "claimed"
    """Its tests passed; none has been seen red with the rule broken."""
    SKIPPED = "skipped"
    CAMPAIGN = "only campaign"
    """Only campaigns, which this run leaves out, test it."""
    ELSEWHERE = "not in this run"
    """Tests of the suites carry it, this run chose none of them."""
    UNMAPPED = "unmapped"


class Test(msgspec.Struct, frozen=True, kw_only=True):
    """One test of the run. `message`: first line; `link`: into log.html; `repeat`: the one command that runs it again."""

    name: str
    suite: str
    source: str
    status: str
    ids: tuple[str, ...]
    message: str
    seconds: float
    link: str
    repeat: str

    @property
    def key(self) -> tuple[str, str]:
        """File (from `suites/` on) and name: what stays the same from run to run."""
        return self.source, self.name


class Requirement(msgspec.Struct, frozen=True, kw_only=True):
    """One id, the tests of this run that carry it, and how it stands. `audits`: in how many tests' audits an invariant had objects;
    `survived`: when the campaign was made that lies in this directory and was green, of a crash point at which it let engines die."""

    id: str
    family: str
    text: str
    standing: Standing
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    campaigns: int = 0
    tests: list[Test] = []
    proofs: list[str] = []
    audits: int = 0
    objects: int = 0
    violated: int = 0
    survived: str = ""


class Area(msgspec.Struct, frozen=True, kw_only=True):
    """One of the ten acceptance areas. `tests`: failed first."""

    id: str
    text: str
    status: str
    criteria: list[Requirement]
    tests: list[Test]
    passed: int
    failed: int
    skipped: int


class Gaps(msgspec.Struct, frozen=True, kw_only=True):
    """What keeps a run without red tests from being a release, by requirement id (skipped: by test)."""

    unmapped: list[str] = []
    only_campaign: list[str] = []
    skipped_ids: list[str] = []
    skipped_tests: list[Test] = []
    claimed: list[str] = []
    not_in_this_run: list[str] = []

    @property
    def any(self) -> bool:
        return any(getattr(self, name) for name in self.__struct_fields__)


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """What the recorded run with broken rules says. `absent`: why there is none."""

    absent: str = ""
    commit: str = ""
    date: str = ""
    patches: int = 0
    noticed: int = 0
    survivors: list[str] = []
    stale: list[str] = []

    @property
    def rate(self) -> float:
        """Share of the patches that turned a test red."""
        return self.noticed / self.patches if self.patches else 0.0


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the performance table. `reached` None: not measured, `source` says what would measure it."""

    id: str
    what: str
    unit: str
    required: float
    goal: float | None
    more: bool
    reached: float | None
    factor: float | None
    source: str
    context: str = ""
    histogram: list[tuple[float, int]] = []

    @property
    def state(self) -> str:
        if self.factor is None:
            return "not measured in this run"
        return "met" if self.factor >= 1 else "missed"


class Times(msgspec.Struct, frozen=True, kw_only=True):
    """Durations in seconds."""

    count: int
    p50_s: float | None
    max_s: float | None


class Happened(msgspec.Struct, frozen=True, kw_only=True):
    """What was done to the worlds of all tests, and what came of it. `recorded`: tests that told; 0 = the run left no record."""

    recorded: int = 0
    faults: dict[str, dict[str, int]] = {}
    kills: int = 0
    failovers: dict[str, int] = {}
    recoveries: Times
    acknowledged: int = 0
    refused: int = 0
    indeterminate: int = 0
    lost: int = 0
    phantom: int = 0
    duplicate: int = 0


class Campaign(msgspec.Struct, frozen=True, kw_only=True):
    """A campaign's or benchmark's table that lies in the results directory. `made`: when its file was written; `points`: crash points at
    which something happened."""

    name: str
    made: str
    rows: list[tuple[str, str]]
    failures: list[str]
    points: list[str] = []


class Secrets(msgspec.Struct, frozen=True, kw_only=True):
    """What the search for secrets found in what the run left. `absent`: why there is none; `canaries`: secrets that tests were given."""

    absent: str = ""
    files: int = 0
    canaries: int = 0
    leaks: list[str] = []
    unread: list[str] = []


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """Lines and branches of the engine, in per cent. `absent`: why there is none."""

    absent: str = ""
    made: str = ""
    everything: float | None = None
    money: float | None = None
    files: int = 0
    money_files: int = 0
    lacking: list[tuple[str, str]] = []


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """Where and of what the run was made."""

    started: str
    seconds: float
    wall_seconds: float | None
    commit: str
    dirty: bool | None
    noted: bool
    """Whether the run noted its own commit; else it is the checkout's as it is now."""
    command: str
    seed: str
    python: str
    platform: str
    cores: int
    packages: list[tuple[str, str]]


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """All of it."""

    schema: int = SCHEMA
    verdict: Verdict
    reasons: list[str]
    tests: int
    passed: int
    failed: int
    skipped: int
    red: list[Test]
    gaps: Gaps
    areas: list[Area]
    requirements: list[Requirement]
    proof: Proof
    limits: list[Limit]
    figures: list[Figure]
    happened: Happened
    campaigns: list[Campaign]
    coverage: Coverage
    secrets: Secrets
    surroundings: Surroundings

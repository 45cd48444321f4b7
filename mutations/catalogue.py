"""The catalogue of an area: `mutations/NAME.yaml`, a list of mutations.

A mutation names its rule, what it does to it, one text of one file that is replaced (or another engine that takes the place of ours),
and who should notice: `tests`, pytest selections (`tests/...`), the quickest first, for `inv mutate`; and `suites`, Robot tests by their
exact names (`suites/risk/limits.robot::R4 The Third ...`), for `inv sabotage`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

ROOT = Path(__file__).resolve().parents[1]


class CatalogueError(Exception):
    """A catalogue that cannot be used: says which entry, what was expected and what came."""


class RobotTest(msgspec.Struct, frozen=True, order=True):
    """One test of a suite, by its exact name."""

    suite: str
    test: str

    @classmethod
    def named(cls, selection: str) -> RobotTest:
        suite, _, test = selection.partition("::")
        return cls(suite, test)


class Mutation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One way in which a rule is disabled. `rule`: its id; several, with spaces between, where the same duty has several names."""

    rule: str
    what: str
    file: str = ""
    find: str = ""
    replace: str = ""
    tests: tuple[str, ...] = ()
    suites: tuple[str, ...] = ()
    engine: str = ""
    """A directory that holds another `genesis`, which is put under test (ENGINE_ROOT) in place of a patch."""

    @property
    def title(self) -> str:
        return f"{self.rule}: {self.what}"

    @property
    def patch(self) -> str:
        """Its short name, as a file may bear it."""
        return re.sub(r"[^a-z0-9]+", "-", f"{self.rules[0]} {self.what}".lower()).strip("-")

    @property
    def rules(self) -> tuple[str, ...]:
        return tuple(self.rule.split())

    @property
    def robot_tests(self) -> tuple[RobotTest, ...]:
        return tuple(RobotTest.named(selection) for selection in self.suites)

    def applied(self, root: Path) -> str:
        """The text of the file with the rule disabled.

        Raises:
            CatalogueError: the text to replace is not there exactly once, so the entry is older than the code.
        """
        source = (root / self.file).read_text("utf-8")
        number = source.count(self.find)
        if number != 1:
            raise CatalogueError(
                f"{self.title}: expected {self.find!r} once in {self.file}, found it {number} times; bring the entry up to date"
            )
        return source.replace(self.find, self.replace)


def areas() -> tuple[str, ...]:
    """The names of all catalogues."""
    return tuple(sorted(path.stem for path in (ROOT / "mutations").glob("*.yaml")))


def load(name: str) -> tuple[Mutation, ...]:
    """The mutations of `mutations/NAME.yaml`.

    Raises:
        CatalogueError: no such catalogue, or an entry with a field missing, unknown or of a wrong type.
    """
    path = ROOT / "mutations" / f"{name}.yaml"
    try:
        return msgspec.yaml.decode(path.read_bytes(), type=tuple[Mutation, ...])
    except FileNotFoundError:
        raise CatalogueError(f"expected one of the catalogues {', '.join(areas())}, got {name!r}") from None
    except msgspec.ValidationError as error:
        raise CatalogueError(f"{path.name}: {error}") from None


def chosen(mutations: Iterable[Mutation], rules: Sequence[str]) -> list[Mutation]:
    """Those of these rules; all if no rule is named.

    Raises:
        CatalogueError: there are none.
    """
    every = list(mutations)
    found = [mutation for mutation in every if not rules or set(mutation.rules) & set(rules)]
    if not found:
        known = ", ".join(dict.fromkeys(rule for mutation in every for rule in mutation.rules))
        raise CatalogueError(f"--rule: expected one of {known}, got {', '.join(rules)}")
    return found

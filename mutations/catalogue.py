"""The catalogue of a folder of rules: `mutations/NAME.yaml`, a list of mutations.

A mutation names its rule, what it does to it, one text of one file that is replaced, and the tests that should notice: pytest
selections (`tests/...`) and suites (`suites/...`), the quickest first.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

ROOT = Path(__file__).resolve().parents[1]


class CatalogueError(Exception):
    """A catalogue that cannot be used: says which entry, what was expected and what came."""


class Mutation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One way in which one rule is disabled."""

    rule: str
    what: str
    file: str
    find: str
    replace: str
    tests: tuple[str, ...]

    @property
    def title(self) -> str:
        return f"{self.rule}: {self.what}"

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


def load(name: str) -> tuple[Mutation, ...]:
    """The mutations of `mutations/NAME.yaml`.

    Raises:
        CatalogueError: no such catalogue, or an entry with a field missing, unknown or of a wrong type.
    """
    path = ROOT / "mutations" / f"{name}.yaml"
    try:
        return msgspec.yaml.decode(path.read_bytes(), type=tuple[Mutation, ...])
    except FileNotFoundError:
        known = ", ".join(sorted(found.stem for found in path.parent.glob("*.yaml")))
        raise CatalogueError(f"expected one of the catalogues {known}, got {name!r}") from None
    except msgspec.ValidationError as error:
        raise CatalogueError(f"{path.name}: {error}") from None

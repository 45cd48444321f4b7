"""Damage to the archives of closed days, and a backup that heals it. The state and all that came later do not need them."""

from __future__ import annotations

from pathlib import Path

from robot.api.deco import keyword

from libraries.common.component import Component
from libraries.common.errors import WrongArgument
from libraries.common.types import NOT_GIVEN
from libraries.world.engine import Engine


class ArchiveKeywords(Component):
    """Archives lie beside the database, in `<database>.archive`; what an archive held before it was damaged is kept for the test's end."""

    def __init__(self) -> None:
        super().__init__()
        self._whole: dict[Path, bytes] = {}

    @keyword
    def flip_a_byte_in_an_archive(self, *, number: int = 1, engine: str = NOT_GIVEN) -> str:
        """Change one byte in the middle of an archive, as a dying disk does.

        Args:
            number: Which archive, from 1 on, the oldest first.
            engine: Alias; default: the first engine.

        Returns:
            The archive's file name.

        Raises:
            WrongArgument: there are not so many archives.

        Example:
            ```robotframework
            Stop The Engine
            Flip A Byte In An Archive
            The Journal Is Not Intact    0001-1-
            ```
        """
        path = self._archive(self.engine(engine), number)
        content = path.read_bytes()
        self._whole.setdefault(path, content)
        middle = len(content) // 2
        path.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
        self.note("byte of an archive flipped", file=path.name, offset=middle)
        return path.name

    @keyword
    def bring_the_archive_back(self, *, number: int = 1, engine: str = NOT_GIVEN) -> None:
        """Put the archive back as it was before it was damaged, as an operator does from a backup.

        Args:
            number: Which archive, from 1 on, the oldest first.
            engine: Alias; default: the first engine.

        Raises:
            WrongArgument: there are not so many archives, or it was not damaged.

        Example:
            ```robotframework
            Flip A Byte In An Archive
            Bring The Archive Back
            ```
        """
        path = self._archive(self.engine(engine), number)
        if path not in self._whole:
            raise WrongArgument(f"{path.name} was not damaged; damage it first (keyword: Flip A Byte In An Archive)")
        path.write_bytes(self._whole.pop(path))
        self.note("archive brought back", file=path.name)

    def _archive(self, engine: Engine, number: int) -> Path:
        directory = engine.database_path.with_name(engine.database_path.name + ".archive")
        found = sorted(directory.glob("*.jsonl.gz"), key=lambda path: int(path.name.partition("-")[0]))
        if not 1 <= number <= len(found):
            raise WrongArgument(f"expected archive {number}, got {len(found)} in {directory.name}: they come when days are closed")
        return found[number - 1]

"""docs/keywords/: a page for every library and resource, from the keywords' own documentation and from the suites that use them.

Written by `python -m libraries.common.vocabulary`, with the vocabulary. Libdoc's HTML of the same: `inv docs`.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from robot.libdoc import LibraryDocumentation

from libraries.common.uses import Use, same, uses

ROOT = Path(__file__).resolve().parents[2]
TARGET = Path("docs/keywords")
HEAD = "Written by `python -m libraries.common.vocabulary`; do not edit by hand."
INDEX = f"""# Keywords

{HEAD} One line for each: [vocabulary](../vocabulary.md). How they make a suite: [writing suites](../writing-suites.md).

What holds for all of them:

- An argument that cannot be read (an unknown side, `${{0.1}}` as a price) is told with what was expected and what came; nothing is done.
- `WrongArgument` tells of a mistake in the suite (no venue is open, no such order); it is raised at once, never asked again.
- `AssertionError` tells that the world is not as the test says. A getter with an operator and an expected value asks until its `timeout`
  and then says what was expected, what it saw last, how often it asked and for how long.
- Times are texts such as `500ms`, `2s`, `5 minutes`; amounts are plain decimal texts in the asset that the argument names.
- The examples pass a dry run in every `inv test`. The test named under *Runs in* executes the keyword: in every acceptance run, or in a
  campaign where it says so, or in `inv docs-test` where it stands in a document.
"""


def sources(root: Path) -> list[Path]:
    """Libraries, then resources; those that define no keyword are left out."""
    return [*sorted((root / "libraries").glob("*Library.py")), *sorted((root / "resources").glob("*.resource"))]


def pages(root: Path) -> dict[Path, str]:
    """Every page of the reference by its path, the index first."""
    used = uses(root)
    found: dict[Path, str] = {}
    rows = ["| page | keywords | about |", "|---|---|---|"]
    for source in sources(root):
        documentation = LibraryDocumentation(str(source))
        keywords = public(documentation)
        if keywords:
            page = TARGET / f"{source.stem}.md"
            found[page] = _page(source.relative_to(root), documentation, keywords, used)
            rows.append(f"| [{source.stem}]({page.name}) | {len(keywords)} | {_sentence(documentation.doc)} |")
    return {TARGET / "README.md": INDEX + "\n" + "\n".join(rows) + "\n", **found}


def public(documentation: Any) -> list[Any]:
    """What suites may say."""
    return [keyword for keyword in documentation.keywords if not keyword.private]


def write(root: Path) -> int:
    """Write all pages, take away those of libraries that are gone; how many there are."""
    made = pages(root)
    (root / TARGET).mkdir(parents=True, exist_ok=True)
    for old in (root / TARGET).glob("*.md"):
        if old.relative_to(root) not in made:
            old.unlink()
    for path, text in made.items():
        (root / path).write_text(text, encoding="utf-8")
    return len(made)


def _page(source: Path, documentation: Any, keywords: list[Any], used: dict[str, list[Use]]) -> str:
    parts = [f"# {source.stem}", "", f"{HEAD} Source: [{source}](../../{source}).", "", _plain(documentation.doc).strip(), ""]
    for keyword in keywords:
        parts += [f"## {keyword.name}", "", *_keyword(keyword, used.get(same(keyword.name), []))]
    return "\n".join(parts).rstrip() + "\n"


def _keyword(keyword: Any, known: list[Use]) -> Iterator[str]:
    text, example = split_example(keyword.doc)
    yield from (_plain(text), "")
    arguments = [argument for argument in keyword.args if argument.name]
    if arguments:
        yield from ("| argument | type | default | meaning |", "|---|---|---|---|")
        for argument in arguments:
            yield f"| {_name(argument)} | {_cell(str(argument.type))} | {_default(argument)} | {_cell(argument.doc)} |"
        yield ""
    if keyword.args.return_doc:
        yield from (f"Returns: {_line(keyword.args.return_doc)}", "")
    for error, why in (keyword.args.raises or {}).items():
        yield from (f"Raises `{error}`: {_line(why)}", "")
    example = example or (known[0].step if known else "")
    if example:
        yield from ("```robot", example, "```", "")
    if known:
        yield from (_where(known[0]), "")


def split_example(text: str) -> tuple[str, str]:
    """Documentation without its Example section, and the example's lines."""
    found = re.search(r"\n*^(?:Example:\n)?[ \t]*```robotframework\n(.*?)```", text, re.DOTALL | re.MULTILINE)
    if found is None:
        return text.strip(), ""
    return (text[: found.start()] + text[found.end() :]).strip(), textwrap.dedent(found[1]).strip()


def _where(use: Use) -> str:
    link = f"[{use.file}](../../{use.file})"
    inside = f"*{use.inside}* in " if use.inside else "the settings of "
    return f"{'Said by' if use.in_phrase else 'Runs in'} {inside}{link}{' (campaign)' if use.campaign else ''}."


def _name(argument: Any) -> str:
    star = {"VAR_POSITIONAL": "*", "VAR_NAMED": "**"}.get(argument.kind, "")
    return f"`{star}{argument.name}`" + ("=" if argument.kind == "NAMED_ONLY" else "")


def _default(argument: Any) -> str:
    if argument.required or argument.kind in ("VAR_POSITIONAL", "VAR_NAMED"):
        return ""
    shown = _line(argument.default_repr).replace(f"{ROOT}/", "")  # a file of the project, wherever this checkout lies
    return f"`{shown}`" if shown not in ("", "None") else ""


def _plain(text: str) -> str:
    """Links of Libdoc to a keyword are its name; a heading of a library's text is below that of its page."""
    return re.sub(r"^#+ ", "### ", text, flags=re.MULTILINE).strip()


def _cell(text: str) -> str:
    return _line(text).replace("|", "\\|")


def _line(text: str) -> str:
    return re.sub(r"\s+", " ", text or "").strip()


def _sentence(text: str) -> str:
    return _cell(text.strip().split("\n\n")[0])

"""`python -m libraries.common.vocabulary`: writes docs/vocabulary.md, one line for every phrase, and the pages of docs/keywords/.

All of it comes from the keywords' own documentation and from the suites that use them.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from libraries.common import reference

REPOSITORY = Path(__file__).resolve().parents[2]
TARGET = REPOSITORY / "docs" / "vocabulary.md"
SOURCES = (
    ("Phrases of `resources/trading.resource`", "resources/trading.resource"),
    ("The venue (ExchangeLibrary)", "libraries/ExchangeLibrary.py"),
    ("The engine (EngineLibrary)", "libraries/EngineLibrary.py"),
    ("The market as others see it (MarketDataLibrary)", "libraries/MarketDataLibrary.py"),
    ("The books (LedgerLibrary)", "libraries/LedgerLibrary.py"),
    ("Public clients (ClientLibrary)", "libraries/ClientLibrary.py"),
    ("What goes wrong (FaultLibrary)", "libraries/FaultLibrary.py"),
    ("Audit and evidence (EvidenceLibrary)", "libraries/EvidenceLibrary.py"),
    ("Market data, `resources/market_data.resource`", "resources/market_data.resource"),
    ("Load (LoadLibrary)", "libraries/LoadLibrary.py"),
    ("Load, `resources/load.resource`", "resources/load.resource"),
    ("Strategies (StrategyLibrary)", "libraries/StrategyLibrary.py"),
    ("Strategies, `resources/strategies.resource`", "resources/strategies.resource"),
    ("Emergencies, `resources/emergencies.resource`", "resources/emergencies.resource"),
    ("Recovery, `resources/recovery.resource`", "resources/recovery.resource"),
    ("Shutdown, `resources/shutdown.resource`", "resources/shutdown.resource"),
    ("Backtests, `resources/backtests.resource`", "resources/backtests.resource"),
    ("Requests that a suite writes itself, `resources/raw_rest.resource`", "resources/raw_rest.resource"),
    ("Public clients on a quoted market, `resources/clients.resource`", "resources/clients.resource"),
)
INTRODUCTION = """# Vocabulary for QA engineers

Written by `python -m libraries.common.vocabulary` from the keywords' documentation; do not edit by hand.

- `Given`, `When`, `Then`, `And`, `But` may stand before every phrase.
- Amounts are plain decimal text: `0.5`, never `${0.5}`. `0.50` equals `0.5`.
- A getter is an assertion: `Get Position    BTCUSDT    ==    0.5    timeout=2s` asks again until it holds (5 s unless given).
  Numbers take `==  !=  <  <=  >  >=`, texts `==  !=  contains  not contains  starts  ends  matches`, states `==  !=`.
- *The order* is the one that was placed last; `order=${id}` names another one. `venue=` and `engine=` name another venue or engine.
- What is in brackets is optional; everything after the first `name=` is given by name.
"""


def main() -> int:
    """Write the page and the reference."""
    TARGET.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"wrote {TARGET.relative_to(REPOSITORY)} and {reference.write(REPOSITORY)} pages of {reference.TARGET}\n")
    return 0


def page() -> str:
    """The whole page as Markdown."""
    return "\n".join([INTRODUCTION, *(_section(title, REPOSITORY / source) for title, source in SOURCES)])


def _section(title: str, source: Path) -> str:
    from robot.libdoc import LibraryDocumentation  # noqa: PLC0415 - only this page needs it

    documentation = LibraryDocumentation(str(source))
    rows = [
        f"| {keyword.name} | {_arguments(keyword.args)} | {_sentence(keyword.doc)} |"
        for keyword in documentation.keywords
        if "robot:private" not in keyword.tags
    ]
    return "\n".join([f"## {title}", "", "| phrase | arguments | meaning |", "|---|---|---|", *rows, ""])


def _arguments(specification: object) -> str:
    """Names of arguments; optional ones in brackets."""
    shown = []
    for argument in specification:  # type: ignore[attr-defined]
        name = str(argument.name)
        if argument.kind == "VAR_POSITIONAL":
            shown.append(f"{name} ...")
        elif argument.kind == "VAR_NAMED":
            shown.append(f"[{name}=...]")
        elif argument.kind == "NAMED_ONLY":
            shown.append(f"{name}=" if argument.required else f"[{name}=]")
        elif argument.kind == "POSITIONAL_OR_NAMED":
            shown.append(name if argument.required else f"[{name}]")
    return f"`{'  '.join(shown)}`" if shown else ""


def _sentence(text: str) -> str:
    """The first paragraph in one line, safe inside a table."""
    first = text.strip().split("\n\n")[0].replace("\n", " ").replace("|", "\\|")
    return re.sub(r"\s+", " ", first)


if __name__ == "__main__":
    sys.exit(main())

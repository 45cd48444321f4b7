"""Tasks: `inv acceptance`, `inv test`, `inv lint`, `inv docs-test` and more. Each exits with a non-zero code when it fails."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

from invoke.context import Context
from invoke.exceptions import Exit
from invoke.tasks import task

from libraries.evidence import campaigns, ordering
from libraries.evidence.coverage import begin
from libraries.evidence.summary import surroundings
from libraries.world.locks import hold_output_directory

ROOT = Path(__file__).resolve().parent
BIN = Path(sys.executable).parent
WORKFLOWS = ROOT / ".github" / "workflows"
LEAST_PROCESSES = 3
REPORTS = (
    "output.xml",
    "log.html",
    "report.html",
    "summary.html",
    "summary.md",
    "metrics.json",
    "xunit.xml",
    "dashboard.html",
    "run.json",
    "secrets.json",
)
RECORDS = ("audit.jsonl", "figures.jsonl", "happenings.jsonl", "progress.jsonl", "problems.jsonl")
"""What the tests of a run write down, a line each."""


def _run(*command: str | Path) -> int:
    print("$", " ".join(str(part) for part in command), flush=True)
    return subprocess.run([str(part) for part in command], cwd=ROOT, check=False).returncode


def _require(name: str, code: int) -> None:
    if code:
        raise Exit(f"{name} failed with exit code {code}", code=1)


@task(
    help={
        "suites": "file or folder to run (default: all suites)",
        "results": "output directory; two runs at once need two",
        "include": "run only tests with this tag, e.g. AC1.2",
        "exclude": "leave out tests with this tag, too",
        "randomize": "shuffle the order: all, suites or tests, with an optional :SEED",
        "processes": "worker processes (default: one per core, at least three: suites wait more than they work)",
        "engine-root": "directory of another engine build to put under test",
        "shard": "this machine's part, e.g. 1/4; merge-shards makes one report of all (docs/many-machines.md)",
    }
)
def acceptance(  # noqa: PLR0917 - invoke knows no keyword-only options
    _context: Context,
    suites: str = "suites",
    results: str = "results",
    include: str = "",
    exclude: str = "",
    randomize: str = "",
    processes: int = 0,
    engine_root: str = "",
    shard: str = "",
) -> None:
    """Run the acceptance suites through pabot, longest first, check that every collected test was reported, and make the summary (of a
    shard: once all are merged).
    """
    started = time.monotonic()
    if randomize and ":" not in randomize:
        randomize += f":{time.time_ns() % 1_000_000}"  # so that the order can be had again
    chosen = {"suites": suites, "include": include, "exclude": exclude, "randomize": randomize, "engine_root": engine_root, "shard": shard}
    repeat = _as_typed(results=results, **chosen)
    left_out = [campaigns.TAG, *([exclude] if exclude else [])]
    selection = [*(word for tag in left_out for word in ("--exclude", tag)), *(["--include", include] if include else [])]
    command: list[str | Path] = [BIN / "pabot", "--pabotlibport", "0", "--pabotconsole", "dotted"]
    command += ["--command", sys.executable, "-m", "robot", "--end-command"]  # also where the environment is not activated
    command += ["--processes", str(processes or max(LEAST_PROCESSES, os.cpu_count() or 1))]
    command += ["--shard", shard] if shard else []
    command += ["--outputdir", results, *selection]
    command += ["--randomize", randomize] if randomize else []
    command += ["--variable", f"ENGINE_ROOT:{Path(engine_root).resolve()}"] if engine_root else []
    output = (ROOT / results).resolve()
    output.mkdir(parents=True, exist_ok=True)
    with hold_output_directory(output):
        _clear(output)
        order = None if shard or randomize else ordering.ordering(output, suites)  # machines with shards need the same list
        command += ["--ordering", order] if order else []
        noted = surroundings.note_run(output, repeat, randomize)
        pabot = _run(*command, suites)
        check = [sys.executable, "-m", "libraries.evidence.completeness", "--suites", suites, "--results", results, *selection]
        complete = 0 if shard else _run(*check)
        surroundings.note_run(output, repeat, randomize, time.monotonic() - started, noted)
        if not (shard or include or exclude):
            ordering.remember(output, suites)
        summary = _search_for_secrets(results) if shard else _summarise(results)
    print(f"report: {output / 'report.html'}   ({time.monotonic() - started:.0f} s)")
    if pabot or complete or summary:
        raise Exit(f"acceptance: not passed (pabot {pabot}, completeness {complete}, secrets and summary {summary})", code=1)


def _as_typed(**options: str) -> str:
    """The command that repeats a run: options that are not the default."""
    usual = {"suites": "suites", "results": "results"}
    words = [word for name, value in options.items() if value != usual.get(name, "") for word in (f"--{name.replace('_', '-')}", value)]
    return shlex.join(["inv", "acceptance", *words])


def _summarise(results: str) -> int:
    """summary.html, summary.md, metrics.json, xunit.xml, dashboard.html, and in them what the search for secrets found. 0 if they could be
    made, whatever they say, and hold no secret, nor anything else that the run left.
    """
    leaked = _search_for_secrets(results)
    made = _run(sys.executable, "-m", "libraries.evidence.summary", "--results", results)
    return made or leaked or _search_for_secrets(results, "--added")


def _search_for_secrets(results: str, *options: str) -> int:
    """Writes secrets.json; 0 if there is none in any form in all that the run left."""
    return _run(sys.executable, "-m", "libraries.evidence.leaks", "--results", results, *options)


@task(
    help={
        "shards": "directory that holds the output directories of all shards",
        "suites": "what the shards ran",
        "results": "where the report of all goes",
        "include": "the tag that the shards ran with",
    }
)
def merge_shards(_context: Context, shards: str = "shards", suites: str = "suites", results: str = "results", include: str = "") -> None:
    """Make one report of the shards of many machines and check that every collected test is in it."""
    brought = sorted(str(path) for path in (ROOT / shards).glob("*") if path.is_dir())
    if not brought:
        raise Exit(f"merge-shards: expected the output directories of shards in {ROOT / shards}, got none; bring them there", code=2)
    selection = ["--exclude", campaigns.TAG, *(["--include", include] if include else [])]
    output = (ROOT / results).resolve()
    output.mkdir(parents=True, exist_ok=True)
    with hold_output_directory(output):
        _clear(output)
        command = [sys.executable, "-m", "libraries.evidence.shards", "--suites", suites, "--results", results, *selection]
        surroundings.note_run(output, _as_typed(suites=suites, include=include), "")
        merged = _run(*command, *brought)
        summary = _summarise(results)
    _require("merge-shards", merged or summary)


def _clear(output: Path) -> None:
    """What an earlier run left must not be taken for this run's; history/ stays."""
    for name in (*REPORTS, *RECORDS):
        (output / name).unlink(missing_ok=True)
    for name in ("worlds", "pabot_results"):
        shutil.rmtree(output / name, ignore_errors=True)


@task
def lock(_context: Context) -> None:
    """Write requirements.lock anew: what requirements.txt names and all that it needs, with hashes."""
    _require("lock", _run(sys.executable, "-m", "libraries.packages.lock"))


@task
def audit_packages(_context: Context) -> None:
    """Ask which known vulnerabilities the locked packages have; skipped, with the reason, where the database cannot be reached."""
    _require("audit-packages", _run(sys.executable, "-m", "libraries.packages.vulnerabilities"))


@task(help={"results": "directory of the run", "images": "where the pictures go"})
def browse(_context: Context, results: str = "results", images: str = "docs/images") -> None:
    """Open report, log, summary and dashboard of a run in a headless Chromium and keep pictures of them (README shows those)."""
    _require("browse", _run(sys.executable, "-m", "libraries.evidence.browsing", "--results", results, "--images", images))


@task(positional=["name"], help={"name": "folder and name of the suite, e.g. flow/my_first"})
def new_suite(_context: Context, name: str) -> None:
    """Make a suite file that is green at once, to be changed into what is to be proven."""
    _require("new-suite", _run(sys.executable, "-m", "libraries.authoring", name))


@task
def lint(_context: Context) -> None:
    """Style, types and import contracts of Python and Robot code."""
    _require("ruff", _run(BIN / "ruff", "check", "."))
    _require("ruff format", _run(BIN / "ruff", "format", "--check", "."))
    _require("mypy", _run(BIN / "mypy"))
    _require("import-linter", _run(BIN / "lint-imports"))
    _require("robocop", _run(BIN / "robocop", "check", "suites", "resources"))
    os.environ.setdefault("ROBOTCODE_LOAD_LIBRARY_TIMEOUT", "120")  # 10 s missed on a busy machine look like an unknown keyword
    shutil.rmtree(
        ROOT / ".robotcode_cache", ignore_errors=True
    )  # it knows a library by the time of one file of it, and misses new keywords
    _require("robotcode", _run(BIN / "robotcode", "analyze", "code", "suites", "resources"))
    _require("lock", _run(sys.executable, "-m", "libraries.packages.lock", "--check"))
    _require("workflow", _run(BIN / "check-jsonschema", "--builtin-schema", "vendor.github-workflows", *sorted(WORKFLOWS.glob("*.yml"))))
    _require("robocop format", _run(BIN / "robocop", "format", "--check", "--no-overwrite", "suites", "resources"))


@task
def unit(_context: Context) -> None:
    """pytest over tests/: the cores, the exchange, the auditor, the keywords' own failures."""
    _require("pytest", _run(sys.executable, "-m", "pytest", "-n", "2", "--dist", "loadfile"))


@task(pre=[lint, unit, acceptance])
def test(_context: Context) -> None:
    """Everything CI asks: lint, types, import contracts, pytest, and the suites through pabot."""
    print("all passed")


@task
def record_cassettes(_context: Context) -> None:
    """Record the gateway's REST conversations anew, from this venue and from the documented answers (tests/contracts/cassettes)."""
    _require("recording", _run(sys.executable, "-m", "tests.contracts.record"))


@task(help={"images": "how often the power is cut", "seed": "the same seed cuts at the same moments"})
def power_loss(_context: Context, images: int = 2_000, seed: int = 1) -> None:
    """Cut the power in the middle of the engine's own writes; its recovery must find every acknowledged fact in what is left."""
    _require("power loss", _run(sys.executable, "-m", "tests.power_loss", "--images", str(images), "--seed", str(seed)))


@task(help={"messages": "how many requests and frames to send"})
def fuzz_venue(_context: Context, messages: int = 20_000) -> None:
    """Send the venue requests and frames of every kind and shape over all its surfaces; it must stay up and its ledger balance."""
    os.environ["VENUE_FUZZ_MESSAGES"] = str(messages)
    _require("fuzz", _run(sys.executable, "-m", "pytest", "-s", "--timeout", "3600", "tests/venue_fuzz"))


@task(
    help={
        "results": "where the tables go",
        "turns": "how often each client and the engine is measured; medians count",
        "only": "only these parts, separated by commas: machine, path, parts, database",
        "quick": "small numbers, once: does it run?",
    }
)
def bench(_context: Context, results: str = "results", turns: int = 3, only: str = "", quick: bool = False) -> None:
    """Measure the whole path beside public clients on one exchange, its parts, database and machine. Prints required, goal, reached."""
    chosen = [word for part in only.split(",") if part for word in ("--only", part)]
    arguments = ["--results", results, "--turns", str(turns), *chosen, *(["--quick"] if quick else [])]
    _require("benchmark", _run(sys.executable, "-m", "benchmarks.whole", *arguments))


@task(help={"results": "where the tables go", "memory_orders": "how many orders the venue's memory is watched over"})
def bench_venue(_context: Context, results: str = "results", memory_orders: int = 1_000_000) -> None:
    """Measure the venue: matching beside public cores, order entry, streams, memory. Prints the table, writes bench-venue.json and .md."""
    arguments = ["--results", results, "--memory-orders", str(memory_orders)]
    _require("benchmark", _run(sys.executable, "-m", "benchmarks.venue", *arguments))


@task(help={"results": "where the tables go"})
def bench_market_data(_context: Context, results: str = "results") -> None:
    """Measure the engine's way from the socket to its strategies. Prints the table, writes bench-market-data.json and .md."""
    _require("benchmark", _run(sys.executable, "-m", "benchmarks.market_data", "--results", results))


@task(help={"orders": "signals that are counted", "history": "signals before them", "symbols": "how many symbols they go to in turn"})
def bench_order(_context: Context, orders: int = 5_000, history: int = 1_000, symbols: int = 1) -> None:
    """Count what one order costs the engine and the venue: processor seconds, and instructions where `perf` counts them."""
    arguments = ["--orders", str(orders), "--history", str(history), "--symbols", str(symbols)]
    _require("benchmark", _run(sys.executable, "-m", "benchmarks.hot_path", *arguments))


@task(help={"results": "where the table goes", "orders": "how many orders are counted"})
def bench_instructions(_context: Context, results: str = "results", orders: int = 500) -> None:
    """Count the instructions of one order in the code of engine and venue, by perf or callgrind: the same however busy the machine."""
    arguments = ["--results", results, "--orders", str(orders)]
    _require("benchmark", _run(sys.executable, "-m", "benchmarks.instructions", *arguments))


@task
def bench_backtest(_context: Context) -> None:
    """Measure a backtest of 1,000 trades: 1 s of processor time is required."""
    _require("benchmark", _run(sys.executable, "-m", "benchmarks.backtesting"))


@task(help={"results": "where the table goes", "ticks": "how many public trades"})
def bench_analysis(_context: Context, results: str = "results", ticks: int = 60_000) -> None:
    """Measure analysis and strategies, ten strategies on ten pairs. Prints the table, writes bench-analysis.json and .md."""
    _require("benchmark", _run(sys.executable, "-m", "benchmarks.analysis", "--results", results, "--ticks", str(ticks)))


@task
def corruptions(_context: Context) -> None:
    """Corrupt worlds in every way that the auditor's tests know: each must be caught. Prints caught / injected, writes corruptions.json."""
    _require("corruptions", _run(sys.executable, "-m", "pytest", "-q", "tests/auditor"))


@task(
    help={
        "area": "which rules: a file of mutations/ (risk, errors, failover)",
        "rule": "only this rule, e.g. R6",
        "results": "where the table goes",
        "processes": "copies of the project at once",
    }
)
def mutate(_context: Context, area: str = "risk", rule: str = "", results: str = "results", processes: int = 2) -> None:
    """Disable each rule of an area, one at a time: at least one named test must turn red. Prints rule -> test, writes mutate-AREA.md."""
    chosen = ["--rule", rule] if rule else []
    arguments = [area, *chosen, "--results", results, "--processes", str(processes)]
    _require("mutations", _run(sys.executable, "-m", "mutations", *arguments))


@task(
    help={
        "area": "only these patches: files of mutations/, separated by commas",
        "rule": "only this rule, e.g. R6",
        "patch": "only this patch, by its short name in the table",
        "results": "where table, logs and progress go",
        "processes": "copies of the project at once",
        "record": "keep what was noticed in mutations/recorded.json (nothing uncommitted)",
    }
)
def sabotage(  # noqa: PLR0917 - invoke knows no keyword-only options
    _context: Context,
    area: str = "",
    rule: str = "",
    patch: str = "",
    results: str = "results",
    processes: int = 1,
    record: bool = False,
) -> None:
    """Break engine, venue, keywords and auditor in one small way at a time: a named Robot test must turn red. Goes on where it was."""
    chosen = [word for name in area.split(",") if name for word in ("--area", name)] + (["--rule", rule] if rule else [])
    chosen += ["--patch", patch] if patch else []
    arguments = [*chosen, "--results", results, "--processes", str(processes), *(["--record"] if record else [])]
    _require("sabotage", _run(sys.executable, "-m", "mutations.sabotage", *arguments))


@task(
    help={
        "kills": "how many engines die: at each crash point once, at some in other ways too, then at random moments (default: 200)",
        "faults": "instead: how many faults of all classes, one to three of them at a time, under load",
        "seed": "the same seed gives the same schedule",
        "only": "one round of that schedule, by its number",
        "processes": "how many at once, each with a venue of its own",
        "results": "where the table goes, and the worlds of rounds that failed",
        "engine-root": "directory of another engine build to put under test",
    }
)
def campaign(  # noqa: PLR0917 - invoke knows no keyword-only options
    _context: Context,
    kills: str = "",
    faults: str = "",
    seed: int = 1,
    only: str = "",
    processes: int = 2,
    results: str = "results",
    engine_root: str = ".",
) -> None:
    """Let engines die, or let faults overlap under load; the venue trades on, everything heals, the auditor looks. Prints the figures."""
    chosen = [*(["--kills", kills] if kills else []), *(["--faults", faults] if faults else []), *(["--only", only] if only else [])]
    arguments = [*chosen, "--seed", str(seed), "--processes", str(processes), "--results", results, "--engine-root", engine_root]
    _require("campaign", _run(sys.executable, "-m", "libraries.campaign", *arguments))


@task(
    help={
        "runs": "how many in all; those that an earlier sitting made are not made again",
        "seed": "seed + number of the run = seed of its order",
        "at-once": "runs at the same time",
        "burden": "processes per core that only compute meanwhile",
        "suites": "file or folder to run",
        "results": "where records, table and the output of runs that did not pass go",
    }
)
def cross_check(  # noqa: PLR0917 - invoke knows no keyword-only options
    _context: Context,
    runs: int = 20,
    seed: int = 1,
    at_once: int = 1,
    burden: int = 0,
    suites: str = "suites",
    results: str = "results",
) -> None:
    """Run all suites but load and campaigns again and again, each time in another order: finds flaky tests. Goes on where it was."""
    arguments = ["--runs", str(runs), "--seed", str(seed), "--at-once", str(at_once), "--burden", str(burden), "--suites", suites]
    _require("cross-check", _run(sys.executable, "-m", "libraries.cross_check", *arguments, "--results", results))


@task(help={"results": "where the suites' report goes; the coverage below it, in coverage/"})
def coverage(context: Context, results: str = "results") -> None:
    """Measure branch coverage of the engine over pytest and the suites, engine processes included: what decides about money needs 100 %."""
    directory = ROOT / results / "coverage"
    os.environ["COVERAGE_PROCESS_START"] = str(begin(directory))
    try:
        unit(context)
        acceptance(context, results=results)
    finally:
        del os.environ["COVERAGE_PROCESS_START"]
    covered = _run(sys.executable, "-m", "libraries.evidence.coverage", "report", "--directory", directory)
    summary = _summarise(results)  # once more: now with the coverage
    _require("coverage", covered or summary)


@task(help={"lives": "how many random histories of orders and prices"})
def fuzz_risk(_context: Context, lives: int = 5_000) -> None:
    """Compare the risk engine with a naive model over random histories; both must refuse and accept the same."""
    os.environ["RISK_LIVES"] = str(lives)
    _require("fuzz", _run(sys.executable, "-m", "pytest", "--timeout", "3600", "tests/engine_pure/test_risk_differential.py"))


@task(help={"results": "where the table goes"})
def bench_risk(_context: Context, results: str = "results") -> None:
    """Measure one decision of the risk engine, over up to 1,000 open ones. Prints the table, writes bench-risk.json and .md."""
    _require("benchmark", _run(sys.executable, "-m", "benchmarks.risk", "--results", results))


@task(help={"results": "where the table goes", "tail": "facts since the snapshot", "history": "facts before a fresh snapshot"})
def bench_recovery(_context: Context, results: str = "results", tail: int = 1_000_000, history: int = 10_000_000) -> None:
    """Measure starts: by facts since the snapshot, and by history. Builds real databases first (half an hour); writes bench-recovery.md."""
    arguments = ["--results", results, "--tail", str(tail), "--history", str(history)]
    _require("benchmark", _run(sys.executable, "-m", "benchmarks.recovery", *arguments))


@task(help={"minutes": "how long", "rate": "ticks a second, each answered with an order", "results": "where the table goes"})
def soak(_context: Context, minutes: int = 60, rate: int = 200, results: str = "results") -> None:
    """Offer a steady load for a long time: slopes of memory, descriptors and write-ahead log, with a verdict. Writes soak.json and .md."""
    arguments = ["--minutes", str(minutes), "--rate", str(rate), "--results", results]
    _require("soak", _run(sys.executable, "-m", "benchmarks.soak", *arguments))


@task
def docs(_context: Context) -> None:
    """Write the keyword reference: Markdown to docs/keywords/ and docs/vocabulary.md, Libdoc's HTML pages to results/keywords/."""
    _require("reference", _run(sys.executable, "-m", "libraries.common.vocabulary"))
    target = ROOT / "results" / "keywords"
    target.mkdir(parents=True, exist_ok=True)
    for source in sorted((ROOT / "libraries").glob("*Library.py")):
        _require(source.stem, _run(sys.executable, "-m", "robot.libdoc", source.relative_to(ROOT), target / f"{source.stem}.html"))


@task(
    help={
        "results": "where the report of the documents' suites goes",
        "cheap": "check everything, run nothing",
        "fresh": "also run the newcomer's two commands in clean clones, with a new environment each (minutes; needs a package index)",
    }
)
def docs_test(_context: Context, results: str = "results/docs-test", cheap: bool = False, fresh: bool = False) -> None:
    """Run or check every command, every robot block and every link of README.md and docs/; says which was run and which checked."""
    chosen = [*(["--cheap"] if cheap else []), *(["--fresh"] if fresh else [])]
    _require("docs-test", _run(sys.executable, "-m", "libraries.documents", "--results", results, *chosen))

"""Speed beside the peers: whole processes on the same inputs, in one run, and the ratios between them.

``python -m benchmarks --peers`` (``make bench``) prints a table and writes out/benchmarks.json. Programs take turns
within each round, so that a slow minute of the machine meets them all. Bytecode is compiled before anything is timed.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.process import Run, measure
from benchmarks.programs import Program, clearway, peers, version
from benchmarks.templates import write_templates

START = "start-up (--version)"
BARE = "start-up, no bytecode"


@dataclass(frozen=True, slots=True)
class Row:
    """The runs of one program on one task. Times in seconds, memory in bytes."""

    task: str
    program: str
    templates: int
    runs: tuple[Run, ...]

    @property
    def best(self) -> float:
        return min(run.wall for run in self.runs)

    @property
    def median(self) -> float:
        return statistics.median(run.wall for run in self.runs)

    @property
    def cpu(self) -> float:
        return statistics.median(run.cpu for run in self.runs)

    @property
    def peak(self) -> int:
        return max(run.peak for run in self.runs)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, write. 2 if a program could not scan."""
    options = _parser().parse_args(arguments)
    programs = [clearway(), *(peers() if options.peers else [])]
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="clearway-bench-") as temporary:
        _warm(programs, Path(temporary))
        for program in programs:
            rows.append(_startup(program, START, options.repeat, {}))
        # An empty cache of bytecode that nothing is written to: what a machine without .pyc files pays.
        bare = {"PYTHONPYCACHEPREFIX": f"{temporary}/none", "PYTHONDONTWRITEBYTECODE": "1"}
        rows.append(_startup(programs[0], BARE, options.repeat, bare))
        for size in options.sizes:
            rows += _scans(programs, Path(temporary) / str(size), size, options.repeat)
    print(table(rows))
    print()
    print(notes())
    versions = {program.name: version(program) for program in programs}
    print("; ".join(f"{name} {number}" for name, number in versions.items()))
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(json.dumps(document(rows, versions), indent=2) + "\n", encoding="utf-8")
    # 0 clean, 1 findings; cfn-lint's findings are bits 2, 4 and 8 of its status.
    wrong = {row.program for row in rows for run in row.runs if run.status not in statuses(row.program)}
    for name in sorted(wrong):
        print(f"{name} could not scan: its figures mean nothing", file=sys.stderr)
    return 2 if wrong else 0


def statuses(program: str) -> range:
    """The exit statuses of a program that has scanned, with findings or without."""
    return range(0, 16) if program == "cfn-lint" else range(0, 2)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Measure clearway, and its peers beside it."
    )
    parser.add_argument("--peers", action="store_true", help="also cfn-lint and checkov, each in .benchmarks/<name>")
    parser.add_argument(
        "--sizes", type=_sizes, default=[1, 100, 1000], help="numbers of templates (default 1,100,1000)"
    )
    parser.add_argument(
        "--repeat", type=int, help="rounds of each task (default 5 up to 10 templates, 3 up to 100, else 1)"
    )
    parser.add_argument("--out", type=Path, default=Path("out/benchmarks.json"), help="where the figures go as JSON")
    return parser


def _sizes(text: str) -> list[int]:
    return [int(size) for size in text.split(",")]


def _environment(program: Program, more: dict[str, str]) -> dict[str, str]:
    inherited = {k: v for k, v in os.environ.items() if k not in ("PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX")}
    return {**inherited, **program.environment, **more}


def _warm(programs: Sequence[Program], temporary: Path) -> None:
    """One scan that does not count: it compiles bytecode and fills the caches that a program keeps."""
    folder = temporary / "warm"
    templates = write_templates(folder, 2)
    for program in programs:
        print(f"warming {program.name}", file=sys.stderr)
        measure(program.scan(folder, templates), environment=_environment(program, {}))


def _startup(program: Program, task: str, repeat: int | None, more: dict[str, str]) -> Row:
    environment = _environment(program, more)
    runs = [measure(program.version(), environment=environment) for _ in range(repeat or 5)]
    return Row(task, program.name, 0, tuple(runs))


def _scans(programs: Sequence[Program], folder: Path, size: int, repeat: int | None) -> list[Row]:
    templates = write_templates(folder, size)
    rounds = repeat or (5 if size <= 10 else 3 if size <= 100 else 1)
    runs: dict[str, list[Run]] = {program.name: [] for program in programs}
    for _ in range(rounds):
        for program in programs:
            print(f"{size} templates: {program.name}", file=sys.stderr)
            environment = _environment(program, {})
            runs[program.name].append(measure(program.scan(folder, templates), environment=environment))
    task = f"{size} template{'s' if size > 1 else ''}"
    return [Row(task, name, size, tuple(found)) for name, found in runs.items()]


def table(rows: Sequence[Row]) -> str:
    """The figures as text; the last column is the median beside clearway's of the same task."""
    ours = {row.task: row.median for row in rows if row.program == "clearway"}
    heads = ("runs", "best s", "median s", "CPU s", "peak MB", "per s", "ratio")
    lines = [f"{'task':<22} {'program':<9} " + " ".join(f"{head:>8}" for head in heads)]
    for row in rows:
        rate = f"{row.templates / row.median:.0f}" if row.templates > 1 else ""
        cells = (
            str(len(row.runs)),
            f"{row.best:.3f}",
            f"{row.median:.3f}",
            f"{row.cpu:.3f}",
            f"{row.peak / 1e6:.0f}",
            rate,
            f"{row.median / ours[row.task]:.1f}x",
        )
        lines.append(f"{row.task:<22} {row.program:<9} " + " ".join(f"{cell:>8}" for cell in cells))
    return "\n".join(lines)


def notes() -> str:
    """What the figures depend on: the machine, the Python, and how much Python there is to load."""
    package = Path(__file__).resolve().parents[1] / "scanner"
    modules = list(package.rglob("*.py"))
    lines = sum(len(module.read_text(encoding="utf-8").splitlines()) for module in modules)
    compiled = sum(1 for _ in package.rglob(f"*.{sys.implementation.cache_tag}.pyc"))
    return (
        f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}; "
        f"scanner/: {lines} lines in {len(modules)} modules, {compiled} of them with bytecode.\n"
        "Without bytecode Python compiles what it imports at every start, its own library included: the row above."
    )


def document(rows: Sequence[Row], versions: dict[str, str]) -> dict[str, object]:
    """The figures as data. Times in seconds, memory in bytes."""
    return {
        "format": "clearway-benchmark/1",
        "machine": {"python": platform.python_version(), "cores": os.cpu_count(), "system": platform.platform()},
        "versions": versions,
        "rows": [
            {
                "task": row.task,
                "program": row.program,
                "templates": row.templates,
                "best": row.best,
                "median": row.median,
                "cpu": row.cpu,
                "peak": row.peak,
                "runs": [asdict(run) for run in row.runs],
            }
            for row in rows
        ],
    }

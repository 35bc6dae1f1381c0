"""The benchmarks measure what they say: inputs that differ and weigh alike, a draw that is spread and repeatable."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from benchmarks.harness import Row, table
from benchmarks.process import Run
from benchmarks.sample import draw
from benchmarks.templates import VARIATIONS, write_templates


def test_templates_differ_and_weigh_13_kb(tmp_path: Path) -> None:
    paths = write_templates(tmp_path / "many", 3 * len(VARIATIONS))
    texts = {path.read_text() for path in paths}
    assert len(texts) == len(paths) == 3 * len(VARIATIONS)
    assert all(12_500 < len(text) < 13_500 for text in texts)


def test_measure_counts_processor_time_memory_and_status(root: Path) -> None:
    busy = "import sys, time; x = bytearray(60_000_000); end = time.process_time() + 0.2\n"
    busy += "while time.process_time() < end: pass\nsys.exit(3)"
    # In a process of its own: a child's peak has that of its parent as its floor, and pytest has grown large.
    script = "import json, sys; from dataclasses import asdict; from benchmarks.process import measure\n"
    script += f"print(json.dumps(asdict(measure([sys.executable, '-c', {busy!r}]))))"
    done = subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=True)
    run = json.loads(done.stdout)
    assert run["status"] == 3
    assert 0.2 <= run["cpu"] < 5
    assert run["wall"] >= 0.2
    assert 60e6 < run["peak"] < 200e6


def test_ratio_is_that_of_the_medians_of_one_task() -> None:
    def runs(*walls: float) -> tuple[Run, ...]:
        return tuple(Run(wall, wall, 10**6, 0) for wall in walls)

    rows = [
        Row("one", "clearway", 1, runs(1, 2, 9)),
        Row("one", "peer", 1, runs(6, 5, 7)),
        Row("two", "clearway", 100, runs(10)),
    ]
    ratios = [line.split()[-1] for line in table(rows).splitlines()[1:]]
    assert ratios == ["1.0x", "3.0x", "1.0x"]
    assert table(rows).splitlines()[3].split()[-2] == "10"  # templates per second


def result(repository: str, rule: str, verdict: str, line: int) -> dict[str, Any]:
    location = {"file": "a.yaml", "line": line}
    return {"repository": repository, "result": {"rule": rule, "verdict": verdict, "location": location}}


@pytest.fixture
def results() -> list[dict[str, Any]]:
    """Many passes of one rule in one repository, few of others."""
    crowd = [result("big", "HC001", verdict, line) for verdict in ("pass", "undecided") for line in range(200)]
    few = [
        result(repository, rule, verdict, line)
        for repository in ("big", "small")
        for rule in ("HC002", "NET001")
        for verdict in ("pass", "undecided", "fail")
        for line in range(4)
    ]
    return crowd + few


def test_draw_is_repeatable(results: list[dict[str, Any]]) -> None:
    assert draw(results, 50, seed=3) == draw(results, 50, seed=3)
    assert draw(results, 50, seed=3) != draw(results, 50, seed=4)


@pytest.mark.parametrize("seed", range(5))
def test_draw_keeps_the_shares_and_spreads(results: list[dict[str, Any]], seed: int) -> None:
    drawn = draw(results, 50, seed)
    assert len({id(line) for line in drawn}) == 50
    verdicts = Counter(line["result"]["verdict"] for line in drawn)
    assert verdicts["fail"] == 16  # all there are
    assert verdicts["pass"] >= 15
    assert verdicts["undecided"] >= 15
    passes = [line for line in drawn if line["result"]["verdict"] == "pass"]
    rules = Counter(line["result"]["rule"] for line in passes)
    assert min(rules[rule] for rule in ("HC001", "HC002", "NET001")) >= 5
    assert Counter(line["repository"] for line in passes if line["result"]["rule"] == "HC002")["small"] >= 2


def test_draw_of_few_takes_all(results: list[dict[str, Any]]) -> None:
    assert len(draw(results[:7], 50, seed=1)) == 7

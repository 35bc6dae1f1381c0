"""Draws verdicts from the results of benchmarks.corpora, to be read against the templates by eye.

``python -m benchmarks.sample --seed 7`` prints Markdown with a place for the reader's verdict.
The draw is the same for the same file, seed and number, and spreads over rules first, then over repositories.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

# At least so many of each, as far as there are any; failures fill what is left.
SHARES = {"pass": 15, "undecided": 15}
Line = dict[str, Any]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the sample. 2 if the file holds fewer results than are wanted."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sample", description="Draw verdicts to be read by eye.")
    parser.add_argument("file", type=Path, nargs="?", default=Path("out/corpora.jsonl"))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--number", type=int, default=50)
    options = parser.parse_args(arguments)
    with options.file.open(encoding="utf-8") as lines:
        results = [line for line in map(json.loads, lines) if line["kind"] == "result"]
    drawn = draw(results, options.number, options.seed)
    counts = Counter(line["result"]["verdict"] for line in drawn)
    print(f"# {len(drawn)} of {len(results)} verdicts, seed {options.seed}: ", end="")
    print(", ".join(f"{count} {verdict}" for verdict, count in sorted(counts.items())))
    for number, line in enumerate(drawn, 1):
        print(f"\n{page(number, line)}")
    return 0 if len(drawn) == options.number else 2


def draw(results: Sequence[Line], number: int, seed: int) -> list[Line]:
    """``number`` results: the shares of passes and undecided, the rest failures, then whatever there is."""
    chance = random.Random(seed)
    pools = {
        verdict: [line for line in results if line["result"]["verdict"] == verdict] for verdict in ("fail", *SHARES)
    }
    drawn: list[Line] = []
    for verdict, share in SHARES.items():
        drawn += _spread(pools[verdict], min(share, number - len(drawn)), chance)
    drawn += _spread(pools["fail"], number - len(drawn), chance)
    seen = {id(line) for line in drawn}
    drawn += _spread([line for line in results if id(line) not in seen], number - len(drawn), chance)
    return sorted(drawn, key=lambda line: (line["repository"], _place(line), line["result"]["rule"]))


def _spread(pool: Sequence[Line], number: int, chance: random.Random) -> list[Line]:
    """Draw one by one, each of the rule and then of the repository that has been drawn least."""
    left = list(pool)
    chance.shuffle(left)
    rules: Counter[str] = Counter()
    repositories: Counter[tuple[str, str]] = Counter()
    everywhere: Counter[str] = Counter()
    drawn: list[Line] = []
    while left and len(drawn) < number:

        def drawn_least(line: Line) -> tuple[int, int, int]:
            rule, repository = line["result"]["rule"], line["repository"]
            return rules[rule], repositories[rule, repository], everywhere[repository]

        line = min(left, key=drawn_least)
        left.remove(line)
        rule, repository = line["result"]["rule"], line["repository"]
        rules[rule] += 1
        repositories[rule, repository] += 1
        everywhere[repository] += 1
        drawn.append(line)
    return drawn


def _place(line: Line) -> tuple[str, int]:
    location = line["result"]["location"]
    return location["file"], location["line"]


def page(number: int, line: Line) -> str:
    """One verdict as Markdown: where, what, why, and the lines of the template."""
    result = line["result"]
    location = result["location"]
    lines = [
        f"## {number}. {result['rule']} {result['assertion']}: {result['verdict']}",
        f"{line['repository']}@{line['commit'][:10]}, {location['file']}:{location['line']}:{location['column']}, "
        f"{result['subject']['label']}",
        "",
        result["message"],
    ]
    if result["missing"]:
        lines.append(f"Missing: {', '.join(result['missing'])}")
    if result["worlds"]:
        lines.append(f"Cases: {'; '.join(result['worlds'])}")
    lines += [f"Unknown: {unknown['reason']} ({unknown['supply']})" for unknown in result["unknown"]]
    lines += ["", *_excerpt(location)]
    for said in [*result["related"], *result["evidence"]]:
        lines.append(f"- {said['says'] or 'also'}: {said['file']}:{said['line']}")
    lines += [f"- {hop['hop']}: {hop['label']}: {hop['verdict']}, {hop['says']}" for hop in result["way"]]
    return "\n".join([*lines, "", "By eye: "])


def _excerpt(location: dict[str, Any]) -> list[str]:
    return ["```", *(f"{row['line']:>5} {row['text']}" for row in location["excerpt"]), "```"]


if __name__ == "__main__":
    sys.exit(main())

"""How many subjects each rule decides, from one file alone and with all files of a repository.

``python -m benchmarks.decided FOLDER`` takes each folder below FOLDER as one repository, judges every template
by itself and then all of the repository together, and prints for each rule the share of its subjects that is pass
or fail, and the reasons for those that are not. ``--out`` writes the tables as Markdown (docs/decided.md).
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scanner.policy.load import load_rules
from scanner.scan import Input, Options, scan
from scanner.sources.discover import discover

REASONS: tuple[tuple[str, str], ...] = (
    (r"parameter \S+ has no value", "a parameter without value or default"),
    (r"parameter \S+ is read from SSM", "a parameter that is read from SSM"),
    (r"could come from", "an export that several templates make"),
    (r"comes from another stack", "an export that no template of the scan makes"),
    (r"may be defined elsewhere", "the resource leaves the scan, so that more may be defined elsewhere"),
    (r"not defined in the scan|not in the scan", "a resource that is not in the scan"),
    (r"known (when|after)|deployment", "a value that is known after deployment"),
    (r"Availability Zone", "Availability Zones"),
    (r"default security group", "the VPC's default security group"),
    (r"AWS documents", "two defaults in AWS's documentation"),
    (r"is expanded when", "a macro"),
)
"""What the reasons of undecided verdicts are about, by patterns; the first that is found counts."""


@dataclass(slots=True)
class Tally:
    """Counts of one way of scanning."""

    verdicts: dict[str, Counter[str]] = field(default_factory=dict)
    reasons: Counter[str] = field(default_factory=Counter)

    def add(self, document: dict[str, Any]) -> None:
        for rule, counts in document["summary"]["rules"].items():
            self.verdicts.setdefault(rule, Counter()).update(counts)
        for result in document["results"]:
            if result["verdict"] == "undecided":
                kinds = {kind(unknown["reason"]) for unknown in result["unknown"]} or {"no reason"}
                self.reasons.update(kinds)

    def decided(self, rules: Iterable[str]) -> tuple[int, int]:
        """How many subjects of some rules are decided, and how many there are."""
        counts = sum((self.verdicts.get(rule, Counter()) for rule in rules), Counter())
        decided = counts["pass"] + counts["fail"]
        return decided, decided + counts["undecided"]


def kind(reason: str) -> str:
    """What a reason is about."""
    return next((name for pattern, name in REASONS if re.search(pattern, reason)), "something else")


def main(arguments: Sequence[str] | None = None) -> int:
    """Scan both ways and print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.decided", description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="the folder that holds the checkouts")
    parser.add_argument("--out", type=Path, help="a Markdown file for the tables")
    options = parser.parse_args(arguments)
    rules = tuple(rule for rule in load_rules().rules if "template" in rule.applies)
    alone, together = Tally(), Tally()
    repositories = sorted(path for path in options.folder.iterdir() if path.is_dir())
    for folder in repositories:
        print(folder.name, file=sys.stderr)
        inputs = [Input(file.display, file.text, file.kind) for file in discover([folder]).files]
        for one in inputs:
            alone.add(scan([one], Options(rules, jobs=1)))
        together.add(scan(inputs, Options(rules, jobs=1)))
    text = tables([rule.id for rule in rules], alone, together, [folder.name for folder in repositories])
    print(text)
    if options.out:
        options.out.write_text(text, encoding="utf-8")
    return 0


def tables(rules: Sequence[str], alone: Tally, together: Tally, repositories: Sequence[str]) -> str:
    """The tables as Markdown."""
    lines = [
        "# How much is decided",
        "",
        "Made by `python -m benchmarks.decided FOLDER` over checkouts of these public repositories: "
        + ", ".join(name.replace("__", "/", 1) for name in repositories)
        + ".",
        "",
        "A subject (a service, a binding, a target group ...) is decided if its verdict is pass or fail.",
        "",
        "| rule | subjects | from one file | with all files of the repository |",
        "|---|---|---|---|",
    ]
    for rule in rules:
        one, all_files = alone.decided([rule]), together.decided([rule])
        lines.append(f"| {rule} | {all_files[1]} | {share(*one)} | {share(*all_files)} |")
    lines += ["", "## Why the others are not", "", "| reason | from one file | with all files |", "|---|---|---|"]
    for name, _ in (alone.reasons | together.reasons).most_common():
        lines.append(f"| {name} | {alone.reasons[name]} | {together.reasons[name]} |")
    return "\n".join(lines) + "\n"


def share(decided: int, of: int) -> str:
    """``83 % (40 of 48)``."""
    return f"{100 * decided // of} % ({decided} of {of})" if of else "none"


if __name__ == "__main__":
    sys.exit(main())

"""Scans every template under checkouts of public repositories and counts what the rules say of them.

``python -m benchmarks.corpora FOLDER`` takes each folder below FOLDER as one repository, scans it in a process of its
own and writes all results as JSON lines, one object a line: ``{"kind": "repository", ...}`` for each repository, then
``{"kind": "result", "repository": ..., "commit": ..., "result": {...}}`` for each of its results. Commits are read from
FOLDER/COMMITS (lines "owner/name commit"), else from git. benchmarks.sample draws from the file.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.programs import clearway

VERDICTS = ("pass", "fail", "undecided", "not_applicable")
SERVICE = re.compile(r"""["']?Type["']?\s*:\s*["']?AWS::ECS::Service["']?\s*(?:[,}\n#]|$)""")
TEMPLATE = re.compile(rb"AWSTemplateFormatVersion|AWS::[A-Za-z0-9]+::")
FAULT = "a fault of this program"
"""How a scan words an exception of its own, which takes no other verdict away and so is no crash."""
SUFFIXES = (".yaml", ".yml", ".json", ".template")


@dataclass(frozen=True, slots=True)
class Scan:
    """What one process said of one repository."""

    repository: str
    commit: str
    folder: Path
    seconds: float
    document: dict[str, Any] | None
    """The result document, None if there is none to be read."""
    trouble: str = ""
    """"" or what went wrong: a hang, the last lines of a crash, or the faults that the scan itself names."""
    culprits: list[str] = field(default_factory=list)
    """The files that give the same trouble when they are scanned alone."""

    @property
    def services(self) -> int:
        """How many ECS services the scanned templates hold, by their text."""
        inputs = (self.document or {}).get("inputs", [])
        texts = (_text(self.folder / entry["path"]) for entry in inputs if entry["role"] == "scanned")
        return sum(len(SERVICE.findall(text)) for text in texts)


def main(arguments: Sequence[str] | None = None) -> int:
    """Scan, print the tables, write the lines. 1 if a process crashed, hung or names a fault."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.corpora", description="Scan public repositories.")
    parser.add_argument("folder", type=Path, help="the folder that holds the checkouts")
    parser.add_argument("--out", type=Path, default=Path("out/corpora.jsonl"), help="where the results go")
    parser.add_argument("--timeout", type=float, default=300, help="seconds that a repository may take (default 300)")
    parser.add_argument("--jobs", type=int, default=2, help="repositories scanned at a time (default 2)")
    parser.add_argument("--option", action="append", default=[], help="one more argument for clearway scan; repeatable")
    options = parser.parse_args(arguments)
    folders = sorted(path for path in options.folder.iterdir() if path.is_dir())
    commits = _commits(options.folder)
    with ThreadPoolExecutor(options.jobs) as pool:
        scans = list(pool.map(lambda path: scan(path, commits, options.timeout, options.option), folders))
    options.out.parent.mkdir(parents=True, exist_ok=True)
    with options.out.open("w", encoding="utf-8") as lines:
        lines.writelines(json.dumps(line, ensure_ascii=False) + "\n" for found in scans for line in _lines(found))
    print(tables(scans))
    return 1 if any(found.trouble for found in scans) else 0


def scan(folder: Path, commits: dict[str, str], timeout: float, more: Sequence[str] = ()) -> Scan:
    """Scan one checkout. A crash or a hang is looked for in each of its templates alone."""
    repository = folder.name.replace("__", "/", 1)
    commit = commits.get(repository) or _head(folder)
    start = time.perf_counter()
    document, trouble = _run(folder, ".", timeout, more)
    seconds = time.perf_counter() - start
    print(f"{repository}: {seconds:.1f} s {trouble}", file=sys.stderr)
    culprits = []
    if trouble:
        culprits = [name for name in _templates(folder) if _run(folder, name, min(timeout, 30), more)[1]]
    return Scan(repository, commit, folder, seconds, document, trouble, culprits)


def _run(folder: Path, path: str, timeout: float, more: Sequence[str]) -> tuple[dict[str, Any] | None, str]:
    command = [str(clearway().command), "scan", path, "-o", "json", "--all-verdicts", "--exit-zero", *more]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=timeout, check=False)
    except subprocess.TimeoutExpired:
        return None, f"hang: more than {timeout:g} s"
    try:
        document = json.loads(done.stdout)
    except ValueError:
        document = None
    # 2 is an honest answer (a file that cannot be read), a traceback is not.
    if document is None or done.returncode not in (0, 2) or "Traceback" in done.stderr:
        return document, f"crash (status {done.returncode}): " + " | ".join(done.stderr.strip().splitlines()[-3:])
    faults = [error for error in document["errors"] if FAULT in error["message"]]
    return document, "; ".join(f"fault in {error['file']}: {error['message']}" for error in faults)


def _templates(folder: Path) -> Iterator[str]:
    for path in sorted(folder.rglob("*")):
        if path.suffix in SUFFIXES and path.is_file() and TEMPLATE.search(path.read_bytes()):
            yield path.relative_to(folder).as_posix()


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def _commits(folder: Path) -> dict[str, str]:
    listed = folder / "COMMITS"
    rows = (line.split() for line in _text(listed).splitlines()) if listed.exists() else ()
    return {row[0]: row[1] for row in rows if len(row) > 1}


def _head(folder: Path) -> str:
    command = ["git", "-C", str(folder), "rev-parse", "HEAD"]
    inside = (folder / ".git").exists()
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip() if inside else ""


def _lines(found: Scan) -> Iterator[dict[str, Any]]:
    document = found.document or {}
    origin = {"repository": found.repository, "commit": found.commit}
    about = {"seconds": round(found.seconds, 3), "trouble": found.trouble, "culprits": found.culprits}
    rest = {name: document.get(name) for name in ("summary", "errors", "notes")}
    yield {"kind": "repository", **origin, **about, "services": found.services, **rest}
    for result in document.get("results", []):
        yield {"kind": "result", **origin, "result": result}


def tables(scans: Sequence[Scan]) -> str:
    """Markdown: the repositories, the rules, then the errors and whatever crashed or hung."""
    lines = ["| repository | commit | templates | services | pass | fail | undecided | errors | s |", "|---" * 9 + "|"]
    rules: dict[str, Counter[str]] = {}
    total: Counter[str] = Counter()
    for found in scans:
        document = found.document or {"summary": {"rules": {}}, "errors": []}
        counts: Counter[str] = Counter()
        for rule, verdicts in document["summary"]["rules"].items():
            counts.update(verdicts)
            rules.setdefault(rule, Counter()).update(verdicts)
        counts.update(
            templates=document["summary"].get("templates", 0), services=found.services, errors=len(document["errors"])
        )
        total += counts
        lines.append(_row(found.repository, found.commit[:10], counts, f"{found.seconds:.1f}"))
    lines.append(_row("all", "", total, f"{sum(found.seconds for found in scans):.1f}"))
    lines += ["", f"| rule | {' | '.join(VERDICTS)} |", "|---" * 5 + "|"]
    lines += [f"| {rule} | {' | '.join(str(counts[v]) for v in VERDICTS)} |" for rule, counts in sorted(rules.items())]
    troubles = [found for found in scans if found.trouble]
    lines += ["", f"Crashes, hangs and faults: {len(troubles)}"]
    lines += [
        f"- {found.repository}: {found.trouble}; {', '.join(found.culprits) or 'no file alone'}" for found in troubles
    ]
    errors = [(found.repository, error) for found in scans for error in (found.document or {}).get("errors", [])]
    lines += ["", f"Files that could not be read: {len(errors)}"]
    lines += [
        f"- {name}/{error['file']}:{error['line']}:{error['column']}: {error['message']}" for name, error in errors
    ]
    return "\n".join(lines)


def _row(name: str, commit: str, counts: Counter[str], seconds: str) -> str:
    columns = ("templates", "services", "pass", "fail", "undecided", "errors")
    return f"| {name} | {commit} | {' | '.join(str(counts[column]) for column in columns)} | {seconds} |"


if __name__ == "__main__":
    sys.exit(main())

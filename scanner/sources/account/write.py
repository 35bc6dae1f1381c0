"""Writes a snapshot, an account and region at a time: whole or not at all, and only what its reader takes."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from textwrap import indent
from typing import Any

from scanner.sources.snapshot import FORMAT, account_text, read_snapshot
from scanner.syntax import SyntaxProblem


class InvalidEntry(Exception):
    """What was collected is not as the format has it, which is a fault of this program."""


def write_snapshot(path: Path, entries: Iterable[Mapping[str, Any]], taken_at: str) -> int:
    """Writes the entries of accounts as a snapshot; gives how many there are. Without any, nothing is written.

    Raises InvalidEntry for one that the format does not allow, and OSError if the file cannot be written; the file is
    then as it was.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    held = 0
    try:
        with partial.open("w", encoding="utf-8", newline="\n") as file:
            file.write(f'{{\n "format": {json.dumps(FORMAT)},\n "taken_at": {json.dumps(taken_at)},\n "accounts": [\n')
            for entry in entries:
                file.write(",\n" if held else "")
                file.write(_checked(entry, taken_at))
                held += 1
            file.write("\n ]\n}\n")
        if held:
            partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return held


def _checked(entry: Mapping[str, Any], taken_at: str) -> str:
    """The text of an entry in its place in the file, once the reader has taken it."""
    where = f"account {entry.get('account')}, region {entry.get('region')}"
    try:
        read_snapshot(account_text(entry, taken_at), where)
    except SyntaxProblem as problem:
        raise InvalidEntry(
            f"what was collected is not as a snapshot has it, a fault of this program: {problem}"
        ) from None
    return indent(json.dumps(entry, indent=1, ensure_ascii=False), "  ")

"""Where reports go: standard output, or files."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scanner.render import FORMATS, render


@dataclass(frozen=True, slots=True)
class Output:
    """A report: its format, and the file it goes to ("" for standard output)."""

    format: str
    file: str = ""


def output(text: str) -> Output:
    """``FORMAT`` or ``FORMAT=FILE``. Raises ArgumentTypeError for a format that there is not."""
    format, _, file = text.partition("=")
    if format not in FORMATS:
        raise argparse.ArgumentTypeError(f"{format!r} is no format; choose from {', '.join(FORMATS)}")
    return Output(format, file)


def write_all(outputs: Sequence[Output], document: dict[str, Any], colour: str, *, quiet: bool = False) -> bool:
    """Writes every report; False, with a message, if one cannot be written. ``quiet`` leaves notes out of text."""
    if sum(not one.file for one in outputs) > 1:
        print("clearway: only one format can go to standard output; write the others as FORMAT=FILE", file=sys.stderr)
        return False
    well = True
    for one in outputs:
        shown = {**document, "notes": []} if quiet and one.format == "text" else document
        if not one.file:
            text = render(shown, one.format, colour=coloured(colour), width=width())
            sys.stdout.write(text)
            continue
        try:
            _write(Path(one.file), render(shown, one.format))
        except OSError as error:
            print(f"clearway: {one.file}: {error.strerror or error}", file=sys.stderr)
            well = False
    if all(one.file or one.format != "text" for one in outputs):  # text has them already
        for fault in document["errors"]:
            print(f"{fault['file']}:{fault['line']}:{fault['column']}: {fault['message']}", file=sys.stderr)
    return well


def _write(path: Path, text: str) -> None:
    """Writes a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and not path.is_file():  # a device or a pipe, such as /dev/stderr
        path.write_text(text, encoding="utf-8")
        return
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        partial.write_text(text, encoding="utf-8", newline="\n")
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def coloured(wish: str) -> bool:
    if wish != "auto":
        return wish == "always"
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"


def width() -> int | None:
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or None
    except (OSError, ValueError):  # no terminal
        return None

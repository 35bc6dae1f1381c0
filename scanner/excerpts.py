"""Excerpts of source files for reports, with secrets blanked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from scanner.line_hash import line_hash
from scanner.model import Location
from scanner.syntax import Span

AROUND = 1
MOST_LINES = 5
USUAL_WIDTH = 400
MOST_WIDTH = 4_000
"""Lines are cut at the usual width, or behind the place that is shown, if that is not too far."""


class Excerpts:
    """Makes the location objects of the result document for one file."""

    def __init__(self, text: str, secrets: Iterable[Span]) -> None:
        self._text = text
        self._lines = _blanked([line.rstrip("\r") for line in text.split("\n")], secrets)
        self._hashes: dict[int, str] = {}

    def location(self, place: Location, says: str = "") -> dict[str, Any]:
        """A place with the lines around it (at most five) and the hash of its line."""
        first = max(place.line - AROUND, 1)
        last = min(place.end_line + AROUND, len(self._lines), first + MOST_LINES - 1)
        width = min(max(USUAL_WIDTH, place.end_column + AROUND), MOST_WIDTH)
        if place.line not in self._hashes:
            self._hashes[place.line] = line_hash(self._text, place.line)
        return {
            "file": place.file,
            "line": place.line,
            "column": place.column,
            "end_line": place.end_line,
            "end_column": place.end_column,
            "says": says,
            "excerpt": [{"line": number, "text": self._lines[number - 1][:width]} for number in range(first, last + 1)],
            "line_hash": self._hashes[place.line],
        }


def _blanked(lines: list[str], secrets: Iterable[Span]) -> list[str]:
    """The lines with every secret replaced, character by character, so that columns stay true."""
    for line, column, end_line, end_column in secrets:
        for number in range(line, min(end_line, len(lines)) + 1):
            text = lines[number - 1]
            start = column - 1 if number == line else len(text) - len(text.lstrip())
            end = end_column - 1 if number == end_line else len(text)
            lines[number - 1] = text[:start] + "*" * (end - start) + text[end:]
    return lines

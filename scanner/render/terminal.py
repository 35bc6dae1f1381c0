"""Text in a terminal: colour, width of characters, wrapping."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

from scanner.render.document import visible

Paint = Callable[[str, str], str]
"""Gives a text in a style of ``STYLES``."""

STYLES = {
    "error": "1;31",
    "warning": "1;33",
    "note": "1;36",
    "undecided": "1;35",
    "pass": "32",
    "gutter": "34",
    "help": "32",
    "strong": "1",
    "faint": "2",
    "fail": "31",
}
TAB = 4


def painter(colour: bool) -> Paint:
    """A function that puts ANSI colours around text, or none."""
    if not colour:
        return lambda style, text: text
    return lambda style, text: f"\x1b[{STYLES[style]}m{text}\x1b[0m" if text else ""


def cells(text: str) -> list[tuple[str, int]]:
    """What a terminal shows for each code point of a source line, and how many columns that takes."""
    shown = []
    column = 0
    for character in text:
        if character == "\t":
            width = TAB - column % TAB
            cell = " " * width
        else:
            cell = visible(character)
            width = display_width(cell)
        shown.append((cell, width))
        column += width
    return shown


def display_width(text: str) -> int:
    """The columns that the text takes: two for wide characters, none for combining ones."""
    if text.isascii():
        return len(text)
    return sum(_character_width(character) for character in text)


def _character_width(character: str) -> int:
    if unicodedata.east_asian_width(character) in "WF":
        return 2
    return 0 if unicodedata.combining(character) or character in "\u200c\u200d\ufe0f" else 1


def padded(text: str, width: int) -> str:
    """The text with spaces behind it, up to a width."""
    return text + " " * (width - display_width(text))


def wrap(text: str, width: int, *, first: int | None = None) -> list[str]:
    """The words of a text in lines of at most ``width`` columns (the first of at most ``first``), safe to show.

    A longer word stands alone in a longer line: it may be a path or a command to copy.
    """
    limit = width if first is None else first
    if len(text) <= limit and text.isascii() and text.isprintable():
        return [" ".join(text.split())]
    lines: list[str] = []
    line, used = "", 0
    for word in visible(" ".join(text.split())).split(" "):
        size = display_width(word)
        if line and used + 1 + size > limit:
            lines.append(line)
            line, used, limit = word, size, width
        else:
            line, used = (f"{line} {word}", used + 1 + size) if line else (word, size)
    return [*lines, line]

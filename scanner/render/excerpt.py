"""Lines of a source with the regions that matter underlined, as compilers show them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scanner.render.terminal import Paint, cells, wrap

LEFT = 20
"""How many columns stay visible before a region in a line that is cut."""
CUT = "..."


@dataclass(frozen=True, slots=True)
class Mark:
    """A region to underline. Counts from 1, end exclusive, columns in code points."""

    line: int
    column: int
    end_line: int
    end_column: int
    label: str
    primary: bool


@dataclass(frozen=True, slots=True)
class _Row:
    """A source line as it is shown: its text, and the display column of each code point and of the end."""

    text: str
    at: Sequence[int]

    def column(self, column: int) -> int:
        return self.at[min(max(column, 1), len(self.at)) - 1]


def frame(
    lines: Mapping[int, str], marks: Sequence[Mark], *, gutter: int, width: int, paint: Paint, style: str
) -> list[str]:
    """The lines, by number, with the marks below them.

    ``gutter`` is the room for line numbers, ``style`` the primary marks'.
    """
    tall = _tall(marks, lines)
    flat = [mark for mark in marks if mark not in tall]
    room = max(LEFT + 10, width - gutter - 3 - (2 if tall else 0))
    out = []
    previous = None
    for number in sorted(lines):
        if previous is not None and number > previous + 1:
            out.append(paint("gutter", CUT))
        previous = number
        here = sorted((mark for mark in flat if mark.line == number), key=lambda mark: (not mark.primary, mark.column))
        over = next((mark for mark in tall if mark.line <= number <= mark.end_line), None)
        row = _row(lines[number], here[0] if here else over if over and over.line == number else None, room)
        bar = ""
        if tall:
            bar = paint(_style(over, style), "/ " if number == over.line else "| ") if over else "  "
        out.append(f"{paint('gutter', f'{number:>{gutter}} |')} {bar}{row.text}".rstrip())
        blank = f"{paint('gutter', ' ' * gutter + ' |')} "
        side = paint(_style(over, style), "| ") if over and number != _last(over, lines) else bar and "  "
        if over and here and not side.strip():
            side = paint(_style(over, style), "| ")
        for mark in here:
            out += [blank + side + text for text in _underline(mark, row, room, paint, style)]
        if over and number == _last(over, lines):
            out += [blank + text for text in _close(over, row, number, room, paint, style)]
    return out


def _tall(marks: Sequence[Mark], lines: Mapping[int, str]) -> list[Mark]:
    """The marks over several lines that get a bar: the first of those that overlap, the others are underlined flat."""
    chosen: list[Mark] = []
    for mark in sorted(marks, key=lambda mark: not mark.primary):
        if mark.end_line > mark.line and _last(mark, lines) > mark.line:
            overlaps = any(mark.line <= other.end_line and other.line <= mark.end_line for other in chosen)
            if not overlaps:
                chosen.append(mark)
    return chosen


def _last(mark: Mark, lines: Mapping[int, str]) -> int:
    """The last line of the region that is shown."""
    return max((number for number in lines if mark.line <= number <= mark.end_line), default=mark.line)


def _style(mark: Mark | None, style: str) -> str:
    return style if mark and mark.primary else "gutter"


def _row(text: str, mark: Mark | None, room: int) -> _Row:
    """The line, cut so that the beginning of the mark is in sight."""
    plain = text.isascii() and text.isprintable()
    if plain and len(text) <= room:
        return _Row(text, range(len(text) + 1))
    shown = [(character, 1) for character in text] if plain else cells(text)
    at = [0]
    for _, width in shown:
        at.append(at[-1] + width)
    if at[-1] <= room:
        return _Row("".join(cell for cell, _ in shown), at)
    begin = at[min(mark.column - 1, len(shown))] if mark else 0
    end = at[min(mark.end_column - 1, len(shown))] if mark and mark.end_line == mark.line else begin
    first = 0
    if end > room - len(CUT):
        first = next((index for index, column in enumerate(at) if column >= begin - LEFT), 0)
    lead = CUT if first else ""
    offset = len(lead) - at[first]
    limit = room - len(CUT)
    last = first
    while last < len(shown) and at[last + 1] + offset <= limit:
        last += 1
    tail = CUT if last < len(shown) else ""
    kept = "".join(cell for cell, _ in shown[first:last])
    end_column = at[last] + offset + len(tail)
    return _Row(lead + kept + tail, [min(max(column + offset, 0), end_column) for column in at])


def _underline(mark: Mark, row: _Row, room: int, paint: Paint, style: str) -> list[str]:
    begin = row.column(mark.column)
    end = row.column(mark.end_column) if mark.end_line == mark.line else row.at[-1]
    line = ("^" if mark.primary else "-") * max(1, end - begin)
    return _labelled(" " * begin, line, mark, room, paint, style)


def _close(mark: Mark, row: _Row, number: int, room: int, paint: Paint, style: str) -> list[str]:
    """The foot of a bar, below the region's last line."""
    whole = number == mark.end_line
    end = max(1, row.column(mark.end_column)) if whole else 1
    line = "|" + "_" * end + ("^" if mark.primary else "-")
    rest = "" if whole else f"(to line {mark.end_line})"
    label = " ".join(filter(None, (mark.label, rest)))
    return _labelled("", line, mark, room, paint, style, label=label)


def _labelled(
    lead: str, line: str, mark: Mark, room: int, paint: Paint, style: str, *, label: str | None = None
) -> list[str]:
    """An underline with its label behind it, or below if there is no room."""
    colour = _style(mark, style)
    label = mark.label if label is None else label
    if not label:
        return [lead + paint(colour, line)]
    left = room - len(lead) - len(line) - 1
    if left >= min(len(label), 30):
        words = wrap(label, left)
        hanging = " " * (len(lead) + len(line) + 1)
        return [lead + paint(colour, f"{line} {words[0]}"), *(hanging + paint(colour, text) for text in words[1:])]
    begin = " " * min(len(lead), max(0, room - 40))
    return [lead + paint(colour, line), *(begin + paint(colour, text) for text in wrap(label, room - len(begin)))]

"""Documents that stand as text in a property: JSON in a string, also one made by ``Fn::Sub`` or ``Fn::Join``."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from scanner import syntax
from scanner.model import Fact, Items, Location, Reference, Unknown
from scanner.syntax import SyntaxProblem

HOLE = "\ue000{}\ue001"
"""Stands in the text for a value that is not known, by its number."""


@dataclass(frozen=True, slots=True)
class Stands:
    """Where a literal text stands in a file.

    ``lines`` has line and column of the first character of every line of the text, and ``widths`` how many columns
    each character takes where it is not one, because it is written with an escape.
    """

    file: str
    whole: Location
    """Of the scalar that holds the text."""
    text: str = ""
    lines: tuple[tuple[int, int], ...] = ()
    width: Callable[[str], int] = len
    offset: int = 0
    length: int = 0
    """How many characters stand for the value, if it is not what is written but a variable's value; else 0."""

    def moved(self, offset: int, length: int = 0) -> Stands:
        """The place of a part of the text, from an offset on."""
        return replace(self, offset=offset, length=length)

    def place(self, offset: int, *, last: bool = False) -> tuple[int, int] | None:
        """Line and column of a character (of a variable: its first or last); None if it is not known."""
        if not self.lines:
            return None
        if self.length:
            offset = self.length - 1 if last else 0
        end = self.offset + offset
        before = self.text[:end]
        row = before.count("\n") if len(self.lines) > 1 else 0
        line, column = self.lines[row]
        return line, column + self.width(before.rpartition("\n")[2] if row else before)


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text: literal text, or a value that stands in it."""

    value: Any
    stands: Stands | None = None


def _no_pieces() -> tuple[Piece, ...]:
    return ()


@dataclass(frozen=True, slots=True)
class Written(Fact[Any]):
    """A fact whose value is a text that looks like a document, with what it was made of."""

    pieces: Callable[[], tuple[Piece, ...]] = field(default=_no_pieces, compare=False)


_TEXT = r'"((?:[^"\\]|\\.)*)"'
_VARIABLES = re.compile(rf'"Name"\s*:\s*"[^"]*"\s*,\s*"Value"\s*:\s*{_TEXT}|"Value"\s*:\s*{_TEXT}\s*,\s*"Name"\s*:')
"""Environment variables as ECS has them, in either order."""


def json_secrets(text: str) -> Iterator[tuple[int, int]]:
    """The offsets of the values of environment variables in a JSON text, which need not be whole or valid."""
    if '"Value"' in text:
        for found in _VARIABLES.finditer(text):
            start, end = found.span(1 if found.group(1) is not None else 2)
            if end > start:
                yield start, end


def looks_like_document(text: str) -> bool:
    """Whether a text could be a JSON object or list."""
    return text.lstrip()[:1] in ("{", "[")


def document(fact: Fact[Any]) -> Fact[Any]:
    """The document that a property holds, as mappings, Items and scalars with places of their own.

    What is no text (a document written as a mapping, an unknown value) is given back as it is. A text that is not
    JSON gives an Unknown that says why. Values that are not known may stand in the text; where one stands inside
    a JSON string, that string is what ``Fn::Sub`` would make of it: the value itself, or text with unknown parts.
    """
    pieces = fact.pieces() if isinstance(fact, Written) else ()
    if not pieces:
        pieces = tuple(_pieces_of(fact.value))
    if not pieces:
        return fact
    return _Reader(pieces, fact).read()


def parts(fact: Fact[Any], stands: Stands) -> tuple[Piece, ...]:
    """What a value adds to a text that it is a part of: what it is made of itself, or the value at a place."""
    own = fact.pieces() if isinstance(fact, Written) else ()
    return own or tuple(Piece(one.value, stands) for one in _pieces_of(fact.value) or [Piece(fact.value)])


def filling(place: Location) -> Stands:
    """Where a value stands that a function fills in: at the function, in its first line."""
    length = place.end_column - place.column if place.end_line == place.line else 1
    return Stands(place.file, place, " " * length, ((place.line, place.column),), length=length)


def _pieces_of(value: Any) -> list[Piece]:
    if isinstance(value, str):
        return [Piece(value)]
    if isinstance(value, Unknown) and isinstance(value.key, tuple) and value.key[:1] == ("text",):
        return [Piece(part if isinstance(part, str) else _meant(part[1], value)) for part in value.key[1]]
    return []


def _meant(symbol: Any, text: Unknown) -> Unknown | Reference:
    """The value of an unknown part of a text."""
    if isinstance(symbol, tuple) and symbol[:1] == ("attribute",):
        return Reference(str(symbol[1]), str(symbol[2]))
    return Unknown(symbol, text.reason, text.location, text.supply)


class _Reader:
    """Reads one document."""

    def __init__(self, pieces: tuple[Piece, ...], fact: Fact[Any]) -> None:
        self._fact = fact
        self._holes: list[Any] = []
        self._starts: list[tuple[int, Piece]] = []
        self._text = self._joined(pieces)
        self._line_starts = [0]
        for line in self._text.split("\n"):
            self._line_starts.append(self._line_starts[-1] + len(line) + 1)

    def read(self) -> Fact[Any]:
        file = self._fact.location.file if self._fact.location else ""
        try:
            node = syntax.load_json(self._text, file)
        except SyntaxProblem as problem:
            place = self._location((problem.line, problem.column, problem.line, problem.column))
            return Fact(Unknown(("no document", self._text), f"the text is {problem.message}", place), self._fact.at)
        return self._read(node, top=True)

    def _joined(self, pieces: tuple[Piece, ...]) -> str:
        """The text with a hole for each value that is not known, in quotes where the text has none around it."""
        text, length, quoted = [], 0, False
        for piece in pieces:
            self._starts.append((length, piece))
            part = piece.value
            if isinstance(part, (Unknown, Reference)):
                part = HOLE.format(len(self._holes))
                self._holes.append(piece.value)
                part = part if quoted else f'"{part}"'
            else:
                part = str(part) if not isinstance(part, bool) else json.dumps(part)
                quoted = _ends_in_string(part, quoted)
            text.append(part)
            length += len(part)
        return "".join(text)

    def _read(self, node: syntax.Node, *, top: bool = False, place: Location | None = None) -> Fact[Any]:
        at = self._fact.at if top else (place,) if place else self._at(node.span)
        if isinstance(node, syntax.Mapping):
            entries = {}
            for key, value in node.entries.items():
                found = self._location(syntax.entry_span(node.keys[key], value))
                if found is not None and found.end_line > found.line:
                    # The parts of what Fn::Join makes stand in several lines: the key alone is in one.
                    found = self._location(node.keys[key])
                entries[key] = self._read(value, place=found)
            return Fact(entries, at)
        if isinstance(node, syntax.Sequence):
            return Fact(Items(tuple(self._read(item) for item in node.items)), at)
        assert isinstance(node, syntax.Scalar)
        if isinstance(node.value, str) and HOLE[0] in node.value:
            return self._filled(node.value, at)
        return Fact(node.value, at)

    def _filled(self, text: str, at: tuple[Location, ...]) -> Fact[Any]:
        """A string with its holes filled: one hole alone is its value."""
        parts: list[Any] = []
        for index, piece in enumerate(text.replace("\ue001", "\ue000").split("\ue000")):
            if index % 2:
                parts.append(self._holes[int(piece)])
            elif piece:
                parts.append(piece)
        if len(parts) == 1:
            return Fact(parts[0], at)
        key = ("text", tuple(part if isinstance(part, str) else ("value", _symbol(part)) for part in parts))
        cause = next((part for part in parts if isinstance(part, Unknown)), None)
        if cause is None:
            return Fact(Unknown(key, "the text holds what is known after deployment", at[0] if at else None), at)
        return Fact(Unknown(key, cause.reason, cause.location, cause.supply, cause.split), at)

    # --- places

    def _at(self, span: syntax.Span) -> tuple[Location, ...]:
        place = self._location(span)
        return self._fact.at if place is None else (place,)

    def _location(self, span: syntax.Span) -> Location | None:
        """Where a region of the document stands in the file; the property itself where that is not known."""
        start, end = self._place(span[0], span[1]), self._place(span[2], span[3] - 1, last=True)
        if start is None or end is None:
            return self._fact.location
        file = next(piece.stands.file for _, piece in self._starts if piece.stands is not None)
        return Location(file, *start, end[0], end[1] + 1)

    def _place(self, line: int, column: int, *, last: bool = False) -> tuple[int, int] | None:
        offset = self._line_starts[line - 1] + column - 1
        start, piece = next(
            ((start, piece) for start, piece in reversed(self._starts) if start <= offset), self._starts[0]
        )
        return piece.stands.place(offset - start, last=last) if piece.stands is not None else None


def _symbol(value: Unknown | Reference) -> Any:
    return value.key if isinstance(value, Unknown) else ("attribute", value.address, value.attribute)


def _ends_in_string(text: str, quoted: bool) -> bool:
    """Whether a JSON text that began inside a string, or not, ends inside one."""
    escaped = False
    for character in text:
        if escaped:
            escaped = False
        elif character == "\\":
            escaped = quoted
        elif character == '"':
            quoted = not quoted
    return quoted


def standing(node: syntax.Scalar, file: str, *, tagged: bool = False) -> Stands:
    """Where each character of a scalar's text stands, as far as its span tells how it is written.

    ``tagged`` says that the span may begin with a ``!Sub``.
    """
    befores = (0, len("!Sub ")) if tagged else (0,)
    whole = Location(file, *node.span)
    line, column, end_line, end_column = node.span
    text = node.text
    if line == end_line:
        for width in (len, _single_quoted, _double_quoted):
            quotes = 0 if node.plain else 2
            start = end_column - quotes // 2 - width(text)
            if start - quotes // 2 - column in befores:
                return Stands(file, whole, text, ((line, start),), width)
        return Stands(file, whole)
    rows = text.rstrip().split("\n")
    # A block's lines are those of the file. So few lines without a last line break may be in quotes instead.
    if len(rows) == end_line - line and (text.endswith("\n") or len(rows) > 2):
        indent = end_column - len(rows[-1])
        return Stands(file, whole, text, tuple((line + 1 + row, indent) for row in range(text.count("\n") + 1)))
    return Stands(file, whole)


def _single_quoted(text: str) -> int:
    return len(text) + text.count("'")


def _double_quoted(text: str) -> int:
    return len(json.dumps(text, ensure_ascii=False)) - 2

"""What an account has of a resource, written as a text of its own, in which findings have their places.

A snapshot holds thousands of resources and changes every night; a finding shows its resource alone, the way it is
configured, with secrets blanked.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from scanner import syntax
from scanner.model import Location
from scanner.sources.cloudformation.secrets import secret_spans
from scanner.syntax import Span

HIDDEN = "***"

_Point = tuple[int, int]
_Part = Callable[[str], None]
"""Writes a part of a collection, given its indentation."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A text with what it was written from."""

    path: str
    text: str
    account: str
    region: str
    arn: str
    _keys: dict[_Point, Span]
    """Where keys with their values went, by where the keys began."""
    _nodes: dict[_Point, tuple[Span, Span]]
    """Where values went, by where they began, with where they stood; the innermost of a beginning counts."""

    def place(self, place: Location) -> Location:
        """Where a place of the snapshot went."""
        start = place.line, place.column
        region = self._keys.get(start)
        if region is None:
            region = self._region(start, (place.end_line, place.end_column))
        return Location(self.path, *region)

    def _region(self, start: _Point, end: _Point) -> Span:
        found = self._nodes.get(start)
        if found is not None and (found[1][2:] == end or found[0][0] != found[0][2]):
            return found[0]
        around = [pair for pair in self._nodes.values() if pair[1][:2] <= start <= pair[1][2:]]
        if not around:
            return (1, 1, 1, 2)
        new, old = max(around, key=lambda pair: pair[1][:2])
        if new[0] != new[2] or old[0] != start[0]:
            return new
        # Within a text: as far from its beginning as it was.
        first = min(new[1] + start[1] - old[1], new[3])
        last = min(new[1] + end[1] - old[1], new[3]) if end[0] == start[0] else new[3]
        return (new[0], first, new[2], max(first, last))


def sheet_of(path: str, node: syntax.Node, lines: Sequence[str], *, account: str, region: str, arn: str = "") -> Sheet:
    """The sheet of a node of a snapshot, whose ``lines`` these are."""
    writer = _Writer(lines, secret_spans(node) if isinstance(node, syntax.Mapping) else ())
    writer.write(node, "")
    writer.end()
    return Sheet(path, "\n".join(writer.lines), account, region, arn, writer.keys, writer.nodes)


class _Writer:
    """Writes JSON with an indentation of two, and remembers where everything went."""

    def __init__(self, source: Sequence[str], secrets: Iterable[Span]) -> None:
        self.lines: list[str] = []
        self.keys: dict[_Point, Span] = {}
        self.nodes: dict[_Point, tuple[Span, Span]] = {}
        self._here = ""
        self._source = source
        self._secrets = tuple(secrets)

    def write(self, node: syntax.Node, indent: str) -> None:
        line, column = len(self.lines) + 1, len(self._here) + 1
        if isinstance(node, syntax.Mapping):
            self._mapping(node, indent)
        elif isinstance(node, syntax.Sequence):
            self._collection("[]", indent, [partial(self.write, item) for item in node.items])
        else:
            assert isinstance(node, syntax.Scalar)
            self._here += self._scalar(node)
        self.nodes[node.span[:2]] = (line, column, len(self.lines) + 1, len(self._here) + 1), node.span

    def end(self) -> None:
        self.lines += [self._here, ""]

    def _mapping(self, node: syntax.Mapping, indent: str) -> None:
        entries = [partial(self._entry, key, node.keys[key], value) for key, value in node.entries.items()]
        self._collection("{}", indent, entries)

    def _entry(self, key: str, stood: Span, value: syntax.Node, indent: str) -> None:
        line, column = len(self.lines) + 1, len(self._here) + 1
        self._here += json.dumps(key, ensure_ascii=False)
        key_end = len(self._here) + 1
        self._here += ": "
        self.write(value, indent)
        end = len(self._here) + 1 if len(self.lines) + 1 == line else key_end
        self.keys[stood[:2]] = (line, column, line, end)

    def _collection(self, brackets: str, indent: str, parts: Sequence[_Part]) -> None:
        self._here += brackets[0]
        inner = indent + "  "
        for number, part in enumerate(parts, 1):
            self.lines.append(self._here)
            self._here = inner
            part(inner)
            self._here += "," if number < len(parts) else ""
        if parts:
            self.lines.append(self._here)
            self._here = indent
        self._here += brackets[1]

    def _scalar(self, node: syntax.Scalar) -> str:
        """A scalar as it is written in the snapshot, so that places within it stay true."""
        line, column, _, end = node.span
        written = self._source[line - 1][column - 1 : end - 1]
        for span in self._secrets:
            if span[0] == line and column <= span[1] and span[3] <= end:
                if (span[1], span[3]) == (column, end):
                    return json.dumps(HIDDEN)
                first, last = span[1] - column, span[3] - column
                written = written[:first] + "*" * (last - first) + written[last:]
        return written

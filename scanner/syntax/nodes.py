"""Trees of YAML and JSON documents that remember where everything stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Span = tuple[int, int, int, int]
"""Line, column, end line and end column: from 1, in code points, the end exclusive."""

STATED_TWICE = "!StatedTwice"
"""The tag of a sequence that stands for the value of a key that its mapping has several times: it holds all of them."""

MAX_DEPTH = 200
"""How deep collections may be nested. Whoever walks a tree may therefore recurse."""


class SyntaxProblem(Exception):
    """A file that cannot be read as what it claims to be.

    ``line`` and ``column`` count from 1; a problem of the whole file stands at 1:1.
    """

    def __init__(self, file: str, line: int, column: int, message: str) -> None:
        super().__init__(file, line, column, message)
        self.file = file
        self.line = line
        self.column = column
        self.message = message

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.message}"


def shown(text: str) -> str:
    """Text from a file as a message can carry it: printable and short."""
    text = text if len(text) <= 100 else text[:99] + "\u2026"
    return text if text.isprintable() else ascii(text)


def duplicate_key(file: str, key: str, span: Span, first: Span) -> SyntaxProblem:
    """What is wrong with a key at ``span`` that its mapping has had at ``first``."""
    return SyntaxProblem(file, span[0], span[1], f"duplicate key {shown(key)}: first on line {first[0]}")


def too_deep(file: str, line: int, column: int) -> SyntaxProblem:
    """What is wrong with a collection beyond MAX_DEPTH."""
    return SyntaxProblem(file, line, column, f"nested deeper than {MAX_DEPTH} levels")


@dataclass(slots=True, eq=False)
class Node:
    """Nodes are compared and hashed by identity: an alias gives the node of its anchor itself.

    The span begins at the node's tag or anchor, if it has one, and ends with its last character that is not blank.
    """

    span: Span
    tag: str
    """Empty, or a short tag as written: ``!Ref``."""


@dataclass(slots=True, eq=False)
class Scalar(Node):
    value: str | int | float | bool | None
    """A scalar with a short tag is always text."""
    text: str
    """As written, without quotes and with escapes and line folding undone: ``08`` stays ``08``."""
    plain: bool
    """Written without quotes and not as a block: it could mean something else than text."""


@dataclass(slots=True, eq=False)
class Sequence(Node):
    items: list[Node]


@dataclass(slots=True, eq=False)
class Mapping(Node):
    entries: dict[str, Node]
    keys: dict[str, Span]
    """Where each key stands; a merged entry has the place it was merged from."""


def entry_span(key: Span, value: Node) -> Span:
    """Where an entry of a mapping stands: its key and value if they share a line, else its key."""
    return (key[0], key[1], *value.span[2:]) if value.span[2] == key[0] else key


class Repeated:
    """The keys that mappings of a document have several times. A loader that is given one goes on after such a key."""

    def __init__(self) -> None:
        self.problems: list[SyntaxProblem] = []
        self._values: dict[tuple[Mapping, str], list[Node]] = {}

    def clear(self) -> None:
        """Forgets all, for another loader to begin."""
        self.problems.clear()
        self._values.clear()

    def note(self, mapping: Mapping, key: str, problem: SyntaxProblem) -> None:
        """A key that a mapping has again; its value is still to come."""
        self.problems.append(problem)
        self._values.setdefault((mapping, key), []).append(mapping.entries[key])

    def settle(self) -> None:
        """Once all is read: each such key has a sequence with all of its values, tagged STATED_TWICE."""
        for (mapping, key), earlier in self._values.items():
            last = mapping.entries[key]
            mapping.entries[key] = Sequence(last.span, STATED_TWICE, [*earlier, last])


def to_plain(node: Node) -> Any:
    """The tree as plain Python data: dict, list, str, int, float, bool and None. Tags are dropped."""
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Mapping):
        return {key: to_plain(value) for key, value in node.entries.items()}
    assert isinstance(node, Sequence)
    return [to_plain(item) for item in node.items]

"""What the tests of both loaders ask of a tree."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.syntax import Mapping, Node, Scalar, Sequence, Span


def sliced(text: str, span: Span) -> str:
    """The part of a text that a span covers."""
    line, column, end_line, end_column = span
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if line == end_line:
        assert end_column <= len(lines[line - 1]) + 1
        return lines[line - 1][column - 1 : end_column - 1]
    first, last = lines[line - 1][column - 1 :], lines[end_line - 1][: end_column - 1]
    return "\n".join([first, *lines[line : end_line - 1], last])


def scalars(node: Node) -> Iterator[Scalar]:
    """All scalars in a tree."""
    if isinstance(node, Scalar):
        yield node
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from scalars(item)
    elif isinstance(node, Mapping):
        for value in node.entries.values():
            yield from scalars(value)


def outline(node: Node) -> object:
    """Everything about a tree as plain data."""
    if isinstance(node, Scalar):
        return node.span, node.tag, node.value, node.text, node.plain
    if isinstance(node, Sequence):
        return node.span, node.tag, [outline(item) for item in node.items]
    assert isinstance(node, Mapping)
    return node.span, node.tag, node.keys, {key: outline(value) for key, value in node.entries.items()}

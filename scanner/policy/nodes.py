"""Reading nodes whose form the schema has judged: what is not as it should be is empty."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.syntax import Mapping, Node, Scalar, Sequence


def entries(node: Node | None) -> Iterator[tuple[str, Node]]:
    """The keys and values of a mapping."""
    return iter(node.entries.items() if isinstance(node, Mapping) else ())


def entry(node: Node | None, key: str) -> Node | None:
    """The value of a key of a mapping."""
    return node.entries.get(key) if isinstance(node, Mapping) else None


def items(node: Node | None) -> list[Node]:
    """The elements of a sequence."""
    return node.items if isinstance(node, Sequence) else []


def text(node: Node | None) -> str:
    """The text of a scalar."""
    return node.value if isinstance(node, Scalar) and isinstance(node.value, str) else ""


def key(node: Node, name: str) -> Node | tuple[int, int, int, int]:
    """Where a key of a mapping stands; the node itself if it is not there."""
    return node.keys[name] if isinstance(node, Mapping) and name in node.keys else node

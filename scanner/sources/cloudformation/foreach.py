"""``Fn::ForEach`` of the AWS::LanguageExtensions transform, unrolled before anything is read.

Loops stand in Resources, Conditions, Outputs and in resource properties, and may be nested. A loop over
a collection that is not known is left as it is: what it makes is then not known either.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from scanner import syntax

PREFIX = "Fn::ForEach::"
MOST = 2_000
"""The most copies that the loops of a template may make."""
MOST_NODES = 400_000
"""The most nodes that all copies together may have."""

Collection = Callable[[syntax.Node], "list[str] | None"]


class TooManyCopies(Exception):
    """Loops would make more than MOST copies, or copies of more than MOST_NODES nodes."""


class Unroller:
    """Unrolls the loops below a node. ``collection`` gives the texts that a collection node stands for."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection
        self._made = 0
        self._nodes = 0
        self.left: list[tuple[str, syntax.Span]] = []
        """The loops that could not be unrolled, with their places."""

    def unroll(self, node: syntax.Node, names: Mapping[str, str] | None = None) -> syntax.Node:
        """The node with its loops replaced by their copies; the same object where there are none.

        Raises TooManyCopies.
        """
        names = names or {}
        if names:
            self._nodes += 1
            if self._nodes > MOST_NODES:
                raise TooManyCopies
        if isinstance(node, syntax.Mapping):
            return self._mapping(node, names)
        if isinstance(node, syntax.Sequence):
            items = [self.unroll(item, names) for item in node.items]
            changed = any(new is not old for new, old in zip(items, node.items, strict=True))
            return syntax.Sequence(node.span, node.tag, items) if changed else node
        if isinstance(node, syntax.Scalar) and names:
            return _substituted(node, names)
        return node

    def _mapping(self, node: syntax.Mapping, names: Mapping[str, str]) -> syntax.Node:
        if names and len(node.entries) == 1 and "Ref" in node.entries:
            referred = node.entries["Ref"]
            if isinstance(referred, syntax.Scalar) and referred.text in names:
                text = names[referred.text]
                return syntax.Scalar(node.span, "", text, text, False)
        entries: dict[str, syntax.Node] = {}
        keys: dict[str, syntax.Span] = {}
        changed = False
        for key, value in node.entries.items():
            if key.startswith(PREFIX):
                copies = self._loop(value, names)
                if copies is None:
                    self.left.append((key, node.keys[key]))
                    entries[key], keys[key] = value, node.keys[key]
                    continue
                changed = True
                for name, copy, span in copies:
                    entries[name], keys[name] = copy, span
            else:
                name, copy = _replace(key, names), self.unroll(value, names)
                changed = changed or name != key or copy is not value
                entries[name], keys[name] = copy, node.keys[key]
        return syntax.Mapping(node.span, node.tag, entries, keys) if changed else node

    def _loop(self, node: syntax.Node, names: Mapping[str, str]) -> list[tuple[str, syntax.Node, syntax.Span]] | None:
        if not (isinstance(node, syntax.Sequence) and len(node.items) == 3):
            return None
        identifier, collection, body = node.items
        values = self._collection(self.unroll(collection, names))
        if values is None or not isinstance(identifier, syntax.Scalar) or not isinstance(body, syntax.Mapping):
            return None
        copies = []
        for value in values:
            self._made += 1
            if self._made > MOST:
                raise TooManyCopies
            copy = self._mapping(body, {**names, identifier.text: value})
            assert isinstance(copy, syntax.Mapping)
            copies += [(name, inner, copy.keys[name]) for name, inner in copy.entries.items()]
        return copies


def _replace(text: str, names: Mapping[str, str]) -> str:
    if "{" not in text:
        return text
    for name, value in names.items():
        text = text.replace("${" + name + "}", value).replace("&{" + name + "}", _alphanumeric(value))
    return text


def _alphanumeric(text: str) -> str:
    return "".join(character for character in text if character.isalnum())


def _substituted(node: syntax.Scalar, names: Mapping[str, str]) -> syntax.Node:
    if node.tag == "!Ref" and node.text in names:
        text = names[node.text]
        return syntax.Scalar(node.span, "", text, text, False)
    text = _replace(node.text, names)
    return node if text == node.text else syntax.Scalar(node.span, node.tag, text, text, node.plain)

"""Where a template holds values that no report may show."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeGuard

from scanner import syntax
from scanner.sources.embedded import json_secrets, standing

_SECRET_NAME = re.compile(
    r"password|passphrase|secret(?!s?manager|s?arn|id|name)|token|api_?key|private_?key|credential", re.IGNORECASE
)
_ENVIRONMENTS = frozenset({"Environment", "EnvironmentVariables", "RuntimeEnvironmentVariables"})
_NAMING = frozenset({"Ref", "Fn::GetAtt", "Fn::ImportValue", "Fn::FindInMap", "Fn::GetAZs", "Condition"})
"""Functions whose texts are names of something, not parts of the value."""
_NAMING_TAGS = frozenset({"!Ref", *(f"!{name.removeprefix('Fn::')}" for name in _NAMING)})


def secret_spans(root: syntax.Mapping) -> Iterator[syntax.Span]:
    """The spans of literal values of environment variables, NoEcho parameters and properties named as secrets."""
    parameters = root.entries.get("Parameters")
    if isinstance(parameters, syntax.Mapping):
        for name, stated in parameters.entries.items():
            for node in stated.items if _is_twice(stated) else [stated]:
                if isinstance(node, syntax.Mapping) and (
                    _is_true(node.entries.get("NoEcho")) or _SECRET_NAME.search(name)
                ):
                    yield from _literals(node.entries.get("Default"))
    waiting: list[syntax.Node] = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, syntax.Scalar):
            yield from _embedded(node)
        elif isinstance(node, syntax.Sequence):
            if _is_twice(node):
                yield from _literals(node)
            waiting.extend(node.items)
        elif isinstance(node, syntax.Mapping):
            for key, value in node.entries.items():
                if key in _ENVIRONMENTS:
                    yield from _environment(value)
                elif _SECRET_NAME.search(key) and _is_text(value):
                    yield from _literals(value)
                waiting.append(value)


def _embedded(node: syntax.Scalar) -> Iterator[syntax.Span]:
    """The secrets in a text that is a JSON document, or a part of one; all of it where their places are not known."""
    if not isinstance(node.value, str):
        return
    stands = None
    for start, end in json_secrets(node.text):
        stands = stands or standing(node, "")
        first, last = stands.place(start), stands.place(end - 1)
        if first is None or last is None:
            yield node.span
            return
        yield (*first, last[0], last[1] + 1)


def _environment(node: syntax.Node) -> Iterator[syntax.Span]:
    """The values of a list of names and values, or of a mapping (``Variables`` in it, for Lambda)."""
    if isinstance(node, syntax.Sequence):
        for item in node.items:
            if isinstance(item, syntax.Mapping):
                yield from _literals(item.entries.get("Value"))
    elif isinstance(node, syntax.Mapping):
        variables = node.entries.get("Variables", node)
        for value in variables.entries.values() if isinstance(variables, syntax.Mapping) else ():
            if _is_text(value):
                yield from _literals(value)


def _is_text(node: syntax.Node) -> bool:
    """Whether a node can be a text: a string, or a function that may give one."""
    if isinstance(node, syntax.Scalar):
        return isinstance(node.value, str)
    if isinstance(node, syntax.Mapping):
        return len(node.entries) == 1 and next(iter(node.entries)).startswith("Fn::")
    return bool(node.tag)


def _literals(node: syntax.Node | None) -> Iterator[syntax.Span]:
    """The literal texts that a value is made of."""
    if node is None or node.tag in _NAMING_TAGS:
        return
    if isinstance(node, syntax.Scalar):
        if node.value is not None and "{{resolve:" not in node.text:
            yield node.span
    elif isinstance(node, syntax.Sequence):
        items = node.items[1:] if node.tag == "!If" else node.items
        for item in items:
            yield from _literals(item)
    elif isinstance(node, syntax.Mapping):
        for key, value in node.entries.items():
            if key == "Fn::If" and isinstance(value, syntax.Sequence):
                for item in value.items[1:]:
                    yield from _literals(item)
            elif key not in _NAMING:
                yield from _literals(value)


def _is_true(node: syntax.Node | None) -> bool:
    return _is_twice(node) or (isinstance(node, syntax.Scalar) and node.text.lower() == "true")


def _is_twice(node: syntax.Node | None) -> TypeGuard[syntax.Sequence]:
    """Whether a node stands for a key that is stated twice, of which nothing is shown: what it is for is in doubt."""
    return node is not None and node.tag == syntax.STATED_TWICE

"""Where a template holds values that no report may show."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanner import syntax

_SECRET_NAME = re.compile(r"password|passphrase|secret(?!sarn|arn|id|name)|token|api_?key|private_?key|credential", re.IGNORECASE)


def secret_spans(root: syntax.Mapping) -> Iterator[syntax.Span]:
    """The spans of literal values of environment variables, NoEcho parameters and properties named as secrets."""
    parameters = root.entries.get("Parameters")
    if isinstance(parameters, syntax.Mapping):
        for node in parameters.entries.values():
            if isinstance(node, syntax.Mapping) and _is_true(node.entries.get("NoEcho")) and "Default" in node.entries:
                yield node.entries["Default"].span
    waiting: list[syntax.Node] = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, syntax.Sequence):
            waiting.extend(node.items)
        elif isinstance(node, syntax.Mapping):
            for key, value in node.entries.items():
                if key == "Environment":
                    yield from _environment(value)
                elif _SECRET_NAME.search(key) and isinstance(value, syntax.Scalar) and value.tag in ("", "!Sub"):
                    if isinstance(value.value, str) and not value.text.startswith("{{resolve:"):
                        yield value.span
                waiting.append(value)


def _environment(node: syntax.Node) -> Iterator[syntax.Span]:
    if isinstance(node, syntax.Sequence):
        for item in node.items:
            value = item.entries.get("Value") if isinstance(item, syntax.Mapping) else None
            if isinstance(value, syntax.Scalar) and value.tag in ("", "!Sub"):
                yield value.span
    elif isinstance(node, syntax.Mapping):
        variables = node.entries.get("Variables")
        for value in variables.entries.values() if isinstance(variables, syntax.Mapping) else ():
            if isinstance(value, syntax.Scalar) and value.tag in ("", "!Sub"):
                yield value.span


def _is_true(node: syntax.Node | None) -> bool:
    return isinstance(node, syntax.Scalar) and node.text.lower() == "true"

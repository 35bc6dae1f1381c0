"""A rule file as a document: read, and validated against the JSON Schema of the language.

Problems say in plain words what is wrong and stand at the node that is to blame.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from scanner.policy.expressions import suggest
from scanner.policy.load import SCHEMA_FILE
from scanner.syntax import Mapping, Node, Scalar, Sequence, SyntaxProblem, to_plain

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError

Position = tuple[int, int]
"""Line and column, from 1."""

_TYPE_NAMES = {
    "object": "a mapping",
    "array": "a list",
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "null": "nothing",
}
_validators: dict[Path, Draft202012Validator] = {}


class Problems:
    """The problems of one file, each position and message once."""

    def __init__(self, file: str, text: str = "") -> None:
        self.file = file
        self._lines = text.splitlines()
        self._found: dict[tuple[int, int, str], SyntaxProblem] = {}

    def add(self, where: Node | Position | tuple[int, int, int, int], message: str, offset: int = 0) -> None:
        """Adds a problem at a node or position, ``offset`` code points into a node that is text."""
        span = where.span if isinstance(where, Node) else where
        line, column = span[0], span[1]
        if isinstance(where, Scalar) and line == where.span[2]:
            column += offset + (0 if where.plain else 1) if offset else 0
        elif isinstance(where, Scalar):
            line, column = self._within(where, offset)
        self._found.setdefault((line, column, message), SyntaxProblem(self.file, line, column, message))

    def _within(self, node: Scalar, offset: int) -> Position:
        """Where the word at an offset stands in a text of several lines, whose folding is undone."""
        word = re.match(r"\S+", node.text[offset:])
        for line in range(node.span[0], node.span[2] + 1) if word else ():
            column = self._lines[line - 1].find(word.group()) if word and line <= len(self._lines) else -1
            if column >= 0:
                return line, column + 1
        return node.span[:2]

    def __len__(self) -> int:
        return len(self._found)

    def sorted(self) -> list[SyntaxProblem]:
        return [self._found[key] for key in sorted(self._found)]


def validate(root: Node, problems: Problems, schema: Path = SCHEMA_FILE, whole: str = "the rule") -> None:
    """Adds every violation of a schema, that of rule files or another, by a file; ``whole`` is what the file is."""
    if schema not in _validators:
        from jsonschema import Draft202012Validator

        _validators[schema] = Draft202012Validator(json.loads(schema.read_text(encoding="utf-8")))
    for error in _validators[schema].iter_errors(to_plain(root)):
        path = list(error.absolute_path)
        for where, message in _explain(error, path, node_at(root, path)):
            problems.add(where, message if path else message.replace(_name(path), whole, 1))


def node_at(root: Node, path: Iterable[str | int]) -> Node:
    """The node at a path of keys and indexes."""
    here = root
    for step in path:
        if isinstance(here, Mapping):
            here = here.entries[str(step)]
        elif isinstance(here, Sequence):
            here = here.items[int(step)]
    return here


def _explain(error: ValidationError, path: list[str | int], node: Node) -> Iterator[tuple[Node | Position, str]]:
    keyword, schema = str(error.validator), cast("dict[str, Any]", error.schema)
    wanted, found = cast(Any, error.validator_value), cast(Any, error.instance)
    name = _name(path)
    if "propertyNames" in error.absolute_schema_path:
        key = str(found)
        where = node.keys[key][:2] if isinstance(node, Mapping) and key in node.keys else node
        yield where, f'"{key}" cannot be a name here: {_fault_of_name(keyword)}'
    elif keyword == "additionalProperties" and isinstance(node, Mapping):
        known = list(schema.get("properties", {}))
        what = "predicate" if "flow_allowed" in known else "key"
        for key, span in node.keys.items():
            if key not in known:
                yield span[:2], f'unknown {what} "{key}"{suggest(key, known)}'
    elif keyword == "required":
        for key in wanted:
            if isinstance(found, dict) and key not in found:
                yield node, f'{name} lacks "{key}"'
    elif keyword == "enum":
        hint = suggest(str(found), [str(value) for value in wanted])
        yield node, f"{name} must be one of {', '.join(map(str, wanted))}, not {_show(found)}{hint}"
    elif keyword == "type":
        types = [wanted] if isinstance(wanted, str) else wanted
        names = list(dict.fromkeys(_TYPE_NAMES[type] for type in types))
        yield node, f"{name} must be {' or '.join(names)}, not {_kind(found)}"
    elif keyword == "pattern":
        yield node, f"{name} is malformed: {_show(found)}. {schema.get('description', '')}".rstrip()
    elif keyword in ("minProperties", "maxProperties"):
        if "flow_allowed" in schema.get("properties", {}):
            yield node, f"a check is one predicate, combination or quantifier, not {len(found)} (use all or any)"
        elif "at_least" in schema.get("properties", {}):
            yield node, "count needs at_least, at_most or equals"
        else:
            yield node, f"{name} must not be empty"
    elif keyword in ("minItems", "maxItems", "items") and "prefixItems" in schema:
        yield node, f"{name} takes two operands in a list, not {len(found)}"
    elif keyword in ("minItems", "minLength"):
        yield node, f"{name} must not be empty"
    elif keyword == "uniqueItems":
        yield node, f"{name} holds a value twice"
    elif keyword == "oneOf":
        yield node, f"{name} needs either base or template, one of the two"
    else:
        yield node, f"{name}: {error.message}"


def _name(path: list[str | int]) -> str:
    if not path:
        return "the rule"
    if isinstance(path[-1], int):
        return f"{_name(path[:-1])}, item {path[-1] + 1},"
    return f'"{path[-1]}"'


def _fault_of_name(keyword: str) -> str:
    if keyword == "not":
        return "the word is reserved"
    return "use lower-case letters, digits and _, a letter first"


def _show(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _kind(value: Any) -> str:
    if value is None:
        return "nothing"
    for type, name in ((bool, "true or false"), (dict, "a mapping"), (list, "a list"), (str, "text")):
        if isinstance(value, type):
            return name
    return "a number"

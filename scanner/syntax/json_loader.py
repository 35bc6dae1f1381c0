"""JSON to nodes.

The standard library's parser gives no positions, and its recursion is the input's nesting. This one reads line by
line: no JSON token spans lines, so that a token's line is free and its column is its offset.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from math import isfinite

from scanner.syntax.nodes import (
    MAX_DEPTH,
    Mapping,
    Node,
    Repeated,
    Scalar,
    Sequence,
    Span,
    SyntaxProblem,
    duplicate_key,
    shown,
    too_deep,
)
from scanner.syntax.scalars import MAX_DIGITS

_TOKEN = re.compile(
    r"""[ \t\r]*(?:
        ("[^"\\\x00-\x1f]*(?:\\.[^"\\\x00-\x1f]*)*")
      | ([{}\[\]:,])
      | (-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)
      | (true|false|null)
      | ([^ \t\r])
    )""",
    re.VERBOSE,
)
_STRING, _PUNCTUATION, _NUMBER, _WORD, _ANYTHING_ELSE = range(1, 6)
_WORDS = {"true": True, "false": False, "null": None}
_LONE_RETURN = re.compile(r"\r(?!\n)")
_CONSTANT = re.compile(r"NaN|-?Infinity")

# What may come next.
_VALUE, _VALUE_OR_END, _KEY, _KEY_OR_END, _COLON, _COMMA_OR_END, _NOTHING = range(7)

_Token = tuple[int, str, int, int, int]


class _NotJsonError(Exception):
    """The text is not JSON from here on."""

    def __init__(self, line: int, column: int) -> None:
        self.line = line
        self.column = column


def load_json(text: str, file: str, *, repeated: Repeated | None = None) -> Node:
    """The tree of a JSON text. ``file`` is the name that a problem shows.

    Strictly JSON: NaN, duplicate keys, numbers that no double holds and halves of surrogate pairs are refused; but with
    ``repeated`` duplicate keys are noted there. Raises SyntaxProblem, in the standard library's words where that finds
    the same fault.
    """
    text = text.lstrip("\ufeff")
    if "\r" in text:
        text = _LONE_RETURN.sub("\n", text)
    lines = text.split("\n")
    try:
        root = _build(lines, file, repeated)
    except _NotJsonError as place:
        raise _explained(text, lines, file, place) from None
    if repeated is not None:
        repeated.settle()
    return root


def _tokens(lines: list[str]) -> Iterator[_Token]:
    """Kind, text, line, column and end column of each token."""
    finditer = _TOKEN.finditer
    for number, line in enumerate(lines, 1):
        # Without trailing blanks every match begins where the last one ended, so that the scan is linear.
        line = line.rstrip(" \t\r")
        for match in finditer(line) if line else ():
            kind = match.lastindex or 0
            yield kind, match[kind], number, match.start(kind) + 1, match.end() + 1


def _build(lines: list[str], file: str, repeated: Repeated | None) -> Node:
    root: Node | None = None
    current: Mapping | Sequence | None = None
    above: list[tuple[Mapping | Sequence | None, str]] = []
    key = ""
    expected = _VALUE
    for kind, token, line, column, end in _tokens(lines):
        node: Node
        span: Span
        if kind == _STRING:
            value = token[1:-1] if "\\" not in token else _unescaped(token, line, column)
            if expected in (_KEY, _KEY_OR_END):
                assert isinstance(current, Mapping)
                span = (line, column, line, end)
                key = value
                if key in current.keys:
                    problem = duplicate_key(file, key, span, current.keys[key])
                    if repeated is None:
                        raise problem
                    repeated.note(current, key, problem)
                current.keys.setdefault(key, span)
                expected = _COLON
                continue
            if expected > _VALUE_OR_END:
                raise _NotJsonError(line, column)
            node = Scalar((line, column, line, end), "", value, value, False)
        elif kind == _PUNCTUATION:
            if token == ":" and expected == _COLON:
                expected = _VALUE
                continue
            if token == "," and expected == _COMMA_OR_END:
                expected = _KEY if isinstance(current, Mapping) else _VALUE
                continue
            if token in "{[" and expected <= _VALUE_OR_END:
                if len(above) == MAX_DEPTH:
                    raise too_deep(file, line, column)
                above.append((current, key))
                span = (line, column, line, end)
                if token == "{":
                    current, expected = Mapping(span, "", {}, {}), _KEY_OR_END
                else:
                    current, expected = Sequence(span, "", []), _VALUE_OR_END
                continue
            if (token == "}" and isinstance(current, Mapping) and expected in (_KEY_OR_END, _COMMA_OR_END)) or (
                token == "]" and isinstance(current, Sequence) and expected in (_VALUE_OR_END, _COMMA_OR_END)
            ):
                node = current
                node.span = (*node.span[:2], line, end)
                current, key = above.pop()
            else:
                raise _NotJsonError(line, column)
        elif expected <= _VALUE_OR_END and kind == _NUMBER:
            node = Scalar((line, column, line, end), "", _number(token, file, line, column), token, True)
        elif expected <= _VALUE_OR_END and kind == _WORD:
            node = Scalar((line, column, line, end), "", _WORDS[token], token, True)
        else:
            raise _NotJsonError(line, column)

        if isinstance(current, Mapping):
            current.entries[key] = node
            expected = _COMMA_OR_END
        elif current is not None:
            current.items.append(node)
            expected = _COMMA_OR_END
        else:
            root = node
            expected = _NOTHING
    if root is None:
        raise _NotJsonError(len(lines), len(lines[-1]) + 1)
    return root


def _unescaped(token: str, line: int, column: int) -> str:
    try:
        value: str = json.loads(token)
    except json.JSONDecodeError:
        raise _NotJsonError(line, column) from None
    if "\\u" in token and any("\ud800" <= character <= "\udfff" for character in value):
        raise _NotJsonError(line, column)
    return value


def _number(token: str, file: str, line: int, column: int) -> int | float:
    if len(token) > MAX_DIGITS:
        raise SyntaxProblem(file, line, column, f"a number of {len(token)} characters")
    try:
        return int(token)
    except ValueError:
        value = float(token)
    if not isfinite(value):
        raise SyntaxProblem(file, line, column, f"the number {shown(token)} is too large")
    return value


def _explained(text: str, lines: list[str], file: str, place: _NotJsonError) -> SyntaxProblem:
    """The problem in the standard library's words, if it stumbles too."""
    constant = _CONSTANT.match(lines[place.line - 1], place.column - 1)
    if constant is not None:
        return SyntaxProblem(file, place.line, place.column, f"{constant[0]} is not JSON")
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        message = error.msg[:1].lower() + error.msg[1:].rstrip(": ").removesuffix(" at").removesuffix(" starting")
        return SyntaxProblem(file, error.lineno, error.colno, f"not JSON: {message}")
    except (RecursionError, ValueError):
        pass  # a fault that lies behind the one that was found
    return SyntaxProblem(file, place.line, place.column, "not JSON: half of a surrogate pair")

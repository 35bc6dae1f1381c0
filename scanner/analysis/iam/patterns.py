"""The patterns that policies write: of resources, of condition values, with policy variables and unknown parts."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from typing import Any

from scanner.analysis.bounded import as_text
from scanner.analysis.iam.glob import ANYTHING, SOMETHING, Pattern, Symbol, Token, Wild, wildcards
from scanner.analysis.texts import parts_of
from scanner.model import Reference, Unknown

VARIABLE = re.compile(r"\$\{([^${}]*)\}")
"""A policy variable; ``${*}``, ``${?}`` and ``${$}`` are the characters ("Policy variables", IAM User Guide)."""

NAMES_WITH_COLONS = frozenset({"execute-api", "iot", "lambda", "logs", "s3", "s3express"})
"""Services whose ARNs may hold colons behind their last placeholder: keys of objects, paths, qualified functions, and
the ``:*`` behind a log group."""
_SEGMENT: Pattern = (Wild.ONE_WITHIN, Wild.MANY_WITHIN)
WITHIN_SEGMENT = _SEGMENT
"""A text without colons."""
_PLAIN: Pattern = (Wild.ONE_PLAIN, Wild.MANY_PLAIN)
_PSEUDO: dict[str, Pattern] = {
    "AWS::AccountId": tuple(frozenset("0123456789") for _ in range(12)),
    "AWS::Partition": (*"aws", Wild.MANY_WITHIN),
    "AWS::Region": _SEGMENT,
    "AWS::StackName": _SEGMENT,
    "AWS::URLSuffix": (*"amazonaws.com", Wild.MANY_WITHIN),
}


def _itself(value: Any) -> Any:
    return value


def _no_shape(key: Hashable) -> str | Pattern | None:
    return None


@dataclass(frozen=True, slots=True)
class Names:
    """What else is known of values that stand in policies."""

    meant: Callable[[Any], Any] = _itself
    """The value that another one stands for: of two attributes that are one text, such as Ref and TopicArn, always the
    same; of a resource with a fixed name, the text of its ARN, as far as it is known."""
    shape: Callable[[Hashable], str | Pattern | None] = _no_shape
    """What the value with this key surely matches: a text with ``*`` and ``?`` such as ``arn:*:iam::*:role/*``, or a
    pattern without symbols."""


PLAIN = Names()


def resource_pattern(value: Any, names: Names = PLAIN, *, variables: bool = True) -> Pattern:
    """What an element of ``Resource`` matches: a ``*`` at the end of a segment of the ARN crosses colons."""
    pieces = list(_pieces(value, names, variables))
    tokens: list[Token] = []
    for index, (text, symbol) in enumerate(pieces):
        if symbol is not None:
            tokens.append(symbol)
            continue
        text = re.sub(r"\*+", "*", text)
        for place, character in enumerate(text):
            if character not in "*?":
                tokens.append(character)
                continue
            ends = place + 1 == len(text) and index + 1 == len(pieces)
            segment_ends = ends or text[place + 1 : place + 2] == ":"
            if character == "?":
                tokens.append(Wild.ONE_WITHIN)
            elif segment_ends:
                tokens.append(Wild.MANY)
            else:
                tokens.append(Wild.MANY_WITHIN)
    return _joined(tokens)


def equal_pattern(value: Any, names: Names = PLAIN, *, variables: bool = True, fold: bool = False) -> Pattern:
    """What StringEquals takes: the text itself. With ``fold``, in upper and lower case alike."""
    return _written(value, names, variables, fold, None, None)


def like_pattern(value: Any, names: Names = PLAIN, *, variables: bool = True) -> Pattern:
    """What StringLike takes."""
    return _written(value, names, variables, False, Wild.ONE, Wild.MANY)


def arn_pattern(value: Any, names: Names = PLAIN, *, variables: bool = True) -> Pattern:
    """What ArnLike and ArnEquals take: each of the six parts of an ARN is compared by itself.

    What is no ARN, and not ``*`` alone, may match anything.
    """
    pieces = list(_pieces(value, names, variables))
    written = "".join(text for text, _ in pieces)
    if written == "*" and len(pieces) == 1:
        return ANYTHING
    unknown = any(symbol is not None and _may_hold_colon(symbol) for _, symbol in pieces)
    if written.count(":") < 5 and not unknown:
        return (Symbol(("no ARN", str(value)), several=True, says=written),)
    tokens: list[Token] = []
    colons = 0
    for text, symbol in pieces:
        if symbol is not None:
            tokens.append(symbol)
            colons = 5 if _may_hold_colon(symbol) else colons
            continue
        for character in text:
            colons += character == ":"
            within = colons < 5
            if character == "*":
                tokens.append(Wild.MANY_WITHIN if within else Wild.MANY)
            elif character == "?":
                tokens.append(Wild.ONE_WITHIN if within else Wild.ONE)
            else:
                tokens.append(character)
    return _joined(tokens)


def template_pattern(arn: str) -> Pattern:
    """The ARNs of a resource type, from AWS's template ``arn:${Partition}:sns:${Region}:${Account}:${TopicName}``."""
    head = arn.split(":", 5)
    last = SOMETHING if len(head) > 2 and head[2] in NAMES_WITH_COLONS else _SEGMENT
    tokens: list[Token] = []
    for index, part in enumerate(head):
        if index:
            tokens.append(":")
        before = 0
        for hole in re.finditer(r"\$\{[^}]*\}|\{[^}]*\}|<[^>]*>|\*", part):
            tokens += part[before : hole.start()]
            ends = index == 5 and hole.end() == len(part)
            if index == 5 and "/" in part[: hole.start()] and part[: hole.start()].endswith(":"):
                tokens += _PLAIN  # the revision of task-definition/web:3
                before = hole.end()
                continue
            tokens += ANYTHING if hole.group() == "*" and index == 5 else last if ends else _SEGMENT
            before = hole.end()
        tokens += part[before:]
    return tuple(tokens)


def symbol_of(key: Hashable, names: Names = PLAIN, *, several: bool = False) -> Symbol:
    """The symbol of something unknown."""
    given = names.shape(key)
    shape: Pattern = ANYTHING
    match key:
        case _ if given is not None:
            shape = wildcards(given) if isinstance(given, str) else given
        case ("pseudo", str(name), *_):
            shape = _PSEUDO.get(name, SOMETHING)
        case ("attribute", *_):
            shape = SOMETHING  # what identifies a resource is not empty
    return Symbol(key, shape, several, _says(key))


def _says(key: Hashable) -> str:
    match key:
        case ("pseudo", str(name), *_) | ("parameter", _, str(name)) | ("variable", str(name)):
            return "${" + name + "}"
        case ("attribute", str(address), str(attribute)):
            name = address.rpartition("#")[2]
            return "${" + (name if attribute == "Ref" else f"{name}.{attribute}") + "}"
    return "${?}"


def _pieces(value: Any, names: Names, variables: bool) -> Iterator[tuple[str, Symbol | None]]:
    """The literals and symbols of a value."""
    value = names.meant(value)
    if not isinstance(value, (Unknown, Reference)):
        text = as_text(value)
        if text is None:
            yield "", Symbol(("no text", repr(value)), several=True, says="${?}")
        else:
            yield from _with_variables(text, variables)
        return
    for part in parts_of(value):
        if isinstance(part, str):
            yield from _with_variables(part, variables)
            continue
        meant = names.meant(_value(part[1]))
        if isinstance(meant, (str, int)):
            yield str(meant), None
        elif isinstance(meant, Unknown) and isinstance(meant.key, tuple) and meant.key[:1] == ("text",):
            for inner in parts_of(meant):
                yield (inner, None) if isinstance(inner, str) else ("", symbol_of(inner[1], names))
        else:
            (own,) = parts_of(meant)
            yield "", symbol_of(own[1], names)


def _value(key: Hashable) -> Any:
    match key:
        case ("attribute", str(address), str(attribute)):
            return Reference(address, attribute)
    return Unknown(key, "")


def _with_variables(text: str, variables: bool) -> Iterator[tuple[str, Symbol | None]]:
    if not variables or "${" not in text:
        yield text, None
        return
    before = 0
    for found in VARIABLE.finditer(text):
        if found.start() > before:
            yield text[before : found.start()], None
        name = found.group(1).partition(",")[0].strip()
        if name in ("*", "?", "$"):
            yield "", Symbol(("character", name), (name,), says=name)
        else:
            yield "", Symbol(("variable", found.group(1).lower()), says=found.group())
        before = found.end()
    if before < len(text):
        yield text[before:], None


def _written(value: Any, names: Names, variables: bool, fold: bool, one: Wild | None, many: Wild | None) -> Pattern:
    tokens: list[Token] = []
    for text, symbol in _pieces(value, names, variables):
        if symbol is not None:
            tokens.append(symbol)
            continue
        for character in text:
            if character == "*" and many is not None:
                tokens.append(many)
            elif character == "?" and one is not None:
                tokens.append(one)
            else:
                cases = frozenset((character, character.lower(), character.upper())) if fold else frozenset()
                tokens.append(frozenset(c for c in cases if len(c) == 1) if len(cases) > 1 else character)
    return _joined(tokens)


def _joined(tokens: list[Token]) -> Pattern:
    """The tokens with escaped characters as themselves, and a row of ``*`` as one."""
    found: list[Token] = []
    for token in tokens:
        if isinstance(token, Symbol) and isinstance(token.key, tuple) and token.key[0] == "character":
            found.append(str(token.key[1]))
        elif token is Wild.MANY and found and found[-1] in (Wild.MANY, Wild.MANY_WITHIN):
            found[-1] = Wild.MANY
        elif token is Wild.MANY_WITHIN and found and found[-1] in (Wild.MANY, Wild.MANY_WITHIN):
            continue
        else:
            found.append(token)
    return tuple(found)


def _may_hold_colon(symbol: Symbol) -> bool:
    return any(token in (Wild.ONE, Wild.MANY, ":") for token in symbol.shape)


def variables_in(pattern: Pattern) -> tuple[Symbol, ...]:
    """The policy variables of a pattern."""
    return tuple(
        token
        for token in pattern
        if isinstance(token, Symbol) and isinstance(token.key, tuple) and token.key[:1] == ("variable",)
    )


def symbols_in(pattern: Pattern) -> tuple[Symbol, ...]:
    """What is not known in a pattern."""
    return tuple(token for token in pattern if isinstance(token, Symbol))

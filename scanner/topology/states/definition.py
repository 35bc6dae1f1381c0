"""The definition of a state machine, wherever its template has it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from scanner.analysis.texts import parts_of
from scanner.model import ABSENT, Fact, Items, Location, Reference, Resource, Unknown, get
from scanner.sources.companions import companion, companion_fact
from scanner.sources.embedded import Piece, Written, document
from scanner.syntax import SyntaxProblem

OBJECT = ("Definition",)
TEXT = ("DefinitionString",)
FILE = ("DefinitionS3Location", "DefinitionUri")
NO_DOCUMENT = "no document"
"""The first part of the key of what a text stands for that is no JSON, as ``document`` has it."""
NO_DEFINITION = "no definition"
"""The same, where none is stated."""

_VARIABLE = re.compile(r"\$\{([\w.-]+)\}")


def definition(resource: Resource) -> Fact[Any]:
    """The definition as mappings, Items and scalars with places of their own, its substitutions made.

    Unknown where the template does not hold it; a text that is not JSON is unknown, too, at the place of the fault.
    """
    substitutions = resource.get("DefinitionSubstitutions")
    for name in OBJECT:
        stated = resource.get(name)
        if stated.value is not ABSENT:
            return stated if isinstance(stated.value, Unknown) else substituted(stated, substitutions)
    for name in TEXT:
        stated = resource.get(name)
        if stated.value is not ABSENT:
            return document(_with_variables(stated, substitutions))
    for name in FILE:
        stated = resource.get(name)
        if stated.value is not ABSENT:
            return _of_file(resource, stated, substitutions)
    place = resource.location
    return Fact(Unknown((NO_DEFINITION, resource.address), f"{resource.id} states no definition", place), (place,))


def is_none(found: Fact[Any]) -> bool:
    """Whether a definition is known to be none: not stated, or no JSON."""
    return _kind(found) in (NO_DOCUMENT, NO_DEFINITION)


def is_no_document(found: Fact[Any]) -> bool:
    """Whether it is a text that is no JSON (or YAML); the place of the unknown is that of the fault."""
    return _kind(found) == NO_DOCUMENT


def _kind(found: Fact[Any]) -> object:
    key = found.value.key if isinstance(found.value, Unknown) else None
    return key[0] if isinstance(key, tuple) and key else None


def _of_file(resource: Resource, stated: Fact[Any], substitutions: Fact[Any]) -> Fact[Any]:
    """The definition in a file beside the template; Unknown if there is none, or it stands in a bucket."""
    value = stated.value
    path = companion(resource.location.file, value) if isinstance(value, str) else None
    if path is not None:
        try:
            found = companion_fact(path)
        except SyntaxProblem as problem:
            place = Location(path, problem.line, problem.column, problem.line, problem.column)
            return Fact(Unknown((NO_DOCUMENT, path), f"the text is {problem.message}", place), stated.at)
        if isinstance(found.value, str):
            return document(_with_variables(found, substitutions))
        return substituted(found, substitutions)
    if isinstance(value, Unknown):
        return stated
    said = value if isinstance(value, str) else _key(stated)
    reason = f"the definition of {resource.id} stands in {said}, which is not read"
    return Fact(Unknown(("definition file", resource.address), reason, stated.location), stated.at)


def _key(stated: Fact[Any]) -> str:
    key = get(stated, "Key").value
    return f"the S3 object {key}" if isinstance(key, str) else "an S3 object"


# --- substitutions


def substituted(fact: Fact[Any], substitutions: Fact[Any]) -> Fact[Any]:
    """A definition that is written as an object, with ``${Name}`` replaced in its texts. May raise Fork."""
    if substitutions.value is ABSENT:
        return fact
    value = fact.value
    if isinstance(value, Mapping):
        return Fact(_Substituted(value, substitutions), fact.at)
    if isinstance(value, Items):
        return Fact(Items(tuple(substituted(item, substitutions) for item in value.items), value.rest), fact.at)
    if isinstance(value, str) and "${" in value:
        parts = [part for part, _ in _cut(value, substitutions)]
        if len(parts) == 1:
            return Fact(parts[0].value if isinstance(parts[0], Fact) else parts[0], fact.at)
        return Fact(_joined(parts, fact), fact.at)
    return fact


class _Substituted(Mapping[str, Fact[Any]]):
    """A mapping whose values are substituted when they are read."""

    def __init__(self, own: Mapping[str, Fact[Any]], substitutions: Fact[Any]) -> None:
        self._own = own
        self._substitutions = substitutions

    def __getitem__(self, key: str) -> Fact[Any]:
        return substituted(self._own[key], self._substitutions)

    def __iter__(self) -> Iterator[str]:
        return iter(self._own)

    def __len__(self) -> int:
        return len(self._own)

    def __contains__(self, key: object) -> bool:
        return key in self._own


def _cut(written: str, substitutions: Fact[Any]) -> Iterator[tuple[str | Fact[Any], int]]:
    """The parts of a text, each with its offset: literals, and the values of the variables that are stated."""
    end = 0
    for found in _VARIABLE.finditer(written):
        value = _value(substitutions, found.group(1))
        if value is None:
            continue
        if found.start() > end:
            yield written[end : found.start()], end
        yield value, found.start()
        end = found.end()
    if end < len(written):
        yield written[end:], end


def _value(substitutions: Fact[Any], name: str) -> Fact[Any] | None:
    """The value of a variable; None where there is none of its name, so that the text keeps it as it stands."""
    stated = substitutions.value
    if isinstance(stated, Mapping):
        return stated.get(name)
    return Fact(Unknown(("substitution", stated.key, name), stated.reason)) if isinstance(stated, Unknown) else None


def _joined(parts: list[str | Fact[Any]], fact: Fact[Any]) -> Any:
    if all(isinstance(part, str) or isinstance(part.value, (str, int, float)) for part in parts):
        return "".join(part if isinstance(part, str) else _literal(part.value) for part in parts)
    key = ("text", tuple(one for part in parts for one in parts_of(part if isinstance(part, str) else part.value)))
    cause = next((part.value for part in parts if isinstance(part, Fact) and isinstance(part.value, Unknown)), None)
    if cause is None:
        return Unknown(key, "the text holds what is known after deployment", fact.location)
    return Unknown(key, cause.reason, cause.location, cause.supply, cause.split)


def _literal(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _with_variables(stated: Fact[Any], substitutions: Fact[Any]) -> Fact[Any]:
    """A definition that is a text, with the variables of DefinitionSubstitutions cut out as parts of their own."""
    if substitutions.value is ABSENT:
        return stated
    pieces = stated.pieces() if isinstance(stated, Written) else ()
    if not pieces:
        pieces = tuple(
            Piece(part if isinstance(part, str) else _meant(part, stated.value)) for part in parts_of(stated.value)
        )
    cut = tuple(one for piece in pieces for one in _cut_piece(piece, substitutions))
    return Written(stated.value, stated.at, stated.note, lambda: cut)


def _meant(part: Any, whole: Any) -> Unknown | Reference:
    symbol = part[1]
    if isinstance(symbol, tuple) and symbol[:1] == ("attribute",):
        return Reference(str(symbol[1]), str(symbol[2]))
    if isinstance(whole, Unknown):
        return Unknown(symbol, whole.reason, whole.location, whole.supply)
    return Unknown(symbol, "a part of the text is not known")


def _cut_piece(piece: Piece, substitutions: Fact[Any]) -> Iterator[Piece]:
    if not isinstance(piece.value, str):
        yield piece
        return
    parts = list(_cut(piece.value, substitutions))
    ends = [start for _, start in parts[1:]] + [len(piece.value)]
    for (part, start), end in zip(parts, ends, strict=True):
        stands = piece.stands
        if isinstance(part, str):
            yield Piece(part, stands.moved(stands.offset + start) if stands is not None else None)
            continue
        place = stands.moved(stands.offset + start, end - start) if stands is not None else None
        value = _literal(part.value) if isinstance(part.value, bool) else part.value
        for one in parts_of(value):
            yield Piece(one if isinstance(one, str) else _of(part, one), place)


def _of(fact: Fact[Any], part: Any) -> Unknown | Reference:
    """An unknown part of a variable's value."""
    if isinstance(fact.value, Reference):
        return fact.value
    if isinstance(fact.value, Unknown) and fact.value.key == part[1]:
        return fact.value
    return _meant(part, fact.value)

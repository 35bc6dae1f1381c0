"""Text with parts that are not known: what Join and Sub make.

A text is a sequence of parts, each a literal or the key of something unknown. Two texts are equal if
their parts are, so ``Join("-", [A, "b"])`` and ``Sub "${A}-b"`` are the same whatever A is.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Any, TypeAlias

from scanner.model import ABSENT, Fact, Items, Reference, Unknown

Part: TypeAlias = "str | tuple[Hashable, ...]"


def plain(value: object) -> str:
    """A scalar as CloudFormation writes it into text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None or value is ABSENT else str(value)


def symbol(value: Any) -> Hashable:
    """The identity of a value that is not a scalar: of an unknown, a reference, or a list or mapping of values."""
    if isinstance(value, Unknown):
        return value.key
    if isinstance(value, Reference):
        return ("attribute", value.address, value.attribute)
    if isinstance(value, Items):
        return ("list", *(symbol(item.value) for item in value.items), symbol(value.rest) if value.rest else None)
    if hasattr(value, "items"):
        entries = ((key, symbol(item.value)) for key, item in sorted(value.items()) if item.value is not ABSENT)
        return ("map", *entries)
    return plain(value)


def parts_of(value: Any) -> tuple[Part, ...]:
    """The parts of a value that is used as text."""
    if isinstance(value, Unknown) and isinstance(value.key, tuple) and value.key[:1] == ("text",):
        parts: tuple[Part, ...] = value.key[1]
        return parts
    if isinstance(value, (Unknown, Reference, Items)) or hasattr(value, "items"):
        return (("value", symbol(value)),)
    return (plain(value),)


def concatenate(facts: Iterable[Fact[Any]], delimiter: str = "") -> Fact[Any]:
    """The texts of some facts, one after the other; Unknown with its parts if one of them is not known.

    A single unknown alone stays what it is, so that ``Sub "${A}"`` is ``Ref A``.
    """
    given = [fact for fact in facts if fact.value is not ABSENT]
    parts: list[Part] = []
    unknown: list[Fact[Any]] = []
    for index, fact in enumerate(given):
        if index and delimiter:
            parts.append(delimiter)
        if isinstance(fact.value, (Unknown, Reference, Items)) or hasattr(fact.value, "items"):
            unknown.append(fact)
        parts.extend(parts_of(fact.value))
    at = tuple(place for fact in given for place in fact.at)
    merged = _merge(parts)
    if not unknown:
        return Fact(merged[0] if merged else "", at)
    if len(merged) == 1 and len(unknown) == 1:
        return Fact(unknown[0].value, at)
    first = next((fact.value for fact in unknown if isinstance(fact.value, Unknown)), None)
    if first is None:
        reason = f"the text holds the value of {_named(unknown[0].value)}, which is known after deployment"
        return Fact(Unknown(("text", merged), reason, at[0] if at else None), at)
    return Fact(Unknown(("text", merged), first.reason, first.location, first.supply, first.split), at)


def _merge(parts: Iterable[Part]) -> tuple[Part, ...]:
    merged: list[Part] = []
    for part in parts:
        if isinstance(part, str) and merged and isinstance(merged[-1], str):
            merged[-1] += part
        elif part != "":
            merged.append(part)
    return tuple(merged)


def _named(value: object) -> str:
    if isinstance(value, Reference):
        name = value.address.rpartition("#")[2]
        return name if value.attribute == "Ref" else f"{name}.{value.attribute}"
    return "a list"


def may_equal(left: Any, right: Any) -> bool:
    """False if two texts differ for sure, whatever the unknown parts in them are."""
    ours, theirs = parts_of(left), parts_of(right)
    for one, other in ((ours, theirs), (theirs, ours)):
        if all(isinstance(part, str) for part in one):
            return _fits("".join(map(str, one)), other)
    starts = [parts[0] for parts in (ours, theirs)]
    ends = [parts[-1] for parts in (ours, theirs)]
    return _overlap(starts, str.startswith) and _overlap(ends, str.endswith)


def _fits(text: str, parts: tuple[Part, ...]) -> bool:
    """Whether a text can be made of parts."""
    first, last = parts[0], parts[-1]
    if len(parts) == 1 and isinstance(first, str):
        return text == first
    start, end = 0, len(text)
    if isinstance(first, str):
        if not text.startswith(first):
            return False
        start, parts = len(first), parts[1:]
    if isinstance(last, str):
        end, parts = end - len(last), parts[:-1]
        if end < start or not text.endswith(last):
            return False
    for part in parts:
        if isinstance(part, str):
            found = text.find(part, start, end)
            if found < 0:
                return False
            start = found + len(part)
    return True


def _overlap(edges: list[Part], agrees: Callable[[str, str], bool]) -> bool:
    texts = sorted((edge for edge in edges if isinstance(edge, str)), key=len)
    return len(texts) < 2 or agrees(texts[1], texts[0])


def split_text(text: Fact[Any], delimiter: str) -> tuple[Fact[Any], ...] | None:
    """The pieces of a text between delimiters, if it is known where it is to be cut.

    That is so where all that is not known is attributes of resources: no id or ARN holds a comma.
    None if another unknown part could hold the delimiter.
    """
    pieces: list[list[Part]] = [[]]
    for part in parts_of(text.value):
        if isinstance(part, str):
            first, *others = part.split(delimiter)
            pieces[-1].append(first)
            pieces += [[other] for other in others]
        elif delimiter == "," and isinstance(part[1], tuple) and part[1][:1] == ("attribute",):
            pieces[-1].append(part)
        else:
            return None
    return tuple(concatenate([_as_fact(part, text) for part in piece]) for piece in pieces)


def _as_fact(part: Part, text: Fact[Any]) -> Fact[Any]:
    if isinstance(part, str):
        return Fact(part.strip(), text.at)
    (address, attribute), *_ = references_in(Unknown(("text", (part,)), ""))
    return Fact(Reference(address, attribute), text.at)


def literal_parts(value: Any) -> tuple[str, ...]:
    """The literal pieces of a text, known or not, in order."""
    return tuple(part for part in parts_of(value) if isinstance(part, str))


def references_in(value: Any) -> tuple[tuple[str, str], ...]:
    """(address, attribute) of every resource whose value is part of a text."""
    found = []
    for part in parts_of(value):
        if not isinstance(part, str) and part[0] == "value":
            key = part[1]
            if isinstance(key, tuple) and key[:1] == ("attribute",):
                found.append((str(key[1]), str(key[2])))
    return tuple(found)

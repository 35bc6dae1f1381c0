"""Texts that are known in part, as sources make them of Join and Sub.

The key of such an unknown is ``("text", parts)``: each part is a literal, or ``("value", symbol)`` for something
that is not known. The same symbol is the same text wherever it stands.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import TypeAlias

from scanner.model import Reference, Unknown

Part: TypeAlias = "str | tuple[Hashable, ...]"
Parts: TypeAlias = "tuple[Part, ...]"


def parts_of(value: object) -> Parts:
    """The parts of a value that is used as text."""
    if isinstance(value, Unknown):
        key = value.key
        if isinstance(key, tuple) and key[:1] == ("text",):
            return tuple(key[1])
        return (("value", key),)
    if isinstance(value, Reference):
        return (("value", ("attribute", value.address, value.attribute)),)
    return (str(value),) if value != "" else ()


def differ(left: Parts, right: Parts) -> bool:
    """Whether two texts differ for sure, whatever the unknown parts in them are.

    What both begin or end with alike is left aside, so that ``${Region}a`` differs from ``${Region}b``.
    """
    ours, theirs = _trimmed(left, right)
    if all(isinstance(part, str) for part in (*ours, *theirs)):
        return "".join(map(str, ours)) != "".join(map(str, theirs))
    return _apart(ours, theirs, 0) or _apart(ours, theirs, -1)


def segments(parts: Parts, separator: str) -> tuple[Parts, ...]:
    """A text cut at a separator, as far as its literals hold it."""
    found: list[list[Part]] = [[]]
    for part in parts:
        if not isinstance(part, str):
            found[-1].append(part)
            continue
        first, *others = part.split(separator)
        if first:
            found[-1].append(first)
        found += [[other] if other else [] for other in others]
    return tuple(tuple(segment) for segment in found)


def _trimmed(left: Parts, right: Parts) -> tuple[list[Part], list[Part]]:
    ours, theirs = list(left), list(right)
    for end in (0, -1):
        while ours and theirs and ours[end] == theirs[end]:
            ours.pop(end)
            theirs.pop(end)
    return ours, theirs


def _apart(left: list[Part], right: list[Part], end: int) -> bool:
    """Whether the literals at one end of two texts rule each other out."""
    if not left or not right:
        return False
    one, other = left[end], right[end]
    if not isinstance(one, str) or not isinstance(other, str):
        return False
    length = min(len(one), len(other))
    return one[:length] != other[:length] if end == 0 else one[-length:] != other[-length:]

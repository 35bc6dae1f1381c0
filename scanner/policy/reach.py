"""Which types of resources rules read, so that a source may leave out what nobody asks for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from scanner.policy.rule import Rule, Source, Step
from scanner.topology.schema import KINDS, PARTS, ROOTS, root_types


def types_read(rules: Iterable[Rule]) -> frozenset[str] | None:
    """The types of the resources that rules match, or come to from those; None if that may be any type.

    From an entity a rule can come to all kinds that relations lead to, over any number of steps. ``->`` without a
    type can lead anywhere.
    """
    found: set[str] = set()
    kinds: set[str] = set()
    for rule in rules:
        for part in _parts(rule):
            if isinstance(part, Source) and part.kind:
                (found if "::" in part.kind else kinds).add(part.kind)
            elif isinstance(part, Step) and part.follow:
                if not part.type:
                    return None
                found.add(part.type)
    rooted = (kind for kind in _reached(kinds) if kind in ROOTS or kind in PARTS)
    return frozenset(found.union(*(root_types(kind) for kind in rooted)))


def _reached(kinds: Iterable[str]) -> set[str]:
    reached: set[str] = set()
    waiting = list(kinds)
    while waiting:
        kind = waiting.pop()
        if kind not in reached:
            reached.add(kind)
            if kind in KINDS:
                waiting += [member.type for member in KINDS[kind].members.values() if member.is_relation]
            if kind in PARTS:
                waiting.append(PARTS[kind][0])
    return reached


def _parts(value: Any) -> Iterator[Any]:
    """A rule and all that it is made of."""
    yield value
    if is_dataclass(value) and not isinstance(value, type):
        for one in fields(value):
            yield from _parts(getattr(value, one.name))
    elif isinstance(value, tuple):
        for item in value:
            yield from _parts(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _parts(item)

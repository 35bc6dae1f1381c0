"""Lists of subnets that Auto Scaling takes as text.

The API has VPCZoneIdentifier as "a comma-separated list of subnet IDs" (CreateAutoScalingGroup, Amazon EC2 Auto Scaling
API Reference), so that an element of a template's list may hold several: ``VPCZoneIdentifier: [!Join [",", [A, B]]]``.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import replace
from typing import Any

from scanner.analysis.texts import Parts, parts_of, segments
from scanner.model import Fact, Items, Reference, Resource, Unknown
from scanner.topology.lookup import elements


def subnets_of_group(group: Resource) -> Fact[Any]:
    """The subnets that an Auto Scaling group states, as a list of single ids; ABSENT if it states none."""
    stated = group.get("VPCZoneIdentifier")
    value = stated.value
    if isinstance(value, Items) and len(value.items) == 1 and value.rest is None:
        [only] = value.items
        if isinstance(only.value, Unknown) and _is_joined(only.value.key):  # Join over a list that is not known
            return Fact(replace(only.value, key=only.value.key[2]), only.at).seen_at(*stated.at)  # type: ignore[index]
    found = tuple(piece for element in elements(stated) for piece in _pieces(element))
    return stated if len(found) <= len(list(elements(stated))) else Fact(Items(found), stated.at)


def _is_joined(key: Hashable) -> bool:
    return isinstance(key, tuple) and key[:2] == ("join", ",")


def _pieces(element: Fact[Any]) -> Iterator[Fact[Any]]:
    """The ids between the commas of an element."""
    cut = segments(parts_of(element.value), ",") if isinstance(element.value, (str, Unknown)) else ()
    if len(cut) < 2:
        yield element
    for parts in cut if len(cut) > 1 else ():
        if parts:
            yield Fact(_value(parts, element), element.at)


def _value(parts: Parts, element: Fact[Any]) -> Any:
    known = "".join(part for part in parts if isinstance(part, str)).strip()
    symbols = [part[1] for part in parts if not isinstance(part, str)]
    if not symbols:
        return known
    symbol = symbols[0] if len(symbols) == 1 and not known else ("text", parts)
    if isinstance(symbol, tuple) and symbol[:1] == ("attribute",):
        return Reference(str(symbol[1]), str(symbol[2]))
    return replace(element.value, key=symbol, split=None)

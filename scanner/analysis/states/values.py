"""Values in a definition: known, or known only when the machine runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scanner.model import ABSENT, Fact, Items, Unknown, get


def text(fact: Fact[Any]) -> str | None:
    """A text that is written out; None for anything else."""
    return fact.value if isinstance(fact.value, str) else None


def listed(fact: Fact[Any]) -> tuple[tuple[Fact[Any], ...], Unknown | None]:
    """The elements of a list (a single value counts as one), and why there may be others."""
    value = fact.value
    if isinstance(value, Items):
        return value.items, value.rest
    if isinstance(value, Unknown):
        return (), value
    return () if value is ABSENT else (fact,), None


def is_query(value: object) -> bool:
    """Whether a value is a JSONata expression, ``{% ... %}``."""
    return isinstance(value, str) and value.startswith("{%") and value.rstrip().endswith("%}")


def at_run_time(what: str, fact: Fact[Any]) -> Fact[Any]:
    """An unknown in place of what the machine itself computes."""
    reason = f"{what} is known only when the machine runs"
    return Fact(Unknown(("run time", what, fact.location), reason, fact.location), fact.at)


def field(owner: Fact[Any], name: str) -> Fact[Any]:
    """A field of a state or a payload; unknown where a path (``Name.$``, ``NamePath``) or a query computes it."""
    value = owner.value
    if isinstance(value, Mapping):
        for computed in (f"{name}.$", f"{name}Path"):
            if computed in value and name not in value:
                return at_run_time(name, value[computed])
    found = get(owner, name)
    return at_run_time(name, found) if is_query(found.value) else found


def argument(state: Fact[Any], path: str) -> Fact[Any]:
    """What a Task state passes at a dotted path: in Parameters (JSONPath) or Arguments (JSONata).

    A state with neither passes its input, which is known only when the machine runs.
    """
    here = get(state, "Arguments")
    if here.value is ABSENT:
        here = get(state, "Parameters")
    if here.value is ABSENT:
        return at_run_time(path, state)
    if is_query(here.value):
        return at_run_time(path, here)
    for step in path.split("."):
        here = field(here, step)
    return here


def names_argument(state: Fact[Any], name: str) -> bool:
    """Whether a Task state passes an argument of a name, however its value is made."""
    for owner in ("Arguments", "Parameters"):
        value = get(state, owner).value
        if isinstance(value, Mapping) and (name in value or f"{name}.$" in value):
            return True
    return False

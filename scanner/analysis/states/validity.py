"""Whether a definition is valid Amazon States Language.

The structure is checked by statelint, which is imported only where there is a definition. What it does not notice is
checked here: integrations that Express workflows, or calls by the SDK, do not have, and retriers out of place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from scanner.analysis.states.definition import Scope, State, read, unknown, walk
from scanner.analysis.states.errors import ALL
from scanner.analysis.states.handlers import RETRY, handlers
from scanner.analysis.states.integrations import REQUEST_RESPONSE, Integration, integration
from scanner.model import ABSENT, Fact, Items, Location, Unknown, get

ROOT = "State Machine"
"""How statelint's paths begin."""

STRUCTURE = frozenset(
    (
        *("Branches", "Catch", "Choices", "Default", "ItemProcessor", "Iterator"),
        *("Next", "QueryLanguage", "Retry", "StartAt", "States", "Type"),
    )
)
"""Fields that decide which states there are and how they follow: where one is not known, nothing else is told."""

NEWER = frozenset({"Assign", "Credentials", "ItemSelector", "Label", "Output"})
"""Fields of states that Step Functions has and that releases of statelint do not know everywhere."""

_STAND_INS: tuple[tuple[re.Pattern[str], object], ...] = (
    (re.compile(r"BackoffRate"), 2.0),
    (re.compile(r"End|Boolean\w*|Is[A-Z]\w*"), True),
    (re.compile(r"MaxDelaySeconds"), 31622400),
    (re.compile(r"\w*Seconds|Max\w+|Tolerated\w+|Numeric\w*"), 1),
    (re.compile(r"Timestamp\w*"), "2025-01-01T00:00:00Z"),
    (re.compile(r"\w*Path|.*\.\$"), "$.unknown"),
    (re.compile(r"JitterStrategy"), "FULL"),
    (re.compile(r"Resource"), "arn:aws:lambda:us-east-1:123456789012:function:unknown"),
)
"""By the name of a field: a valid value in place of one that is not known."""

_FIELD = re.compile(r'Field "([^"]+)" not allowed in (.*)')
_FLOOR = re.compile(r".* is (-?[\d.]+) but allowed floor is (-?[\d.]+)")
_DOUBTED = re.compile(r"should be a (JSONPath|Reference Path)|should be A URI|is not a JSONPath or intrinsic function")
"""Statelint's own grammar of paths, which is narrower than that of Step Functions: ``$.test-run`` is a path."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, and where."""

    says: str
    place: Location | None


def faults(definition: Fact[Any], machine_type: Fact[Any]) -> tuple[list[Fault], Unknown | None]:
    """The faults of a definition of a machine of a type (STANDARD or EXPRESS), and why there may be others."""
    scope = read(definition)
    found: list[Fault] = []
    doubt = unknown(scope)
    for state in walk(scope):
        reason = _called_wrongly(state, machine_type, found)
        doubt = doubt or reason
        found += _retried_wrongly(state)
    holes: list[Unknown] = []
    plain = _plain(definition, "", holes)
    if holes or doubt is not None:
        return _distinct(found), doubt or holes[0]
    return _distinct([*_linted(plain, definition), *found]), doubt


def _distinct(found: list[Fault]) -> list[Fault]:
    return list(dict.fromkeys(found))


# --- what statelint misses


def _called_wrongly(state: State, machine_type: Fact[Any], found: list[Fault]) -> Unknown | None:
    """Notes a call that its workflow, or its integration, does not have; gives why that cannot be told."""
    stated = get(state.stated, "Resource")
    call = integration(stated) if state.type == "Task" else None
    if not isinstance(call, Integration) or call.pattern == REQUEST_RESPONSE:
        return None
    said = ".sync" if call.pattern == "sync" else ".waitForTaskToken"
    if call.is_sdk and said == ".sync":
        found.append(Fault(f"{state.path}: calls by aws-sdk have no .sync", stated.location))
    express = state.scope.is_express
    kind = machine_type.value
    if express is True or (express is False and kind == "EXPRESS"):
        found.append(Fault(f"{state.path}: Express workflows do not have {said}", stated.location))
    return express if isinstance(express, Unknown) else kind if isinstance(kind, Unknown) else None


def _retried_wrongly(state: State) -> Iterator[Fault]:
    retriers, _ = handlers(state, RETRY)
    for retrier in retriers:
        if ALL in retrier.errors and (len(retrier.errors) > 1 or retrier.index < len(retriers) - 1):
            says = f"{state.path}: States.ALL must stand alone, and in the last retrier"
            yield Fault(says, get(retrier.stated, "ErrorEquals").location)


# --- statelint


def _linted(plain: Any, definition: Fact[Any]) -> Iterator[Fault]:
    if not isinstance(plain, dict):
        yield Fault("the definition is no object", definition.location)
        return
    states = {f"{ROOT}{path}" for path in _state_paths(read(definition))}
    for said in _lint(plain):
        field = _FIELD.match(said)
        if _DOUBTED.search(said) or _is_allowed(said):
            continue
        if field is not None and not _is_refused(field.group(1), field.group(2), states):
            continue
        path = said[said.find(ROOT) :].removeprefix(ROOT) if ROOT in said else ""
        if said.startswith("StartAt value"):
            path += ".StartAt"
        place = _place(definition, path) or definition.location
        if field is not None:
            place = _place(definition, f"{path}.{field.group(1)}") or place
        yield Fault(_in_short(said), place)


def _is_allowed(said: str) -> bool:
    """Whether it complains of a number that is not below the least one."""
    found = _FLOOR.fullmatch(said)
    return found is not None and float(found.group(1)) >= float(found.group(2))


def _is_refused(field: str, owner: str, states: set[str]) -> bool:
    """Whether a field is one of a state (or of the machine), where Step Functions takes no others."""
    return (owner in states or owner == ROOT) and field not in NEWER


def _state_paths(scope: Scope, before: str = "") -> Iterator[str]:
    for state in scope.states.values():
        path = f"{before}.States.{state.name}"
        yield path
        for inner in state.inner:
            name = re.sub(r"\.(\d+)$", r"[\1]", inner.name)
            yield from _state_paths(inner, f"{path}.{name}")


def _lint(plain: dict[str, Any]) -> list[str]:
    """What statelint says; the only use of it."""
    from statelint.linter import Linter

    try:
        return [str(problem) for problem in Linter.validate(plain)]
    except (AttributeError, KeyError, TypeError, ValueError):  # values of a type that it does not expect
        return []


def _in_short(said: str) -> str:
    return said.replace(f"{ROOT}.States.", "").replace(f"{ROOT}.", "").replace(ROOT, "the machine")


def _place(definition: Fact[Any], path: str) -> Location | None:
    """Where a path such as ``.States.First.Next`` stands; the nearest owner of what is not there.

    Names of states may hold dots, so the longest key that fits is taken.
    """
    here, place = definition, None
    while path:
        value = here.value
        if path[0] == "[" and isinstance(value, Items):
            index, _, path = path[1:].partition("]")
            if not index.isdigit() or int(index) >= len(value.items):
                break
            here = value.items[int(index)]
        elif path[0] == "." and isinstance(value, Mapping):
            key = _key(value, path)
            if not key and isinstance(get(here, "States").value, Mapping):
                here = get(here, "States")
                key = _key(here.value, path)
            if not key:
                break
            here, path = here.value[key], path[1 + len(key) :]
        else:
            break
        place = here.location or place
    return place


def _key(value: Mapping[str, Fact[Any]], path: str) -> str:
    fits = (key for key in value if path.startswith(f".{key}") and path[1 + len(key) : 2 + len(key)] in ("", *'. [,"'))
    return max(fits, key=len, default="")


def _plain(fact: Fact[Any], name: str, holes: list[Unknown]) -> Any:
    """A definition as plain data, with stand-ins for what is not known; ``holes`` are those that have none."""
    value = fact.value
    if isinstance(value, Mapping):
        return {str(key): _plain(item, str(key), holes) for key, item in value.items() if item.value is not ABSENT}
    if isinstance(value, Items):
        if value.rest is not None and name in STRUCTURE:
            holes.append(value.rest)
        return [_plain(item, name, holes) for item in value.items]
    if isinstance(value, int) and name == "BackoffRate":
        return float(value)  # Step Functions takes a whole number as well, statelint does not
    if isinstance(value, (str, int, float)) or value is None:
        return value
    if name in STRUCTURE and isinstance(value, Unknown):
        holes.append(value)
    return next((stand_in for pattern, stand_in in _STAND_INS if pattern.fullmatch(name)), "unknown")

"""Facts of plain data, for tests of definitions."""

from __future__ import annotations

from typing import Any

from scanner.analysis.states.definition import Scope, State, read, walk
from scanner.model import Fact, Items, Location


def fact(value: Any, *path: str) -> Fact[Any]:
    """A value as a source would state it. Its place is a file that is named after its path."""
    at = (Location("/".join(path) or "."),)
    if isinstance(value, dict):
        return Fact({key: fact(item, *path, key) for key, item in value.items()}, at)
    if isinstance(value, list):
        return Fact(Items(tuple(fact(item, *path, str(index)) for index, item in enumerate(value))), at)
    return Fact(value, at)


def machine(**states: Any) -> Scope:
    """A machine of states that starts with the first."""
    return read(fact({"StartAt": next(iter(states), ""), "States": states}))


def state(scope: Scope, path: str) -> State:
    return next(one for one in walk(scope) if one.path == path)


def task(**fields: Any) -> dict[str, Any]:
    """A Task state that publishes, and ends unless it has a Next."""
    stated = {"Type": "Task", "Resource": "arn:aws:states:::sns:publish", **fields}
    return stated if "Next" in stated else {**stated, "End": True}

"""The states of a definition, with those in Parallel branches and Map processors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from scanner.analysis.states.values import listed, text
from scanner.model import ABSENT, Fact, Unknown, get

MOST_NESTING = 24
"""Branches below this depth are not read; AWS's limit on the size of a definition ends long before."""


@dataclass(slots=True, eq=False)
class Scope:
    """Where transitions stay: the machine, a branch of a Parallel state, or the processor of a Map state."""

    stated: Fact[Any]
    name: str = ""
    """``Branches.0``, ``ItemProcessor``; empty for the machine."""
    owner: State | None = None
    states: dict[str, State] = field(default_factory=dict)
    unknown: Unknown | None = None
    """Why its states are not known."""

    @property
    def language(self) -> str:
        """``JSONPath`` or ``JSONata``, as it states or inherits it."""
        own = text(get(self.stated, "QueryLanguage"))
        return own or (self.owner.scope.language if self.owner is not None else "JSONPath")

    @property
    def is_express(self) -> bool | Unknown:
        """Whether it runs as Express child executions, of a distributed Map state around it."""
        kind = get(self.stated, "ProcessorConfig.ExecutionType")
        mode = get(self.stated, "ProcessorConfig.Mode")
        if text(mode) == "DISTRIBUTED" and kind.value is not ABSENT:
            return kind.value if isinstance(kind.value, Unknown) else kind.value == "EXPRESS"
        return self.owner.scope.is_express if self.owner is not None and text(mode) != "DISTRIBUTED" else False


@dataclass(slots=True, eq=False)
class State:
    """A state of a scope."""

    name: str
    stated: Fact[Any]
    scope: Scope
    inner: list[Scope] = field(default_factory=list)

    @property
    def type(self) -> str:
        """Task, Pass, Choice, ...; empty if it is not known."""
        return text(get(self.stated, "Type")) or ""

    @property
    def path(self) -> str:
        """Its name behind those of the states around it, unique in the machine."""
        if self.scope.owner is None:
            return self.name
        return f"{self.scope.owner.path}/{self.scope.name}/{self.name}"


def read(definition: Fact[Any]) -> Scope:
    """The machine that a definition describes. May raise Fork."""
    return _scope(Scope(definition), 0)


def walk(scope: Scope) -> Iterator[State]:
    """All states, each before those within it."""
    for state in scope.states.values():
        yield state
        for inner in state.inner:
            yield from walk(inner)


def unknown(scope: Scope) -> Unknown | None:
    """Why there may be further states, here or in a scope within."""
    if scope.unknown is not None:
        return scope.unknown
    found = (unknown(inner) for state in scope.states.values() for inner in state.inner)
    return next((reason for reason in found if reason is not None), None)


def following(state: State) -> Iterator[Fact[Any]]:
    """The names of the states that come next where nothing fails."""
    if state.type == "Choice":
        for choice in listed(get(state.stated, "Choices"))[0]:
            following_choice = get(choice, "Next")
            if following_choice.value is not ABSENT:
                yield following_choice
    for name in ("Next", "Default"):
        found = get(state.stated, name)
        if found.value is not ABSENT:
            yield found


def is_end(state: State) -> bool:
    """Whether its scope ends with it where it does not fail."""
    return state.type in ("Succeed", "Fail") or get(state.stated, "End").value is True


def _scope(scope: Scope, depth: int) -> Scope:
    stated = get(scope.stated, "States")
    if isinstance(scope.stated.value, Unknown) or isinstance(stated.value, Unknown):
        scope.unknown = scope.stated.value if isinstance(scope.stated.value, Unknown) else stated.value
    if not isinstance(stated.value, Mapping):
        return scope
    for name, fact in stated.value.items():
        state = scope.states[name] = State(name, fact, scope)
        if depth < MOST_NESTING:
            state.inner = [_scope(inner, depth + 1) for inner in _inner(state)]
    return scope


def _inner(state: State) -> Iterator[Scope]:
    if state.type == "Parallel":
        branches, rest = listed(get(state.stated, "Branches"))
        for index, branch in enumerate(branches):
            yield Scope(branch, f"Branches.{index}", state)
        if rest is not None:
            yield Scope(Fact(rest, state.stated.at), "Branches", state)
    elif state.type == "Map":
        for name in ("ItemProcessor", "Iterator"):
            processor = get(state.stated, name)
            if processor.value is not ABSENT:
                yield Scope(processor, name, state)

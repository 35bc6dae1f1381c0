"""Where a machine goes on from a state, and how it ends."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from scanner.analysis.states.definition import Scope, State, following, is_end
from scanner.analysis.states.errors import ALL
from scanner.analysis.states.handlers import CATCH, handlers
from scanner.analysis.states.values import text
from scanner.model import Fact, Unknown, get

Reports = Callable[[State], bool]


@dataclass(slots=True)
class Ways:
    """All ways on from some states."""

    ends: dict[State, bool] = field(default_factory=dict)
    """The states at which the execution ends, and whether it ends as failed."""
    choices: list[State] = field(default_factory=list)
    """The Choice states that they pass."""
    unknown: Unknown | None = None
    """Why there may be other ways."""


def ways(
    starts: Iterable[tuple[Scope, Fact[Any]]], reports: Reports = lambda state: False, stop: State | None = None
) -> Ways:
    """The ways on from states named in a scope, each up to the first state that ``reports``, or to ``stop``.

    The end of a branch goes on behind the Parallel or Map state around it; its failure goes to that state's catchers.
    What fails on the way itself is left aside.
    """
    found = Ways()
    seen: set[State] = set()
    waiting = list(starts)
    while waiting:
        scope, name = waiting.pop()
        state = _named(found, scope, name)
        if state is None or state in seen or state is stop or _reports(state, reports):
            continue
        seen.add(state)
        waiting += _onward(found, state)
    return found


def after(state: State, reports: Reports = lambda state: False) -> Ways:
    """The ways on from a state that has succeeded."""
    found = ways(_next(state), reports, stop=state)
    if is_end(state):
        outer = Ways()
        more = ways(_onward(outer, state), reports, stop=state)
        found.ends.update({**outer.ends, **more.ends})
        found.choices += more.choices
        found.unknown = found.unknown or more.unknown
    return found


def caught(state: State, target: Fact[Any], reports: Reports = lambda state: False) -> Ways:
    """The ways on from a catcher of a state; one that leads back to it is a retry, and ends nothing."""
    return ways([(state.scope, target)], reports, stop=state)


def may_fail_instead(found: Ways, end: State, stop: State) -> State | None:
    """A Choice state on the ways to an end from which the execution can also end as failed."""
    for choice in found.choices:
        ends = ways(_next(choice), stop=stop).ends
        if end in ends and any(ends.values()):
            return choice
    return None


def _next(state: State) -> list[tuple[Scope, Fact[Any]]]:
    return [(state.scope, name) for name in following(state)]


def _onward(found: Ways, state: State) -> list[tuple[Scope, Fact[Any]]]:
    """What comes behind a state; where nothing does, the end is noted."""
    owner = state.scope.owner
    if state.type == "Choice":
        found.choices.append(state)
    if not is_end(state):
        return _next(state)
    if owner is None:
        found.ends[state] = state.type == "Fail"
        return []
    if state.type != "Fail":
        return _onward(found, owner)
    catchers = handlers(owner, CATCH)[0]
    if not any(ALL in catcher.errors for catcher in catchers):
        found.ends[state] = True
    return [(owner.scope, get(catcher.stated, "Next")) for catcher in catchers]


def _named(found: Ways, scope: Scope, name: Fact[Any]) -> State | None:
    known = text(name)
    if known is None:
        if isinstance(name.value, Unknown):
            found.unknown = found.unknown or name.value
        return None
    return scope.states.get(known)


def _reports(state: State, reports: Reports) -> bool:
    """Whether a state reports: itself, or as a Parallel state in a branch whose every way does."""
    if reports(state):
        return True
    return state.type == "Parallel" and any(_always_reports(branch, reports) for branch in state.inner)


def _always_reports(branch: Scope, reports: Reports) -> bool:
    alone = Scope(branch.stated, states={})
    alone.states = {name: State(name, one.stated, alone, one.inner) for name, one in branch.states.items()}
    found = ways([(alone, get(branch.stated, "StartAt"))], reports)
    return not found.ends and found.unknown is None and bool(alone.states)

"""Retriers and catchers: which one takes an error, and which one none is left for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from scanner.analysis.states.definition import State
from scanner.analysis.states.errors import ALL, TASK_FAILED, TIMEOUT, takes
from scanner.analysis.states.values import listed, text
from scanner.model import Fact, Unknown, get

RETRY = "Retry"
CATCH = "Catch"


@dataclass(frozen=True, slots=True, eq=False)
class Handler:
    """A retrier or a catcher of a state."""

    state: State
    kind: str
    """RETRY or CATCH."""
    index: int
    stated: Fact[Any]
    errors: tuple[str, ...]
    """The names of errors that it lists, as far as they are known."""
    unknown: Unknown | None = None
    """Why it may list others."""

    def takes(self, error: str) -> bool | None:
        """Whether it takes an error that comes to it; None if that is not known."""
        if any(takes(named, error) for named in self.errors):
            return True
        return None if self.unknown is not None else False


@dataclass(frozen=True, slots=True)
class Taking:
    """The handlers that take an error, and why others may."""

    handlers: tuple[Handler, ...] = ()
    unknown: Unknown | None = None


def handlers(state: State, kind: str) -> tuple[tuple[Handler, ...], Unknown | None]:
    """The handlers of a state in order, and why there may be others."""
    stated, rest = listed(get(state.stated, kind))
    return tuple(_handler(state, kind, index, entry) for index, entry in enumerate(stated)), rest


def taking(state: State, kind: str, error: str) -> Taking:
    """What takes an error of a state: its first handler that does, else that of a Parallel or Map state around it.

    Where States.ALL is asked for, handlers of States.TaskFailed and of States.Timeout together take it, too.
    """
    here: State | None = state
    doubt: Unknown | None = None
    while here is not None:
        found, rest = handlers(here, kind)
        for handler in found:
            answer = handler.takes(error)
            if answer:  # but not for sure, where one before it may
                return Taking((handler,)) if doubt is None else Taking((), doubt)
            if answer is None:
                doubt = doubt or handler.unknown
        if error == ALL:
            both = [next((one for one in found if name in one.errors), None) for name in (TASK_FAILED, TIMEOUT)]
            together = tuple(dict.fromkeys(one for one in both if one is not None))
            if None not in both and doubt is None:
                return Taking(together)
        doubt = doubt or rest
        here = here.scope.owner
    return Taking((), doubt)


def hiding(handler: Handler, before: Sequence[Handler]) -> tuple[Handler, ...] | None:
    """The handlers in front of one that take every error it lists; None if some error is left for it, or may be."""
    if handler.unknown is not None or not handler.errors:
        return None
    found: dict[int, Handler] = {}
    for error in handler.errors:
        first = next((one for one in before if any(takes(named, error) for named in one.errors)), None)
        if first is None:
            return None
        found[first.index] = first
    return tuple(found.values())


def _handler(state: State, kind: str, index: int, entry: Fact[Any]) -> Handler:
    if isinstance(entry.value, Unknown):
        return Handler(state, kind, index, entry, (), entry.value)
    errors, rest = listed(get(entry, "ErrorEquals"))
    known = tuple(name for error in errors if (name := text(error)) is not None)
    doubt = next((error.value for error in errors if isinstance(error.value, Unknown)), rest)
    return Handler(state, kind, index, entry, known, doubt)

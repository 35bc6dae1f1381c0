"""Retriers and catchers of states."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scanner.analysis.states import ways
from scanner.analysis.states.handlers import Handler as Stated
from scanner.analysis.states.handlers import handlers, hiding
from scanner.model import ABSENT, Fact, Items, Location, Unknown, get
from scanner.topology.entity import Entity, Related, fact, many

if TYPE_CHECKING:
    from scanner.topology.states.state import State

INTERVAL_SECONDS = 1
MAX_ATTEMPTS = 3
BACKOFF_RATE = 2.0


class Handler(Entity):
    """A retrier or a catcher."""

    kind = "states.handler"

    def __init__(self, state: State, stated: Stated) -> None:
        super().__init__(state.graph, state.resource)
        self.state = state
        self.stated = stated

    @property
    def address(self) -> str:
        return f"{self.state.address}/{self.stated.kind}/{self.stated.index}"

    @property
    def label(self) -> str:
        names = ", ".join(self.stated.errors) or "?"
        return f"{'retrier' if self.stated.kind == 'Retry' else 'catcher'} {self.stated.index + 1} ({names})"

    @property
    def at(self) -> tuple[Location, ...]:
        return self.stated.stated.at or self.state.at

    def property(self, path: str, default: object = ABSENT, note: str = "") -> Fact[Any]:
        found = get(self.stated.stated, path)
        if found.value is ABSENT and default is not ABSENT:
            return Fact(default, found.at, note)
        return found

    @fact("list")
    def errors(self) -> Fact[Any]:
        """The names of the errors that it lists."""
        return Fact(Items(tuple(Fact(name, self.at) for name in self.stated.errors), self.stated.unknown), self.at)

    @many("states.handler")
    def hidden_by(self) -> Related[Handler]:
        """The retriers (or catchers) before it that take all of its errors, so that it is never reached."""
        own, _ = handlers(self.stated.state, self.stated.kind)
        found = hiding(self.stated, own[: self.stated.index])
        return Related(tuple(type(self)(self.state, one) for one in found or ()), None, self.at)


class Retrier(Handler):
    """A retrier of a state. Its defaults are those of Amazon States Language."""

    kind = "states.retrier"

    @fact("number")
    def max_attempts(self) -> Fact[Any]:
        """How often it retries; 3 by default, 0 for never."""
        return self.property("MaxAttempts", MAX_ATTEMPTS, "default of Amazon States Language")

    @fact("number")
    def interval(self) -> Fact[Any]:
        """Seconds before the first retry; 1 by default."""
        return self.property("IntervalSeconds", INTERVAL_SECONDS, "default of Amazon States Language")

    @fact("number")
    def backoff_rate(self) -> Fact[Any]:
        """What the wait is multiplied with before each further retry; 2.0 by default."""
        return self.property("BackoffRate", BACKOFF_RATE, "default of Amazon States Language")

    @fact("number")
    def max_delay(self) -> Fact[Any]:
        """The most seconds that it waits, where that is limited."""
        return self.property("MaxDelaySeconds")


class Catcher(Handler):
    """A catcher of a state."""

    kind = "states.catcher"

    @many("states.state", reporters="list")
    def unreported_ends(self, reporters: tuple[str, ...]) -> Related[State]:
        """The ends of the execution to which a way leads from it that passes no call of one of these services, such
        as ``sns`` or ``lambda``."""
        found = ways.caught(self.stated.state, get(self.stated.stated, "Next"), self.state.reports(reporters))
        return self.state.others(found.ends, found.unknown)

    @many("states.state", reporters="list")
    def unreported_successes(self, reporters: tuple[str, ...]) -> Related[State]:
        """Those of its unreported ends that let the execution count as succeeded."""
        found = ways.caught(self.stated.state, get(self.stated.stated, "Next"), self.state.reports(reporters))
        return self.state.others([end for end, failed in found.ends.items() if not failed], found.unknown)

    @many("states.state")
    def successes(self) -> Related[State]:
        """The ends to which ways lead from it where the execution counts as succeeded. Where a Choice state may as
        well lead to a failure, it is not known whether one is taken."""
        found = ways.caught(self.stated.state, get(self.stated.stated, "Next"))
        rest, sure = found.unknown, []
        for end, failed in found.ends.items():
            choice = None if failed else ways.may_fail_instead(found, end, self.stated.state)
            if choice is not None:
                reason = f"whether the execution ends as failed is decided by {choice.name} when the machine runs"
                place = choice.stated.location
                rest = rest or Unknown(("choice", self.resource.address, choice.path), reason, place)
            elif not failed:
                sure.append(end)
        return self.state.others(sure, rest)

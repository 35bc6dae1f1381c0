"""States of a state machine."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from scanner.analysis.states.definition import State as Stated
from scanner.analysis.states.handlers import CATCH, RETRY, handlers, taking
from scanner.analysis.states.integrations import Integration, integration
from scanner.analysis.states.values import argument, field
from scanner.model import ABSENT, Fact, Location, Unknown, get
from scanner.topology.entity import Entity, Related, fact, many, one
from scanner.topology.states.handlers import Catcher, Handler, Retrier

if TYPE_CHECKING:
    from scanner.topology.states.machine import Machine

ACTIVITY = "AWS::StepFunctions::Activity"
REPORTING = {
    "events": frozenset({"putEvents"}),
    "lambda": frozenset({"invoke"}),
    "ses": frozenset({"sendEmail", "sendRawEmail", "sendTemplatedEmail"}),
    "sesv2": frozenset({"sendEmail"}),
    "sns": frozenset({"publish", "publishBatch"}),
    "sqs": frozenset({"sendMessage", "sendMessageBatch"}),
}
"""The actions that tell somebody something, for services that have others; of other services every action counts."""


class State(Entity):
    """A state, also one in a branch of a Parallel state or in the processor of a Map state."""

    kind = "states.state"

    def __init__(self, machine: Machine, stated: Stated) -> None:
        super().__init__(machine.graph, machine.resource)
        self.owner = machine
        self.stated = stated

    @property
    def address(self) -> str:
        return f"{self.resource.address}/{self.stated.path}"

    @property
    def label(self) -> str:
        return f"{self.resource.id}/{self.stated.path}"

    @property
    def at(self) -> tuple[Location, ...]:
        return self.stated.stated.at or (self.resource.location,)

    def property(self, path: str, default: object = ABSENT, note: str = "") -> Fact[Any]:
        found = get(self.stated.stated, path)
        if found.value is ABSENT and default is not ABSENT:
            return Fact(default, found.at, note)
        return found

    def argument(self, path: str) -> Fact[Any]:
        """What it passes to the call, at a dotted path below Parameters or Arguments."""
        return argument(self.stated.stated, path)

    def call(self) -> Integration | Unknown | None:
        """What a Task state calls."""
        return integration(self.property("Resource")) if self.stated.type == "Task" else None

    # --- relations

    @one("states.machine")
    def machine(self) -> Related[Machine]:
        """The machine that it is a state of."""
        return Related((self.owner,), None, self.owner.at)

    @many("states.handler")
    def handlers(self) -> Related[Handler]:
        """Its retriers and catchers."""
        found: list[Handler] = []
        rest = None
        for kind, entity in ((RETRY, Retrier), (CATCH, Catcher)):
            stated, doubt = handlers(self.stated, kind)
            found += [entity(self, one) for one in stated]
            rest = rest or doubt
        return Related(tuple(found), rest, self.at)

    @many("states.retrier", error="text")
    def retriers(self, error: str) -> Related[Retrier]:
        """The first retrier that takes an error; that of a Parallel or Map state around it where it has none."""
        found = taking(self.stated, RETRY, error)
        return Related(tuple(Retrier(self._of(one.state), one) for one in found.handlers), found.unknown, self.at)

    @many("states.catcher", error="text")
    def catchers(self, error: str) -> Related[Catcher]:
        """The catcher that takes an error, found in the same way. States.ALL is also taken by a catcher of
        States.TaskFailed and one of States.Timeout together."""
        found = taking(self.stated, CATCH, error)
        return Related(tuple(Catcher(self._of(one.state), one) for one in found.handlers), found.unknown, self.at)

    # --- facts

    @fact("text")
    def type(self) -> Fact[Any]:
        """Task, Pass, Choice, Wait, Succeed, Fail, Parallel or Map."""
        return self.property("Type")

    @fact("text")
    def service(self) -> Fact[Any]:
        """The service that a Task state calls: ``ecs``, ``sns``, ``lambda``; absent for other states."""
        return self._called(lambda call: call.service)

    @fact("text")
    def action(self) -> Fact[Any]:
        """The action that it calls: ``runTask``."""
        return self._called(lambda call: call.action)

    @fact("text")
    def pattern(self) -> Fact[Any]:
        """``sync`` (waits for the end of what it starts), ``wait_for_task_token`` or ``request_response``."""
        return self._called(lambda call: call.pattern)

    @fact("number")
    def timeout(self) -> Fact[Any]:
        """TimeoutSeconds, where it states one."""
        return field(self.stated.stated, "TimeoutSeconds")

    @fact("number")
    def heartbeat(self) -> Fact[Any]:
        """HeartbeatSeconds, where it states them."""
        return field(self.stated.stated, "HeartbeatSeconds")

    @fact("text")
    def workflow_type(self) -> Fact[Any]:
        """STANDARD or EXPRESS: that of its machine, or of the child executions of a distributed Map state."""
        express = self.stated.scope.is_express
        if isinstance(express, Unknown):
            return Fact(express, self.at)
        return Fact("EXPRESS", self.at, "by the Map state around it") if express else self.owner.type()

    # --- for others

    def others(self, states: Iterable[Stated], rest: Unknown | None) -> Related[State]:
        """Other states of the machine, as a relation of this one."""
        return Related(tuple(State(self.owner, state) for state in states), rest, self.at)

    def reports(self, reporters: tuple[str, ...]) -> Callable[[Stated], bool]:
        """Whether a state of the machine calls one of some services in order to report."""

        def report(state: Stated) -> bool:
            resource = get(state.stated, "Resource")
            call = integration(resource) if state.type == "Task" else None
            if not isinstance(call, Integration) or call.service not in reporters:
                return False
            if self.graph.named_by(resource, ACTIVITY) is not None:
                return False
            return call.action in REPORTING.get(call.service, (call.action,))

        return report

    def _of(self, state: Stated) -> State:
        return self if state is self.stated else State(self.owner, state)

    def _called(self, part: Callable[[Integration], str]) -> Fact[Any]:
        stated = self.property("Resource")
        call = self.call()
        if isinstance(call, Integration):
            return Fact(part(call), stated.at)
        return Fact(ABSENT if call is None else call, stated.at)

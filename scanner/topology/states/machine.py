"""State machines."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from scanner.analysis.states.definition import Scope, read, unknown, walk
from scanner.analysis.states.integrations import SYNC, TASK_TOKEN, Integration
from scanner.analysis.states.values import field
from scanner.model import ABSENT, Fact, Items, Unknown, get
from scanner.topology.entity import Entity, Related, fact, many
from scanner.topology.lookup import elements
from scanner.topology.states.definition import definition, is_none
from scanner.topology.states.run_task import RunTask, runs_task
from scanner.topology.states.state import State

if TYPE_CHECKING:
    from scanner.topology.events.schedule import Schedule
    from scanner.topology.states.problem import Problem

TYPE = "AWS::StepFunctions::StateMachine"
SERVERLESS = "AWS::Serverless::StateMachine"
"""Read as it stands where the SAM transform has not been made."""
NOTHING: dict[str, Fact[Any]] = {}


class Machine(Entity):
    """A state machine."""

    kind = "states.machine"

    @cached_property
    def definition(self) -> Fact[Any]:
        return definition(self.resource)

    @cached_property
    def scope(self) -> Scope:
        """Its states. A definition that is none has none: that alone is the fault, and it is a problem."""
        return read(Fact(NOTHING, self.at) if is_none(self.definition) else self.definition)

    # --- relations

    @many("states.state")
    def states(self) -> Related[State]:
        """Its states, also those in Parallel branches and Map processors."""
        found = tuple(State(self, state) for state in walk(self.scope))
        return Related(found, unknown(self.scope), self.definition.at)

    @many("states.run_task")
    def run_tasks(self) -> Related[RunTask]:
        """Its states that run an ECS task."""
        found, rest = [], unknown(self.scope)
        for state in walk(self.scope):
            answer = runs_task(state)
            if isinstance(answer, Unknown):
                rest = rest or answer
            elif answer:
                found.append(RunTask(self, state))
        return Related(tuple(found), rest, self.definition.at)

    @many("states.run_task")
    def untimed_tasks(self) -> Related[RunTask]:
        """Those of its states that run an ECS task and have no timeout of their own."""
        tasks = self.run_tasks()
        found = tuple(state for state in tasks if state.timeout().value is ABSENT)
        return Related(found, tasks.rest, tasks.at)

    @many("states.state")
    def waiting_states(self) -> Related[State]:
        """Its states that wait for the end of what they start (``.sync``), or for a task token."""
        found, rest = [], unknown(self.scope)
        for state in self.states():
            call = state.call()
            if isinstance(call, Integration) and call.pattern in (SYNC, TASK_TOKEN):
                found.append(state)
        return Related(tuple(found), rest, self.definition.at)

    @many("states.problem")
    def problems(self) -> Related[Problem]:
        """What is wrong with its definition: no JSON, or no valid Amazon States Language."""
        from scanner.topology.states.problem import problems

        return problems(self)

    @many("events.schedule", status="text", services="list")
    def status_rules(self, status: str, services: tuple[str, ...]) -> Related[Schedule]:
        """The EventBridge rules that tell one of some services (``sns``, ``lambda``) when an execution of it has come
        to a status, such as ``FAILED``."""
        from scanner.topology.events.status import status_rules

        return status_rules(self, status, services)

    # --- facts

    @fact("text")
    def type(self) -> Fact[Any]:
        """STANDARD (the default) or EXPRESS."""
        name = "StateMachineType" if self.resource.type == TYPE else "Type"
        return self.property(name, "STANDARD", "default type of Step Functions")

    @fact("number")
    def timeout(self) -> Fact[Any]:
        """TimeoutSeconds of the definition, where it states one."""
        return field(self.definition, "TimeoutSeconds")

    @fact("text")
    def log_level(self) -> Fact[Any]:
        """ALL, ERROR, FATAL or OFF (the default)."""
        return self._logging("Level", "OFF", "default log level of Step Functions")

    @fact("list")
    def log_groups(self) -> Fact[Any]:
        """The log groups that it logs to."""
        stated = self._logging("Destinations")
        groups: list[Fact[Any]] = []
        rest = None
        for element in elements(stated):
            if isinstance(element.value, Unknown):
                rest = rest or element.value
                continue
            group = get(element, "CloudWatchLogsLogGroup.LogGroupArn")
            if group.value is not ABSENT:
                groups.append(group)
        return Fact(Items(tuple(groups), rest), stated.at)

    def _logging(self, path: str, default: object = ABSENT, note: str = "") -> Fact[Any]:
        owner = "LoggingConfiguration" if self.resource.type == TYPE else "Logging"
        return self.property(f"{owner}.{path}", default, note)

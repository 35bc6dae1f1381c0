"""What starts something by time or event: EventBridge rules, and EventBridge Scheduler schedules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scanner.analysis.texts import parts_of, segments
from scanner.model import ABSENT, Fact, Reference, Unknown, get
from scanner.sources.embedded import document
from scanner.topology.ecs.run import definition_named, launched_on
from scanner.topology.ecs.task_definition import TaskDefinition
from scanner.topology.entity import Entity, Part, Related, fact, many, one
from scanner.topology.lookup import elements, related, text

if TYPE_CHECKING:
    from scanner.topology.states.machine import Machine

RULE = "AWS::Events::Rule"
SCHEDULE = "AWS::Scheduler::Schedule"
RUN_TASK = ":aws-sdk:ecs:runTask"
START = ":aws-sdk:sfn:startExecution"
"""How the ARN of a universal target of EventBridge Scheduler ends."""


class Schedule(Entity):
    """An EventBridge rule, by time or event, or an EventBridge Scheduler schedule."""

    kind = "events.schedule"

    @many("events.target")
    def targets(self) -> Related[Target]:
        """What it starts."""
        if self.resource.type == SCHEDULE:
            return Related((Target(self, self.property("Target"), "Target"),), None, self.property("Target").at)
        stated = self.property("Targets")
        found: list[Target] = []
        rest: Unknown | None = None
        for index, element in enumerate(elements(stated)):
            if isinstance(element.value, Unknown):
                rest = rest or element.value
            else:
                found.append(Target(self, element, text(get(element, "Id")) or str(index)))
        return Related(tuple(found), rest, stated.at)

    @fact("boolean")
    def enabled(self) -> Fact[Any]:
        """Whether it starts anything: its State is not DISABLED."""
        state = self.property("State", "ENABLED", "enabled by default")
        known = text(state)
        return Fact(state.value if known is None else known != "DISABLED", state.at, state.note)


class Target(Part):
    """A target of a rule or schedule."""

    kind = "events.target"

    def __init__(self, schedule: Schedule, stated: Fact[Any], name: str) -> None:
        super().__init__(schedule.graph, schedule.resource, stated, name)
        self.schedule = schedule

    @one("states.machine")
    def machine(self) -> Related[Machine]:
        """The state machine that it starts; none where the target is surely something else."""
        from scanner.topology.states.machine import SERVERLESS, TYPE, Machine

        stated = self.property("Arn")
        written = text(stated)
        if written is not None and written.endswith(START):
            stated = get(document(self.property("Input")), "StateMachineArn")
            written = text(stated)
        if self.calls_ecs() or _is_of_other_service(stated):
            return Related((), None, stated.at)
        found = related(self.graph, stated, Machine, (TYPE, SERVERLESS), "state machine")
        if not found.items and isinstance(stated.value, Reference):
            try:
                self.graph.resource(stated.value.address)
            except KeyError:
                return found
            return Related((), None, stated.at)
        return found

    @fact("text")
    def runs_on(self) -> Fact[Any]:
        """``fargate``, ``ec2`` or ``external``, if it runs an ECS task itself; else absent."""
        if not self.calls_ecs():
            return Fact(ABSENT, self.at)
        owner = self._task()
        return launched_on(
            self.graph,
            get(owner, "LaunchType"),
            get(owner, "CapacityProviderStrategy"),
            self.property("Arn") if self._has_parameters() else get(owner, "Cluster"),
            self.task_definition(),
        )

    @one("ecs.task_definition")
    def task_definition(self) -> Related[TaskDefinition]:
        """The task definition that it runs, if it runs an ECS task itself."""
        if not self.calls_ecs():
            return Related((), None, self.at)
        name = "TaskDefinitionArn" if self._has_parameters() else "TaskDefinition"
        return definition_named(self.graph, get(self._task(), name))

    @fact("any")
    def role(self) -> Fact[Any]:
        """The role that it is started with."""
        found = self.property("RoleArn")
        return self.schedule.property("RoleArn") if found.value is ABSENT else found

    def calls_ecs(self) -> bool:
        """Whether it runs an ECS task itself."""
        return self._has_parameters() or (text(self.property("Arn")) or "").endswith(RUN_TASK)

    def _has_parameters(self) -> bool:
        return self.property("EcsParameters").value is not ABSENT

    def _task(self) -> Fact[Any]:
        return self.property("EcsParameters") if self._has_parameters() else document(self.property("Input"))


def _is_of_other_service(arn: Fact[Any]) -> bool:
    """Whether an ARN, as far as it is known, is of another service than Step Functions."""
    written = text(arn)  # of an account also where it names a resource
    pieces = segments(parts_of(arn.value if written is None else written), ":")
    if len(pieces) < 3:
        return written is not None
    return all(isinstance(part, str) for part in pieces[2]) and pieces[2] != ("states",)

"""States that run an ECS task."""

from __future__ import annotations

from typing import Any

from scanner.analysis.states.definition import State as Stated
from scanner.analysis.states.integrations import Integration, integration
from scanner.analysis.states.values import names_argument
from scanner.analysis.states.ways import after
from scanner.model import ABSENT, Fact, Items, Unknown, get
from scanner.topology.ec2.subnet import TYPE as SUBNET
from scanner.topology.ec2.subnet import Subnet
from scanner.topology.ecs.run import definition_named, launched_on
from scanner.topology.ecs.task_definition import TaskDefinition
from scanner.topology.entity import Related, fact, many, one
from scanner.topology.lookup import elements, related
from scanner.topology.states.state import State

NETWORK = "NetworkConfiguration.AwsvpcConfiguration"


class RunTask(State):
    """A state that runs an ECS task: by the integration ``ecs:runTask``, or by the SDK's action of the same name."""

    kind = "states.run_task"

    @many("ec2.subnet")
    def subnets(self) -> Related[Subnet]:
        """The subnets that it names for the task's network interface."""
        return related(self.graph, self.argument(f"{NETWORK}.Subnets"), Subnet, (SUBNET,), "subnet")

    @fact("list")
    def subnet_ids(self) -> Fact[Any]:
        """The same, as values; empty where it names none."""
        stated = self.argument(f"{NETWORK}.Subnets")
        if isinstance(stated.value, Unknown):
            return Fact(Items((), stated.value), stated.at)
        return Fact(Items(tuple(elements(stated))), stated.at)

    @fact("text")
    def assign_public_ip(self) -> Fact[Any]:
        """ENABLED or DISABLED (the default), as it says whether the task gets a public address."""
        found = self.argument(f"{NETWORK}.AssignPublicIp")
        return Fact("DISABLED", found.at, "default of RunTask") if found.value is ABSENT else found

    @fact("text")
    def runs_on(self) -> Fact[Any]:
        """``fargate``, ``ec2`` or ``external``: by its launch type, its capacity providers or its task definition."""
        launch, strategy = self.argument("LaunchType"), self.argument("CapacityProviderStrategy")
        return launched_on(self.graph, launch, strategy, self.argument("Cluster"), self.task_definition())

    @one("ecs.task_definition")
    def task_definition(self) -> Related[TaskDefinition]:
        """The task definition that it runs, named by reference, ARN or family."""
        return definition_named(self.graph, self.argument("TaskDefinition"))

    @fact("list")
    def start_services(self) -> Fact[Any]:
        """What the task must reach before it runs (``ecs.task_definition`` has the same fact)."""
        found = self.task_definition()
        for definition in found:
            return definition.start_services()
        return Fact(Items((), found.rest), found.at)

    @many("states.state", reporters="list")
    def unreported_successes(self, reporters: tuple[str, ...]) -> Related[State]:
        """The ends of the execution, not as failed, to which a way leads from its success that passes no call of one
        of these services, such as ``sns``."""
        found = after(self.stated, self.reports(reporters))
        return self.others([end for end, failed in found.ends.items() if not failed], found.unknown)


def runs_task(state: Stated) -> bool | Unknown:
    """Whether a state runs an ECS task. Where its Resource is not known, what it passes tells: RunTask cannot do
    without a TaskDefinition."""
    if state.type != "Task":
        return False
    call = integration(get(state.stated, "Resource"))
    if isinstance(call, Integration):
        return (call.service, call.action) == ("ecs", "runTask")
    if isinstance(call, Unknown) and names_argument(state.stated, "TaskDefinition"):
        return call
    return False

"""Who uses a role: what is started with it, or given it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from scanner.analysis.texts import Part, parts_of
from scanner.model import Fact, Items, Location, Reference, Resource, ResourceGraph, Unknown
from scanner.topology.entity import Entity, fact
from scanner.topology.iam.named import role_named
from scanner.topology.lookup import entity

if TYPE_CHECKING:
    from scanner.topology.ecs.task_definition import TaskDefinition
    from scanner.topology.events.schedule import Target
    from scanner.topology.states.machine import Machine

MACHINES = ("AWS::StepFunctions::StateMachine", "AWS::Serverless::StateMachine")
SCHEDULES = ("AWS::Events::Rule", "AWS::Scheduler::Schedule")
DEFINITIONS = ("AWS::ECS::TaskDefinition",)
STACKS = ("AWS::CloudFormation::Stack", "AWS::Serverless::Application")
MACHINE, SCHEDULE, EXECUTION, TASK, OTHER = "machine", "schedule", "execution", "task", "other"

SERVICES = {
    "AWS::StepFunctions::StateMachine": "states.amazonaws.com",
    "AWS::Serverless::StateMachine": "states.amazonaws.com",
    "AWS::Events::Rule": "events.amazonaws.com",
    "AWS::Scheduler::Schedule": "scheduler.amazonaws.com",
    "AWS::ECS::TaskDefinition": "ecs-tasks.amazonaws.com",
    "AWS::ApiGateway::Method": "apigateway.amazonaws.com",
    "AWS::ApiGateway::RestApi": "apigateway.amazonaws.com",
    "AWS::ApiGatewayV2::Integration": "apigateway.amazonaws.com",
    "AWS::ApplicationAutoScaling::ScalableTarget": "application-autoscaling.amazonaws.com",
    "AWS::Batch::JobDefinition": "ecs-tasks.amazonaws.com",
    "AWS::CodeBuild::Project": "codebuild.amazonaws.com",
    "AWS::CodeDeploy::DeploymentGroup": "codedeploy.amazonaws.com",
    "AWS::CodePipeline::Pipeline": "codepipeline.amazonaws.com",
    "AWS::EC2::FlowLog": "vpc-flow-logs.amazonaws.com",
    "AWS::ECS::Service": "ecs.amazonaws.com",
    "AWS::Glue::Crawler": "glue.amazonaws.com",
    "AWS::Glue::Job": "glue.amazonaws.com",
    "AWS::IAM::InstanceProfile": "ec2.amazonaws.com",
    "AWS::KinesisFirehose::DeliveryStream": "firehose.amazonaws.com",
    "AWS::Lambda::Function": "lambda.amazonaws.com",
    "AWS::Pipes::Pipe": "pipes.amazonaws.com",
    "AWS::Serverless::Function": "lambda.amazonaws.com",
}
"""The principal of the service that takes a role which is given to a resource of a type."""

_STATED: dict[str, tuple[tuple[str, str], ...]] = {
    "AWS::StepFunctions::StateMachine": (("RoleArn", MACHINE),),
    "AWS::Serverless::StateMachine": (("Role", MACHINE),),
    "AWS::ECS::TaskDefinition": (("ExecutionRoleArn", EXECUTION), ("TaskRoleArn", TASK)),
}


class Use(Entity):
    """A use of a role: a state machine, a target of a rule or schedule, a task definition, or something else."""

    kind = "iam.use"

    def __init__(self, owner: Entity, stated: Fact[Any], how: str) -> None:
        super().__init__(owner.graph, owner.resource)
        self.owner = owner
        self.stated = stated
        self.how = how

    @property
    def address(self) -> str:
        return f"{self.owner.address}/{self.how}"

    @property
    def label(self) -> str:
        return self.owner.label

    @property
    def at(self) -> tuple[Location, ...]:
        return self.stated.at[:1] or self.owner.at

    @fact("text")
    def type(self) -> Fact[Any]:
        """``machine``, ``schedule`` (a target of a rule or schedule), ``execution`` or ``task`` (role of a task
        definition), ``other``."""
        return Fact(self.how, self.at)

    @fact("text")
    def service(self) -> Fact[Any]:
        """The principal that takes the role for it: ``states.amazonaws.com``."""
        known = SERVICES.get(self.resource.type)
        if known is not None and (self.how != OTHER or self.resource.type not in _STATED):
            return Fact(known, self.at)
        said = f"which service takes {self.label}'s role is not known"
        return Fact(Unknown(("service of", self.address), said, self.at[0]), self.at)

    def machine(self) -> Machine | None:
        from scanner.topology.states.machine import Machine

        return self.owner if isinstance(self.owner, Machine) and self.how == MACHINE else None

    def target(self) -> Target | None:
        from scanner.topology.events.schedule import Target

        return self.owner if isinstance(self.owner, Target) else None

    def definition(self) -> TaskDefinition | None:
        from scanner.topology.ecs.task_definition import TaskDefinition

        return self.owner if isinstance(self.owner, TaskDefinition) and self.how == EXECUTION else None


class _Thing(Entity):
    """Any other resource that has a role."""

    kind = "resource"


def uses_of(graph: ResourceGraph, role: Resource) -> tuple[Use, ...]:
    """All uses of a role in the scan, in the order of the templates. May raise Fork."""
    stated = [
        use
        for address, resource, make in _stated(graph)
        if address == role.address and resource.exists()
        for use in (make(),)
    ]
    return (*stated, *_others(graph, role))


def _stated(graph: ResourceGraph) -> tuple[tuple[str, Resource, Any], ...]:
    """What the resources that surely have roles say: the role's address, the resource, and how to make its use."""
    return graph.memo(("iam uses",), lambda: tuple(_read(graph)))


def _read(graph: ResourceGraph) -> Iterator[tuple[str, Resource, Any]]:
    for resource in graph.declared(*MACHINES, *DEFINITIONS):
        for name, how in _STATED[resource.type]:
            value = resource.get(name)
            role = role_named(graph, value)
            if role is not None:
                yield role.address, resource, _maker(graph, resource, value, how)
    for resource in graph.declared(*SCHEDULES):
        for target in _targets(graph, resource):
            value = target.role()
            role = role_named(graph, value)
            if role is not None:
                yield role.address, resource, _bound(target, value, SCHEDULE)


def _targets(graph: ResourceGraph, resource: Resource) -> Iterable[Target]:
    from scanner.topology.events.schedule import Schedule

    return entity(Schedule, graph, resource).targets()


def _maker(graph: ResourceGraph, resource: Resource, value: Fact[Any], how: str) -> Any:
    def make() -> Use:
        if how == MACHINE:
            from scanner.topology.states.machine import Machine

            return Use(entity(Machine, graph, resource), value, how)
        from scanner.topology.ecs.task_definition import TaskDefinition

        return Use(entity(TaskDefinition, graph, resource), value, how)

    return make


def _bound(owner: Entity, value: Fact[Any], how: str) -> Any:
    return lambda: Use(owner, value, how)


# --- whatever else has it


def _others(graph: ResourceGraph, role: Resource) -> Iterator[Use]:
    """The resources that are given the role in any other way."""
    mentions = _mentions(graph)
    addresses = mentions.get(role.address, ())
    if any(graph.resource(address).type in STACKS for address in addresses):
        # A nested stack may hand it on to any resource of its own.
        addresses = tuple(f"{module.name}#{id}" for module in graph.modules for id in module.types)
    for address in addresses:
        resource = graph.resource(address)
        if resource.type in STACKS or (resource.type.startswith("AWS::IAM::") and "Profile" not in resource.type):
            continue
        own = {name for name, _ in _STATED.get(resource.type, ())}
        for name, value in resource.properties.items():
            if name in own or (resource.type in SCHEDULES and name in ("RoleArn", "Target", "Targets")):
                continue
            place = next(_holding(graph, role, name, value), None)
            if place is not None and resource.exists():
                yield Use(_Thing(graph, resource), place, OTHER)
                break


def _mentions(graph: ResourceGraph) -> dict[str, tuple[str, ...]]:
    """For each address, the addresses of the resources that mention it."""

    def read() -> dict[str, tuple[str, ...]]:
        found: dict[str, list[str]] = {}
        for module in graph.modules:
            for id in module.types:
                for address in module.references(id):
                    found.setdefault(address, []).append(f"{module.name}#{id}")
        return {address: tuple(users) for address, users in found.items()}

    return graph.memo(("iam mentions",), read)


def _holding(graph: ResourceGraph, role: Resource, name: str, value: Fact[Any]) -> Iterator[Fact[Any]]:
    """The values below a property that name the role, but for those of policies, which let it do something."""
    if "Policy" in name or "Principal" in name:
        return
    held = value.value
    if isinstance(held, Mapping):
        for inner, member in held.items():
            yield from _holding(graph, role, inner, member)
    elif isinstance(held, Items):
        for item in held.items:
            yield from _holding(graph, role, name, item)
    elif isinstance(held, (Reference, Unknown)) and role.address in map(_attribute_of, parts_of(held)):
        yield value


def _attribute_of(part: Part) -> str:
    """The address of the resource that a part of a text is an attribute of; empty if it is none."""
    match part:
        case ("value", ("attribute", str(address), *_)):
            return address
    return ""


def unseen(graph: ResourceGraph, role: Resource) -> Unknown | None:
    """Why something that the scan does not show may use a role, or None."""
    return graph.open_world(role, "another use of the role", *MACHINES, *SCHEDULES, *DEFINITIONS)

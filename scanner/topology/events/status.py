"""EventBridge rules that tell how executions of a state machine have ended.

The event is ``Step Functions Execution Status Change`` of ``aws.states``, with ``status`` and ``stateMachineArn`` in
its detail ("Automating Step Functions event delivery with EventBridge", AWS Step Functions Developer Guide).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from scanner.model import ABSENT, Fact, Reference, Unknown, get
from scanner.sources.embedded import document
from scanner.topology.entity import Related
from scanner.topology.events.schedule import RULE, Schedule
from scanner.topology.lookup import elements, entity, text

if TYPE_CHECKING:
    from scanner.topology.states.machine import Machine

SOURCE = "aws.states"
DETAIL_TYPE = "Step Functions Execution Status Change"
SERVICES = {"AWS::Lambda": "lambda", "AWS::SNS": "sns", "AWS::SQS": "sqs", "AWS::Events": "events"}
"""Services as an integration names them, by the beginning of the types of their resources."""


def status_rules(machine: Machine, status: str, services: tuple[str, ...]) -> Related[Schedule]:
    """The enabled rules that send a status of a machine's executions to one of some services."""
    found: list[Schedule] = []
    doubt: Unknown | None = None
    for resource in machine.graph.declared(RULE):
        rule = entity(Schedule, machine.graph, resource)
        answer = _matches(machine, rule, status)
        if answer is False or not resource.exists() or rule.enabled().value is False:
            continue
        if machine.graph.apart(machine.resource, resource):  # a rule sees the events of its own account and region
            continue
        if not any(_service(machine, target.property("Arn")) in services for target in rule.targets()):
            continue
        if answer and rule.enabled().value is True:
            found.append(rule)
        else:
            reason = f"whether {resource.id} matches the executions of {machine.label} is not known"
            doubt = doubt or Unknown(("status", resource.address, machine.address), reason, resource.location)
    rest = doubt or machine.graph.open_world(machine.resource, "an EventBridge rule", RULE)
    return Related(tuple(found), None if found else rest, machine.at)


def _matches(machine: Machine, rule: Schedule, status: str) -> bool | None:
    """Whether a rule's pattern matches a status of a machine; None if that is not known."""
    pattern = document(rule.property("EventPattern"))
    if pattern.value is ABSENT:
        return False
    if isinstance(pattern.value, Unknown):
        return None
    answers = [
        _one_of(get(pattern, "source"), SOURCE),
        _one_of(get(pattern, "detail-type"), DETAIL_TYPE),
        _one_of(get(pattern, "detail.status"), status),
        _names(machine, get(pattern, "detail.stateMachineArn")),
    ]
    return False if False in answers else None if None in answers else True


def _one_of(stated: Fact[Any], wanted: str) -> bool | None:
    """Whether a list of a pattern holds a value; a field that is left out matches any."""
    if stated.value is ABSENT:
        return True
    values = [text(item) for item in elements(stated)]
    if wanted in values:
        return True
    return None if None in values else False


def _names(machine: Machine, stated: Fact[Any]) -> bool | None:
    if stated.value is ABSENT:
        return True
    answers: list[bool | None] = []
    for element in elements(stated):
        named = machine.graph.named_by(element, machine.resource.type)
        known = named is not None or isinstance(element.value, Reference)
        matcher = isinstance(element.value, Mapping)
        answers.append(named is not None and named.address == machine.address if known and not matcher else None)
    return True if True in answers else None if None in answers else False


def _service(machine: Machine, target: Fact[Any]) -> str:
    """The service of a target: by the resource it names, or by its ARN."""
    if isinstance(target.value, Reference):
        try:
            type = machine.graph.resource(target.value.address).type
        except KeyError:
            return ""
        return SERVICES.get(type.rpartition("::")[0], "")
    parts = (text(target) or "").split(":")
    return parts[2] if len(parts) > 2 else ""

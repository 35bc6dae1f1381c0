"""What the role of an EventBridge rule or schedule needs to start a target."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from scanner.analysis.states.integrations import REQUEST_RESPONSE, Integration
from scanner.analysis.texts import parts_of, segments
from scanner.model import ABSENT, Fact, Reference, Unknown, get
from scanner.sources.embedded import document
from scanner.topology.events.schedule import SCHEDULE
from scanner.topology.iam.needs_data import Target as Starts
from scanner.topology.iam.needs_data import needs_file
from scanner.topology.iam.needs_gather import Gathering, entry_needs, integration_needs
from scanner.topology.iam.needs_things import Call

if TYPE_CHECKING:
    from scanner.topology.events.schedule import Target

SDK_TARGET = ":scheduler:::aws-sdk:"
"""What the ARN of a universal target of EventBridge Scheduler holds: ``arn:aws:scheduler:::aws-sdk:ecs:runTask``."""


def of_target(found: Gathering, target: Target) -> None:
    """Adds what starting a target needs. May raise Fork."""
    arn = target.property("Arn")
    label = f"target {target.name} of {target.resource.id}"
    made = Call(target.graph, target.resource, label, target.property, arn.at or target.at, REQUEST_RESPONSE)
    written = arn.value if isinstance(arn.value, str) else ""
    if SDK_TARGET in written:
        _universal(found, target, made, written.rpartition(SDK_TARGET)[2])
    else:
        _of_service(found, target, made, arn)
    if target.resource.type == SCHEDULE:
        # With a rule the queue's own policy admits its service; with a schedule its role sends.
        queue, key = target.property("DeadLetterConfig.Arn"), target.schedule.property("KmsKeyArn")
        for name, value in (("dead-letters", queue), ("encryption", key)):
            if value.value is not ABSENT:
                entry_needs(found, replace(made, argument=_only("Arn", value), at=value.at), "schedule", name)


def _universal(found: Gathering, target: Target, made: Call, called: str) -> None:
    service, _, action = called.partition(":")
    given = document(target.property("Input"))
    passing = replace(made, argument=lambda path: get(given, path))
    integration_needs(found, passing, Integration(service, action, REQUEST_RESPONSE, True))


def _of_service(found: Gathering, target: Target, made: Call, arn: Fact[Any]) -> None:
    file = needs_file("schedule")
    service = _service(target, arn)
    starts = file.targets.get(service) if file is not None else None
    if starts is None:
        reason = f"what {made.label} needs is not known here"
        if isinstance(arn.value, Unknown) and not service:
            reason = f"what {made.label} starts is not known: {arn.value.reason}"
        found.lacks(("target", target.address), reason, made.at)
    elif not starts.by or target.resource.type in starts.by:
        service, _, action = starts.call.partition(":")
        passing = replace(made, argument=_mapped(target, starts))
        integration_needs(found, passing, Integration(service, action))


def _mapped(target: Target, starts: Starts) -> Callable[[str], Fact[Any]]:
    """The arguments of the call, from properties of the target; ``Input/`` begins a path within its Input."""

    def passes(path: str) -> Fact[Any]:
        head, dot, rest = path.partition(".")
        stated = starts.arguments.get(path) or starts.arguments.get(head, "")
        if not stated:
            return Fact(ABSENT, target.at)
        whole = path not in starts.arguments and dot
        stated = f"{stated}.{rest}" if whole else stated
        if stated.startswith("Input/"):
            given = document(target.property("Input"))
            return given if given.value is ABSENT else get(given, stated.removeprefix("Input/"))
        return target.property(stated)

    return passes


def _service(target: Target, arn: Fact[Any]) -> str:
    """What a target is: ``ecs`` where it has EcsParameters, else the service of its ARN or of the resource it is."""
    if target.property("EcsParameters").value is not ABSENT:
        return "ecs"
    value = arn.value
    if isinstance(value, Reference):
        try:
            type = target.graph.resource(value.address).type
        except KeyError:
            return ""
        file = needs_file("schedule")
        return file.sdk.get(type, "") if file is not None else ""
    pieces = segments(parts_of(value), ":")
    known = pieces[2] if len(pieces) > 2 else ()
    return str(known[0]) if len(known) == 1 and isinstance(known[0], str) else ""


def _only(name: str, value: Fact[Any]) -> Callable[[str], Fact[Any]]:
    absent: Fact[Any] = Fact(ABSENT, value.at)
    return lambda path: value if path == name else absent

"""What a role needs for what it is used for: the actions, on which resources, under which conditions, and why.

The facts are the files below ``rules/needs``, each with its source. There are two baselines:

- ``tightest`` is what is asked for when it runs: every request, on the resources that the template names, with the
  condition keys that it bears. "Nothing is missing" is judged by it. What only the running machine knows is unknown.
- ``documented`` is what AWS's own pages grant for it, which is wider: ``*`` where a value is known only when the
  machine runs or where AWS writes ``*``, and without conditions that AWS leaves out. "Nothing more" is judged by it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from scanner.analysis.iam.results import Need
from scanner.analysis.states.definition import unknown as unknown_states
from scanner.analysis.states.integrations import Integration, integration
from scanner.analysis.states.values import argument, field
from scanner.model import ABSENT, Fact, Reference, Unknown, get
from scanner.topology.iam.needs_data import BASELINES, DOCUMENTED, TIGHTEST
from scanner.topology.iam.needs_gather import Gathering, entry_needs, fixed, integration_needs
from scanner.topology.iam.needs_things import Call
from scanner.topology.lookup import text
from scanner.topology.states.definition import is_no_document

if TYPE_CHECKING:
    from scanner.topology.ecs.task_definition import TaskDefinition
    from scanner.topology.events.schedule import Target
    from scanner.topology.states.machine import Machine
    from scanner.topology.states.state import State

__all__ = ["BASELINES", "DOCUMENTED", "TIGHTEST", "Needed", "execution_needs", "machine_needs", "target_needs"]

ACTIVITY = "AWS::StepFunctions::Activity"
OWN = "$machine"
"""The argument that stands for the machine itself."""
SERVERLESS = "AWS::Serverless::StateMachine"


@dataclass(frozen=True, slots=True)
class Needed:
    """What a role needs."""

    needs: tuple[Need, ...] = ()
    unknown: tuple[Unknown, ...] = ()
    """Why anything more may be needed: an integration that no file describes, a definition that cannot be read."""
    perhaps: tuple[Need, ...] = ()
    """What may be needed besides, where it is not known whether it is: to hold it is no excess that is proven, and to
    lack it is no lack that is proven. (The roles of a task definition that is not in the scan: it may have none.)"""


def machine_needs(machine: Machine, baseline: str) -> Needed:
    """What the role of a state machine needs: its integrations, distributed Map states, logging and tracing.

    ``baseline`` is one of BASELINES. May raise Fork; ValueError for another baseline.
    """
    found = Gathering(baseline)
    for state in machine.states():
        _of_state(found, state)
    rest = unknown_states(machine.scope)
    none = machine.definition.value
    if isinstance(none, Unknown) and is_no_document(machine.definition):
        # It has no states as it stands; what those need that it is to have is not known.
        rest = replace(none, reason=f"the definition of {machine.label} cannot be read: {none.reason}")
    if rest is not None:
        found.unknown[rest] = None
    _around(found, machine)
    return _needed(found)


def target_needs(target: Target, baseline: str) -> Needed:
    """What the role needs by which a rule or schedule starts a target. Raises as ``machine_needs`` does."""
    from scanner.topology.iam.needs_targets import of_target

    found = Gathering(baseline)
    of_target(found, target)
    return _needed(found)


def execution_needs(definition: TaskDefinition, baseline: str) -> Needed:
    """What the execution role of a task definition needs to start its tasks. Raises as ``machine_needs`` does."""
    from scanner.topology.iam.needs_start import of_task_start

    found = Gathering(baseline)
    of_task_start(found, definition)
    return _needed(found)


def _needed(found: Gathering) -> Needed:
    return Needed(tuple(found.needs.values()), tuple(found.unknown), found.unsure())


# --- state machines


def _of_state(found: Gathering, state: State) -> None:
    stated = state.stated.stated
    at = state.property("Resource").at or state.at
    label = f"state {state.stated.name}"
    if state.stated.type == "Map":
        _of_map(found, state, label)
    if state.stated.type != "Task":
        return
    resource = state.property("Resource")
    if state.graph.named_by(resource, ACTIVITY) is not None:
        return
    call = state.call()
    if isinstance(call, Unknown):
        found.unknown[replace(call, reason=f"what {label} calls is not known: {call.reason}")] = None
        return
    if call is None:
        if resource.value is not ABSENT:
            found.lacks(("call", state.address), f"what {label} calls is not understood", at)
        return
    if call.service == "activity":
        return
    direct = call.service == "lambda" and _is_direct(resource)
    own: Fact[Any] = Fact(Reference(state.resource.address), state.at)

    def passes(path: str) -> Fact[Any]:
        if path == OWN:
            return own
        if direct:
            return resource if path == "FunctionName" else Fact(ABSENT, at)
        return argument(stated, path)

    whole = state.at[0] if state.at else None
    given = get(stated, "Arguments")
    given = get(stated, "Parameters") if given.value is ABSENT else given
    made = Call(state.graph, state.resource, label, passes, at, call.pattern, given=given, whole=whole)
    role = field(get(stated, "Credentials"), "RoleArn")
    if get(stated, "Credentials").value is not ABSENT:
        # The call is made with that role, and nothing but taking it on is left to the machine's own.
        entry_needs(found, replace(made, argument=lambda path: role), "credentials", "assume", what=label)
        return
    integration_needs(found, made, call)


def _is_direct(resource: Fact[Any]) -> bool:
    """Whether a Resource is the ARN of a function itself."""
    value = resource.value
    return isinstance(value, Reference) or ":states:" not in str(getattr(value, "key", value))


def _of_map(found: Gathering, state: State, label: str) -> None:
    """A Map state in distributed mode starts child executions of its own machine, reads items and writes results."""
    mode = state.property("ItemProcessor.ProcessorConfig.Mode")
    if text(mode) != "DISTRIBUTED":
        if isinstance(mode.value, Unknown) and state.property("ItemProcessor").value is not ABSENT:
            found.unknown[mode.value] = None
        return
    own = Reference(state.resource.address)
    made = Call(state.graph, state.resource, label, lambda path: Fact(own, state.at), mode.at or state.at)
    entry_needs(found, made, "distributed-map", "run")
    for name, prefix in (("ItemReader", "read"), ("ResultWriter", "write")):
        part = state.property(name)
        if part.value is ABSENT or get(part, "Resource").value is ABSENT:
            continue
        call = integration(get(part, "Resource"))
        named = f"{call.service}-{call.action}" if isinstance(call, Integration) else "unknown"
        passing = replace(made, argument=_arguments(part), at=part.at)
        entry_needs(found, passing, "distributed-map", f"{prefix}-{named}", what=f"the {name} of {label}")


def _arguments(part: Fact[Any]) -> Callable[[str], Fact[Any]]:
    return lambda path: argument(part, path)


def _around(found: Gathering, machine: Machine) -> None:
    """What the machine needs whatever its states are."""
    label = f"state machine {machine.label}"
    level = machine.log_level()
    if level.value != "OFF":
        _switched(found, machine, "logging", level, {"LogGroups": machine.log_groups()})
    traced = machine.property(
        "Tracing.Enabled" if machine.resource.type == SERVERLESS else "TracingConfiguration.Enabled"
    )
    if traced.value is not ABSENT and text(traced) not in ("False", "false"):
        _switched(found, machine, "tracing", traced, {})
    key = machine.property("EncryptionConfiguration.KmsKeyId")
    if key.value is not ABSENT:
        given = {"Key": key, OWN: Fact(Reference(machine.resource.address), key.at)}
        entry_needs(found, fixed(machine.graph, machine.resource, label, given, key.at), "encryption", "machine")


def _switched(
    found: Gathering, machine: Machine, name: str, switch: Fact[Any], arguments: dict[str, Fact[Any]]
) -> None:
    """What a setting needs, which may be on or off where its value is not known."""
    sure = not isinstance(switch.value, Unknown)
    label = f"state machine {machine.label}"
    made = fixed(machine.graph, machine.resource, label, arguments, switch.at, sure=sure)
    entry_needs(found, made, name, "machine")

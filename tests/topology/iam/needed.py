"""Needs as texts, for tests."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from typing import Any

from scanner.analysis.iam.results import Need
from scanner.analysis.texts import parts_of
from scanner.model import ResourceGraph, World
from scanner.sources.cloudformation import load_template
from scanner.topology.iam.needs import DOCUMENTED, TIGHTEST, Needed, machine_needs
from scanner.topology.states.machine import Machine
from tests.topology.graphs import find


def says(needs: Iterable[Need]) -> list[str]:
    """Each need in one line: ``sns:Publish on Topic.Arn``."""
    return [_line(need) for need in needs]


def _line(need: Need) -> str:
    clauses = [
        f" if {one.operator} {one.key} {', '.join(value_says(v.value) for v in one.values)}" for one in need.conditions
    ]
    return f"{need.action} on {', '.join(value_says(fact.value) for fact in need.resources)}{''.join(clauses)}"


def value_says(value: Any) -> str:
    """A value as ``Fn::Sub`` would write it."""
    return "".join(part if isinstance(part, str) else _symbol(part[1]) for part in parts_of(value))


def _symbol(key: Any) -> str:
    match key:
        case ("pseudo", str(name), *_) | ("parameter", _, str(name)):
            return "${" + name.removeprefix("AWS::") + "}"
        case ("attribute", str(address), str(attribute)):
            return "${" + address.rpartition("#")[2] + "." + attribute + "}"
        case ("run time", str(name), _):
            return "${run time " + name + "}"
    return f"${{? {key[0]}}}"


def template(text: str) -> ResourceGraph:
    """The graph of a template."""
    return ResourceGraph([load_template(textwrap.dedent(text), "t.yaml")], World())


def one_state(state: str, more: str = "", **properties: str) -> Machine:
    """A machine of one state, ``Do``, whose fields are given as flow YAML, beside other resources."""
    text = "Parameters:\n  Name: {Type: String}\nResources:\n"
    text += textwrap.indent(textwrap.dedent(more), "  ")
    text += "  Machine:\n    Type: AWS::StepFunctions::StateMachine\n    Properties:\n"
    text += "".join(f"      {name}: {value}\n" for name, value in properties.items())
    text += "      Definition:\n        StartAt: Do\n        States:\n          Do:\n"
    text += textwrap.indent(textwrap.dedent(state), "            ")
    return find(Machine, template(text), "Machine")


def both(machine: Machine) -> tuple[Needed, Needed]:
    """What is needed by either baseline: documented, tightest."""
    return machine_needs(machine, DOCUMENTED), machine_needs(machine, TIGHTEST)


def tightest(state: str, more: str = "", **properties: str) -> Needed:
    return machine_needs(one_state(state, more, **properties), TIGHTEST)


def documented(state: str, more: str = "", **properties: str) -> Needed:
    return machine_needs(one_state(state, more, **properties), DOCUMENTED)

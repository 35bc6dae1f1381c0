"""State machines for tests."""

from __future__ import annotations

import textwrap
from typing import Any

from scanner.model import ResourceGraph, World
from scanner.sources.cloudformation import load_template
from scanner.topology.states.machine import Machine
from scanner.topology.states.run_task import RunTask
from scanner.topology.states.state import State
from tests.topology.graphs import RUN_TASK, find, graph

STATE = "Machine.Properties.Definition.States.Make Report"


def machine(change: dict[str, Any] | None = None) -> Machine:
    """The machine of the fixture, changed."""
    return find(Machine, graph(RUN_TASK, change), "Machine")


def run_task(change: dict[str, Any] | None = None) -> RunTask:
    """Its only state that runs a task."""
    [found] = machine(change).run_tasks()
    return found


def state(of: Machine, path: str) -> State:
    return next(one for one in of.states() if one.stated.path == path)


def written(properties: str, file: str = "t.yaml") -> Machine:
    """A machine with properties as they stand in a template, from line 5 on."""
    text = "Resources:\n  Machine:\n    Type: AWS::StepFunctions::StateMachine\n    Properties:\n"
    text += textwrap.indent(textwrap.dedent(properties), "      ")
    return find(Machine, ResourceGraph([load_template(text, file)], World()), "Machine", file)

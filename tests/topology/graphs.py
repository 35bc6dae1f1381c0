"""Graphs for tests: the fixtures of the rules, changed."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, TypeVar

import yaml

from scanner.data import data_folder
from scanner.model import ResourceGraph, World
from scanner.policy.changes import changed
from scanner.policy.examples import long_form
from scanner.sources.cloudformation import load_template
from scanner.syntax import load
from scanner.topology.ecs.binding import Binding
from scanner.topology.ecs.hosts import Hosts
from scanner.topology.ecs.service import Service
from scanner.topology.entity import Entity
from scanner.topology.lookup import entity

E = TypeVar("E", bound=Entity)

BRIDGE, FARGATE, RUN_TASK = "bridge-service", "fargate-service", "run-task"


@lru_cache
def _fixture(name: str) -> Any:
    text = (data_folder("rules") / "fixtures" / f"{name}.yaml").read_text(encoding="utf-8")
    return long_form(load(text, name))


def graph(base: str, change: dict[str, Any] | None = None, *, closed: bool = False) -> ResourceGraph:
    """A fixture with the values at dotted paths replaced, or removed where the value is None."""
    return graph_of(changed(_fixture(base), change or {}), closed=closed)


def graph_of(template: Any, *, closed: bool = False) -> ResourceGraph:
    text = yaml.dump(template, Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper), sort_keys=False)
    return ResourceGraph([load_template(text, "t.yaml")], World(), closed=closed)


def find(kind: type[E], of: ResourceGraph, id: str, file: str = "t.yaml") -> E:
    """The entity of a logical id."""
    return entity(kind, of, of.resource(f"{file}#{id}"))


def service(of: ResourceGraph, id: str = "Service") -> Service:
    return find(Service, of, id)


def binding(of: ResourceGraph, id: str = "Service") -> Binding:
    """The only binding of a service."""
    [found] = service(of, id).bindings()
    return found


def hosts(of: ResourceGraph) -> Hosts:
    """The only place of the tasks of the service."""
    found = binding(of).hosts()
    [only] = found
    assert found.rest is None
    return only


def ids(related: Any) -> list[str]:
    """The logical ids of the other end of a relation."""
    return [item.resource.id for item in related]

"""Small templates for tests, and what is read from them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from textwrap import dedent, indent
from typing import Any

from scanner.model import Fact, Items, Reference, Resource, ResourceGraph, Unknown, World, explore
from scanner.sources.cloudformation import Parameters, Template, load_template

FILE = "t.yaml"
SOME = "Role: {Type: AWS::IAM::Role}\nGroup: {Type: AWS::EC2::SecurityGroup}\n"
NETWORKS = """
Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.9.0.0/16}}
Subnet: {Type: AWS::EC2::Subnet, Properties: {CidrBlock: 10.9.1.0/24}}
Ipam: {Type: AWS::EC2::VPC, Properties: {Ipv4IpamPoolId: pool}}
"""


def given(values: Mapping[str, str] | None = None, *, account: str = "", region: str = "") -> Parameters:
    return Parameters(account=account, region=region).merged(values or {}, "given with --set")


def template(text: str, values: Mapping[str, str] | None = None, *, account: str = "", region: str = "") -> Template:
    return load_template(dedent(text), FILE, given(values, account=account, region=region))


def with_properties(properties: str, head: str = "", **known: Any) -> Template:
    """A template with a role, a group, networks and a resource R of the properties; ``head`` has the other sections."""
    text = dedent(head) + "\nResources:\n" + indent(SOME, "  ")
    text += "  R:\n    Type: Custom::R\n    Properties:\n" + indent(dedent(properties).strip("\n"), "      ") + "\n"
    text += indent(NETWORKS, "  ")
    return template(text, **known)


def read(properties: str, head: str = "", *, world: World | None = None, path: str = "P", **known: Any) -> Fact[Any]:
    """What a property of R is read as."""
    return with_properties(properties, head, **known).resource("R", world or World()).get(path)


def value(expression: str, head: str = "", **known: Any) -> Any:
    """The value of an expression, lists and mappings as plain data."""
    return plain(read(f"P: {expression}", head, **known))


def plain(fact: Fact[Any]) -> Any:
    found = fact.value
    if isinstance(found, Items):
        return [plain(item) for item in found.items]
    if isinstance(found, Mapping):
        return {key: plain(item) for key, item in found.items()}
    return found


def unknown(expression: str, head: str = "", **known: Any) -> Unknown:
    found = value(expression, head, **known)
    assert isinstance(found, Unknown), found
    return found


def reference(id: str, attribute: str = "Ref") -> Reference:
    return Reference(f"{FILE}#{id}", attribute)


def worlds(source: Template, question: Callable[[Resource], Any], id: str = "R") -> list[tuple[str, Any]]:
    """What a question about a resource is answered in each world, with the world in words."""
    graph = ResourceGraph([source])
    found = explore(graph, lambda view: question(view.resource(f"{FILE}#{id}")))
    return [(view.world.says, answer) for view, answer in found]


def answers(source: Template, path: str = "P") -> dict[str, Any]:
    """The value of R's property by world."""
    return dict(worlds(source, lambda resource: plain(resource.get(path))))

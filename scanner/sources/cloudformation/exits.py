"""Where the identity of a template's resources leaves the template."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from scanner import syntax
from scanner.model import Exit, World

if TYPE_CHECKING:
    from scanner.sources.cloudformation.evaluator import Evaluator
    from scanner.sources.cloudformation.template import Template

CARRIERS = {
    "AWS::CloudFormation::CustomResource": "custom resource",
    "AWS::CloudFormation::Stack": "nested stack",
    "AWS::CloudFormation::StackSet": "stack set",
    "AWS::Serverless::Application": "nested application",
    "AWS::ServiceCatalog::CloudFormationProvisionedProduct": "provisioned product",
    "AWS::SSM::Parameter": "SSM parameter",
}
"""Types of resources that hand what they are given on to others."""
GIVEN_ON = {"AWS::ElasticLoadBalancingV2::LoadBalancer": frozenset({"SecurityGroups"})}
"""Attributes that name what the property of their name does ("Return values", AWS CloudFormation Reference)."""


def find(template: Template, evaluator: Evaluator) -> dict[str, list[Exit]]:
    """For each logical id, or parameter, the outputs and carriers that mention it, whether or not a condition holds.

    A nested stack that is in the scan carries what it is given no further than its own exits do, and its
    outputs leave the scan only where its parent hands them on.
    """
    found: dict[str, list[Exit]] = {}
    resources = dict(template.nodes())

    def note(node: syntax.Node, exit: Exit) -> None:
        for id, attribute in sorted(mentions(node)):
            if id in template.types or id in template.parameters:
                found.setdefault(id, []).append(replace(exit, attribute=attribute))
            if attribute in GIVEN_ON.get(template.types.get(id, ""), ()):
                properties = resources[id].entries.get("Properties")
                if isinstance(properties, syntax.Mapping) and attribute in properties.entries:
                    note(properties.entries[attribute], exit)

    links, world = template.links, evaluator.world
    for name, node in _leaving(template):
        if isinstance(node, syntax.Mapping) and "Value" in node.entries and _is_read(template, name, node, world):
            place = evaluator.entry_location(node.keys["Value"], node.entries["Value"])
            note(node.entries["Value"], Exit(place, f"output {name}"))
    for id, resource in template.nodes():
        type = template.types[id]
        carries = carrier(type)
        properties = resource.entries.get("Properties")
        if not carries or not isinstance(properties, syntax.Mapping):
            continue
        child = links.children.get(id)
        if child is None:
            note(properties, Exit(evaluator.location(properties), f"{carries} {id}"))
            continue
        passed = properties.entries.get("Parameters")
        for parameter, value in passed.entries.items() if isinstance(passed, syntax.Mapping) else ():
            for exit in child.parameter_exits(parameter, world):
                note(value, exit)
    everywhere = [*template.makers, *_undeclared(template, evaluator)]
    for id in template.types if everywhere else ():
        found.setdefault(id, []).extend(everywhere)
    return found


def is_nameable(template: Template, id: str) -> bool:
    """Whether somebody outside of a stack may name a resource of it that no exit hands on: by a name that the template
    gives it, or by an output that serves the other stacks of its app only."""
    properties = dict(template.nodes())[id].entries.get("Properties")
    if properties is not None and not isinstance(properties, syntax.Mapping):
        return True
    if properties is not None and any(key.endswith("Name") or key.startswith("Fn::") for key in properties.entries):
        return True
    top = template
    while top.links.parent is not None:
        top = top.links.parent
    if not any(one.links.kept for one in tree(top)):
        return False
    handing_on = [node for other, node in template.nodes() if other in template.links.children]
    return any(id in mentioned(node) for node in (template.outputs, *handing_on))


def tree(template: Template) -> Iterator[Template]:
    """A template and those that it nests, over any number of steps."""
    yield template
    for child in template.links.children.values():
        yield from tree(child)


def _undeclared(template: Template, evaluator: Evaluator) -> list[Exit]:
    """One exit if the template refers to names that it does not declare: it is a part of another, which has more."""
    known = template.types.keys() | template.parameters.keys()
    if any(type.startswith("AWS::Serverless::") for type in template.types.values()):
        return []  # the transform declares more
    for id, node in template.nodes():
        missing = sorted(name for name in template.mentioned(id) - known if name and "::" not in name)
        if missing:
            said = f"{id}, which refers to {missing[0]}: the template is not whole"
            return [Exit(evaluator.location(node), said)]
    return []


def _is_read(template: Template, output: str, node: syntax.Node, world: World) -> bool:
    """Whether somebody outside of the scan may read an output."""
    if isinstance(node, syntax.Mapping) and "Export" in node.entries:
        return True
    parent = template.links.parent
    return parent is None or _hands_on(parent, template.links.parent_id, output, world)


def _hands_on(parent: Template, id: str, output: str, world: World) -> bool:
    """Whether a stack gives an output of one of its nested stacks to somebody outside of the scan."""
    for name, node in _leaving(parent):
        if _mentions_output(node, id, output) and _is_read(parent, name, node, world):
            return True
    for other, resource in parent.nodes():
        properties = resource.entries.get("Properties")
        if other == id or not isinstance(properties, syntax.Mapping) or not carrier(parent.types[other]):
            continue
        child = parent.links.children.get(other)
        if child is None:
            if _mentions_output(properties, id, output):
                return True
            continue
        passed = properties.entries.get("Parameters")
        for name, value in passed.entries.items() if isinstance(passed, syntax.Mapping) else ():
            if _mentions_output(value, id, output) and child.parameter_exits(name, world):
                return True
    return False


def _mentions_output(node: syntax.Node, id: str, output: str) -> bool:
    """Whether a node names an output of a nested stack; its id alone leads to all of them."""
    return any(attribute in ("", f"Outputs.{output}") for named, attribute in mentions(node) if named == id)


def _leaving(template: Template) -> Iterator[tuple[str, syntax.Node]]:
    """The outputs that others than stacks of the scan may read."""
    return ((name, node) for name, node in template.outputs.entries.items() if name not in template.links.kept)


def carrier(type: str) -> str:
    """What a type of resource that hands on what it is given is called; "" for other types."""
    return CARRIERS.get(type) or ("custom resource" if type.startswith("Custom::") else "")


def mentioned(node: syntax.Node) -> frozenset[str]:
    """The logical ids that Ref, GetAtt and Sub name anywhere below a node."""
    return frozenset(id for id, _ in mentions(node))


def mentions(node: syntax.Node) -> frozenset[tuple[str, str]]:
    """The logical ids that Ref, GetAtt and Sub name anywhere below a node, with the attribute; "" for none, or for one
    that is not written out."""
    from scanner.sources.cloudformation.functions import sub_parts

    found: set[tuple[str, str]] = set()

    def name(text: str) -> None:
        id, _, attribute = text.partition(".")
        found.add((id.strip(), attribute.strip()))

    def texts(argument: syntax.Node) -> None:
        if isinstance(argument, syntax.Scalar):
            name(argument.text)
        elif isinstance(argument, syntax.Sequence) and argument.items and isinstance(argument.items[0], syntax.Scalar):
            parts = [item.text if isinstance(item, syntax.Scalar) and not item.tag else "" for item in argument.items]
            found.add((parts[0], ".".join(parts[1:]) if all(parts) else ""))

    def subs(argument: syntax.Node) -> None:
        text, *own = argument.items if isinstance(argument, syntax.Sequence) and argument.items else [argument]
        variables = own[0].entries if own and isinstance(own[0], syntax.Mapping) else {}
        if isinstance(text, syntax.Scalar):
            for _, _, variable in sub_parts(text.text):
                if variable and variable not in variables:
                    name(variable)

    waiting = [node]
    while waiting:
        here = waiting.pop()
        if here.tag in ("!Ref", "!GetAtt"):
            texts(here)
        elif here.tag == "!Sub":
            subs(here)
        if isinstance(here, syntax.Mapping):
            for key, value in here.entries.items():
                if key in ("Ref", "Fn::GetAtt"):
                    texts(value)
                elif key == "Fn::Sub":
                    subs(value)
                waiting.append(value)
        elif isinstance(here, syntax.Sequence):
            waiting.extend(here.items)
    return frozenset(found)

"""Where the identity of a template's resources leaves the template."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from scanner import syntax
from scanner.model import Exit, World

if TYPE_CHECKING:
    from scanner.sources.cloudformation.evaluator import Evaluator
    from scanner.sources.cloudformation.template import Template

CARRIERS = {
    "AWS::CloudFormation::CustomResource": "custom resource",
    "AWS::CloudFormation::Stack": "nested stack",
    "AWS::Serverless::Application": "nested application",
    "AWS::SSM::Parameter": "SSM parameter",
}
"""Types of resources that hand what they are given on to others."""


def find(template: Template, evaluator: Evaluator) -> dict[str, list[Exit]]:
    """For each logical id, or parameter, the outputs and carriers that mention it, whether or not a condition holds.

    A nested stack that is in the scan carries what it is given no further than its own exits do, and its
    outputs leave the scan only where its parent hands them on.
    """
    found: dict[str, list[Exit]] = {}

    def note(node: syntax.Node, exit: Exit) -> None:
        for id in mentioned(node):
            if id in template.types or id in template.parameters:
                found.setdefault(id, []).append(exit)

    links = template.links
    handed_on = links.parent is None or _hands_on(links.parent, links.parent_id, evaluator.world)
    for name, node in _leaving(template):
        if isinstance(node, syntax.Mapping) and "Value" in node.entries and (handed_on or "Export" in node.entries):
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
            for exit in child.parameter_exits(parameter, evaluator.world):
                note(value, exit)
    for id in template.types if template.makers else ():
        found.setdefault(id, []).extend(template.makers)
    return found


def _hands_on(parent: Template, id: str, world: World) -> bool:
    """Whether a stack gives what one of its nested stacks puts out to somebody outside of the scan."""
    above = parent.links.parent
    if (above is None or _hands_on(above, parent.links.parent_id, world)) and any(
        id in mentioned(node) for _, node in _leaving(parent)
    ):
        return True
    for other, resource in parent.nodes():
        properties = resource.entries.get("Properties")
        if other == id or not isinstance(properties, syntax.Mapping) or not carrier(parent.types[other]):
            continue
        child = parent.links.children.get(other)
        if child is None:
            if id in mentioned(properties):
                return True
            continue
        passed = properties.entries.get("Parameters")
        for name, value in passed.entries.items() if isinstance(passed, syntax.Mapping) else ():
            if id in mentioned(value) and child.parameter_exits(name, world):
                return True
    return False


def _leaving(template: Template) -> Iterator[tuple[str, syntax.Node]]:
    """The outputs that others than stacks of the scan may read."""
    return ((name, node) for name, node in template.outputs.entries.items() if name not in template.links.kept)


def carrier(type: str) -> str:
    """What a type of resource that hands on what it is given is called; "" for other types."""
    return CARRIERS.get(type) or ("custom resource" if type.startswith("Custom::") else "")


def mentioned(node: syntax.Node) -> frozenset[str]:
    """The logical ids that Ref, GetAtt and Sub name anywhere below a node."""
    from scanner.sources.cloudformation.functions import sub_parts

    found: set[str] = set()

    def texts(argument: syntax.Node) -> None:
        if isinstance(argument, syntax.Scalar):
            found.add(argument.text.partition(".")[0].strip())
        elif isinstance(argument, syntax.Sequence) and argument.items and isinstance(argument.items[0], syntax.Scalar):
            found.add(argument.items[0].text)

    def subs(argument: syntax.Node) -> None:
        text = argument.items[0] if isinstance(argument, syntax.Sequence) and argument.items else argument
        if isinstance(text, syntax.Scalar):
            found.update(name.partition(".")[0] for _, _, name in sub_parts(text.text) if name)

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

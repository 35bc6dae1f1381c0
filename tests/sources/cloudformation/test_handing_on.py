from __future__ import annotations

from textwrap import dedent

import pytest

from scanner import syntax
from scanner.model import World
from scanner.sources.cloudformation import Parameters
from scanner.sources.cloudformation.exits import mentioned, mentions
from scanner.sources.cloudformation.root import read_root
from scanner.sources.cloudformation.stacks import Library, Stack


def stacks(apps: frozenset[str] = frozenset(), **texts: str) -> dict[str, Stack]:
    roots = {f"{name}.yaml": read_root(dedent(text), f"{name}.yaml") for name, text in texts.items()}
    return {stack.root.file: stack for stack in Library(roots, Parameters(), apps=apps).stacks()}


def exits(stack: Stack, address: str) -> list[str]:
    module, _, id = address.rpartition("#")
    (template,) = (one for one in stack.templates if one.name == module)
    return [exit.says for exit in template.exits(id, World())]


# --- outputs of nested stacks

CHILD = """
Resources:
  Shared: {Type: AWS::EC2::SecurityGroup}
  Own: {Type: AWS::EC2::SecurityGroup}
Outputs:
  Shared: {Value: !Ref Shared}
  Own: {Value: !Ref Own}
"""
PARENT = """
Resources:
  Net: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: ./child.yaml}}
Outputs:
  Group: {Value: OUTPUT}
"""


@pytest.mark.parametrize(
    "output",
    [
        "!GetAtt Net.Outputs.Shared",
        "!GetAtt [Net, Outputs.Shared]",
        "{Fn::GetAtt: [Net, Outputs, Shared]}",
        '!Sub "x-${Net.Outputs.Shared}"',
        "!Join [':', [a, !GetAtt Net.Outputs.Shared]]",
    ],
)
def test_only_the_outputs_that_the_parent_hands_on_leave(output: str) -> None:
    stack = stacks(child=CHILD, parent=PARENT.replace("OUTPUT", output))["parent.yaml"]
    assert exits(stack, "parent.yaml#Net#Shared") == ["output Shared"]
    assert exits(stack, "parent.yaml#Net#Own") == []


@pytest.mark.parametrize("output", ["!Ref Net", "!GetAtt [Net, !Sub 'Outputs.${Name}']"])
def test_what_may_lead_to_all_outputs_lets_all_leave(output: str) -> None:
    stack = stacks(child=CHILD, parent=PARENT.replace("OUTPUT", output))["parent.yaml"]
    assert exits(stack, "parent.yaml#Net#Own") == ["output Own"]


def test_an_output_leaves_through_every_level_or_not_at_all() -> None:
    middle = PARENT.replace("OUTPUT", "!GetAtt Net.Outputs.Shared")
    for handed_on, left in (("!GetAtt Net.Outputs.Group", ["output Shared"]), ("!GetAtt Net.Outputs.Other", [])):
        top = PARENT.replace("child", "middle").replace("OUTPUT", handed_on)
        stack = stacks(child=CHILD, middle=middle, top=top)["top.yaml"]
        assert exits(stack, "top.yaml#Net#Net#Shared") == left


# --- exports within an app

NETWORK = """
Resources:
  Subnet: {Type: AWS::EC2::Subnet}
Outputs:
  ExportsOutputRefSubnet: {Value: !Ref Subnet, Export: {Name: "net:ExportsOutputRefSubnet"}}
"""
SHOP = """
Resources:
  Group: {Type: AWS::EC2::SecurityGroup, Properties: {Tags: [!ImportValue "net:ExportsOutputRefSubnet"]}}
"""
APP = frozenset({"network.yaml", "shop.yaml"})
SUBNET = "network.yaml#Subnet"


def test_exports_that_the_cdk_makes_stay_in_their_app() -> None:
    assert exits(stacks(APP, network=NETWORK, shop=SHOP)["network.yaml"], SUBNET) == []


def test_what_other_stacks_of_an_app_import_does_not_stay_in_its_own() -> None:
    """None of it leaves the app, but an import that is not settled may be it."""
    nested = NETWORK.replace("AWS::EC2::Subnet", "AWS::CloudFormation::Stack, Properties: {TemplateURL: ./net.yaml}")
    child = (
        "Resources: {Inner: {Type: AWS::EC2::Subnet}, Own: {Type: AWS::EC2::Subnet}}\nOutputs: {O: {Value: !Ref Inner}}"
    )
    found = stacks(APP | {"net.yaml"}, network=nested, net=child, shop=SHOP)["network.yaml"]
    (inner,) = (one for one in found.templates if one.name == "network.yaml#Subnet")
    (network,) = (one for one in stacks(APP, network=NETWORK, shop=SHOP)["network.yaml"].templates)
    assert not network.stays("Subnet", World())
    assert not inner.stays("Inner", World())
    assert inner.stays("Own", World())


def test_exports_of_an_app_that_is_not_whole_leave() -> None:
    left = exits(stacks(network=NETWORK, shop=SHOP)["network.yaml"], SUBNET)
    assert left == ["output ExportsOutputRefSubnet"]


def test_exports_that_the_app_names_itself_leave() -> None:
    named = NETWORK.replace("ExportsOutputRefSubnet", "SubnetId")
    assert exits(stacks(APP, network=named, shop=SHOP)["network.yaml"], SUBNET) == ["output SubnetId"]


@pytest.mark.parametrize(
    "hands_on",
    [
        'Outputs: {Subnet: {Value: !ImportValue "net:ExportsOutputRefSubnet"}}\n',
        '  Own: {Type: "Custom::Own", Properties: {Subnet: !ImportValue "net:ExportsOutputRefSubnet"}}\n',
    ],
)
def test_an_export_that_another_stack_of_the_app_hands_on_leaves(hands_on: str) -> None:
    found = stacks(APP, network=NETWORK, shop=SHOP + hands_on)
    assert exits(found["network.yaml"], SUBNET) == ["output ExportsOutputRefSubnet"]


# --- what a node mentions


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("!Ref A", {("A", "")}),
        ("{Ref: A}", {("A", "")}),
        ("!GetAtt A.Arn", {("A", "Arn")}),
        ("{Fn::GetAtt: A.Outputs.B}", {("A", "Outputs.B")}),
        ("!GetAtt [A, Outputs.B]", {("A", "Outputs.B")}),
        ("!GetAtt [A, !Ref B]", {("A", ""), ("B", "")}),
        ("!Sub '${A} ${B.Arn} ${!C}'", {("A", ""), ("B", "Arn")}),
        ("{Fn::Sub: ['${x}${A}', {x: !Ref B}]}", {("A", ""), ("B", "")}),
        ("[[{deep: !Ref A}]]", {("A", "")}),
        ("text", set()),
    ],
)
def test_mentions(written: str, found: set[tuple[str, str]]) -> None:
    node = syntax.load(f"P: {written}\n", "t.yaml")
    assert mentions(node) == found
    assert mentioned(node) == {id for id, _ in found}

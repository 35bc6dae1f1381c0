from __future__ import annotations

import pytest

from scanner.model import Location, ResourceGraph, World
from scanner.sources.cloudformation.exits import mentioned
from scanner.syntax import load_yaml
from tests.sources.cloudformation.reading import template

MENTIONS = {
    "!Ref A": {"A"},
    "{Ref: A}": {"A"},
    "!GetAtt A.B.C": {"A"},
    "!GetAtt [A, B]": {"A"},
    "{'Fn::GetAtt': [A, B]}": {"A"},
    "{'Fn::GetAtt': A.B}": {"A"},
    "!Sub '${A} ${B.C} ${!D} ${AWS::Region}'": {"A", "B", "AWS::Region"},
    "!Sub ['${X}', {X: !Ref A}]": {"A"},
    "{'Fn::Sub': ['${X.Y}', {Z: {Ref: A}}]}": {"X", "A"},
    "!Join ['', [!Ref A, b]]": {"A"},
    "!If [Cond, {a: !Ref A}, [!Ref B]]": {"A", "B"},
    "text": set(),
    "[Ref, A]": set(),
}


@pytest.mark.parametrize("expression", MENTIONS)
def test_what_an_expression_mentions(expression: str) -> None:
    assert mentioned(load_yaml(expression, "f")) == MENTIONS[expression]


EXITS = {
    "nothing": ("  S: {Type: AWS::EC2::VPC, Properties: {P: !Ref R}}", []),
    "an output": ("Outputs: {O: {Value: !GetAtt R.Arn}}", ["output O"]),
    "an output under a condition": ("Outputs: {O: {Condition: C, Value: !Sub 'x${R}'}}", ["output O"]),
    "an output of another": ("Outputs: {O: {Value: !Ref Other}, P: , Q: {Description: R}}", []),
    "a nested stack": (
        "  N: {Type: AWS::CloudFormation::Stack, Properties: {Parameters: {P: !Ref R}}}",
        ["nested stack N"],
    ),
    "a nested application": (
        "  N: {Type: AWS::Serverless::Application, Properties: {P: !Ref R}}",
        ["nested application N"],
    ),
    "a custom resource": ("  N: {Type: Custom::Thing, Properties: {P: [!Ref R]}}", ["custom resource N"]),
    "the other custom resource": (
        "  N: {Type: AWS::CloudFormation::CustomResource, Properties: {P: !Ref R}}",
        ["custom resource N"],
    ),
    "an SSM parameter": ("  N: {Type: AWS::SSM::Parameter, Properties: {Value: !Ref R}}", ["SSM parameter N"]),
    "a stack set": ("  N: {Type: AWS::CloudFormation::StackSet, Properties: {Parameters: [!Ref R]}}", ["stack set N"]),
    "a provisioned product": (
        "  N: {Type: AWS::ServiceCatalog::CloudFormationProvisionedProduct, Properties: {P: !Ref R}}",
        ["provisioned product N"],
    ),
    "the attribute of another that names it": (
        "  N: {Type: AWS::ElasticLoadBalancingV2::LoadBalancer, Properties: {SecurityGroups: [!Ref R]}}\n"
        "Outputs: {O: {Value: !Join [',', !GetAtt N.SecurityGroups]}}",
        ["output O"],
    ),
    "an attribute of another that does not": (
        "  N: {Type: AWS::ElasticLoadBalancingV2::LoadBalancer, Properties: {SecurityGroups: [!Ref R]}}\n"
        "Outputs: {O: {Value: !GetAtt N.DNSName}}",
        [],
    ),
    "two": (
        "  N: {Type: Custom::T, Properties: {P: !Ref R}}\nOutputs: {O: {Value: !Ref R}}",
        ["output O", "custom resource N"],
    ),
    "an include": ("  Fn::Transform: {Name: AWS::Include}", ["Fn::Transform"]),
    "an include in the outputs": ("Outputs: {Fn::Transform: {Name: AWS::Include}}", ["Fn::Transform"]),
    "a macro": ("Transform: Mine", ["the macros of the template"]),
    "a macro among others": ("Transform: [AWS::Serverless-2016-10-31, {Name: Mine}]", ["the macros of the template"]),
    "transforms of AWS": ("Transform: [AWS::Serverless-2016-10-31, AWS::LanguageExtensions]", []),
    "an include of the whole": ("Fn::Transform: {Name: AWS::Include}", ["Fn::Transform"]),
}


@pytest.mark.parametrize("name", EXITS)
def test_where_a_resource_leaves_the_template(name: str) -> None:
    text, expected = EXITS[name]
    source = template("Resources:\n  R: {Type: T}\n  Other: {Type: T}\n" + text)

    assert [exit.says for exit in source.exits("R", World())] == expected


STAYS = {
    "nothing": ("{Type: T}", True),
    "another property": ("{Type: T, Properties: {GroupDescription: web}}", True),
    "a name": ("{Type: T, Properties: {GroupName: !Sub '${AWS::StackName}-web'}}", False),
    "properties that are computed": ("{Type: T, Properties: {Fn::If: [C, {}, {GroupName: web}]}}", False),
    "an output": ("{Type: T}\nOutputs: {O: {Value: !Ref R}}", False),
}


@pytest.mark.parametrize("name", STAYS)
def test_whether_somebody_outside_of_the_stack_can_name_a_resource(name: str) -> None:
    text, expected = STAYS[name]
    graph = ResourceGraph([template(f"Resources:\n  R: {text}")])
    assert graph.stays(graph.resource("t.yaml#R")) is expected


def test_an_exit_stands_at_what_hands_on() -> None:
    source = template("Resources:\n  R: {Type: T}\nOutputs:\n  O:\n    Value: !Ref R\n")
    assert source.exits("R", World())[0].location == Location("t.yaml", 5, 5, 5, 18)


def test_absence_is_proven_for_what_does_not_leave() -> None:
    graph = ResourceGraph([template("Resources: {R: {Type: T}, S: {Type: T}}\nOutputs: {O: {Value: !Ref R}}")])

    assert graph.open_world(graph.resource("t.yaml#S"), "a rule") is None
    unknown = graph.open_world(graph.resource("t.yaml#R"), "a rule")
    assert unknown is not None
    assert "leaves the scan through output O" in unknown.reason

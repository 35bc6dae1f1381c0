from __future__ import annotations

from typing import Any

import pytest

from scanner.model import ABSENT, Reference, Unknown
from scanner.sources.cloudformation.functions import sub_parts
from tests.sources.cloudformation.reading import plain, read, reference, unknown, value

SSM = ", ".join(
    f"{name}: {{Type: 'AWS::SSM::Parameter::Value<{type}>', Default: /a}}"
    for name, type in (("S", "String"), ("T", "AWS::EC2::Subnet::Id"), ("SL", "List<String>"), ("TL", "List<String>"))
)
A = f"Parameters: {{A: {{Type: String}}, L: {{Type: CommaDelimitedList}}, N: {{Type: Number, Default: 2}}, {SSM}}}"
BOTH = f"Parameters: {{A: {{Type: String}}, B: {{Type: String}}, {SSM}}}"

KNOWN: dict[str, tuple[str, Any]] = {
    "join": ("!Join [':', [a, 1, true]]", "a:1:true"),
    "join, long": ("{'Fn::Join': [':', [a, b]]}", "a:b"),
    "join of nothing": ("!Join [',', []]", ""),
    "join without delimiter": ("!Join ['', [a, b]]", "ab"),
    "join drops no value": ("!Join [',', [a, !Ref 'AWS::NoValue', b]]", "a,b"),
    "join of a split": ("!Join ['-', !Split ['.', a.b.c]]", "a-b-c"),
    "split": ("!Split [',', 'a,b,,c']", ["a", "b", "", "c"]),
    "split, long": ("{'Fn::Split': ['--', 'a--b']}", ["a", "b"]),
    "split of one": ("!Split [',', a]", ["a"]),
    "select": ("!Select [1, [a, b]]", "b"),
    "select, index as text": ("!Select ['0', [a, b]]", "a"),
    "select, long": ("{'Fn::Select': [1, {'Fn::Split': ['/', 'a/b/c']}]}", "b"),
    "select of a parameter": ("!Select [!Ref N, [a, b, c]]", "c"),
    "cidr": ("!Cidr [10.0.0.0/16, 2, 8]", ["10.0.0.0/24", "10.0.1.0/24"]),
    "cidr, long": ("{'Fn::Cidr': ['10.0.0.0/24', '2', '5']}", ["10.0.0.0/27", "10.0.0.32/27"]),
    "cidr of IPv6": ("!Cidr ['2001:db8::/56', 2, 64]", ["2001:db8::/64", "2001:db8:0:1::/64"]),
    "cidr of a network of the template": ("!Cidr [!GetAtt Vpc.CidrBlock, 2, 8]", ["10.9.0.0/24", "10.9.1.0/24"]),
    "cidr of a subnet of it": ("!Cidr [!GetAtt Subnet.CidrBlock, 1, 4]", ["10.9.1.0/28"]),
    "select of a cidr": ("!Select [1, !Cidr [10.0.0.0/16, 4, 12]]", "10.0.16.0/20"),
    "base64": ("!Base64 {'Fn::Sub': 'echo ${N}'}", "echo 2"),
    "base64, long": ("{'Fn::Base64': text}", "text"),
    "length": ("{'Fn::Length': [a, b]}", 2),
    "length, short": ("!Length [a, !Ref 'AWS::NoValue']", 1),
    "length of a split": ("!Length {'Fn::Split': [',', 'a,b,c']}", 3),
    "json": ("!ToJsonString {a: 1, b: [x, true, null], c: {}}", '{"a":1,"b":["x",true,null],"c":{}}'),
    "json, long": ("{'Fn::ToJsonString': [Größe]}", '["Größe"]'),
    "json of nothing": ("!ToJsonString {a: !Ref 'AWS::NoValue'}", "{}"),
    "sub": ("!Sub 'a-${N}'", "a-2"),
    "sub, long": ("{'Fn::Sub': 'a-${N}-${N}'}", "a-2-2"),
    "sub without variables": ("!Sub text", "text"),
    "sub keeps what is escaped": ("!Sub '${!N}-${N}'", "${N}-2"),
    "sub with variables": ("!Sub ['${X}/${N}', {X: !Join ['.', [a, b]]}]", "a.b/2"),
    "sub, variables before parameters": ("!Sub ['${N}', {N: mine}]", "mine"),
    "equals as a value": ("!Equals [a, a]", True),
}


@pytest.mark.parametrize("name", KNOWN)
def test_functions_of_known_arguments_give_their_value(name: str) -> None:
    expression, expected = KNOWN[name]
    assert value(expression, A) == expected


UNKNOWN = {
    "cidr of a network that IPAM gives its block": (
        "!Cidr [!GetAtt Ipam.CidrBlock, 2, 8]",
        "the value of Ipam is known",
    ),
    "no value": ("!Ref A", "parameter A has no value and no default"),
    "sub": ("!Sub 'x${A}'", "parameter A has no value and no default"),
    "join": ("!Join [',', !Ref L]", "parameter L has no value and no default"),
    "join, its delimiter": ("!Join [!Ref A, [a, b]]", "parameter A has no value and no default"),
    "split": ("!Split [',', !Ref A]", "parameter A has no value and no default"),
    "split by something unknown": ("!Split [!Ref A, 'a,b']", "is known"),
    "select": ("!Select [0, !Ref L]", "parameter L has no value and no default"),
    "select, its index": ("!Select [!Ref A, [x, y]]", "parameter A has no value and no default"),
    "select beyond the end": ("!Select [2, [a, b]]", "Fn::Select asks for element 2 of 2"),
    "select by a strange digit": ("!Select ['²', [a, b]]", "known"),
    "select with one argument": ("!Select [0]", "Fn::Select is not called as CloudFormation documents it"),
    "cidr": ("!Cidr [!Ref A, 2, 8]", "parameter A has no value and no default"),
    "cidr of nonsense": ("!Cidr [nonsense, 2, 8]", "Fn::Cidr is not called"),
    "cidr, too many": ("!Cidr [10.0.0.0/24, 3, 7]", "Fn::Cidr is not called"),
    "cidr, too large": ("!Cidr [10.0.0.0/24, 1, 16]", "Fn::Cidr is not called"),
    "cidr, 257 of them": ("!Cidr [10.0.0.0/8, 257, 8]", "Fn::Cidr is not called"),
    "zones": ("!GetAZs us-east-1", "Availability Zones of the region are known when"),
    "import": ("!ImportValue shared", "export shared comes from another stack"),
    "import of a text": ("!ImportValue {'Fn::Sub': '${A}-x'}", "comes from another stack"),
    "transform": ("!Transform {Name: Mine}", "macro Mine is expanded when the template is deployed"),
    "transform, long": ("{'Fn::Transform': {Name: Mine}}", "macro Mine is expanded"),
    "length": ("{'Fn::Length': !Ref L}", "parameter L has no value and no default"),
    "json": ("!ToJsonString {a: !Ref A}", "parameter A has no value and no default"),
    "a function of the future": ("{'Fn::Reverse': [a]}", "Fn::Reverse is not a function that is known here"),
    "an unknown list in a sub": ("!Sub 'x${L}'", "parameter L has no value and no default"),
    "sub of a mapping": ("!Sub {a: b}", "Fn::Sub has no text"),
    "if of one argument": ("!If [a]", "Fn::If takes a condition and two values"),
    "dynamic reference": ("'{{resolve:ssm:/a}}'", "{{resolve:ssm:/a}} is resolved when"),
    "dynamic reference in a sub": ("!Sub '{{resolve:ssm:/${N}}}'", "{{resolve:ssm:/2}} is resolved when"),
    "dynamic reference in a join": ("!Join [':', ['{{resolve', 'ssm:/a}}']]", "{{resolve:ssm:/a}} is resolved when"),
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_cannot_be_known_says_why(name: str) -> None:
    expression, reason = UNKNOWN[name]
    assert reason in unknown(expression, A).reason


def test_an_unknown_says_how_to_supply_it() -> None:
    assert unknown("!Sub 'x${A}'", A).supply == "--set A=..."
    assert unknown("!Ref 'AWS::Region'").supply == "--region NAME"


def test_functions_read_conditional_lists() -> None:
    head = "Conditions: {Sure: !Equals [a, a]}"
    assert value("!Join [',', [a, !If [Sure, b, c], !If [Sure, !Ref 'AWS::NoValue', d]]]", head) == "a,b"


EQUAL = {
    "join and sub": ("!Join ['-', [!Ref A, b]]", "!Sub '${A}-b'"),
    "nested joins": ("!Join ['', [!Join ['', [!Ref A, x]], y]]", "!Sub '${A}xy'"),
    "sub with a variable": ("!Sub ['${X}b', {X: !Ref A}]", "!Sub '${A}b'"),
    "sub of one variable": ("!Sub '${A}'", "!Ref A"),
    "references in text": ("!Sub '${Role.Arn}:x'", "!Join [':', [!GetAtt Role.Arn, x]]"),
    "an element": ("!Select [0, !Ref L]", "!Select ['0', !Ref L]"),
    "a zone": ("!Select [0, !GetAZs '']", "!Select [0, {'Fn::GetAZs': {Ref: 'AWS::Region'}}]"),
    "a zone of no region": ("!Select [0, !GetAZs ]", "!Select [0, !GetAZs '']"),
    "a zone of null": ("!Select [0, {'Fn::GetAZs': null}]", "!Select [0, !GetAZs {Ref: 'AWS::Region'}]"),
    "a zone of what is absent": ("!Select [0, !GetAZs {Ref: 'AWS::NoValue'}]", "!Select [0, !GetAZs '']"),
    "two parameters of one SSM parameter": ("!Ref S", "!Ref T"),
    "a parameter and a dynamic reference": ("!Ref S", "'{{resolve:ssm:/a}}'"),
    "texts around one SSM parameter": ("!Sub 'x-${T}'", "'x-{{resolve:ssm:/a}}'"),
    "two lists of one SSM parameter": ("!Select [1, !Ref SL]", "!Select [1, !Ref TL]"),
    "an import": ("!ImportValue {'Fn::Sub': '${A}-vpc'}", "{'Fn::ImportValue': !Join ['-', [!Ref A, vpc]]}"),
    "a list that crosses text": ("!Split [',', !Join [',', !Ref L]]", "!Ref L"),
    "a dynamic reference": ("'{{resolve:ssm:/a}}'", "!Sub '{{resolve:ssm:/a}}'"),
    "json": ("!ToJsonString {a: !Ref A}", "{'Fn::ToJsonString': {a: {Ref: A}}}"),
}


@pytest.mark.parametrize("name", EQUAL)
def test_the_same_expression_is_equal_to_itself(name: str) -> None:
    left, right = EQUAL[name]
    assert value(left, A) == value(right, A)


DIFFERENT = {
    "two parameters": ("!Ref A", "!Ref B"),
    "two elements": ("!Select [0, !Ref L]", "!Select [1, !Ref L]"),
    "two zones": ("!Select [0, !GetAZs '']", "!Select [1, !GetAZs '']"),
    "two regions": ("!GetAZs us-east-1", "!GetAZs us-east-2"),
    "two SSM parameters": ("'{{resolve:ssm:/a}}'", "'{{resolve:ssm:/b}}'"),
    "two versions of an SSM parameter": ("'{{resolve:ssm:/a:1}}'", "'{{resolve:ssm:/a:2}}'"),
    "an SSM parameter as text and as a list": ("!Ref S", "!Ref SL"),
    "an SSM parameter and a secret": ("'{{resolve:ssm:/a}}'", "'{{resolve:secretsmanager:/a}}'"),
    "two imports": ("!ImportValue a", "!ImportValue b"),
    "a list whose elements may hold the delimiter": ("!Split ['-', !Join ['-', !Ref L]]", "!Ref L"),
    "a value and its JSON": ("!ToJsonString [!Ref A]", "!Sub '[\"${A}\"]'"),
    "two ways to read beyond the end": ("!Select [2, [a]]", "!Select [3, [a]]"),
}


@pytest.mark.parametrize("name", DIFFERENT)
def test_different_unknowns_stay_different(name: str) -> None:
    left, right = DIFFERENT[name]
    found = read(f"P: {left}\nQ: {right}", BOTH.replace("}}", "}, L: {Type: CommaDelimitedList}}"), path="P")
    other = read(f"P: {left}\nQ: {right}", BOTH.replace("}}", "}, L: {Type: CommaDelimitedList}}"), path="Q")

    assert isinstance(found.value, Unknown)
    assert found.value != other.value


def test_a_text_of_one_reference_is_the_reference() -> None:
    assert value("!Sub '${Role.Arn}'") == reference("Role", "Arn")
    assert value("!Join ['', [!Ref Group]]") == reference("Group")


def test_a_list_of_references_survives_text() -> None:
    """CDK and nested stacks pass lists as ``Join(",")`` and read them with Split."""
    assert value("!Split [',', !Join [',', [!Ref Group, !GetAtt Role.Arn]]]") == [
        Reference("t.yaml#Group", "Ref"),
        Reference("t.yaml#Role", "Arn"),
    ]


def test_a_text_that_an_unknown_may_cut_elsewhere_is_not_split() -> None:
    assert isinstance(value("!Split [',', !Sub '${A},b']", A), Unknown)


def test_a_list_in_a_text_is_named() -> None:
    head = "Parameters: {L: {Type: CommaDelimitedList, Default: 'a,b'}}"
    assert "variable L of Fn::Sub is not text" in unknown("!Sub 'x${L}'", head).reason


def test_absent_arguments_are_no_text() -> None:
    assert value("!Split [',', !Ref 'AWS::NoValue']") == [""]
    assert value("!Sub 'a${AWS::NoValue}b'") == "ab"
    assert isinstance(value("{'Fn::ToJsonString': {Ref: 'AWS::NoValue'}}"), Unknown)


def test_an_element_that_is_absent_is_no_element() -> None:
    assert value("[a, !Ref 'AWS::NoValue', b]") == ["a", "b"]
    assert plain(read("P: {a: !Ref 'AWS::NoValue', b: 1}")) == {"a": ABSENT, "b": 1}


def test_sub_parts_have_offsets() -> None:
    assert list(sub_parts("a${B}c${!D}")) == [(0, "a", ""), (1, "", "B"), (5, "c", ""), (6, "${D}", "")]
    assert list(sub_parts("")) == []
    assert list(sub_parts("$${A}{B}")) == [(0, "$", ""), (1, "", "A"), (5, "{B}", "")]

from __future__ import annotations

import json

import pytest

from scanner.model import Items, Location, Split, Unknown
from scanner.sources.cloudformation import Parameters, read_parameter_file
from scanner.syntax import SyntaxProblem
from tests.sources.cloudformation.reading import given, plain, read, template, unknown, value

# Declared parameters


def declared(text: str) -> str:
    return f"Parameters: {{X: {text}}}"


VALUES = {
    "a default": ("{Type: String, Default: a}", {}, "a"),
    "a given value": ("{Type: String, Default: a}", {"X": "b"}, "b"),
    "an empty value": ("{Type: String, Default: ''}", {}, ""),
    "an empty given value": ("{Type: String, Default: a}", {"X": ""}, ""),
    "a number": ("{Type: Number, Default: 8080}", {}, "8080"),
    "a boolean": ("{Type: String, Default: True}", {}, "true"),
    "no type": ("{Default: a}", {}, "a"),
    "a list": ("{Type: CommaDelimitedList, Default: 'a, b,c'}", {}, ["a", "b", "c"]),
    "a list written as one": ("{Type: CommaDelimitedList, Default: [a, b]}", {}, ["a", "b"]),
    "an empty list": ("{Type: CommaDelimitedList, Default: ''}", {}, []),
    "a list of subnets": ("{Type: 'List<AWS::EC2::Subnet::Id>'}", {"X": "subnet-1,subnet-2"}, ["subnet-1", "subnet-2"]),
    "a list of numbers": ("{Type: List<Number>, Default: '80,443'}", {}, ["80", "443"]),
    "one VPC": ("{Type: 'AWS::EC2::VPC::Id'}", {"X": "vpc-1,2"}, "vpc-1,2"),
    "an allowed value": ("{Type: String, AllowedValues: [a, b]}", {"X": "a"}, "a"),
    "an allowed boolean": ("{Type: String, AllowedValues: [True, False]}", {"X": "true"}, "true"),
    "an allowed boolean as written": ("{Type: String, AllowedValues: [True, False]}", {"X": "True"}, "true"),
    "an allowed list": ("{Type: CommaDelimitedList, AllowedValues: [a, b, c]}", {"X": "a, c"}, ["a", "c"]),
    "the only allowed value": ("{Type: String, AllowedValues: [a]}", {}, "a"),
    "an SSM parameter's name": ("{Type: 'AWS::SSM::Parameter::Name', Default: /a}", {}, "/a"),
    "an SSM parameter's value": ("{Type: 'AWS::SSM::Parameter::Value<String>', Default: /a}", {"X": "v"}, "v"),
    "a list from SSM": ("{Type: 'AWS::SSM::Parameter::Value<List<String>>', Default: /a}", {"X": "v,w"}, ["v", "w"]),
    "a plain list from SSM": ("{Type: 'AWS::SSM::Parameter::Value<CommaDelimitedList>'}", {"X": "v,w"}, ["v", "w"]),
    "a typed list from SSM": (
        "{Type: 'AWS::SSM::Parameter::Value<List<AWS::EC2::Subnet::Id>>'}",
        {"X": "subnet-1"},
        ["subnet-1"],
    ),
}


@pytest.mark.parametrize("name", VALUES)
def test_values_of_parameters(name: str) -> None:
    text, values, expected = VALUES[name]
    source = template(declared(text) + "\nResources: {}", values)

    assert value("!Ref X", declared(text), values=values) == expected
    assert source.problems == []


OPEN = {
    "nothing": ("{Type: String}", {}, "parameter X has no value and no default"),
    "a default of nothing": ("{Type: String, Default: }", {}, "parameter X has no value and no default"),
    "from SSM": (
        "{Type: 'AWS::SSM::Parameter::Value<String>', Default: /a}",
        {},
        "parameter X is read from SSM parameter /a when the stack is deployed",
    ),
    "from another SSM parameter": (
        "{Type: 'AWS::SSM::Parameter::Value<String>', Default: /a}",
        {"X": "/b"},
        "parameter X is read from SSM parameter /b when the stack is deployed",
    ),
    "from an SSM parameter without slash": (
        "{Type: 'AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>', Default: Image}",
        {},
        "parameter X is read from SSM parameter Image when the stack is deployed",
    ),
}


@pytest.mark.parametrize("name", OPEN)
def test_parameters_without_value_say_why(name: str) -> None:
    text, values, reason = OPEN[name]
    found = unknown("!Ref X", declared(text), values=values)

    assert found.reason == reason
    assert found.supply == "--set X=..."
    assert found.split is None


def test_allowed_values_split_an_unknown_parameter() -> None:
    found = unknown("!Ref X", declared("{Type: String, AllowedValues: [a, b, 3]}"))
    assert found.split == Split(("parameter", "t.yaml", "X"), ("a", "b", "3"))


@pytest.mark.parametrize("type", ["CommaDelimitedList", "AWS::SSM::Parameter::Value<String>"])
def test_allowed_values_of_lists_and_names_do_not_split(type: str) -> None:
    assert unknown("!Ref X", declared(f"{{Type: '{type}', AllowedValues: [a, b]}}")).split is None


def test_a_value_that_is_not_allowed_is_a_problem_and_not_used() -> None:
    text = "Parameters:\n  X: {Type: String, Default: a, AllowedValues: [a, b]}\nResources: {}"
    source = template(text, {"X": "c"})

    assert [str(problem) for problem in source.problems] == [
        "t.yaml:2:48: parameter X cannot be 'c' (given with --set): allowed is a, b"
    ]
    found = unknown("!Ref X", "Parameters:\n  X: {Type: String, Default: a, AllowedValues: [a, b]}", values={"X": "c"})
    assert found.reason == "the value given for parameter X is not allowed"
    assert found.split == Split(("parameter", "t.yaml", "X"), ("a", "b"))


def test_every_element_of_a_list_must_be_allowed() -> None:
    source = template("Parameters: {X: {Type: List<String>, AllowedValues: [a, b]}}\nResources: {}", {"X": "a,z"})
    assert "cannot be 'z'" in source.problems[0].message


def test_no_message_shows_what_must_not_be_echoed() -> None:
    source = template(
        "Parameters: {X: {Type: String, NoEcho: true, AllowedValues: [a, b]}}\nResources: {}", {"X": "hunter2"}
    )
    assert "hunter2" not in str(source.problems[0])


def test_elements_of_a_list_stand_where_the_list_does() -> None:
    found = read("P: !Ref X", declared("{Type: CommaDelimitedList, Default: 'a,b'}"))

    assert isinstance(found.value, Items)
    assert found.value.items[1].at == found.at == (Location("t.yaml", 8, 7, 8, 16), Location("t.yaml", 1, 53, 1, 58))
    assert found.note == found.value.items[0].note == "default of parameter X"


def test_a_given_value_says_where_it_came_from() -> None:
    found = read("P: !Ref X", declared("{Type: String, Default: a}"), values={"X": "b"})
    assert (found.note, len(found.at)) == ("given with --set", 1)


def test_a_parameter_that_is_no_mapping_is_a_problem() -> None:
    source = template("Parameters: {X: , Y: {Type: String}}\nResources: {}")

    assert [str(problem) for problem in source.problems] == ["t.yaml:1:16: parameter X is not a mapping"]
    assert list(source.parameters) == ["Y"]


def test_a_parameters_section_of_nothing_declares_nothing() -> None:
    assert template("Parameters:\nResources: {}").parameters == {}


def test_names_that_no_template_declares() -> None:
    source = template("Parameters: {X: {Type: String}}\nResources: {}")
    assert source.undeclared(["X", "Y", "AWS::StackName"]) == {"Y"}


# Given values


def test_later_values_win_and_keep_their_origin() -> None:
    found = Parameters(region="r").merged({"A": "1", "B": "1"}, "from f").merged({"B": "2"}, "given with --set")

    assert found.values == {"A": "1", "B": "2"}
    assert found.origins == {"A": "from f", "B": "given with --set"}
    assert found.region == "r"


FILES = {
    "the CLI's list": [{"ParameterKey": "A", "ParameterValue": "1"}, {"ParameterKey": "B", "ParameterValue": "x,y"}],
    "previous values": [
        {"ParameterKey": "A", "ParameterValue": "1"},
        {"ParameterKey": "B", "ParameterValue": "x,y"},
        {"ParameterKey": "C", "UsePreviousValue": True},
    ],
    "template configuration": {"Parameters": {"A": 1, "B": ["x", "y"]}, "Tags": {"t": "u"}},
    "input of the CLI": {"StackName": "s", "Parameters": [{"ParameterKey": "A", "ParameterValue": 1}, "B=x,y"]},
    "deploy": ["A=1", "B=x,y"],
    "a mapping": {"A": 1, "B": "x,y"},
}


@pytest.mark.parametrize("name", FILES)
def test_parameter_files(name: str) -> None:
    assert read_parameter_file(json.dumps(FILES[name]), "p.json") == {"A": "1", "B": "x,y"}


def test_parameter_files_may_be_yaml() -> None:
    assert read_parameter_file("A: 012\nB: True\nC: a=b\n", "p.yaml") == {"A": "012", "B": "true", "C": "a=b"}
    assert read_parameter_file("- A=b=c\n", "p.yaml") == {"A": "b=c"}


WRONG = {
    '"text"': "p.json:1:1: a parameter file is a list of ParameterKey and ParameterValue, or a mapping",
    "": "p.json:1:1: a parameter file is a list of ParameterKey and ParameterValue, or a mapping",
    '["A"]': "p.json:1:2: expected ParameterKey and ParameterValue, or Key=Value",
    '[{"Key": "A"}]': "p.json:1:2: expected ParameterKey and ParameterValue, or Key=Value",
    '[{"ParameterKey": "A"}]': "p.json:1:2: parameter A has no ParameterValue",
    '{"A": {"b": 1}}': "p.json:1:7: a parameter's value is text, a number or a list of them",
    '{"A": null}': "p.json:1:7: a parameter's value is text, a number or a list of them",
    '[{"ParameterKey": "A", "ParameterValue": null}]': "p.json:1:42: a parameter's value is text",
    '{"Parameters": 1}': "p.json:1:16: a parameter file is a list",
    '{"A": 1, "A": 2}': "p.json:1:10: duplicate key A",
}


@pytest.mark.parametrize("text", WRONG)
def test_what_is_wrong_with_a_parameter_file(text: str) -> None:
    with pytest.raises(SyntaxProblem) as caught:
        read_parameter_file(text, "p.json")
    assert str(caught.value).startswith(WRONG[text])


def test_values_for_parameters_reach_the_resources() -> None:
    values = read_parameter_file('{"X": "b"}', "p.json")
    source = template(declared("{Type: String}") + "\nResources: {}", values)

    assert source.parameters["X"].value == "b"
    assert given(values).values == {"X": "b"}
    assert not isinstance(plain(read("P: !Ref X", declared("{Type: String}"), values=values)), Unknown)

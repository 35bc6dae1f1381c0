from __future__ import annotations

import time

import pytest

from scanner.model import Fork, Items, Location, Reference, ResourceGraph, Unknown, World
from scanner.sources.cloudformation import load_template
from scanner.syntax import SyntaxProblem
from tests.sources.cloudformation.reading import SOME, answers, template, worlds

# What is no template

WRONG = {
    "text": "t.yaml:1:1: a template is a mapping with Resources",
    "[a]": "t.yaml:1:1: a template is a mapping with Resources",
    "": "t.yaml:1:1: a template is a mapping with Resources",
    "A: 1": "t.yaml:1:1: the template has no Resources",
    "Resources: [a]": "t.yaml:1:12: Resources is not a mapping",
    "Resources: {}\nOutputs: text": "t.yaml:2:10: Outputs is not a mapping",
    "Resources: {}\nResources: {}": "t.yaml:2:1: duplicate key Resources",
    "Resources: {}\nOutputs: {A: 1, A: 2}": "t.yaml:2:17: duplicate key A",
    "Resources: {}\nOutputs: {A: {Export: {Name: a, Name: b}}}": "t.yaml:2:33: duplicate key Name",
}


@pytest.mark.parametrize("text", WRONG)
def test_what_cannot_be_read_at_all(text: str) -> None:
    with pytest.raises(SyntaxProblem) as caught:
        template(text)
    assert str(caught.value).startswith(WRONG[text])


PROBLEMS = {
    "R: text": "t.yaml:2:6: resource R has no Type",
    "R: ": "t.yaml:2:5: resource R has no Type",
    "R: {Properties: {}}": "t.yaml:2:6: resource R has no Type",
    "R: {Type: }": "t.yaml:2:6: resource R has no Type",
    "R: {Type: [a]}": "t.yaml:2:6: resource R has no Type",
    "R: {Type: T, Properties: text}": "t.yaml:2:28: the properties of resource R are not a mapping",
    "R: {Type: T, Properties: [a]}": "t.yaml:2:28: the properties of resource R are not a mapping",
}


@pytest.mark.parametrize("resource", PROBLEMS)
def test_what_is_wrong_with_one_resource_leaves_the_others(resource: str) -> None:
    source = template(f"Resources:\n  {resource}\n  S: {{Type: T}}\n")

    assert [str(problem) for problem in source.problems] == [PROBLEMS[resource]]
    assert "S" in source.types
    for id in source.types:
        assert dict(source.resource(id, World()).properties) == {}


TWICE = """
Parameters: {Word: {Type: String, Default: a, Default: b}}
Resources:
  R: {Type: T, Properties: {P: 1, Q: {S: !Ref S}, P: 2, W: !Ref Word}}
  S: {Type: T}
"""


def test_a_key_that_is_stated_twice_is_not_known_and_the_rest_is() -> None:
    source = template(TWICE)
    found = source.resource("R", World())

    assert [str(problem).partition(": ")[2] for problem in source.problems] == [
        "duplicate key Default: first on line 2",
        "duplicate key P: first on line 4",
    ]
    assert found.get("P").value.reason == "it is stated twice, and which one holds is not known"
    assert found.get("Q.S").value == Reference("t.yaml#S")
    assert found.get("W").value.reason == "parameter Word has its Default twice"
    assert not source.exits("S", World())


@pytest.mark.parametrize(
    ("again", "column"),
    [
        ("R: {Type: T}\n  R: {Type: U}", 3),
        ("R: {Type: T, Type: U}", 16),
        ("R: {Type: T, DependsOn: S, DependsOn: R}", 30),
    ],
)
def test_of_a_resource_that_is_stated_twice_nothing_is_known(again: str, column: int) -> None:
    source = template(f"Resources:\n  S: {{Type: T}}\n  {again}\n")

    assert [problem.column for problem in source.problems] == [column]
    assert "R" not in source.types
    assert [exit.says for exit in source.exits("S", World())] == ["R, which is stated twice"]


def test_json_may_state_a_key_twice_as_well() -> None:
    source = load_template('{"Resources": {"R": {"Type": "T", "Properties": {"P": 1, "P": 2}}}}', "t.json")

    assert [str(problem) for problem in source.problems] == ["t.json:1:58: duplicate key P: first on line 1"]
    assert isinstance(source.resource("R", World()).get("P").value, Unknown)


EMPTY = ["Resources: {}", "Resources:", "Parameters:\nMappings:\nConditions:\nOutputs:\nRules:\nResources: {}"]


@pytest.mark.parametrize("text", EMPTY)
def test_sections_of_nothing(text: str) -> None:
    source = template(text)

    assert (source.types, source.problems, source.secrets()) == ({}, [], [])
    assert source.possible(World())


def test_a_resource_of_no_properties() -> None:
    source = template("Resources: {R: {Type: T}, S: {Type: T, Properties: }}")

    assert dict(source.resource("R", World()).properties) == {}
    assert dict(source.resource("S", World()).properties) == {}
    assert source.problems == []


def test_a_resource_in_json() -> None:
    text = '{"Resources": {\n  "R": {"Type": "T",\n    "Properties": {"P": {"Ref": "R"}}}}}'
    found = load_template(text, "t.json").resource("R", World())

    assert found.location == Location("t.json", 2, 3, 2, 6)
    assert found.get("P").value == Reference("t.json#R")
    assert found.get("P").location == Location("t.json", 3, 20, 3, 37)


def test_a_resource_that_is_not_there() -> None:
    with pytest.raises(KeyError):
        template("Resources: {}").resource("R", World())


# Conditions and dependencies

CONDITIONAL = """
Parameters: {A: {Type: String}}
Conditions: {C: !Equals [!Ref A, x], Never: !Equals [a, b]}
Resources:
  R: {Type: T, Condition: C, DependsOn: [S, U]}
  S: {Type: T, Condition: Never, DependsOn: U}
  U: {Type: T, Properties: {P: !Sub '${V.Arn}'}}
  V: {Type: T}
  W: {Type: T, Condition: Missing}
"""


def test_a_resource_exists_as_its_condition_says() -> None:
    source = template(CONDITIONAL)

    assert source.resource("U", World()).exists()
    assert not source.resource("S", World()).exists()
    with pytest.raises(Fork):
        source.resource("R", World()).exists()
    assert dict(worlds(source, lambda resource: resource.exists())) == {
        "A = x (condition C)": True,
        "A is not x (condition C)": False,
    }
    assert [says for says, _ in worlds(source, lambda resource: resource.exists(), "W")] == [
        "condition Missing holds",
        "condition Missing does not hold",
    ]


def test_dependencies_are_what_is_named() -> None:
    source = template(CONDITIONAL)
    graph = ResourceGraph([source])

    assert source.resource("R", World()).depends_on == (Reference("t.yaml#S"), Reference("t.yaml#U"))
    assert source.resource("S", World()).depends_on == (Reference("t.yaml#U"),)
    assert source.references("R") == {"t.yaml#S", "t.yaml#U"}
    assert source.references("U") == {"t.yaml#V"}
    assert graph.dependencies(graph.resource("t.yaml#R")) == {"t.yaml#S", "t.yaml#U", "t.yaml#V"}


# Properties that a function makes as a whole

WHOLE = """
Parameters: {A: {Type: String}}
Conditions: {C: !Equals [!Ref A, x]}
Resources:
  R:
    Type: T
    Properties:
"""


@pytest.mark.parametrize(
    "properties",
    ["      Fn::If: [C, {P: 1}, {P: 2, Q: 3}]\n", "      !If [C, {P: 1}, {P: 2, Q: 3}]\n"],
)
def test_properties_that_a_condition_chooses(properties: str) -> None:
    source = template(WHOLE + properties)

    assert source.problems == []
    assert answers(source) == {"A = x (condition C)": 1, "A is not x (condition C)": 2}
    assert [list(found) for _, found in worlds(source, lambda resource: list(resource.properties))] == [
        ["P"],
        ["P", "Q"],
    ]


def test_properties_that_a_condition_leaves_out() -> None:
    source = template(WHOLE + "      Fn::If: [C, !Ref 'AWS::NoValue', {P: 2}]\n")
    assert [len(found) for _, found in worlds(source, lambda resource: dict(resource.properties))] == [0, 1]


@pytest.mark.parametrize(
    "properties",
    [
        "      Fn::Transform: {Name: Mine}\n",
        "      Fn::Transform: {Name: AWS::Include}\n",
        "      !Transform {Name: Mine}\n",
        "      P: 1\n      Fn::Transform: {Name: Mine}\n",  # a macro is given what is beside it and may change it
    ],
)
def test_properties_that_a_macro_makes_are_unknown(properties: str) -> None:
    found = template(WHOLE + properties).resource("R", World())
    one, other = found.get("P").value, found.get("Q.Deep").value

    assert isinstance(one, Unknown)
    assert isinstance(other, Unknown)
    assert one != other
    assert "expanded when the template is deployed" in one.reason


def test_an_include_only_adds() -> None:
    text = (
        "      P: 1\n      S: {T: 2, Fn::Transform: {Name: AWS::Include}}\n      Fn::Transform: {Name: AWS::Include}\n"
    )
    found = template(WHOLE + text).resource("R", World())

    assert found.get("P").value == 1
    assert found.get("S.T").value == 2
    for path in ("Q", "S.Q"):
        value = found.get(path).value
        assert isinstance(value, Unknown)
        assert value.reason == "Fn::Transform may define Q"
    assert found.get("Q").value != found.get("S.Q").value
    assert isinstance(found.properties["Fn::Transform"].value, Unknown)


def test_an_included_element_of_a_list_is_unknown() -> None:
    found = template(WHOLE + "      P: [a, {Fn::Transform: {Name: AWS::Include}}]\n").resource("R", World())
    items = found.get("P").value

    assert isinstance(items, Items)
    assert items.items[0].value == "a"
    assert isinstance(items.items[1].value, Unknown)


def test_secrets_are_found_in_the_whole_template() -> None:
    source = template("Resources: {R: {Type: T, Properties: {Password: x}}}")
    assert source.secrets() == [(1, 49, 1, 50)]


# Speed


def test_a_template_of_500_resources_is_loaded_fast() -> None:
    resource = """
  R{0}:
    Type: AWS::EC2::SecurityGroup
    Properties:
      VpcId: !Ref Vpc
      Tags: [{{Key: a, Value: !Sub '${{Vpc}}-{0}'}}]
"""
    text = "Resources:\n  Vpc: {Type: AWS::EC2::VPC}\n" + "".join(resource.format(n) for n in range(500))
    times = []
    for _ in range(5):
        start = time.perf_counter()
        source = load_template(text, "t.yaml")
        times.append(time.perf_counter() - start)

    assert len(source.types) == 501
    assert min(times) < 0.5  # 0.05 on a machine with nothing else to do


def test_nesting_and_sharing_do_not_explode() -> None:
    text = SOME.replace("\n", "\n  ") + "R: {Type: T, Properties: {P: &p0 [a]"
    text += "".join(f", P{n}: &p{n} [*p{n - 1}, *p{n - 1}]" for n in range(1, 12)) + "}}"
    source = template("Resources:\n  " + text)
    assert source.resource("R", World()).get("P11.0.0.0.0.0.0.0.0.0.0.0.0").value == "a"

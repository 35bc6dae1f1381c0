from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.model import World
from tests.sources.cloudformation.reading import answers, read, template, with_properties

PARAMETERS = """
Parameters:
  A: {Type: String}
  B: {Type: String}
  Stage: {Type: String, AllowedValues: [dev, test, prod]}
  Flag: {Type: String, AllowedValues: ['true', 'false']}
  Known: {Type: String, Default: x}
  L: {Type: CommaDelimitedList}
  Few: {Type: CommaDelimitedList, Default: 'a,b'}
"""


def of(condition: str, more: str = "") -> dict[str, Any]:
    """Which branch of Fn::If is taken, by world."""
    return answers(with_properties("P: !If [C, 1, 0]", f"{PARAMETERS}\nConditions:\n  C: {condition}\n{more}"))


DECIDED = {
    "equal texts": ("!Equals [a, a]", 1),
    "different texts": ("!Equals [a, b]", 0),
    "case matters": ("!Equals [a, A]", 0),
    "a number and its text": ("!Equals [1, '1']", 1),
    "a boolean and its text": ("!Equals [true, 'true']", 1),
    "a default": ("!Equals [!Ref Known, x]", 1),
    "a list and its text": ("!Equals [!Join ['', !Ref Few], ab]", 1),
    "a list": ("!Equals [!Ref Few, 'a,b']", 1),
    "itself": ("!Equals [!Ref A, !Ref A]", 1),
    "itself in text": ("!Equals [!Sub '${A}x', !Join ['', [!Ref A, x]]]", 1),
    "not of itself": ("!Not [!Equals [!Ref A, !Ref A]]", 0),
    "what cannot be": ("!Equals [!Sub 'arn:${A}', http]", 0),
    "what cannot end so": ("!Equals [!Sub '${A}-dev', !Sub '${B}-prod']", 0),
    "what is too short": ("!Equals [!Sub 'ab${A}bc', abc]", 0),
    "what is not allowed": ("!Equals [!Ref Stage, nowhere]", 0),
    "and, one is false": ("!And [!Equals [!Ref A, x], !Equals [a, b]]", 0),
    "or, one is true": ("!Or [!Equals [!Ref A, x], !Equals [a, a]]", 1),
    "long form": ("{'Fn::Not': [{'Fn::Or': [{'Fn::Equals': [a, b]}, {Condition: D}]}]}", 0),
    "a named condition": ("!Condition D", 1),
    "in quotes": ("{Condition: D}", 1),
    "literal": ("true", 1),
    "literal text": ("'False'", 0),
    "nothing": ("!Equals [!Ref 'AWS::NoValue', '']", 1),
}


@pytest.mark.parametrize("name", DECIDED)
def test_conditions_that_nothing_leaves_open(name: str) -> None:
    condition, expected = DECIDED[name]
    assert of(condition, "  D: !Equals [a, a]") == {"": expected}


OPEN = {
    "a parameter": ("!Equals [!Ref A, x]", {"A = x": 1, "A is not x": 0}),
    "nothing": ("!Equals [!Ref A, '']", {"A = ''": 1, "A is not ''": 0}),
    "the other way round": ("!Equals [x, !Ref A]", {"A = x": 1, "A is not x": 0}),
    "not": ("!Not [!Equals [!Ref A, x]]", {"A = x": 0, "A is not x": 1}),
    "one of many values": ("!Equals [!Ref Stage, dev]", {"Stage = dev": 1, "Stage is not dev": 0}),
    "one of two values": ("!Equals [!Ref Flag, 'true']", {"Flag = true": 1, "Flag = false": 0}),
    "two parameters": ("!Equals [!Ref A, !Ref B]", {"condition C holds": 1, "condition C does not hold": 0}),
    "a region": ("!Equals [!Ref 'AWS::Region', r]", {"AWS::Region = r": 1, "AWS::Region is not r": 0}),
    "an import": ("!Equals [!ImportValue e, x]", {"export e = x": 1, "export e is not x": 0}),
    "a list": ("!Equals [!Join ['', !Ref L], '']", {"L = ''": 1, "L is not ''": 0}),
    "an element": ("!Equals [!Select [0, !Ref L], x]", {"element 0 of L = x": 1, "element 0 of L is not x": 0}),
    "a text": ("!Equals [!Sub '${A}-b', x-b]", {"'${A}-b' = x-b": 1, "'${A}-b' is not x-b": 0}),
    "an attribute": ("!Equals [!GetAtt Role.Arn, x]", {"a value = x": 1, "a value is not x": 0}),
    "a name that is not defined": (
        "!Condition Missing",
        {"condition Missing holds": 1, "condition Missing does not hold": 0},
    ),
    "three operands": ("!Equals [a, b, c]", {"condition C holds": 1, "condition C does not hold": 0}),
    "not of two": ("!Not [a, b]", {"condition C holds": 1, "condition C does not hold": 0}),
    "no condition": ("!Ref A", {"condition C holds": 1, "condition C does not hold": 0}),
}


@pytest.mark.parametrize("name", OPEN)
def test_conditions_that_fork(name: str) -> None:
    condition, expected = OPEN[name]
    found = of(condition)
    assert {says.replace(" (condition C)", ""): branch for says, branch in found.items()} == expected


def test_nothing_is_assumed_that_does_not_matter() -> None:
    found = of("!And [!Equals [!Ref A, x], !Equals [!Ref B, y]]")

    assert list(found.values()) == [1, 0, 0]
    assert "A is not x (condition C)" in found  # B is never asked for


def test_what_is_assumed_once_holds_everywhere() -> None:
    source = with_properties(
        "P: [!If [C, 1, 0], !If [D, 1, 0], !Ref A]",
        PARAMETERS + "Conditions: {C: !Equals [!Ref A, x], D: !Not [!Equals [!Ref A, x]]}",
    )
    found = list(answers(source).values())

    assert found[0] == [1, 0, "x"]
    assert found[1][:2] == [0, 1]


def test_the_last_value_that_is_allowed_is_known() -> None:
    source = with_properties(
        "P: !If [C, c, !If [D, d, !Ref Stage]]",
        PARAMETERS + "Conditions: {C: !Equals [!Ref Stage, dev], D: !Equals [!Ref Stage, test]}",
    )
    assert sorted(answers(source).values()) == ["c", "d", "prod"]


CONTRADICTIONS = {
    "equal parameters have equal values": ("[!If [AB, 1, 0], !If [AX, 1, 0], !If [BX, 1, 0]]", [0, 1, 1]),
    "and the other way": ("[!If [AX, 1, 0], !If [BX, 1, 0], !If [AB, 1, 0]]", [1, 1, 0]),
    "a text says what its part is": ("[!If [Text, 1, 0], !If [AX, 1, 0]]", [0, 1]),
    "or is not": ("[!If [Text, 1, 0], !If [AY, 1, 0]]", [1, 1]),
}


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_no_world_contradicts_itself(name: str) -> None:
    expression, impossible = CONTRADICTIONS[name]
    head = f"""
    {PARAMETERS.replace(chr(10), chr(10) + "    ")}
    Conditions:
      AB: !Equals [!Ref A, !Ref B]
      AX: !Equals [!Ref A, x]
      AY: !Equals [!Ref A, y]
      BX: !Equals [!Ref B, x]
      Text: !Equals [!Sub '${{A}}-s', x-s]
    """
    assert impossible not in answers(with_properties(f"P: {expression}", head)).values()


def test_a_circle_is_reported_and_left_open() -> None:
    source = with_properties(
        "P: !If [C, 1, 0]",
        """
        Conditions:
          C: !And [!Condition D, !Condition D]
          D: !Or [!Condition E, {Condition: E}]
          E: !Not [!Condition C]
        """,
    )
    assert [str(problem) for problem in source.problems] == [
        "t.yaml:3:3: conditions refer to each other in a circle: C -> D -> E -> C"
    ]
    assert sorted(answers(source).values())[0] == 0


def test_a_condition_that_names_itself_is_a_circle() -> None:
    source = with_properties("P: 1", "Conditions: {C: !Condition C}")
    assert "C -> C" in source.problems[0].message


def test_many_conditions_that_share_others_are_no_circle() -> None:
    lines = ["C0: !Equals [!Ref A, x]"]
    lines += [f"C{n}: !And [!Condition C{n - 1}, !Or [!Condition C{n - 1}, !Condition C{n - 1}]]" for n in range(1, 50)]
    source = with_properties("P: !If [C49, 1, 0]", PARAMETERS + "Conditions:\n  " + "\n  ".join(lines))

    assert source.problems == []
    assert sorted(answers(source).values()) == [0, 1]


# The Rules section

RULES = """
Rules:
  Prod:
    RuleCondition: !Equals [!Ref Stage, prod]
    Assertions:
      - Assert: {RULE}
"""
REFUSED = {
    "contains": ("!Contains [[a, b], !Ref Known]", ["dev", "test"]),
    "contains it": ("!Contains [[a, x], !Ref Known]", ["dev", "prod", "test"]),
    "equals": ("!Equals [!Ref Known, y]", ["dev", "test"]),
    "not": ("!Not [!Equals [!Ref Known, x]]", ["dev", "test"]),
    "each member equals": ("{'Fn::EachMemberEquals': [[x, y], x]}", ["dev", "test"]),
    "each member equals it": ("{'Fn::EachMemberEquals': [[x, x], !Ref Known]}", ["dev", "prod", "test"]),
    "each member in": ("{'Fn::EachMemberIn': [!Ref Few, [a, c]]}", ["dev", "test"]),
    "each member is in": ("{'Fn::EachMemberIn': [!Ref Few, [a, b]]}", ["dev", "prod", "test"]),
    "of an unknown": ("!Equals [!Ref A, y]", ["dev", "prod", "test"]),
    "of a function for rules only": (
        "{'Fn::Contains': [{'Fn::RefAll': 'AWS::EC2::VPC::Id'}, x]}",
        ["dev", "prod", "test"],
    ),
    "of a condition that is open": ("!If [C, true, false]", ["dev", "prod", "test"]),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_world_that_the_rules_section_refuses_is_no_world(name: str) -> None:
    rule, expected = REFUSED[name]
    head = (
        PARAMETERS
        + "Conditions: {C: !Equals [!Ref A, x], Dev: !Equals [!Ref Stage, dev], Test: !Equals [!Ref Stage, test]}"
    )
    source = with_properties("P: !If [Dev, dev, !If [Test, test, prod]]", head + RULES.replace("{RULE}", rule))

    assert sorted(answers(source).values()) == expected


def test_a_rules_section_of_nonsense_refuses_nothing() -> None:
    for rules in ("", "{A: 1, B: {Assertions: 1}, C: {Assertions: [1, {}]}}"):
        source = template(f"Rules: {rules}\nResources: {{}}")
        assert source.possible(World())


# Against brute force

VALUES = {"A": ("a", "b"), "B": ("a", "b", "c"), "C": ("b", "c", "d")}

operands = st.one_of(
    st.sampled_from("abcd"),
    st.sampled_from("ABC").map(lambda name: f"!Ref {name}"),
    st.tuples(st.sampled_from("ABC"), st.sampled_from("ab")).map(lambda pair: f"!Sub '${{{pair[0]}}}{pair[1]}'"),
    st.tuples(st.sampled_from("ABC"), st.sampled_from("ABC")).map(
        lambda pair: f"!Join ['', [!Ref {pair[0]}, !Ref {pair[1]}]]"
    ),
)
expressions: st.SearchStrategy[str] = st.recursive(
    st.tuples(operands, operands).map(lambda pair: f"!Equals [{pair[0]}, {pair[1]}]"),
    lambda inner: st.one_of(
        inner.map(lambda one: f"!Not [{one}]"),
        st.tuples(inner, inner).map(lambda pair: f"!And [{pair[0]}, {pair[1]}]"),
        st.tuples(inner, inner).map(lambda pair: f"!Or [{pair[0]}, {pair[1]}]"),
    ),
    max_leaves=4,
)
BRANCHES = "P: !If [X, !If [Y, xy, x], !If [Y, y, !If [Z, z, none]]]"


def head_of(conditions: tuple[str, ...], allowed: bool = True) -> str:
    lines = ["Parameters:"]
    for name, values in VALUES.items():
        lines.append(f"  {name}: {{Type: String" + (f", AllowedValues: [{', '.join(values)}]" if allowed else "") + "}")
    lines.append("Conditions:")
    lines += [f"  {name}: {condition}" for name, condition in zip("XYZ", conditions, strict=True)]
    return "\n".join(lines)


@settings(max_examples=150)
@given(st.tuples(expressions, expressions, expressions))
def test_worlds_are_what_enumeration_finds(conditions: tuple[str, ...]) -> None:
    head = head_of(conditions)
    brute = {
        read(BRANCHES, head, values=dict(zip(VALUES, chosen, strict=True))).value
        for chosen in itertools.product(*VALUES.values())
    }

    assert set(answers(with_properties(BRANCHES, head)).values()) == brute


@settings(max_examples=100)
@given(st.tuples(expressions, expressions, expressions))
def test_no_deployment_is_outside_of_all_worlds(conditions: tuple[str, ...]) -> None:
    """Without AllowedValues the answers of the worlds include those of every deployment."""
    head = head_of(conditions, allowed=False)
    found = set(answers(with_properties(BRANCHES, head)).values())

    for chosen in itertools.product("abz", repeat=3):
        assert read(BRANCHES, head, values=dict(zip(VALUES, chosen, strict=True))).value in found

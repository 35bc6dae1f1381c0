from __future__ import annotations

import pytest

from scanner.sources.cloudformation.calls import function_of, is_computed, is_include, untagged
from scanner.syntax import load_yaml, to_plain

CALLS = {
    "!Ref A": ("Ref", "A"),
    "!Condition A": ("Condition", "A"),
    "!Sub A": ("Fn::Sub", "A"),
    "!GetAZs ''": ("Fn::GetAZs", ""),
    "!Join [a, b]": ("Fn::Join", ["a", "b"]),
    "!Transform {Name: A}": ("Fn::Transform", {"Name": "A"}),
    "{Ref: A}": ("Ref", "A"),
    "{'Fn::Anything': [A]}": ("Fn::Anything", ["A"]),
}


@pytest.mark.parametrize("text", CALLS)
def test_calls_have_a_name_and_an_argument(text: str) -> None:
    called = function_of(load_yaml(text, "f"))

    assert called is not None
    assert (called[0], to_plain(called[1])) == CALLS[text]
    assert called[1].tag == ""


@pytest.mark.parametrize("text", ["A", "[Ref, A]", "{}", "{Condition: A}", "{Ref: A, B: C}", "{Fn: A}"])
def test_what_calls_nothing(text: str) -> None:
    assert function_of(load_yaml(text, "f")) is None


def test_an_argument_is_the_node_without_its_tag() -> None:
    node = load_yaml("a: !Sub 'x'", "f")
    inner = node.entries["a"]  # type: ignore[attr-defined]

    assert (untagged(inner).tag, untagged(inner).span, inner.tag) == ("", inner.span, "!Sub")
    assert untagged(node) is node


@pytest.mark.parametrize(
    ("text", "computed"),
    [
        ("{A: 1}", False),
        ("{'Fn::If': [C, {}, {}]}", True),
        ("!If [C, {}, {}]", True),
        ("{A: 1, 'Fn::Transform': {Name: AWS::Include}}", False),
        ("{A: 1, 'Fn::Transform': {Name: Mine}}", True),
        ("{A: 1, 'Fn::Transform': text}", True),
        ("{'Fn::Transform': {Name: AWS::Include}}", True),
    ],
)
def test_what_a_function_makes_as_a_whole(text: str, computed: bool) -> None:
    assert is_computed(load_yaml(text, "f")) is computed


def test_includes_are_told_from_other_macros() -> None:
    assert is_include(load_yaml("{Name: AWS::Include, Parameters: {}}", "f"))
    assert not is_include(load_yaml("{Name: Mine}", "f"))
    assert not is_include(load_yaml("AWS::Include", "f"))

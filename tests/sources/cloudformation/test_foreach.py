from __future__ import annotations

import time

import pytest

from scanner.model import Location, Unknown, World
from scanner.model import get as below
from scanner.sources.cloudformation.foreach import MOST, TooManyCopies, Unroller
from scanner.syntax import Mapping, Sequence, load_yaml, to_plain
from tests.sources.cloudformation.reading import answers, plain, reference, template

EXTENDED = """\
Transform: AWS::LanguageExtensions
Parameters:
  Names: {Type: CommaDelimitedList, Default: 'A,B'}
  Open: {Type: CommaDelimitedList}
"""
MAPPINGS = "Mappings: {M: {A: {Ports: ['1', '2']}, B: {Ports: ['3']}}}\n"


def unrolled(text: str) -> object:
    def collection(node: object) -> list[str] | None:
        return [item.text for item in node.items] if isinstance(node, Sequence) else None  # type: ignore[attr-defined]

    return to_plain(Unroller(collection).unroll(load_yaml(text, "f")))


def test_a_loop_is_replaced_by_its_copies() -> None:
    assert unrolled(
        "Fn::ForEach::L: [X, [a, b], {'R${X}': {V: '${X}-${Y}', W: !Ref X, U: {Ref: X}, T: [1, '&{X}']}}]"
    ) == {
        "Ra": {"V": "a-${Y}", "W": "a", "U": "a", "T": [1, "a"]},
        "Rb": {"V": "b-${Y}", "W": "b", "U": "b", "T": [1, "b"]},
    }


def test_loops_may_be_nested() -> None:
    assert unrolled("Fn::ForEach::L: [X, [a, b], {'Fn::ForEach::M': [Y, [1, 2], {'${X}${Y}': '${Y}${X}'}]}]") == {
        "a1": "1a",
        "a2": "2a",
        "b1": "1b",
        "b2": "2b",
    }


def test_an_ampersand_leaves_out_what_no_logical_id_may_hold() -> None:
    assert unrolled("Fn::ForEach::L: [X, [10.0.0.0/8], {'R&{X}': '${X}'}]") == {"R100008": "10.0.0.0/8"}


def test_what_is_beside_a_loop_stays() -> None:
    node = load_yaml("a: {b: [c]}\nd: 1", "f")
    assert Unroller(lambda _: None).unroll(node) is node
    assert unrolled("a: 1\nFn::ForEach::L: [X, [b], {'${X}': 2}]\nc: 3") == {"a": 1, "b": 2, "c": 3}


@pytest.mark.parametrize("loop", ["[X, {Ref: L}, {a: 1}]", "[X, [a]]", "[[X], [a], {a: 1}]", "[X, [a], b]", "text"])
def test_what_cannot_be_unrolled_is_left_and_noted(loop: str) -> None:
    node = load_yaml(f"Fn::ForEach::L: {loop}", "f")
    unroller = Unroller(lambda node: ["a"] if isinstance(node, Sequence) else None)

    assert to_plain(unroller.unroll(node)) == to_plain(node)
    assert unroller.left == [("Fn::ForEach::L", (1, 1, 1, 15))]


def test_too_many_copies_are_refused() -> None:
    names = ", ".join(map(str, range(50)))
    text = f"Fn::ForEach::L: [X, [{names}], {{'Fn::ForEach::M': [Y, [{names}], {{'${{X}}${{Y}}': 1}}]}}]"
    assert MOST < 50 * 50
    with pytest.raises(TooManyCopies):
        unrolled(text)


def test_copies_of_too_much_are_refused() -> None:
    body = "a: &a [1,1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"
    text = body + f"Fn::ForEach::L: [X, [{', '.join(map(str, range(1000)))}], {{'${{X}}': *c}}]"
    start = time.perf_counter()
    with pytest.raises(TooManyCopies):
        unrolled(text)
    assert time.perf_counter() - start < 5


def test_a_copy_stands_where_its_loop_is_written() -> None:
    source = template(
        EXTENDED + "Resources:\n  Fn::ForEach::L:\n    - X\n    - !Ref Names\n    - Svc${X}:\n        Type: T\n"
        "        Properties: {P: 'p-${X}'}\n"
    )
    assert dict(source.types) == {"SvcA": "T", "SvcB": "T"}
    found = source.resource("SvcB", World())
    assert found.get("P").value == "p-B"
    assert found.get("P").location == Location("t.yaml", 11, 22, 11, 33)
    assert found.location == Location("t.yaml", 9, 7, 9, 14)


def test_loops_in_properties_conditions_and_outputs() -> None:
    source = template(
        EXTENDED
        + MAPPINGS
        + """
Conditions:
  Fn::ForEach::C: [X, [A, B], {'Is${X}': !Equals ['${X}', A]}]
Resources:
  Group: {Type: G}
  Fn::ForEach::R:
    - X
    - !Ref Names
    - R${X}:
        Type: R
        Properties:
          Fn::ForEach::P: [Y, !FindInMap [M, !Ref X, Ports], {'P${Y}': !Sub '${X}${Y}-${Group}'}]
          Q: !If [!Sub 'Is${X}', this, that]
          I: !If ['Is${X}', this, that]
Outputs:
  Fn::ForEach::O: [X, [A], {'O${X}': {Value: !GetAtt 'R${X}.Arn'}}]
"""
    )
    one, other = (source.resource(id, World()) for id in ("RA", "RB"))

    assert list(one.properties) == ["P1", "P2", "Q", "I"]
    assert list(other.properties) == ["P3", "Q", "I"]
    assert one.get("P2").value.key == ("text", ("A2-", ("value", ("attribute", "t.yaml#Group", "Ref"))))
    assert (one.get("I").value, other.get("I").value) == ("this", "that")
    assert [exit.says for exit in source.exits("RA", World())] == ["output OA"]
    assert source.problems == []


def test_a_loop_over_what_is_not_known_leaves_everything_open() -> None:
    source = template(
        EXTENDED + "Resources:\n  Fn::ForEach::L: [X, !Ref Open, {'R${X}': {Type: T}}]\n  Group: {Type: G}\n"
    )
    assert [str(problem) for problem in source.problems] == [
        "t.yaml:6:3: Fn::ForEach::L loops over a collection that is not known; give its parameter a value (--set)"
    ]
    assert [exit.says for exit in source.exits("Group", World())] == ["Fn::ForEach::L"]
    known = template(
        EXTENDED + "Resources:\n  Fn::ForEach::L: [X, !Ref Open, {'R${X}': {Type: T}}]\n", values={"Open": "1,2"}
    )
    assert list(known.types) == ["R1", "R2"]


def test_a_property_that_a_loop_may_make_is_unknown() -> None:
    source = template(
        EXTENDED + "Resources:\n  R: {Type: T, Properties: {P: 1, Fn::ForEach::L: [X, !Ref Open, {'${X}': 1}]}}\n"
    )
    found = source.resource("R", World())

    assert found.get("P").value == 1
    assert found.get("Q").value.reason == "Fn::ForEach::L may define Q"
    assert found.get("Q").value != found.get("S").value


def test_a_loop_without_the_transform_is_a_problem() -> None:
    source = template("Resources:\n  Fn::ForEach::L: [X, [a], {'R${X}': {Type: T}}]\n")
    assert "needs the transform AWS::LanguageExtensions" in source.problems[0].message


def test_a_loop_over_a_condition_is_left() -> None:
    source = template(
        EXTENDED
        + "Conditions: {C: !Equals [!Select [0, !Ref Open], x]}\n"
        + "Resources:\n  Fn::ForEach::L: [X, !If [C, [a], [b]], {'R${X}': {Type: T}}]\n"
    )
    assert "loops over a collection that is not known" in source.problems[0].message


def test_conditions_are_read_after_the_loops() -> None:
    source = template(
        EXTENDED
        + "Conditions: {'Fn::ForEach::C': [X, [A], {'Is${X}': !Equals [a, a]}]}\n"
        + "Resources:\n  R: {Type: T, Properties: {P: !If [IsA, 1, 0]}}\n"
    )
    assert answers(source) == {"": 1}


def test_the_transform_is_found_in_a_list() -> None:
    source = template(
        "Transform: [AWS::Serverless-2016-10-31, AWS::LanguageExtensions]\n"
        "Resources:\n  G: {Type: G}\n  Fn::ForEach::L: [X, [a], {'R${X}': {Type: T, Properties: {P: !Ref G}}}]\n"
    )
    found = below(source.resource("Ra", World()).get("P"), "x")
    assert source.resource("Ra", World()).get("P").value == reference("G")
    assert not isinstance(plain(found), Unknown)
    assert isinstance(load_yaml("a: 1", "f"), Mapping)

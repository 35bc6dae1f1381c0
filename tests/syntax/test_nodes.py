from __future__ import annotations

import pickle

import pytest

from scanner.syntax import STATED_TWICE, Mapping, Repeated, Scalar, SyntaxProblem, load, load_yaml, to_plain
from scanner.syntax.nodes import shown


def test_a_problem_reads_as_place_and_message() -> None:
    problem = SyntaxProblem("a.yaml", 3, 7, "duplicate key Type")

    assert str(problem) == "a.yaml:3:7: duplicate key Type"
    assert (problem.file, problem.line, problem.column, problem.message) == ("a.yaml", 3, 7, "duplicate key Type")


def test_a_problem_survives_the_way_between_processes() -> None:
    problem = pickle.loads(pickle.dumps(SyntaxProblem("a.yaml", 3, 7, "duplicate key Type")))

    assert str(problem) == "a.yaml:3:7: duplicate key Type"


def test_nodes_are_compared_by_identity() -> None:
    one, other = (Scalar((1, 1, 1, 2), "", "a", "a", True) for _ in range(2))

    assert one != other
    assert len({one, other, one}) == 2


def test_nodes_have_no_room_for_more() -> None:
    node = Mapping((1, 1, 1, 3), "", {}, {})

    assert not hasattr(node, "__dict__")


def test_to_plain_gives_python_data() -> None:
    assert to_plain(load_yaml("a: [1, 2.5, null, yes, text]\nb: {}", "f")) == {
        "a": [1, 2.5, None, True, "text"],
        "b": {},
    }


def test_text_in_a_message_is_printable_and_short() -> None:
    assert shown("Größe") == "Größe"
    assert shown("\x1b[31m") == r"'\x1b[31m'"
    assert shown("x" * 1000) == "x" * 99 + "…"


@pytest.mark.parametrize("file", ["a.yaml", "a.json"])
def test_a_key_that_is_repeated_has_all_of_its_values(file: str) -> None:
    repeated = Repeated()
    root = load('{"a": 1, "b": {"c": 2,\n"c": [3], "c": 4}, "a": 5}', file, repeated)

    assert [str(problem) for problem in repeated.problems] == [
        f"{file}:2:1: duplicate key c: first on line 1",
        f"{file}:2:11: duplicate key c: first on line 1",
        f"{file}:2:20: duplicate key a: first on line 1",
    ]
    assert to_plain(root) == {"a": [1, 5], "b": {"c": [2, [3], 4]}}
    assert isinstance(root, Mapping)
    assert root.entries["a"].tag == STATED_TWICE
    assert root.keys["a"][:2] == (1, 2)


def test_a_loader_that_is_given_nothing_for_them_refuses_repeated_keys() -> None:
    for file in ("a.yaml", "a.json"):
        with pytest.raises(SyntaxProblem, match="duplicate key a"):
            load('{"a": 1, "a": 2}', file)


def test_what_one_loader_has_noted_is_gone_when_another_begins() -> None:
    repeated = Repeated()
    root = load('{"a": 1, "a": 2, b: 3}', "a.template", repeated)

    assert len(repeated.problems) == 1
    assert to_plain(root) == {"a": [1, 2], "b": 3}

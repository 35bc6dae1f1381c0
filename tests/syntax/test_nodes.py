from __future__ import annotations

import pickle

from scanner.syntax import Mapping, Scalar, SyntaxProblem, load_yaml, to_plain
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

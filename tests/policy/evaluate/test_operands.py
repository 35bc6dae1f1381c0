from __future__ import annotations

from typing import Any

import pytest

from scanner.model import Fact, Items, Unknown
from scanner.policy.evaluate.operands import Operand, Scope, shown
from scanner.policy.rule import Expression, Literal, Parameter, Path, Step
from scanner.topology.states.machine import Machine
from tests.topology.graphs import RUN_TASK, find, graph


def ends(expression: Expression, **parameters: Any) -> Operand:
    """The ends of the fixture's success that are not reported to the services of an argument."""
    of = graph(RUN_TASK)
    machine = find(Machine, of, "Machine")
    scope = Scope(of, {"machine": Operand((machine,))}, parameters, {})
    steps = (Step("run_tasks"), Step("unreported_successes", (("reporters", expression),)))
    return scope.operand(Path("machine", steps))


def test_a_list_is_an_argument_as_a_whole() -> None:
    assert ends(Literal(("sqs", "sns"))).values == ()
    assert ends(Parameter("services"), services=("sqs", "sns")).values == ()
    assert len(ends(Literal(("sqs",))).values) == 1


def test_a_single_value_is_a_list_of_one() -> None:
    assert ends(Literal("sns")).values == ()


def test_a_list_that_is_not_known_leaves_a_doubt() -> None:
    unknown = Unknown("u", "not known")
    found = ends(Literal(unknown))
    assert (found.values, found.rest) == ((), unknown)


@pytest.mark.parametrize(
    ("of", "said"),
    [
        (Items((Fact("a"), Fact("b"), Fact("a"))), "a, b"),
        (Items((), Unknown("u", "not known")), "something unknown"),
        (Items(()), "nothing"),
    ],
)
def test_a_list_as_messages_show_it(of: Items, said: str) -> None:
    assert shown(Operand((Fact(of),))) == said

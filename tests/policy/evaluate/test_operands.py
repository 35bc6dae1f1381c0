from __future__ import annotations

from typing import Any

from scanner.model import Unknown
from scanner.policy.evaluate.operands import Operand, Scope
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

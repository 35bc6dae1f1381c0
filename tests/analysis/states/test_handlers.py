from __future__ import annotations

from itertools import product
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from scanner.analysis.states.errors import takes
from scanner.analysis.states.handlers import CATCH, RETRY, Handler, handlers, hiding, taking
from scanner.model import Fact, Items, Unknown
from tests.analysis.states.facts import fact, machine, state, task

UNKNOWN = Unknown("u", "not known")
ERRORS = ("States.ALL", "States.TaskFailed", "States.Timeout", "Own.A", "Own.B")


def retrying(*errors: list[str]) -> list[Handler]:
    found = machine(A=task(Retry=[{"ErrorEquals": names} for names in errors]))
    return list(handlers(state(found, "A"), RETRY)[0])


def test_the_first_that_takes_the_error_is_asked() -> None:
    found = machine(A=task(Retry=[{"ErrorEquals": ["Own.A"]}, {"ErrorEquals": ["States.ALL"]}]))
    [first] = taking(state(found, "A"), RETRY, "Own.A").handlers
    [second] = taking(state(found, "A"), RETRY, "Own.B").handlers
    assert (first.index, second.index) == (0, 1)


def test_an_error_goes_on_to_the_state_around() -> None:
    inner = {"StartAt": "I", "States": {"I": task(Catch=[{"ErrorEquals": ["Own.A"], "Next": "I"}])}}
    found = machine(
        P={"Type": "Parallel", "Branches": [inner], "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "E"}]}
    )
    own, around = (taking(state(found, "P/Branches.0/I"), CATCH, error).handlers[0] for error in ("Own.A", "Own.B"))
    assert (own.state.name, around.state.name) == ("I", "P")


def test_failures_and_timeouts_together_are_all() -> None:
    apart = [{"ErrorEquals": ["States.Timeout"], "Next": "A"}, {"ErrorEquals": ["States.TaskFailed"], "Next": "A"}]
    found = machine(A=task(Catch=apart), B=task(Catch=apart[:1]))
    assert [one.index for one in taking(state(found, "A"), CATCH, "States.ALL").handlers] == [1, 0]
    assert taking(state(found, "B"), CATCH, "States.ALL").handlers == ()


def test_an_error_that_is_not_known_leaves_a_doubt() -> None:
    entry = Fact({"ErrorEquals": Fact(Items((Fact(UNKNOWN),)))})
    found = machine(A=task())
    one = state(found, "A")
    one.stated = Fact({**one.stated.value, "Retry": Fact(Items((entry,)))})
    assert taking(one, RETRY, "Own.A").unknown == UNKNOWN
    one.stated = Fact({**one.stated.value, "Retry": Fact(Items((entry, fact({"ErrorEquals": ["States.ALL"]}))))})
    answer = taking(one, RETRY, "Own.A")
    assert (answer.unknown, answer.handlers) == (UNKNOWN, ())
    one.stated = Fact({**one.stated.value, "Retry": Fact(Items((fact({"ErrorEquals": ["States.ALL"]}), entry)))})
    assert [handler.index for handler in taking(one, RETRY, "Own.A").handlers] == [0]
    one.stated = Fact({**one.stated.value, "Retry": Fact(UNKNOWN)})
    assert taking(one, RETRY, "Own.A").unknown == UNKNOWN


def test_what_hides_a_retrier() -> None:
    assert [one.index for one in hiding_of(["States.TaskFailed"], ["Own.A", "Own.B"])] == [0]
    assert [one.index for one in hiding_of(["Own.A"], ["States.Timeout"], ["Own.A", "States.Timeout"])] == [0, 1]
    assert hiding_of(["States.TaskFailed"], ["Own.A", "States.Timeout"]) == []
    assert hiding_of(["Own.A"], ["States.TaskFailed"]) == []


def hiding_of(*errors: list[str]) -> list[Handler]:
    found = retrying(*errors)
    return list(hiding(found[-1], found[:-1]) or ())


names: Any = st.lists(st.sampled_from(ERRORS), min_size=1, max_size=3, unique=True)


@given(st.lists(names, min_size=1, max_size=4))
def test_a_hidden_retrier_is_never_the_first_to_take_a_plain_error(errors: list[list[str]]) -> None:
    found = retrying(*errors)
    plain = ("States.Timeout", "Own.A", "Own.B", "Own.C")
    for retrier in found:
        if not hiding(retrier, found[: retrier.index]):
            continue
        for error, name in product(plain, retrier.errors):
            if takes(name, error):
                assert any(takes(other, error) for before in found[: retrier.index] for other in before.errors)

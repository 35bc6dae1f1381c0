from __future__ import annotations

from typing import Any

from scanner.analysis.states.definition import State
from scanner.analysis.states.ways import after, caught, may_fail_instead, ways
from scanner.model import Fact, Unknown, get
from tests.analysis.states.facts import fact, machine, state, task

FAIL = {"Type": "Fail"}
WORK = "arn:aws:states:::ecs:runTask.sync"


def publishes(one: State) -> bool:
    return bool(get(one.stated, "Resource").value == "arn:aws:states:::sns:publish")


def ends(found: Any) -> dict[str, bool]:
    return {one.path: failed for one, failed in found.ends.items()}


def test_every_end_is_found_with_how_it_ends() -> None:
    found = machine(
        A=task(Next="C"),
        C={"Type": "Choice", "Choices": [{"Next": "F"}], "Default": "S"},
        F=FAIL,
        S={"Type": "Succeed"},
    )
    assert ends(after(state(found, "A"))) == {"F": True, "S": False}
    assert ends(after(state(found, "S"))) == {"S": False}


def test_a_way_stops_where_it_is_reported() -> None:
    found = machine(A=task(Resource=WORK, Next="N"), N=task(Next="F"), F=FAIL)
    assert ends(after(state(found, "A"), publishes)) == {}
    assert ends(after(state(found, "A"))) == {"F": True}


def test_a_loop_ends_nothing() -> None:
    found = machine(A=task(Next="W"), W={"Type": "Wait", "Seconds": 1, "Next": "A"})
    assert ends(caught(state(found, "A"), fact("W"))) == {}
    other = machine(A=task(Next="B"), B=task(Next="C"), C=task(Next="B"))
    assert ends(after(state(other, "A"))) == {}


def test_the_end_of_a_branch_goes_on_behind_it() -> None:
    inner = {"StartAt": "I", "States": {"I": task(Resource=WORK)}}
    found = machine(P={"Type": "Parallel", "Branches": [inner], "Next": "N"}, N=task(Resource=WORK))
    assert ends(after(state(found, "P/Branches.0/I"))) == {"N": False}


def test_the_failure_of_a_branch_goes_to_the_catchers_around() -> None:
    inner = {"StartAt": "I", "States": {"I": task(Resource=WORK, Next="X"), "X": FAIL}}
    around = {"Type": "Parallel", "Branches": [inner], "Next": "S"}
    left = machine(P=around, S={"Type": "Succeed"})
    assert ends(after(state(left, "P/Branches.0/I"))) == {"P/Branches.0/X": True}
    taken = machine(P={**around, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "S"}]}, S={"Type": "Succeed"})
    assert ends(after(state(taken, "P/Branches.0/I"))) == {"S": False}


def test_a_parallel_state_reports_if_one_branch_always_does() -> None:
    quiet = {"StartAt": "Q", "States": {"Q": task(Resource=WORK)}}
    loud = {"StartAt": "L", "States": {"L": task()}}
    maybe = {
        "StartAt": "C",
        "States": {
            "C": {"Type": "Choice", "Choices": [{"Next": "L"}], "Default": "Q"},
            "L": task(),
            "Q": task(Resource=WORK),
        },
    }
    for branches, expected in (([quiet, loud], {}), ([quiet], {"P": False}), ([maybe], {"P": False})):
        found = machine(A=task(Resource=WORK, Next="P"), P={"Type": "Parallel", "Branches": branches, "End": True})
        assert ends(after(state(found, "A"), publishes)) == expected


def test_a_name_that_is_not_known_leaves_a_doubt() -> None:
    unknown = Unknown("u", "not known")
    found = machine(A=task())
    assert ways([(found, Fact(unknown))]).unknown == unknown
    assert ways([(found, fact("Nowhere"))]).ends == {}


def test_a_choice_may_lead_to_a_failure_instead() -> None:
    found = machine(
        A=task(Next="C"),
        C={"Type": "Choice", "Choices": [{"Next": "F"}], "Default": "S"},
        F=FAIL,
        S={"Type": "Succeed"},
    )
    start = state(found, "A")
    choice = may_fail_instead(caught(start, fact("C")), state(found, "S"), start)
    assert choice is state(found, "C")
    assert may_fail_instead(caught(start, fact("S")), state(found, "S"), start) is None

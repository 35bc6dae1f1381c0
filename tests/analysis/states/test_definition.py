from __future__ import annotations

from scanner.analysis.states.definition import MOST_NESTING, following, is_end, read, unknown, walk
from scanner.model import Fact, Unknown
from tests.analysis.states.facts import fact, machine, state, task

UNKNOWN = Unknown("u", "not known")
INNER = {"StartAt": "I", "States": {"I": task()}}


def test_states_within_states_are_found() -> None:
    found = machine(
        P={"Type": "Parallel", "Branches": [INNER, INNER], "Next": "M"},
        M={"Type": "Map", "ItemProcessor": INNER, "Next": "O"},
        O={"Type": "Map", "Iterator": INNER, "End": True},
    )
    paths = [one.path for one in walk(found)]
    assert paths == ["P", "P/Branches.0/I", "P/Branches.1/I", "M", "M/ItemProcessor/I", "O", "O/Iterator/I"]
    assert unknown(found) is None


def test_what_is_not_known_is_said() -> None:
    assert unknown(read(Fact(UNKNOWN))) == UNKNOWN
    assert unknown(read(Fact({"States": Fact(UNKNOWN)}))) == UNKNOWN
    branches = Fact({"Type": Fact("Parallel"), "Branches": Fact(UNKNOWN)})
    assert unknown(read(Fact({"States": Fact({"P": branches})}))) == UNKNOWN


def test_a_definition_that_is_none_has_no_states() -> None:
    for value in ("text", 3, None, ["a"], {"States": ["a"]}, {"States": {"A": "text"}}):
        for one in walk(read(fact(value))):
            assert one.type == ""


def test_nesting_ends() -> None:
    scope: dict[str, object] = dict(INNER)
    for _ in range(MOST_NESTING + 5):
        scope = {"StartAt": "M", "States": {"M": {"Type": "Map", "ItemProcessor": scope, "End": True}}}
    assert len(list(walk(read(fact(scope))))) == MOST_NESTING + 1


def test_what_follows_a_choice() -> None:
    found = machine(C={"Type": "Choice", "Choices": [{"Next": "A"}, {"Next": "B"}], "Default": "D"}, A=task(Next="C"))
    assert [one.value for one in following(state(found, "C"))] == ["A", "B", "D"]
    assert [one.value for one in following(state(found, "A"))] == ["C"]


def test_ends() -> None:
    found = machine(A=task(), B=task(Next="A"), F={"Type": "Fail"}, S={"Type": "Succeed"}, C={"Type": "Choice"})
    assert [name for name, one in found.states.items() if is_end(one)] == ["A", "F", "S"]


def test_the_query_language_is_inherited() -> None:
    own = {"StartAt": "I", "States": {"I": task()}}
    found = read(
        fact({"QueryLanguage": "JSONata", "States": {"M": {"Type": "Map", "ItemProcessor": own, "End": True}}})
    )
    assert state(found, "M/ItemProcessor/I").scope.language == "JSONata"
    assert machine(A=task()).language == "JSONPath"


def test_child_executions_have_a_type_of_their_own() -> None:
    def scope(config: object) -> object:
        inner = {**INNER, "ProcessorConfig": config}
        around = {"Type": "Map", "ItemProcessor": inner, "End": True}
        return state(machine(M=around), "M/ItemProcessor/I").scope.is_express

    assert scope({"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}) is True
    assert scope({"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}) is False
    assert scope({"Mode": "INLINE"}) is False

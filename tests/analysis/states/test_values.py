from __future__ import annotations

import pytest

from scanner.analysis.states.values import argument, field, is_query, listed, names_argument
from scanner.model import ABSENT, Fact, Unknown
from tests.analysis.states.facts import fact

UNKNOWN = Unknown("u", "not known")


def test_an_argument_stands_in_parameters_or_arguments() -> None:
    for name in ("Parameters", "Arguments"):
        found = argument(fact({name: {"Network": {"Subnets": ["a"]}}}), "Network.Subnets")
        assert [item.value for item in found.value.items] == ["a"]
        assert found.location is not None
        assert found.location.file == f"{name}/Network/Subnets"


def test_an_argument_that_is_not_passed_is_absent() -> None:
    assert argument(fact({"Parameters": {}}), "LaunchType").value is ABSENT


@pytest.mark.parametrize(
    "stated",
    [
        {},
        {"Arguments": "{% $states.input %}"},
        {"Arguments": {"Cluster": "{% $cluster %}"}},
        {"Parameters": {"Cluster.$": "$.cluster"}},
    ],
)
def test_what_the_machine_computes_is_not_known(stated: object) -> None:
    found = argument(fact(stated), "Cluster").value
    assert isinstance(found, Unknown)
    assert found.reason == "Cluster is known only when the machine runs"


def test_a_path_may_stand_for_a_field() -> None:
    assert isinstance(field(fact({"TimeoutSecondsPath": "$.limit"}), "TimeoutSeconds").value, Unknown)
    assert field(fact({"TimeoutSeconds": 3}), "TimeoutSeconds").value == 3
    assert field(fact({}), "TimeoutSeconds").value is ABSENT


def test_only_expressions_in_their_marks_are_queries() -> None:
    assert is_query("{% $x %}")
    assert not is_query("{%")
    assert not is_query("$.x")
    assert not is_query(3)


def test_what_is_listed() -> None:
    assert listed(Fact(UNKNOWN)) == ((), UNKNOWN)
    assert listed(Fact(ABSENT)) == ((), None)
    assert [one.value for one in listed(fact(["a", "b"]))[0]] == ["a", "b"]
    assert [one.value for one in listed(fact("a"))[0]] == ["a"]


def test_an_argument_has_its_name_however_it_is_made() -> None:
    assert names_argument(fact({"Parameters": {"TaskDefinition.$": "$.t"}}), "TaskDefinition")
    assert names_argument(fact({"Arguments": {"TaskDefinition": "t"}}), "TaskDefinition")
    assert not names_argument(fact({"Parameters": {"Cluster": "c"}}), "TaskDefinition")
    assert not names_argument(Fact(UNKNOWN), "TaskDefinition")

from __future__ import annotations

from scanner.model import ABSENT, Unknown
from scanner.topology.states.machine import Machine
from tests.topology.graphs import RUN_TASK, find, graph, graph_of
from tests.topology.states.machines import STATE, machine

TEXT = {
    "Parameters.Text": {"Type": "String"},
    "Machine.Properties.Definition": None,
    "Machine.Properties.DefinitionString": {"Ref": "Text"},
}


def test_what_a_machine_is() -> None:
    found = machine()
    assert found.type().value == "STANDARD"
    assert found.timeout().value == 7200
    assert found.log_level().value == "ERROR"
    assert len(found.log_groups().value.items) == 1
    assert [one.label for one in found.states()] == [
        "Machine/Make Report",
        "Machine/Tell Success",
        "Machine/Tell Failure",
        "Machine/Failed",
    ]
    assert [one.label for one in found.run_tasks()] == ["Machine/Make Report"]
    assert [one.label for one in found.waiting_states()] == ["Machine/Make Report"]


def test_defaults() -> None:
    found = machine(
        {
            "Machine.Properties.StateMachineType": None,
            "Machine.Properties.LoggingConfiguration": None,
            "Machine.Properties.Definition.TimeoutSeconds": None,
        }
    )
    assert found.type().value == "STANDARD"
    assert found.log_level().value == "OFF"
    assert found.log_groups().value.items == ()
    assert found.timeout().value is ABSENT
    assert [one.label for one in found.untimed_tasks()] == ["Machine/Make Report"]
    assert machine({f"{STATE}.TimeoutSeconds": 5}).untimed_tasks().items == ()


def test_a_definition_that_is_not_known_may_hold_anything() -> None:
    found = machine(TEXT)
    for related in (found.states(), found.run_tasks(), found.waiting_states(), found.untimed_tasks()):
        assert related.items == ()
        assert related.rest is not None
        assert "parameter Text has no value" in related.rest.reason
    assert isinstance(found.timeout().value, Unknown)


def test_a_sam_machine_is_read_as_it_stands_where_it_is_not_translated() -> None:
    template = {
        "Resources": {
            "Machine": {
                "Type": "AWS::Serverless::StateMachine",
                "Properties": {
                    "Type": "EXPRESS",
                    "Logging": {"Level": "ALL"},
                    "Definition": {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}},
                },
            }
        }
    }
    found = find(Machine, graph_of(template), "Machine")
    assert (found.type().value, found.log_level().value) == ("EXPRESS", "ALL")
    assert [one.label for one in found.states()] == ["Machine/A"]


def test_the_fixture_has_no_problem() -> None:
    assert find(Machine, graph(RUN_TASK), "Machine").problems().items == ()

from __future__ import annotations

from tests.topology.states.machines import STATE, machine


def test_a_problem_has_a_place_and_an_address() -> None:
    [problem] = machine({f"{STATE}.Next": "Nowhere"}).problems().items[:1]
    assert "Nowhere" in problem.label
    assert problem.address == "t.yaml#Machine/problem/0"
    assert problem.at[0].file == "t.yaml"


def test_a_definition_that_is_not_known_may_have_problems() -> None:
    found = machine(
        {
            "Parameters.Text": {"Type": "String"},
            "Machine.Properties.Definition": None,
            "Machine.Properties.DefinitionString": {"Ref": "Text"},
        }
    ).problems()
    assert found.items == ()
    assert found.rest is not None
    assert found.rest.supply == "--set Text=..."

from __future__ import annotations

from typing import Any

import pytest

from scanner.model import Unknown
from tests.topology.states.machines import STATE, run_task

SNS = ("sns",)


def test_the_defaults_of_a_retrier() -> None:
    [found] = run_task({f"{STATE}.Retry": [{"ErrorEquals": ["States.ALL"]}]}).retriers(error="States.TaskFailed")
    assert (found.max_attempts().value, found.interval().value, found.backoff_rate().value) == (3, 1, 2.0)
    assert "default" in found.interval().note


def test_what_a_retrier_states() -> None:
    stated = {
        "ErrorEquals": ["States.ALL"],
        "MaxAttempts": 0,
        "IntervalSeconds": 7,
        "BackoffRate": 1.5,
        "MaxDelaySeconds": 9,
    }
    [found] = run_task({f"{STATE}.Retry": [stated]}).retriers(error="States.TaskFailed")
    assert found.max_attempts().value == 0
    assert found.interval().value == 7
    assert found.backoff_rate().value == 1.5
    assert found.max_delay().value == 9


def test_where_a_catcher_leads() -> None:
    [catcher] = run_task().catchers(error="States.ALL")
    assert catcher.unreported_ends(reporters=SNS).items == ()
    assert [one.label for one in catcher.unreported_ends(reporters=("sqs",))] == ["Machine/Failed"]
    assert catcher.unreported_successes(reporters=("sqs",)).items == ()
    assert catcher.successes().items == ()


@pytest.mark.parametrize(
    ("failed", "sure", "doubt"),
    [
        ({"Type": "Succeed"}, ["Machine/Failed"], False),
        ({"Type": "Pass", "End": True}, ["Machine/Failed"], False),
        ({"Type": "Choice", "Choices": [{"Next": "Bad"}], "Default": "Good"}, [], True),
        ({"Type": "Choice", "Choices": [{"Next": "Good"}], "Default": "Good"}, ["Machine/Good"], False),
    ],
)
def test_ends_that_count_as_success(failed: Any, sure: list[str], doubt: bool) -> None:
    states = "Machine.Properties.Definition.States"
    [catcher] = run_task(
        {f"{states}.Failed": failed, f"{states}.Good": {"Type": "Succeed"}, f"{states}.Bad": {"Type": "Fail"}}
    ).catchers(error="States.ALL")
    found = catcher.successes()
    assert [one.label for one in found] == sure
    assert isinstance(found.rest, Unknown) is doubt


def test_a_hidden_retrier_names_what_hides_it() -> None:
    stated = [{"ErrorEquals": ["States.TaskFailed"]}, {"ErrorEquals": ["Own"]}]
    first, second, _ = run_task({f"{STATE}.Retry": stated}).handlers()
    assert first.hidden_by().items == ()
    assert [one.label for one in second.hidden_by()] == ["retrier 1 (States.TaskFailed)"]
    assert second.hidden_by().items == (first,)

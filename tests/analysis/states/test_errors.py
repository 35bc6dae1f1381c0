from __future__ import annotations

import pytest

from scanner.analysis.states.errors import takes


@pytest.mark.parametrize(
    ("named", "error", "expected"),
    [
        ("States.ALL", "States.TaskFailed", True),
        ("States.ALL", "States.Timeout", True),
        ("States.ALL", "Own.Error", True),
        ("States.ALL", "States.DataLimitExceeded", False),
        ("States.ALL", "States.Runtime", False),
        ("States.TaskFailed", "Own.Error", True),
        ("States.TaskFailed", "ECS.AmazonECSException", True),
        ("States.TaskFailed", "States.Timeout", False),
        ("States.TaskFailed", "States.ALL", False),
        ("States.Timeout", "States.Timeout", True),
        ("States.Timeout", "States.TaskFailed", False),
        ("Own.Error", "Own.Error", True),
        ("Own.Error", "States.TaskFailed", False),
        ("States.DataLimitExceeded", "States.DataLimitExceeded", True),
    ],
)
def test_which_name_takes_which_error(named: str, error: str, expected: bool) -> None:
    assert takes(named, error) is expected

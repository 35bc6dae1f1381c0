from __future__ import annotations

import pytest

from scanner.analysis.states.integrations import Integration, integration
from scanner.model import ABSENT, Fact, Reference, Unknown

PARTITION = Unknown(("text", ("arn:", ("value", "partition"), ":states:::ecs:runTask.sync")), "not known")
SUFFIX = Unknown(("text", ("arn:aws:states:::ecs:runTask", ("value", "suffix"))), "not known")


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        ("arn:aws:states:::ecs:runTask", Integration("ecs", "runTask")),
        ("arn:aws:states:::ecs:runTask.sync", Integration("ecs", "runTask", "sync")),
        ("arn:aws-cn:states:::ecs:runTask.sync", Integration("ecs", "runTask", "sync")),
        ("arn:aws:states:::states:startExecution.sync:2", Integration("states", "startExecution", "sync")),
        (
            "arn:aws:states:::ecs:runTask.waitForTaskToken",
            Integration("ecs", "runTask", "wait_for_task_token"),
        ),
        ("arn:aws:states:::aws-sdk:ecs:runTask", Integration("ecs", "runTask", is_sdk=True)),
        ("arn:aws:lambda:eu-west-1:123456789012:function:f", Integration("lambda", "invoke")),
        ("arn:aws:states:eu-west-1:123456789012:activity:a", Integration("activity", "")),
        (PARTITION, Integration("ecs", "runTask", "sync")),
        (Reference("t.yaml#Function", "Arn"), Integration("lambda", "invoke")),
        ("arn:aws:states:::ecs:runTask.later", None),
        ("arn:aws:sns:eu-west-1:123456789012:topic", None),
        ("no arn", None),
        ("{% $resource %}", None),
        (ABSENT, None),
        (SUFFIX, SUFFIX),
    ],
)
def test_what_a_resource_calls(resource: object, expected: object) -> None:
    assert integration(Fact(resource)) == expected

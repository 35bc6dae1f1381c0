from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from scanner.analysis.messages import MAX_LENGTH, catalogue, explaining, read_message
from scanner.policy.load import load_rules

GROUP = "arn:aws:elasticloadbalancing:us-east-1:111111111111:targetgroup/aws-targetgroup/123456789"
CODES, TIMEOUT, FAILED = "Target.ResponseCodeMismatch", "Target.Timeout", "Target.FailedHealthChecks"
TASK = "Task.FailedElbHealthChecks"
INTERFACE = "NetworkInterface.ProvisioningTimeout"

# What the two documents print, in English and in Korean.
PRINTED: dict[str, tuple[str, set[str], dict[str, str]]] = {
    "codes or timeout": (
        f"(service AWS-service) (port 8080) is unhealthy in (target-group {GROUP}) due to (reason Health checks failed "
        "with these codes: [502 or 504]) or (request timeout)",
        {CODES, TIMEOUT},
        {"service": "AWS-service", "port": "8080", "target_group": GROUP, "codes": "502 or 504"},
    ),
    "codes or timeout, Korean": (
        f"(다음 코드로 인해 이유 상태 확인 실패: [502 또는 504]) 또는 (요청 시간 초과)로 인해 (target-group {GROUP})"
        "에서 (서비스 AWS-service) (포트 8080)이 비정상임",
        {CODES, TIMEOUT},
        {"service": "AWS-service", "port": "8080", "target_group": GROUP, "codes": "502 또는 504"},
    ),
    "failed": (
        "(service AWS-Service) (port 8080) is unhealthy in target-group tf-20190411170 due to (reason Health checks "
        "failed)",
        {FAILED},
        {"service": "AWS-Service", "port": "8080", "target_group": "tf-20190411170", "reason": "Health checks failed"},
    ),
    "failed, Korean": (
        "(이유 상태 확인 실패)로 인해 target-group tf-20190411170에서 (서비스 AWS-Service) (포트 8080)이 비정상임",
        {FAILED},
        {"service": "AWS-Service", "port": "8080", "target_group": "tf-20190411170"},
    ),
    "failed on an instance": (
        f"(service AWS-Service) (instance i-1234567890abcdefg) (port 443) is unhealthy in (target-group {GROUP}) due "
        "to (reason Health checks failed)",
        {FAILED},
        {"service": "AWS-Service", "instance": "i-1234567890abcdefg", "port": "443", "target_group": GROUP},
    ),
    "failed on an instance, Korean": (
        f"(이유 상태 확인 실패)로 인해 (target-group {GROUP})에서 (서비스 AWS-Service) (인스턴스 i-1234567890abcdefg) "
        "(포트 443)이 비정상임",
        {FAILED},
        {"service": "AWS-Service", "instance": "i-1234567890abcdefg", "port": "443", "target_group": GROUP},
    ),
    "task": (
        f"Task failed ELB health checks in (target-group {GROUP})",
        {TASK, FAILED, TIMEOUT, CODES},
        {"target_group": GROUP},
    ),
    "task, Korean": (
        f"태스크에서 (target-group {GROUP})의 ELB 상태 확인에 실패함",
        {TASK, FAILED, TIMEOUT, CODES},
        {"target_group": GROUP},
    ),
    "container, Korean": (
        "컨테이너 상태 확인에 실패한 오류(서비스 AWS-Service)(태스크 c13b4cb40f1f4fe4a2971f76ae5a47ad)가 발생한 경우",
        {"Container.FailedHealthChecks"},
        {"service": "AWS-Service", "task": "c13b4cb40f1f4fe4a2971f76ae5a47ad"},
    ),
    "interface": ("Timeout waiting for network interface provisioning to complete", {INTERFACE}, {}),
    "interface, the other": (
        "Network interface provision complete error timeout wait for network interface provision",
        {INTERFACE},
        {},
    ),
}

# What AWS says today: its guide on service events, and forms of it that are seen in use.
TODAY: dict[str, tuple[str, set[str], dict[str, str]]] = {
    "a task of a task set on an instance": (
        "(service web, taskSet ecs-svc/0123) (task 1dc5) (instance i-0a) (port 32769) is unhealthy in (target-group "
        "web) due to (reason Request timed out).",
        {TIMEOUT},
        {"service": "web", "task": "1dc5", "instance": "i-0a", "port": "32769", "target_group": "web"},
    ),
    "without brackets": (
        "service web (port 8081) is unhealthy in target-group shop-web due to (reason Health checks failed with these "
        "codes: [502]).",
        {CODES},
        {"service": "web", "port": "8081", "target_group": "shop-web", "codes": "502"},
    ),
    "a zone": (
        "(service web) (port 3000) is unhealthy in (target-group web) due to (reason Target is in an Availability Zone "
        "that is not enabled for the load balancer)",
        {"Target.NotInUse"},
        {"service": "web"},
    ),
    "a container": (
        "(service web) (task 1dc5) failed container health checks.",
        {"Container.FailedHealthChecks"},
        {"service": "web", "task": "1dc5"},
    ),
    "a stopped task": ("Task failed container health checks", {"Container.FailedHealthChecks"}, {}),
    "a target": ("Health checks failed with these codes: [404]", {CODES}, {"codes": "404"}),
    "no place": (
        "(service web) was unable to place a task because no container instance met all of its requirements.",
        {"Task.NotPlaced"},
        {"service": "web"},
    ),
    "registration": (
        "(service web) failed to register targets in (target-group web) with (error The target type is ip)",
        {"Target.RegistrationFailed"},
        {"service": "web", "target_group": "web", "reason": "The target type is ip"},
    ),
    "memory": ("OutOfMemoryError: Container killed due to memory usage", {"Container.OutOfMemory"}, {}),
    "image": ("CannotPullContainerError: pull image manifest has been retried 5 time(s)", {"Image.NotPulled"}, {}),
}

HARMLESS = (
    "(service web) has reached a steady state.",
    "(service web) has started 2 tasks: (task 1dc5) (task 2ed6).",
    "(service web) registered 1 targets in (target-group web)",
    "Scaling activity initiated by deployment ecs-svc/0123",
    "Timeout waiting for EphemeralStorage provisioning to complete.",
    "",
)


@pytest.mark.parametrize("case", [*PRINTED, *TODAY])
def test_a_message_tells_what_is_wrong_and_with_what(case: str) -> None:
    text, faults, named = {**PRINTED, **TODAY}[case]
    found = read_message(text)
    assert set(found.faults) == faults
    assert {name: found.get(name) for name in named} == named


@pytest.mark.parametrize("case", PRINTED)
def test_what_the_documents_print_is_marked(case: str) -> None:
    assert all(message.from_document for message in read_message(PRINTED[case][0]).messages)


@pytest.mark.parametrize("text", HARMLESS)
def test_other_messages_tell_of_nothing_wrong(text: str) -> None:
    found = read_message(text)
    assert (found.messages, found.faults, found.named) == ((), (), ())


def test_case_and_line_breaks_do_not_matter() -> None:
    assert read_message("TASK  failed\nelb HEALTH checks").faults[0] == TASK


@given(st.text(alphabet="()[] :servictaskportnhgu-0123456789", max_size=400))
def test_any_text_can_be_read(text: str) -> None:
    assert set(read_message(text).faults) <= catalogue().faults.keys()


def test_a_text_without_end_is_read_in_part() -> None:
    assert read_message("x" * MAX_LENGTH + " request timed out").faults == ()
    assert read_message("(service " * 50_000).faults == ()


# --- the data


@pytest.fixture(scope="module")
def data(root: Path) -> Any:
    return yaml.safe_load((root / "rules" / "patterns" / "messages.yaml").read_text(encoding="utf-8"))


def test_the_data_is_as_its_schema_has_it(data: Any, root: Path) -> None:
    schema = json.loads((root / "rules" / "patterns" / "messages.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(data, schema, format_checker=jsonschema.FormatChecker())
    ids = [message["id"] for message in data["messages"]]
    assert len(ids) == len(set(ids))
    assert {code for message in data["messages"] for code in message["faults"]} <= data["faults"].keys()


def test_faults_name_the_rules_that_explain_them() -> None:
    rules = load_rules().rules
    explains = {code: sorted(rule.id for rule in rules if code in rule.explains) for code in catalogue().faults}
    assert {code: list(fault.rules) for code, fault in catalogue().faults.items()} == explains
    assert {code for rule in rules for code in rule.explains} <= explains.keys()


def test_every_message_is_tried_here() -> None:
    tried = {
        message.id for text, _, _ in [*PRINTED.values(), *TODAY.values()] for message in read_message(text).messages
    }
    assert {message.id for message in catalogue().messages} - tried == {
        "not-initialized",
        "container-exited",
        "unstable",
    }


def test_the_rules_that_explain_some_faults_each_once() -> None:
    found = explaining((TIMEOUT, FAILED, "Nothing.Known"))
    assert len(found) == len(set(found))
    assert {"NET002", "HC001", "APP003"} <= set(found)
    assert explaining(()) == ()

"""Step Functions, EventBridge and EventBridge Scheduler: state machines, and what starts them."""

from __future__ import annotations

from typing import Any

from scanner.sources.account.calls import Calls
from scanner.sources.account.found import Found
from scanner.sources.account.secrets import without_values

MACHINE, RULE, SCHEDULE = "AWS::StepFunctions::StateMachine", "AWS::Events::Rule", "AWS::Scheduler::Schedule"

APIS: dict[str, tuple[str, ...]] = {
    "events:ListRules": (RULE,),
    "events:ListTargetsByRule": (RULE,),
    "scheduler:GetSchedule": (SCHEDULE,),
    "scheduler:ListSchedules": (SCHEDULE,),
    "states:DescribeStateMachine": (MACHINE,),
    "states:ListStateMachines": (MACHINE,),
}
"""The calls, and the types of the resources that they tell of."""


def machines(calls: Calls, found: Found) -> None:
    """State machines with their definitions, less the values of environment variables in them."""

    def described(listed: dict[str, Any]) -> None:
        answer = calls.one("states:DescribeStateMachine", stateMachineArn=listed["StateMachineArn"])
        if answer is None:  # known to be there, and no more
            found.add(MACHINE, listed)
        elif answer:
            found.add(MACHINE, {**answer, "Definition": without_values(answer.get("Definition", ""))})

    calls.each(described, calls.items("states:ListStateMachines", "stateMachines", maxResults=1000))


def rules(calls: Calls, found: Found) -> None:
    """The rules of the default event bus, to which ECS and Step Functions send, and which alone has schedules."""

    def targets(rule: dict[str, Any]) -> None:
        before = calls.failed("events:ListTargetsByRule")
        listed = calls.items("events:ListTargetsByRule", "Targets", Rule=rule["Name"])
        made = {**rule, "Id": rule["Name"]}
        if before or not calls.failed("events:ListTargetsByRule"):
            made["Targets"] = [_target(target) for target in listed]
        found.add(RULE, made)

    calls.each(targets, calls.items("events:ListRules", "Rules"))


def schedules(calls: Calls, found: Found) -> None:
    """The schedules of all groups."""

    def got(listed: dict[str, Any]) -> None:
        named = {"GroupName": listed.get("GroupName", "default"), "Name": listed["Name"]}
        answer = calls.one("scheduler:GetSchedule", **named)
        if answer is None:
            answer = {**listed, "Target": None}
        if answer:
            id = named["Name"] if named["GroupName"] == "default" else f"{named['GroupName']}/{named['Name']}"
            target = answer.get("Target")
            found.add(SCHEDULE, {**answer, "Id": id, "Target": _target(target) if target else None})

    calls.each(got, calls.items("scheduler:ListSchedules", "Schedules"))


def _target(target: dict[str, Any]) -> dict[str, Any]:
    """A target without the values of environment variables in its input."""
    return {**target, "Input": without_values(target["Input"])} if target.get("Input") else target

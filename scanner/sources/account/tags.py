"""The tags of what is listed without them, all in one listing of the Resource Groups Tagging API."""

from __future__ import annotations

from typing import Any

from scanner.sources.account import shapes
from scanner.sources.account.calls import Calls
from scanner.sources.account.found import Found
from scanner.sources.snapshot.tables import TAG_APIS

GET = "tag:GetResources"
KINDS: dict[str, str] = {
    "AWS::CloudWatch::Alarm": "cloudwatch:alarm",
    "AWS::Events::Rule": "events:rule",
    "AWS::Logs::LogGroup": "logs:log-group",
    "AWS::SNS::Topic": "sns",
    "AWS::StepFunctions::StateMachine": "states:stateMachine",
}
"""What the API calls the types ("GetResources", Resource Groups Tagging API Reference): service and kind, as ARNs have
them; the ARNs of topics have no kind."""
A_PAGE = 100
"""The most resources that a page has (the same)."""

APIS: dict[str, tuple[str, ...]] = {GET: ()}
"""The call; it tells of no resource, of tags alone."""


def tags(calls: Calls, found: Found) -> None:
    """Gives what was found its tags; those of everything else in the region are passed over."""
    types = [type for type, api in TAG_APIS.items() if api == GET]
    by_arn = {one["arn"].removesuffix(":*"): one for one in found.of(*types) if one.get("arn")}
    if not by_arn:
        return
    asked: dict[str, Any] = {"ResourceTypeFilters": [KINDS[type] for type in types], "ResourcesPerPage": A_PAGE}
    for item in calls.items(GET, "ResourceTagMappingList", **asked):
        one = by_arn.get(str(item.get("ResourceARN")).removesuffix(":*"))
        tagged = shapes.tags(item.get("Tags"))
        if one is not None and tagged:
            one["tags"] = tagged

"""IAM: roles with their policies, and instance profiles."""

from __future__ import annotations

from typing import Any

from scanner.sources.account.calls import Calls
from scanner.sources.account.found import Found

ROLE, POLICY, PROFILE = "AWS::IAM::Role", "AWS::IAM::ManagedPolicy", "AWS::IAM::InstanceProfile"
DETAILS = "iam:GetAccountAuthorizationDetails"

APIS: dict[str, tuple[str, ...]] = {
    DETAILS: (ROLE, POLICY, "AWS::IAM::Policy"),
    "iam:ListInstanceProfiles": (PROFILE,),
}
"""The calls, and the types of the resources that they tell of. One call gives roles, their inline policies, what is
attached to them, and the policies in use: one by one these would be five calls for each role, and IAM answers few."""

PAGE = 1000
"""The most items of a page (IAM API Reference)."""
FILTER = ("Role", "LocalManagedPolicy", "AWSManagedPolicy")


def permissions(calls: Calls, found: Found) -> None:
    """Roles with all that they are granted; what belongs to no region."""
    for page in calls.pages(DETAILS, Filter=list(FILTER), MaxItems=PAGE):
        for role in page.get("RoleDetailList", ()):
            found.add(ROLE, {"RolePolicyList": [], "AttachedManagedPolicies": [], **role})
        for policy in page.get("Policies", ()):
            if _in_use(policy):
                found.add(POLICY, {**policy, "PolicyDocument": _default(policy)})
    for profile in calls.items("iam:ListInstanceProfiles", "InstanceProfiles", MaxItems=PAGE):
        found.add(PROFILE, profile)


def _in_use(policy: dict[str, Any]) -> bool:
    """AWS has more than a thousand policies of its own; those that nothing is granted by are left out."""
    used = policy.get("AttachmentCount") or policy.get("PermissionsBoundaryUsageCount")
    return bool(used) or ":iam::aws:policy/" not in str(policy.get("Arn"))


def _default(policy: dict[str, Any]) -> Any:
    """The document of the version that is in effect."""
    versions = policy.get("PolicyVersionList", ())
    return next((one.get("Document") for one in versions if one.get("IsDefaultVersion")), None)

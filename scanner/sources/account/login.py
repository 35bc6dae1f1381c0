"""Whose accounts are read, and as whom: the caller's own, by a role in another, or all of an organization."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from scanner.sources.account.clients import Clients, using

SESSION = "clearway"
"""The name of the sessions of assumed roles, as CloudTrail shows it."""
ACTIVE = "ACTIVE"


class LoginError(Exception):
    """Nothing can be read: there are no credentials, or they are not taken. Says so in one line."""


@dataclass(frozen=True, slots=True)
class Login:
    """An account that can be read."""

    account: str
    partition: str
    credentials: Any
    """botocore's, which renew themselves."""


@dataclass(frozen=True, slots=True)
class Refused:
    """An account that cannot be read, or a region of it, and why."""

    account: str
    api: str
    """The call that failed; empty if none did."""
    error: str
    said: str = ""

    def __str__(self) -> str:
        failed = f"{self.api} failed ({self.error})" if self.api else self.error
        return f"account {self.account} cannot be read: {failed}" + (f": {self.said}" if self.said else "")


@dataclass(frozen=True, slots=True)
class Whose:
    """Which accounts are wanted."""

    roles: tuple[str, ...] = ()
    """ARNs of roles to assume, one for each account; none for the caller's own account."""
    organization: bool = False
    """All active accounts of the organization, each by the role of ``role_name``."""
    role_name: str = ""
    external_id: str = ""
    only: tuple[str, ...] = ()
    """Of the organization, only these."""


@dataclass(frozen=True, slots=True)
class Target:
    """An account that is wanted, and how to log in to it. It holds no secret and may travel."""

    account: str
    role: str = ""
    """The ARN of the role to assume; empty for the account of the caller's own credentials."""
    external_id: str = ""


def targets(clients: Clients, whose: Whose) -> list[Target]:
    """The accounts that are wanted, each once. Raises LoginError if the caller is nobody."""
    own = _own(clients)
    if whose.organization:
        found = [
            Target(account)
            if account == own.account
            else Target(account, f"arn:{own.partition}:iam::{account}:role/{whose.role_name}", whose.external_id)
            for account in _members(clients, own)
            if not whose.only or account in whose.only
        ]
    elif whose.roles:
        found = [Target(_account_of(arn), arn, whose.external_id) for arn in whose.roles]
    else:
        found = [Target(own.account)]
    return list({one.account: one for one in reversed(found)}.values())[::-1]


def log_in(clients: Clients, target: Target) -> Login | Refused:
    """Logs in to one account. Raises LoginError if the caller is nobody."""
    if target.role and clients.base is not None:
        return _assumed(clients, target)
    own = _own(clients)
    if own.account != target.account:  # the credentials of another machine need not be those of the caller
        return Refused(target.account, "", f"the credentials are those of account {own.account}")
    return own


def logins(clients: Clients, whose: Whose) -> Iterator[Login | Refused]:
    """The accounts that are wanted, each when it is asked for. Raises LoginError if the caller is nobody."""
    for target in targets(clients, whose):
        yield log_in(clients, target)


def enabled_regions(clients: Clients, login: Login) -> list[str] | Refused:
    """The regions that an account has enabled."""
    with using(login.credentials):
        try:
            answer = clients.client("ec2", clients.home).describe_regions(AllRegions=False)
        except Exception as error:
            return Refused(login.account, "ec2:DescribeRegions", *_reason(error))
    return sorted(region["RegionName"] for region in answer["Regions"])


def _own(clients: Clients) -> Login:
    if clients.base is None:
        raise LoginError("there are no AWS credentials; name a profile with --profile, or set them in the environment")
    with using(clients.base):
        try:
            answer = clients.client("sts", clients.home).get_caller_identity()
        except Exception as error:
            code, said = _reason(error)
            raise LoginError(f"AWS does not take the credentials: {code}{': ' if said else ''}{said}") from None
    return Login(answer["Account"], answer["Arn"].split(":")[1], clients.base)


def _members(clients: Clients, own: Login) -> Sequence[str]:
    """The accounts of the organization that are active. Raises LoginError if they cannot be listed: a part of them
    would pass for all."""
    found: list[str] = []
    with using(own.credentials):
        try:
            for page in clients.client("organizations", clients.home).get_paginator("list_accounts").paginate():
                found += (one["Id"] for one in page["Accounts"] if _status(one) == ACTIVE)
        except Exception as error:
            code, said = _reason(error)
            message = f"organizations:ListAccounts failed ({code}){': ' if said else ''}{said}"
            raise LoginError(message) from None
    return sorted(found)


def _status(account: dict[str, Any]) -> str:
    """The state of an account, by its name of today or the one before."""
    return str(account.get("State") or account.get("Status"))


def _account_of(arn: str) -> str:
    parts = arn.split(":", 5)
    return parts[4] if len(parts) == 6 else arn


def _assumed(clients: Clients, target: Target) -> Login | Refused:
    renew = _renewed(clients, target)
    try:
        from botocore.credentials import RefreshableCredentials

        made = RefreshableCredentials.create_from_metadata(renew(), refresh_using=renew, method="assume-role")
    except Exception as error:
        return Refused(target.account, "sts:AssumeRole", *_reason(error))
    return Login(target.account, target.role.split(":")[1], made)


def _renewed(clients: Clients, target: Target) -> Callable[[], dict[str, str]]:
    said = {"ExternalId": target.external_id} if target.external_id else {}
    asked = {"RoleArn": target.role, "RoleSessionName": SESSION, **said}

    def renew() -> dict[str, str]:
        with using(clients.base):
            got = clients.client("sts", clients.home).assume_role(**asked)["Credentials"]
        return {
            "access_key": got["AccessKeyId"],
            "secret_key": got["SecretAccessKey"],
            "token": got["SessionToken"],
            "expiry_time": got["Expiration"].isoformat(),
        }

    return renew


def _reason(error: Exception) -> tuple[str, str]:
    """The code of an error of AWS, or what else went wrong, and the words that come with it. Raises what is neither."""
    from botocore.exceptions import BotoCoreError, ClientError

    if isinstance(error, ClientError):
        told = error.response.get("Error", {})
        return str(told.get("Code") or "Unknown"), " ".join(str(told.get("Message") or "").split())
    if isinstance(error, (BotoCoreError, OSError)):
        return type(error).__name__, " ".join(str(error).split())
    raise error


def made_clients(profile: str) -> Clients:
    """The clients to read with. Raises LoginError if there is no such profile."""
    from botocore.exceptions import BotoCoreError

    try:
        return Clients(profile)
    except BotoCoreError as error:
        raise LoginError(" ".join(str(error).split())) from None

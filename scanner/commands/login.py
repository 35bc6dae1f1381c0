"""Reading one live account for a command that asks it something: its options, and what is read as a snapshot."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING

from scanner.commands.scan import UsageError

if TYPE_CHECKING:
    from scanner.sources.account.clients import Clients
    from scanner.sources.account.login import Whose

FORMAT = "clearway-snapshot/1"


def add_login(parser: argparse.ArgumentParser) -> None:
    """Adds the options that say which live account is asked, and as whom."""
    group = parser.add_argument_group("a live account")
    group.add_argument(
        "--profile", default="", metavar="NAME", help="the profile to read with, or to assume a role with"
    )
    group.add_argument(
        "--regions", default="", metavar="NAME,...", help="the regions (default: that of the profile or environment)"
    )
    group.add_argument("--role-arn", default="", metavar="ARN", help="a role to assume, in the account to read")
    group.add_argument("--external-id", default="", metavar="ID", help="what to say when the role is assumed")


def read_live(arguments: argparse.Namespace) -> tuple[str, list[str]]:
    """What an account has now, as the text of a snapshot, and what of it cannot be read at all, a line each.

    Raises UsageError for a role that is none, or if there is nobody to read as.
    """
    from scanner.sources.account.accounts import Told, read_accounts
    from scanner.sources.account.login import LoginError, Refused, made_clients

    whose = whose_of(arguments)
    refused: list[Refused] = []
    now = now_text()
    try:
        clients = made_clients(arguments.profile)
        entries = list(read_accounts(clients, whose, regions_of(arguments, clients), Told(refused.append)))
    except LoginError as error:
        raise UsageError(str(error)) from None
    for entry in entries:
        if not arguments.quiet:
            count = len(entry["resources"])
            print(f"account {entry['account']}, region {entry['region']}: {count:,} resources", file=sys.stderr)
    return json.dumps({"format": FORMAT, "taken_at": now, "accounts": entries}, indent=1), [str(one) for one in refused]


def regions_of(arguments: argparse.Namespace, clients: Clients) -> tuple[str, ...]:
    """The regions that are asked for, or the one that the profile or the environment names."""
    named = tuple(name.strip() for name in arguments.regions.split(",") if name.strip())
    return named or (clients.home,)


def whose_of(arguments: argparse.Namespace) -> Whose:
    """The account that is asked for. Raises UsageError for a role that is none."""
    import re

    from scanner.sources.account.login import Whose

    role = arguments.role_arn
    if role and not re.fullmatch(r"arn:[a-z0-9-]+:iam::\d{12}:role/.+", role):
        raise UsageError(f"--role-arn {role}: write arn:aws:iam::111122223333:role/NAME")
    return Whose(roles=(role,) if role else (), external_id=arguments.external_id)


def now_text() -> str:
    """Now, as a snapshot writes it."""
    import datetime

    from scanner.sources.account.found import time_text

    return time_text(datetime.datetime.now(datetime.timezone.utc))

"""Accounts, read one after the other, several regions of one at a time."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextvars import copy_context
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from scanner.sources.account.calls import Cancelled
from scanner.sources.account.clients import Clients, using
from scanner.sources.account.collect import Collecting, Place, State, collect, collecting, look
from scanner.sources.account.login import Login, Refused, Whose, enabled_regions, logins
from scanner.sources.snapshot.tables import LACKS


@dataclass(frozen=True, slots=True)
class Told:
    """What is told while accounts are read."""

    refused: Callable[[Refused], None]
    """An account that cannot be read, or a region of one."""
    skipped: Callable[[str, Sequence[str]], None] = lambda account, regions: None
    """Regions of an account that hold nothing that rules judge."""
    collected: Callable[[dict[str, Any]], None] = lambda entry: None
    """An account in one region, as a snapshot has it."""


def failed_calls(entry: Mapping[str, Any]) -> list[str]:
    """The calls that failed when an entry was collected, a line each; not those that tell what an account is."""
    where = f"account {entry['account']}, region {entry['region']}"
    failed = [one for one in entry["unreadable"] if (one["api"], one["error"]) not in LACKS]
    return [f"{one['api']} failed in {where} ({one['error']})" for one in failed]


def read_accounts(clients: Clients, whose: Whose, regions: Sequence[str], told: Told) -> Iterator[dict[str, Any]]:
    """The entries of a snapshot for the accounts that are wanted, those of one account one after the other.

    Without ``regions``, all that an account has enabled, but for those that are surely empty. What belongs to no region
    is in the first. Raises LoginError if there is nobody to read as; an account that cannot be read is told.
    """
    with collecting(clients) as shared:
        for login in logins(clients, whose):
            yield from read_account(clients, shared, login, regions, told)


def read_account(
    clients: Clients, shared: Collecting, login: Login | Refused, regions: Sequence[str], told: Told
) -> Iterator[dict[str, Any]]:
    """The entries of one account, as ``read_accounts`` gives them. Raises Cancelled if it was stopped."""
    wanted = login if isinstance(login, Refused) else _wanted(clients, shared, login, regions, told)
    if isinstance(wanted, Refused):
        told.refused(wanted)
        return
    assert isinstance(login, Login)
    yield from _read(shared, login, wanted, told)


def _wanted(
    clients: Clients, shared: Collecting, login: Login, regions: Sequence[str], told: Told
) -> list[str] | Refused:
    enabled = enabled_regions(clients, login)
    if isinstance(enabled, Refused):
        return enabled
    if regions:
        for region in regions:
            if region not in enabled:
                told.refused(Refused(login.account, "", _not_enabled(clients, login, region, enabled)))
        return [region for region in regions if region in enabled]
    with using(login.credentials):
        waiting = [shared.regions.submit(copy_context().run, look, shared, region) for region in enabled]
    looks = {region: one.result() for region, one in zip(enabled, waiting, strict=True)}
    for region, (state, failed) in looks.items():
        if state is State.CLOSED:
            api, error = failed[0]["api"], failed[0]["error"]
            told.refused(Refused(login.account, api, error, f"nothing of region {region} can be read"))
    empty = [region for region, (state, _) in looks.items() if state is State.EMPTY]
    if empty:
        told.skipped(login.account, empty)
    return [region for region, (state, _) in looks.items() if state is State.USED]


def _not_enabled(clients: Clients, login: Login, region: str, enabled: Sequence[str]) -> str:
    """Why a region cannot be read, with the name that was meant if this one looks mistyped."""
    said = f"region {region} is not enabled"
    known = clients.regions(login.partition)
    alike = get_close_matches(region, {*known, *enabled}, n=1) if region not in known else ()
    return f"{said}; did you mean {alike[0]}?" if alike else said


def _read(shared: Collecting, login: Login, regions: Sequence[str], told: Told) -> Iterator[dict[str, Any]]:
    waiting: list[tuple[str, Future[dict[str, Any]]]] = []
    with using(login.credentials):
        for index, region in enumerate(regions):
            place = Place(login.account, region, with_global=index == 0)
            waiting.append((region, shared.regions.submit(copy_context().run, collect, shared, place)))
    while waiting:
        region, one = waiting.pop(0)
        try:
            entry = one.result()
        except Cancelled:
            raise
        except Exception as fault:  # a fault in reading one region must not take the others away
            if os.environ.get("CLEARWAY_DEBUG"):
                raise
            said = f"a fault of this program: {type(fault).__name__}: {fault} (CLEARWAY_DEBUG=1 shows where)"
            told.refused(Refused(login.account, "", f"region {region}", said))
            continue
        told.collected(entry)
        yield entry

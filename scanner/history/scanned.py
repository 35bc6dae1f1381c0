"""What a result document says of the scan itself: what was asked for, what was read, what was found."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

READ, INCOMPLETE, ABSENT = "read", "incomplete", "absent"
"""The states of a unit: read as a whole; some of it could not be read; a file that does not exist any more."""
FAIL, UNDECIDED, EXEMPT = "fail", "undecided", "exempt"
"""The states of a finding."""
SNAPSHOT = "snapshot"
LONGEST_SCOPE = 120

_ACCOUNT = re.compile(r"\d{12}/")
_LIVE_FILE = re.compile(r"aws/(\d{12})/([^/]+)/")


@dataclass(frozen=True, slots=True)
class Failure:
    """An error of the document, with the account and region that it belongs to, if any."""

    file: str
    line: int | None
    column: int | None
    message: str
    account: str = ""
    region: str = ""
    api: str = ""


@dataclass(frozen=True, slots=True)
class Scanned:
    """A scan as its history keeps it."""

    scope: str
    version: str
    rules: tuple[str, ...]
    units: Mapping[str, str]
    """A file, or ``ACCOUNT/REGION``, with its state."""
    failures: tuple[Failure, ...]
    summary: Mapping[str, Any]
    paths: tuple[str, ...] = ()
    """The files and folders that were asked for."""

    def why_not_read(self, unit: str) -> str:
        """What could not be read of a unit, in a few words; empty if nothing tells."""
        account, _, region = unit.partition("/")
        for failure in self.failures:
            if failure.file == unit:
                return f"{unit} could not be read as a whole: {failure.message}"
            if failure.account and failure.account == account and failure.region in ("", region):
                what = f"{failure.api} failed" if failure.api else failure.message
                return f"{what} in account {account}, region {region}"
        return ""


def scanned(document: Mapping[str, Any], scope: str, paths: Sequence[str] = ()) -> Scanned:
    """The scan that a result document tells of."""
    failures = tuple(
        Failure(
            error["file"],
            error["line"],
            error["column"],
            error["message"],
            error.get("account") or "",
            error.get("region") or "",
            error.get("api") or "",
        )
        for error in document["errors"]
    )
    units = {one["path"]: READ for one in document["inputs"] if one["kind"] not in (SNAPSHOT, "account")}
    units |= {f"{one['account']}/{one['region']}": READ for one in document.get("accounts", ())}
    for failure in failures:
        if failure.file in units:
            units[failure.file] = INCOMPLETE
        if failure.account:
            units |= dict.fromkeys(_of_account(failure.account, failure.region, units), INCOMPLETE)
    summary = document["summary"]
    return Scanned(
        scope,
        document["tool"]["version"],
        tuple(rule["id"] for rule in document["rules"]),
        units,
        failures,
        {name: summary[name] for name in ("templates", "subjects", "findings", "undecided", "passed")},
        tuple(paths),
    )


def is_account(unit: str) -> bool:
    """Whether a unit is an account and region, and no file."""
    return _ACCOUNT.match(unit) is not None


def _of_account(account: str, region: str, units: Collection[str]) -> list[str]:
    """The units of an account: that of the region, or all if it is none of them (what is global is in every one)."""
    unit = f"{account}/{region}"
    return [unit] if unit in units else [unit for unit in units if unit.startswith(f"{account}/")]


@dataclass(frozen=True, slots=True)
class Found:
    """A result as a history keeps it."""

    rule: str
    assertion: str
    subject: str
    """The address: with rule and assertion the identity over all scans."""
    state: str
    """fail, undecided or exempt."""
    severity: str
    fingerprint: str
    """Made of the identity and of what is related to it."""
    message: str
    label: str
    file: str
    line: int
    account: str
    region: str
    touches: tuple[str, ...] = field(compare=False)
    """Every file (of a live resource: the path it is given) that takes part, and the subject's own."""

    @property
    def key(self) -> tuple[str, str, str]:
        return self.rule, self.assertion, self.subject

    @property
    def digest(self) -> bytes:
        """Tells it from the same finding with anything else said of it; the state is not said of it."""
        said = (
            *self.key,
            self.severity,
            self.fingerprint,
            self.message,
            self.label,
            self.file,
            self.line,
            self.account,
            self.region,
            self.touches,
        )
        return hashlib.sha256(json.dumps(said).encode()).digest()

    def units(self, known: Collection[str]) -> list[str]:
        """The units, of those that are known, that take part in it, the subject's own first."""
        found: dict[str, None] = {}
        for touched in self.touches:
            live = _LIVE_FILE.match(f"{touched}/")
            if live:
                found |= dict.fromkeys(_of_account(live[1], live[2], known))
            elif touched in known:
                found[touched] = None
        return list(found)


def is_kept(result: Mapping[str, Any]) -> bool:
    """Whether a result is a finding: no pass, and not that an account has more than could be seen, which is an error
    of the scan and no resource's."""
    subject = result["subject"]
    of_account = result.get("account") and subject["address"].partition("#")[0] == subject["id"]
    return result["verdict"] != "pass" and not of_account


def found(result: Mapping[str, Any]) -> Found:
    """A result of a document."""
    subject, place = result["subject"], result["location"]
    places = (
        place,
        *result["related"],
        *(unknown["location"] for unknown in result["unknown"]),
        *(hop["location"] for hop in result["way"]),
    )
    account, region = result.get("account") or "", result.get("region") or ""
    files = dict.fromkeys(place["file"] for place in places if place is not None)
    if account:  # whether a template is known, in which it is shown, is no matter
        files = {file: None for file in files if _LIVE_FILE.match(file)}
    own = f"aws/{account}/{region}" if account else subject["address"].rpartition("#")[0]
    return Found(
        result["rule"],
        result["assertion"],
        subject["address"],
        EXEMPT if result.get("exemption") else result["verdict"],
        result["severity"],
        result["fingerprint"],
        result["message"],
        subject["label"],
        place["file"],
        place["line"],
        account,
        region,
        tuple(dict.fromkeys((own, *files))),
    )


def scope_of(paths: Sequence[str], document: Mapping[str, Any], given: Sequence[str] = ()) -> str:
    """What was scanned, in words that are the same every night.

    A snapshot counts as the accounts that it holds, whatever its file is named; ``given`` is what else tells this
    scan from others of the same paths.
    """
    snapshots = {one["path"] for one in document["inputs"] if one["kind"] == SNAPSHOT and one["role"] == "scanned"}
    accounts = sorted({one["account"] for one in document.get("accounts", ())})
    plain = {os.path.normpath(path).replace(os.sep, "/") for path in paths}
    names = sorted(plain - snapshots)
    if accounts and plain & snapshots:
        names.append(("account " if len(accounts) == 1 else "accounts ") + ", ".join(accounts))
    return shortened(" ".join((*names, *given)))


def shortened(text: str) -> str:
    """The name of a scope, no longer than names are, and still told from all others."""
    if len(text) <= LONGEST_SCOPE:
        return text
    return f"{text[: LONGEST_SCOPE - 20]}... ({hashlib.sha256(text.encode()).hexdigest()[:12]})"

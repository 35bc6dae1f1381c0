"""AWS-managed policies that matter here, by ARN, with the version and date of what is known.

The ARN's account is ``aws``: ``arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy``. AWS changes
them; what is kept is the default version of the day that ``origin`` names. Others are not known.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from scanner.analysis.iam.document import read_document
from scanner.analysis.iam.statements import Document
from scanner.model import Fact, Items, Unknown

_FILE = Path(__file__).with_name("data") / "managed.jsonl"
_ARN = re.compile(r"arn:aws(?:-[a-z-]+)?:iam::aws:policy/(.+)")


@dataclass(frozen=True, slots=True)
class ManagedPolicy:
    """A policy of AWS's own."""

    name: str
    """With its path: ``service-role/AmazonECSTaskExecutionRolePolicy``."""
    version: str
    """The default version: ``v1``."""
    date: str
    """Of that version: ``2017-11-16``."""
    document: Document


@lru_cache(maxsize=1)
def _lines() -> tuple[str, dict[str, str]]:
    header, *lines = _FILE.read_text(encoding="utf-8").splitlines()
    return header, {line.split('"', 4)[3]: line for line in lines}


def origin() -> dict[str, str]:
    """Where the policies come from: origin, version, license, date."""
    found: dict[str, str] = json.loads(_lines()[0])
    return found


def is_managed(arn: str) -> bool:
    """Whether an ARN is that of an AWS-managed policy."""
    return _ARN.fullmatch(arn) is not None


@lru_cache(maxsize=128)
def managed_policy(arn: str) -> ManagedPolicy | None:
    """The AWS-managed policy with an ARN, of any partition; None if what it says is not known here."""
    found = _ARN.fullmatch(arn)
    line = _lines()[1].get(found.group(1)) if found is not None else None
    if line is None:
        return None
    row: dict[str, Any] = json.loads(line)
    name = row["name"].rpartition("/")[2]
    return ManagedPolicy(row["name"], row["version"], row["date"], read_document(_fact(row["document"]), name))


def policy_unknown(arn: str) -> Unknown:
    """Why nothing is known of a managed policy."""
    owner = "AWS-managed policy" if is_managed(arn) else "managed policy"
    return Unknown(
        ("managed policy", arn), f"what the {owner} {arn.rpartition('/')[2] or arn} grants is not known here"
    )


def _fact(value: Any) -> Fact[Any]:
    if isinstance(value, dict):
        return Fact({name: _fact(member) for name, member in value.items()})
    if isinstance(value, list):
        return Fact(Items(tuple(_fact(item) for item in value)))
    return Fact(value)

"""What a resource of an account is called in reports: a path, though no file has it, and its ARN.

Code scanning services take findings in files alone, with relative paths. The forms of ARNs are those of the "Resource
types" tables in AWS's Service Authorization Reference.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

from scanner.sources.snapshot.account import Account, Entry, is_id
from scanner.sources.snapshot.tables import ARN_FORMS, GLOBAL, PARTITIONS

EVERYWHERE = "global"
"""Stands for the region of what belongs to none."""

_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._+=@-]*")
_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_REVISION = re.compile(r"^([^/]*/[^/:]*):\d+")
_DEFINITION = re.compile(r"[^#]*#arn:[^:]*:ecs:[^:]*:[^:]*:task-definition/[^/:]*:\d+")
_NEEDLESS = re.compile(r"[^A-Za-z0-9._-]+")


def region_of(account: Account, entry: Entry) -> str:
    """The region that a resource belongs to, or ``global``."""
    return EVERYWHERE if entry.type.startswith(GLOBAL) else account.region


def path_of(account: Account, entry: Entry) -> str:
    """``aws/111122223333/eu-west-1/ec2/security-group/sg-0a1b.json``: the same every night, and no other's.

    The latest revision of a task definition has that of its family.
    """
    parts = [part.lower() for part in _WORDS.sub("-", "::".join(entry.type.split("::")[-2:])).split("::")]
    service = "".join(parts[:-1]).replace("-", "")
    folder = f"aws/{account.account}/{region_of(account, entry)}/{service or 'other'}/{parts[-1]}"
    name = _file_name(entry)
    return f"{folder}/{name.rpartition('/')[0] if entry.key in account.latest else name}.json"


def arn_of(account: Account, entry: Entry) -> str:
    """The ARN of a resource; empty if the snapshot does not tell it and its type does not either."""
    if entry.arn or entry.id.startswith("arn:"):
        return entry.arn or entry.id
    form = ARN_FORMS.get(entry.type)
    if form is None:
        return ""
    partition = next((name for start, name in PARTITIONS.items() if account.region.startswith(start)), "aws")
    return form.format(partition=partition, region=account.region, account=account.account, id=entry.id)


def stable(address: str, revision: bool = True) -> str:
    """An address as it is every night: what belongs to no region stands under whichever was read.

    Without ``revision``, a task definition is that of its family, since each deployment makes another one.
    """
    module, _, key = address.partition("#")
    parts = key.split(":", 5)
    if key.startswith(GLOBAL) or (len(parts) == 6 and parts[0] == "arn" and parts[2] == "iam"):
        module = module.partition("/")[0]
    if not revision and len(parts) == 6 and parts[5].startswith("task-definition/"):
        key = _REVISION.sub(r"\1", parts[5])
    return f"{module}#{key}"


class Names:
    """Addresses as they are every night, for the subjects of findings: a new revision of a task definition is deployed
    daily, and its faults are still those of its family. An older one that is in use beside it keeps its number."""

    def __init__(self, accounts: Iterable[Account]) -> None:
        self._latest = {
            stable(f"{one.name}#{key}", False): f"{one.name}#{key}" for one in accounts for key in one.latest
        }
        self._of_family = set(self._latest.values())

    def __call__(self, address: str, revision: bool = True) -> str:
        """An address, as ``stable`` makes it; the latest revision is its family."""
        found = _DEFINITION.match(address)
        return stable(address, revision and not (found is not None and found.group() in self._of_family))

    def key(self, address: str) -> str:
        """The key that an address has in its account, with the revision that is its family."""
        module, _, key = address.partition("#")
        steps = key.split("/")
        latest = self._latest.get(f"{module}#{'/'.join(steps[:2])}")
        return "/".join([latest.partition("#")[2], *steps[2:]]) if latest is not None else key


def _file_name(entry: Entry) -> str:
    """The end of its id, whose slashes and colons make folders; with a hash where that is not the whole of it."""
    name = entry.id
    if name.startswith("arn:"):
        rest = name.split(":", 5)[-1]
        name = re.split("[/:]", rest, maxsplit=1)[-1]
    steps = re.split("[/:]", name)
    if is_id(entry.id) or all(_PLAIN.fullmatch(step) for step in steps):
        return "/".join(steps)
    digest = hashlib.sha256(entry.id.encode()).hexdigest()[:8]
    kept = [_NEEDLESS.sub("-", step).strip("-.") for step in steps]
    return "/".join([*filter(None, kept)]) + f"-{digest}"

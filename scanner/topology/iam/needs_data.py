"""The files below ``rules/needs``: what each integration, log delivery, tracing, schedule and task start needs.

Each is read when it is first asked for. Their form is ``needs.schema.json``; ``clearway rules check`` holds them to it,
so that reading trusts them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from scanner.data import data_folder
from scanner.syntax import load_yaml, read_text, to_plain

SCHEMA_FILE = Path(__file__).with_name("needs.schema.json")
"""The JSON Schema (2020-12) of a needs file."""

DOCUMENTED, TIGHTEST = "documented", "tightest"
BASELINES = (DOCUMENTED, TIGHTEST)

SDK = "sdk"
"""The file that says how AWS SDK integrations name services and actions."""

HOLE = re.compile(r"\$\{([\w-]+)(?:\.([\w-]+))?\}")
"""A placeholder of a template: a thing, or a form of it."""
PSEUDO = {"partition": "AWS::Partition", "region": "AWS::Region", "account": "AWS::AccountId"}
"""The placeholders that stand for where the caller is deployed."""
FORMS = ("arn", "name")
"""The forms that every thing has."""


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that an argument of a call names: a cluster, a topic, a role."""

    argument: str = ""
    """The dotted path below the call's arguments."""
    of: str = ""
    """Another thing, of whose resource ``property`` names this one."""
    property: str = ""
    form: str = "arn"
    """What the value is: ``arn``, ``name``, ``either``, ``path`` (a name with a slash before it), ``queue_url``,
    ``s3_uri`` or ``api_endpoint``."""
    arn: str = ""
    """A template of its ARN, made of ``${name}``."""
    types: dict[str, str] = field(default_factory=dict)
    """The types of the resources that it can be, each with the property that states its name."""
    name_attribute: str = ""
    """The attribute that gives its name, where no property states it."""
    made: bool = False
    """Whether no attribute of its types is its ARN, so that policies make that of the name."""
    qualified: bool = False
    """Whether a revision, version or alias may follow its name behind a colon."""
    unqualified: str = ""
    """What the ARN ends with where none follows."""
    partial: bool = False
    """Whether AWS writes a ``*`` within the ARN for a name that only the running machine knows, and not for it all."""
    names: str = ""
    """A regular expression that the names match of which the ARN is made so; empty for all."""
    behind: dict[str, str] = field(default_factory=dict)
    """Types of resources that stand for one, each with the property that names it: an alias of a key."""
    none: str = ""
    """A regular expression that the names match of which nothing is needed: of AWS's own keys. Where the name is not
    known, it may be one of those."""
    seen: bool = False
    """Whether a property of what is not in the scan counts for "nothing more" alone, as what may be needed: else
    nobody could tell that a bucket of another stack needs no key."""
    optional: bool = False
    """Whether a call may do without the argument, so that one which passes its input perhaps names none."""
    absent: str = ""
    """The name that is meant where the argument is left out."""
    forms: dict[str, str] = field(default_factory=dict)
    """Further templates, of ``${name}`` (without qualifier) and ``${arn}``."""


@dataclass(frozen=True, slots=True)
class Grant:
    """Actions that are needed on some resources."""

    actions: tuple[str, ...]
    on: tuple[str, ...]
    """Templates of ARNs."""
    conditions: tuple[tuple[str, str, tuple[str, ...]], ...] = ()
    """Operator, condition key and templates of values."""
    baseline: str = ""
    """The only baseline that has it; empty for both."""
    pattern: tuple[str, ...] = ()
    """The patterns of integration that need it; none for all."""
    passed: tuple[str, ...] = ()
    """Arguments of which one must be passed."""
    unless: tuple[str, ...] = ()
    """Arguments of which none may be passed."""
    where: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Arguments of which one must have one of some values."""
    perhaps: bool = False
    """Whether it hangs on what no template tells."""
    why: str = ""
    """For people: ``runs a task``."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a rule or schedule starts when its target is of a service."""

    call: str
    """The integration that needs the same."""
    arguments: dict[str, str]
    """The arguments of that call, each with the property of the target that gives it."""
    by: tuple[str, ...] = ()
    """The types of resources whose role is used for it; none for all. (Where a rule's role is not used, the target's
    own policy admits it.)"""


@dataclass(frozen=True, slots=True)
class Handed:
    """What a call of an action that no file describes may need for an argument of it: a role, an object, a key."""

    argument: str
    """A regular expression that the name of the argument matches, wherever it stands."""
    actions: tuple[str, ...]
    on: str = ""
    """On which resources; empty for what the argument names."""
    baseline: str = ""
    sure: bool = False
    """Whether it surely is needed, and not only perhaps."""
    why: str = ""


@dataclass(frozen=True, slots=True)
class NeedsFile:
    """One file."""

    things: dict[str, Thing]
    integrations: dict[str, tuple[Grant, ...]]
    """By the action: ``runTask``."""
    sdk: dict[str, str]
    """In the file ``sdk``: the prefix of the IAM actions by the SDK's name of a service, where they differ."""
    targets: dict[str, Target]
    """In the file ``schedule``: by the service in a target's ARN."""
    handed: tuple[Handed, ...] = ()
    """In the file ``sdk``: what arguments tell that are handed on to other services."""


def folder() -> Path:
    return data_folder("rules") / "needs"


@lru_cache(maxsize=64)
def needs_file(name: str) -> NeedsFile | None:
    """The file of a service, or of ``logging``, ``tracing``, ``schedule``, ...; None if there is none."""
    path = folder() / f"{name}.yaml"
    if not re.fullmatch(r"[\w-]+", name) or not path.is_file():
        return None
    return needs_of(to_plain(load_yaml(read_text(path), str(path), rules=True)))


def needs_of(plain: Any) -> NeedsFile:
    """A file's content."""
    return NeedsFile(
        {name: Thing(**thing) for name, thing in plain.get("things", {}).items()},
        {name: tuple(_grant(one) for one in grants) for name, grants in plain.get("integrations", {}).items()},
        plain.get("services", {}),
        {
            name: Target(one["call"], one["arguments"], tuple(one.get("by", ())))
            for name, one in plain.get("targets", {}).items()
        },
        tuple(Handed(**{**one, "actions": tuple(one["actions"])}) for one in plain.get("handed", ())),
    )


def _grant(plain: dict[str, Any]) -> Grant:
    return Grant(
        tuple(plain["actions"]),
        tuple(plain["on"]),
        tuple(
            (operator, key, (values,) if isinstance(values, str) else tuple(values))
            for operator, keys in plain.get("conditions", {}).items()
            for key, values in keys.items()
        ),
        plain.get("baseline", ""),
        tuple(plain.get("pattern", ())),
        tuple(plain.get("passed", ())),
        tuple(plain.get("unless", ())),
        tuple((path, tuple(values)) for path, values in plain.get("where", {}).items()),
        plain.get("perhaps", False),
        plain.get("why", ""),
    )

"""An account in one region as a module of the graph."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

from scanner import syntax
from scanner.model import Exit, Fact, Items, Location, Resource, Unknown, World
from scanner.sources import embedded
from scanner.sources.cloudformation.secrets import secret_spans
from scanner.sources.snapshot.tables import (
    APIS,
    GLOBAL,
    ID_PREFIXES,
    LACKS,
    NAMES,
    PROPERTY_APIS,
    STATED,
    TAG_APIS,
    Lack,
)

STACK_TAG = "aws:cloudformation:stack-name"
LOGICAL_ID_TAG = "aws:cloudformation:logical-id"
TASK_DEFINITION = "AWS::ECS::TaskDefinition"
_NAME_BEFORE_ID = frozenset({"AWS::ElasticLoadBalancingV2::LoadBalancer", "AWS::ElasticLoadBalancingV2::TargetGroup"})
"""Types whose ARN ends with ``name/id``."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A resource of a snapshot, not yet read."""

    node: syntax.Mapping
    type: str
    id: str
    """What CloudFormation's ``Ref`` gives: an id, a name or an ARN."""
    arn: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    observed: bool = False
    """Whether it is what was observed of another: its node holds its properties, and nothing names it."""

    @property
    def properties(self) -> syntax.Node | None:
        """Where its properties stand."""
        return self.node if self.observed else self.node.entries.get("properties")

    @property
    def key(self) -> str:
        """What tells it from all others of its account and region; without ``#``, which ends a module's name."""
        named = not self.observed and (is_id(self.id) or self.id.startswith("arn:"))
        id = self.id if named else f"{self.type}/{self.id}"
        return id.replace("#", "%23")

    @property
    def name(self) -> str:
        """The name that people gave it, where its id is an ARN; else its id, which is its name or stands for it."""
        if not self.id.startswith("arn:"):
            return self.id
        path = self.id.split(":", 5)[-1]
        parts = path.split("/")
        if self.type in _NAME_BEFORE_ID and len(parts) > 2:
            return parts[-2]
        if self.type not in NAMES:
            return path
        if self.type == TASK_DEFINITION:
            return parts[-1].partition(":")[0]
        return parts[-1].removesuffix(":*").rpartition(":")[2]


@dataclass(frozen=True, slots=True)
class Failure:
    """A call that failed, was denied, throttled or cut off: what it gives is not, or not wholly, in the snapshot."""

    api: str
    """Service prefix and action of IAM: ``ec2:DescribeSubnets``."""
    error: str
    location: Location

    @property
    def lack(self) -> Lack | None:
        """What the account has not got, if that is all that the error says."""
        return LACKS.get((self.api, self.error))

    @property
    def supply(self) -> str:
        """What would help."""
        return self.lack.supply if self.lack is not None else f"a snapshot for which {self.api} is allowed"

    def gives(self, types: Iterable[str]) -> bool:
        """Whether resources of one of the types may not be there at all; properties that lack are another matter."""
        return any(self.api in APIS.get(type, ()) for type in types) or (_is_unknown(self.api) and self.hides(types))

    def hides(self, types: Iterable[str]) -> bool:
        """Whether resources of one of the types may be out of sight. A call that no table has hides all of its
        service."""
        wanted = frozenset(types)
        if not _hidden(self.api).isdisjoint(wanted):
            return True
        # Of a service that no table has, the types are told by its name alone: AWS::SQS::Queue.
        service = self.api.partition(":")[0]
        return any(type not in APIS and type.lower().startswith(f"aws::{service}::") for type in wanted)


def _is_unknown(api: str) -> bool:
    """Whether no table has a call."""
    every = (*APIS.values(), *(apis for properties in PROPERTY_APIS.values() for apis in properties.values()))
    return api not in TAG_APIS.values() and not any(api in apis for apis in every)


def _hidden(api: str) -> frozenset[str]:
    exact = {type for type, apis in APIS.items() if api in apis}
    exact |= {type for type, properties in PROPERTY_APIS.items() if any(api in apis for apis in properties.values())}
    if exact or api in TAG_APIS.values():
        return frozenset(exact)
    service = api.partition(":")[0] + ":"
    return frozenset(type for type, apis in APIS.items() if any(known.startswith(service) for known in apis))


def is_id(text: str) -> bool:
    """Whether a text is the id of a resource, which says by itself of what type."""
    prefix, dash, rest = text.partition("-")
    return bool(dash and rest) and prefix + dash in ID_PREFIXES


class Account:
    """What a snapshot has of an account in one region: a Module of the graph.

    Its values are as the snapshot has them; a Context turns those that name other resources into references.
    """

    def __init__(
        self,
        file: str,
        account: str,
        region: str,
        entries: Mapping[str, Entry],
        failures: tuple[Failure, ...] = (),
        *,
        taken_at: str = "",
        unreadable: syntax.Node | None = None,
        begins: tuple[int, int] = (1, 1),
    ) -> None:
        self.file = file
        self.account = account
        self.region = region
        self.entries = entries
        self.failures = failures
        self.taken_at = taken_at
        self.unreadable = unreadable
        """Where the failures are listed."""
        self.begins = begins
        """Line and column in its file."""
        self.types: dict[str, str] = {key: entry.type for key, entry in entries.items()}
        self._resources: dict[str, Resource] = {}

    @property
    def name(self) -> str:
        return f"{self.account}/{self.region}"

    def __str__(self) -> str:
        return f"account {self.account}, region {self.region}"

    @cached_property
    def latest(self) -> frozenset[str]:
        """The keys of the task definitions that are the latest revisions of their families here."""
        found: dict[str, tuple[int, str]] = {}
        for key, entry in self.entries.items():
            family, _, revision = entry.id.rpartition(":")
            if entry.type == TASK_DEFINITION and revision.isdigit():
                found[family] = max(found.get(family, (0, "")), (int(revision), key))
        return frozenset(key for _, key in found.values())

    # --- the module of the graph

    def resource(self, id: str, world: World) -> Resource:
        """The resource of a key. Raises KeyError if there is none."""
        found = self._resources.get(id)
        if found is None:
            found = self._resources[id] = self._read(id, self.entries[id])
        return found

    def may_name(self, id: str, address: str) -> bool:
        """True: accounts have an index of their own for it."""
        return True

    def exits(self, id: str, world: World) -> Sequence[Exit]:
        """None if the account was read fully; else the calls that failed, for what they give may refer to it."""
        return [Exit(failure.location, self.says(failure)) for failure in self.failures]

    def stays(self, id: str, world: World) -> bool:
        """False: whoever sees the account can name what is in it."""
        return False

    def references(self, id: str) -> Iterable[str]:
        return ()

    def possible(self, world: World) -> bool:
        return True

    # --- what is out of sight

    def failed(self, types: Iterable[str]) -> Failure | None:
        """The first call that failed of those that give resources of some types; of any, if none is named."""
        wanted = tuple(types)
        return next((failure for failure in self.failures if not wanted or failure.hides(wanted)), None)

    def says(self, failure: Failure) -> str:
        why = f"; {failure.lack.why}" if failure.lack is not None else ""
        return f"{failure.api} failed in {self} ({failure.error}){why}"

    def untagged(self, entry: Entry) -> Failure | None:
        """The call that failed, if a resource may have tags that the snapshot does not hold."""
        apis = {api for start, api in TAG_APIS.items() if entry.type.startswith(start)} if not entry.tags else ()
        return next((failure for failure in self.failures if failure.api in apis), None)

    def __reduce__(self) -> tuple[Any, ...]:
        return partial(Account, taken_at=self.taken_at, unreadable=self.unreadable, begins=self.begins), (
            self.file,
            self.account,
            self.region,
            self.entries,
            self.failures,
        )

    def only_global(self) -> Account:
        """The account without what belongs to its region."""
        entries = {key: entry for key, entry in self.entries.items() if entry.type.startswith(GLOBAL)}
        return self._with(entries, tuple(one for one in self.failures if one.api.startswith("iam:")))

    def without(self, keys: Collection[str]) -> Account:
        """The account without some of its resources."""
        return self._with({key: entry for key, entry in self.entries.items() if key not in keys}, self.failures)

    def _with(self, entries: Mapping[str, Entry], failures: tuple[Failure, ...]) -> Account:
        made = partial(Account, taken_at=self.taken_at, unreadable=self.unreadable, begins=self.begins)
        return made(self.file, self.account, self.region, entries, failures)

    def secrets(self) -> list[syntax.Span]:
        """Where it holds values that no report may show."""
        return [span for entry in self.entries.values() for span in secret_spans(entry.node)]

    # --- reading

    def _read(self, key: str, entry: Entry) -> Resource:
        address = f"{self.name}#{key}"
        place = Location(self.file, *(entry.node if entry.observed else entry.node.entries["id"]).span)
        properties = dict(self._mapping(entry.properties))
        name = NAMES.get(entry.type)
        if name is not None and name not in properties and not is_id(entry.name):
            properties[name] = Fact(entry.name, (place,))
        for missing, apis in PROPERTY_APIS.get(entry.type, {}).items():
            failure = next((one for one in self.failures if one.api in apis), None)
            if failure is not None and missing not in properties:
                unknown = Unknown(
                    ("unread", address, missing),
                    f"{missing} of {entry.name} is not known: {self.says(failure)}",
                    failure.location,
                    failure.supply,
                )
                properties[missing] = Fact(unknown, (place,))
        for missing in STATED.get(entry.type, ()):
            if missing not in properties:
                reason = f"the snapshot does not state {missing} of {entry.name}"
                properties[missing] = Fact(Unknown(("unstated", address, missing), reason, place), (place,))
        attributes = dict(self._mapping(entry.node.entries.get("attributes")))
        if entry.arn:
            attributes.setdefault("Arn", Fact(entry.arn, (place,)))
        tags = {name: Fact(value, (place,)) for name, value in entry.tags.items()}
        metadata = {"Tags": Fact(tags, (place,))} if tags else {}
        return Resource(
            address, entry.name, entry.type, properties, place, "account", metadata=metadata, attributes=attributes
        )

    def _mapping(self, node: syntax.Node | None) -> Iterator[tuple[str, Fact[Any]]]:
        if not isinstance(node, syntax.Mapping):
            return
        for key, value in node.entries.items():
            if isinstance(value, syntax.Scalar) and value.value is None:
                continue
            yield key, self._fact(value, Location(self.file, *syntax.entry_span(node.keys[key], value)))

    def _fact(self, node: syntax.Node, place: Location) -> Fact[Any]:
        if isinstance(node, syntax.Mapping):
            return Fact(dict(self._mapping(node)), (place,))
        if isinstance(node, syntax.Sequence):
            items = tuple(self._fact(item, Location(self.file, *item.span)) for item in node.items)
            return Fact(Items(items), (place,))
        assert isinstance(node, syntax.Scalar)
        value = node.value
        if isinstance(value, str) and embedded.looks_like_document(value):
            return embedded.Written(
                value, (place,), pieces=lambda: (embedded.Piece(value, embedded.standing(node, self.file)),)
            )
        return Fact(value, (place,))

"""All accounts of a scan, with an index of what names their resources."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from scanner import syntax
from scanner.model import Fact, Resource, World
from scanner.model.identity import names_itself
from scanner.sources.snapshot.account import Account, Entry, is_id
from scanner.sources.snapshot.tables import GLOBAL, ID_PREFIXES, NAMES, SHARED

EXPORT = "AWS::CloudFormation::Export"
PARAMETER = "AWS::SSM::Parameter"
CHOOSE = "--account ID or --region NAME"
"""How a user settles which of several is meant."""

Found = tuple[Account, str]
"""A resource: its account and region, and its key there."""


class Accounts:
    """All accounts and regions of a scan, with an index of what names their resources."""

    def __init__(self, accounts: Iterable[Account], every: Sequence[Account] | None = None) -> None:
        self.modules = tuple(accounts)
        self._every = self.modules if every is None else tuple(every)
        self._at: dict[tuple[str, str], Accounts] = {}
        self._mentions: dict[str, frozenset[Found]] = {}
        self._by_text: dict[str, list[Found]] = {}
        self._by_name: dict[tuple[str, str], list[Found]] = {}
        for account in self.modules:
            for key, entry in account.entries.items():
                for text in _texts(entry) if not entry.observed else ():
                    if is_id(text) or text.startswith("arn:"):
                        self._by_text.setdefault(text, []).append((account, key))
                    else:
                        self._by_name.setdefault((entry.type, text), []).append((account, key))

    def at(self, account: str, region: str) -> Accounts:
        """Those of an account and a region, where they are given; of other regions only what belongs to none."""
        if not account and not region and self._every == self.modules:
            return self
        if (account, region) not in self._at:
            chosen = [one for one in self._every if account in ("", one.account)]
            seen = [one if region in ("", one.region) else one.only_global() for one in chosen]
            self._at[account, region] = Accounts([one for one in seen if one.types or one.failures], self._every)
        return self._at[account, region]

    def find(self, text: str, types: Sequence[str], home: Account | None = None) -> list[Found]:
        """The resources that an id or ARN means, or a name of one of the types; of its own account, if it has one."""
        found = self._by_text.get(text, [])
        for type in types if not found else ():
            named = self._by_name.get((type, text), [])
            if home is not None:
                is_global = type.startswith(GLOBAL)
                named = [one for one in named if one[0] is home or (is_global and one[0].account == home.account)]
            found = found + named
        own = [one for one in found if one[0] is home]
        return own or found

    def hidden(self, text: str, types: Sequence[str], found: Account) -> str:
        """Why another account or region may have a resource of the same name; empty for ids and ARNs, which one has,
        unless it is of a type that accounts share in a region."""
        if text.startswith("arn:"):
            return ""
        others = [account for account in self.modules if account is not found]
        if is_id(text):
            types = [type for start, type in ID_PREFIXES.items() if text.startswith(start) and type in SHARED]
            others = [account for account in others if account.region == found.region] if types else []
        for account in others:
            failure = account.failed(types)
            if failure is not None:
                return account.says(failure)
        return ""

    def mentions(self, address: str) -> frozenset[Found]:
        """The resources in whose properties a text stands that names the resource at an address."""
        if not self._mentions:
            self._mentions = {"": frozenset()}
            every: dict[str, set[Found]] = {}
            for account in self.modules:
                for key, entry in account.entries.items():
                    for text in _all_texts(entry.properties):
                        every.setdefault(text, set()).add((account, key))
            for account in self.modules:
                for key, entry in account.entries.items():
                    texts = _texts(entry) if not entry.observed else ()
                    found = [every[text] for text in texts if text in every]
                    self._mentions[f"{account.name}#{key}"] = frozenset(found[0].union(*found[1:]) if found else ())
        return self._mentions.get(address, frozenset())

    # --- what the functions of a template read from the account that it is deployed to

    def export(self, name: str) -> tuple[Fact[Any] | None, str]:
        """The value of an export; None with the reason (or "") if there is none or more than one."""
        found = [
            resource
            for resource in self._all(EXPORT)
            if _plain(resource.attributes.get("Name")) == name and "Value" in resource.attributes
        ]
        if len(found) == 1 and not self._elsewhere(EXPORT, found[0]):
            return found[0].attributes["Value"], ""
        return None, self._reason(f"export {name}", EXPORT, found)

    def parameter(self, name: str, version: str = "") -> tuple[Fact[Any] | None, str]:
        """The value of an SSM parameter, if it is no secret; None with the reason if it is not known."""
        if name.startswith("arn:"):
            name = "/" + name.partition(":parameter/")[2]
        bare, colon, label = name.partition(":")
        if colon:
            name, version = bare, label
        accounts = [account for account in self.modules if f"{PARAMETER}/{name}" in account.types]
        found = [account.resource(f"{PARAMETER}/{name}".replace("#", "%23"), World()) for account in accounts]
        if len(found) != 1 or self._elsewhere(PARAMETER, found[0]):
            return None, self._reason(f"SSM parameter {name}", PARAMETER, found)
        resource = found[0]
        value = resource.properties.get("Value", resource.attributes.get("Value"))
        if value is None or not isinstance(value.value, (str, int, float)) or _type_of(resource) == "SecureString":
            return None, f"the value of SSM parameter {name} is not in the snapshot"
        own = _plain(resource.attributes.get("Version"))
        if version and version != own:
            return None, f"version {version} of SSM parameter {name} is not in the snapshot"
        return Fact(str(value.value), value.at, f"SSM parameter {name}"), ""

    def _all(self, type: str) -> Iterator[Resource]:
        for account in self.modules:
            for key, known in account.types.items():
                if known == type:
                    yield account.resource(key, World())

    def _elsewhere(self, type: str, found: Resource) -> bool:
        """Whether another account or region may have one of the same name."""
        return any(one.failed((type,)) for one in self.modules if one.name != module_of(found))

    def _reason(self, what: str, type: str, found: Sequence[Resource]) -> str:
        if len(found) > 1:
            places = " and ".join(f"account {module_of(one)}" for one in found)
            return f"{what} is in {places}; {CHOOSE} settles it"
        for account in self.modules:
            failure = account.failed((type,))
            if failure is not None:
                return f"{what} cannot be looked up: {account.says(failure)}"
        return f"{what} is in no snapshot of the scan" if self.modules else ""


def _texts(entry: Entry) -> Iterator[str]:
    """The texts that name a resource: its id, its ARN, its name, and what its attributes identify it by."""
    found = {entry.id, entry.name}
    if entry.arn:
        found.add(entry.arn)
    found |= {text.removesuffix(":*") for text in found if text.startswith("arn:")}
    if entry.type == "AWS::ECS::TaskDefinition":
        # A family alone means its latest revision, which a snapshot need not hold, and marks if it does.
        families = {entry.name, entry.arn.rpartition(":")[0]} if entry.arn else {entry.name}
        found = found | families if _is_latest(entry) else found - families
        found |= {text.rpartition("/")[2] for text in (entry.id, entry.arn) if text.rpartition("/")[2].count(":") == 1}
    attributes = entry.node.entries.get("attributes")
    properties = entry.node.entries.get("properties")
    if entry.type != "AWS::ECS::TaskDefinition":
        found |= {text for name, text in _scalars(attributes) if names_itself(entry.type, name)}
        found |= {text for name, text in _scalars(properties) if name == NAMES.get(entry.type)}
    yield from sorted(found)


def _is_latest(entry: Entry) -> bool:
    """Whether a revision of a task definition is the latest one of its family."""
    attributes = entry.node.entries.get("attributes")
    stated = attributes.entries.get("Latest") if isinstance(attributes, syntax.Mapping) else None
    return isinstance(stated, syntax.Scalar) and stated.value is True


def _scalars(node: syntax.Node | None) -> Iterator[tuple[str, str]]:
    for name, value in node.entries.items() if isinstance(node, syntax.Mapping) else ():
        if isinstance(value, syntax.Scalar) and isinstance(value.value, str):
            yield name, value.value


def _all_texts(node: syntax.Node | None) -> Iterator[str]:
    """All texts anywhere below a node."""
    waiting = [node] if node is not None else []
    while waiting:
        here = waiting.pop()
        if isinstance(here, syntax.Mapping):
            waiting.extend(here.entries.values())
        elif isinstance(here, syntax.Sequence):
            waiting.extend(here.items)
        elif isinstance(here, syntax.Scalar) and isinstance(here.value, str):
            yield here.value


def module_of(resource: Resource) -> str:
    """The name of the module that a resource is of."""
    return resource.address.rpartition("#")[0]


def _plain(fact: Fact[Any] | None) -> str:
    return str(fact.value) if fact is not None and isinstance(fact.value, (str, int)) else ""


def _type_of(resource: Resource) -> str:
    return _plain(resource.properties.get("Type", resource.attributes.get("Type")))

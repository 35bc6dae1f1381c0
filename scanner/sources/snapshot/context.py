"""Accounts as context: what ids, ARNs and names in templates lead to.

An id or an ARN names a resource wherever it stands; a name does where a property's values are known to be names of
one type. Where several accounts or regions have what is named, nothing is joined, and the reason names them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from scanner.model import ABSENT, ACCOUNT, Fact, Items, Location, Reference, Resource, Unknown
from scanner.sources.snapshot.account import LOGICAL_ID_TAG, STACK_TAG, Account, Entry, is_id
from scanner.sources.snapshot.accounts import CHOOSE, Accounts, module_of
from scanner.sources.snapshot.tables import APIS, ARN_KINDS, GLOBAL, ID_PREFIXES, NAMED_BY, NAMES


class Stack(Protocol):
    """A template of the scan, as far as it matters which resources of an account it has made."""

    @property
    def name(self) -> str: ...

    @property
    def types(self) -> Mapping[str, str]: ...

    @property
    def stack_name(self) -> str:
        """The name that it is deployed under; empty if that is not known."""
        ...


class Context:
    """The accounts as the graph of some templates sees them."""

    def __init__(self, accounts: Accounts, stacks: Sequence[Stack] = ()) -> None:
        self._accounts = accounts
        self._stacks = tuple(stacks)
        self._modules = {account.name: account for account in accounts.modules}

    def account(self, module: str) -> Account | None:
        """The account and region that is a module of this name."""
        return self._modules.get(module)

    # --- the context of a graph

    def joined(self, resource: Resource) -> Resource:
        reader = _Reader(self, resource)
        return Resource(
            resource.address,
            resource.id,
            resource.type,
            _Joined(reader, resource.properties, ""),
            resource.location,
            resource.source,
            resource.depends_on,
            resource.exists,
            _Joined(reader, resource.metadata, ""),
            _Joined(reader, resource.attributes, ""),
        )

    def named(self, text: str, types: Sequence[str], at: Sequence[Location]) -> str | None:
        value = self.meant(text, types, self._home(at), "")
        return value.address if isinstance(value, Reference) else None

    def _home(self, at: Sequence[Location]) -> Account | None:
        """The account and region in which a value stands that is part of a text, such as that of a definition."""
        begin = [(account.begins, account) for account in self._accounts.modules if at and account.file == at[0].file]
        before = [pair for pair in begin if pair[0] <= (at[0].line, at[0].column)]
        return max(before, key=lambda pair: pair[0])[1] if before else None

    def may_name(self, address: str, target: Resource) -> bool:
        module, _, key = address.rpartition("#")
        account = self._modules.get(module)
        if account is None:
            return True
        if target.source != ACCOUNT and not any(stack.stack_name for stack in self._stacks):
            return False  # nothing in an account can name what is not deployed, or not known to be
        return target.source != ACCOUNT or (account, key) in self._accounts.mentions(target.address)

    def hidden(self, text: str, types: Sequence[str]) -> str:
        wanted = types or _types_of(text)
        for account in self._accounts.modules if wanted else ():
            failure = account.failed(wanted)
            if failure is not None:
                return account.says(failure)
        return ""

    def unread(self, resource: Resource, what: str, types: Sequence[str]) -> Unknown | None:
        for account in self._around(resource, types):
            failure = account.failed(types)
            if failure is not None:
                return Unknown(
                    ("unread", account.name, failure.api, resource.address, what),
                    f"{what} of {resource.id} may be out of sight: {account.says(failure)}",
                    failure.location,
                    failure.supply,
                )
        return None

    def apart(self, one: Resource, other: Resource) -> bool:
        homes = [module_of(resource) for resource in (one, other) if resource.source == ACCOUNT]
        if len(homes) == 2 and any(resource.type.startswith(GLOBAL) for resource in (one, other)):
            homes = [home.partition("/")[0] for home in homes]
        if len(homes) == 2:
            return homes[0] != homes[1]
        return bool(homes) and len(self._modules) > 1

    def is_replaced(self, resource: Resource) -> bool:
        if resource.source != ACCOUNT or not self._stacks:
            return False
        account = self._modules[module_of(resource)]
        stack = self._stack_of(account.entries[resource.address.rpartition("#")[2]], "")
        return isinstance(stack, Reference)

    def _around(self, resource: Resource, types: Sequence[str]) -> Iterator[Account]:
        """The accounts whose resources may refer to a resource: its own, or all where a template fixes its name."""
        if resource.source == ACCOUNT:
            home = self._modules[module_of(resource)]
            yield home
            if types and all(type.startswith(GLOBAL) for type in types):
                yield from (one for one in self._accounts.modules if one is not home and one.account == home.account)
        elif resource.get(NAMES.get(resource.type, "Name")).value is not ABSENT:
            yield from self._accounts.modules

    # --- what a text means

    def meant(
        self, text: str, types: Sequence[str], home: Account | None, module: str, reader: Entry | None = None
    ) -> Reference | Unknown | None:
        """What a text in a module names: a resource of the scan, or the reason why it may be one of several."""
        found = self._accounts.find(text, types, home)
        if len(found) > 1:
            places = " and ".join(dict.fromkeys(f"account {account.name}" for account, _ in found))
            if len({id(account) for account, _ in found}) == 1:
                return Unknown(("several", text), f"{text} is the name of several resources in {places}")
            return Unknown(("several", text), f"{text} is in {places}; {CHOOSE} settles it", None, CHOOSE)
        if not found:
            return None
        account, key = found[0]
        hidden = self._accounts.hidden(text, types, account) if home is None else ""
        if hidden:
            return Unknown(("several", text), f"{text} may be in another account or region: {hidden}", None, CHOOSE)
        stack = self._stack_of(account.entries[key], module, reader)
        if isinstance(stack, Unknown):
            return Unknown(("several", text), stack.reason, None, stack.supply)
        if stack is not None:
            return Reference(stack.address, text=text)
        return self._untold(account, account.entries[key], module) or Reference(f"{account.name}#{key}", text=text)

    def _untold(self, account: Account, entry: Entry, module: str) -> Unknown | None:
        """Why a resource may be one that a template has deployed: its tags could not be read."""
        failure = account.untagged(entry)
        if failure is None:
            return None
        for stack in self._stacks:
            if stack.name != module and entry.type in stack.types.values():
                reason = f"{entry.name} may be of the stack of {stack.name}: {account.says(failure)}"
                return Unknown(("untagged", account.name, entry.key), reason, failure.location, failure.supply)
        return None

    def _stack_of(self, entry: Entry, module: str, reader: Entry | None = None) -> Reference | Unknown | None:
        """The resource of a template that an account's resource was deployed from; Unknown if it may be one.

        A template does not name its own resources by id, so ``module``, the one that does, is left out. Nor is a
        stack that of a template if the ``reader``, which the stack has made too, is not in the template.
        """
        logical_id, of_stack = entry.tags.get(LOGICAL_ID_TAG, ""), entry.tags.get(STACK_TAG, "")
        if not logical_id:
            return None
        for stack in self._stacks:
            if stack.types.get(logical_id) != entry.type or (stack.stack_name and stack.stack_name != of_stack):
                continue
            if stack.stack_name:
                return Reference(f"{stack.name}#{logical_id}")
            beside = reader is not None and reader.tags.get(STACK_TAG) == of_stack
            if beside and reader is not None and stack.types.get(reader.tags.get(LOGICAL_ID_TAG, "")) != reader.type:
                continue
            if stack.name != module:
                reason = f"{entry.name} may be {logical_id} of {stack.name}, as stack {of_stack} has it"
                return Unknown(("deployed", entry.key), reason, None, f"--link {of_stack}={stack.name}")
        return None


class _Reader:
    """Puts references in place of the texts of one resource."""

    def __init__(self, context: Context, resource: Resource) -> None:
        self._context = context
        self._names = NAMED_BY.get(resource.type, {})
        self._module = module_of(resource)
        self._account = context.account(self._module)
        self._entry = self._account.entries[resource.address.rpartition("#")[2]] if self._account else None

    def fact(self, fact: Fact[Any], path: str) -> Fact[Any]:
        value = fact.value
        if type(fact) is not Fact:
            return fact
        if isinstance(value, str):
            named = self._names.get(path)
            if named is None and not (value.startswith("arn:") or is_id(value)):
                return fact
            types = (named,) if named else ()
            meant = self._context.meant(value, types, self._account, self._module, self._entry)
            return fact if meant is None else Fact(meant, fact.at, fact.note)
        if isinstance(value, Items):
            return Fact(Items(tuple(self.fact(item, path) for item in value.items), value.rest), fact.at, fact.note)
        if isinstance(value, Mapping):
            return Fact(_Joined(self, value, f"{path}."), fact.at, fact.note)
        return fact


class _Joined(Mapping[str, Fact[Any]]):
    """A mapping in which texts that name resources are references, each made when it is read."""

    __slots__ = ("_inner", "_prefix", "_read", "_reader")

    def __init__(self, reader: _Reader, inner: Mapping[str, Fact[Any]], prefix: str) -> None:
        self._reader = reader
        self._inner = inner
        self._prefix = prefix
        self._read: dict[str, Fact[Any]] = {}

    def __getitem__(self, key: str) -> Fact[Any]:
        found = self._read.get(key)
        if found is None:
            found = self._read[key] = self._reader.fact(self._inner[key], f"{self._prefix}{key}")
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._inner)

    def __len__(self) -> int:
        return len(self._inner)


def _types_of(text: str) -> tuple[str, ...]:
    """The type that an id or an ARN says it is of."""
    if is_id(text):
        return (ID_PREFIXES[text.partition("-")[0] + "-"],)
    parts = text.split(":", 5)
    if text.startswith("arn:") and len(parts) == 6:
        kind = ARN_KINDS.get((parts[2], parts[5].replace(":", "/").partition("/")[0]))
        return (kind,) if kind in APIS else ()
    return ()

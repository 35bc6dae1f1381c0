"""All resources of a scan, seen from one world."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from scanner.model.identity import names_itself
from scanner.model.location import Location
from scanner.model.resource import Exit, Resource
from scanner.model.unknown import Unknown
from scanner.model.values import Fact, Reference
from scanner.model.world import Choice, World

T = TypeVar("T")

ACCOUNT = "account"
"""The source of resources that an account has."""


class Module(Protocol):
    """What a source gives: one template (or account region) with its resources."""

    @property
    def name(self) -> str:
        """The prefix of its resources' addresses: a path as the user gave it."""
        ...

    @property
    def types(self) -> Mapping[str, str]:
        """Every resource id with its type, whatever the world."""
        ...

    def resource(self, id: str, world: World) -> Resource: ...

    def exits(self, id: str, world: World) -> Sequence[Exit]:
        """Where the resource's identity leaves the module."""
        ...

    def stays(self, id: str, world: World) -> bool:
        """Whether nobody outside of its stack can name the resource, not even another stack of the scan."""
        ...

    def references(self, id: str) -> Iterable[str]:
        """The addresses of the resources that a resource mentions or depends on, in any world."""
        ...

    def may_name(self, id: str, address: str) -> bool:
        """Whether a property of a resource can name the resource at an address, in any world."""
        ...

    def possible(self, world: World) -> bool:
        """False if the module itself says that such a deployment is refused."""
        ...


class Context(Protocol):
    """What accounts add to a graph: the resources that texts name, and what was out of sight there."""

    def joined(self, resource: Resource) -> Resource:
        """The resource with references in place of the texts that name other resources."""
        ...

    def named(self, text: str, types: Sequence[str], at: Sequence[Location]) -> str | None:
        """The address of the resource that an id, an ARN or (of one of the types) a name means, where it is written."""
        ...

    def may_name(self, address: str, target: Resource) -> bool:
        """Whether the resource at an address can name a target by id, ARN or name; True if that is not told easily."""
        ...

    def hidden(self, text: str, types: Sequence[str]) -> str:
        """The call that failed, so that an account may have what a text names; empty if all was read."""
        ...

    def unread(self, resource: Resource, what: str, types: Sequence[str]) -> Unknown | None:
        """Why there may be more resources of some types around a resource than its account shows."""
        ...

    def apart(self, one: Resource, other: Resource) -> bool:
        """Whether two resources are in different accounts or regions, or may be."""
        ...

    def is_replaced(self, resource: Resource) -> bool:
        """Whether it is what a template of the graph has deployed before, so that the template says how it will be."""
        ...


class ResourceGraph:
    """The resources of some modules in one world, read lazily and once.

    ``closed`` says that the scan is everything there is, so that absence is proven. ``judged`` names the modules
    whose resources are judged; the others are context. ``context`` joins the accounts among them to the others.
    """

    def __init__(
        self,
        modules: Sequence[Module],
        world: World | None = None,
        *,
        closed: bool = False,
        judged: frozenset[str] | None = None,
        context: Context | None = None,
        by_type: dict[str, list[str]] | None = None,
        naming: dict[tuple[str, str], list[str]] | None = None,
    ) -> None:
        self.modules = tuple(modules)
        self.context = context
        self._judged = judged
        self.world = world or World()
        self.closed = closed
        self._by_name = {module.name: module for module in modules}
        self._resources: dict[str, Resource] = {}
        self._narrowed: dict[Choice, ResourceGraph] = {}
        self._memo: dict[Hashable, Any] = {}
        self._naming: dict[tuple[str, str], list[str]] = naming if naming is not None else {}
        self._by_type: dict[str, list[str]] = by_type if by_type is not None else {}
        for module in modules if by_type is None else ():
            for id, type in module.types.items():
                self._by_type.setdefault(type, []).append(f"{module.name}#{id}")

    @property
    def possible(self) -> bool:
        return all(module.possible(self.world) for module in self.modules)

    def narrowed(self, choice: Choice) -> ResourceGraph:
        """The same resources in a narrower world."""
        if choice not in self._narrowed:
            self._narrowed[choice] = ResourceGraph(
                self.modules,
                self.world.assume(choice),
                closed=self.closed,
                judged=self._judged,
                context=self.context,
                by_type=self._by_type,
                naming=self._naming,
            )
        return self._narrowed[choice]

    def resource(self, address: str) -> Resource:
        """The resource at an address. Raises KeyError if the scan has none."""
        found = self._resources.get(address)
        if found is None:
            module, _, id = address.rpartition("#")
            found = self._by_name[module].resource(id, self.world)
            if self.context is not None:
                found = self.context.joined(found)
            self._resources[address] = found
        return found

    def judges(self, resource: Resource) -> bool:
        """Whether the resource is judged, and not only context."""
        return self._judged is None or resource.address.rpartition("#")[0] in self._judged

    def declared(self, *types: str, naming: Resource | None = None) -> Iterator[Resource]:
        """All resources of the types, also those that this world may not create.

        With ``naming``, those that cannot name that resource may be left out.
        """
        for type in types:
            for address in self._by_type.get(type, ()) if naming is None else self._may_name(type, naming):
                resource = self.resource(address)
                if self.context is None or not self.context.is_replaced(resource):
                    yield resource

    def _may_name(self, type: str, target: Resource) -> list[str]:
        """The addresses of the resources of a type that may name a target; the same in all worlds."""
        found = self._naming.get((type, target.address))
        if found is None:
            every = self._by_type.get(type, ())
            if self.context is not None:
                found = [address for address in every if self.context.may_name(address, target)]
            else:
                split = ((address, *address.rpartition("#")) for address in every)
                found = [one for one, name, _, id in split if self._by_name[name].may_name(id, target.address)]
            self._naming[type, target.address] = found
        return found

    def of_type(self, *types: str) -> Iterator[Resource]:
        """The resources of the types that this world creates. May raise Fork."""
        return (resource for resource in self.declared(*types) if resource.exists())

    def types(self) -> frozenset[str]:
        return frozenset(self._by_type)

    def named_by(self, fact: Fact[Any], *types: str) -> Resource | None:
        """The resource of one of the types (any, if none is given) that a value identifies, if the scan has it."""
        value = fact.value
        if self.context is not None and isinstance(value, str):
            address = self.context.named(value, types, fact.at)
            value = Reference(address, text=value) if address is not None else None
        if not isinstance(value, Reference):
            return None
        try:
            resource = self.resource(value.address)
        except KeyError:
            return None
        if types and resource.type not in types:
            return None
        return resource if names_itself(resource.type, value.attribute) else None

    def exits(self, resource: Resource) -> tuple[Exit, ...]:
        """Where the resource's identity leaves the scan; none if the scan is closed.

        A resource of an account has one for each call that failed there, which nothing closes.
        """
        if self.closed and resource.source != ACCOUNT:
            return ()
        module, _, id = resource.address.rpartition("#")
        return tuple(self._by_name[module].exits(id, self.world))

    def stays(self, resource: Resource) -> bool:
        """Whether its stack hands the resource to nobody, so that no import is it."""
        module, _, id = resource.address.rpartition("#")
        return self.memo(("stays", resource.address), lambda: self._by_name[module].stays(id, self.world))

    def open_world(self, resource: Resource, what: str, *types: str) -> Unknown | None:
        """Why the absence of ``what`` around a resource is not proven, or None if it is.

        ``types`` are those of the resources that ``what`` is, where the caller can tell: in an account, only calls
        that give these can hide it.
        """
        exits = self.exits(resource) if resource.source != ACCOUNT else ()
        if not exits:
            return self.unread(resource, what, *types)
        named = ", ".join(dict.fromkeys(exit.says for exit in exits))
        return Unknown(
            ("exits", resource.address, what),
            f"{what} may be defined elsewhere: {resource.id} leaves the scan through {named}",
            exits[0].location,
            "--closed, if the scan is all there is",
        )

    def unread(self, resource: Resource, what: str, *types: str) -> Unknown | None:
        """Why an account may have more resources of some types (any, if none is given) around a resource than it
        shows; None if it was read fully, or cannot know the resource."""
        return self.context.unread(resource, what, types) if self.context is not None else None

    def missing(self, text: str, *types: str) -> str:
        """Why a text names no resource of the scan, as the end of a sentence."""
        if self.context is None:
            return "is not defined in the scan"
        failed = self.hidden(text, *types)
        return f"cannot be looked up: {failed}" if failed else "is in no snapshot of the scan"

    def hidden(self, text: str, *types: str) -> str:
        """The call that failed, so that an account may have what a text (of one of the types) names; or empty."""
        return self.context.hidden(text, types) if self.context is not None else ""

    def apart(self, one: Resource, other: Resource) -> bool:
        """Whether two resources are, or may be, in different accounts or regions, so that no name joins them."""
        return self.context is not None and self.context.apart(one, other)

    def dependencies(self, resource: Resource) -> frozenset[str]:
        """The addresses of all resources that are created before it: what it refers to, over any number of steps."""
        found, waiting = {resource.address}, [resource.address]
        while waiting:
            name, _, id = waiting.pop().rpartition("#")
            for other in self._by_name[name].references(id) if name in self._by_name else ():
                if other not in found:
                    found.add(other)
                    waiting.append(other)
        return frozenset(found - {resource.address})

    def memo(self, key: Hashable, compute: Callable[[], T]) -> T:
        """What ``compute`` gives, computed once in this world."""
        if key not in self._memo:
            self._memo[key] = compute()
        found: T = self._memo[key]
        return found

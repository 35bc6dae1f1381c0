"""All resources of a scan, seen from one world."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from scanner.model.identity import names_itself
from scanner.model.resource import Exit, Resource
from scanner.model.unknown import Unknown
from scanner.model.values import Fact, Reference
from scanner.model.world import Choice, World

T = TypeVar("T")


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

    def references(self, id: str) -> Iterable[str]:
        """The addresses of the resources that a resource mentions or depends on, in any world."""
        ...

    def possible(self, world: World) -> bool:
        """False if the module itself says that such a deployment is refused."""
        ...


class ResourceGraph:
    """The resources of some modules in one world, read lazily and once.

    ``closed`` says that the scan is everything there is, so that absence is proven. ``judged`` names the modules
    whose resources are judged; the others are context.
    """

    def __init__(
        self,
        modules: Sequence[Module],
        world: World | None = None,
        *,
        closed: bool = False,
        judged: frozenset[str] | None = None,
    ) -> None:
        self.modules = tuple(modules)
        self._judged = judged
        self.world = world or World()
        self.closed = closed
        self._by_name = {module.name: module for module in modules}
        self._resources: dict[str, Resource] = {}
        self._narrowed: dict[Choice, ResourceGraph] = {}
        self._memo: dict[Hashable, Any] = {}
        self._by_type: dict[str, list[str]] = {}
        for module in modules:
            for id, type in module.types.items():
                self._by_type.setdefault(type, []).append(f"{module.name}#{id}")

    @property
    def possible(self) -> bool:
        return all(module.possible(self.world) for module in self.modules)

    def narrowed(self, choice: Choice) -> ResourceGraph:
        """The same resources in a narrower world."""
        if choice not in self._narrowed:
            self._narrowed[choice] = ResourceGraph(
                self.modules, self.world.assume(choice), closed=self.closed, judged=self._judged
            )
        return self._narrowed[choice]

    def resource(self, address: str) -> Resource:
        """The resource at an address. Raises KeyError if the scan has none."""
        found = self._resources.get(address)
        if found is None:
            module, _, id = address.rpartition("#")
            found = self._resources[address] = self._by_name[module].resource(id, self.world)
        return found

    def judges(self, resource: Resource) -> bool:
        """Whether the resource is judged, and not only context."""
        return self._judged is None or resource.address.rpartition("#")[0] in self._judged

    def declared(self, *types: str) -> Iterator[Resource]:
        """All resources of the types, also those that this world may not create."""
        for type in types:
            for address in self._by_type.get(type, ()):
                yield self.resource(address)

    def of_type(self, *types: str) -> Iterator[Resource]:
        """The resources of the types that this world creates. May raise Fork."""
        return (resource for resource in self.declared(*types) if resource.exists())

    def types(self) -> frozenset[str]:
        return frozenset(self._by_type)

    def named_by(self, fact: Fact[Any], *types: str) -> Resource | None:
        """The resource of one of the types (any, if none is given) that a value identifies, if the scan has it."""
        value = fact.value
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
        """Where the resource's identity leaves the scan; none if the scan is closed."""
        if self.closed:
            return ()
        module, _, id = resource.address.rpartition("#")
        return tuple(self._by_name[module].exits(id, self.world))

    def open_world(self, resource: Resource, what: str) -> Unknown | None:
        """Why the absence of ``what`` around a resource is not proven, or None if it is."""
        exits = self.exits(resource)
        if not exits:
            return None
        named = ", ".join(dict.fromkeys(exit.says for exit in exits))
        return Unknown(
            ("exits", resource.address, what),
            f"{what} may be defined elsewhere: {resource.id} leaves the scan through {named}",
            exits[0].location,
            "--closed, if the scan is all there is",
        )

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

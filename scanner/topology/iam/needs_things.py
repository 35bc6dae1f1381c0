"""From the arguments of a call to the ARNs that they name.

A resource of the scan stays a Reference, so that identity is exact; what is not known stays symbolic within the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

from scanner.analysis.bounded import as_text
from scanner.analysis.states.values import field as stated_field
from scanner.analysis.texts import Part, Parts, parts_of
from scanner.model import ABSENT, Fact, Items, Location, Reference, Resource, ResourceGraph, Unknown
from scanner.topology.iam.needs_data import HOLE, PSEUDO, Thing
from scanner.topology.iam.needs_texts import READ, after_prefix, cut, is_arn, is_at_run_time, joined, place_of
from scanner.topology.lookup import elements, text, why_opaque, written


@dataclass(frozen=True, slots=True)
class Call:
    """A call whose needs are asked for."""

    graph: ResourceGraph
    owner: Resource
    """Whose role makes it: its region and account are meant where an ARN states none."""
    label: str
    """For people: ``state Run``."""
    argument: Callable[[str], Fact[Any]]
    """What it passes at a dotted path."""
    at: tuple[Location, ...] = ()
    pattern: str = ""
    sure: bool = True
    """Whether it surely is made."""
    given: Fact[Any] | None = None
    """All that it passes, where that is known."""
    whole: Location | None = None
    """Where what passes its input as a whole stands: an argument that is read from there may be one or none."""

    def passes(self, path: str) -> bool | None:
        """Whether it passes an argument; None if it passes its input, which may hold one."""
        found = self.argument(path)
        if found.value is ABSENT:
            return False
        of_input = is_at_run_time(found.value) and self.whole is not None and found.location == self.whole
        return None if of_input else True

    def one_of(self, path: str, values: Collection[str]) -> bool | None:
        """Whether an argument has one of some values; None if that is not known."""
        found = self.argument(path)
        if isinstance(found.value, (Unknown, Reference)):
            return None
        return found.value is not ABSENT and as_text(found.value) in values


@dataclass(frozen=True, slots=True)
class Found:
    """A thing that a call names."""

    arn: Any
    """A text, a Reference or an Unknown."""
    name: Parts | None = None
    """Its name, without qualifier; None if it has one that CloudFormation makes, and no attribute gives."""
    resource: Resource | None = None
    at: tuple[Location, ...] = ()
    dynamic: bool = False
    """Whether only the running machine knows it."""
    perhaps: bool = False
    """Whether there may be no such thing."""


@dataclass(frozen=True, slots=True)
class Named:
    """An ARN, or another text, made of a template."""

    fact: Fact[Any]
    dynamic: bool = False
    perhaps: bool = False


_FORMS = {"name": "name", "path": "name", "api_endpoint": "name"}
"""What a value of a form is, where it is not ``arn``."""


@dataclass(slots=True)
class Reading:
    """The things that a call names, each looked for once."""

    call: Call
    things: Mapping[str, Thing]
    wide: bool = False
    """Whether ``*`` stands for the parts of texts that only the running machine knows."""
    _found: dict[str, tuple[Found, ...]] = field(default_factory=dict)

    def named(self, template: str) -> Iterator[Named]:
        """What a template comes to: nothing where a thing is not named, several where a list names them."""
        holes = [(found.group(1), found.group(2) or "arn") for found in HOLE.finditer(template)]
        things = [name for name in dict.fromkeys(name for name, _ in holes) if name not in PSEUDO]
        for chosen in product(*(self.found(name) for name in things)):
            by_name = dict(zip(things, chosen, strict=True))
            dynamic, perhaps = any(one.dynamic for one in chosen), any(one.perhaps for one in chosen)
            at = next((one.at for one in chosen if one.at), self.call.at)
            if len(holes) == 1 and HOLE.fullmatch(template) and holes[0][0] in by_name and holes[0][1] == "arn":
                yield Named(Fact(by_name[holes[0][0]].arn, at), dynamic, perhaps)
                continue
            parts = self._filled(template, by_name)
            if parts is not None:
                yield Named(Fact(joined(parts, at), at), dynamic, perhaps)

    def found(self, name: str) -> tuple[Found, ...]:
        """The things of a name."""
        if name not in self._found:
            self._found[name] = tuple(self._look(self.things[name]))
        return self._found[name]

    def _filled(self, template: str, by_name: Mapping[str, Found]) -> list[Part] | None:
        parts: list[Part] = []
        end = 0
        for hole in HOLE.finditer(template):
            if hole.start() > end:
                parts.append(template[end : hole.start()])
            end = hole.end()
            name, form = hole.group(1), hole.group(2) or "arn"
            if name in PSEUDO:
                parts += parts_of(place_of(self.call.graph, self.call.owner, PSEUDO[name]))
                continue
            more = self._form(name, form, by_name[name])
            if more is None:
                return None
            parts += more
        if end < len(template):
            parts.append(template[end:])
        return parts

    def _form(self, name: str, form: str, found: Found) -> Parts | None:
        if form == "arn":
            return parts_of(found.arn)
        if form == "name":
            return found.name
        template = self.things[name].forms[form]
        filled = self._own(template, found)
        return tuple(filled) if filled is not None else None

    def _own(self, template: str, found: Found) -> list[Part] | None:
        """A template of a thing's own: ``${name}`` and ``${arn}`` are its own."""
        parts: list[Part] = []
        end = 0
        for hole in HOLE.finditer(template):
            parts.append(template[end : hole.start()])
            end = hole.end()
            name = hole.group(1)
            if name in PSEUDO:
                parts += parts_of(place_of(self.call.graph, self.call.owner, PSEUDO[name]))
            elif name == "arn":
                parts += parts_of(found.arn)
            elif found.name is None:
                return None
            else:
                parts += found.name
        return [*parts, template[end:]]

    # --- looking

    def _look(self, thing: Thing) -> Iterator[Found]:
        if thing.of:
            for owner in self.found(thing.of):
                if owner.resource is None:
                    if self.wide or not thing.seen:
                        yield self._behind(thing, owner)
                    continue
                for one in elements(owner.resource.get(thing.property)):
                    yield from self._one(thing, one)
            return
        stated = self.call.argument(thing.argument.partition(".*.")[0])
        if ".*." in thing.argument:
            yield from self._within(thing, stated)
            return
        if stated.value is ABSENT:
            if thing.absent:
                yield from self._one(thing, Fact(thing.absent, self.call.at))
            return
        if isinstance(stated.value, Items) and not stated.value.items and stated.value.rest is not None:
            rest = stated.value.rest
            yield Found(rest, parts_of(rest), None, stated.at, is_at_run_time(rest), perhaps=True)
            return
        perhaps = thing.optional and self.call.passes(thing.argument) is None
        for one in elements(stated):
            for found in self._one(thing, one):
                yield replace(found, perhaps=True) if perhaps else found

    def _within(self, thing: Thing, stated: Fact[Any]) -> Iterator[Found]:
        """What the elements of a list name, each by a property of its own."""
        for element in elements(stated):
            one = element
            if isinstance(element.value, Mapping):
                one = stated_field(element, thing.argument.partition(".*.")[2])
                if one.value is ABSENT and thing.absent:
                    one = Fact(thing.absent, element.at)
            yield from self._one(thing, one)

    def _behind(self, thing: Thing, owner: Found) -> Found:
        """A property of a resource that is not in the scan, which may not have it."""
        named = self.things[thing.of]
        stated = self.call.argument(named.argument)
        if isinstance(stated.value, Unknown) and all(isinstance(part, str) for part in parts_of(stated.value)[:1]):
            # Known in part: what it names is not there, whatever the rest is.
            stated = Fact(written(stated), stated.at)
        said = why_opaque(self.call.graph, stated, "", *named.types)
        reason = f"the {thing.property} of what {self.call.label} names is not known: {said.reason.strip()}"
        key = ("property of", said.key, thing.property)
        unknown = Unknown(key, reason, said.location, said.supply)
        return Found(unknown, parts_of(unknown), None, owner.at, owner.dynamic, perhaps=True)

    def _one(self, thing: Thing, stated: Fact[Any]) -> Iterator[Found]:
        if not thing.none:
            yield from self._each(thing, stated)
        elif not re.fullmatch(thing.none, written(stated)):
            open = isinstance(stated.value, Unknown)
            for found in self._each(thing, stated):
                yield replace(found, perhaps=True) if open else found

    def _each(self, thing: Thing, stated: Fact[Any]) -> Iterator[Found]:
        other = self.call.graph.named_by(stated, *thing.behind) if thing.behind else None
        if other is not None:
            stated = Fact(other.get(thing.behind[other.type]).value, stated.at)
        value = _name_of_arn(thing, stated.value)
        if isinstance(value, (Mapping, Items)) or value is None or value is ABSENT or not parts_of(value):
            return  # names nothing; AWS refuses it
        if is_at_run_time(value):
            if thing.partial:
                yield self._of_name(thing, ("*",) if self.wide else parts_of(value), None, stated)
            else:
                yield Found(value, parts_of(value), None, stated.at, dynamic=True)
            return
        if thing.form in READ and not isinstance(value, Reference):
            value = READ[thing.form](value, place_of(self.call.graph, self.call.owner, PSEUDO["partition"]))
            if not parts_of(value):
                return
        resource = self._resource(thing, Fact(value, stated.at))
        if isinstance(value, Reference):
            yield self._of_reference(thing, value, resource, stated.at)
            return
        parts = parts_of(value)
        kind = is_arn(parts)
        if kind != "arn" and thing.form in ("arn", "name", *READ):
            kind = _FORMS.get(thing.form, "arn")
        # The ARN of an alias of a key is no ARN that policies could name.
        is_other = bool(thing.none) and kind == "arn" and after_prefix(thing.arn, parts) is None
        is_other = is_other and isinstance(value, str)
        named = kind == "name" and thing.names and isinstance(value, str) and not re.fullmatch(thing.names, value)
        if named or is_other:
            reason = f"which resources {value} stands for is not known here"
            unknown = Unknown(("meaning of", value), reason, stated.location)
            yield Found(unknown, _some_name(unknown), None, stated.at)
            return
        if kind == "arn":
            yield self._of_arn(thing, value, resource, stated.at)
        elif kind == "name":
            yield self._of_name(thing, parts, resource, stated)
        else:
            assert isinstance(value, Unknown)
            reason = f"whether it is a name or an ARN is not known: {value.reason}"
            arn = Unknown(("arn of", thing.arn, value.key), reason, value.location, value.supply)
            yield Found(arn, _some_name(value), resource, stated.at)

    def _resource(self, thing: Thing, stated: Fact[Any]) -> Resource | None:
        """The resource of the scan that a value names: by reference or ARN, or by the name that it states."""
        graph, value = self.call.graph, stated.value
        if isinstance(value, Reference):
            try:
                resource = graph.resource(value.address)
            except KeyError:
                return None
            return resource if resource.type in thing.types else None
        found = graph.named_by(stated, *thing.types)
        if found is not None or not isinstance(value, str) or not thing.types:
            return found
        name = "".join(str(part) for part in _name_in(thing, parts_of(value)) or ())
        for resource in graph.declared(*thing.types):
            if name and text(resource.get(thing.types[resource.type])) == name and resource.exists():
                return resource
        return None

    def _of_reference(
        self, thing: Thing, value: Reference, resource: Resource | None, at: tuple[Location, ...]
    ) -> Found:
        if resource is None:
            return Found(value, _some_name(value), None, at)
        if thing.made and not value.text.startswith("arn:"):
            name = _own_name(thing, resource) or _some_name(value)
            if thing.form in READ:
                name = parts_of(READ[thing.form](joined(list(name), at), ""))
            return self._of_name(thing, name, None, Fact(value, at))
        written = value.text if value.text.startswith("arn:") else ""
        return Found(Reference(resource.address, "Arn", written), _own_name(thing, resource), resource, at)

    def _of_arn(self, thing: Thing, value: Any, resource: Resource | None, at: tuple[Location, ...]) -> Found:
        parts = parts_of(value)
        match parts[0]:
            case ("value", ("attribute", str(address), str(attribute))):
                # The ARN of a resource, and a qualifier behind it.
                owner = self._resource(thing, Fact(Reference(address, attribute), at))
                if owner is not None:
                    return Found(value, _own_name(thing, owner) or _some_name(value), owner, at)
        rest = after_prefix(thing.arn, parts)
        name, qualifier = cut(rest) if rest is not None and thing.qualified else (rest, None)
        if thing.unqualified and rest is not None and qualifier is None:
            value = joined([*parts, thing.unqualified], at)
        return Found(value, _some_name(value) if name is None else name, resource, at)

    def _of_name(self, thing: Thing, parts: Parts, resource: Resource | None, stated: Fact[Any]) -> Found:
        name, qualifier = cut(parts) if thing.qualified else (parts, None)
        if resource is not None and qualifier is None:
            return Found(Reference(resource.address, "Arn"), name, resource, stated.at)
        whole = Found("", parts, resource, stated.at)
        filled = self._own(thing.arn, whole) or []
        # An unknown text may have a qualifier of its own.
        sure = all(isinstance(part, str) for part in parts)
        if thing.unqualified and qualifier is None and sure:
            filled.append(thing.unqualified)
        return Found(joined(filled, stated.at), name, resource, stated.at)


def _name_of_arn(thing: Thing, value: Any) -> Any:
    """A value; of the name that a template cuts out of the ARN of a resource, the resource: of a bucket, say."""
    whole = thing.arn.split(":")
    match value:
        case Unknown(key=("select", int(place), ("split", ":", ("attribute", str(address), "Arn")))) if (
            0 <= place < len(whole) and whole[place] == "${name}"
        ):
            return Reference(address)
    return value


def _some_name(value: Any) -> Parts:
    """The name, which is not known, of what a value names."""
    return (("value", ("name of", parts_of(value))),)


def _name_in(thing: Thing, parts: Parts) -> Parts | None:
    found = after_prefix(thing.arn, parts) if is_arn(parts) == "arn" else parts
    return cut(found)[0] if found is not None and thing.qualified else found


def _own_name(thing: Thing, resource: Resource) -> Parts | None:
    """The name of a resource: the one that it states, or the attribute that gives it."""
    stated = resource.get(thing.types[resource.type])
    if stated.value is not ABSENT and not isinstance(stated.value, (Items, Mapping)):
        return parts_of(stated.value)
    if thing.name_attribute:
        return (("value", ("attribute", resource.address, thing.name_attribute)),)
    return None

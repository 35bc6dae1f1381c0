"""From what the SAM transform gives back to the nodes of the template that it was made from."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from scanner import syntax
from scanner.sources.cloudformation.calls import function_of

TRANSFORM = "AWS::Serverless-2016-10-31"
PREFIX = "AWS::Serverless::"
APPLICATION = "AWS::Serverless::Application"
"""A nested stack, which is linked to its template without any help."""

UPLOADS = {
    "AWS::Serverless::Api": ("DefinitionUri", "BodyS3Location"),
    "AWS::Serverless::Function": ("CodeUri", "Code"),
    "AWS::Serverless::HttpApi": ("DefinitionUri", "BodyS3Location"),
    "AWS::Serverless::LayerVersion": ("ContentUri", "Content"),
    "AWS::Serverless::StateMachine": ("DefinitionUri", "DefinitionS3Location"),
}
"""The property that may name a local file, which packaging replaces, and the one that is generated from it."""

LOCAL = "local-file"
"""The bucket of what stands for local files."""


def generated(name: str, types: Mapping[str, str]) -> str:
    """The logical id of the SAM resource that seems to generate a resource, "" if none does."""
    makers = [id for id, type in types.items() if type.startswith(PREFIX)]
    if name.startswith("Serverless") and makers:  # implicit APIs, deployments
        return makers[0]
    return max((id for id in makers if name.startswith(id)), key=len, default="")


def type_of(node: syntax.Node) -> str:
    type = node.entries.get("Type") if isinstance(node, syntax.Mapping) else None
    return type.text.strip() if isinstance(type, syntax.Scalar) else ""


def long_form(node: syntax.Node) -> Any:
    """A node as plain data, with every function in its full form."""
    called = function_of(node) if node.tag else None
    if called is not None:
        name, argument = called
        value = long_form(argument)
        if name == "Fn::GetAtt" and isinstance(value, str):
            value = list(value.partition(".")[::2])
        return {name: value}
    if isinstance(node, syntax.Mapping):
        return {key: long_form(value) for key, value in node.entries.items()}
    if isinstance(node, syntax.Sequence):
        return [long_form(item) for item in node.items]
    assert isinstance(node, syntax.Scalar)
    return node.value


@dataclass(slots=True)
class Back:
    """Makes nodes of what the translator gives, with the places of what it was made from."""

    own: syntax.Mapping
    resources: syntax.Mapping
    kept: Mapping[str, syntax.Node]

    def root(self, output: Mapping[str, Any]) -> syntax.Mapping:
        entries, keys = dict(self.own.entries), dict(self.own.keys)
        entries.pop("Globals", None)
        entries["Resources"] = self._resources(output["Resources"])
        for name in ("Conditions", "Outputs"):
            if isinstance(output.get(name), dict):
                section = self.own.entries.get(name)
                entries[name] = _made(output[name], section or self.resources, section, {})
                keys.setdefault(name, self.own.keys["Resources"])
        return syntax.Mapping(self.own.span, self.own.tag, entries, keys)

    def _resources(self, output: Mapping[str, Any]) -> syntax.Mapping:
        types = {id: type_of(node) for id, node in self.resources.entries.items()}
        entries: dict[str, syntax.Node] = {}
        keys: dict[str, syntax.Span] = {}
        for id, resource in output.items():
            owner = id if id in self.resources.entries else generated(id, types)
            source = self.resources.entries.get(owner) if owner else None
            keys[id] = self._place(id, owner)
            if id == owner and source is not None and not types[id].startswith(PREFIX):
                entries[id] = _made(resource, source, source, {})
                continue
            entries[id] = self._generated(resource, types.get(id, ""), keys[id], source, is_own=id == owner)
        for id, node in self.kept.items():
            entries[id], keys[id] = node, self.resources.keys[id]
        return syntax.Mapping(self.resources.span, self.resources.tag, entries, keys)

    def _place(self, id: str, owner: str) -> syntax.Span:
        """Where a generated resource stands: at the event that it is made of, at the SAM resource, or at Resources."""
        if not owner:
            return self.own.keys["Resources"]
        events = _entry(_entry(self.resources.entries[owner], "Properties"), "Events")
        if isinstance(events, syntax.Mapping):
            name = max((name for name in events.entries if id.startswith(owner + name)), key=len, default="")
            if name:
                return events.keys[name]
        return self.resources.keys[owner]

    def _generated(
        self, resource: Any, type: str, key: syntax.Span, source: syntax.Node | None, *, is_own: bool
    ) -> syntax.Node:
        properties = _entry(source, "Properties")
        common = _entry(_entry(self.own, "Globals"), type.removeprefix(PREFIX)) if is_own else None
        known = dict(_known(node for node in (common, properties) if node is not None))
        place = syntax.Scalar(key, "", None, "", True)
        made = _made(resource, place, source if is_own else None, known)
        inner = _entry(made, "Properties")
        if is_own and isinstance(made, syntax.Mapping) and isinstance(inner, syntax.Mapping):
            made.entries["Properties"] = self._as_written(type, inner, properties, common)
        return made

    def _as_written(
        self, type: str, made: syntax.Mapping, properties: syntax.Node | None, common: syntax.Node | None
    ) -> syntax.Mapping:
        """The properties with local files and definitions as the template has them."""
        entries, keys = dict(made.entries), dict(made.keys)
        if type == "AWS::Serverless::StateMachine" and _entry(properties, "Definition") is not None:
            entries.pop("DefinitionString", None)
            entries.pop("DefinitionSubstitutions", None)
            for name in ("Definition", "DefinitionSubstitutions"):
                node = _entry(properties, name)
                if node is not None and isinstance(properties, syntax.Mapping):
                    entries[name], keys[name] = node, properties.keys[name]
        local, result = UPLOADS.get(type, ("", ""))
        if LOCAL in json.dumps(long_form(entries[result]) if result in entries else "", default=str):
            owner = properties if _entry(properties, local) is not None else common
            node = _entry(owner, local)
            del entries[result]
            if node is not None and isinstance(owner, syntax.Mapping):
                entries[result], keys[result] = node, owner.keys[local]
        for name in list(entries):  # a property of the same name has its place in the template
            owner = properties if _entry(properties, name) is not None else common
            node = _entry(owner, name)
            if node is not None and isinstance(owner, syntax.Mapping):
                keys[name] = owner.keys[name]
                entries[name] = node if long_form(node) == long_form(entries[name]) else entries[name]
        return syntax.Mapping(made.span, made.tag, entries, keys)


def _entry(node: syntax.Node | None, name: str) -> syntax.Node | None:
    return node.entries.get(name) if isinstance(node, syntax.Mapping) else None


def _known(nodes: Iterable[syntax.Node]) -> Iterator[tuple[str, syntax.Node]]:
    """Mappings below some nodes that say enough to be told again, by what they say."""
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        if isinstance(node, syntax.Mapping):
            if not node.tag and function_of(node) is None and node.entries:
                yield _said(long_form(node)), node
            waiting.extend(node.entries.values())
        elif isinstance(node, syntax.Sequence):
            waiting.extend(node.items)


def _said(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=str)


def _made(value: Any, place: syntax.Node, source: syntax.Node | None, known: Mapping[str, syntax.Node]) -> syntax.Node:
    """A value as nodes: what the template says as well are its nodes, the rest stands at ``place``."""
    if source is not None and long_form(source) == value:
        return source
    if isinstance(value, dict) and known and (again := known.get(_said(value))) is not None:
        return again
    here = source if source is not None else place
    if isinstance(value, dict):
        entries = {str(key): _made(item, place, _entry(source, str(key)), known) for key, item in value.items()}
        stated = source.keys if isinstance(source, syntax.Mapping) else {}
        return syntax.Mapping(here.span, "", entries, {key: stated.get(key, _start(here, place)) for key in entries})
    if isinstance(value, list):
        items = source.items if isinstance(source, syntax.Sequence) and len(source.items) == len(value) else []
        return syntax.Sequence(
            here.span,
            "",
            [_made(item, place, items[index] if items else None, known) for index, item in enumerate(value)],
        )
    return syntax.Scalar(here.span, "", value, "" if value is None else str(value), False)


def _start(here: syntax.Node, place: syntax.Node) -> syntax.Span:
    """The place of a key that the template does not have."""
    return place.span if not isinstance(place, syntax.Mapping) else here.span

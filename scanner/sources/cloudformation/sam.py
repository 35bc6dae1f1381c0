"""The resources that the SAM transform generates, by aws-sam-translator, with places in the template.

The translator is the code of the AWS::Serverless-2016-10-31 macro. It is imported only for a template whose generated
resources somebody reads; it is an extra (``sam``), and without it, or where it refuses a template, that template is
read as it stands.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from scanner import syntax
from scanner.sources.cloudformation.calls import function_of
from scanner.sources.cloudformation.exits import mentioned
from scanner.sources.cloudformation.parameters import Parameters

TRANSFORM = "AWS::Serverless-2016-10-31"
PREFIX = "AWS::Serverless::"
APPLICATION = "AWS::Serverless::Application"
"""A nested stack, which is linked to its template without any help."""

_EVENTS = frozenset({"AWS::Events::Rule", "AWS::Scheduler::Schedule", "AWS::IAM::Role"})
MAKES: Mapping[str, frozenset[str]] = {
    "AWS::Serverless::Api": frozenset({"AWS::ApiGateway::RestApi", "AWS::ApiGateway::Stage", "AWS::Lambda::Permission"}),
    "AWS::Serverless::Connector": frozenset({"AWS::IAM::ManagedPolicy", "AWS::Lambda::Permission"}),
    "AWS::Serverless::Function": _EVENTS
    | {
        "AWS::Lambda::Alias",
        "AWS::Lambda::EventSourceMapping",
        "AWS::Lambda::Function",
        "AWS::Lambda::Permission",
        "AWS::Lambda::Url",
        "AWS::Lambda::Version",
        "AWS::SNS::Subscription",
        "AWS::SQS::Queue",
    },
    "AWS::Serverless::GraphQLApi": frozenset({"AWS::AppSync::GraphQLApi", "AWS::IAM::Role", "AWS::Logs::LogGroup"}),
    "AWS::Serverless::HttpApi": frozenset({"AWS::ApiGatewayV2::Api", "AWS::ApiGatewayV2::Stage"}),
    "AWS::Serverless::LayerVersion": frozenset({"AWS::Lambda::LayerVersion"}),
    "AWS::Serverless::SimpleTable": frozenset({"AWS::DynamoDB::Table"}),
    "AWS::Serverless::StateMachine": _EVENTS | {"AWS::StepFunctions::StateMachine", "AWS::SQS::Queue"},
}
"""What each SAM type can become ("Generated CloudFormation resources", AWS SAM Developer Guide)."""

JUDGED = (
    "AWS::AutoScaling::",
    "AWS::EC2::",
    "AWS::ECS::",
    "AWS::ElasticLoadBalancingV2::",
    "AWS::Events::",
    "AWS::IAM::",
    "AWS::Scheduler::",
    "AWS::StepFunctions::",
)
"""Types whose references to generated resources matter."""

UPLOADS = {
    "AWS::Serverless::Api": ("DefinitionUri", "BodyS3Location"),
    "AWS::Serverless::Function": ("CodeUri", "Code"),
    "AWS::Serverless::HttpApi": ("DefinitionUri", "BodyS3Location"),
    "AWS::Serverless::LayerVersion": ("ContentUri", "Content"),
    "AWS::Serverless::StateMachine": ("DefinitionUri", "DefinitionS3Location"),
}
"""The property that may name a local file, which packaging replaces, and the one that is generated from it."""

_UPLOADED = "s3://local-file/key"
_CODE = ("CodeUri", "InlineCode", "ImageUri")


@dataclass(frozen=True, slots=True)
class Translated:
    """A template after the transform, as nodes with the places of the template before it."""

    root: syntax.Mapping
    refused: str = ""
    """Why it was not translated, if it had to be; the root is then the template's own."""


def translated(root: syntax.Mapping, given: Parameters, wanted: frozenset[str] | None) -> Translated:
    """The template with what the transform generates.

    ``wanted`` are the types of resources that are read; None for all. A template that holds none of them, and where
    nothing refers to a generated resource, is given back as it is.
    """
    resources = root.entries.get("Resources")
    if not isinstance(resources, syntax.Mapping) or not _matters(resources, wanted):
        return Translated(root)
    import logging

    try:
        from samtranslator.parser.parser import Parser
        from samtranslator.translator.translator import Translator
    except ImportError:
        return Translated(root, "aws-sam-translator is not installed")
    kept = {id: node for id, node in resources.entries.items() if _type(node) == APPLICATION}
    document = _document(root, resources, kept)

    class _Session:
        region_name = given.region or "us-east-1"

    output: Any = None
    refused = ""
    log = logging.getLogger("samtranslator")  # it logs what it refuses, which belongs to no report
    log.propagate = False
    log.addHandler(logging.NullHandler())
    # First without values, so that what refers to a parameter goes on referring to it.
    for values, template in (({}, _without_defaults(document)), (given.values, document)):
        try:
            output = Translator({}, Parser(), boto_session=_Session()).translate(template, dict(values))
            break
        except Exception as error:  # whatever it is, the template can still be read as it stands
            refused = _first_line(error)
    if not isinstance(output, dict) or not isinstance(output.get("Resources"), dict):
        return Translated(root, f"the SAM transform refuses the template: {refused}")
    return Translated(_Back(root, resources, kept).root(output))


def generated(name: str, types: Mapping[str, str]) -> str:
    """The logical id of the SAM resource that seems to generate a resource, "" if none does."""
    makers = [id for id, type in types.items() if type.startswith(PREFIX)]
    if name.startswith("Serverless") and makers:  # implicit APIs, deployments
        return makers[0]
    return max((id for id in makers if name.startswith(id)), key=len, default="")


def _matters(resources: syntax.Mapping, wanted: frozenset[str] | None) -> bool:
    types = {id: _type(node) for id, node in resources.entries.items()}
    sam = {id: type for id, type in types.items() if type.startswith(PREFIX) and type != APPLICATION}
    if not sam:
        return False
    if wanted is None or any(MAKES.get(type, frozenset()) & wanted for type in sam.values()):
        return True
    return any(
        generated(name, sam)
        for id, node in resources.entries.items()
        if types[id].startswith(JUDGED)
        for name in mentioned(node) - types.keys()
    )


def _type(node: syntax.Node) -> str:
    type = node.entries.get("Type") if isinstance(node, syntax.Mapping) else None
    return type.text.strip() if isinstance(type, syntax.Scalar) else ""


def _first_line(error: Exception) -> str:
    causes = getattr(error, "causes", None)
    said = getattr(causes[0], "message", None) if causes else None
    return str(said or error).strip().split("\n")[0] or type(error).__name__


# --- to the translator


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


def _document(root: syntax.Mapping, resources: syntax.Mapping, kept: Mapping[str, syntax.Node]) -> dict[str, Any]:
    """The template for the translator, with local files as if they had been uploaded."""
    document: dict[str, Any] = {name: long_form(node) for name, node in root.entries.items() if name != "Resources"}
    document["Resources"] = {
        id: long_form(node)
        for id, node in resources.entries.items()
        if id not in kept and isinstance(node, syntax.Mapping)
    }
    common = document.get("Globals") if isinstance(document.get("Globals"), dict) else {}
    for short, values in (common or {}).items():
        _upload(PREFIX + short, values)
    for resource in document["Resources"].values():
        type = str(resource.get("Type", ""))
        if not type.startswith(PREFIX):
            continue
        properties = resource.setdefault("Properties", {})
        _upload(type, properties)
        if type == "AWS::Serverless::Function" and isinstance(properties, dict):
            inherited = (common or {}).get("Function") or {}
            if not any(name in properties or name in inherited for name in _CODE):
                is_image = "Image" in (properties.get("PackageType"), inherited.get("PackageType"))
                properties["ImageUri" if is_image else "CodeUri"] = "local-file/key:built" if is_image else _UPLOADED
    return document


def _upload(type: str, properties: Any) -> None:
    name = UPLOADS.get(type, ("", ""))[0]
    if isinstance(properties, dict) and isinstance(properties.get(name), str) and "://" not in properties[name]:
        properties[name] = _UPLOADED


def _without_defaults(document: Mapping[str, Any]) -> dict[str, Any]:
    """A copy in which no parameter has a value that the translator would put in its place."""
    copied: dict[str, Any] = json.loads(json.dumps(document, default=str))
    parameters = copied.get("Parameters")
    for parameter in parameters.values() if isinstance(parameters, dict) else ():
        if isinstance(parameter, dict):
            parameter.pop("Default", None)
    return copied


# --- and back


@dataclass(slots=True)
class _Back:
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
        types = {id: _type(node) for id, node in self.resources.entries.items()}
        entries: dict[str, syntax.Node] = {}
        keys: dict[str, syntax.Span] = {}
        for id, resource in output.items():
            owner = id if id in self.resources.entries else generated(id, types)
            keys[id] = self.resources.keys[owner] if owner else self.own.keys["Resources"]
            source = self.resources.entries.get(owner) if owner else None
            if id == owner and source is not None and not types[id].startswith(PREFIX):
                entries[id] = _made(resource, source, source, {})
                continue
            entries[id] = self._generated(resource, types.get(id, ""), keys[id], source, is_own=id == owner)
        for id, node in self.kept.items():
            entries[id], keys[id] = node, self.resources.keys[id]
        return syntax.Mapping(self.resources.span, self.resources.tag, entries, keys)

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
        if "local-file" in json.dumps(long_form(entries[result]) if result in entries else "", default=str):
            owner = properties if _entry(properties, local) is not None else common
            node = _entry(owner, local)
            del entries[result]
            if node is not None and isinstance(owner, syntax.Mapping):
                entries[result], keys[result] = node, owner.keys[local]
        for name in entries:  # a property of the same name has its place in the template
            owner = properties if _entry(properties, name) is not None else common
            if _entry(owner, name) is not None and isinstance(owner, syntax.Mapping):
                keys[name] = owner.keys[name]
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

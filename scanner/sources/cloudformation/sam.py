"""The resources that the SAM transform generates, by aws-sam-translator, with places in the template.

The translator is the code of the AWS::Serverless-2016-10-31 macro. It is imported only for a template whose generated
resources somebody reads; it is an extra (``sam``), and without it, or where it refuses a template, that template is
read as it stands.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from scanner import syntax
from scanner.sources.cloudformation.exits import mentioned
from scanner.sources.cloudformation.parameters import Parameters
from scanner.sources.cloudformation.sam_nodes import (
    APPLICATION,
    LOCAL,
    PREFIX,
    UPLOADS,
    Back,
    generated,
    long_form,
    type_of,
)

_EVENTS = ("AWS::Events::", "AWS::IAM::", "AWS::Scheduler::", "AWS::SQS::")
_API = ("AWS::ApiGateway::", "AWS::ApiGatewayV2::", "AWS::Lambda::")
MAKES: Mapping[str, tuple[str, ...]] = {
    "AWS::Serverless::Api": _API,
    "AWS::Serverless::Connector": ("AWS::IAM::", "AWS::Lambda::", "AWS::SNS::", "AWS::SQS::"),
    "AWS::Serverless::Function": (*_API, *_EVENTS, "AWS::CodeDeploy::", "AWS::IoT::", "AWS::Logs::", "AWS::SNS::"),
    "AWS::Serverless::GraphQLApi": ("AWS::AppSync::", "AWS::IAM::", "AWS::Logs::"),
    "AWS::Serverless::HttpApi": _API,
    "AWS::Serverless::LayerVersion": ("AWS::Lambda::",),
    "AWS::Serverless::SimpleTable": ("AWS::DynamoDB::",),
    "AWS::Serverless::StateMachine": (*_API, *_EVENTS, "AWS::StepFunctions::"),
}
"""The services whose resources each SAM type can become ("Generated CloudFormation resources", AWS SAM Developer
Guide)."""

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

_UPLOADED = f"s3://{LOCAL}/key"
_COMPUTED = frozenset({"Ref", "Fn::FindInMap", "Fn::If", "Fn::ImportValue", "Fn::Join", "Fn::Select", "Fn::Sub"})
_PUBLISHING = ("AutoPublishAlias", "AutoPublishCodeSha256", "DeploymentPreference")
"""What the transform has to know the values of, because ids of aliases and versions are made of them."""
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
    kept = {id: node for id, node in resources.entries.items() if type_of(node) == APPLICATION}
    document = _document(root, resources, kept)

    class _Session:
        region_name = given.region or "us-east-1"

    output: Any = None
    refused = ""
    log = logging.getLogger("samtranslator")  # it logs what it refuses, which belongs to no report
    log.propagate = False
    log.addHandler(logging.NullHandler())
    # First without values, so that what refers to a parameter goes on referring to it.
    # Last without aliases and versions, whose ids are made of values.
    attempts: tuple[tuple[Mapping[str, str], Callable[[Mapping[str, Any]], dict[str, Any]]], ...] = (
        ({}, _without_defaults),
        (given.values, _copied),
        (given.values, _unpublished),
    )
    for values, prepared in attempts:
        try:
            output = Translator({}, Parser(), boto_session=_Session()).translate(prepared(document), dict(values))
            break
        except Exception as error:  # whatever it is, the template can still be read as it stands
            refused = _first_line(error)
    if not isinstance(output, dict) or not isinstance(output.get("Resources"), dict):
        return Translated(root, f"the SAM transform refuses the template: {refused}")
    return Translated(Back(root, resources, kept).root(output))


def _matters(resources: syntax.Mapping, wanted: frozenset[str] | None) -> bool:
    types = {id: type_of(node) for id, node in resources.entries.items()}
    sam = {id: type for id, type in types.items() if type.startswith(PREFIX) and type != APPLICATION}
    if not sam:
        return False
    makes = tuple(service for type in sam.values() for service in MAKES.get(type, ()))
    if wanted is None or any(type.startswith(makes) for type in wanted):
        return True
    return any(
        generated(name, sam)
        for id, node in resources.entries.items()
        if types[id].startswith(JUDGED)
        for name in mentioned(node) - types.keys()
    )


def _first_line(error: Exception) -> str:
    causes = getattr(error, "causes", None)
    said = getattr(causes[0], "message", None) if causes else None
    return str(said or error).strip().split("\n")[0] or type(error).__name__


# --- to the translator


def _document(root: syntax.Mapping, resources: syntax.Mapping, kept: Mapping[str, syntax.Node]) -> dict[str, Any]:
    """The template for the translator, with local files as if they had been uploaded."""
    document: dict[str, Any] = {name: long_form(node) for name, node in root.entries.items() if name != "Resources"}
    document["Resources"] = {
        id: long_form(node)
        for id, node in resources.entries.items()
        if id not in kept and isinstance(node, syntax.Mapping)
    }
    common = document.get("Globals")
    common = common if isinstance(common, dict) else {}
    for short, values in common.items():
        _upload(PREFIX + str(short), values)
    inherited = common.get("Function")
    for resource in document["Resources"].values():
        type = str(resource.get("Type", ""))
        if type.startswith(PREFIX):
            properties = resource.setdefault("Properties", {})
            _upload(type, properties)
            if type == "AWS::Serverless::Function" and isinstance(properties, dict):
                _build(properties, inherited if isinstance(inherited, dict) else {})
    return document


def _build(properties: dict[str, Any], inherited: Mapping[str, Any]) -> None:
    """Gives a function that names no code the code that building would give it."""
    if not any(name in properties or name in inherited for name in _CODE):
        is_image = "Image" in (properties.get("PackageType"), inherited.get("PackageType"))
        properties["ImageUri" if is_image else "CodeUri"] = f"{LOCAL}/key:built" if is_image else _UPLOADED


def _upload(type: str, properties: Any) -> None:
    name = UPLOADS.get(type, ("", ""))[0]
    written = properties.get(name) if isinstance(properties, dict) else None
    is_local = isinstance(written, str) and "://" not in written
    is_computed = isinstance(written, dict) and len(written) == 1 and next(iter(written)) in _COMPUTED
    if is_local or is_computed:
        properties[name] = _UPLOADED


def _copied(document: Mapping[str, Any]) -> dict[str, Any]:
    copied: dict[str, Any] = json.loads(json.dumps(document, default=str))
    return copied


def _unpublished(document: Mapping[str, Any]) -> dict[str, Any]:
    """A copy without what makes aliases and versions."""
    copied = _copied(document)
    common = copied.get("Globals")
    owners = list(common.values()) if isinstance(common, dict) else []
    owners += [resource.get("Properties") for resource in copied["Resources"].values()]
    for owner in owners:
        for name in _PUBLISHING if isinstance(owner, dict) else ():
            owner.pop(name, None)
    return copied


def _without_defaults(document: Mapping[str, Any]) -> dict[str, Any]:
    """A copy in which no parameter has a value that the translator would put in its place."""
    copied = _copied(document)
    parameters = copied.get("Parameters")
    for parameter in parameters.values() if isinstance(parameters, dict) else ():
        if isinstance(parameter, dict):
            parameter.pop("Default", None)
    return copied

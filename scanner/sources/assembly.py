"""Cloud assemblies: what the AWS CDK synthesizes into ``cdk.out``.

``manifest.json`` names the stacks, with their templates, names and environments; an asset manifest beside it says under
which S3 keys nested templates are uploaded; the metadata of a stack says which line of the app made each construct.
The formats are those of the package ``@aws-cdk/cloud-assembly-schema``.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from scanner.sources.discover import MANIFEST
from scanner.syntax.nodes import SyntaxProblem
from scanner.syntax.read import MAX_BYTES, read_bytes

MARKER = "cdk.out"
"""A file in every assembly that another one does not hold."""
METADATA_BYTES = 16 * MAX_BYTES
"""Metadata is as large as all templates of a stack together, and more."""

_ENVIRONMENT = re.compile(r"aws://([^/]*)/(.*)")
_FRAME = re.compile(r"(?:^|[\s(])((?:[A-Za-z]:)?[^\s():][^():]*?):(\d+)(?::(\d+))?\)?$")
_NOT_THE_APPS = re.compile(
    r"(^|[/\\])node_modules[/\\]|(^|[/\\ (])(node|internal):|site-packages[/\\]|dist-packages[/\\]"
)


@dataclass(frozen=True, slots=True)
class Frame:
    """A line of the app, as the assembly names it: the path may be one of another machine."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Deployed:
    """How a cloud assembly deploys a template."""

    stack: str = ""
    """The name of the stack; "" for a nested one, whose name CloudFormation makes."""
    account: str = ""
    region: str = ""
    """Empty where the app leaves the environment open."""
    keys: tuple[str, ...] = ()
    """The last parts of the S3 keys that it is uploaded under."""
    metadata: str = ""
    """Path of the file that says what made its constructs; "" if there is none."""
    app: str = ""
    """The folder that the assembly lies in."""
    assembly: str = ""
    of: int = 0
    """The folder of the assembly, and how many templates it has."""

    def made_by(self, construct: str) -> Frame | None:
        """The line of the app that made a construct, named by its path (``Shop/Service/Service``).

        Where no line of the app is recorded for it, that of the nearest construct around it. None if none is known.
        """
        if not self.metadata or not construct:
            return None
        frames = _frames(self.metadata)
        path = "/" + construct
        while path:
            if path in frames:
                return frames[path]
            below = path + "/"
            inner = next((frame for name, frame in frames.items() if name.startswith(below)), None)
            if inner is not None:
                return inner
            path = path.rpartition("/")[0]
        return None


@dataclass(frozen=True, slots=True)
class Assembly:
    """A cloud assembly, read from its manifest."""

    folder: str
    templates: Mapping[str, Deployed]
    """By the path of each template, of stacks and of nested ones."""
    files: frozenset[str]
    """Paths of what else belongs to it."""
    inner: tuple[str, ...] = ()
    """The folders of the assemblies in it (stages)."""

    def is_left_over(self, path: str) -> bool:
        """Whether a file is a template of the assembly's own kind that no stack of it has any more."""
        return os.path.dirname(path) == self.folder and path.endswith(".template.json") and path not in self.templates


def complete(deployed: Mapping[str, Deployed]) -> frozenset[str]:
    """Those of some files whose assembly is among them with all its templates."""
    counts = Counter(one.assembly for one in deployed.values())
    return frozenset(file for file, one in deployed.items() if one.of == counts[one.assembly])


@dataclass(slots=True)
class _Reading:
    folder: str
    templates: dict[str, Deployed] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)

    def path(self, name: object) -> str:
        """A path within the assembly; "" for what is none or leads out of it."""
        if not isinstance(name, str) or not name:
            return ""
        path = os.path.normpath(os.path.join(self.folder, name))
        return path if path.startswith(os.path.join(self.folder, "")) else ""


def read_assembly(folder: str, *, max_bytes: int = METADATA_BYTES) -> Assembly | None:
    """The cloud assembly in a folder; None if it has no manifest of one. Raises SyntaxProblem if it cannot be read."""
    folder = os.path.realpath(folder)
    manifest = os.path.join(folder, MANIFEST)
    document = _json(manifest, max_bytes)
    artifacts = document.get("artifacts")
    if not isinstance(artifacts, dict) or not isinstance(document.get("version"), str):
        return None
    reading = _Reading(folder)
    app = _app_folder(folder)
    assets = {name: _assets(reading, one, max_bytes) for name, one in _of_type(artifacts, "cdk:asset-manifest")}
    for name, artifact in _of_type(artifacts, "aws:cloudformation:stack"):
        properties = _mapping(artifact, "properties")
        template = reading.path(properties.get("templateFile"))
        if not template:
            continue
        account, region = _environment(artifact.get("environment"))
        metadata = reading.path(artifact.get("additionalMetadataFile")) or (manifest if "metadata" in artifact else "")
        stack = properties.get("stackName")
        reading.files.update({metadata} - {""})
        needed = artifact.get("dependencies")
        uploaded: dict[str, list[str]] = {}
        for one in needed if isinstance(needed, list) else ():
            for path, keys in assets.get(str(one), {}).items():
                uploaded.setdefault(path, []).extend(keys)
        for path, keys in uploaded.items():
            if path != template:
                nested = Deployed("", account, region, tuple(keys), metadata, app)
                reading.templates.setdefault(path, nested)
        own = Deployed(
            stack if isinstance(stack, str) else name,
            account,
            region,
            tuple(uploaded.get(template, ())),
            metadata,
            app,
        )
        reading.templates[template] = own
    for _, artifact in _of_type(artifacts, "cdk:tree"):
        reading.files.add(reading.path(_mapping(artifact, "properties").get("file")))
    reading.files |= {manifest, os.path.join(folder, "validation-report.json")}
    inner = [
        reading.path(_mapping(artifact, "properties").get("directoryName"))
        for _, artifact in _of_type(artifacts, "cdk:cloud-assembly")
    ]
    templates = {
        path: replace(one, assembly=folder, of=len(reading.templates)) for path, one in reading.templates.items()
    }
    return Assembly(folder, templates, frozenset(reading.files - {""}), tuple(path for path in inner if path))


def _of_type(artifacts: Mapping[str, Any], type: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, artifact in artifacts.items():
        if isinstance(artifact, dict) and artifact.get("type") == type:
            yield name, artifact


def _assets(reading: _Reading, artifact: Mapping[str, Any], max_bytes: int) -> dict[str, list[str]]:
    """The templates that an asset manifest uploads, with the last parts of their S3 keys."""
    path = reading.path(_mapping(artifact, "properties").get("file"))
    found: dict[str, list[str]] = {}
    if not path:
        return found
    reading.files.add(path)
    for asset in _mapping(_json(path, max_bytes), "files").values():
        source = reading.path(_mapping(asset, "source").get("path"))
        if not source.endswith((".json", ".yaml", ".yml", ".template")):
            continue
        for destination in _mapping(asset, "destinations").values():
            key = destination.get("objectKey") if isinstance(destination, dict) else None
            if isinstance(key, str):
                found.setdefault(source, []).append(key.rpartition("/")[2])
    return found


def _environment(written: object) -> tuple[str, str]:
    match = _ENVIRONMENT.fullmatch(written) if isinstance(written, str) else None
    if match is None:
        return "", ""
    account, region = match.groups()
    return "" if account.startswith("unknown") else account, "" if region.startswith("unknown") else region


def _app_folder(folder: str) -> str:
    """The folder that the outermost assembly around a folder lies in."""
    above = os.path.dirname(os.path.abspath(folder))
    while os.path.isfile(os.path.join(above, MARKER)) and above != os.path.dirname(above):
        above = os.path.dirname(above)
    return above


def _mapping(owner: object, name: str) -> Mapping[str, Any]:
    value = owner.get(name) if isinstance(owner, dict) else None
    return value if isinstance(value, dict) else {}


def _json(path: str, max_bytes: int) -> Mapping[str, Any]:
    data = read_bytes(path, path, max_bytes=max_bytes)
    if len(data) > max_bytes:
        return {}
    try:
        document = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise SyntaxProblem(path, 1, 1, f"the cloud assembly cannot be read: {error}") from None
    return document if isinstance(document, dict) else {}


# --- where the app makes its constructs


@lru_cache(maxsize=64)
def _frames(path: str) -> Mapping[str, Frame]:
    """The lines of the app that made the constructs of a metadata file, by construct path."""
    try:
        document = _json(path, METADATA_BYTES)
    except SyntaxProblem:  # the findings are right without
        return {}
    found: dict[str, Frame] = {}
    for construct, entries in _metadata(document):
        for entry in entries if isinstance(entries, list) else ():
            if isinstance(entry, dict) and (frame := _frame_of(entry)) is not None:
                found.setdefault(construct, frame)
    return found


def _metadata(document: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The entries of a metadata file, or of a manifest that holds them itself."""
    artifacts = document.get("artifacts")
    if not isinstance(artifacts, dict):
        yield from document.items()
        return
    for artifact in artifacts.values():
        yield from _mapping(artifact, "metadata").items()


def _frame_of(entry: Mapping[str, Any]) -> Frame | None:
    """The innermost line of the app in a stack trace: ``aws:cdk:creationStack``, or the trace of a logical id."""
    if entry.get("type") == "aws:cdk:creationStack":
        return innermost(entry.get("data"))
    return innermost(entry.get("trace")) if entry.get("type") == "aws:cdk:logicalId" else None


def innermost(trace: object) -> Frame | None:
    """The first frame of a stack trace that is neither of a library nor of the runtime."""
    for written in trace if isinstance(trace, list) else ():
        if not isinstance(written, str) or written.lstrip().startswith("..."):
            continue
        match = _FRAME.search(written.strip().removeprefix("at "))
        if match is None or _NOT_THE_APPS.search(written):
            continue
        return Frame(match[1].strip(), int(match[2]), int(match[3] or 1))
    return None


def source_of(frame: Frame, app: str) -> str:
    """The path of the file that a frame names, below the app's folder; "" if there is none.

    An app may have been synthesized elsewhere: then the longest end of the path that exists here is taken.
    """
    parts = [part for part in frame.file.replace("\\", "/").split("/") if part not in ("", ".")]
    if ".." in parts:
        return ""
    real = os.path.join(os.path.realpath(app), "")
    for candidate in _ends(parts, app):
        if os.path.isfile(candidate) and os.path.realpath(candidate).startswith(real):
            return candidate
    return ""


def _ends(parts: list[str], app: str) -> Iterable[str]:
    return (os.path.join(app, *parts[start:]) for start in range(len(parts)))

"""From a result in a synthesized template to the line of the app that made what it is about."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any

from scanner import syntax
from scanner.line_hash import line_hash
from scanner.model import Location
from scanner.results import Locate
from scanner.sources.assembly import Deployed, Frame, source_of
from scanner.sources.cloudformation import Template
from scanner.syntax import SyntaxProblem

MOST_WIDTH = 400


def add_origins(
    results: Iterable[dict[str, Any]],
    templates: Mapping[str, Template],
    deployed: Mapping[str, Deployed],
    locate: Locate,
) -> None:
    """Puts the app's own line first among the related places of each result whose template a cloud assembly has.

    The place to change stays that of the template, whose region is exact. Where the app's file is not below the
    folder that the assembly lies in, its line is named beside the resource in the template.
    """
    for result in results:
        file, line = result["location"]["file"], result["location"]["line"]
        how, template = deployed.get(file), templates.get(file)
        if how is None or template is None:
            continue
        found = _resource(template, line)
        if found is None:
            continue
        id, construct = found
        frame = how.made_by(construct)
        if frame is None:
            continue
        source = source_of(frame, how.app)
        place = _in_app(source, frame, f"makes {construct}") if source else None
        if place is None:
            place = locate(template.place_of(id), f"{construct}, made by {frame}")
        result["related"].insert(0, place)


def add_arguments(results: Iterable[dict[str, Any]], templates: Iterable[Template], locate: Locate) -> None:
    """Says in each result at whose place a parameter of a nested stack is read where the parent passes its value."""
    passed = {tuple(place): found for one in templates for place, found in one.links.arguments.items()}
    for result in results if passed else ():
        found = passed.get(_region(result["location"]))
        if found is not None:
            name, place = found
            others = [one for one in result["related"] if _region(one) != tuple(place)]
            result["related"] = [locate(place, f"passed as {name}"), *others]


def _region(place: Mapping[str, Any]) -> tuple[Any, ...]:
    return place["file"], place["line"], place["column"], place["end_line"], place["end_column"]


def _resource(template: Template, line: int) -> tuple[str, str] | None:
    """The logical id of the resource that a line lies in, with the path of its construct."""
    for id, node in template.nodes():
        if template.place_of(id).line <= line <= node.span[2]:
            metadata = node.entries.get("Metadata")
            path = metadata.entries.get("aws:cdk:path") if isinstance(metadata, syntax.Mapping) else None
            return (id, path.text) if isinstance(path, syntax.Scalar) else None
    return None


def _in_app(path: str, frame: Frame, says: str) -> dict[str, Any] | None:
    """The location of a frame in a file of the app; None if the file has no such line."""
    try:
        text = syntax.read_text(path)
    except SyntaxProblem:
        return None
    lines = text.split("\n")
    if not 1 <= frame.line <= len(lines):
        return None
    line = lines[frame.line - 1].rstrip("\r")
    column = frame.column if frame.column <= len(line) else 1
    head = _head(line, column)
    place = Location(_display(path), frame.line, column, frame.line, max(len(head), column) + 1)
    return {
        "file": place.file,
        "line": place.line,
        "column": place.column,
        "end_line": place.end_line,
        "end_column": place.end_column,
        "says": says,
        "excerpt": [{"line": place.line, "text": head[:MOST_WIDTH]}],
        "line_hash": line_hash(text, place.line),
    }


def _head(line: str, column: int) -> str:
    """A line up to a construct's scope and id: what else it is given may be a secret, which only the app's language
    could tell."""
    ends = [end for sign in "{=" if (end := line.find(sign, column - 1)) >= 0]
    comma = line.find(",", line.find(",", column - 1) + 1) if "," in line[column - 1 :] else -1
    ends += [comma] if comma >= 0 else []
    return line[: min(ends)].rstrip(" ,") if ends else line


def _display(path: str) -> str:
    here = os.path.join(os.path.realpath(os.getcwd()), "")
    real = os.path.realpath(path)
    return (real[len(here) :] if real.startswith(here) else path).replace(os.sep, "/")

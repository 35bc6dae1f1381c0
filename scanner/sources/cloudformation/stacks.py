"""Linking templates into stacks: nested stacks to their templates, imports to their exports.

A template that another one nests is judged where it is nested, with the parameters that are passed to
it. Where a name leaves several candidates nothing is linked, and the reason names them.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from scanner import syntax
from scanner.model import Fact, Fork, Split, Unknown, World
from scanner.sources.cloudformation.exits import carrier
from scanner.sources.cloudformation.links import Candidates, Passed
from scanner.sources.cloudformation.parameters import Parameters
from scanner.sources.cloudformation.shapes import Shape, shape_of
from scanner.sources.cloudformation.template import Template, imported
from scanner.sources.cloudformation.text import literal_parts

NESTING = {"AWS::CloudFormation::Stack": "TemplateURL", "AWS::Serverless::Application": "Location"}
"""Types of resources that create a stack, with the property that names its template."""
MADE_BY_CDK = ("ExportsOutputRef", "ExportsOutputFnGetAtt")
"""How the CDK names the outputs that it makes for references between stacks of one app."""
MOST_NESTING = 8
MOST_NAMED = 4


_SIGNS = ("ImportValue", *NESTING)
_TEMPLATE_NAME = re.compile(r"[\w.-]+\.(?:ya?ml|json|template|tmpl|cfn)\b")


def tied(texts: Mapping[str, str], uploads: Mapping[str, str] | None = None) -> frozenset[str]:
    """The files, of texts by file, that may belong together: told from what stands in them, without reading them.

    ``uploads`` is that of Library.
    """
    found = {file for file, text in texts.items() if any(sign in text for sign in _SIGNS)}
    if found or uploads:  # what is exported matters only to somebody who imports
        found |= {file for file, text in texts.items() if "Export" in text}
    named: set[str] = set()
    for file in found:
        if any(type in texts[file] for type in NESTING):
            named.update(_TEMPLATE_NAME.findall(texts[file]))
    found |= {file for key, file in (uploads or {}).items() if key in named and file in texts}
    return frozenset(found | {file for file in texts if posixpath.basename(file) in named})


@dataclass(frozen=True, slots=True)
class Stack:
    """A deployment that belongs together: a template with its nested stacks, and what it imports from."""

    root: Template
    templates: tuple[Template, ...]
    """The root, and all below it."""
    context: tuple[Template, ...] = ()
    """Templates that it imports from, with theirs."""


@dataclass(slots=True)
class Library:
    """All templates of a scan that may belong together, by file, with what is given for their parameters."""

    roots: Mapping[str, syntax.Mapping]
    given: Parameters
    names: Mapping[str, str] = field(default_factory=dict)
    """Stack names that are settled, by file: by the user (``--link NAME=FILE``) or a cloud assembly."""
    places: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Account and region (or "") that a cloud assembly deploys a template to, by file."""
    uploads: Mapping[str, str] = field(default_factory=dict)
    """Files by the last part of the S3 key that a cloud assembly uploads them under."""
    wanted: frozenset[str] | None = None
    """The types of resources that will be read; None for all."""
    apps: frozenset[str] = frozenset()
    """The files of cloud assemblies that the library has whole."""
    unreadable: Mapping[str, str] = field(default_factory=dict)
    """The texts of templates that cannot be read, by file."""
    _stacks: dict[str, Template] = field(default_factory=dict)
    _nested: set[str] = field(default_factory=set)
    _exports: list[tuple[Shape, Template, str]] = field(default_factory=list)

    def stacks(self) -> Iterator[Stack]:
        """Every stack whose root no other template of the library nests."""
        for file in self.roots:
            self._stacks[file] = self._template(file, file)
        for template in list(self._stacks.values()):
            self._nest(template, (template.file,))
        roots = [template for file, template in self._stacks.items() if file not in self._nested]
        self._exports = [entry for root in roots for one in _tree(root) for entry in _exports(one)]
        for root in roots:
            for template in _tree(root):
                self._import(template, root)
        self._keep_exports()
        for root in roots:
            own = tuple(_tree(root))
            yield Stack(root, own, tuple(_context(own)))

    def _template(self, file: str, name: str) -> Template:
        given = self.given.at(*self.places.get(file, ("", "")))
        if file in self.names and name == file:
            given = given.merged({"AWS::StackName": self.names[file]}, "the name of the stack")
        return Template(file, self.roots[file], given, name=name, wanted=self.wanted)

    # --- nested stacks

    def _nest(self, template: Template, above: tuple[str, ...]) -> None:
        for id, node in template.nodes():
            named = NESTING.get(template.types[id])
            if named is None or len(above) > MOST_NESTING:
                continue
            file = self._nested_file(template, node, named)
            if file is None or file in above:
                continue
            self._nested.add(file)
            child = self._template(file, f"{template.name}#{id}")
            child.links.parent, child.links.parent_id = template, id
            child.links.passed = dict(_passed(template, id, node))
            template.links.children[id] = child
            self._nest(child, (*above, file))

    def _nested_file(self, template: Template, node: syntax.Mapping, named: str) -> str | None:
        """The file of the library that a nested stack's template is, if just one can be meant."""
        folder = posixpath.dirname(template.file)
        metadata = node.entries.get("Metadata")
        asset = metadata.entries.get("aws:asset:path") if isinstance(metadata, syntax.Mapping) else None
        if isinstance(asset, syntax.Scalar):
            return self._file(posixpath.join(folder, asset.text))
        properties = node.entries.get("Properties")
        location = properties.entries.get(named) if isinstance(properties, syntax.Mapping) else None
        if location is None:
            return None
        try:
            value = template.value(location, World()).value
        except Fork:
            return None
        tail = (literal_parts(value) or ("",))[-1]
        if isinstance(value, str) and "://" not in value:
            found = self._file(posixpath.join(folder, value))
            if found is not None:
                return found
        elif isinstance(value, str):
            tail = value.partition("://")[2].partition("/")[2]
        tail = tail.partition("?")[0]
        uploaded = self.uploads.get(posixpath.basename(tail))
        return uploaded if uploaded in self.roots else self._by_key(tail, folder)

    def _file(self, path: str) -> str | None:
        path = posixpath.normpath(path)
        return path if path in self.roots else None

    def _by_key(self, key: str, folder: str) -> str | None:
        """The only file that ends with the most segments of an S3 key; the nearest to the parent, if several do."""
        wanted = [segment for segment in key.split("/") if segment]
        for start in range(len(wanted)):
            tail = "/" + "/".join(wanted[start:])
            found = [file for file in self.roots if ("/" + file).endswith(tail)]
            if len(found) > 1:
                shared = {file: len(posixpath.commonprefix([file, folder + "/"])) for file in found}
                nearest = [file for file in found if shared[file] == max(shared.values())]
                return nearest[0] if len(nearest) == 1 else None
            if found:
                return found[0]
        return None

    # --- exports and imports

    def _keep_exports(self) -> None:
        """Notes which outputs serve only the other stacks of their app: those that the CDK makes for references
        between stacks, unless one of these stacks hands them on itself."""
        own = [template for file in self.apps if file in self._stacks for template in _tree(self._stacks[file])]
        handed_on = {shape for template in own for node in _handing_on(template) if (shape := _shape(template, node))}
        for template in own:
            kept = {
                output
                for shape, output in _exports_of(template)
                if output.startswith(MADE_BY_CDK) and not any(shape.may_be(other) for other in handed_on)
            }
            template.links.kept = frozenset(kept)

    def _import(self, template: Template, root: Template) -> None:
        wanted = [shape for node in template.imports() if (shape := _shape(template, node)) is not None]
        if wanted:
            sure = [shape for node in template.sure_imports() if (shape := _shape(template, node)) is not None]
            beside = {id(one) for one in _tree(root)} - {id(template)}
            offered = [entry for entry in self._exports if entry[1] is not template]
            chosen = _Imports(self.names, offered, beside, wanted, sure, self.unreadable)
            template.links.imported = chosen.value
            template.links.exporters = chosen.exporters()
            template.links.candidates = chosen.possible()


class _Imports:
    """The imports of one template."""

    def __init__(
        self,
        settled: Mapping[str, str],
        exports: list[tuple[Shape, Template, str]],
        beside: set[int],
        wanted: list[Shape],
        sure: list[Shape],
        unreadable: Mapping[str, str],
    ) -> None:
        self._settled = settled
        self._sure = sure
        self._unreadable = unreadable
        self._exports = exports
        self._beside = beside
        self._wanted = wanted
        self._found: dict[Shape, list[tuple[Template, str]]] = {}

    def value(self, name: Fact[Any], world: World) -> Fact[Any] | Candidates | None:
        """The exported value; the candidates if there are several; None if there are none."""
        wanted = shape_of(name.value)
        candidates = self._candidates(wanted)
        # Whoever imports from a stack of one name imports from one stack.
        symbol = ("exporter", wanted.stack, tuple(sorted(template.name for template, _ in candidates)))
        if world.has(symbol):
            candidates = [pair for pair in candidates if pair[0].name == world.value(symbol)] or candidates
        unread = self._unread(wanted)
        if len(candidates) == 1 and not unread:
            template, output = candidates[0]
            return template.output(output, world)
        if not candidates and not unread:
            return None
        files = sorted({template.file for template, _ in candidates})
        if unread:
            others = ", ".join([*files, *unread][:MOST_NAMED])
            return Candidates(f"export {wanted} could come from {others}, not all of which can be read", None)
        said = ", ".join(files[:MOST_NAMED]) + (
            f" and {len(files) - MOST_NAMED} more" if len(files) > MOST_NAMED else ""
        )
        options = tuple(dict.fromkeys(template.name for template, _ in candidates))
        return Candidates(f"export {wanted} could come from {said}", Split(symbol, options, alternatives=True))

    def _unread(self, wanted: Shape) -> list[str]:
        """The templates that cannot be read and may make an export: those that hold its last words."""
        if wanted.is_known and any(t.file in self._settled for shape, t, _ in self._exports if shape == wanted):
            return []
        if any(id(template) in self._beside for template, _ in self._candidates(wanted)):
            return []
        last = wanted.literals[-1].lstrip(":-/") if wanted.gaps else re.split(r"[:/-]", wanted.literals[0])[-1]
        made = re.compile(r"\bExport[\"']?\s*:.{0,200}?" + re.escape(last), re.DOTALL)
        return [file for file, text in self._unreadable.items() if last and made.search(text)]

    def exporters(self) -> list[Template]:
        """The templates that a value is surely imported from."""
        sure = (self._candidates(shape) for shape in self._wanted if not self._unread(shape))
        return list({id(one[0][0]): one[0][0] for one in sure if len(one) == 1}.values())

    def possible(self) -> list[Template]:
        """The templates that a value may be imported from."""
        return list({id(one): one for pairs in map(self._candidates, self._wanted) for one, _ in pairs}.values())

    def _candidates(self, wanted: Shape) -> list[tuple[Template, str]]:
        if wanted not in self._found:
            found = self._matching(wanted)
            found = [pair for pair in found if id(pair[0]) in self._beside] or found  # of one parent: deployed together
            if len(found) > 1:
                found = self._supplying_all(wanted, found)
            self._found[wanted] = found
        return self._found[wanted]

    def _matching(self, wanted: Shape) -> list[tuple[Template, str]]:
        """The exports that fit a name best."""
        exact = [(template, output) for shape, template, output in self._exports if shape.is_known and shape == wanted]
        if exact:
            return exact
        fits = [(shape.may_be(wanted), template, output) for shape, template, output in self._exports]
        best = max((fit for fit, _, _ in fits), default=0)
        return [(template, output) for fit, template, output in fits if fit == best and best]

    def _supplying_all(self, wanted: Shape, found: list[tuple[Template, str]]) -> list[tuple[Template, str]]:
        """Those candidates that export everything that is imported from the same stack."""
        family = [shape for shape in self._sure if shape.same_stack(wanted)]
        supplied = [{id(template) for template, _ in self._matching(shape)} for shape in family]
        kept = [pair for pair in found if all(id(pair[0]) in one for one in supplied if one)]
        return kept or found


def _shape(template: Template, node: syntax.Node) -> Shape | None:
    try:
        return shape_of(template.value(node, World()).value)
    except Fork:
        return None


def _exports(template: Template) -> Iterator[tuple[Shape, Template, str]]:
    try:
        for output, name in template.exports(World()):
            yield shape_of(name.value), template, output
    except Fork:
        return


def _exports_of(template: Template) -> list[tuple[Shape, str]]:
    return [(shape, output) for shape, _, output in _exports(template)]


def _handing_on(template: Template) -> Iterator[syntax.Node]:
    """The names that a template imports in order to hand them on: in outputs, nested stacks and custom resources."""
    yield from imported([template.outputs])
    yield from imported(node for id, node in template.nodes() if carrier(template.types[id]))


def _passed(parent: Template, id: str, node: syntax.Mapping) -> Iterator[tuple[str, Passed]]:
    properties = node.entries.get("Properties")
    parameters = properties.entries.get("Parameters") if isinstance(properties, syntax.Mapping) else None
    if not isinstance(parameters, syntax.Mapping):
        return
    for name, value in parameters.entries.items():
        if name.startswith("Fn::"):
            reason = f"the parameters of {id} are made by {name}"
            yield name, lambda world, reason=reason: Fact(Unknown(("passed", id), reason))  # type: ignore[misc]
            continue
        yield name, partial(parent.value, value)


def _tree(template: Template) -> Iterator[Template]:
    yield template
    for child in template.links.children.values():
        yield from _tree(child)


def _context(own: Iterable[Template]) -> Iterator[Template]:
    """The stacks that templates import from, whole, and those that these import from."""
    seen = {id(template) for template in own}
    waiting = [exporter for template in own for exporter in template.links.candidates]
    while waiting:
        top = waiting.pop()
        while top.links.parent is not None:
            top = top.links.parent
        for template in _tree(top):
            if id(template) not in seen:
                seen.add(id(template))
                yield template
                waiting += template.links.candidates

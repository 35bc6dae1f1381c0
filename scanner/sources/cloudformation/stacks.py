"""Linking templates into stacks: nested stacks to their templates, imports to their exports.

A template that another one nests is judged where it is nested, with the parameters that are passed to
it. Where a name leaves several candidates nothing is linked, and the reason names them.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

from scanner import syntax
from scanner.model import Choice, Fact, Fork, Unknown, World
from scanner.sources.cloudformation.exits import carrier
from scanner.sources.cloudformation.imports import ALIAS, MEANT, TWICE, Alias, Imports, meant_by
from scanner.sources.cloudformation.links import Passed
from scanner.sources.cloudformation.parameters import Parameters
from scanner.sources.cloudformation.shapes import Shape, shape_of
from scanner.sources.cloudformation.template import Template, imported
from scanner.sources.cloudformation.text import literal_parts

NESTING = {"AWS::CloudFormation::Stack": "TemplateURL", "AWS::Serverless::Application": "Location"}
"""Types of resources that create a stack, with the property that names its template."""
MADE_BY_CDK = ("ExportsOutputRef", "ExportsOutputFnGetAtt")
"""How the CDK names the outputs that it makes for references between stacks of one app."""
MOST_NESTING = 8


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
    world: World = field(default_factory=World)
    """What is settled for all of them: which stacks can be meant by a name that several of them import from."""


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
    nested: dict[str, str] = field(default_factory=dict)
    """The templates that others nest, once ``stacks`` has linked them, each with one of these."""
    _exports: list[tuple[Shape, Template, str]] = field(default_factory=list)
    _imports: dict[int, Imports] = field(default_factory=dict)
    _rivals: dict[str, str] = field(default_factory=dict)
    """Templates that export one name, or others that are tied by such a name, have the same value here."""

    def stacks(self) -> Iterator[Stack]:
        """Every stack whose root no other template of the library nests."""
        for file in self.roots:
            self._stacks[file] = self._template(file, file)
        for template in list(self._stacks.values()):
            self._nest(template, (template.file,))
        roots = [template for file, template in self._stacks.items() if file not in self.nested]
        self._exports = [entry for root in roots for one in _tree(root) for entry in _exports(one)]
        for root in roots:
            for template in _tree(root):
                self._import(template, root)
        self._keep_exports()
        for imports in self._imports.values():
            imports.tie(self._rivals)
        for root in roots:
            own = tuple(_tree(root))
            yield Stack(root, own, tuple(_context(own)), self._settled(own))

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
            self.nested[file] = template.file
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
            chosen = Imports(self.names, offered, beside, wanted, sure, self.unreadable, self._rivals)
            self._imports[id(template)] = chosen
            template.links.imported = chosen.value
            template.links.exporters = chosen.exporters()
            template.links.candidates = chosen.possible()

    def _settled(self, own: Iterable[Template]) -> World:
        """What the templates of a stack, and those that they surely import from, settle for all whose exports are read:
        of which stacks a name can be.

        What is imported under one name comes from one stack, in whichever template the import stands.
        """
        world = World()
        families: dict[Hashable, set[frozenset[str]]] = {}
        aliases: dict[Hashable, dict[Alias, None]] = {}
        waiting = [(template, True) for template in own]
        seen: set[tuple[int, bool]] = set()
        called: dict[str, set[str]] = {}
        while waiting:
            template, sure = waiting.pop()
            imports = self._imports.get(id(template))
            if imports is None or (id(template), sure) in seen:
                continue
            seen.add((id(template), sure))
            for stack, names in imports.families() if sure else ():
                families.setdefault(meant_by(stack, world), set()).add(names)
            for wanted, made, exporter, only in imports.linked():
                pair = made.named_as(wanted)
                if pair is not None and isinstance(pair[1], str):
                    called.setdefault(exporter.name, set()).add(pair[1])
                if pair is not None and pair[0] not in families and not world.has((ALIAS, pair[0])):
                    if sure and only:
                        world = world.assume(Choice((ALIAS, pair[0]), (Alias(pair[1]),), "", reads=ALIAS))
                    name = exporter.name
                    aliases.setdefault(pair[0], {})[Alias(pair[1], name, self._rivals.get(name, name))] = None
                waiting.append((exporter, sure and only))
        for stack, found in aliases.items():
            if not world.has((ALIAS, stack)):
                world = world.assume(Choice((ALIAS, stack), tuple(found), "", reads=ALIAS))
        for name, stacks in called.items():
            if len(stacks) > 1:
                world = world.assume(Choice((TWICE, name), tuple(sorted(stacks)), "", reads=TWICE))
        for stack, sets in families.items():
            world = world.assume(Choice((MEANT, stack), frozenset(sets), "", reads=MEANT))
        return world


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

"""Findings of accounts, shown in the templates that their resources were deployed from.

CloudFormation tags what it makes with the stack and the logical id ("Resource tags", AWS CloudFormation User Guide). A
finding whose resource is so tagged stands in the line of the template that is to be changed; where it was found comes
first of what is related. Its fingerprint is as it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scanner import syntax
from scanner.excerpts import Excerpts
from scanner.model import Fact, Items, Location, ResourceGraph, World
from scanner.model.world import TooManyWorlds, explore
from scanner.results import MOST_RELATED, order, region_of, shorter
from scanner.sources.cloudformation import Parameters, Template, load_template
from scanner.sources.snapshot.account import LOGICAL_ID_TAG, STACK_TAG
from scanner.syntax import SyntaxProblem

Path = tuple[str | int, ...]
"""The way to a place in the properties of a resource."""

WRITTEN_AS = {"DefinitionString": ("DefinitionString", "Definition")}
"""Properties that a template may give by another name than an account has them."""
TOLD_BY = ("Key", "Name", "PolicyName", "Sid", "ContainerName", "RuleNumber", "Id")
"""What tells the items of a list apart, whatever their order is."""


def show_in_templates(
    document: dict[str, Any],
    texts: Mapping[str, str],
    parameters: Parameters,
    stacks: Mapping[str, str],
) -> list[SyntaxProblem]:
    """Moves the live findings of a result document to the templates, where it is plain which one it is.

    ``texts`` are the templates by file, ``stacks`` the names of the stacks that are deployed from some of them. Gives
    what is wrong with templates that had to be read and cannot be.
    """
    live = [result for result in document["results"] if result.get("account")]
    if not live or not texts:
        return []
    templates = _Templates(texts, parameters, stacks)
    sheets = {one["file"]: one["text"] for one in document["configurations"]}
    taken = {(one["rule"], *region_of(one["location"])) for one in document["results"] if not one.get("account")}
    for result in live:
        place = result["location"]
        found = _origin(sheets.get(place["file"], ""), place)
        chosen = templates.place(found) if found is not None else None
        if chosen is None:
            continue
        while (result["rule"], *chosen) in taken:
            chosen = shorter(chosen)
        taken.add((result["rule"], *chosen))
        where = f"as it is in account {result['account']}, region {result['region']}"
        result["related"] = [{**place, "says": where}, *result["related"]][:MOST_RELATED]
        result["location"] = templates.excerpts(chosen.file).location(chosen)
    document["results"].sort(key=order)
    return templates.problems


@dataclass(frozen=True, slots=True)
class _Origin:
    """What the configuration of a live resource tells of the template that it was deployed from."""

    type: str
    stack: str
    logical_id: str
    properties: syntax.Node | None
    path: Path
    """The way to what is to be changed."""


def _origin(text: str, place: Mapping[str, Any]) -> _Origin | None:
    """What stands at a place in the configuration of a resource, if CloudFormation has made that."""
    root = syntax.load_json(text, place["file"]) if LOGICAL_ID_TAG in text else None
    if not isinstance(root, syntax.Mapping):
        return None
    whole = syntax.to_plain(root)
    tags = {tag.get("Key"): str(tag.get("Value")) for tag in whole.get("tags", ())}
    if LOGICAL_ID_TAG not in tags:
        return None
    properties = root.entries.get("properties")
    path = _path(properties, (place["line"], place["column"])) if properties is not None else ()
    return _Origin(str(whole.get("type")), tags.get(STACK_TAG, ""), tags[LOGICAL_ID_TAG], properties, path)


def _path(node: syntax.Node, at: tuple[int, int]) -> Path:
    """The way to the innermost key or item that begins at a place or goes around it."""
    inner: Iterable[tuple[str | int, syntax.Node, syntax.Span]] = ()
    if isinstance(node, syntax.Mapping):
        inner = [(key, value, node.keys[key]) for key, value in node.entries.items()]
    elif isinstance(node, syntax.Sequence):
        inner = [(index, item, item.span) for index, item in enumerate(node.items)]
    for step, value, begins in inner:
        if begins[:2] <= at < value.span[2:]:
            return (step, *_path(value, at)) if at != begins[:2] or isinstance(step, int) else (step,)
    return ()


class _Templates:
    """The templates that findings may be moved to, each read when it is needed."""

    def __init__(self, texts: Mapping[str, str], parameters: Parameters, stacks: Mapping[str, str]) -> None:
        self.problems: list[SyntaxProblem] = []
        self._texts = texts
        self._parameters = parameters
        self._stacks = stacks
        self._read: dict[str, Template | None] = {}
        self._excerpts: dict[str, Excerpts] = {}

    def place(self, origin: _Origin) -> Location | None:
        """Where a template has what is to be changed, or what is around it, up to the resource; None if it is not plain
        which template it is."""
        found = [template for template in self._with(origin.logical_id) if self._may_be(template, origin)]
        named = [template for template in found if self._stacks.get(template.file)]
        chosen = named or found
        if len(chosen) != 1:
            return None
        (template,) = chosen
        ways = _ways(template, origin)
        same = [way for way, is_same in ways if is_same] or [way for way, _ in ways]
        shared = [places[0] for places in zip(*same, strict=False) if len(set(places)) == 1]
        return next((place for place in reversed(shared) if place.file == template.file), None)

    def excerpts(self, file: str) -> Excerpts:
        if file not in self._excerpts:
            template = self._read[file]
            self._excerpts[file] = Excerpts(self._texts[file], template.secrets() if template is not None else ())
        return self._excerpts[file]

    def _with(self, logical_id: str) -> Iterator[Template]:
        """The templates in which a name stands."""
        for file, text in self._texts.items():
            if logical_id in text:
                if file not in self._read:
                    self._read[file] = self._loaded(file, text)
                template = self._read[file]
                if template is not None:
                    yield template

    def _loaded(self, file: str, text: str) -> Template | None:
        try:
            return load_template(text, file, self._parameters)
        except SyntaxProblem as problem:
            self.problems.append(problem)
            return None

    def _may_be(self, template: Template, origin: _Origin) -> bool:
        stack = self._stacks.get(template.file)
        return template.types.get(origin.logical_id) == origin.type and stack in (None, "", origin.stack)


def _ways(template: Template, origin: _Origin) -> list[tuple[list[Location], bool]]:
    """The places on the way from a resource to what is to be changed, in each case that conditions of the template tell
    apart; and whether its value is that of the account, which is how it was deployed."""
    address = f"{template.name}#{origin.logical_id}"

    def way(graph: ResourceGraph) -> tuple[list[Location], bool]:
        resource = graph.resource(address)
        facts = list(_facts(resource.properties, origin.properties, origin.path))
        places = [resource.location, *(place for fact, _ in facts for place in fact.at[:1])]
        value, live = (facts[-1][0].value, facts[-1][1]) if facts else (None, None)
        return places, isinstance(live, syntax.Scalar) and str(value) == str(live.value)

    try:
        return [found for _, found in explore(ResourceGraph([template]), way)]
    except TooManyWorlds:
        return [([template.resource(origin.logical_id, World()).location], False)]


def _facts(
    properties: Mapping[str, Fact[Any]], live: syntax.Node | None, path: Path
) -> Iterator[tuple[Fact[Any], syntax.Node | None]]:
    """What a template has on the way to a property, as far as it has it, and what the account has there."""
    value: Any = properties
    for step in path:
        fact: Fact[Any] | None = None
        if isinstance(step, str) and isinstance(value, Mapping):
            fact = next((value[name] for name in WRITTEN_AS.get(step, (step,)) if name in value), None)
            live = live.entries.get(step) if isinstance(live, syntax.Mapping) else None
        elif isinstance(step, int) and isinstance(value, Items) and isinstance(live, syntax.Sequence):
            live = live.items[step]
            fact = _same(value.items, syntax.to_plain(live))
        if fact is None:
            return
        yield fact, live
        value = fact.value


def _same(items: Sequence[Fact[Any]], live: Any) -> Fact[Any] | None:
    """The one item of a template's list that an item of an account's is: an account has them in an order of its own."""
    if len(items) == 1:
        return items[0]
    if not isinstance(live, Mapping):
        alike = [item for item in items if str(item.value) == str(live)]
        return alike[0] if len(alike) == 1 else None
    for names in ([name for name in TOLD_BY if name in live][:1], list(live)):
        alike = [item for item in items if _agree(item.value, live, names)]
        if len(alike) == 1:
            return alike[0]
    return None


def _agree(value: Any, live: Mapping[str, Any], names: Sequence[str]) -> bool:
    """Whether an item of a template says the same under some names, of those that both have."""
    if not isinstance(value, Mapping):
        return False
    said = {name: value[name].value for name in names if name in value}
    plain = {name: one for name, one in said.items() if isinstance(one, (str, int, float))}
    return bool(plain) and all(str(one) == str(live[name]) for name, one in plain.items())

"""YAML to nodes.

Built from the events of PyYAML's C parser in one pass: its own composer recurses (50,000 nested brackets end the
process), expands nothing within bounds and forgets where keys stand.
"""

from __future__ import annotations

import re
from typing import Any, NoReturn

from scanner.syntax.nodes import (
    MAX_DEPTH,
    Mapping,
    Node,
    Repeated,
    Scalar,
    Sequence,
    Span,
    SyntaxProblem,
    duplicate_key,
    shown,
    too_deep,
)
from scanner.syntax.scalars import rule_value, template_value
from scanner.syntax.yaml_parser import open_parser, place_of, problem_of

MAX_ALIASED = 200_000
"""How many nodes all aliases of a document together may stand for."""

_CORE = "tag:yaml.org,2002:"
_MERGE = "<<"
_BLOCK_STYLES = ("|", ">")
_LONE_RETURN = re.compile(r"\r(?!\n)")
_ODD_BREAKS = "\x85\u2028\u2029"
_PRIVATE_USE = range(0xE000, 0xF900)


def load_yaml(text: str, file: str, *, rules: bool = False, repeated: Repeated | None = None) -> Node:
    """The tree of the one document in a YAML text; an empty text is a null.

    ``file`` is the name that a problem shows. With ``rules``, plain scalars are read as in YAML 1.2, and anchors,
    aliases, merge keys and tags are refused. With ``repeated`` a key that a mapping has again is noted there, else it
    is refused. Raises SyntaxProblem.
    """
    root = _Loader(text, file, rules, repeated).load()
    if repeated is not None:
        repeated.settle()
    return root


class _Loader:
    def __init__(self, text: str, file: str, rules: bool, repeated: Repeated | None) -> None:
        self.file = file
        self.rules = rules
        self.repeated = repeated
        self.value_of = rule_value if rules else template_value
        self.text, self.restore = _with_usual_breaks(text.lstrip("\ufeff"))
        self.anchors: dict[str, Node] = {}
        self.open: set[Node] = set()
        """Collections with an anchor whose end has not been read."""
        self.merging: set[Node] = set()
        """Mappings with a merge key."""
        self.aliased = 0
        self.measures: dict[Node, tuple[int, int]] = {}

    def load(self) -> Node:
        import yaml

        try:
            return self.build(open_parser(self.text))
        except yaml.YAMLError as error:
            raise problem_of(error, self.text, self.file) from None
        except UnicodeEncodeError as error:
            raise SyntaxProblem(self.file, *place_of(self.text, error.start), "half of a surrogate pair") from None

    def fail(self, span: Span, message: str) -> NoReturn:
        raise SyntaxProblem(self.file, span[0], span[1], message)

    def build(self, parser: Any) -> Node:
        from yaml import events

        scalar_event, alias_event = events.ScalarEvent, events.AliasEvent
        sequence_start, mapping_start = events.SequenceStartEvent, events.MappingStartEvent
        collection_ends = (events.SequenceEndEvent, events.MappingEndEvent)
        next_event, value_of, restore = parser.get_event, self.value_of, self.restore

        root: Node | None = None
        current: Mapping | Sequence | None = None
        above: list[tuple[Mapping | Sequence | None, str | None, bool]] = []
        key: str | None = None
        block = True
        end = (1, 1)  # of what was read last: the end of a block collection, which libyaml sees at the next token
        while True:
            event = next_event()
            kind = type(event)
            node: Node
            if kind is scalar_event:
                start, style, text = event.start_mark, event.style, event.value
                if restore:
                    text = text.translate(restore)
                if style in _BLOCK_STYLES:
                    end = self.end_of_block_scalar(event)
                else:
                    end = (event.end_mark.line + 1, event.end_mark.column + 1)
                span = (start.line + 1, start.column + 1, *end)
                tag = event.tag
                if not text and start.index == event.end_mark.index:
                    end = self.place_of_nothing(start)
                    span = (*end, *end)
                if tag is None:
                    node = Scalar(span, "", text if style else value_of(text), text, not style)
                else:
                    node = self.tagged_scalar(span, tag, text, not style)
                if event.anchor is not None:
                    self.anchor(event.anchor, node)
            elif kind is mapping_start or kind is sequence_start:
                start = event.start_mark
                span = (start.line + 1, start.column + 1, start.line + 1, start.column + 1)
                if key is None and isinstance(current, Mapping):
                    self.refuse_key(span, start.index)
                if len(above) == MAX_DEPTH:
                    raise too_deep(self.file, span[0], span[1])
                above.append((current, key, block))
                tag = "" if event.tag is None else self.collection_tag(span, event.tag, kind is mapping_start)
                current = Mapping(span, tag, {}, {}) if kind is mapping_start else Sequence(span, tag, [])
                key, block = None, not event.flow_style
                if event.anchor is not None:
                    self.anchor(event.anchor, current)
                    self.open.add(current)
                continue
            elif kind in collection_ends:
                assert current is not None
                node = current
                if not block:
                    end = (event.end_mark.line + 1, event.end_mark.column + 1)
                node.span = (*node.span[:2], *end)
                if self.open:
                    self.open.discard(node)
                if node in self.merging:
                    self.merge(node)
                current, key, block = above.pop()
                span = node.span
            elif kind is alias_event:
                end = (event.end_mark.line + 1, event.end_mark.column + 1)
                span = (event.start_mark.line + 1, event.start_mark.column + 1, *end)
                node = self.alias(event.anchor, span, len(above))
            elif kind is events.DocumentStartEvent:
                if root is not None:
                    self.refuse_second_document(event, next_event())
                continue
            elif kind is events.StreamEndEvent:
                break
            else:  # the start of the stream, the end of a document
                continue

            if current is None:
                root = root or node
            elif key is not None:
                assert isinstance(current, Mapping)
                current.entries[key] = node
                key = None
            elif isinstance(current, Mapping):
                key = self.key(node, span, current)
            else:
                current.items.append(node)
        return root or Scalar((1, 1, 1, 1), "", None, "", True)

    def key(self, node: Node, span: Span, mapping: Mapping) -> str:
        """The key that a node at ``span`` is; its place is noted in the mapping."""
        if not isinstance(node, Scalar):
            self.fail(span, "a key must be text, not a list or a mapping")
        key = node.text
        if node.tag:
            self.fail(span, f"a key cannot have a tag ({shown(node.tag)})")
        if node.value is None or isinstance(node.value, bool):
            what = "null" if node.value is None else "a boolean"
            self.fail(span, f"the key {shown(key)} is {what}, not text: quote it" if key else "a key is missing")
        if key in mapping.keys:
            problem = duplicate_key(self.file, key, span, mapping.keys[key])
            if self.repeated is None or key == _MERGE or key not in mapping.entries:
                raise problem
            self.repeated.note(mapping, key, problem)
            return key
        if key == _MERGE and node.plain:
            if self.rules:
                self.fail(span, "merge keys are not allowed in a rule file")
            self.merging.add(mapping)
        mapping.keys[key] = span
        return key

    def end_of_block_scalar(self, event: Any) -> tuple[int, int]:
        """Where the last character of a literal or folded scalar ends; its end mark is after all blank lines."""
        start = event.start_mark
        written = self.text[start.index : event.end_mark.index].rstrip(" \t\r\n")
        breaks = written.count("\n")
        if not breaks:
            return start.line + 1, start.column + 1 + len(written)
        return start.line + 1 + breaks, len(written) - written.rfind("\n")

    def place_of_nothing(self, mark: Any) -> tuple[int, int]:
        """Where an empty value stands: after its colon or dash. In flow style libyaml says at the next token."""
        index = mark.index
        while index and self.text[index - 1] in " \t\r\n":
            index -= 1
        breaks = self.text.count("\n", index, mark.index)
        if not breaks:
            return mark.line + 1, mark.column + 1 - (mark.index - index)
        return mark.line + 1 - breaks, index - self.text.rfind("\n", 0, index)

    # Tags

    def tagged_scalar(self, span: Span, tag: str, text: str, plain: bool) -> Scalar:
        self.refuse_in_rules(span, f"the tag {self.short(tag)}")
        if tag == "!" or tag == _CORE + "str":
            return Scalar(span, "", text, text, plain)
        if tag.startswith("!"):
            return Scalar(span, tag, text, text, plain)
        value = self.value_of(text)
        if tag == _CORE + "float" and type(value) is int:
            value = float(value)
        wanted = {"int": int, "float": float, "bool": bool, "null": type(None)}.get(tag.removeprefix(_CORE))
        if wanted is None:
            self.fail(span, f"the tag {self.short(tag)} is not supported")
        if type(value) is not wanted:
            self.fail(span, f"{shown(text)} does not fit its tag {self.short(tag)}")
        return Scalar(span, "", value, text, plain)

    def collection_tag(self, span: Span, tag: str, mapping: bool) -> str:
        self.refuse_in_rules(span, f"the tag {self.short(tag)}")
        if tag == "!" or tag == _CORE + ("map" if mapping else "seq"):
            return ""
        if not tag.startswith("!"):
            self.fail(span, f"the tag {self.short(tag)} is not supported here")
        return tag

    def short(self, tag: str) -> str:
        return shown(tag.replace(_CORE, "!!"))

    # Anchors, aliases, merge keys

    def anchor(self, name: str, node: Node) -> None:
        self.refuse_in_rules(node.span, f"the anchor &{shown(name)}")
        self.anchors[name] = node

    def alias(self, name: str, span: Span, depth: int) -> Node:
        """The node that an alias stands for. Its nodes are counted each time: who walks the tree meets them again."""
        self.refuse_in_rules(span, f"the alias *{shown(name)}")
        node = self.anchors.get(name)
        if node is None:
            self.fail(span, f"the alias *{shown(name)} has no anchor before it")
        if node in self.open:
            self.fail(span, f"the alias *{shown(name)} stands inside its own anchor (line {node.span[0]})")
        size, height = self.measure(node)
        self.aliased += size
        if self.aliased > MAX_ALIASED:
            self.fail(span, f"aliases expand to more than {MAX_ALIASED:,} nodes")
        if depth + height > MAX_DEPTH:
            raise too_deep(self.file, span[0], span[1])
        return node

    def measure(self, node: Node) -> tuple[int, int]:
        """How many nodes a tree has with all aliases expanded, and how many collections are nested in it."""
        if isinstance(node, Scalar):
            return 1, 0
        found = self.measures.get(node)
        if found is None:
            assert isinstance(node, (Mapping, Sequence))
            parts = node.items if isinstance(node, Sequence) else node.entries.values()
            sizes, heights = zip((0, 0), *map(self.measure, parts), strict=True)
            found = self.measures[node] = 1 + sum(sizes), 1 + max(heights)
        return found

    def merge(self, mapping: Mapping | Sequence) -> None:
        """Replace the merge key by what it names: own entries win, then the first mapping that has the key."""
        assert isinstance(mapping, Mapping)
        value, place = mapping.entries.pop(_MERGE), mapping.keys.pop(_MERGE)
        sources = value.items if isinstance(value, Sequence) else [value]
        for source in sources:
            if not isinstance(source, Mapping):
                self.fail(place, "the merge key << takes a mapping or a list of mappings")
            mapping.entries = source.entries | mapping.entries
            mapping.keys = source.keys | mapping.keys

    # What is refused

    def refuse_key(self, span: Span, index: int) -> NoReturn:
        if "{{" in self.text[max(index - 1, 0) : index + 2]:
            self.fail(span, "{{ }} is a placeholder of some template engine: scan the template that it renders")
        self.fail(span, "a key must be text, not a list or a mapping")

    def refuse_in_rules(self, span: Span, what: str) -> None:
        if self.rules:
            self.fail(span, f"{what} is not allowed in a rule file")

    def refuse_second_document(self, start: Any, content: Any) -> None:
        """A trailing ``---`` with nothing after it is no document."""
        if getattr(content, "value", None) == "" and content.style not in ("'", '"') and content.tag is None:
            return
        line = start.start_mark.line + 1
        self.fail((line, 1, line, 1), "a second document starts here: a file holds one")


def _with_usual_breaks(text: str) -> tuple[str, dict[int, str]]:
    """The text with line breaks only where editors see them, and how to restore the characters it lost.

    YAML 1.1 also breaks lines at U+0085, U+2028 and U+2029, YAML 1.2 and JSON do not. No index changes.
    """
    if "\r" in text:
        text = _LONE_RETURN.sub("\n", text)
    if text.isascii() or not any(odd in text for odd in _ODD_BREAKS):
        return text, {}
    unused = (code for code in _PRIVATE_USE if chr(code) not in text)
    stand_ins = {ord(odd): code for odd, code in zip(_ODD_BREAKS, unused, strict=False)}
    return text.translate(stand_ins), {code: chr(odd) for odd, code in stand_ins.items()}

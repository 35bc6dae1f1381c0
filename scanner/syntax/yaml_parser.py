"""PyYAML's parsers, and their complaints in plain words."""

from __future__ import annotations

import re
import warnings
from functools import cache
from typing import Any

from scanner.syntax.nodes import SyntaxProblem

# What YAML 1.1 (chapter 5.1) does not let stand in a stream.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_PLAIN_WORDS = {
    "could not find expected ':'": "expected a colon after the key",
    "mapping values are not allowed here": "a colon does not belong here (quote the text, or check the indentation)",
    "mapping values are not allowed in this context": "a colon does not belong here (quote the text, or check the"
    " indentation)",
    "did not find expected <document start>": "this belongs to nothing before it (check the indentation)",
    "expected '<document start>', but found '<block mapping start>'": "this belongs to nothing before it (check the"
    " indentation)",
    "did not find expected node content": "expected a value",
    "found unexpected end of stream": "the text ends inside quotes",
    "did not find expected key": "expected a key (check the indentation)",
    "did not find expected '-' indicator": "expected a list item (check the indentation)",
}


@cache
def parser_class() -> Any:
    """PyYAML's C parser, or its parser in Python with a warning: it reads the same some ten times slower."""
    try:
        from yaml._yaml import CParser
    except ImportError:
        warnings.warn("PyYAML was built without libyaml: reading YAML is slow", RuntimeWarning, stacklevel=2)
        return python_parser_class()
    return CParser


def python_parser_class() -> Any:
    """PyYAML's parser in Python, with the C parser's interface."""
    from yaml.events import ScalarEvent
    from yaml.parser import Parser
    from yaml.reader import Reader
    from yaml.scanner import Scanner, ScannerError

    class PythonParser(Reader, Scanner, Parser):
        def __init__(self, stream: str) -> None:
            Reader.__init__(self, stream)
            Scanner.__init__(self)
            Parser.__init__(self)

        def get_event(self) -> Any:
            event: Any = super().get_event()  # type: ignore[no-untyped-call]
            if isinstance(event, ScalarEvent) and any("\ud800" <= character <= "\udfff" for character in event.value):
                mark: Any = event.start_mark
                raise ScannerError(None, None, "found invalid Unicode character escape code", mark)
            return event

    return PythonParser


def open_parser(text: str) -> Any:
    """A parser over the text; its ``get_event`` gives PyYAML's events, StreamEndEvent last."""
    return parser_class()(text)


def problem_of(error: Any, text: str, file: str) -> SyntaxProblem:
    """PyYAML's complaint (a yaml.YAMLError) about a text as a problem with its place."""
    from yaml import MarkedYAMLError

    if not isinstance(error, MarkedYAMLError):
        return _forbidden_character(error, text, file)
    mark = error.problem_mark or error.context_mark
    # libyaml sees one more line break than there is. A complaint about the end belongs to the last line.
    at = min(mark.index, len(text.rstrip())) if mark is not None else 0
    line, column = place_of(text, at)
    words = str(error.problem or error.context)
    character = text[at : at + 1]
    if character == "\t" and ("start any token" in words or "tab" in words):
        return SyntaxProblem(file, line, column, "a tab cannot indent YAML: use spaces")
    if character and "start any token" in words:
        message = f"the character {character} cannot start a value: quote the text"
    else:
        message = _PLAIN_WORDS.get(words, words)
    context = error.context_mark
    if context is not None and context.line + 1 < line:
        message += f" ({error.context} that starts on line {context.line + 1})"
    return SyntaxProblem(file, line, column, message)


def place_of(text: str, index: int) -> tuple[int, int]:
    """The line and column of a character, both from 1."""
    return text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index)


def _forbidden_character(error: Any, text: str, file: str) -> SyntaxProblem:
    match = _FORBIDDEN.search(text)
    if match is None:
        return SyntaxProblem(file, 1, 1, f"not YAML: {error}")
    message = f"a control character (U+{ord(match[0]):04X}) cannot stand in YAML"
    return SyntaxProblem(file, *place_of(text, match.start()), message)

"""Expressions of the rule language: text of a scalar to a tree.

``$name`` is a parameter, ``min(...)`` and ``max(...)`` aggregate, ``+ - *`` between spaces compute, and text whose
first word is a variable in scope is a path. Any other text stands for itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass

from scanner.policy.rule import Aggregate, Arithmetic, Expression, Literal, Parameter, Path, Step

MESSAGE_WORDS = ("missing", "found")
"""Placeholders of messages that the evaluator fills: what is lacking, and what was found instead."""

_WORD = re.compile(r"[a-z_][a-z0-9_]*")
_STEP = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|[0-9]+")
_TYPE = re.compile(r"[A-Za-z0-9]+(?:::[A-Za-z0-9]+){2,3}")
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?![\w.-])")
_OPERATOR = re.compile(r" +([+*-]) +")
_PARAMETER = re.compile(r"\$([A-Za-z_][A-Za-z0-9_]*)")
_AGGREGATE = re.compile(r"(min|max)\(")
_TEXT = re.compile(r"[^,)\"'\s][^,)]*")
_QUOTED = re.compile(r"\"([^\"]*)\"|'([^']*)'")
_LIKE_A_PATH = re.compile(
    r"[a-z_][a-z0-9_]*(?:\([^()]*\))?(?:(?:\.[a-z_][a-z0-9_]*(?:\([^()]*\))?)+|->.*)$|[a-z_][a-z0-9_]*\(.*\)$"
)
_PLACEHOLDER = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")


class ExpressionError(Exception):
    """Text that cannot be read as an expression. ``offset`` counts code points from the start of the text."""

    def __init__(self, message: str, offset: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


def suggest(word: str, known: Iterable[str]) -> str:
    """`` (did you mean "x"?)`` with the known word nearest to one that is not, or nothing."""
    import difflib

    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f' (did you mean "{close[0]}"?)' if close else ""


def parse(text: str, variables: Collection[str]) -> Expression:
    """The expression that plain text stands for.

    ``variables`` are the names in scope. Raises ExpressionError.
    """
    text = text.rstrip()
    if not _is_expression(text, variables):
        if _LIKE_A_PATH.match(text):
            root = _WORD.match(text)
            word = root.group() if root else text
            hint = suggest(word, variables)
            raise ExpressionError(f'there is no variable "{word}" here{hint}; text that looks like a path is quoted')
        return Literal(text)
    reader = _Reader(text, variables)
    found = reader.sum()
    reader.end()
    return found


def _is_expression(text: str, variables: Collection[str]) -> bool:
    if _starts_expression(text, variables):
        return True
    operands = _OPERATOR.split(text)[::2]
    return len(operands) > 1 and any(_starts_expression(operand.lstrip("("), variables) for operand in operands)


def _starts_expression(text: str, variables: Collection[str]) -> bool:
    if text.startswith("$") or _AGGREGATE.match(text):
        return True
    word = _WORD.match(text)
    return word is not None and word.group() in variables and re.match(r"$|[.(\[ ]|->", text[word.end() :]) is not None


class _Reader:
    def __init__(self, text: str, variables: Collection[str]) -> None:
        self.text = text
        self.variables = variables
        self.position = 0

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self.text, self.position)
        if found:
            self.position = found.end()
        return found

    def mark(self, mark: str) -> bool:
        if self.text.startswith(mark, self.position):
            self.position += len(mark)
            return True
        return False

    def need(self, mark: str) -> None:
        if not self.mark(mark):
            raise self.error(f'"{mark}" is missing')

    def error(self, message: str) -> ExpressionError:
        return ExpressionError(message, self.position)

    def spaces(self) -> None:
        while self.mark(" "):
            pass

    def end(self) -> None:
        if self.position < len(self.text):
            rest = self.text[self.position :].strip()
            hint = "; an operator needs spaces around it" if rest[0] in "+-*" else ""
            raise self.error(f'"{rest}" cannot follow here{hint}; quote the whole if it is text')

    def sum(self) -> Expression:
        return self.operation("+-", lambda: self.operation("*", self.operand))

    def operation(self, operators: str, operand: Callable[[], Expression]) -> Expression:
        left = operand()
        while True:
            found = _OPERATOR.match(self.text, self.position)
            if not found or found.group(1) not in operators:
                return left
            self.position = found.end()
            left = Arithmetic(found.group(1), left, operand())

    def operand(self) -> Expression:
        if self.mark("("):
            inner = self.sum()
            self.need(")")
            return inner
        if found := self.take(_PARAMETER):
            return Parameter(found.group(1))
        if found := self.take(_AGGREGATE):
            inner = self.sum()
            self.need(")")
            return Aggregate(found.group(1), inner)
        if found := self.take(_NUMBER):
            return Literal(number(found.group()))
        return self.path()

    def path(self) -> Path:
        start = self.position
        found = self.take(_WORD)
        if not found:
            raise self.error("a number, a $parameter or a variable is wanted here")
        if found.group() not in self.variables:
            raise ExpressionError(
                f'there is no variable "{found.group()}" here{suggest(found.group(), self.variables)}', start
            )
        steps: list[Step] = []
        while True:
            if self.mark("->"):
                wanted = self.take(_TYPE)
                steps.append(Step("", follow=True, type=wanted.group() if wanted else ""))
            elif self.mark("[]"):
                steps.append(Step("[]"))
            elif self.mark("."):
                steps.append(self.step())
            else:
                return Path(found.group(), tuple(steps))

    def step(self) -> Step:
        if quoted := self.take(_QUOTED):
            return Step(quoted.group(1) or quoted.group(2) or "")
        name = self.take(_STEP)
        if not name:
            raise self.error("the name of a fact, a relation or a property is wanted here")
        return Step(name.group(), self.arguments() if self.mark("(") else ())

    def arguments(self) -> tuple[tuple[str, Expression], ...]:
        found: dict[str, Expression] = {}
        self.spaces()
        while not self.mark(")"):
            name = self.take(_WORD)
            if not name:
                raise self.error("the name of an argument is wanted here, as in (name=value)")
            if name.group() in found:
                raise self.error(f'argument "{name.group()}" is given twice')
            self.spaces()
            if not self.mark("=") and not self.mark(":"):
                raise self.error('"=" is missing')
            self.spaces()
            found[name.group()] = self.argument()
            self.spaces()
            if not self.mark(",") and not self.text.startswith(")", self.position):
                raise self.error('"," or ")" is missing')
            self.spaces()
        return tuple(found.items())

    def argument(self) -> Expression:
        if quoted := self.take(_QUOTED):
            return Literal(quoted.group(1) or quoted.group(2) or "")
        if _starts_expression(self.text[self.position :].split(",")[0].rstrip(") "), self.variables):
            return self.sum()
        text = self.take(_TEXT)
        if not text:
            raise self.error("a value is wanted here")
        written = text.group().strip()
        if written in ("true", "false"):
            return Literal(written == "true")
        return Literal(number(written) if _NUMBER.fullmatch(written) else written)


def number(text: str) -> int | float:
    """The number that a text of digits stands for."""
    return float(text) if "." in text else int(text)


@dataclass(frozen=True, slots=True)
class Blank:
    """A placeholder of a message: an expression, or one of MESSAGE_WORDS as ``word``."""

    offset: int
    written: str
    expression: Expression | None = None
    word: str = ""


def parse_message(text: str, variables: Collection[str]) -> tuple[str | Blank, ...]:
    """A message cut into its text and its placeholders; ``{{`` and ``}}`` are braces.

    Raises ExpressionError for a placeholder that is not a path, a parameter or one of MESSAGE_WORDS.
    """
    parts: list[str | Blank] = []
    position = 0

    def add(plain: str) -> None:
        if parts and isinstance(parts[-1], str):
            parts[-1] += plain
        elif plain:
            parts.append(plain)

    for found in _PLACEHOLDER.finditer(text):
        add(text[position : found.start()])
        position = found.end()
        written = found.group()
        if written in ("{{", "}}"):
            add(written[0])
        elif found.group(1) is None:
            message = f'a single "{written}"; write "{written * 2}" for the character itself'
            raise ExpressionError(message, found.start())
        else:
            parts.append(_blank(found.group(1).strip(), found.start() + 1, variables))
    add(text[position:])
    return tuple(parts)


def _blank(written: str, offset: int, variables: Collection[str]) -> Blank:
    if written in MESSAGE_WORDS and written not in variables:
        return Blank(offset, written, word=written)
    try:
        found = parse(written, variables)
    except ExpressionError as error:
        raise ExpressionError(error.message, offset + error.offset) from None
    if isinstance(found, Literal):
        hint = suggest(written, (*variables, *MESSAGE_WORDS))
        raise ExpressionError(f'there is nothing called "{written}" to put here{hint}', offset)
    return Blank(offset, written, found)


def _expressions_within(expression: Expression) -> Iterator[Expression]:
    yield expression
    if isinstance(expression, Arithmetic):
        yield from _expressions_within(expression.left)
        yield from _expressions_within(expression.right)
    elif isinstance(expression, Aggregate):
        yield from _expressions_within(expression.of)
    elif isinstance(expression, Path):
        for step in expression.steps:
            for _, value in step.arguments:
                yield from _expressions_within(value)


def variables_of(expression: Expression) -> Iterator[str]:
    """The variables that an expression reads."""
    return (found.root for found in _expressions_within(expression) if isinstance(found, Path))


def parameters_of(expression: Expression) -> Iterator[str]:
    """The parameters that an expression reads."""
    return (found.name for found in _expressions_within(expression) if isinstance(found, Parameter))

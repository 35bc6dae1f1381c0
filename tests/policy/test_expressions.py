from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.policy.expressions import Blank, ExpressionError, parameters_of, parse, parse_message, variables_of
from scanner.policy.rule import Aggregate, Arithmetic, Literal, Parameter, Path, Step

VARIABLES = ("group", "binding", "fn", "hosts")


def path(root: str, *steps: str) -> Path:
    return Path(root, tuple(map(Step, steps)))


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("bridge", Literal("bridge")),
        ("States.ALL", Literal("States.ALL")),
        ("ecs-tasks.amazonaws.com", Literal("ecs-tasks.amazonaws.com")),
        ("32768-65535", Literal("32768-65535")),
        ("10.0.0.0/16", Literal("10.0.0.0/16")),
        ("a - b", Literal("a - b")),
        ("groups", Literal("groups")),
        ("$least", Parameter("least")),
        ("group", path("group")),
        ("group.load_balancers.type", path("group", "load_balancers", "type")),
        ("fn.Tags[].Key", path("fn", "Tags", "[]", "Key")),
        ("fn.Tags.0.Key", path("fn", "Tags", "0", "Key")),
        ('fn.Settings."a.b"', path("fn", "Settings", "a.b")),
        ("fn.Role->.Path", Path("fn", (Step("Role"), Step("", follow=True), Step("Path")))),
        (
            "fn.Role->AWS::IAM::Role.Path",
            Path("fn", (Step("Role"), Step("", follow=True, type="AWS::IAM::Role"), Step("Path"))),
        ),
        (
            "binding.ports(range=$r, extra: 7, from=hosts.first, name='a,b', to=1-2, on=true)",
            Path(
                "binding",
                (
                    Step(
                        "ports",
                        (
                            ("range", Parameter("r")),
                            ("extra", Literal(7)),
                            ("from", path("hosts", "first")),
                            ("name", Literal("a,b")),
                            ("to", Literal("1-2")),
                            ("on", Literal(True)),
                        ),
                    ),
                ),
            ),
        ),
        ("max(group.timeout)", Aggregate("max", path("group", "timeout"))),
        ("group.timeout - 1", Arithmetic("-", path("group", "timeout"), Literal(1))),
        ("2 * $n + 1", Arithmetic("+", Arithmetic("*", Literal(2), Parameter("n")), Literal(1))),
        ("2 * ($n + 1)", Arithmetic("*", Literal(2), Arithmetic("+", Parameter("n"), Literal(1)))),
        ("$a - $b - $c", Arithmetic("-", Arithmetic("-", Parameter("a"), Parameter("b")), Parameter("c"))),
        ("1.5 * $n", Arithmetic("*", Literal(1.5), Parameter("n"))),
    ],
)
def test_what_text_stands_for(text: str, tree: object) -> None:
    assert parse(text, VARIABLES) == tree


@pytest.mark.parametrize(
    ("text", "offset", "message"),
    [
        ("gruop.listeners", 0, 'there is no variable "gruop" here (did you mean "group"?)'),
        ("group.listeners.", 16, "the name of a fact, a relation or a property is wanted here"),
        ("group.timeout-1", 13, '"-1" cannot follow here; an operator needs spaces around it'),
        ("group listeners", 5, '"listeners" cannot follow here'),
        ("max(group.timeout", 17, '")" is missing'),
        ("$a + ", 2, '"+" cannot follow here'),
        ("$a + bindin.x", 5, 'there is no variable "bindin" here (did you mean "binding"?)'),
        ("binding.ports(=1)", 14, "the name of an argument is wanted here"),
        ("binding.ports(a 1)", 16, '"=" is missing'),
        ("binding.ports(a=1", 17, '"," or ")" is missing'),
        ("binding.ports(a=)", 16, "a value is wanted here"),
        ("binding.ports(a=1, a=2)", 20, 'argument "a" is given twice'),
        ("nobody.ports(a=1)", 0, 'there is no variable "nobody" here'),
        ("$", 0, "a number, a $parameter or a variable is wanted here"),
    ],
)
def test_what_cannot_be_read(text: str, offset: int, message: str) -> None:
    with pytest.raises(ExpressionError) as raised:
        parse(text, VARIABLES)
    assert raised.value.message.startswith(message)
    assert raised.value.offset == offset


@given(st.text(alphabet="abgroup$.()[]->+-* =:,0123456789\"'XY\n", max_size=30))
def test_any_text_is_read_or_refused_at_a_place_in_it(text: str) -> None:
    try:
        found: object = parse(text, VARIABLES)
    except ExpressionError as error:
        found = error
    assert not isinstance(found, ExpressionError) or (found.message and 0 <= found.offset <= len(text))


def test_messages_are_cut_into_text_and_placeholders() -> None:
    parts = parse_message("{hosts} lacks {missing} of {{all}} {$least}, {group.type}.", VARIABLES)
    assert parts == (
        Blank(1, "hosts", path("hosts")),
        " lacks ",
        Blank(15, "missing", word="missing"),
        " of {all} ",
        Blank(36, "$least", Parameter("least")),
        ", ",
        Blank(46, "group.type", path("group", "type")),
        ".",
    )


@pytest.mark.parametrize(
    ("text", "offset", "message"),
    [
        ("a {mising}", 3, 'there is nothing called "mising" to put here (did you mean "missing"?)'),
        ("a {gruop.type}", 3, 'there is no variable "gruop" here'),
        ("a {group.}", 9, "the name of a fact"),
        ("a { b", 2, 'a single "{"'),
        ("a } b", 2, 'a single "}"'),
        ("{}", 1, "there is nothing called"),
    ],
)
def test_placeholders_that_stand_for_nothing(text: str, offset: int, message: str) -> None:
    with pytest.raises(ExpressionError) as raised:
        parse_message(text, VARIABLES)
    assert raised.value.message.startswith(message)
    assert raised.value.offset == offset


def test_what_an_expression_reads() -> None:
    expression = parse("max(group.a(x=$p, y=hosts.b)) + $q * 2", VARIABLES)
    assert list(variables_of(expression)) == ["group", "hosts"]
    assert list(parameters_of(expression)) == ["p", "q"]

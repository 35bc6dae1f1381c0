from __future__ import annotations

import re

import pytest

from scanner.render.terminal import display_width
from scanner.render.text import render
from tests.render import snapshots
from tests.render.sample import clean, result, sample, with_history

ANSI = re.compile("\x1b\\[[0-9;]*m")


def test_sample() -> None:
    snapshots.check("sample.txt", render(sample()))


def test_sample_in_a_narrow_terminal() -> None:
    snapshots.check("narrow.txt", render(sample(), width=60))


def test_clean() -> None:
    snapshots.check("clean.txt", render(clean()))


def test_what_changed_is_the_last_line() -> None:
    assert render(with_history(), width=200).splitlines()[-1] == (
        "2 new, 2 changed, 1 fixed, 1 gone, 2 persisting, 2 not seen since 2026-01-30 03:00 UTC; "
        "undecided: 1 fixed, 1 persisting"
    )


def test_colours_add_nothing_but_colours() -> None:
    coloured = render(sample(), colour=True)
    assert "\x1b[1;31m" in coloured
    assert ANSI.sub("", coloured) == render(sample())


def test_templates_cannot_speak_to_the_terminal() -> None:
    text = render(sample())
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "\u202e" not in text
    assert "\\x1b[31mmore" in text


@pytest.mark.parametrize("width", [40, 60, 80, 132])
def test_only_words_that_cannot_be_broken_exceed_the_width(width: int) -> None:
    for line in render(sample(), width=width).splitlines():
        if display_width(line) > width:
            assert re.search(r"\[\w+ [\w-]+/\w+\]:|-->|:::|^\d+ findings? |/|\S{20}", line), line


def test_a_name_that_is_too_long_stands_alone() -> None:
    document = sample()
    way = next(one["way"] for one in document["results"] if one["way"])
    way[0] |= {"label": "listener/app/" + "x" * 60, "says": "forwards to targets"}
    lines = render(document).splitlines()
    (number,) = (number for number, line in enumerate(lines) if line.endswith("x" * 60))
    second = next(line for line in lines if f" {way[1]['label']} " in line and way[1]["hop"] in line)
    assert lines[number + 1].strip() == "forwards to targets"
    assert lines[number + 1].index("forwards") == second.index(way[1]["says"].split()[0], second.index(way[1]["label"]))


def test_every_block_of_the_way_is_shown() -> None:
    assert len(re.findall(r"^ +BLOCKED ", render(sample()), re.MULTILINE)) == 2
    assert "??      subnet ACL" in render(sample())


def test_undecided_results_of_one_reason_share_it() -> None:
    text = render(sample())
    assert text.count("parameter SubnetIds has no value; supply --set SubnetIds=...") == 1
    assert "  --set SubnetIds=...  (2 results)" in text


def test_many_cases_are_counted() -> None:
    document = sample()
    document["results"][0]["worlds"] = [f"Stage = s{number}" for number in range(9)]
    assert "= when: Stage = s0 or Stage = s1 or Stage = s2 or Stage = s3 or 5 more cases" in render(document)


def test_labels_without_an_excerpt_become_notes() -> None:
    document = sample()
    document["results"] = document["results"][:1]
    found = document["results"][0]
    for place in (found["location"], *found["related"]):
        place["excerpt"] = []
    text = render(document)
    assert "= here: missing tcp 61001-65535" in text
    assert "= see: line 7: the load balancer's group" in text


def test_findings_of_a_subject_stand_together() -> None:
    document = sample()
    first, other = document["results"][0], document["results"][4]
    again = first | {"message": "and another of WebService", "assertion": "again"}
    document["results"] = [first, other, again]
    text = render(document)
    assert text.index("and another of WebService") < text.index("waits 30 s")


def test_an_exempt_undecided_result_is_listed_once() -> None:
    document = sample()
    document["results"] = [
        result(
            "NET009",
            "zones",
            "undecided",
            "medium",
            "not sure",
            ("ecs.service", "AWS::ECS::Service", "S", "S"),
            document["results"][0]["location"],
            exemption={"reason": "known", "approver": "", "until": None},
        )
    ]
    assert render(document).count("not sure") == 1

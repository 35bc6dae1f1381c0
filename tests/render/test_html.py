from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from typing import Any

import pytest

from scanner.render.html import render
from tests.render import snapshots
from tests.render.sample import clean, large, sample, with_history

VOID = {"meta", "input", "link", "br", "line", "circle", "path", "rect"}


class Page(HTMLParser):
    """The tags, ids and texts of a page; fails if a tag is not closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: dict[str, list[str]] = {}
        self.stack: list[str] = []
        self.feed(text)
        assert not self.stack

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.stack.pop() == tag

    def handle_data(self, data: str) -> None:
        for tag in self.stack:
            self.text.setdefault(tag, []).append(data)

    def ids(self) -> list[str]:
        return [str(attrs["id"]) for _, attrs in self.tags if "id" in attrs]


@pytest.fixture(params=[sample, clean, lambda: large(400), with_history], ids=["sample", "clean", "large", "history"])
def document(request: pytest.FixtureRequest) -> Any:
    return request.param()


def test_sample() -> None:
    snapshots.check("sample.html", render(sample()))


def test_clean() -> None:
    snapshots.check("clean.html", render(clean()))


def test_accounts_are_not_counted_as_files() -> None:
    document = clean()
    document["accounts"] = [{"account": "111122223333", "region": "eu-west-1", "taken_at": "2026-01-31T03:00:00Z"}]
    document["summary"]["templates"] = 0
    assert '<p class="scope">1 region of 1 account, ' in render(document)
    assert re.search(r'<p class="scope">\d+ templates? of \d+ files?, ', render(clean()))


def test_with_history() -> None:
    snapshots.check("history.html", render(with_history()))


def test_the_first_scan_of_a_history_says_so() -> None:
    document = with_history()
    trend = document["history"]["trend"][-1:]
    document["history"] |= {"previous": None, "absent": [], "trend": trend}
    text = render(document)
    assert "This is the first scan of examples stacks in its history." in text
    assert '<svg class="trend"' not in text


def test_a_long_list_of_what_is_no_more_is_cut() -> None:
    document = with_history()
    document["history"]["absent"] = document["history"]["absent"][-1:] * 1005
    assert "and 5 more, which the JSON report holds" in render(document)


def test_it_is_well_formed_with_unique_anchors(document: dict[str, Any]) -> None:
    page = Page(render(document))
    ids = page.ids()
    assert len(set(ids)) == len(ids)
    links = [str(attrs["href"]) for tag, attrs in page.tags if tag == "a"]
    assert {link[1:] for link in links if link.startswith("#")} <= set(ids)
    labels = [name for _, attrs in page.tags for name in str(attrs.get("aria-labelledby") or "").split()]
    assert set(labels) <= set(ids)


def test_nothing_is_loaded_and_only_our_style_and_script_may_act(document: dict[str, Any]) -> None:
    text = render(document)
    page = Page(text)
    policy = next(
        str(attrs["content"]) for _, attrs in page.tags if attrs.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy.startswith("default-src 'none'; ")
    for tag in ("style", "script"):
        (content,) = re.findall(f"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    for tag, attrs in page.tags:
        assert tag not in ("img", "iframe", "object", "link", "base", "embed")
        assert "style" not in attrs
        assert "src" not in attrs
        assert not any(name.startswith("on") for name in attrs)
    assert sum(tag == "script" for tag, _ in page.tags) == 1


def test_hostile_text_is_text() -> None:
    page = Page(render(sample()))
    whole = "".join(page.text["body"])
    assert "<script>alert(1)</script> has a family of <b>\U0001f6a2 & co</b> \\u202eand \\x1b[31mmore" in whole
    assert "Write </style><script>alert(2)</script> {{ 7*7 }} otherwise." in whole
    assert not set(render(sample())) & {"\x1b", "\x07", "\u202e"}


def test_anchors_are_fingerprints() -> None:
    ids = Page(render(sample())).ids()
    for result in sample()["results"]:
        assert "r-" + result["fingerprint"][:16] in ids


def test_equal_fingerprints_get_different_anchors() -> None:
    document = sample()
    document["results"] = document["results"][:1] * 3
    ids = [id for id in Page(render(document)).ids() if id.startswith("r-") and not id.endswith("-way")]
    anchor = "r-" + document["results"][0]["fingerprint"][:16]
    assert ids == [anchor, f"{anchor}-2", f"{anchor}-3"]


def test_the_region_is_marked() -> None:
    assert "".join(Page(render(sample())).text["mark"]).count("ToPort: 61000") == 1


def test_a_very_long_line_is_cut_around_the_region() -> None:
    document = sample()
    place = document["results"][0]["location"]
    place["excerpt"] = [{"line": place["line"], "text": "x" * 50_000 + "HERE" + "y" * 50_000}]
    place |= {"column": 50_001, "end_column": 50_005}
    text = render(document)
    assert "<mark>HERE</mark>" in text
    assert "x" * 200 not in text


def test_the_way_is_drawn_and_told() -> None:
    page = Page(render(sample()))
    title = "".join(page.text["title"])
    assert "host ingress HostGroup: blocked; health check TargetGroup: blocked" in title
    assert sum(tag == "circle" for tag, _ in page.tags) == 5
    assert "accepts tcp 32768-61000 only" in "".join(page.text["ol"])


@pytest.mark.slow
def test_what_is_left_out_is_told() -> None:
    document = large(1500)
    for result in document["results"]:
        result["rule"] = "NET002"
    text = render(document)
    assert "The first 1,000 of 1,500 results are listed; the JSON report holds all of them." in text
    assert "800 of them are shown in one line each" in text
    assert text.count('data-v="fail"') == 1000


def test_the_worst_come_first() -> None:
    text = render(sample())
    order = [
        text.index(f'<section class="rule" id="{id}"')
        for id in ("IAM009", "NET002", "APP001", "HC006", "NET005", "HC004", "HC001")
    ]
    assert order == sorted(order)

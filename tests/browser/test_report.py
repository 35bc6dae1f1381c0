from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.webdriver import Browser
from tests.render.sample import sample

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SHOWN = """
return [...document.querySelectorAll(".result")].filter((result) => result.checkVisibility())
  .map((result) => result.parentElement.dataset.rule)
"""
TYPE = """
const field = document.querySelector(`[name=${arguments[0]}]`);
field.value = arguments[1];
field.dispatchEvent(new Event("input", { bubbles: true }));
"""


@pytest.fixture
def page(chromium: Browser, pages: dict[str, str]) -> Iterator[Browser]:
    """The sample's report, in a window of common size. At the end, nothing may have broken its policy."""
    chromium.resize(1200, 900)
    chromium.open("about:blank")
    chromium.open_for_keys(pages["sample"])
    yield chromium
    assert chromium.messages() == []


def test_everything_is_shown_at_first(page: Browser) -> None:
    assert len(page.run(SHOWN)) == len(sample()["results"])
    assert page.run("return document.getElementById('shown').textContent") == "9 shown"
    assert page.run("return document.querySelectorAll('details.result[open]').length") == 5


@pytest.mark.parametrize(
    ("state", "rules"),
    [
        ("verdict=undecided", {"NET005", "NET009"}),
        ("severity=high&verdict=fail", {"NET002", "IAM009"}),
        ("rule=HC003", {"HC003"}),
        ("text=hostgroup+61001", {"NET002"}),
        ("text=hc00", {"HC001", "HC003", "HC004", "HC006"}),
        ("verdict=exempt%2Cpass", {"HC001", "HC004"}),
        ("text=%3Cscript%3E&rule=NOPE", {"APP001"}),
        ("text=nothing+has+this", set()),
    ],
)
def test_the_address_filters(page: Browser, pages: dict[str, str], state: str, rules: set[str]) -> None:
    page.open(f"{pages['sample']}#{state}")
    assert set(page.run(SHOWN)) == rules
    sections = "return [...document.querySelectorAll('section.rule:not([hidden])')].map((rule) => rule.id)"
    assert set(page.run(sections)) == rules
    assert page.run("return document.getElementById('shown').textContent") == f"{len(rules)} of 9 shown"


def test_filters_go_into_the_address_and_back(page: Browser, pages: dict[str, str]) -> None:
    page.run("document.querySelector('[value=pass]').click(); document.querySelector('[value=low]').click()")
    page.run(TYPE, "text", "Target group & <x>")
    address = page.run("return location.href")
    assert address == pages["sample"] + (
        "#verdict=fail%2Cundecided%2Cexempt&severity=high%2Cmedium&text=Target+group+%26+%3Cx%3E"
    )
    page.open("about:blank")
    page.open(address)
    checked = "return [...document.querySelectorAll('input:checked')].map((box) => box.value)"
    assert page.run(checked) == ["fail", "undecided", "exempt", "high", "medium"]
    assert page.run("return document.querySelector('[name=text]').value") == "Target group & <x>"


def test_clearing_shows_everything_and_empties_the_address(page: Browser, pages: dict[str, str]) -> None:
    page.open(f"{pages['sample']}#severity=low&text=grace")
    page.run("document.querySelector('[type=reset]').click()")
    page.run("return new Promise((done) => setTimeout(done, 50))")
    assert len(page.run(SHOWN)) == 9
    assert page.run("return location.href") == pages["sample"]


def test_a_link_unfolds_its_result_whatever_the_filters_hide(page: Browser, pages: dict[str, str]) -> None:
    undecided = sample()["results"][1]
    anchor = f"r-{undecided['fingerprint'][:16]}"
    assert page.run("return document.getElementById(arguments[0]).open", anchor) is False
    page.open(f"{pages['sample']}#severity=low")
    page.open(f"{pages['sample']}#{anchor}")
    assert page.run("return document.getElementById(arguments[0]).open", anchor) is True
    top = page.run("return document.getElementById(arguments[0]).getBoundingClientRect().top", anchor)
    assert 0 <= top < 900
    assert page.run("return location.hash") == f"#{anchor}"


@pytest.mark.parametrize(
    ("state", "rules"),
    [
        ("change=new", {"NET002", "IAM009"}),
        ("change=changed%2Cpersisting&verdict=fail", {"HC003", "HC006", "APP001"}),
        ("change=new%2Cchanged%2Cpersisting", {result["rule"] for result in sample()["results"]}),
        ("change=", set()),
    ],
)
def test_the_address_filters_by_change(chromium: Browser, pages: dict[str, str], state: str, rules: set[str]) -> None:
    chromium.open("about:blank")
    chromium.open(f"{pages['history']}#{state}")
    assert set(chromium.run(SHOWN)) == rules
    assert chromium.messages() == []


def test_a_change_that_is_chosen_goes_into_the_address(chromium: Browser, pages: dict[str, str]) -> None:
    chromium.open("about:blank")
    chromium.open(pages["history"])
    chromium.run("document.querySelector('[value=persisting]').click()")
    assert chromium.run("return location.href") == f"{pages['history']}#change=new%2Cchanged"
    assert set(chromium.run(SHOWN)) == {"NET002", "NET009", "HC003", "IAM009"}
    assert chromium.messages() == []


def test_the_trend_is_drawn_from_the_ground_up(chromium: Browser, pages: dict[str, str]) -> None:
    chromium.resize(1200, 900)
    chromium.open(pages["history"])
    columns = chromium.run("""
    return [...document.querySelectorAll("svg.trend g")].map((column) => {
      const ground = column.querySelector(".ground").getBoundingClientRect();
      return [...column.querySelectorAll("rect:not(.ground)")].map((part) => {
        const { top, bottom, height } = part.getBoundingClientRect();
        const filled = getComputedStyle(part).fill !== "none";
        return [part.getAttribute("class"), Math.round(ground.bottom - bottom), Math.round(height), filled];
      });
    });
    """)
    assert [[name for name, *_ in column] for column in columns][-1] == ["high", "medium", "low", "not_seen"]
    for column in columns:
        for (_, bottom, height, filled), (_, above, *_) in zip(column, [*column[1:], ("", None, 0)], strict=True):
            assert filled
            assert above is None or abs(bottom + height - above) <= 1


def test_hostile_text_adds_no_element(page: Browser) -> None:
    assert page.run("return document.querySelectorAll('main img, main script').length") == 0
    assert page.run("return document.scripts.length") == 1


@pytest.mark.parametrize("name", ["sample", "clean", "large", "history"])
@pytest.mark.parametrize("width", [320, 500, 1200])
def test_no_page_is_wider_than_its_window(chromium: Browser, pages: dict[str, str], name: str, width: int) -> None:
    chromium.resize(width, 900)
    chromium.open(pages[name])
    chromium.run("document.querySelectorAll('details').forEach((element) => { element.open = true; })")
    assert chromium.run("return document.documentElement.scrollWidth") <= width
    # content-visibility hides what lies far below from the sum; so look at everything.
    wide = """
    return [...document.querySelectorAll("main *, header *")].filter((element) => {
      const scrolls = element.closest(".code, .track, .scroll, svg, .quiet");
      return element.checkVisibility() && !scrolls && element.getBoundingClientRect().right > innerWidth + 1;
    }).map((element) => element.outerHTML.slice(0, 200));
    """
    assert chromium.run(wide) == []
    assert chromium.messages() == []


def test_keys_reach_and_open_everything(page: Browser) -> None:
    def press(key: str) -> None:
        for kind in ("rawKeyDown", "keyUp"):
            page.command("Input.dispatchKeyEvent", {"type": kind, "key": key, "code": key, "windowsVirtualKeyCode": 9})

    press("Tab")
    assert page.run("return document.activeElement.className") == "skip"
    seen: list[Any] = []
    for _ in range(200):
        press("Tab")
        seen.append(page.run("return document.activeElement.closest('.result')?.id ?? document.activeElement.name"))
        if page.run("return document.activeElement.closest('footer') !== null"):
            break
    assert {"verdict", "severity", "rule", "text"} <= set(seen)
    assert sum(str(item).startswith("r-") for item in set(seen)) == len(sample()["results"])


def test_without_scripts_everything_can_be_read(without_scripts: Browser, pages: dict[str, str]) -> None:
    without_scripts.open(pages["sample"])
    found = without_scripts.command("DOM.getDocument", {})
    form = without_scripts.command("DOM.querySelector", {"nodeId": found["root"]["nodeId"], "selector": "#filters"})
    attributes = without_scripts.command("DOM.getAttributes", {"nodeId": form["nodeId"]})["attributes"]
    assert "hidden" in attributes[::2]
    whole = without_scripts.command("DOM.getOuterHTML", {"nodeId": found["root"]["nodeId"]})["outerHTML"]
    assert "HostGroup does not accept tcp 61001-65535 from Balancer" in whole
    assert "9 shown" not in whole

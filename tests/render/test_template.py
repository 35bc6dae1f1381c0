from __future__ import annotations

from pathlib import Path

import jinja2
import pytest

from scanner.render import template


@pytest.fixture(autouse=True)
def own_reports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(template, "data_folder", lambda name: tmp_path)
    return tmp_path


def test_values_are_escaped_on_demand(own_reports: Path) -> None:
    (own_reports / "a.j2").write_text("{{ x }} {{ x | tojson }}\n")
    assert template.fill("a.j2", {"x": "<é"}, escape=True) == '&lt;é "\\u003cé"\n'
    assert template.fill("a.j2", {"x": "<é"}, escape=False) == '<é "\\u003cé"\n'


def test_every_value_is_finalized(own_reports: Path) -> None:
    (own_reports / "a.j2").write_text("x{{ x }}")
    assert template.fill("a.j2", {"x": "x"}, escape=True, finalize=lambda value: value + "<") == "xx&lt;"


def test_a_name_that_is_missing_is_an_error(own_reports: Path) -> None:
    (own_reports / "a.j2").write_text("{{ x.y }}")
    with pytest.raises(jinja2.UndefinedError, match="has no attribute 'y'"):
        template.fill("a.j2", {"x": {}}, escape=True)


def test_files_are_read_as_utf_8(own_reports: Path) -> None:
    (own_reports / "style.css").write_bytes("é".encode())
    assert template.report_file("style.css") == "é"

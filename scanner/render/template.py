"""The one reader of the templates in reports/."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from scanner.data import data_folder

_SURROGATE = re.compile("[\ud800-\udfff]")


def report_file(name: str) -> str:
    """The text of a file of reports/."""
    return (data_folder("reports") / name).read_text(encoding="utf-8")


def fill(name: str, view: Mapping[str, Any], *, escape: bool, finalize: Callable[[Any], Any] | None = None) -> str:
    """A template of reports/ filled with a view; a name that the view lacks is an error.

    ``escape`` turns HTML's escaping on; ``finalize`` is applied to every value before it is escaped.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(data_folder("reports")),
        autoescape=escape,
        undefined=StrictUndefined,
        finalize=finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    # Text outside ASCII stays as it is; the order of keys is the view's.
    environment.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "sort_keys": False}
    # Half a surrogate pair can stand in a template's JSON but not in UTF-8.
    return _SURROGATE.sub("\ufffd", environment.get_template(name).render(view))

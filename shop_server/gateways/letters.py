"""Writes the mails: fills a template of `shop_server/mails` in, once as plain text and once as HTML.

A mail has three templates: `<name>.subject.j2` (one line), `<name>.txt.j2` and `<name>.html.j2`, which extend `base.txt.j2`
and `base.html.j2`. What they are filled with is escaped in HTML; a name that the data lacks is an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).resolve().parent.parent / "mails"


class Letter(NamedTuple):
    """What a mail says: the subject is one line."""

    subject: str
    text: str
    html: str


class Letters:
    """All templates of the shop's mails."""

    def __init__(self, folder: Path = TEMPLATES) -> None:
        self._folder = folder

    def write(self, template: str, data: Mapping[str, Any], *, address: str | None) -> Letter:
        """Fills a template in. `address` is where readers reach the shop, None when only this machine does: no links then.

        Raises jinja2.TemplateError when there is no such template, or `data` lacks what it names.
        """
        filled = {**data, "shop_url": address}
        subject, text, html = (
            self._environment.get_template(f"{template}.{part}.j2").render(filled)
            for part in ("subject", "txt", "html")
        )
        return Letter(" ".join(subject.split()), text.strip() + "\n", html)

    @cached_property
    def _environment(self) -> Environment:
        # Only now: no shop opens later because of it.
        from jinja2 import Environment, FileSystemLoader, StrictUndefined

        return Environment(
            loader=FileSystemLoader(self._folder),
            autoescape=lambda name: name is not None and name.endswith(".html.j2"),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

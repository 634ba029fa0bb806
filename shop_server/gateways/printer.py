"""Sets papers for printing: fills the templates of `shop_server/papers` in as pages of HTML.

What they are filled with is escaped; a name that the words lack is an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shop_server.rules.bar_chart import HEIGHT, WIDTH, BarChart

if TYPE_CHECKING:
    from jinja2 import Environment, Template

TEMPLATES = Path(__file__).resolve().parent.parent / "papers"


class Printer:
    """Knows the paper that bills and credit notes are printed on."""

    def set(self, words: Mapping[str, Any], *, size: str, path: str) -> str:
        """A page with these words (rules.paper_text.say) for a paper of this `size`, a4 or 80mm.

        It is shown at `path`, where it is also found in the other size.
        """
        return self._paper.render(paper=words, size=size, path=path)

    def report(self, words: Mapping[str, Any], charts: Mapping[str, BarChart], *, path: str, this_month: str) -> str:
        """A page with a month's report (rules.monthly_report) and its charts, shown at `path`.

        There is none after `this_month`.
        """
        page = self._environment.get_template("report.html.j2")
        size = {"width": WIDTH, "height": HEIGHT}
        return page.render(report=words, charts=charts, size=size, path=path, this_month=this_month)

    @cached_property
    def _paper(self) -> Template:
        return self._environment.get_template("paper.html.j2")

    @cached_property
    def _environment(self) -> Environment:
        # Only now: no shop opens later because of it.
        from jinja2 import Environment, FileSystemLoader, StrictUndefined

        return Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

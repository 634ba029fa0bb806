"""Sets papers for printing: fills the templates of `shop_server/papers` in as pages of HTML.

What they are filled with is escaped; a name that the words lack is an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Template

TEMPLATES = Path(__file__).resolve().parent.parent / "papers"


class Printer:
    """Knows the paper that bills and credit notes are printed on."""

    def set(self, words: Mapping[str, Any], *, size: str, path: str) -> str:
        """A page with these words (rules.paper_text.say) for a paper of this `size`, a4 or 80mm.

        It is shown at `path`, where it is also found in the other size.
        """
        return self._paper.render(paper=words, size=size, path=path)

    @cached_property
    def _paper(self) -> Template:
        # Only now: no shop opens later because of it.
        from jinja2 import Environment, FileSystemLoader, StrictUndefined

        environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        return environment.get_template("paper.html.j2")

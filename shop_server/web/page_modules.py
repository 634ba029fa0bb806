"""Tells browsers at the head of a page which modules it will need, as else each is only found in the one before it.

Over a phone's network that is one journey instead of one for every level of imports. The modules are followed from the
page's own script through what stands in the files, so that nobody keeps a list.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping

_SCRIPT = re.compile(r'<script type="module" src="(/[^"]+)"></script>')
_IMPORT = re.compile(r'^(?:import|export)\s(?:[^;"\']*?\sfrom\s)?\s*"([^"]+)"', re.MULTILINE)
_CHOSEN_BY_THE_BROWSER = {"/shared/messages.js": "/shared/messages/en.js"}
"""What a module imports under a name that it reckons itself: the words, here those of most visitors."""


def announce_modules(page: str, files: Mapping[str, bytes]) -> str:
    """The page with a `modulepreload` for each module that it will load and does not name itself.

    `files` are all that the shop serves, by their paths.
    """
    script = _SCRIPT.search(page)
    if script is None:
        return page
    needed = [path for path in modules_of(script[1], files) if f'"{path}"' not in page]
    links = "".join(f'<link rel="modulepreload" href="{path}">\n' for path in needed)
    return page[: script.start()] + links + page[script.start() :]


def modules_of(path: str, files: Mapping[str, bytes]) -> list[str]:
    """All modules that load with the one at `path`, itself among them, sorted by their paths."""
    found: set[str] = set()
    waiting = [path]
    while waiting:
        module = waiting.pop()
        if module in files and module not in found:
            found.add(module)
            waiting += _imports(module, files[module])
    return sorted(found)


def _imports(module: str, source: bytes) -> list[str]:
    folder = posixpath.dirname(module)
    named = [posixpath.normpath(posixpath.join(folder, name)) for name in _IMPORT.findall(source.decode())]
    chosen = _CHOSEN_BY_THE_BROWSER.get(module)
    return [*named, chosen] if chosen else named

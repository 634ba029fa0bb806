"""What the first visit of the shop costs a phone: the start page and all that it loads, in bytes as they are sent.

python -m tests.bench.first_visit
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from shop_server.web.offline_files import loaded_by
from shop_server.web.response import Response
from shop_server.web.static_files import read_static_files

PUBLIC = Path(__file__).resolve().parents[2] / "public"
MOST_BYTES = 80_000
"""The limit of the first visit, without the pictures of the goods."""


def first_visit(files: Mapping[str, Response], page: str = "/") -> dict[str, int]:
    """The bytes of the page and of every style, module and drawing that it may load, by their paths.

    They are compressed as for a browser; the head of an answer comes on top.
    """
    return {path: len(files[path].gzipped or files[path].body) for path in loaded_by(page, files)}


def main() -> int:
    sizes = first_visit(read_static_files(PUBLIC))
    for path, size in sorted(sizes.items(), key=lambda each: -each[1]):
        print(f"{size:>8} {path}")
    print(f"first visit of the shop: {len(sizes)} files, {sum(sizes.values()) / 1000:.1f} kB gzip")
    return 0 if sum(sizes.values()) <= MOST_BYTES else 1


if __name__ == "__main__":
    sys.exit(main())

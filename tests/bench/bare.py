"""What everything is measured against: Python's own http.server, tuned, that answers the same bytes to everything.

python -m tests.bench.bare FILE... prints its port and serves the bytes of the files, in turn, until it is ended.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import cycle
from pathlib import Path


class BareHandler(BaseHTTPRequestHandler):
    """No routes, no records, no log: a floor below which no stdlib handler goes. Tuned, or Nagle alone costs 40 ms."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True
    bodies: Iterator[bytes]

    def do_GET(self) -> None:
        body = next(self.bodies)
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is http.server's
        """Writes nothing."""


class BareServer(ThreadingHTTPServer):
    request_queue_size = 256
    daemon_threads = True


if __name__ == "__main__":
    BareHandler.bodies = cycle([Path(name).read_bytes() for name in sys.argv[1:]])
    server = BareServer(("127.0.0.1", 0), BareHandler)
    print(server.server_address[1], flush=True)
    server.serve_forever()

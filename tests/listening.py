"""An app's server on this machine that keeps what is posted to it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Listener:
    """What arrived, and how the server answers: a status, or silence until `wake` is set."""

    url: str = ""
    status: int = 200
    silent: bool = False
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    wake: threading.Event = field(default_factory=threading.Event)


@contextmanager
def listening() -> Iterator[Listener]:
    """A server that listens until the block ends."""
    listener = Listener()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            listener.got.append((dict(self.headers.items()), body))
            if listener.silent:
                listener.wake.wait(30)
            self.send_response(listener.status)
            if listener.status == 302:
                self.send_header("Location", listener.url + "elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listener.url = f"http://127.0.0.1:{server.server_address[1]}/"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield listener
    finally:
        listener.wake.set()
        server.shutdown()
        server.server_close()
        thread.join(10)

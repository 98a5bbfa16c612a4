"""The HTTP server around it all, and `FakeStripe`, which starts and stops it."""

from __future__ import annotations

import http.client
import json
import socket
import struct
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from . import api, pages
from .controls import Controls
from .errors import Json
from .state import State
from .webhooks import Deliverer
from .wire import Answer, Request, json_answer

MAX_BODY = 1_000_000
IDLE_SECONDS = 120
BROWSERS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Stripe-Version, Idempotency-Key",
}


class FakeStripe:
    """A running fake provider: `url`, the keys, and levers for tests."""

    def __init__(self, state: State, host: str, port: int) -> None:
        self.state = state
        self._stopping = threading.Event()
        self._deliverer = Deliverer(state)
        self._server = _Server((host, port), state, Controls(state, self._deliverer))
        self._server.stopping = self._stopping
        self.url = f"http://{host}:{self._server.server_address[1]}"
        state.url = self.url
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="fake-stripe", daemon=True
        )

    @classmethod
    def start(
        cls,
        port: int = 0,
        webhook_url: str | None = None,
        state_file: str | Path | None = None,
        *,
        host: str = "127.0.0.1",
        keys: dict[str, str] | None = None,
    ) -> FakeStripe:
        """Serve on the port (0: any free one), with what the state file remembers.

        `keys` may fix `api_key`, `publishable_key` and `webhook_secret`; others are made up.
        """
        state = State(None if state_file is None else Path(state_file))
        for name, value in (keys or {}).items():
            if name == "webhook_secret":
                state.data["webhook_secrets"] = [value]
            elif name in ("api_key", "publishable_key"):
                state.data[name] = value
            else:
                raise TypeError(f"There is no key named {name}.")
        if webhook_url is not None:
            state.data["webhook"]["url"] = webhook_url
        fake = cls(state, host, port)
        with state.lock:
            state.commit()
        fake._thread.start()
        fake._deliverer.start()
        return fake

    @property
    def api_key(self) -> str:
        """The secret key, for servers."""
        return str(self.state.data["api_key"])

    @property
    def publishable_key(self) -> str:
        """The key a browser may know."""
        return str(self.state.data["publishable_key"])

    @property
    def webhook_secret(self) -> str:
        """The newest secret that signs webhooks."""
        return str(self.state.data["webhook_secrets"][0])

    def control(self, path: str, body: Json | None = None, *, method: str = "POST") -> Json:
        """Pull a lever, as in `control("faults", {"kind": "reset"})`; ValueError if refused."""
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=60)
        try:
            connection.request(method, f"/_test/{path}", json.dumps(body or {}))
            response = connection.getresponse()
            found: Json = json.load(response)
        finally:
            connection.close()
        if response.status != 200:
            raise ValueError(found["error"]["message"])
        return found

    def webhooks_settled(self, timeout: float = 10.0) -> bool:
        """Wait until every delivery that is due was made; False if time ran out."""
        return self._deliverer.settled(timeout)

    def stop(self) -> None:
        """Stop serving and delivering, and close every connection."""
        self._stopping.set()
        self._server.shutdown()
        self._thread.join()
        self._deliverer.stop()
        self._server.close_all()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 256  # many shoppers at the same moment are no fault of the network
    stopping: threading.Event

    def __init__(self, address: tuple[str, int], state: State, controls: Controls) -> None:
        self.state = state
        self.controls = controls
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._open_lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._open_lock:
            self._open.discard(request)
        lingering = request.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER)
        if lingering:
            # A polite shutdown would send FIN; a reset connection must see RST.
            self.close_request(request)
        else:
            super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is its own affair; anything else is printed."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)

    def close_all(self) -> None:
        """Close the listening socket and every connection kept alive."""
        self.server_close()
        with self._open_lock:
            for connection in self._open:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue  # the client was faster


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "FakeStripe/1"
    wbufsize = -1  # one write per answer; small ones would wait for delayed acknowledgements
    timeout = IDLE_SECONDS
    server: _Server

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_DELETE(self) -> None:
        self._serve()

    def do_OPTIONS(self) -> None:
        self._send(Answer(204, b""))

    def log_message(self, format: str, *args: Any) -> None:
        """Stay silent; the state file and `/v1/events` tell what happened."""

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal() or int(length) > MAX_BODY or "Transfer-Encoding" in self.headers:
            self.close_connection = True
            self._send(json_answer(413, {"error": {"message": "Unreadable or too long a body."}}))
            return
        request = Request(
            self.command, parts.path, parts.query, dict(self.headers), self.rfile.read(int(length))
        )
        self._send(self._answer(request))

    def _answer(self, request: Request) -> Answer:
        if request.path.startswith("/_test/"):
            return self.server.controls.answer(request)
        if request.path.startswith("/authorize/"):
            return pages.answer(self.server.state, request)
        return api.answer(self.server.state, request)

    def _send(self, answer: Answer) -> None:
        if answer.trouble:
            self.close_connection = True
            if answer.trouble == "hang":
                self.server.stopping.wait(answer.seconds)
            else:
                linger = struct.pack("ii", 1, 0)
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            return
        self.send_response(answer.status)
        for name, value in (BROWSERS | answer.headers).items():
            self.send_header(name, value)
        if answer.status != 204:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

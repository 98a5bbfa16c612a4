"""A mail server that takes every letter and keeps it."""

from __future__ import annotations

import email
import email.policy
import socketserver
import threading
from email.message import EmailMessage


class _Talk(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        self._say("220 sink")
        for raw in self.rfile:
            word = raw.decode("utf-8", "replace").strip().upper()
            if word.startswith("DATA"):
                self._say("354 go on")
                self._letter()
                self._say("250 taken")
            elif word.startswith("QUIT"):
                self._say("221 bye")
                return
            else:
                self._say("250 ok")

    def _letter(self) -> None:
        lines = []
        for raw in self.rfile:
            if raw in (b".\r\n", b".\n"):
                break
            lines.append(raw.removeprefix(b".") if raw.startswith(b"..") else raw)
        parsed = email.message_from_bytes(b"".join(lines), policy=email.policy.default)
        self.server.letters.append(parsed)

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        super().__init__(("127.0.0.1", 0), _Talk)


class Sink:
    """A running mail server; `letters` are what it was given, with their headers."""

    def __init__(self) -> None:
        self._server = _Server()
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True)
        self._thread.start()

    @property
    def letters(self) -> list[EmailMessage]:
        """All letters taken so far, oldest first."""
        return list(self._server.letters)

    def stop(self) -> None:
        """Take no more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

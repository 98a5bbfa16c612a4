"""A mail server on this machine that keeps what it is given."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message


@dataclass
class PostOffice:
    """Where it listens, and the letters it took: their envelopes' senders and themselves."""

    port: int = 0
    letters: list[tuple[str, Message]] = field(default_factory=list)


@contextmanager
def post_office() -> Iterator[PostOffice]:
    """A mail server until the block ends."""
    office = PostOffice()

    class Clerk(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            sender = ""
            self._say("220 here")
            while line := self.rfile.readline().decode().strip():
                word = line.split(":")[0].upper()
                if word == "MAIL FROM":
                    sender = line.split("<")[1].split(">")[0]
                if word == "QUIT":
                    return self._say("221 bye")
                self._say("354 go on" if word == "DATA" else "250 fine")
                if word == "DATA":
                    office.letters.append((sender, message_from_bytes(self._letter())))
                    self._say("250 taken")
            return None

        def _letter(self) -> bytes:
            lines = iter(self.rfile.readline, b".\r\n")
            return b"".join(line.removeprefix(b".") for line in lines)

        def _say(self, line: str) -> None:
            self.wfile.write(f"{line}\r\n".encode())

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Clerk) as server:
        server.daemon_threads = True
        office.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield office
        finally:
            server.shutdown()
            thread.join(10)

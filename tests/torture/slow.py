"""A road to a server on which everything sent there takes its time."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress
from urllib.parse import urlsplit


class SlowRoad:
    """Passes connections on to a server; what goes there arrives `seconds` later."""

    def __init__(self, url: str, seconds: float) -> None:
        there = urlsplit(url)
        self._there = (str(there.hostname), int(there.port or 80))
        self._seconds = seconds
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def _accept(self) -> None:
        with suppress(OSError):  # closed: no more travellers
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(self._there)
                for come, go, wait in ((near, far, self._seconds), (far, near, 0.0)):
                    threading.Thread(target=_carry, args=(come, go, wait), daemon=True).start()

    def close(self) -> None:
        """Take no more connections."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()


def _carry(come: socket.socket, go: socket.socket, wait: float) -> None:
    with suppress(OSError):
        while data := come.recv(65_536):
            time.sleep(wait)
            go.sendall(data)
    for end in (come, go):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()

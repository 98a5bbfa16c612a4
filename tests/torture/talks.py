"""What goes over the wires: requests told apart, in as much of each protocol as that takes."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import Literal

Socket = Literal["database", "provider", "mail", "door"]


class Talk:
    """Splits what one side says into requests, and knows when the other side has answered."""

    def requests(self, buffer: bytearray) -> Iterator[tuple[str, bytes]]:
        """The complete requests at the buffer's start, as text and as they were; they leave it."""
        raise NotImplementedError

    def answers(self, _data: bytes) -> bool:
        """Whether this ends the answer to the last request."""
        return True


class Postgres(Talk):
    """Statements as text; an answer ends with the server being ready for the next one."""

    READY = re.compile(rb"Z\x00\x00\x00\x05[ITE]\Z")

    def __init__(self) -> None:
        self._greeted = False

    def requests(self, buffer: bytearray) -> Iterator[tuple[str, bytes]]:
        """Each message; those of the extended protocol carry their statement in `Parse`."""
        while len(buffer) >= 5:
            head = 1 if self._greeted else 0
            (size,) = struct.unpack_from("!I", buffer, head)
            if len(buffer) < head + size:
                return
            raw = bytes(buffer[: head + size])
            del buffer[: head + size]
            kind, body = raw[:head], raw[head + 4 :]
            self._greeted = True
            if kind == b"Q":
                yield body[:-1].decode(errors="replace"), raw
            elif kind == b"P":
                yield body.split(b"\0", 2)[1].decode(errors="replace"), raw
            else:
                yield "", raw

    def answers(self, data: bytes) -> bool:
        """A client of Django's sends one statement at a time, so nothing follows the last word."""
        return self.READY.search(data[-6:]) is not None


class Http(Talk):
    """A request with its body; whoever answers here has acted before the first byte."""

    LENGTH = re.compile(rb"\r\ncontent-length:\s*(\d+)", re.IGNORECASE)

    def requests(self, buffer: bytearray) -> Iterator[tuple[str, bytes]]:
        """The first line and the body of each request."""
        while (end := buffer.find(b"\r\n\r\n")) >= 0:
            found = self.LENGTH.search(bytes(buffer[:end]))
            size = end + 4 + (int(found[1]) if found else 0)
            if len(buffer) < size:
                return
            raw = bytes(buffer[:size])
            del buffer[:size]
            line, body = raw.split(b"\r\n", 1)[0], raw[end + 4 :]
            yield f"{line.decode(errors='replace')}\n{body.decode(errors='replace')}", raw


class Smtp(Talk):
    """Commands line by line; a letter is one request, `LETTER` before its text."""

    def __init__(self) -> None:
        self._letter = False

    def requests(self, buffer: bytearray) -> Iterator[tuple[str, bytes]]:
        """Each command, and each letter up to its lonely dot."""
        while True:
            mark = b"\r\n.\r\n" if self._letter else b"\r\n"
            end = buffer.find(mark)
            if end < 0:
                return
            raw = bytes(buffer[: end + len(mark)])
            del buffer[: end + len(mark)]
            text = raw.decode(errors="replace")
            yield (f"LETTER\n{text}" if self._letter else text), raw
            self._letter = not self._letter and raw.strip().upper() == b"DATA"


TALKS: dict[Socket, type[Talk]] = {
    "database": Postgres,
    "provider": Http,
    "mail": Smtp,
    "door": Http,
}

"""Ask a clamd whether a file is infected, where `BESPOKE["FILES_SCANNER"]` names one.

The address is `tcp://host:3310` or `unix:///run/clamav/clamd.ctl`. The file is streamed by the
command INSTREAM, so the scanner needs no access to our files. A scanner that is named but does not
answer, or does not finish the file, refuses the upload: nothing unscanned is kept. That holds of
what is too large for it, too: a clamd calls that clean, unless its `AlertExceedsMax` is set.
"""

from __future__ import annotations

import logging
import socket
import struct
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from saleor_bespoke import conf
from saleor_bespoke.craft.file_kinds import MEGABYTE
from saleor_bespoke.errors import BespokeError, ErrorCode

logger = logging.getLogger(__name__)

_CHUNK = 64 * 1024
_ANSWER_MAX = 4096
_SECONDS = 30.0
_PORT = 3310
#: A clamd's own `StreamMaxLength` and `MaxFileSize`.
_MAX_BYTES = 100 * MEGABYTE
_TOO_LARGE = ("INSTREAM size limit exceeded", "stream: Heuristics.Limits.Exceeded")


def scan(path: Path) -> None:
    """Refuse an infected file (FILE_INFECTED), one that the scanner did not read whole
    (FILE_TOO_LARGE), or any where it is away (FILE_SCAN_UNAVAILABLE). Without a scanner nothing
    happens."""
    address = conf.option("FILES_SCANNER")
    if not address:
        return
    try:
        said = _asked(str(address), path)
    except OSError as failure:
        logger.error("The virus scanner %s does not answer: %s", address, failure)
        raise _unavailable() from None
    if said == "stream: OK":
        return
    if said.startswith(_TOO_LARGE):
        logger.warning("The virus scanner %s did not read a whole file: %s", address, said)
        raise BespokeError(
            ErrorCode.FILE_TOO_LARGE,
            "This file is larger than what can be examined for malicious software.",
            field="file",
        )
    if said.startswith("stream: ") and said.endswith(" FOUND"):
        logger.warning("An upload was refused as infected: %s", said[8:-6])
        raise BespokeError(
            ErrorCode.FILE_INFECTED, "This file holds malicious software.", field="file"
        )
    logger.error("The virus scanner %s did not scan: %s", address, said)
    raise _unavailable()


def largest() -> int | None:
    """Bytes of the largest file that the scanner reads whole; None where there is no scanner."""
    if not conf.option("FILES_SCANNER"):
        return None
    return int(conf.option("FILES_SCANNER_MAX_BYTES", _MAX_BYTES))


def _asked(address: str, path: Path) -> str:
    """What the scanner says about the file; OSError where it is not reached or breaks off."""
    with _connected(address) as line:
        with path.open("rb") as file:
            try:
                line.sendall(b"zINSTREAM\0")
                while chunk := file.read(_CHUNK):
                    line.sendall(struct.pack("!L", len(chunk)) + chunk)
                line.sendall(struct.pack("!L", 0))
            except (BrokenPipeError, ConnectionResetError):
                pass  # it closes a stream that is too long for it, after saying so
        answer = b""
        while not answer.endswith(b"\0") and len(answer) < _ANSWER_MAX:
            part = line.recv(1024)
            if not part:
                break
            answer += part
    return answer.rstrip(b"\0\n").decode("utf-8", "replace")


def _connected(address: str) -> socket.socket:
    seconds = float(conf.option("FILES_SCANNER_SECONDS", _SECONDS))
    place = place_of(address)
    if not isinstance(place, str):
        return socket.create_connection(place, timeout=seconds)
    line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    line.settimeout(seconds)
    try:
        line.connect(place)
    except OSError:
        line.close()
        raise
    return line


def place_of(address: str) -> tuple[str, int] | str:
    """Host and port, or the path of a socket; ImproperlyConfigured for anything else."""
    parts = urlsplit(address)
    try:
        if parts.scheme == "tcp" and parts.hostname:
            return parts.hostname, parts.port or _PORT
    except ValueError:  # a port that is none
        pass
    if parts.scheme == "unix" and parts.path:
        return parts.path
    raise ImproperlyConfigured("BESPOKE['FILES_SCANNER'] must be tcp://host:port or unix:///path.")


def _unavailable() -> BespokeError:
    return BespokeError(
        ErrorCode.FILE_SCAN_UNAVAILABLE,
        "Files cannot be examined for malicious software just now; try again later.",
        field="file",
    )

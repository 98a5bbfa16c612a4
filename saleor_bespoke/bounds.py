"""What a process that reads customers' files allows itself, held by the kernel where it can."""

from __future__ import annotations

from contextlib import suppress

#: Bytes that one file may have which such a process writes.
WRITTEN_MAX = 512 * 1024 * 1024


def bounds_set(*, memory: int, seconds: int) -> None:
    """Hold this process to so many bytes of address space and seconds of processor time.

    Each limit is set by itself: macOS refuses to limit the address space, Windows knows none.
    """
    try:
        import resource
    except ImportError:
        return
    for name, most in (
        ("RLIMIT_CORE", 0),
        ("RLIMIT_CPU", seconds),
        ("RLIMIT_FSIZE", WRITTEN_MAX),
        ("RLIMIT_AS", memory),
    ):
        with suppress(AttributeError, OSError, ValueError):
            limit = getattr(resource, name)
            _, hard = resource.getrlimit(limit)
            least = most if hard == resource.RLIM_INFINITY else min(most, hard)
            resource.setrlimit(limit, (least, least))

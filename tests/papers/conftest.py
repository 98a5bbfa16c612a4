"""Commissions whose papers are asked for, and ways to look at what was handed out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
import typst
from django.db import connection
from django.test.utils import CaptureQueriesContext

from saleor_bespoke import conf
from saleor_bespoke.media.store import private_storage
from saleor_bespoke.steps.papers.models import IssuedDocument


def bytes_of(row: IssuedDocument) -> bytes:
    """What was handed out."""
    with private_storage().open(row.file.storage_name) as stored:
        return bytes(stored.read())


def text_of(row: IssuedDocument) -> str:
    """What a reader finds on it."""
    document = pypdfium2.PdfDocument(bytes_of(row))
    return "\n".join(page.get_textpage().get_text_bounded() for page in document)


@pytest.fixture
def policy(settings: Any) -> Iterator[Callable[..., None]]:
    """Change the policy of the channel `us`."""

    def change(**values: Any) -> None:
        channels = settings.BESPOKE["CHANNELS"]
        settings.BESPOKE = settings.BESPOKE | {"CHANNELS": channels | {"us": values}}
        conf.policies_forget()

    yield change
    conf.policies_forget()


class Watched:
    """What happened around the setting of papers: locks taken before it, and a thing to do."""

    def __init__(self) -> None:
        self.locks_before: list[int] = []
        self.meanwhile: list[Callable[[], Any]] = []


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Iterator[Watched]:
    """Look on while typst sets papers."""
    found, compile_ = Watched(), typst.compile
    with CaptureQueriesContext(connection) as queries:

        def compiled(*arguments: Any, **options: Any) -> Any:
            made = compile_(*arguments, **options)
            locks = [it for it in queries.captured_queries if "FOR UPDATE" in it["sql"]]
            found.locks_before.append(len(locks))
            if found.meanwhile:
                found.meanwhile.pop()()
            return made

        monkeypatch.setattr(typst, "compile", compiled)
        yield found


@pytest.fixture(autouse=True)
def papers_folder(files_folder: Path) -> Path:
    """Papers of a test lie in a folder of its own."""
    return files_folder

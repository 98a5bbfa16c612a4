"""Everything the workshop knows about a customer, in a ZIP that a person and a program can read.

`index.html` opens in any browser without a network; `data.json` holds the same for machines; below
`files/` lie the customer's files as they are kept, and `SHA256SUMS` names all of them.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from html import escape
from typing import Any, BinaryIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from saleor_bespoke import clock
from saleor_bespoke.flows.personal_rows import commission_told
from saleor_bespoke.media.models import BespokeFile
from saleor_bespoke.media.store import bytes_open
from saleor_bespoke.project.models import BespokeProject

_CHUNK = 256 * 1024
_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;"
    "color:#1d242b}h1,h2,h3{font-weight:600;line-height:1.2}h2{margin-top:3rem}"
    "table{border-collapse:collapse;width:100%;margin:0 0 1.5rem}td,th{border:1px solid #d5d9dd;"
    "padding:.3rem .6rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}"
    "th{width:14rem;font-weight:500;background:#f5f6f7}"
)


def person_export(*, projects: Sequence[BespokeProject], target: BinaryIO) -> int:
    """Write the ZIP of these commissions to `target`; answers how many files it holds.

    Bytes that the storage has lost are named in the index as missing, and the rest is written.
    """
    data = {project.number: commission_told(project) for project in projects}
    sums: dict[str, str] = {}
    missing: list[str] = []
    with ZipFile(target, "w", ZIP_DEFLATED) as archive:
        for project in projects:
            live = BespokeFile.objects.filter(project=project, erased_at=None)
            for place, file in enumerate(live.order_by("created_at", "pk"), start=1):
                name = f"files/{project.number}/{place:03d}-{_safe(file.name)}"
                try:
                    sums[name] = _copied(archive, name, file)
                except FileNotFoundError:
                    missing.append(name)
        files = len(sums)
        whole = json.dumps(data, ensure_ascii=False, indent=2, sort_keys=True)
        for name, text in (
            ("data.json", whole),
            ("index.html", _page(data, sorted(sums), missing)),
        ):
            archive.writestr(name, text)
            sums[name] = hashlib.sha256(text.encode()).hexdigest()
        lines = [f"{sums[name]}  {name}\n" for name in sorted(sums)]
        archive.writestr("SHA256SUMS", "".join(lines))
    return files


def _copied(archive: ZipFile, name: str, file: BespokeFile) -> str:
    """Copy a file's bytes piece by piece into the archive; their SHA-256."""
    stored, digest = bytes_open(file.storage_name), hashlib.sha256()
    entry = ZipInfo(name, date_time=file.created_at.timetuple()[:6])
    entry.compress_type = ZIP_STORED
    try:
        with archive.open(entry, "w", force_zip64=True) as copy:
            while chunk := stored.read(_CHUNK):
                digest.update(chunk)
                copy.write(chunk)
    finally:
        stored.close()
    return digest.hexdigest()


def _safe(name: str) -> str:
    """A name that every system can unpack."""
    return re.sub(r"[^\w.\- ]", "_", name).strip(". ")[-120:] or "file"


def _page(
    data: dict[str, dict[str, list[dict[str, Any]]]], files: Sequence[str], missing: Sequence[str]
) -> str:
    return "".join(_parts(data, files, missing))


def _parts(
    data: dict[str, dict[str, list[dict[str, Any]]]], files: Sequence[str], missing: Sequence[str]
) -> Iterator[str]:
    yield '<!doctype html><html lang="en"><meta charset="utf-8"><title>Your data</title>'
    yield f"<style>{_STYLE}</style><h1>What we keep about you</h1>"
    yield f"<p>Written on {clock.now():%d %B %Y, %H:%M} UTC. Times are in UTC. The same stands in "
    yield '<a href="data.json">data.json</a> for programs.</p>'
    for number, tables in data.items():
        yield f"<h2>Commission {escape(number)}</h2>"
        own = [name for name in files if name.startswith(f"files/{number}/")]
        if own:
            yield "<h3>Files</h3><ul>"
            for name in own:
                yield f'<li><a href="{escape(name)}">{escape(name.rpartition("/")[2])}</a></li>'
            yield "</ul>"
        for table, rows in tables.items():
            yield f"<h3>{escape(_spaced(table))}</h3>"
            for row in rows:
                yield f"<table>{''.join(_lines(row))}</table>"
    if missing:
        yield "<h2>Missing</h2><p>These files were kept and cannot be found: "
        yield f"{escape(', '.join(missing))}.</p>"


def _lines(row: dict[str, Any]) -> Iterator[str]:
    for column, value in row.items():
        if value in (None, "", [], {}):
            continue
        said = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        label = escape(column.replace("_", " "))
        yield f"<tr><th>{label}</th><td>{escape(said)}</td></tr>"


def _spaced(name: str) -> str:
    return _WORD.sub(" ", name.removeprefix("Bespoke")).capitalize()

"""The first page of a dossier: one HTML file that reads offline, prints well and runs nothing."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Final
from urllib.parse import quote

from saleor_bespoke.documents.design import piece_facts, stones_facts
from saleor_bespoke.documents.parts import House, Piece, Reader, SetStone
from saleor_bespoke.documents.press import Press, Row
from saleor_bespoke.documents.wording import Wording

#: The dossier's folders, and the keys of their titles.
FOLDERS: Final = {
    "documents": "dossier.documents",
    "photos": "dossier.photos",
    "videos": "dossier.videos",
    "cad": "dossier.cad",
    "references": "dossier.references",
    "reports": "dossier.reports",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """A file of the dossier: where it lies, what it is, its SHA-256, and a small WebP of it."""

    path: str
    title: str
    detail: str = ""
    sha256: str = ""
    preview: bytes = b""


@dataclass(frozen=True, slots=True)
class Happened:
    """A line of the timeline."""

    at: datetime
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DossierPage:
    """What the page shows. `folders` are keys of the texts with their files in order."""

    house: House
    reader: Reader
    piece: Piece | None
    number: str
    title: str
    stage: str
    stones: tuple[SetStone, ...] = ()
    folders: tuple[tuple[str, tuple[Leaf, ...]], ...] = ()
    timeline: tuple[Happened, ...] = ()
    lost: tuple[str, ...] = ()


def page(facts: DossierPage) -> str:
    """The page as HTML; every text that a person typed is text in it."""
    words = Wording.of(facts.house, facts.reader)
    press = Press(words)
    shown = [_folder(words, key, leaves) for key, leaves in facts.folders if leaves]
    body = "".join(
        (
            _head(words, facts),
            _piece(words, press, facts),
            *shown,
            _timeline(words, facts),
            _lost(words, facts),
            "<footer><p>" + escape(words.say("dossier.check")) + "</p>",
            "<p><code>sha256sum -c SHA256SUMS</code></p></footer>",
        )
    )
    return (
        f'<!doctype html>\n<html lang="{words.language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "img-src data:; style-src 'unsafe-inline'\">"
        f"<title>{escape(facts.number)} · {escape(facts.title)}</title>"
        f"<style>{_style(facts.house)}</style></head><body>{body}</body></html>\n"
    )


def _head(words: Wording, facts: DossierPage) -> str:
    kind = words.say("dossier.title")
    return (
        f"<header><p class=house>{escape(facts.house.name)}</p>"
        f"<h1>{escape(facts.title)}</h1>"
        f"<p class=lead>{escape(kind)} · {escape(facts.number)} · "
        f"{escape(words.coded('stage', facts.stage))}</p></header>"
    )


def _piece(words: Wording, press: Press, facts: DossierPage) -> str:
    if facts.piece is None:
        return ""
    rows: list[Row] = piece_facts(press, facts.piece, finished=True)["rows"]
    lines = "".join(f"<dt>{escape(label)}</dt><dd>{escape(value)}</dd>" for label, value in rows)
    stones = "".join(
        f"<li><b>{row['quantity']} × {escape(row['name'])}</b><span>"
        + escape(" · ".join(row[key] for key in ("cut", "weight", "grades", "report") if row[key]))
        + "</span></li>"
        for row in stones_facts(press, facts.stones)
    )
    heading = escape(words.say("dossier.piece"))
    return (
        f"<section><h2>{heading}</h2><dl>{lines}</dl>"
        + (f"<ul class=stones>{stones}</ul>" if stones else "")
        + "</section>"
    )


def _folder(words: Wording, key: str, leaves: tuple[Leaf, ...]) -> str:
    pictured = any(leaf.preview for leaf in leaves)
    items = "".join(_leaf(leaf) for leaf in leaves)
    kind = "gallery" if pictured else "files"
    title = words.say(FOLDERS[key])
    return f"<section><h2>{escape(title)}</h2><ul class={kind}>{items}</ul></section>"


def _leaf(leaf: Leaf) -> str:
    picture = ""
    if leaf.preview:
        data = b64encode(leaf.preview).decode()
        picture = f'<img src="data:image/webp;base64,{data}" alt="{escape(leaf.title)}">'
    digest = f"<code>{leaf.sha256}</code>" if leaf.sha256 else ""
    detail = f"<span>{escape(leaf.detail)}</span>" if leaf.detail else ""
    return (
        f'<li><a href="{quote(leaf.path)}">{picture}<b>{escape(leaf.title)}</b></a>'
        f"{detail}{digest}</li>"
    )


def _timeline(words: Wording, facts: DossierPage) -> str:
    rows = "".join(
        f"<tr><td><time datetime={it.at.isoformat()}>{escape(words.moment(it.at))}</time></td>"
        f"<td>{escape(it.title)}</td></tr>"
        for it in facts.timeline
    )
    heading = escape(words.say("dossier.timeline"))
    return f"<section><h2>{heading}</h2><table>{rows}</table></section>"


def _lost(words: Wording, facts: DossierPage) -> str:
    if not facts.lost:
        return ""
    names = "".join(f"<li>{escape(name)}</li>" for name in facts.lost)
    heading = escape(words.say("dossier.lost"))
    return f"<section><h2>{heading}</h2><ul>{names}</ul></section>"


def _style(house: House) -> str:
    return f":root{{--ink:{house.ink};--accent:{house.accent}}}{_STYLE}"


_STYLE: Final = """
*{box-sizing:border-box}
body{margin:0 auto;max-width:62rem;padding:3rem 1.5rem 4rem;background:#fbfaf8;color:var(--ink);
font:16px/1.55 "Source Sans 3","Segoe UI",system-ui,sans-serif}
header{border-bottom:1px solid #ddd6cc;padding-bottom:1.6rem;margin-bottom:2.2rem}
h1,h2{font-family:"Noto Serif Display",Georgia,"Times New Roman",serif;font-weight:500;
line-height:1.15;overflow-wrap:anywhere}
h1{font-size:clamp(1.9rem,5vw,2.9rem);margin:.35rem 0 .6rem}
h2{font-size:1.35rem;margin:0 0 .9rem;color:var(--ink)}
.house{margin:0;letter-spacing:.14em;text-transform:uppercase;font-size:.8rem;color:var(--accent)}
.lead{margin:0;color:#6b6459}
section{margin:0 0 2.6rem}
dl{display:grid;grid-template-columns:minmax(8rem,14rem) 1fr;margin:0;gap:.15rem 1.2rem}
dt{color:#6b6459}dd{margin:0;overflow-wrap:anywhere}
ul{list-style:none;margin:0;padding:0}
.stones{margin-top:1rem;display:grid;gap:.3rem}.stones span{display:block;color:#6b6459}
.files li{display:grid;grid-template-columns:1fr auto;gap:0 1rem;padding:.6rem 0;
border-top:1px solid #e8e2d9}.files li:last-child{border-bottom:1px solid #e8e2d9}
.files span{color:#6b6459;white-space:nowrap}
code{font:12px/1.5 ui-monospace,SFMono-Regular,Menlo,monospace;color:#8a8378;
overflow-wrap:anywhere}
.files code{grid-column:1/-1}
a{color:inherit;text-decoration-color:var(--accent);text-underline-offset:.2em}
.gallery{display:grid;grid-template-columns:repeat(auto-fill,minmax(13rem,1fr));gap:1.2rem}
.gallery img{display:block;width:100%;aspect-ratio:4/3;object-fit:contain;background:#f1ede6;
border:1px solid #e8e2d9;margin-bottom:.4rem}
.gallery b{font-weight:400;overflow-wrap:anywhere}.gallery span,.gallery code{display:none}
table{border-collapse:collapse;width:100%;font-size:.95rem}
td{padding:.32rem .6rem .32rem 0;border-top:1px solid #e8e2d9;vertical-align:top}
td:first-child{white-space:nowrap;color:#6b6459;padding-right:1.4rem}
footer{border-top:1px solid #ddd6cc;padding-top:1rem;color:#6b6459}footer p{margin:.2rem 0}
@media(max-width:34rem){dl{grid-template-columns:1fr}dt{margin-top:.4rem}
td{display:block;border:0;padding:0}td:first-child{border-top:1px solid #e8e2d9;padding-top:.4rem}
.files li{grid-template-columns:1fr}}
@media print{body{background:#fff;padding:0;max-width:none;font-size:11pt}
section,li,tr{break-inside:avoid}a{text-decoration:none}h2{break-after:avoid}
.gallery{grid-template-columns:repeat(3,1fr)}}
""".replace("\n", "")

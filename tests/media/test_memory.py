"""No file that is let in, and none that is refused, takes more than 100 MB or some seconds."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from saleor_bespoke.media.recognise import HEAD_BYTES, recognise
from tests.media.cases import heaviest

#: Cleans the files named on the command line in turn; tells what each cost and what became of it.
_CLEANING = """
import json, pathlib, sys, time
from benchmarks.judging import peak, peak_forget
from saleor_bespoke.errors import BespokeError
from saleor_bespoke.media import documents, images, meshes, videos
from saleor_bespoke.media.clean import clean
from saleor_bespoke.media.recognise import FileKind

for name, kind in zip(sys.argv[1::2], sys.argv[2::2]):
    begun, before = time.process_time(), peak_forget()
    try:
        became = clean(pathlib.Path(name), FileKind(kind)).kind
    except BespokeError as refusal:
        became = refusal.code
    print(json.dumps([became, peak() - before, time.process_time() - begun]))
"""

MEGABYTES_MAX = 100
SECONDS_MAX = 5


def test_the_heaviest_files(tmp_path: Path) -> None:
    # given files that each come close to some limit
    names, words = [], []
    for number, case in enumerate(heaviest.cases()):
        path = tmp_path / f"{number}"
        path.write_bytes(case.content)
        kind = recognise(case.content[:HEAD_BYTES], len(case.content))
        assert kind is not None, case.name
        expected = case.expected
        names.append((case.name, {expected} if isinstance(expected, str) else set(expected)))
        words += [str(path), kind.value]
    # when a process that has nothing else to do cleans one after the other
    answer = subprocess.run(
        [sys.executable, "-c", _CLEANING, *words], capture_output=True, check=True, text=True
    )
    # then its peak stays low, and each does what it should in bounded time
    lines = [json.loads(line) for line in answer.stdout.splitlines()]
    wrong = [
        f"{name}: {became}, peak {megabytes:.0f} MB, {seconds:.1f} s"
        for (name, expected), (became, megabytes, seconds) in zip(names, lines, strict=True)
        if became not in expected or megabytes > MEGABYTES_MAX or seconds > SECONDS_MAX
    ]
    assert not wrong, "\n".join(wrong)

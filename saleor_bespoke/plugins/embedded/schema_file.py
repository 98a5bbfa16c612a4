"""The committed `schema.graphql`: written from the code, or compared with it."""

from __future__ import annotations

import difflib
import os
import sys
from pathlib import Path


def write(path: Path, *, check: bool) -> int:
    """Write the product's SDL, or with `check` fail showing the first differences."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "saleor_bespoke.plugins.embedded.settings")
    import django

    django.setup()
    from saleor_bespoke.graphql.sdl import product_sdl
    from saleor_bespoke.plugins.embedded.schema import schema

    text = product_sdl(schema)
    if not check:
        path.write_text(text, encoding="utf-8")
        print(f"Wrote {path.name} ({len(text.splitlines())} lines).")
        return 0
    committed = path.read_text(encoding="utf-8") if path.exists() else ""
    if committed == text:
        return 0
    difference = difflib.unified_diff(
        committed.splitlines(), text.splitlines(), "committed", "code", lineterm="", n=1
    )
    print("\n".join(list(difference)[:60]))
    print("schema.graphql differs from the code. Run: make schema", file=sys.stderr)
    return 1

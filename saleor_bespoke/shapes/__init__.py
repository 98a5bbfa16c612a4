"""Shapes: meshes of pieces loaded, measured, drawn, fingerprinted and compared. Knows no Django.

Needs the extra `cad`; without it, importing this room says so.
"""

from __future__ import annotations

try:
    import numpy  # noqa: F401 - only whether it is there
except ImportError as error:
    raise ImportError(
        "Measuring and drawing shapes needs numpy: install saleor-bespoke[cad]."
    ) from error

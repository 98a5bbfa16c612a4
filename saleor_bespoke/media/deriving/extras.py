"""Which of the optional parts are installed, and what is missing without them."""

from __future__ import annotations

from importlib.util import find_spec

#: What each of our extras brings for deriving: the modules, and what there is not without them.
_EXTRAS = {
    "cad": (("numpy",), "Meshes are not drawn"),
    "pdf": (("pypdfium2",), "Documents have no previews"),
    "video": (("av",), "Videos have no poster"),
}


def present_extras() -> list[str]:
    """The extras whose modules can be imported here."""
    return [
        extra
        for extra, (modules, _) in _EXTRAS.items()
        if all(find_spec(module) is not None for module in modules)
    ]


def missing_sentence(extra: str) -> str:
    """What this shop cannot do, and what its operator installs."""
    what = _EXTRAS[extra][1] if extra in _EXTRAS else "This is not derived"
    return f"{what} in this shop: the extra is not installed, saleor-bespoke[{extra}]."

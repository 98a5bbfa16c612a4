"""Our requirements fit every Saleor branch and name all that the code imports."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.tooling.facts import ROOT, saleor_facts

BRANCHES = ("3.21", "3.22", "3.23", "main")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS: dict[str, list[str]] = PROJECT["optional-dependencies"]


def required(*extras: str) -> list[Requirement]:
    lines = PROJECT["dependencies"] + [line for extra in extras for line in EXTRAS[extra]]
    return [Requirement(line) for line in lines]


def pins(path: Path) -> dict[str, str]:
    lines = [line.split("==") for line in path.read_text().splitlines() if "==" in line]
    return {canonicalize_name(name): version for name, version in lines}


def imported(folder: Path) -> Iterator[str]:
    """The names of the packages that the Python files below `folder` import."""
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                yield from (alias.name.split(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield node.module.split(".")[0]


def undeclared(folder: str, requirements: list[Requirement], ours: set[str]) -> set[str]:
    declared = {canonicalize_name(requirement.name) for requirement in requirements}
    owners = packages_distributions()
    foreign = set(imported(ROOT / folder)) - sys.stdlib_module_names - ours
    return {
        name
        for name in foreign
        if not declared & {canonicalize_name(owner) for owner in owners.get(name, [])}
    }


@pytest.mark.parametrize("branch", BRANCHES)
def test_no_requirement_moves_a_version_that_saleor_locks(branch: str) -> None:
    locked = pins(saleor_facts("pins") / f"{branch}.txt")
    ranges = required(*(extra for extra in EXTRAS if extra != "dev"))
    shared = [need for need in ranges if canonicalize_name(need.name) in locked]

    moved = [
        f"{need} excludes {locked[canonicalize_name(need.name)]}"
        for need in shared
        if not need.specifier.contains(locked[canonicalize_name(need.name)])
    ]
    assert moved == []
    assert {"celery", "django", "graphene", "pillow", "stripe"} <= {need.name for need in shared}


def test_saleor_is_the_host_and_no_requirement() -> None:
    assert "saleor" not in {need.name for need in required(*EXTRAS)}


def test_the_package_declares_what_it_imports() -> None:
    extras = [extra for extra in EXTRAS if extra != "dev"]
    # Saleor is there when its adapter is.
    assert undeclared("saleor_bespoke", required(*extras), {"saleor_bespoke", "saleor"}) == set()


def test_the_tests_declare_what_they_import() -> None:
    # pillow_heif (GPL) made the committed HEIC sample once and is nobody's requirement.
    # Saleor is there where tests/saleor runs.
    ours = {"saleor_bespoke", "tests", "benchmarks", "pillow_heif", "saleor"}
    assert undeclared("tests", required(*EXTRAS), ours) == set()


def test_the_lock_holds_hashes_for_everything_and_names_no_host() -> None:
    lock = (ROOT / "requirements.txt").read_text()
    entries = re.split(r"\n(?=\S)", lock.strip())
    locked = {canonicalize_name(entry.split("==")[0]): entry for entry in entries}

    assert all("--hash=sha256:" in entry for entry in entries)
    assert {canonicalize_name(need.name) for need in required(*EXTRAS)} <= locked.keys()
    for need in required(*EXTRAS):
        found = re.match(r"\S+?==([^\s;]+)", locked[canonicalize_name(need.name)])
        assert found is not None
        assert need.specifier.contains(found[1]), f"{need} excludes the locked {found[1]}"
    assert "://" not in lock

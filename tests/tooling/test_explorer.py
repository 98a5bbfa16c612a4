"""The API explorer works without the internet: all it loads is in the package."""

from __future__ import annotations

import re
from pathlib import Path

from django.contrib.staticfiles import finders
from django.template.loader import render_to_string

PAGE = render_to_string("bespoke_embedded/explorer.html")
LOADED = re.findall(r'(?:src|href)="([^"]+)"', PAGE)


def test_everything_the_page_loads_is_in_the_package() -> None:
    files = [address for address in LOADED if address != "data:,"]
    assert len(files) == 6
    for address in files:
        name = address.rpartition("static/")[2]
        assert name.startswith("graphiql/")
        assert finders.find(name), name


def test_the_page_and_its_styles_name_no_other_host() -> None:
    assert "//" not in PAGE.replace("<!doctype html>", "")
    for name in ("graphiql/graphiql.min.css", "graphiql/explorer.css"):
        found = finders.find(name)
        assert found
        addresses = re.findall(r"url\((.{0,6})", Path(found).read_text())
        assert all(address.startswith(("data:", "#")) for address in addresses)


def test_the_licences_travel_with_the_files() -> None:
    found = finders.find("graphiql/LICENSES.txt")
    assert found
    text = Path(found).read_text()
    for package in ("graphiql (MIT)", "react (MIT)", "react-dom (MIT)", "graphql (MIT)"):
        assert f"\n{package}\n" in text

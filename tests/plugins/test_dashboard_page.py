"""The page for the Dashboard's iframe: who may frame it, what it may do, what it asks for."""

from __future__ import annotations

import re

import graphene
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.urls import path
from graphql import parse, validate

from saleor_bespoke.graphql.schema import BespokeQueries
from saleor_bespoke.plugins.saleor import dashboard

ADDRESS = "/plugins/saleor.bespoke/dashboard/"

#: Where Saleor serves its API, as far as the page must know.
urlpatterns = [path("graphql/", lambda request: HttpResponse(), name="api")]
pytestmark = pytest.mark.urls(__name__)


class Query(BespokeQueries, graphene.ObjectType):
    """The product's own part of the API."""


@pytest.fixture(autouse=True)
def dashboards(settings: object) -> None:
    """The shop's Dashboard lives on another host."""
    settings.BESPOKE = {  # type: ignore[attr-defined]
        "DASHBOARD_ORIGINS": ["https://Dashboard.example.com/", "http://127.0.0.1:9000"]
    }


def asked(name: str = "", method: str = "get") -> HttpResponse:
    request: HttpRequest = getattr(RequestFactory(), method)(ADDRESS + name)
    return dashboard.page(request, name)


def text(name: str = "") -> str:
    return asked(name).content.decode()


def rules(response: HttpResponse) -> dict[str, str]:
    parts = response["Content-Security-Policy"].split("; ")
    return {name: value for name, _, value in (part.partition(" ") for part in parts)}


@pytest.mark.parametrize("name", ["", "page.js", "page.css"])
def test_only_the_shops_dashboards_may_frame_it_and_nothing_foreign_runs(name: str) -> None:
    response = asked(name)
    assert response.status_code == 200
    assert rules(response) == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "connect-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'self' https://dashboard.example.com http://127.0.0.1:9000",
    }
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "no-referrer"


def test_a_shop_that_names_no_dashboard_allows_its_own_origin_alone(settings: object) -> None:
    settings.BESPOKE = {}  # type: ignore[attr-defined]
    assert rules(asked())["frame-ancestors"] == "'self'"


@pytest.mark.parametrize(
    "entry",
    [
        "*",
        "dashboard.example.com",
        "javascript://dashboard.example.com",
        "https://user@dashboard.example.com",
        "https://dashboard.example.com/path",
        "https://dashboard.example.com?x=1",
        "https://a.example.com; script-src *",
        "https://a.example.com,https://b.example.com",
        "https://*.example.com",
        "https://",
    ],
)
def test_what_is_no_origin_is_refused_aloud(entry: str, settings: object) -> None:
    settings.BESPOKE = {"DASHBOARD_ORIGINS": [entry]}  # type: ignore[attr-defined]
    with pytest.raises(ImproperlyConfigured, match="DASHBOARD_ORIGINS"):
        dashboard.origins()


def test_the_page_loads_its_own_two_files_and_knows_the_api() -> None:
    page = text()
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert loaded == [f"{ADDRESS}page.css", f"{ADDRESS}page.js"]
    assert 'data-api="/graphql/"' in page
    assert 'data-dashboards="https://dashboard.example.com http://127.0.0.1:9000"' in page


def test_without_the_last_slash_the_page_finds_its_files_as_well() -> None:
    request = RequestFactory().get(ADDRESS.rstrip("/"))
    assert f'src="{ADDRESS}page.js"' in dashboard.page(request, "").content.decode()


def test_nothing_of_the_question_is_echoed() -> None:
    hostile = "<script>alert(1)</script>"
    request = RequestFactory().get(ADDRESS, {"theme": hostile, "saleorApiUrl": hostile})
    assert dashboard.page(request, "").content == asked().content


def test_nothing_is_written_inline() -> None:
    page = text()
    assert not re.search(r"<script(?![^>]*\bsrc=)", page)
    assert not re.search(r"<style|\sstyle=|\son\w+=", page)


@pytest.mark.parametrize("name", ["page.html", "../dashboard.py", "other", "page.js/", "/"])
def test_other_names_are_absent(name: str) -> None:
    assert asked(name).status_code == 404


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_it_is_only_read(method: str) -> None:
    response = asked(method=method)
    assert response.status_code == 405
    assert response["Allow"] == "GET, HEAD"


def test_the_pages_question_fits_the_schema_and_asks_for_staffs_permission() -> None:
    found = re.search(r"const QUERY = `(.+?)`", text("page.js"), re.DOTALL)
    assert found
    document = parse(found[1])
    assert not validate(graphene.Schema(query=Query), document)
    (operation,) = document.definitions
    fields = [field.name.value for field in operation.selection_set.selections]
    # Shoppers may ask for their own commissions; the attention list is for staff alone.
    assert fields == ["bespokeAttention", "bespokeProjects"]


def test_answers_become_text_and_the_token_stays_in_the_script() -> None:
    script = text("page.js")
    for way in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "srcdoc",
    ):
        assert way not in script
    for place in ("localStorage", "sessionStorage", "cookie", "console", "history", "saleorApiUrl"):
        assert place not in script

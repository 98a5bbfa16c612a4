"""The page in the Dashboard's iframe on a real Saleor: who gets it, and whom it answers.

Everybody asks here what the page's own script asks, with the token that the Dashboard hands it.
"""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from saleor.app.models import App, AppExtension
from saleor.core.jwt import create_access_token, create_access_token_for_app
from saleor.permission.models import Permission
from saleor.plugins.models import PluginConfiguration

from saleor_bespoke import clock, conf
from saleor_bespoke.plugins.saleor import dashboard
from saleor_bespoke.project.attention import raise_for
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.shop.saleor.installed import PLUGIN_ID, app_find
from tests.fixtures import make_project, make_staff
from tests.hosts.saleor import ask

pytestmark = pytest.mark.django_db

PAGE = "/plugins/saleor.bespoke/dashboard/"
FILES = ["", "page.js", "page.css"]
HOSTILE = "</td><script>alert('1')</script>\u202e<img src=x onerror=alert(1)>"
SCRIPT = (Path(dashboard.__file__).parent / "pages" / "page.js").read_text()


def query() -> str:
    """What the page asks the shop."""
    found = re.search(r"const QUERY = `(.+?)`", SCRIPT, re.DOTALL)
    assert found
    return found[1]


@pytest.fixture
def projects(shop: None) -> tuple[BespokeProject, BespokeProject]:
    """A commission in each channel: one hostile and stuck, one with a promised date."""
    hostile, _ = make_project(channel="us", title=HOSTILE)
    raise_for(hostile, "STUCK", "It waits <b>here</b>.")
    ring, _ = make_project(channel="eu", title="Ring")
    now = clock.now()
    ring.promises.create(step="CAD", started_at=now, due_at=now, first_due_at=now, trace={})
    return hostile, ring


def token_of(actor: Any) -> str:
    """What the Dashboard hands our page when this person opens it."""
    user = get_user_model().objects.get(pk=actor.user_pk)
    return create_access_token_for_app(app_find(), user)


def asked(bearer: str = "") -> dict[str, Any]:
    """The whole answer to the page's question."""
    return ask(query(), {"first": 25, "after": None}, bearer=bearer)


def refused_with(answer: dict[str, Any]) -> str:
    """The code that the page turns into words; nothing else is in the answer."""
    assert answer["data"] is None, answer
    return str(answer["errors"][0]["extensions"]["exception"]["code"])


# the page ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FILES)
def test_the_page_and_its_files_come_with_their_fences(
    shop: None, name: str, settings: Any
) -> None:
    settings.BESPOKE = settings.BESPOKE | {"DASHBOARD_ORIGINS": ["https://dashboard.example.com"]}
    conf.policies_forget()

    answer = Client().get(PAGE + name, {"saleorApiUrl": "https://elsewhere.example/graphql/"})

    assert answer.status_code == 200
    policy = answer["Content-Security-Policy"].split("; ")
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'self' https://dashboard.example.com" in policy
    assert "X-Frame-Options" not in answer
    assert b"elsewhere" not in answer.content


def test_without_its_last_slash_the_page_comes_as_well(shop: None) -> None:
    answer = Client().get(PAGE.rstrip("/"))

    assert answer.status_code == 200
    assert f'src="{PAGE}page.js"' in answer.content.decode()
    assert 'data-api="/graphql/"' in answer.content.decode()


def test_the_page_itself_holds_no_commission(projects: Any) -> None:
    assert b"Ring" not in Client().get(PAGE).content


@pytest.mark.parametrize("name", FILES)
def test_it_is_absent_when_the_plugin_is_off_everywhere(shop: None, name: str) -> None:
    PluginConfiguration.objects.filter(identifier=PLUGIN_ID).update(active=False)

    assert Client().get(PAGE + name).status_code == 404


def test_other_names_and_ways_are_refused(shop: None) -> None:
    assert Client().get(f"{PAGE}other").status_code == 404
    assert Client().post(PAGE, {"accessToken": "x"}).status_code == 405


def test_the_dashboards_entry_leads_to_the_page(shop: None) -> None:
    app, entry = app_find(), AppExtension.objects.get(app=app_find())

    assert app.app_url.endswith(PAGE)
    assert (entry.mount, entry.target, entry.url) == ("navigation_orders", "app_page", "/")
    assert [row.codename for row in entry.permissions.all()] == ["manage_orders"]


# what it shows, to whom -------------------------------------------------------------------------


def test_staff_see_every_commission_as_it_was_written(projects: Any) -> None:
    answer = asked(token_of(make_staff()))

    found = {
        edge["node"]["title"]: edge["node"] for edge in answer["data"]["bespokeProjects"]["edges"]
    }
    assert set(found) == {HOSTILE, "Ring"}
    assert [row["detail"] for row in found[HOSTILE]["attention"]] == ["It waits <b>here</b>."]
    assert found["Ring"]["currentPromise"]["step"] == "CAD"
    assert answer["data"]["bespokeAttention"]["totalCount"] == 1


def test_staff_of_one_channel_see_that_channels(projects: Any) -> None:
    answer = asked(token_of(make_staff("emil@example.com", channels=("eu",))))

    nodes = [edge["node"] for edge in answer["data"]["bespokeProjects"]["edges"]]
    assert [node["title"] for node in nodes] == ["Ring"]
    assert answer["data"]["bespokeAttention"]["totalCount"] == 0


def test_the_page_goes_on_where_it_stopped(projects: Any) -> None:
    bearer = token_of(make_staff())
    first = ask(query(), {"first": 1, "after": None}, bearer=bearer)["data"]["bespokeProjects"]
    assert first["pageInfo"]["hasNextPage"]
    assert first["totalCount"] == 2

    after = first["pageInfo"]["endCursor"]
    rest = ask(query(), {"first": 1, "after": after}, bearer=bearer)["data"]["bespokeProjects"]

    assert not rest["pageInfo"]["hasNextPage"]
    assert first["edges"][0]["node"]["id"] != rest["edges"][0]["node"]["id"]


def test_staff_without_the_permission_are_refused(projects: Any) -> None:
    olga = make_staff("olga@example.com", permissions=("MANAGE_PRODUCTS",))

    assert refused_with(asked(token_of(olga))) == "PermissionDenied"


def test_shoppers_and_strangers_are_refused(projects: Any) -> None:
    shopper = get_user_model().objects.create(email="ada@example.com", is_active=True)

    assert refused_with(asked(create_access_token(shopper))) == "PermissionDenied"
    assert refused_with(asked()) == "PermissionDenied"
    assert refused_with(asked("garbage")) == "PermissionDenied"


def test_a_token_is_cut_to_what_the_app_it_was_made_for_may(projects: Any) -> None:
    other = App.objects.create(name="Other", type="thirdparty", is_active=True)
    other.permissions.set(Permission.objects.filter(codename="manage_products"))
    boss = get_user_model().objects.create(
        email="boss@example.com", is_active=True, is_staff=True, is_superuser=True
    )

    assert refused_with(asked(create_access_token_for_app(other, boss))) == "PermissionDenied"
    assert asked(create_access_token_for_app(app_find(), boss))["data"]


def test_a_forged_or_withdrawn_token_is_refused(projects: Any) -> None:
    staff = make_staff()
    bearer = token_of(staff)
    head, _, signature = bearer.rpartition(".")
    forged = f"{head}.{signature[::-1]}"

    assert refused_with(asked(forged)) == "InvalidSignatureError"
    assert asked(bearer)["data"]
    get_user_model().objects.filter(pk=staff.user_pk).update(jwt_token_key="changed")
    assert refused_with(asked(bearer)) == "InvalidTokenError"


def test_an_expired_token_is_called_by_the_name_the_page_waits_for(
    projects: Any, settings: Any
) -> None:
    staff = make_staff()
    settings.JWT_TTL_APP_ACCESS = timedelta(seconds=-1)

    assert refused_with(asked(token_of(staff))) == "ExpiredSignatureError"
    assert '"ExpiredSignatureError"' in SCRIPT
    assert '"PermissionDenied"' in SCRIPT


def test_a_switched_off_app_takes_its_entry_along(projects: Any) -> None:
    App.objects.filter(pk=app_find().pk).update(is_active=False)
    query = "{ appExtensions(first: 5) { totalCount } }"
    staff = get_user_model().objects.get(pk=make_staff().user_pk)

    answer = ask(query, {}, bearer=create_access_token(staff))

    assert answer["data"]["appExtensions"]["totalCount"] == 0

"""The plugin's addresses: the provider's door, private files, the page; absent with the plugin."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib.auth import get_user_model
from django.core.files.base import ContentFile
from django.test import Client
from saleor.app.models import App
from saleor.core.jwt import create_access_token
from saleor.plugins.models import PluginConfiguration

from saleor_bespoke.graphql.files import FILES_PATH, address_of
from saleor_bespoke.media import links
from saleor_bespoke.media.models import BespokeFile
from saleor_bespoke.media.store import private_storage
from saleor_bespoke.money.models import ProviderEvent
from saleor_bespoke.project.access import ANONYMOUS, Actor
from saleor_bespoke.project.models import BespokeProject
from tests.fixtures import make_commission
from tests.hosts import saleor as host

pytestmark = pytest.mark.django_db

ROOT = "/plugins/saleor.bespoke/"
BYTES = b"%PDF-1.7 private"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> None:
    """A folder of its own for private files."""
    settings.BESPOKE = {**settings.BESPOKE, "FILES_DIR": str(tmp_path)}


@pytest.fixture
def commission(shop: None, customer: Actor) -> BespokeProject:
    """The customer's commission in `us`."""
    return make_commission(customer)[0]


def file_of(project: BespokeProject) -> BespokeFile:
    """A stored private file of a commission."""
    name = private_storage().save("a-test", ContentFile(BYTES))
    return BespokeFile.objects.create(
        project=project,
        purpose="REFERENCE",
        kind="PDF",
        name="file.pdf",
        size=len(BYTES),
        sha256=hashlib.sha256(BYTES).hexdigest(),
        storage_name=name,
        shared=True,
        created_at=project.created_at,
    )


def token_of(actor: Actor) -> str:
    """This user's access token."""
    return str(create_access_token(get_user_model().objects.get(pk=actor.user_pk)))


def link_of(file: BespokeFile, viewer: str) -> str:
    version = file.project.token_version
    return f"{ROOT}files/{links.link_make(file_pk=file.pk, token_version=version, viewer=viewer)}"


def signed(payload: bytes, secret: str = "whsec_embedded", age: int = 0) -> dict[str, str]:  # noqa: S107
    stamp = int(time.time()) - age
    mac = hmac.new(secret.encode(), f"{stamp}.".encode() + payload, hashlib.sha256).hexdigest()
    return {"Stripe-Signature": f"t={stamp},v1={mac}"}


def knock(payload: bytes, headers: dict[str, str], where: str = ROOT) -> int:
    answer = Client().post(
        f"{where}stripe/webhook", payload, content_type="application/json", headers=headers
    )
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    return int(answer.status_code)


EVENT = json.dumps({"id": "evt_door", "type": "charge.updated", "data": {"object": {}}}).encode()


# the provider's door ------------------------------------------------------------------------------


def test_a_signed_report_is_stored_once(shop: None) -> None:
    assert knock(EVENT, signed(EVENT)) == 200
    assert knock(EVENT, signed(EVENT)) == 200

    assert ProviderEvent.objects.filter(event_id="evt_door").count() == 1


@pytest.mark.parametrize(
    "headers",
    [{}, signed(EVENT, "whsec_else"), signed(EVENT, age=301), signed(EVENT + b" ")],
    ids=["unsigned", "with another secret", "too old", "for another body"],
)
def test_an_unsigned_report_is_refused(shop: None, headers: dict[str, str]) -> None:
    assert knock(EVENT, headers) == 400
    assert not ProviderEvent.objects.exists()


def test_a_report_has_a_size_and_a_method(shop: None) -> None:
    large = b"x" * 1_000_001
    assert knock(large, signed(large)) == 413
    assert knock(b"", signed(b"")) == 413
    assert Client().get(f"{ROOT}stripe/webhook").status_code == 405


def test_the_door_stands_at_the_channels_address_too(shop: None) -> None:
    assert knock(EVENT, signed(EVENT), "/plugins/channel/us/saleor.bespoke/") == 200


# private files ------------------------------------------------------------------------------------


def test_a_file_is_for_the_viewer_of_its_link(
    commission: BespokeProject, customer: Actor, other_customer: Actor
) -> None:
    address = link_of(file_of(commission), f"user:{customer.user_pk}")
    mine = {"Authorization": f"Bearer {token_of(customer)}"}

    whole = Client().get(address, headers=mine)

    assert (whole.status_code, whole.getvalue()) == (200, BYTES)
    assert whole.headers["Cache-Control"] == "private, no-store"
    assert whole.headers["X-Content-Type-Options"] == "nosniff"
    assert whole.headers["Content-Disposition"].startswith("attachment")
    part = Client().get(address, headers={**mine, "Range": "bytes=1-3"})
    assert (part.status_code, part.getvalue()) == (206, BYTES[1:4])
    assert Client().head(address, headers=mine).status_code == 200
    theirs = {"Authorization": f"Bearer {token_of(other_customer)}"}
    for headers in ({}, theirs, {"Authorization": "Bearer nonsense"}):
        assert Client().get(address, headers=headers).status_code == 404
    assert Client().post(address, headers=mine).status_code == 405
    assert Client().get(f"{ROOT}files/nonsense", headers=mine).status_code == 404


def test_a_broken_login_is_told_so(commission: BespokeProject, customer: Actor) -> None:
    address = link_of(file_of(commission), f"user:{customer.user_pk}")
    user = get_user_model().objects.get(pk=customer.user_pk)
    headers = {"Authorization": f"Bearer {token_of(customer)}"}
    user.jwt_token_key = "changed"
    user.save(update_fields=["jwt_token_key"])

    assert Client().get(address, headers=headers).status_code == 401


def test_an_app_is_a_viewer_of_its_own(commission: BespokeProject) -> None:
    bearer = host.app_token("manage_orders")
    app = App.objects.get(name="An app")
    address = link_of(file_of(commission), f"app:{app.pk}")

    assert Client().get(address).status_code == 404
    answer = Client().get(address, headers={"Authorization": f"Bearer {bearer}"})
    assert answer.status_code == 200


@pytest.mark.parametrize("header", ["Bespoke-Token", "Authorization"])
def test_a_guest_shows_the_commissions_token(shop: None, header: str) -> None:
    project, token = make_commission(ANONYMOUS)
    address = link_of(file_of(project), f"guest:{project.pk}")
    shown = token if header == "Bespoke-Token" else f"Bespoke {token}"

    assert Client().get(address, headers={header: shown}).status_code == 200
    assert Client().get(address, headers={header: "Bespoke nonsense"}).status_code == 404


def test_the_api_hands_out_addresses_that_work(
    commission: BespokeProject, customer: Actor, settings: Any
) -> None:
    settings.PUBLIC_URL = "https://shop.example.com/"

    address = address_of(SimpleNamespace(), f"{FILES_PATH}link")

    assert address == "https://shop.example.com/plugins/saleor.bespoke/files/link"
    assert urlsplit(link_of(file_of(commission), "x")).path.startswith(FILES_PATH)


# with the plugin off ------------------------------------------------------------------------------


def test_everything_is_absent_where_the_plugin_is_off(
    commission: BespokeProject, customer: Actor
) -> None:
    address = link_of(file_of(commission), f"user:{customer.user_pk}")
    mine = {"Authorization": f"Bearer {token_of(customer)}"}
    assert Client().get(f"{ROOT}dashboard/").status_code == 200

    PluginConfiguration.objects.filter(identifier="saleor.bespoke").update(active=False)

    assert knock(EVENT, signed(EVENT)) == 404
    for path in (address, f"{ROOT}dashboard/", ROOT, f"{ROOT}nonsense"):
        assert Client().get(path, headers=mine).status_code == 404
    assert not ProviderEvent.objects.exists()


def test_a_channel_that_is_off_keeps_its_files(commission: BespokeProject, customer: Actor) -> None:
    address = link_of(file_of(commission), f"user:{customer.user_pk}")
    mine = {"Authorization": f"Bearer {token_of(customer)}"}
    rows = PluginConfiguration.objects.filter(identifier="saleor.bespoke")

    rows.filter(channel__slug="us").update(active=False)

    assert Client().get(address, headers=mine).status_code == 404
    assert knock(EVENT, signed(EVENT)) == 200


@pytest.mark.parametrize("path", ["", "nonsense", "stripe/", "stripe/webhooks", "files/"])
def test_other_addresses_are_absent(shop: None, path: str) -> None:
    assert Client().get(f"{ROOT}{path}").status_code == 404

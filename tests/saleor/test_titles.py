"""What a piece is called where storefronts look: an attribute of its variant."""

from __future__ import annotations

from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from saleor.attribute.models import Attribute, AttributeValue
from saleor.checkout.models import CheckoutLine

from saleor_bespoke.shop import port
from saleor_bespoke.shop.saleor.titles import TITLE
from tests.hosts.saleor import ask, checkout_ref

pytestmark = pytest.mark.django_db

#: How Saleor's own storefront asks for the lines of a checkout.
LINES = """query($id: ID!) { checkout(id: $id) { lines {
    variant { name product { name } attributes(variantSelection: ALL) { values { name } } } } } }"""
CHOICES = """{ attributes(first: 5) { edges { node {
    slug choices(first: 5) { totalCount } } } } }"""
HALO = "Sapphire halo ring, 18k <b>yellow</b>"


def opened(title: str, **changes: Any) -> str:
    """A checkout of ours; its id."""
    facts: dict[str, Any] = {
        "channel": "us",
        "currency": "USD",
        "price": Decimal("1234.55"),
        "title": title,
        "email": "guest@example.com",
        "user_pk": None,
        "country": "US",
        "metadata": {},
    }
    return port.shop().checkout_open(port.CheckoutRequest(**facts | changes))


def shown(checkout_id: str) -> Any:
    """The variant of its line, as anybody with the checkout's id reads it."""
    answer = ask(LINES, {"id": checkout_ref(checkout_id)})
    (line,) = answer["data"]["checkout"]["lines"]
    return line["variant"]


@pytest.mark.parametrize("shipped", [True, False])
def test_a_line_says_its_title_by_name_and_by_attribute(shop: None, shipped: bool) -> None:
    first, second = opened(HALO, shipped=shipped), opened("Band", shipped=shipped)

    assert shown(first)["name"] == HALO
    assert shown(first)["attributes"] == [{"values": [{"name": HALO}]}]
    assert shown(second)["attributes"] == [{"values": [{"name": "Band"}]}]
    assert Attribute.objects.filter(external_reference=TITLE).count() == 1


def test_a_title_longer_than_saleors_column_is_cut_in_the_list_and_kept_in_full(
    shop: None,
) -> None:
    long = "Ring " + "x" * 251
    checkout_id = opened(long)

    assert shown(checkout_id)["attributes"] == [{"values": [{"name": long[:250]}]}]
    assert AttributeValue.objects.get(attribute__external_reference=TITLE).plain_text == long


def test_nobody_finds_the_titles_through_the_attribute(shop: None) -> None:
    opened(HALO)

    edges = ask(CHOICES, {})["data"]["attributes"]["edges"]
    counts = {edge["node"]["slug"]: edge["node"]["choices"]["totalCount"] for edge in edges}
    assert counts["saleor-bespoke-title"] == 0


def test_a_dropped_checkout_takes_its_title_along(shop: None) -> None:
    gone, kept = opened("Gone"), opened("Kept")

    assert port.shop().checkout_drop(gone)
    assert not CheckoutLine.objects.filter(checkout_id=gone).exists()
    assert list(
        AttributeValue.objects.filter(attribute__external_reference=TITLE).values_list(
            "name", flat=True
        )
    ) == ["Kept"]
    assert shown(kept)["attributes"]


def test_removal_takes_the_attribute_away(shop: None) -> None:
    opened(HALO)
    said = StringIO()

    call_command("bespoke_remove", "--yes", stdout=said)

    assert "attribute of their titles (1)" in said.getvalue()
    assert not Attribute.objects.filter(external_reference=TITLE).exists()
    assert not AttributeValue.objects.filter(name=HALO).exists()

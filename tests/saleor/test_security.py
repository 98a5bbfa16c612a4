"""Attacks on identity, access and secrets in a real Saleor, each once tried by hand."""

from __future__ import annotations

import json

import pytest
from django.contrib.auth import get_user_model
from django.core.exceptions import ImproperlyConfigured
from graphql import get_default_backend
from graphql_relay import to_global_id as ref
from saleor.graphql.api import schema
from saleor.order.utils import match_orders_with_new_user
from saleor.product.models import ProductVariant
from saleor.webhook.observability.payloads import serialize_gql_operation_result
from saleor.webhook.observability.utils import GraphQLOperationResponse

from saleor_bespoke import environment
from saleor_bespoke.graphql.base import global_id
from saleor_bespoke.plugins.embedded.fake_stripe import FakeStripe
from saleor_bespoke.project.access import ANONYMOUS
from saleor_bespoke.project.models import BespokeProject, Webhook
from saleor_bespoke.project.services import guest_token_rotate
from saleor_bespoke.workshop.models import Material
from saleor_bespoke.workshop.own_stones import customer_stone_register
from tests.fixtures import (
    accept_quote,
    guest_of,
    make_commission,
    make_customer,
    make_quoted,
    make_staff,
)
from tests.hosts import saleor as host
from tests.paying import pay
from tests.saleor.people import Caller, Json, post, program, rows_stay, user

pytestmark = pytest.mark.django_db

TITLE = "Ring for Anna's proposal"


def title_of(answer: Json) -> bool:
    return TITLE in json.dumps(answer)


# titles of commissions ----------------------------------------------------------------------------


@pytest.fixture
def checkout_id(provider: FakeStripe, shop: None) -> str:
    """An open checkout of a commission whose title is nobody's business."""
    owner = make_customer()
    project = make_quoted(owner, make_staff(), title=TITLE)
    return str(accept_quote(project, owner).attempt.checkout_id)


CATALOGUE = {
    "all variants": """{ product(slug: "saleor-bespoke-piece", channel: "us") {
        variants { id name attributes { values { name } } } } }""",
    "one variant": """query($variant: ID!) {
        product(slug: "saleor-bespoke-piece", channel: "us") {
          variant(id: $variant) { name } } }""",
    "by its id": """query($variant: ID!) {
        productVariant(id: $variant, channel: "us") { name attributes { values { name } } } }""",
    "pages": """query($variant: ID!) { productVariants(ids: [$variant], channel: "us", first: 9) {
        edges { node { name } } } }""",
    "federation": """query($variant: ID!) {
        _entities(representations: [{__typename: "ProductVariant", id: $variant, channel: "us"}]) {
          ... on ProductVariant { name } } }""",
    "a checkout of one's own": """mutation($variant: ID!) {
        checkoutCreate(input: {channel: "us", lines: [{variantId: $variant, quantity: 1}]}) {
          checkout { lines { variant { name attributes { values { name } } } } }
          errors { code } } }""",
}


@pytest.mark.parametrize("way", CATALOGUE)
def test_the_catalogue_tells_nobody_the_title_of_a_commission(checkout_id: str, way: str) -> None:
    """Variants have numbers that anybody can guess."""
    variant = ref("ProductVariant", ProductVariant.objects.get(name=TITLE).pk)
    make_customer("other@example.com")
    for caller in (Caller(), user("other@example.com"), program("MANAGE_USERS")):
        answer = post(CATALOGUE[way], caller, variant=variant)
        assert not title_of(answer), answer


def test_who_holds_the_checkout_and_who_serves_the_catalogue_see_the_title(
    checkout_id: str,
) -> None:
    variant = ref("ProductVariant", ProductVariant.objects.get(name=TITLE).pk)
    held = "query($id: ID!) { checkout(id: $id) { lines { variant { name } } } }"
    assert title_of(post(held, id=ref("Checkout", checkout_id)))
    for way in ("all variants", "by its id"):
        assert title_of(post(CATALOGUE[way], program("MANAGE_PRODUCTS"), variant=variant))


def test_the_shops_own_variants_are_told_as_ever(shop: None) -> None:
    variant = host.ordinary_variant()
    # as a piece has it
    ProductVariant.objects.filter(name="Box").update(quantity_limit_per_customer=1)
    for way in ("by its id", "a checkout of one's own"):
        answer = post(CATALOGUE[way], variant=variant)
        assert "errors" not in answer
        assert "Box" in json.dumps(answer)
    all_of_it = '{ product(slug: "box", channel: "us") { variants { name } } }'
    assert post(all_of_it)["data"]["product"]["variants"] == [{"name": "Box"}]


# secrets in reports -------------------------------------------------------------------------------


def test_apps_that_observe_the_api_see_no_secret_link(shop: None) -> None:
    project, _ = make_commission(make_customer())
    query = """mutation($id: ID!) {
      bespokeGuestTokenRotate(id: $id) { guestToken project { contactEmail } errors { code } } }"""
    answer = post(query, user("customer@example.com"), id=global_id("BespokeProject", project.pk))
    token = answer["data"]["bespokeGuestTokenRotate"]["guestToken"]
    assert token
    document = get_default_backend().document_from_string(schema, query)
    operation = GraphQLOperationResponse(query=document, variables={}, result=answer)
    told = json.dumps(serialize_gql_operation_result(operation, 100_000)[0], default=str)
    assert token not in told
    assert "customer@example.com" not in told
    assert "***" in told


def test_a_wrong_setting_is_named_without_its_text() -> None:
    """What cannot be a key may hold one; the sentence ends in logs and on the console."""
    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY must be a text") as wrong:
        environment.parsed(str, ["sk_live_secret"], "STRIPE.SECRET_KEY")
    assert "sk_live" not in str(wrong.value)


# staff of one channel -----------------------------------------------------------------------------


@pytest.fixture
def own_stone(shop: None) -> Material:
    """A stone that belongs to a customer of the channel `us`."""
    project, _ = make_commission(make_customer())
    stone = customer_stone_register(
        project=project, code="OWN-1", name="Family sapphire", stone={"kind": "sapphire"}
    )
    make_staff("elsewhere@example.com", channels=("eu",))
    make_staff("here@example.com", channels=("us",))
    return stone


RENAME = """mutation($id: ID!) { bespokeMaterialUpdate(id: $id, input: {name: "Glass"}) {
    material { name } errors { code field } } }"""
ONE = "query($id: ID!) { bespokeMaterial(id: $id) { code owner } }"
MANY = "{ bespokeMaterials(first: 9) { totalCount edges { node { code owner } } } }"


def test_a_customers_own_stone_is_for_staff_of_its_commissions_channel(own_stone: Material) -> None:
    id = global_id("BespokeMaterial", own_stone.pk)
    stranger, colleague = user("elsewhere@example.com"), user("here@example.com")
    with rows_stay():
        refused = post(RENAME, stranger, id=id)["data"]["bespokeMaterialUpdate"]
    assert refused == {"material": None, "errors": [{"code": "NOT_FOUND", "field": "id"}]}
    assert post(ONE, stranger, id=id)["data"] == {"bespokeMaterial": None}
    assert post(MANY, stranger)["data"]["bespokeMaterials"] == {"totalCount": 0, "edges": []}
    assert post(ONE, colleague, id=id)["data"]["bespokeMaterial"]["code"] == "OWN-1"
    assert post(MANY, colleague)["data"]["bespokeMaterials"]["totalCount"] == 1
    changed = post(RENAME, colleague, id=id)["data"]["bespokeMaterialUpdate"]
    assert changed == {"material": {"name": "Glass"}, "errors": []}


# orders and checkouts in other hands --------------------------------------------------------------

MINE = """{ me { orders(first: 9) { edges { node { number bespokeProject { number } } } } }
    bespokeProjects(first: 9) { totalCount } }"""


@pytest.fixture
def guests(provider: FakeStripe, shop: None) -> tuple[BespokeProject, str, str]:
    """A guest's commission with an open checkout, and its secret token."""
    staff = make_staff()
    project = make_quoted(ANONYMOUS, staff)
    _, token = guest_token_rotate(actor=staff, project_pk=project.pk)
    opened = accept_quote(project, guest_of(token))
    return project, token, str(opened.attempt.checkout_id)


def has_order_alone(caller: Caller) -> None:
    answer = post(MINE, caller)["data"]
    (edge,) = answer["me"]["orders"]["edges"]
    assert edge["node"]["bespokeProject"] is None
    assert answer["bespokeProjects"]["totalCount"] == 0


def test_whoever_takes_a_guests_checkout_gets_its_order_and_never_its_commission(
    guests: tuple[BespokeProject, str, str], provider: FakeStripe
) -> None:
    project, token, checkout_id = guests
    make_customer("other@example.com")
    attach = "mutation($id: ID!) { checkoutCustomerAttach(id: $id) { errors { code } } }"
    taken = post(attach, user("other@example.com"), id=ref("Checkout", checkout_id))
    assert taken["data"]["checkoutCustomerAttach"]["errors"] == []

    pay(provider, checkout_id)

    has_order_alone(user("other@example.com"))
    project.refresh_from_db()
    assert (project.stage, project.owner_id) == ("DESIGN", None)
    mine = post("query($t: String) { bespokeProject(token: $t) { number } }", t=token)
    assert mine["data"]["bespokeProject"] == {"number": project.number}


def test_a_verified_e_mail_joins_orders_and_never_commissions(
    guests: tuple[BespokeProject, str, str], provider: FakeStripe
) -> None:
    project, _, checkout_id = guests
    pay(provider, checkout_id)
    account = make_customer("guest@example.com")
    match_orders_with_new_user(get_user_model().objects.get(pk=account.user_pk))

    has_order_alone(user("guest@example.com"))
    project.refresh_from_db()
    assert project.owner_id is None


# webhooks -----------------------------------------------------------------------------------------


def test_a_password_in_a_webhooks_address_is_shown_to_nobody(shop: None) -> None:
    """Staff see every app's addresses; the messages still go where the app said."""
    subscribe = """mutation($url: String!) { bespokeWebhookCreate(input: {targetUrl: $url}) {
        webhook { targetUrl } errors { message } } }"""
    address = "https://bot:pa55word@hooks.example.com:8443/in?a=1"
    shown = "https://***@hooks.example.com:8443/in?a=1"
    made = post(subscribe, program("MANAGE_ORDERS"), url=address)["data"]["bespokeWebhookCreate"]
    assert made == {"webhook": {"targetUrl": shown}, "errors": []}
    make_staff()
    listed = post("{ bespokeWebhooks { targetUrl } }", user("staff@example.com"))
    assert listed["data"]["bespokeWebhooks"] == [{"targetUrl": shown}]
    assert Webhook.objects.get().target_url == address

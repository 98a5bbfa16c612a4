"""Setting the shop up, finding what is missing, and leaving it as it was."""

from __future__ import annotations

import io
import re
import tomllib
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import graphene
import pytest
import saleor
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.core.checks import CheckMessage
from django.core.management import CommandError, call_command
from django.db import connection
from saleor.app.models import App, AppExtension
from saleor.channel.models import Channel
from saleor.checkout.models import Checkout
from saleor.core.jwt import create_access_token
from saleor.discount.models import Promotion, PromotionRule, Voucher
from saleor.order.models import Order
from saleor.plugins.models import PluginConfiguration
from saleor.product.models import Category, Collection, Product, ProductVariant
from saleor.schedulers.models import CustomPeriodicTask
from saleor.schedulers.schedulers import CustomModelEntry
from saleor.shipping.models import ShippingZone

from saleor_bespoke import conf
from saleor_bespoke.plugins.embedded.fake_stripe import FakeStripe
from saleor_bespoke.plugins.saleor import checks, installation, schedule, verification
from saleor_bespoke.project.access import Actor
from saleor_bespoke.shop.port import GATEWAY
from saleor_bespoke.shop.saleor.catalogue import variant_create
from saleor_bespoke.shop.saleor.installed import PIECE, PLUGIN_ID, WORK, app_find
from saleor_bespoke.tasks import SCHEDULE
from tests.hosts import saleor as host
from tests.paying import fill_in, make_paid

pytestmark = pytest.mark.django_db


def run(command: str, *arguments: str, **options: Any) -> str:
    """What the command wrote."""
    out = io.StringIO()
    call_command(command, *arguments, stdout=out, **options)
    return out.getvalue()


def refused(command: str, *arguments: str) -> str:
    """The sentence with which the command refused; the shell sees exit code 1."""
    with pytest.raises(CommandError) as refusal:
        run(command, *arguments)
    assert refusal.value.returncode == 1
    return str(refusal.value)


def missing() -> list[str]:
    return [finding.text for finding in verification.findings() if finding.missing]


def doubtful() -> str:
    return "\n".join(finding.text for finding in verification.findings() if not finding.missing)


def rows() -> dict[str, Any]:
    """Everything of ours in the shop's tables."""
    ours = {"product__external_reference__in": (PIECE, WORK)}
    return {
        "apps": list(App.objects.filter(identifier=GATEWAY).values()),
        "granted": sorted(App.permissions.through.objects.values_list("app_id", "permission_id")),
        "places": list(AppExtension.objects.values()),
        "products": list(Product.objects.filter(external_reference__in=(PIECE, WORK)).values()),
        "listings": list(
            Product.channel_listings.rel.related_model.objects.filter(**ours).values()
        ),
        "plugin": list(PluginConfiguration.objects.filter(identifier=PLUGIN_ID).values()),
        "tasks": sorted(CustomPeriodicTask.objects.values_list("name", flat=True)),
    }


@pytest.fixture
def bare(shop: None) -> None:
    """The shop before it was set up."""
    run("bespoke_remove", "--yes")
    assert not any(rows().values())


# set-up ------------------------------------------------------------------------------------------


def test_set_up_makes_all_and_a_second_run_changes_nothing(bare: None) -> None:
    assert len(missing()) == 4

    first = installation.set_up()
    after = rows()
    again = installation.set_up()

    assert {step.changed for step in first[:-1]} == {True}
    assert not any(step.changed for step in again)
    assert rows() == after
    assert missing() == []
    assert {row["channel_id"] for row in after["plugin"]} == set(
        Channel.objects.values_list("pk", flat=True)
    )
    assert run("bespoke_check").endswith("Ready for bespoke commissions.\n")


def test_the_command_tells_what_it_made_and_what_was_there(bare: None) -> None:
    first, again = run("bespoke_setup"), run("bespoke_setup")

    assert "made   App Bespoke commissions (saleor-bespoke.stripe)" in first
    assert "http://testserver/plugins/saleor.bespoke/dashboard/" in first
    assert 'made   Dashboard entry "Bespoke" (NAVIGATION_ORDERS)' in first
    assert "made   Plugin on in channel us" in first
    assert "made" not in again
    assert "there  Plugin on in channel us" in again
    assert run("bespoke_setup", verbosity=0) == ""


def test_set_up_mends_what_somebody_broke(shop: None) -> None:
    app = app_find()
    App.objects.filter(pk=app.pk).update(type="local", is_active=False)
    app.permissions.clear()
    AppExtension.objects.filter(app=app).update(url="https://elsewhere.example/")
    Product.objects.get(external_reference=PIECE).channel_listings.update(is_published=False)
    PluginConfiguration.objects.filter(identifier=PLUGIN_ID).exclude(channel__slug="us").delete()

    found = "\n".join(missing())
    assert "deactivated" in found
    assert "is local" in found
    assert "lacks manage_orders, handle_payments" in found
    assert "leads elsewhere" in found
    assert "Bespoke piece is not sold in channel us" in found

    run("bespoke_setup")
    assert missing() == []


def test_set_up_of_named_channels_leaves_the_others_out(bare: None) -> None:
    on = PluginConfiguration.objects.filter(identifier=PLUGIN_ID, active=True)

    run("bespoke_setup", "--channel", "us")
    run("bespoke_setup")
    assert list(on.values_list("channel__slug", flat=True)) == ["us"]

    run("bespoke_setup", "--channel", "eu")
    assert set(on.values_list("channel__slug", flat=True)) == {"us", "eu"}

    PluginConfiguration.objects.filter(channel__slug="us").update(active=False)
    run("bespoke_setup")
    assert list(on.values_list("channel__slug", flat=True)) == ["eu"], "what staff switched off"


def test_set_up_refuses_what_it_cannot_do_and_changes_nothing(bare: None, settings: Any) -> None:
    assert refused("bespoke_setup", "--channel", "moon") == "There is no channel moon."
    assert "no address" in refused("bespoke_setup", "--url", "api.shop.example")
    assert not any(rows().values())

    settings.PLUGINS = []
    assert "PLUGINS lacks BespokePlugin" in refused("bespoke_setup")
    assert not any(rows().values())


def test_the_page_may_have_another_address_and_keeps_it(shop: None) -> None:
    run("bespoke_setup", "--url", "https://api.shop.example/graphql/")
    run("bespoke_setup")

    url = "https://api.shop.example/plugins/saleor.bespoke/dashboard/"
    assert app_find().app_url == url
    assert AppExtension.objects.get(app=app_find()).url == "/"


def test_the_dashboard_is_offered_the_page_with_a_token(shop: None) -> None:
    asked = ("MANAGE_ORDERS", "HANDLE_PAYMENTS")
    if saleor.__version__.startswith("3.21."):
        asked += ("MANAGE_APPS",)  # what 3.21 asks of staff who open any app's page
    stella = host.user_create("stella@example.com", "x", permissions=asked, is_staff=True)
    query = """{ appExtensions(first: 5) { edges { node {
        label url accessToken app { id name appUrl accessToken } } } } }"""

    answer = host.ask(query, {}, bearer=create_access_token(stella))

    (edge,) = answer["data"]["appExtensions"]["edges"]
    assert edge["node"]["label"] == "Bespoke"
    assert edge["node"]["url"] == "/"
    assert edge["node"]["accessToken"]
    assert edge["node"]["app"]["accessToken"], "the Dashboard shows no page without it"


def test_a_beat_that_keeps_its_schedule_in_the_database_gets_our_rows(shop: None) -> None:
    assert not CustomPeriodicTask.objects.exists()
    task = {"task": "saleor.other", "schedule": 60.0}
    CustomModelEntry.from_entry("other", **task)
    assert "Periodic tasks are missing" in "\n".join(missing())

    run("bespoke_setup")

    found = dict(CustomPeriodicTask.objects.filter(enabled=True).values_list("name", "task"))
    assert found == {"other": "saleor.other"} | {name: name for name in SCHEDULE}
    every = CustomPeriodicTask.objects.get(name="saleor_bespoke.deliveries").interval
    assert (every.every, every.period) == (2, "seconds")
    assert missing() == []
    assert schedule.rows_write() == 0

    run("bespoke_remove", "--yes")
    assert list(CustomPeriodicTask.objects.values_list("name", flat=True)) == ["other"]


def test_beat_finds_our_tasks_in_the_settings(settings: Any) -> None:
    for name, seconds in SCHEDULE.items():
        entry = settings.CELERY_BEAT_SCHEDULE[name]
        assert entry["task"] == name
        assert entry["schedule"].total_seconds() == seconds


# what is doubtful ---------------------------------------------------------------------------------


def test_doubtful_channels_are_named(shop: None, settings: Any) -> None:
    Channel.objects.filter(slug="us").update(
        allow_unpaid_orders=True, default_transaction_flow_strategy="authorization"
    )
    ShippingZone.objects.filter(channels__slug="eu").delete()
    settings.BESPOKE = {"FILES_DIR": settings.BESPOKE["FILES_DIR"], "CHANNELS": {"mars": {}}}

    found = doubtful()
    assert "channel us allows unpaid orders" in found
    assert "channel us authorises first" in found
    assert "channel eu has no shipping zone" in found
    assert "channel us has no Stripe keys" in found
    assert "CHANNELS names mars" in found
    assert missing() == []


def test_marketing_that_reaches_bespoke_pieces_is_named(shop: None) -> None:
    us = Channel.objects.get(slug="us")
    variant = variant_create(channel=us, title="Ring", shipped=True)
    product = variant.product
    assert "bespoke" not in "".join(
        line for line in doubtful().splitlines() if "promotion" in line or "voucher" in line
    )

    product.category = Category.objects.create(
        name="Rings", slug="rings", tree_id=1, level=0, lft=1, rght=2
    )
    product.save()
    Collection.objects.create(name="Best", slug="best").products.add(product)
    Voucher.objects.create(name="Ten").variants.add(variant)
    running = {"start_date": datetime(2020, 1, 1, tzinfo=UTC)}
    node = graphene.Node.to_global_id("Product", product.pk)
    PromotionRule.objects.create(
        promotion=Promotion.objects.create(name="Named", **running),
        catalogue_predicate={"OR": [{"productPredicate": {"ids": [node]}}]},
    )
    computed = PromotionRule.objects.create(
        promotion=Promotion.objects.create(name="All", **running)
    )
    computed.variants.add(variant)
    PromotionRule.objects.create(
        promotion=Promotion.objects.create(name="Whole", **running),
        order_predicate={"discountedObjectPredicate": {"baseSubtotalPrice": {"range": {"gte": 1}}}},
    )
    over = Promotion.objects.create(
        name="Over", end_date=datetime(2021, 1, 1, tzinfo=UTC), **running
    )
    PromotionRule.objects.create(promotion=over).variants.add(variant)

    found = doubtful()
    assert "Bespoke piece is in a category" in found
    assert "collection Best holds" in found
    assert "voucher Ten names" in found
    assert "promotion Named reaches" in found
    assert "promotion All reaches" in found
    assert "promotion Whole takes from whole orders" in found
    assert "Over" not in found
    assert "look   The promotion Named" in run("bespoke_setup")


def test_a_channels_live_key_forbids_a_movable_clock(shop: None, settings: Any) -> None:
    stripe = settings.BESPOKE["STRIPE"] | {"SECRET_KEY": "sk_live_1"}
    settings.BESPOKE = settings.BESPOKE | {"CLOCK_MOVABLE": True, "STRIPE": stripe}
    found = "\n".join(missing())
    assert "saleor_bespoke.E006" in found
    assert "channel us has a live Stripe key while staff may move the clock" in found


@pytest.mark.parametrize(
    "change", [{"CHANNELS": []}, {"CHANEL": 1}, {"DASHBOARD_ORIGINS": ["dashboard.example.com"]}]
)
def test_wrong_settings_are_a_finding_and_no_crash(
    shop: None, settings: Any, change: dict[str, Any]
) -> None:
    settings.BESPOKE = settings.BESPOKE | change
    assert "saleor_bespoke.E002" in "\n".join(missing())


def test_a_folder_that_cannot_be_written_is_missing(shop: None, settings: Any) -> None:
    settings.BESPOKE = settings.BESPOKE | {"FILES_DIR": "/proc/bespoke"}
    assert any("cannot be written to /proc/bespoke" in text for text in missing())


# removal ------------------------------------------------------------------------------------------


def buy_a_box() -> str:
    """An ordinary purchase by the storefront's ordinary calls: the order's number."""
    from tests.saleor import other_gateway

    other_gateway.app_make()
    checkout = host.checkout_of(host.ordinary_variant(), channel="us")
    fill_in(checkout)
    payload = host.done(
        "transactionInitialize",
        id=host.checkout_ref(checkout),
        gateway=other_gateway.GATEWAY,
        data={"pretend": "CHARGE_SUCCESS"},
    )
    assert payload["transactionEvent"]["type"] == "CHARGE_SUCCESS"
    return str(host.complete(checkout).number)


def counted() -> dict[str, int]:
    """How many rows every table of the shop holds."""
    tables = connection.introspection.table_names()
    with connection.cursor() as cursor:
        found = {}
        for table in sorted(tables):
            cursor.execute(f'SELECT count(*) FROM "{table}"')
            found[table] = cursor.fetchone()[0]
    return found


def test_set_up_and_removal_leave_every_table_as_it_was(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host, "_installed", lambda: None)
    host.shop_make()
    before = counted()

    run("bespoke_setup")
    assert counted() != before
    run("bespoke_remove", "--yes")

    assert counted() == before


def test_removal_asks_first(shop: None) -> None:
    before = rows()
    assert "Repeat with --yes" in refused("bespoke_remove")
    assert rows() == before


def test_after_removal_the_shop_works_and_still_shows_a_commissions_order(
    provider: FakeStripe, customer: Actor, staff: Actor
) -> None:
    make_paid(provider, customer, staff)
    order = Order.objects.get()
    boss = host.user_create("boss@example.com", "x", permissions=("MANAGE_ORDERS",), is_staff=True)
    asked = {"id": graphene.Node.to_global_id("Order", order.pk)}
    bearer = create_access_token(boss)
    before = host.ask(host.document("orderAsStaff"), asked, bearer=bearer)
    assert "errors" not in before

    said = run("bespoke_remove", "--yes")

    assert "Kept out of sale, because orders name them: variants (1)." in said
    assert host.ask(host.document("orderAsStaff"), asked, bearer=bearer) == before
    assert buy_a_box() != order.number
    left = rows()
    assert [row["external_reference"] for row in left.pop("products")] == [PIECE]
    assert not left["listings"]
    assert not left["apps"]
    assert len(missing()) == 3, "the product stays for its order, out of sale"
    with pytest.raises(host.ApiError):
        host.checkout_of(
            graphene.Node.to_global_id("ProductVariant", order.lines.get().variant_id),
            channel="us",
        )

    run("bespoke_setup")
    assert missing() == []


def test_removal_drops_unpaid_checkouts_and_refuses_while_one_holds_money(
    provider: FakeStripe, accepted: Any
) -> None:
    from tests.saleor import other_gateway

    checkout = str(accepted.attempt.checkout_id)
    fill_in(checkout)
    other_gateway.app_make()
    host.done(
        "transactionInitialize",
        id=host.checkout_ref(checkout),
        gateway=other_gateway.GATEWAY,
        data={"pretend": "CHARGE_SUCCESS"},
    )

    assert "1 payments lie on unfinished checkouts" in refused("bespoke_remove", "--yes")
    assert Checkout.objects.filter(pk=checkout).exists()
    assert missing() == []

    said = run("bespoke_remove", "--yes", "--force")
    assert "Kept: checkouts with money on them (1)" in said
    assert Checkout.objects.get(pk=checkout).lines.count() == 1


def test_removal_drops_what_nobody_paid(accepted: Any) -> None:
    assert Checkout.objects.filter(pk=accepted.attempt.checkout_id).exists()

    assert "checkouts nobody paid (1)" in run("bespoke_remove", "--yes")

    assert not Checkout.objects.exists()
    assert not ProductVariant.objects.exists()


def test_data_stay_while_a_commission_is_unfinished(accepted: Any) -> None:
    before = rows()
    assert "1 commissions are unfinished" in refused("bespoke_remove", "--yes", "--data")
    assert rows() == before


def test_the_data_go_with_everything_the_database_had_of_ours(shop: None) -> None:
    said = run("bespoke_remove", "--yes", "--data")

    assert "every commission in them" in said
    with connection.cursor() as cursor:
        for catalogue, name in (
            ("pg_class", "relname"),
            ("pg_proc", "proname"),
            ("pg_trigger", "tgname"),
        ):
            cursor.execute(f"SELECT {name} FROM {catalogue} WHERE {name} LIKE '%bespoke%'")
            assert cursor.fetchall() == []
        cursor.execute("SELECT count(*) FROM django_migrations WHERE app = 'saleor_bespoke'")
        assert cursor.fetchone() == (0,)
    assert not ContentType.objects.filter(app_label="saleor_bespoke").exists()
    assert missing() == ["The database lacks our tables: run migrate."]
    assert refused("bespoke_setup") == "The database lacks our tables: run migrate first."
    assert buy_a_box()


def test_migrations_are_complete_inside_saleor(db: None) -> None:
    call_command("makemigrations", "saleor_bespoke", check=True, dry_run=True, verbosity=0)
    migrations = apps.get_app_config("saleor_bespoke")
    from django.db.migrations.loader import MigrationLoader

    loaded = MigrationLoader(None).disk_migrations
    needed = {
        tuple(dependency)
        for (label, _), migration in loaded.items()
        if label == migrations.label
        for dependency in migration.dependencies
    }
    foreign = {dependency for dependency in needed if dependency[0] != migrations.label}
    assert foreign <= {("account", "__first__")}, "branches differ in all later ones"


# system checks ------------------------------------------------------------------------------------


def ids() -> dict[str, CheckMessage]:
    return {str(message.id).split(".")[1]: message for message in checks.bespoke_is_well_placed()}


@pytest.fixture
def variables(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Set environment variables for the settings to read anew."""

    def given(**values: str) -> None:
        for name, value in values.items():
            monkeypatch.setenv(name, value)
        conf.policies_forget()

    yield given
    monkeypatch.undo()
    conf.policies_forget()


@pytest.fixture(autouse=True)
def lacking(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Modules that this Saleor is to lack: none, whatever is installed beside it."""
    absent: set[str] = set()

    def found(module: str) -> object | None:
        return None if module in absent else find_spec("saleor")

    monkeypatch.setattr(checks, "find_spec", found)
    return absent


@pytest.mark.parametrize(
    ("modules", "extras"),
    [
        ({"typst"}, "pdf"),
        ({"av", "numpy"}, "cad,video"),
        ({"av", "numpy", "pypdfium2", "segno", "typst"}, "cad,pdf,video"),
    ],
)
def test_parts_that_are_not_installed_are_named(
    lacking: set[str], modules: set[str], extras: str
) -> None:
    lacking |= modules
    assert set(ids()) == {"W008"}
    assert f"saleor-bespoke[{extras}]" in str(ids()["W008"].hint)
    assert [text for text in missing() if "W008" in text] == [], "a shop may do without"


def test_the_extras_have_what_their_parts_import() -> None:
    """The check knows the packages of `pyproject.toml` by the names of their modules."""
    text = (Path(__file__).parents[2] / "pyproject.toml").read_text()
    wanted = tomllib.loads(text)["project"]["optional-dependencies"]
    for extra, (modules, _) in checks.EXTRAS.items():
        assert set(modules) <= {re.split("[<>=;]", line)[0] for line in wanted[extra]}


def test_a_well_placed_plugin_has_nothing_to_say(settings: Any) -> None:
    assert ids() == {}


def test_the_checks_ask_no_database() -> None:
    """Without the `db` fixture a query fails; saleor_bespoke's checks run in `manage.py check`."""
    from django.core.checks.registry import registry

    assert checks.bespoke_is_well_placed in registry.registered_checks


@pytest.mark.parametrize(
    ("version", "code"),
    [
        ("3.20.99", "E001"),
        ("2.10.0", "E001"),
        ("3.21.0", None),
        ("3.24.0-a.0", None),
        ("3.25.0", "W001"),
        ("4.0.0", "W001"),
    ],
)
def test_other_saleors_are_named(
    monkeypatch: pytest.MonkeyPatch, version: str, code: str | None
) -> None:
    monkeypatch.setattr(saleor, "__version__", version)
    assert set(ids()) == ({code} if code else set())


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"CHANEL": {}}, "E002"),
        ({"CHANNELS": {"us": {"tax_rate": 0.19}}}, "E002"),
        ({"MAIL": "pigeon"}, "E002"),
        ({"DASHBOARD_ORIGINS": ["dashboard.example.com"]}, "E002"),
        ({"SHOP": "saleor_bespoke.shop.embedded"}, "E004"),
        ({"FILES_DIR": ""}, "W003"),
        ({"STRIPE": {}}, "W004"),
        ({"STRIPE": {"SECRET_KEY": "sk_test_1", "PUBLISHABLE_KEY": "pk_test_1"}}, "W005"),
        ({"CLOCK_MOVABLE": True}, "W006"),
    ],
)
def test_wrong_settings_are_named(
    settings: Any, tmp_path: Path, change: dict[str, Any], code: str
) -> None:
    settings.MEDIA_ROOT = str(tmp_path / "media")
    settings.BESPOKE = settings.BESPOKE | change
    assert set(ids()) == {code}


def test_a_shop_without_any_setting_starts_and_is_told_what_to_set(
    settings: Any, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = str(tmp_path / "media")
    del settings.BESPOKE
    assert set(ids()) == {"W003", "W004"}
    call_command("check")


def test_a_movable_clock_is_refused_where_real_money_is_charged(settings: Any) -> None:
    settings.BESPOKE = settings.BESPOKE | {
        "CLOCK_MOVABLE": True,
        "STRIPE": {**settings.BESPOKE["STRIPE"], "SECRET_KEY": "sk_live_1"},
    }
    assert set(ids()) == {"E006"}


def test_a_published_folder_is_refused(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = str(tmp_path)
    settings.BESPOKE = settings.BESPOKE | {"FILES_DIR": f"{settings.MEDIA_ROOT}/bespoke"}
    assert set(ids()) == {"E005"}


def test_a_plugin_that_saleor_does_not_load_is_named(settings: Any) -> None:
    settings.PLUGINS = []
    assert set(ids()) == {"E003"}


def test_strange_variables_and_files_are_named(variables: Any) -> None:
    variables(BESPOKE_STRIPE_KEY="sk")
    assert set(ids()) == {"W002"}
    assert "BESPOKE_STRIPE_KEY" in ids()["W002"].msg

    variables(BESPOKE_SETTINGS="/nowhere.json")
    assert "/nowhere.json cannot be read" in ids()["E002"].msg


def test_a_schema_that_was_built_twice_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "_schema", "rebuilt")
    assert set(ids()) == {"W007"}

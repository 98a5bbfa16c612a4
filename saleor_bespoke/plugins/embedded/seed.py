"""What a new embedded shop holds: two channels, ways to ship, and people to be."""

from __future__ import annotations

from decimal import Decimal

from django.db import transaction

from saleor_bespoke.shop.embedded.accounts import token_digest
from saleor_bespoke.shop.embedded.models import App, Channel, ShippingMethod, ShippingZone, User

#: A token for the demo's program. Everybody can read it here: it opens no shop but a demo.
APP_TOKEN = "BespokeDemoAppTokenForWorkshop"  # noqa: S105
#: E-mail address, password, first and last name, staff?, permissions.
PEOPLE = (
    ("ada@example.com", "shop-ada", "Ada", "Shopper", False, ()),
    ("ben@example.com", "shop-ben", "Ben", "Shopper", False, ()),
    (
        "stella@example.com",
        "staff-stella",
        "Stella",
        "Staff",
        True,
        ("HANDLE_PAYMENTS", "MANAGE_ORDERS", "MANAGE_USERS"),
    ),
    ("nora@example.com", "staff-nora", "Nora", "Nothing", True, ()),
)
#: Who can be used with what, as the demo prints it.
LOGINS = (
    ("ada@example.com", "shop-ada      a shopper"),
    ("ben@example.com", "shop-ben      another shopper"),
    ("stella@example.com", "staff-stella  staff with MANAGE_ORDERS, HANDLE_PAYMENTS, MANAGE_USERS"),
    ("nora@example.com", "staff-nora    staff without permissions"),
    ("an app's token", APP_TOKEN),
)
CHANNELS = {
    "us": {
        "name": "United States",
        "currency": "USD",
        "country": "US",
        "prices_with_tax": True,
        "tax_rate": Decimal("0"),
    },
    "eu": {
        "name": "Europe",
        "currency": "EUR",
        "country": "DE",
        "prices_with_tax": True,
        "tax_rate": Decimal("0.19"),
    },
}
#: By channel: zone, its countries, its methods with their prices in the channel's currency.
ZONES = {
    "us": (
        ("United States", ["US"], (("Insured courier", "25.00"), ("Express", "60.00"))),
        (
            "Abroad",
            ["CA", "GB", "DE", "FR", "AT", "NL", "ES", "IT"],
            (("Insured courier abroad", "75.00"),),
        ),
    ),
    "eu": (
        (
            "European Union",
            ["DE", "FR", "AT", "NL", "ES", "IT"],
            (("Insured courier", "25.00"), ("Express", "60.00")),
        ),
        ("Abroad", ["GB", "US", "CA"], (("Insured courier abroad", "75.00"),)),
    ),
}


@transaction.atomic
def seed() -> None:
    """Add what is missing; what is there stays as it is."""
    for slug, values in CHANNELS.items():
        channel, _ = Channel.objects.get_or_create(slug=slug, defaults=values)
        for name, countries, methods in ZONES[slug]:
            zone, _ = ShippingZone.objects.get_or_create(
                channel=channel, name=name, defaults={"countries": countries}
            )
            for title, price in methods:
                ShippingMethod.objects.get_or_create(
                    zone=zone, name=title, defaults={"price": Decimal(price)}
                )
    for email, password, first, last, is_staff, permissions in PEOPLE:
        if not User.objects.filter(email=email).exists():
            User.objects.create_user(
                email,
                password,
                first_name=first,
                last_name=last,
                is_staff=is_staff,
                permissions=list(permissions),
            )
    App.objects.get_or_create(
        identifier="workshop.app",
        defaults={
            "name": "Workshop app",
            "permissions": ["HANDLE_PAYMENTS", "MANAGE_ORDERS"],
            "token_digest": token_digest(APP_TOKEN),
        },
    )

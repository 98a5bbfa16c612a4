"""Makes a bare Saleor shop one that the journey can be played in, over its own GraphQL:

`python -m tests.journey.furnish --url … --superuser admin@example.com --password … --accounts …`

Adds what is missing of two channels with their taxes and ways to ship, and the people of the play,
and writes their log-ins. For a shop that sells nothing: the people's passwords are public.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import requests

from tests.journey.client import Api, Caller, Unexpected
from tests.journey.world import ACCOUNTS, people, true

DOCUMENTS = Path(__file__).parent / "furnishing"
WORKSHOP = "Workshop"
ADDRESS = {
    "firstName": "Bespoke",
    "lastName": WORKSHOP,
    "streetAddress1": "1 Bench Street",
    "city": "New York",
    "countryArea": "NY",
    "postalCode": "10001",
    "country": "US",
}
#: Currency, country and its tax in percent; prices are entered and shown with tax.
CHANNELS: dict[str, tuple[str, str, float]] = {
    "us": ("USD", "US", 0.0),
    "eu": ("EUR", "DE", 19.0),
}
METHODS = {"Insured courier": "25.00", "Express": "60.00"}
PERMISSIONS = ["HANDLE_PAYMENTS", "MANAGE_ORDERS", "MANAGE_USERS"]
NAMES = {
    "shopper": ("Ada", "Shopper"),
    "stranger": ("Ben", "Shopper"),
    "staff": ("Stella", "Staff"),
    "clerk": ("Nora", "Nothing"),
}


class Furnisher:
    """A superuser at work in an empty shop."""

    def __init__(self, api: Api, superuser: Caller) -> None:
        self.api = api
        self.superuser = superuser

    def run(self, document: str, **variables: Any) -> Any:
        """An operation of the shop, as its superuser."""
        return self.api.run(document, self.superuser, **variables)

    def shop(self) -> None:
        """Channels, taxes, a warehouse and ways to ship."""
        self.run("shopSettingsUpdate", input={"enableAccountConfirmationByEmail": False})
        found = self.run("warehouses", search=WORKSHOP)["edges"]
        warehouse = found[0]["node"] if found else self._warehouse()
        present = {row["slug"] for row in self.run("channels") or []}
        for slug, (currency, country, rate) in CHANNELS.items():
            if slug not in present:
                self._channel(slug, currency, country, rate, warehouse["id"])

    def _warehouse(self) -> Any:
        wanted = {"name": WORKSHOP, "slug": WORKSHOP.lower(), "address": ADDRESS}
        return self.run("createWarehouse", input=wanted)["warehouse"]

    def _channel(self, slug: str, currency: str, country: str, rate: float, where: str) -> None:
        wanted = {
            "name": slug.upper(),
            "slug": slug,
            "currencyCode": currency,
            "defaultCountry": country,
            "isActive": True,
            "addWarehouses": [where],
            "orderSettings": {"automaticallyConfirmAllNewOrders": True},
            "paymentSettings": {"defaultTransactionFlowStrategy": "CHARGE"},
        }
        channel = self.run("channelCreate", input=wanted)["channel"]
        taxes = {
            "chargeTaxes": True,
            "taxCalculationStrategy": "FLAT_RATES",
            "displayGrossPrices": True,
            "pricesEnteredWithTax": True,
        }
        tax_id = channel["taxConfiguration"]["id"]
        self.run("taxConfigurationUpdate", id=tax_id, input=taxes)
        self.run("taxCountryConfigurationUpdate", country=country, rate=rate)
        self._shipping(slug, channel["id"], country, where)

    def _shipping(self, slug: str, channel: str, country: str, warehouse: str) -> None:
        wanted = {
            "name": slug.upper(),
            "countries": [country],
            "addChannels": [channel],
            "addWarehouses": [warehouse],
        }
        zone = self.run("shippingZoneCreate", input=wanted)["shippingZone"]["id"]
        for name, price in METHODS.items():
            method = {"name": name, "type": "PRICE", "shippingZone": zone}
            made = self.run("shippingPriceCreate", input=method)["shippingMethod"]["id"]
            listing = {"addChannels": [{"channelId": channel, "price": price}]}
            self.run("shippingMethodChannelListingUpdate", id=made, input=listing)

    def accounts(self, cast: dict[str, Caller]) -> dict[str, Any]:
        """The people of the play, as the file of log-ins has them."""
        log_ins: dict[str, Any] = {}
        for part, (first, last) in NAMES.items():
            log_ins[part] = {"email": cast[part].email, "password": cast[part].password}
            if not self.api.enters(cast[part]):
                names = {"firstName": first, "lastName": last}
                self.api.run("accountRegister", None, input=names | log_ins[part])
                true(self.api.enters(cast[part]), f"{first} can log in")
        self._staff(cast)
        app = {"name": "Workshop app", "permissions": PERMISSIONS}
        log_ins["app"] = {"app_token": self.run("appCreate", input=app)["authToken"]}
        log_ins["provider"] = {"app_token": cast["provider"].app_token}
        return log_ins

    def _staff(self, cast: dict[str, Caller]) -> None:
        """Make two of the shoppers staff, one with permissions."""
        name = "Bespoke staff"
        if self.run("permissionGroups", search=name)["edges"]:
            return
        made = {
            part: self.run("staffCreate", input={"email": cast[part].email})["user"]["id"]
            for part in ("staff", "clerk")
        }
        group = {"name": name, "addPermissions": PERMISSIONS, "addUsers": [made["staff"]]}
        self.run("permissionGroupCreate", input=group)


def main(arguments: list[str] | None = None) -> int:
    """Furnish the shop and write who can log in; 0 when all went well."""
    parser = _arguments()
    given = parser.parse_args(arguments)
    if given.accounts.resolve() == ACCOUNTS.resolve():
        parser.error("those log-ins are the embedded shop's: name another file to write")
    api = Api(given.url, DOCUMENTS, ACCOUNTS.parent / "documents" / "host")
    furnisher = Furnisher(api, Caller(email=given.superuser, password=given.password))
    try:
        furnisher.shop()
        log_ins = furnisher.accounts(people(ACCOUNTS))
    except (Unexpected, requests.RequestException) as problem:
        print(f"The shop could not be furnished: {problem}", file=sys.stderr)
        return 1
    given.accounts.write_text(json.dumps(log_ins, indent=2) + "\n", encoding="utf-8")
    print(f"Who can log in is written to {given.accounts}.")
    return 0


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tests.journey.furnish", description=__doc__)
    parser.add_argument("--url", required=True, help="the shop's GraphQL endpoint")
    parser.add_argument("--superuser", required=True, help="e-mail address of a superuser")
    parser.add_argument("--password", required=True, help="that superuser's password")
    parser.add_argument("--accounts", type=Path, required=True, help="JSON file to write")
    return parser


if __name__ == "__main__":
    sys.exit(main())

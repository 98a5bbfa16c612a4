"""Whose paper it is and for whom it is written, as the channel's policy says."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from saleor_bespoke import conf
from saleor_bespoke.documents.limits import MOST_BYTES, raster_of
from saleor_bespoke.documents.parts import House, Person, Picture, Reader
from saleor_bespoke.errors import BespokeError
from saleor_bespoke.project.models import BespokeProject
from saleor_bespoke.shop.port import shop

#: Countries whose offices print on letter paper.
LETTER = frozenset({"US", "CA", "MX", "PH", "CL", "CO", "VE"})
VERIFY_PATH = "/plugins/saleor.bespoke/certificates/"


def house_of(channel: str) -> House:
    """The shop as its papers show it; a setting that no paper can show is ImproperlyConfigured."""
    policy = conf.policy(channel)
    name = policy.house_name
    if not name:
        there = shop().channel(channel)
        name = there.name if there else channel
    try:
        return House(
            name=name,
            address=policy.house_address,
            email=policy.house_email,
            telephone=policy.house_telephone,
            website=policy.house_website,
            imprint=policy.house_imprint,
            logo=logo_of(policy.house_logo, name),
            ink=policy.house_ink,
            accent=policy.house_accent,
            languages=policy.house_languages,
            paper=policy.house_paper or ("us-letter" if policy.country in LETTER else "a4"),
        )
    except ValueError as error:
        raise ImproperlyConfigured(f"BESPOKE.CHANNELS.{channel}: {error}") from error


def logo_of(path: str, name: str) -> Picture | None:
    """The logo in this file, examined like any other picture; None where none is named."""
    if not path:
        return None
    try:
        with Path(path).open("rb") as file:
            data = file.read(MOST_BYTES + 1)
        raster_of(data, "house_logo")
    except (OSError, BespokeError) as error:
        raise ImproperlyConfigured(f"The logo {path} cannot be printed: {error}") from error
    return Picture(data, name)


def reader_of(project: BespokeProject, *, internal: bool = False) -> Reader:
    """The customer's language, or the house's for the workshop's own; times in the shop's zone."""
    policy = conf.policy(project.channel)
    language = policy.house_languages[0] if internal else project.language
    return Reader(locale_of(language, policy.country), policy.time_zone)


def locale_of(language: str, country: str) -> str:
    """A language as it is written in the shop's country, where anybody writes it there."""
    wished = language.replace("-", "_")
    if "_" in wished:
        return wished
    try:
        return str(Locale.parse(f"{wished.lower()}_{country}"))
    except (UnknownLocaleError, ValueError):
        return wished.lower()


def day_of(project: BespokeProject, moment: datetime) -> date:
    """The shop's day of a moment."""
    return moment.astimezone(ZoneInfo(conf.policy(project.channel).time_zone)).date()


def customer_of(project: BespokeProject) -> Person:
    """Whom a paper is made out to."""
    return Person(
        project.contact_name, email=project.contact_email, telephone=project.contact_phone
    )


def exporter_of(channel: str) -> Person:
    """The shop as a sender."""
    house = house_of(channel)
    return Person(house.name, house.address, house.email, house.telephone)


def verify_base() -> str:
    """Where anybody can verify certificates; empty where the shop has not said its address.

    Never taken from a request: whoever forges its host would print his own page on the paper.
    """
    stated = str(conf.option("VERIFY_URL", "") or "")
    if stated:
        return stated.rstrip("/") + "/"
    public = getattr(settings, "PUBLIC_URL", None)
    return f"{str(public).rstrip('/')}{VERIFY_PATH}" if public else ""

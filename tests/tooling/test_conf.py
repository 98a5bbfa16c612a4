"""Settings come from Django, from variables or from a file, each as its type or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from saleor_bespoke import conf
from saleor_bespoke.money import accounts

Given = Callable[..., None]


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path) -> Iterator[Given]:
    """Set the three sources: Django's dict, the file's content, the variables."""

    def given(own: Any = None, file: Any = None, **variables: str) -> None:
        settings.BESPOKE = own or {}
        for name, value in variables.items():
            monkeypatch.setenv(f"BESPOKE_{name}", value)
        if file is not None:
            path = tmp_path / "bespoke.json"
            path.write_text(file if isinstance(file, str) else json.dumps(file))
            monkeypatch.setenv("BESPOKE_SETTINGS", str(path))
        conf.policies_forget()

    yield given
    conf.policies_forget()


def test_nothing_given_is_every_default(given: Given) -> None:
    given()

    assert conf.policy("us") == conf.ChannelPolicy()
    assert conf.shop_module() == "saleor_bespoke.shop.saleor"
    assert conf.option("STRIPE") is None


def test_variables_speak_where_django_is_silent_and_over_the_file(given: Given) -> None:
    given(
        own={"STRIPE": {"SECRET_KEY": "of django"}},
        file={"STRIPE": {"PUBLISHABLE_KEY": "of file", "SECRET_KEY": "of file"}, "FILES_DIR": "f"},
        STRIPE_SECRET_KEY="of variable",
        STRIPE_WEBHOOK_SECRETS="whsec_new, whsec_old,",
        DASHBOARD_ORIGINS="https://a.example.com,https://b.example.com",
        FILES_DIR="of variable",
        CLOCK_MOVABLE="Yes",
    )

    assert conf.stripe_settings() == conf.StripeSettings(
        "of django", "of file", ("whsec_new", "whsec_old")
    )
    assert conf.option("DASHBOARD_ORIGINS") == ("https://a.example.com", "https://b.example.com")
    assert conf.option("FILES_DIR") == "of variable"
    assert conf.option("CLOCK_MOVABLE") is True


def test_an_account_needs_no_webhook_but_both_keys(given: Given) -> None:
    given(STRIPE_SECRET_KEY="sk_test_1")
    with pytest.raises(accounts.AccountMissing):
        accounts.account("us")

    given(STRIPE_PUBLISHABLE_KEY="pk_test_1")
    assert accounts.account("us").webhook_secrets == ()


def test_blank_variables_count_as_not_given(given: Given) -> None:
    given(file={"FILES_DIR": "of file"}, FILES_DIR=" ", STRIPE_SECRET_KEY="")

    assert conf.option("FILES_DIR") == "of file"
    assert conf.option("STRIPE") is None


@pytest.mark.parametrize(
    ("url", "pattern"),
    [
        ("https://shop.example/", "https://shop.example/checkout?checkout={checkout}"),
        ("https://shop.example/pay/{checkout}", "https://shop.example/pay/{checkout}"),
    ],
)
def test_the_storefronts_address_becomes_a_checkouts(given: Given, url: str, pattern: str) -> None:
    given(STOREFRONT_URL=url)
    assert conf.option("STOREFRONT_URL") == pattern


def test_a_file_gives_policies_as_their_types(given: Given) -> None:
    file = """{"CHANNELS": {"eu": {
        "country": "DE", "subdivision": null, "tax_rate": 0.19, "minimum_price": "450.00",
        "closures": ["2026-12-24"], "cad_hours": [12, 24], "breakdown_visible": true,
        "refund_ladder": {"DESIGN": "0.80"}, "destination_business_days": {"CH": 5},
        "terms": {"version": "eu-1", "body": "Paid at once."}
    }}}"""
    given(file=file)

    policy = conf.policy("eu")
    assert (policy.country, policy.subdivision) == ("DE", None)
    assert (policy.tax_rate, policy.minimum_price) == (Decimal("0.19"), Decimal("450.00"))
    assert policy.closures == (date(2026, 12, 24),)
    assert policy.cad_hours == (12, 24)
    assert policy.breakdown_visible is True
    assert policy.refund_ladder == conf.REFUND_LADDER | {"DESIGN": Decimal("0.80")}
    assert policy.destination_business_days == {"CH": 5}
    assert policy.terms == conf.Text("eu-1", "Paid at once.")
    assert conf.policy("us") == conf.ChannelPolicy()


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        ({"tax": "0.19"}, "CHANNELS.eu has no setting tax."),
        ({"tax_rate": "much"}, "tax_rate must be an exact number such as \"0.19\", not 'much'."),
        ({"tax_rate": "NaN"}, "tax_rate must be an exact number such as \"0.19\", not 'NaN'."),
        ({"closures": ["24.12."]}, 'closures[0] must be a date such as "2026-12-24", not '),
        ({"closures": "2026-12-24"}, "closures must be a list."),
        ({"cad_hours": [24]}, "cad_hours must hold 2 values."),
        ({"quote_valid_days": "7"}, "quote_valid_days must be a whole number, not '7'."),
        ({"quote_valid_days": True}, "quote_valid_days must be a whole number, not True."),
        ({"country": 49}, "country must be a text, not 49."),
        ({"breakdown_visible": 1}, "breakdown_visible must be true or false, not 1."),
        ({"refund_ladder": []}, "refund_ladder must be a table."),
        ({"refund_ladder": {"DESING": "1"}}, "refund_ladder knows no stage DESING; it has INTAKE"),
        ({"refund_ladder": {"CANCELLED": "0"}}, "refund_ladder knows no stage CANCELLED"),
        ({"refund_ladder": {"DESIGN": "1.01"}}, "DESIGN must lie between 0 and 1, not 1.01."),
        ({"refund_ladder": {"DESIGN": "-0.1"}}, "DESIGN must lie between 0 and 1, not -0.1."),
        (
            {"refund_ladder": {"DESIGN": "0.3", "QUALITY": "0.4"}},
            "refund_ladder grows from PRODUCTION (0.00) to QUALITY (0.4)",
        ),
        ({"refund_ladder": {"CHECKOUT": "0.5"}}, "grows from CHECKOUT (0.5) to DESIGN (0.90)"),
        ({"slots_per_week": -1}, "slots_per_week must not be below 0."),
        ({"terms": {"body": "Paid."}}, "terms lacks version."),
        ([], "CHANNELS.eu must be a table"),
    ],
)
def test_a_wrong_policy_is_named(given: Given, entry: Any, sentence: str) -> None:
    given(file={"CHANNELS": {"eu": entry}})
    with pytest.raises(ImproperlyConfigured) as refused:
        conf.policy("eu")
    assert sentence in str(refused.value)

    given(own={"CHANNELS": {"eu": entry}})
    with pytest.raises(ImproperlyConfigured) as refused:
        conf.checked(conf.settings.BESPOKE)
    assert sentence in str(refused.value)


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        ("{", "is not JSON"),
        ("[]", "must hold one JSON object"),
        ({"CHANEL": {}}, "has no setting CHANEL."),
        ({"STRIPE": {"KEY": "x"}}, "STRIPE has no setting KEY."),
        ({"STRIPE": {"WEBHOOK_SECRETS": "x"}}, "STRIPE.WEBHOOK_SECRETS must be a list."),
    ],
)
def test_a_wrong_file_is_named(given: Given, file: Any, sentence: str) -> None:
    given(file=file)
    with pytest.raises(ImproperlyConfigured, match=r"bespoke\.json") as refused:
        conf.option("FILES_DIR")
    assert sentence in str(refused.value)


def test_a_missing_file_and_a_strange_switch_are_named(
    given: Given, monkeypatch: pytest.MonkeyPatch
) -> None:
    given(SETTINGS="/nowhere/bespoke.json")
    with pytest.raises(ImproperlyConfigured, match=r"bespoke\.json cannot be read"):
        conf.option("FILES_DIR")

    monkeypatch.delenv("BESPOKE_SETTINGS")
    given(CLOCK_MOVABLE="perhaps")
    with pytest.raises(ImproperlyConfigured, match="BESPOKE_CLOCK_MOVABLE must be true or false"):
        conf.option("FILES_DIR")


def test_the_embedded_shops_own_settings_are_sound(settings: Any) -> None:
    assert conf.checked(settings.BESPOKE)


def test_channels_share_a_named_workshop_or_have_their_own(given: Given) -> None:
    given(
        file={
            "WORKSHOPS": {"atelier": {"slots_per_week": 6, "skills": {"pave_setting": 2}}},
            "CHANNELS": {
                "us": {"workshop": "atelier"},
                "eu": {"workshop": "atelier"},
                "uk": {"slots_per_week": 3},
            },
        }
    )

    shared = conf.Workshop("atelier", 6, {"pave_setting": 2})
    assert conf.workshop("us") == conf.workshop("eu") == shared
    assert conf.workshop("uk") == conf.Workshop("uk", 3, {})


@pytest.mark.parametrize(
    ("workshops", "sentence"),
    [
        ({"elsewhere": {}}, "CHANNELS.us.workshop names atelier, which WORKSHOPS does not have."),
        ({"atelier": {"places": 3}}, "WORKSHOPS.atelier has no setting places."),
        ({"atelier": {"slots_per_week": -1}}, "atelier.slots_per_week must not be below 0."),
        ({"atelier": {"skills": {"juggling": 1}}}, "atelier.skills knows no juggling; it knows "),
        ({"atelier": {"skills": {"milgrain": -1}}}, "skills.milgrain must not be below 0."),
        ({"atelier": {"skills": {"milgrain": "2"}}}, "milgrain must be a whole number, not '2'."),
    ],
)
def test_a_wrong_workshop_is_named(given: Given, workshops: Any, sentence: str) -> None:
    given(file={"WORKSHOPS": workshops, "CHANNELS": {"us": {"workshop": "atelier"}}})

    with pytest.raises(ImproperlyConfigured) as refused:
        conf.workshop("us")

    assert sentence in str(refused.value)

"""Wrong settings about files are told at start, by their names."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from saleor_bespoke import conf
from saleor_bespoke.media.configured import settings_check
from saleor_bespoke.media.originals import key_new


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"FILES_KEYS": ("short",)}, "FILES_KEYS"),
        ({"FILES_KEYS": (key_new(), "*")}, "FILES_KEYS"),
        ({"FILES_SCANNER": "127.0.0.1:3310"}, "FILES_SCANNER"),
        ({"FILES_SCANNER": "tcp://scanner:many"}, "FILES_SCANNER"),
        ({"FILES_SCANNER": "unix://"}, "FILES_SCANNER"),
        ({"FILES_DOMAIN": "files.example.com"}, "FILES_DOMAIN"),
        ({"FILES_DOMAIN": "https://example.com/files"}, "FILES_DOMAIN"),
        ({"CHANNELS": {"us": {"originals_kept": ("REFERENCE",)}}}, "FILES_KEYS"),
        ({"CHANNELS": {"us": {"originals_kept": ("EVERYTHING",)}}}, "originals_kept"),
        ({"CHANNELS": {"us": {"file_quotas": {"bytes": 1}}}}, "file_quotas"),
        ({"CHANNELS": {"us": {"file_quotas": {"caller_files": -1}}}}, "file_quotas"),
    ],
)
def test_what_cannot_work_is_named(settings: Settings, given: dict[str, Any], named: str) -> None:
    settings.BESPOKE = settings.BESPOKE | given
    conf.policies_forget()
    try:
        with pytest.raises(ImproperlyConfigured, match=named):
            settings_check()
    finally:
        settings.BESPOKE = {}
        conf.policies_forget()


def test_what_can_work_is_fine(settings: Settings) -> None:
    settings.BESPOKE = settings.BESPOKE | {
        "FILES_KEYS": (key_new(),),
        "FILES_SCANNER": "unix:///run/clamav/clamd.ctl",
        "FILES_DOMAIN": "https://files.example.com/",
    }
    settings_check()

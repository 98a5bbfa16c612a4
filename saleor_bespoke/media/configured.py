"""Whether the settings about files can work, told at start and not by the first upload."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from saleor_bespoke import conf
from saleor_bespoke.media import originals, scanning


def settings_check() -> None:
    """ImproperlyConfigured, naming the setting, where a key, an address or an extra is wrong."""
    for channel in conf.option("CHANNELS", {}):
        for purpose in conf.policy(channel).originals_kept:
            originals.kept(purpose, channel)
    if conf.option("FILES_KEYS"):
        originals.keys_check()
    if address := conf.option("FILES_SCANNER"):
        scanning.place_of(str(address))
    domain = urlsplit(conf.option("FILES_DOMAIN") or "https://files.example.com")
    if domain.scheme not in ("https", "http") or not domain.netloc or domain.path.strip("/"):
        raise ImproperlyConfigured(
            "BESPOKE['FILES_DOMAIN'] must be an origin such as https://files.example.com."
        )
